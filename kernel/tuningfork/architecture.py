"""Is a model one that can be loaded here? Told from its small files, before any weights are.

No program that comes with a model is ever run.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def refuse_unfit(folder: Path, name: str, task: str, instead: str) -> None:
    """Looks at config.json and tokenizer_config.json in `folder`.

    Args:
        name: of the model, for the message.
        task: what it is wanted for.
        instead: the way out that every message ends with.

    Raises:
        ValueError: when it needs a program of its own, its kind is unknown, or cannot do the task.
    """
    config = _read(folder / "config.json", name, instead)
    tokenizer = folder / "tokenizer_config.json"
    for about in (config, _read(tokenizer, name, instead) if tokenizer.is_file() else {}):
        if about.get("auto_map"):
            raise ValueError(
                f"The model {name!r} only works with a Python program that comes with it, and a "
                "downloaded program could do anything on this machine, so it is never run. Choose "
                f"a model without one, such as 'distilbert-base-uncased' or 'gpt2'. {instead}"
            )
    kind = str(config.get("model_type") or "")
    if not kind:
        raise ValueError(
            f"The config.json of {name!r} does not say what kind of model it is (model_type), so "
            f"it cannot be loaded. Choose another model. {instead}"
        )
    _must_do(kind, name, task, instead)


def _must_do(kind: str, name: str, task: str, instead: str) -> None:
    import transformers
    from transformers.models.auto import modeling_auto

    if kind not in transformers.CONFIG_MAPPING:
        raise ValueError(
            f"The model {name!r} is of a kind, {kind!r}, that transformers "
            f"{transformers.__version__} does not know. Choose another model. {instead}"
        )
    able = {
        "classification": modeling_auto.MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
        "generation": modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        "fill-mask": modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    }
    if task == "fill-mask" and kind not in able[task] and kind in able["generation"]:
        raise ValueError(
            f"The model {name!r} is of the kind {kind!r}, which writes from left to right and has "
            'no mask token, so it cannot guess hidden words (transformers would say "This '
            'tokenizer does not have a mask token"). Train it with task="generation". ' + instead
        )
    if task in able and kind not in able[task]:
        others = [other for other, kinds in able.items() if kind in kinds]
        hint = f'It can be used with task="{others[0]}".' if others else "Choose another model."
        raise ValueError(
            f"The model {name!r} is of the kind {kind!r}, which cannot be used for {task}. {hint} "
            f"{instead}"
        )


def _read(path: Path, name: str, instead: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(
            f"The {path.name} of {name!r} is damaged ({error}). Choose another model. {instead}"
        ) from error
    return found if isinstance(found, dict) else {}


@contextmanager
def readable_weights(folder: Path) -> Iterator[None]:
    """Says it plainly when the weights in `folder` cannot be read.

    Raises:
        ValueError: for a damaged file.
    """
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        raise ValueError(
            f"The weights in {folder} are damaged ({error}). Remove that folder and load or save "
            "the model again, or take another one."
        ) from error
