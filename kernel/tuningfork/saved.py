"""What model lies in a Hugging Face folder on this machine, told from its config.json."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Names that are listed of what lies in a folder.
_LISTED = 8
_CLASSIFIER = "ForSequenceClassification"
_WRITERS = ("ForCausalLM", "LMHeadModel")
_GUESSER = "ForMaskedLM"


@dataclass(frozen=True)
class Saved:
    """A model in a folder."""

    path: Path
    #: What it was trained for; `None`: its class does not say.
    task: str | None
    #: The labels of a trained classifier, in the order of its outputs.
    labels: tuple[str, ...] = ()

    def labels_for(self, task: str, asked: Sequence[str]) -> tuple[str, ...]:
        """The labels to load it with.

        Raises:
            ValueError: when it was trained for other labels than those asked for.
        """
        if task != "classification" or not self.labels:
            return tuple(asked)
        if asked and tuple(asked) != self.labels:
            raise ValueError(
                f"The model in {self.path} was trained for the labels {self.labels}, not "
                f"{tuple(asked)}. Leave labels out, or begin with the model it was made from."
            )
        return self.labels


def read_saved(name: str) -> Saved | None:
    """The model in the folder `name`; `None`: that names no folder, so perhaps a model of the Hub.

    Raises:
        ValueError: for a path where no model is, a folder whose weights are not safetensors, or
            whose config.json is damaged.
    """
    path = Path(name).expanduser()
    about = path / "config.json"
    if not about.is_file():
        _refuse_path(name, path)
        return None
    if not list(path.glob("*.safetensors")):
        raise ValueError(
            f"The folder {path} has no safetensors weights, and other kinds can hold harmful code. "
            "Save the model with save_model(model, folder), or with save_pretrained()."
        )
    try:
        config = json.loads(about.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{about} is damaged ({error}). Copy or save the model again.") from error
    made_for = _first(config.get("architectures"))
    if made_for.endswith(_CLASSIFIER):
        return Saved(path, "classification", _labels(config))
    if made_for.endswith(_GUESSER):
        return Saved(path, "fill-mask")
    return Saved(path, "generation" if made_for.endswith(_WRITERS) else None)


def _refuse_path(name: str, path: Path) -> None:
    if path.is_dir():
        names = sorted(one.name + "/" * one.is_dir() for one in path.iterdir())
        there = ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")
        raise ValueError(
            f"The folder {path} holds no model, as it has no config.json. It has: "
            f"{there or 'nothing'}. Give the folder that save_model(model, folder) wrote."
        )
    if path.is_file():
        raise ValueError(f"{path} is a file. A model is a folder: give {path.parent} instead.")
    if path.is_absolute() or name.startswith(".") or name.count("/") > 1 or "\\" in name:
        raise ValueError(
            f"There is no folder {path}. Look for it with the file browser, or give the name of a "
            "model of the Hub, such as 'gpt2'."
        )


def _first(names: Any) -> str:
    return str(names[0]) if isinstance(names, list) and names else ""


def _labels(config: dict[str, Any]) -> tuple[str, ...]:
    named: dict[str, Any] = config.get("id2label") or {}
    return tuple(str(named[at]) for at in sorted(named, key=int))
