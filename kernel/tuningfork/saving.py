"""Saves a model for good: a Hugging Face folder that is whole or not there.

Any program with transformers can load it; nothing from here is needed for that.
"""

import os
import shutil
import uuid
from pathlib import Path
from typing import Any

from tuningfork.card import Trained, model_card
from tuningfork.checkpoint import NoRoom, to_disk
from tuningfork.dataset import Dataset
from tuningfork.models import knowledge
from tuningfork.scores import Scores

#: Room for the tokenizer and the card, and left on the disk for everything else; bytes.
_SPARE = 100 * 1024 * 1024


def save_model(
    model: Any,
    folder: str | Path,
    run: Trained | None = None,
    data: Dataset | None = None,
    scores: Scores | None = None,
    *,
    overwrite: bool = False,
) -> Path:
    """Writes the model, its tokenizer and a model card (README.md), and gives the folder.

    `load_model(folder)` brings it back; so does `from_pretrained(folder)` of transformers'
    `AutoModelForSequenceClassification`, `AutoModelForCausalLM` or `AutoModelForMaskedLM`, with the
    same answers. LoRA layers are added to
    the weights they belong to, so that the model is one of its kind like any other. While it is
    being trained it is saved as it is between two steps. Under `accelerate launch` only the first
    process writes.

    Args:
        model: from `load_model`, trained or not.
        run: from `train`; the card then has the settings.
        data: the rows that it was trained on; the card says how many there are and of what kind.
        scores: from `evaluate`; the card then says how good it is, and how sure that is.
        overwrite: replace what is in the folder. It stays as it is until the new one is complete.

    Raises:
        FileExistsError: when the folder has something in it.
        NoRoom: when the disk has not enough left. Nothing was written.
        TypeError: when the model is not from `load_model`.
    """
    known = knowledge(model)
    final = Path(folder)
    if os.environ.get("RANK", "0") != "0":  # torchrun numbers the processes so
        return final
    _check_free(final, overwrite)
    final.parent.mkdir(parents=True, exist_ok=True)
    _check_room(final.parent, model)
    temporary = final.parent / f".writing-{uuid.uuid4().hex[:8]}-{final.name}"
    try:
        with known.turn.question(model):
            _whole(model).save_pretrained(temporary)
        known.tokenizer.save_pretrained(temporary)
        card = model_card(known, final.name, run, data, scores)
        (temporary / "README.md").write_text(card, encoding="utf-8")
        _sync(temporary)
        _put_in_place(temporary, final)
    finally:
        if temporary.exists():
            shutil.rmtree(temporary)
    return final


def _whole(model: Any) -> Any:
    """The model as transformers made it, without what was laid around it."""
    inner = getattr(model, "_orig_mod", model)  # torch.compile
    if not hasattr(inner, "merge_and_unload"):
        return inner
    import copy

    # Adding the LoRA layers up changes the model, and the training may go on.
    return copy.deepcopy(inner).merge_and_unload()


def _check_free(folder: Path, overwrite: bool) -> None:
    if folder.is_file():
        raise FileExistsError(f"{folder} is a file. Name a folder that does not exist yet.")
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise FileExistsError(
            f"The folder {folder} has something in it. Name another one, or add overwrite=True to "
            "replace all of it."
        )


def _check_room(place: Path, model: Any) -> None:
    needed = sum(value.numel() * value.element_size() for value in model.state_dict().values())
    free = shutil.disk_usage(place).free
    if free < needed + _SPARE:
        raise NoRoom(
            f"The model needs {needed / 1e6:.0f} MB, and the disk has {free / 1e6:.0f} MB left; "
            f"{_SPARE / 1e6:.0f} MB stay free for everything else. Free some room and save again."
        )


def _put_in_place(temporary: Path, final: Path) -> None:
    """Gives the folder its name in one step. What was there before moves aside first, and goes
    only after that."""
    if not final.exists():
        temporary.rename(final)
        to_disk(final.parent)
        return
    aside = temporary.with_name(f"{temporary.name}-before")
    final.rename(aside)
    try:
        temporary.rename(final)
    except OSError:
        aside.rename(final)
        raise
    to_disk(final.parent)
    shutil.rmtree(aside)


def _sync(folder: Path) -> None:
    """To the disk itself, so that a power cut cannot leave a folder with empty files."""
    for path in [*folder.rglob("*"), folder]:
        to_disk(path)
