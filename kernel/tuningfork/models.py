"""Loading models: two small ones that are built in, and any of their kind from the Hub."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuningfork.hub import download
from tuningfork.saved import read_saved
from tuningfork.suggest import did_you_mean
from tuningfork.turn import Turn

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

BUILT_IN = Path(__file__).parent / "weights"
_TINY = {"tiny-distilbert": "classification", "tiny-gpt2": "generation"}
_SHORT = {"distilbert": "tiny-distilbert"}
_REAL = {"tiny-distilbert": "distilbert-base-uncased", "tiny-gpt2": "gpt2"}
#: Fewer weights than any model of the Hub that is of use here (TinyBERT has 14 million).
_TINY_WEIGHTS = 5_000_000
#: Under this name a model carries what is known of it.
_NOTE = "tuningfork"
TASKS = ("classification", "generation")
#: Learning rates that suit: tiny models need about ten times what is usual for the real ones.
_LEARNING_RATES = {("tiny", "classification"): 3e-4, ("tiny", "generation"): 2e-3}
_LEARNING_RATES |= {("real", "classification"): 5e-5, ("real", "generation"): 5e-5}


@dataclass(frozen=True)
class Origin:
    """How a model was asked for: enough to make the same one again."""

    #: A built-in model, a model of the Hub, or a folder.
    name: str = ""
    pretrained: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Known:
    """What the other functions want to know of a loaded model."""

    tokenizer: Any
    task: str
    labels: tuple[str, ...]
    learning_rate: float
    #: Longest text in tokens.
    max_length: int
    #: Who may use the model right now.
    turn: Turn = field(default_factory=Turn, repr=False, compare=False)
    origin: Origin = Origin()
    #: What peft's `LoraConfig` was given, for a model from `add_lora`.
    adapter: dict[str, Any] | None = field(default=None, compare=False)


def load_model(
    name: str | Path = "tiny-distilbert",
    *,
    task: str | None = None,
    labels: Sequence[str] = (),
    pretrained: bool = True,
    size: str = "tiny",
    seed: int = 0,
) -> "tuple[PreTrainedModel, PreTrainedTokenizerBase]":
    """A model and its tokenizer.

    Args:
        name: "tiny-distilbert" or "tiny-gpt2" (built in, no network), a folder that `save_model`
            wrote, or any model of the Hub such as "distilbert-base-uncased" or "gpt2".
        task: "classification" (a fresh head on top, one output per label) or "generation".
        labels: the label names, as in `data.labels`; at least two for a classification. A folder
            with a trained classifier has its own.
        pretrained: `False` gives the same model with random weights, for comparison.
        size: "real" takes the full-size model that a built-in one is the small twin of.
        seed: for the weights that are made anew.

    Raises:
        ModelNotFound: when a Hub model cannot be had, within about 3 seconds without network.
        ValueError: for a task or labels that make no sense.
    """
    name = os.fspath(name)
    name = _SHORT.get(name, name)
    if size == "real":
        name = _REAL.get(name, name)
    folder, task, labels = _place(name, task, tuple(labels))
    if task == "classification" and len(labels) < 2:
        raise ValueError("A classification needs at least two labels: pass labels=data.labels.")
    import torch
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    torch.manual_seed(seed)
    model = _build(folder, task, labels, pretrained)
    _give_pad_token(model, tokenizer)
    rate = _LEARNING_RATES[_kind(name, folder, model), task]
    origin = Origin(name, pretrained, seed)
    setattr(model, _NOTE, Known(tokenizer, task, labels, rate, _window(model), origin=origin))
    return model, tokenizer


def is_built_in(name: str) -> bool:
    """Does the model of this name come with the package?"""
    return name in _TINY


def knowledge(model: Any) -> Known:
    """What `load_model` noted of a model.

    Raises:
        TypeError: when the model was not made by `load_model`.
    """
    known = getattr(model, _NOTE, None)
    if not isinstance(known, Known):
        raise TypeError("This needs a model from load_model(), which also knows its tokenizer.")
    return known


def _place(
    name: str, task: str | None, labels: tuple[str, ...]
) -> tuple[Path, str, tuple[str, ...]]:
    """Where the model is, what it is for, and its labels."""
    if task is not None and task not in TASKS:
        raise ValueError(f"There is no task {task!r}. {did_you_mean(task, TASKS)}")
    saved = None if name in _TINY else read_saved(name)
    guess = "generation" if "gpt" in name.lower() else "classification"
    task = task or _TINY.get(name) or (saved.task if saved else None) or guess
    if saved:
        return saved.path, task, saved.labels_for(task, labels)
    return _folder(name, task), task, labels


def _folder(name: str, task: str) -> Path:
    if name in _TINY:
        return BUILT_IN / name
    if name.startswith("tiny-"):
        raise ValueError(f"There is no built-in model {name!r}. {did_you_mean(name, _TINY)}")
    twin = "tiny-gpt2" if task == "generation" else "tiny-distilbert"
    return download(name, twin)


def _kind(name: str, folder: Path, model: Any) -> str:
    """Does it want the learning rates of the tiny models? A saved one is known by its size."""
    is_tiny = name in _TINY or (folder == Path(name) and model.num_parameters() < _TINY_WEIGHTS)
    return "tiny" if is_tiny else "real"


def _build(folder: Path, task: str, labels: tuple[str, ...], pretrained: bool) -> Any:
    from transformers import (
        AutoConfig,
        AutoModelForCausalLM,
        AutoModelForSequenceClassification,
    )

    auto: Any = AutoModelForCausalLM
    extra: dict[str, Any] = {}
    if task == "classification":
        auto = AutoModelForSequenceClassification
        extra = {
            "id2label": dict(enumerate(labels)),
            "label2id": {label: at for at, label in enumerate(labels)},
        }
    if pretrained:
        with _quiet():
            model = auto.from_pretrained(folder, use_safetensors=True, **extra)
    else:
        model = auto.from_config(AutoConfig.from_pretrained(folder, **extra))
    if task == "generation":
        # Says what is used anyway; without it transformers warns at the first loss.
        model.loss_type = "ForCausalLM"
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """That the head is new is what a classification asks for: the warning would only frighten."""
    from transformers import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(before)
        logging.enable_progress_bar()


def _give_pad_token(model: Any, tokenizer: Any) -> None:
    """GPT-2 has none. Its own one is added: with the end-of-text token in its place a tuned model
    would never learn to stop."""
    if tokenizer.pad_token is None:
        tokenizer.add_special_tokens({"pad_token": "<|pad|>"})
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    model.config.pad_token_id = tokenizer.pad_token_id


def _window(model: Any) -> int:
    config = model.config
    return int(getattr(config, "max_position_embeddings", 0) or getattr(config, "n_positions", 512))
