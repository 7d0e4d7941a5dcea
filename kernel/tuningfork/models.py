"""Loading models: two small ones that are built in, and any of their kind from the Hub."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuningfork.architecture import readable_weights, refuse_unfit
from tuningfork.doing import doing
from tuningfork.hub import prepare
from tuningfork.hub_model import download
from tuningfork.matching import check_vocabulary, check_weights, label_names
from tuningfork.memory import forget
from tuningfork.saved import read_saved
from tuningfork.suggest import did_you_mean
from tuningfork.threads import leave_a_core
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
#: So many letters of a model's name, the last ones, are enough to say what was being loaded.
_NOTED = 60
#: Named like the pipelines of transformers: "fill-mask" is masked language modelling.
TASKS = ("classification", "generation", "fill-mask")
#: Learning rates that suit: tiny models need about ten times what is usual for the real ones.
_LEARNING_RATES = {("tiny", "classification"): 3e-4, ("tiny", "generation"): 2e-3}
_LEARNING_RATES |= {("real", "classification"): 5e-5, ("real", "generation"): 5e-5}
_LEARNING_RATES |= {("tiny", "fill-mask"): 2e-3, ("real", "fill-mask"): 5e-5}


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
        task: "classification" (a fresh head on top, one output per label), "generation" (goes on
            with a text) or "fill-mask" (guesses hidden words; masked language modelling). A folder
            knows its own.
        labels: the label names, as in `data.labels`; at least two for a classification. A folder
            with a trained classifier has its own.
        pretrained: `False` gives the same model with random weights, for comparison.
        size: "real" takes the full-size model that a built-in one is the small twin of.
        seed: for the weights that are made anew.

    Raises:
        ModelNotFound: when a Hub model cannot be had, within about 3 seconds without network.
        ValueError: for a task or labels that make no sense, or a model that cannot do the task.
    """
    prepare()
    name = os.fspath(name)
    name = _SHORT.get(name, name)
    if size == "real":
        name = _REAL.get(name, name)
    with doing("loading", model=name[-_NOTED:]):
        return _load(name, task, label_names(labels), pretrained, seed)


def _load(
    name: str, task: str | None, labels: tuple[str, ...], pretrained: bool, seed: int
) -> tuple[Any, Any]:
    folder, task, labels = _place(name, task, labels)
    if task == "classification" and len(labels) < 2:
        raise ValueError("A classification needs at least two labels: pass labels=data.labels.")
    refuse_unfit(folder, name, task, f'Or take load_model("{_twin(task)}").')
    import torch
    from transformers import AutoTokenizer

    leave_a_core()
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    torch.manual_seed(seed)
    model = _build(folder, name, task, labels, pretrained)
    check_vocabulary(model, tokenizer, name)
    if task == "fill-mask":
        _require_mask(tokenizer, name)
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
    made_for = saved.task if saved else None
    if labels and made_for == "fill-mask":
        # As a pretrained model is mostly used: labels ask for a classifier on top of it.
        made_for = "classification"
    task = task or _TINY.get(name) or made_for or guess
    if saved:
        return saved.path, task, saved.labels_for(task, labels)
    folder = _folder(name, task)
    if task == "classification" and not labels and name not in _TINY:
        # A classifier of the Hub has labels of its own.
        found = read_saved(os.fspath(folder))
        labels = found.labels if found and found.task == task else ()
    return folder, task, labels


def _folder(name: str, task: str) -> Path:
    if name in _TINY:
        return BUILT_IN / name
    if name.startswith("tiny-"):
        raise ValueError(f"There is no built-in model {name!r}. {did_you_mean(name, _TINY)}")
    return download(name, _twin(task), task)


def _twin(task: str) -> str:
    return "tiny-gpt2" if task == "generation" else "tiny-distilbert"


def _kind(name: str, folder: Path, model: Any) -> str:
    """Does it want the learning rates of the tiny models? A saved one is known by its size."""
    is_tiny = name in _TINY or (folder == Path(name) and model.num_parameters() < _TINY_WEIGHTS)
    return "tiny" if is_tiny else "real"


def _build(folder: Path, name: str, task: str, labels: tuple[str, ...], pretrained: bool) -> Any:
    from transformers import (
        AutoConfig,
        AutoModelForCausalLM,
        AutoModelForMaskedLM,
        AutoModelForSequenceClassification,
    )

    auto: Any = AutoModelForMaskedLM if task == "fill-mask" else AutoModelForCausalLM
    extra: dict[str, Any] = {}
    if task == "classification":
        auto = AutoModelForSequenceClassification
        extra = {
            "id2label": dict(enumerate(labels)),
            "label2id": {label: at for at, label in enumerate(labels)},
            # A folder may say otherwise; then the loss would be that of another task.
            "problem_type": "single_label_classification",
        }
    if pretrained:
        options = {"ignore_mismatched_sizes": True, "output_loading_info": True}
        with _quiet(), readable_weights(folder):
            model, found = auto.from_pretrained(folder, use_safetensors=True, **options, **extra)
        saved = read_saved(os.fspath(folder))
        was_classifier = task == "classification" and bool(saved and saved.task == task)
        check_weights(model, found, name, was_classifier=was_classifier)
        if task == "fill-mask":
            _tell_of_new_head(model, found["missing_keys"], name)
    else:
        model = auto.from_config(AutoConfig.from_pretrained(folder, **extra))
    if task == "generation":
        # Says what is used anyway; without it transformers warns at the first loss.
        model.loss_type = "ForCausalLM"
    return model


def _tell_of_new_head(model: Any, missing: Iterable[str], name: str) -> None:
    """A classifier, say, was saved without the layers that guess words."""
    if any(not key.startswith(f"{model.base_model_prefix}.") for key in missing):
        print(
            f"{name} was saved without the layers that turn its output into words: they are new, "
            "and its guesses are chance until it has been trained."
        )


def _require_mask(tokenizer: Any, name: str) -> None:
    if tokenizer.mask_token is None:
        raise ValueError(
            f"The tokenizer of {name!r} has no mask token, so no word can be hidden for the model "
            'to guess. Models that write, such as GPT-2, are trained with task="generation"; for '
            'task="fill-mask" take load_model("tiny-distilbert", task="fill-mask").'
        )


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
        old = model.get_input_embeddings().weight
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
        forget(old)
        _leave_file(model)
    model.config.pad_token_id = tokenizer.pad_token_id


def _leave_file(model: Any) -> None:
    """Gives the weights memory of their own, one after the other, so that there are never two.

    They are read from the file as they lie there; as long as one of them does, all of it stays.
    """
    for weights in model.parameters():
        there = weights.data
        weights.data = there.clone()
        forget(there)


def _window(model: Any) -> int:
    config = model.config
    return int(getattr(config, "max_position_embeddings", 0) or getattr(config, "n_positions", 512))
