"""Loading models: two small ones that are built in, and any of their kind from the Hub."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuningfork.hub import download
from tuningfork.suggest import did_you_mean

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

BUILT_IN = Path(__file__).parent / "weights"
_TINY = {"tiny-distilbert": "classification", "tiny-gpt2": "generation"}
_SHORT = {"distilbert": "tiny-distilbert"}
_REAL = {"tiny-distilbert": "distilbert-base-uncased", "tiny-gpt2": "gpt2"}
#: Under this name a model carries what is known of it.
_NOTE = "tuningfork"
TASKS = ("classification", "generation")
#: Learning rates that suit: tiny models need about ten times what is usual for the real ones.
_LEARNING_RATES = {("tiny", "classification"): 3e-4, ("tiny", "generation"): 2e-3}
_LEARNING_RATES |= {("real", "classification"): 5e-5, ("real", "generation"): 5e-5}


@dataclass(frozen=True)
class Known:
    """What the other functions want to know of a loaded model."""

    tokenizer: Any
    task: str
    labels: tuple[str, ...]
    learning_rate: float
    #: Longest text in tokens.
    max_length: int


def load_model(
    name: str = "tiny-distilbert",
    *,
    task: str | None = None,
    labels: Sequence[str] = (),
    pretrained: bool = True,
    size: str = "tiny",
    seed: int = 0,
) -> "tuple[PreTrainedModel, PreTrainedTokenizerBase]":
    """A model and its tokenizer.

    Args:
        name: "tiny-distilbert" or "tiny-gpt2" (built in, no network), or any model of the Hub such
            as "distilbert-base-uncased" or "gpt2".
        task: "classification" (a fresh head on top, one output per label) or "generation".
        labels: the label names, as in `data.labels`; at least two for a classification.
        pretrained: `False` gives the same model with random weights, for comparison.
        size: "real" takes the full-size model that a built-in one is the small twin of.
        seed: for the weights that are made anew.

    Raises:
        ModelNotFound: when a Hub model cannot be had, within about 3 seconds without network.
        ValueError: for a task or labels that make no sense.
    """
    name = _SHORT.get(name, name)
    if size == "real":
        name = _REAL.get(name, name)
    folder, task = _place(name, task)
    if task == "classification" and len(labels) < 2:
        raise ValueError("A classification needs at least two labels: pass labels=data.labels.")
    import torch
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    torch.manual_seed(seed)
    model = _build(folder, task, tuple(labels), pretrained)
    _give_pad_token(model, tokenizer)
    kind = "tiny" if name in _TINY else "real"
    known = Known(tokenizer, task, tuple(labels), _LEARNING_RATES[kind, task], _window(model))
    setattr(model, _NOTE, known)
    return model, tokenizer


def knowledge(model: Any) -> Known:
    """What `load_model` noted of a model.

    Raises:
        TypeError: when the model was not made by `load_model`.
    """
    known = getattr(model, _NOTE, None)
    if not isinstance(known, Known):
        raise TypeError("This needs a model from load_model(), which also knows its tokenizer.")
    return known


def _place(name: str, task: str | None) -> tuple[Path, str]:
    guess = _TINY.get(name) or ("generation" if "gpt" in name.lower() else "classification")
    task = task or guess
    if task not in TASKS:
        raise ValueError(f"There is no task {task!r}. {did_you_mean(task, TASKS)}")
    if name in _TINY:
        return BUILT_IN / name, task
    if name.startswith("tiny-"):
        raise ValueError(f"There is no built-in model {name!r}. {did_you_mean(name, _TINY)}")
    twin = "tiny-gpt2" if task == "generation" else "tiny-distilbert"
    return download(name, twin), task


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
