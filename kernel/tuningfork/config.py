"""The settings of a training run, spelled as in `transformers.TrainingArguments`."""

import math
import os
from dataclasses import dataclass, fields
from numbers import Integral, Real
from types import NoneType
from typing import Any, Self, get_args

from tuningfork.renames import what_to_write
from tuningfork.suggest import did_you_mean


@dataclass(frozen=True)
class TrainConfig:
    """How to train. Every field has a default that is safe for the models of the course.

    Fields that transformers has too mean the same there. `max_length` and `packing` are named as
    in TRL's `SFTConfig`; `save_seconds` and `memory_limit_mb` are found only here.

    Raises:
        TypeError: for an unknown field, with what to write instead, and for a value of the wrong
            kind, such as a number in quotes.
        ValueError: for a value that makes no sense, or that this machine cannot do.
    """

    #: Step size at its highest. `None`: what suits the model (`load_model` knows it).
    learning_rate: float | None = None
    num_train_epochs: float = 3.0
    #: Optimizer steps; above 0 it overrules `num_train_epochs`.
    max_steps: int = -1
    #: Rows in one micro-batch.
    per_device_train_batch_size: int = 16
    per_device_eval_batch_size: int = 64
    #: Micro-batches per optimizer step.
    gradient_accumulation_steps: int = 1
    #: Steps over which the learning rate rises; below 1 a share of all steps.
    warmup_steps: float = 0.1
    #: "linear" falls to 0 after the warm-up, "constant" stays.
    lr_scheduler_type: str = "linear"
    weight_decay: float = 0.01
    #: Longest gradient (L2 norm) that is let through unshortened; 0 lets every one through.
    max_grad_norm: float = 1.0
    #: Steps between evaluations. `None`: about twelve evaluations per run.
    eval_steps: int | None = None
    #: "group_by_length" puts texts of like length together, "random" does not. `None`: "random"
    #: where texts are packed, which saves the padding too, else "group_by_length".
    train_sampling_strategy: str | None = None
    #: Longest text in tokens; the rest is cut. `None`: what the model can take.
    max_length: int | None = None
    seed: int = 0
    #: Folder for the log and the checkpoints of runs.
    output_dir: str = "runs"
    #: Seconds between two checkpoints. `None`: one only when the run is stopped before its end.
    save_seconds: float | None = 30.0
    #: Checkpoints that are kept, the newest ones.
    save_total_limit: int = 2
    #: Computes the inside of the model twice instead of keeping it: less memory, more time.
    gradient_checkpointing: bool = False
    #: "adamw_torch_fused" does one pass over all weights, "adamw_torch" several. "adafactor" keeps
    #: no numbers beside the weights: half the memory, and it learns a little differently.
    optim: str = "adamw_torch_fused"
    #: How much of the mean gradient, and of the mean squared gradient, AdamW keeps at each step.
    adam_beta1: float = 0.9
    adam_beta2: float = 0.999
    #: Keeps AdamW from dividing by zero.
    adam_epsilon: float = 1e-8
    #: Computes in 16-bit numbers of wide range (most newer CPUs and GPUs).
    bf16: bool = False
    #: Computes in 16-bit numbers of narrow range (GPUs only).
    fp16: bool = False
    #: Translates the model to faster code first, if a trial shows that this pays (compiling.py).
    torch_compile: bool = False
    #: Lays short texts of a micro-batch one after the other into rows of up to `max_length`
    #: tokens, kept apart: their loss is as without. `per_device_train_batch_size` still counts
    #: texts (in TRL it then counts packed rows). `None`: where that is known to work
    #: (packing.py).
    packing: bool | None = None
    #: Shows neither chart nor progress while it trains.
    disable_tqdm: bool = False
    #: Megabytes of memory that the training may use. `None`: what the machine has.
    memory_limit_mb: int | None = None

    def __new__(cls, *_args: Any, **settings: Any) -> Self:
        known = [field.name for field in fields(cls)]
        for name in settings:
            if name not in known:
                raise TypeError(f"TrainConfig has no {name!r}. {what_to_write(name, known)}")
        return super().__new__(cls)

    def __post_init__(self) -> None:
        for field in fields(self):
            value = _of_kind(field.name, getattr(self, field.name), field.type)
            object.__setattr__(self, field.name, value)
        _check_ranges(self)
        _check_choices(self)
        _check_precision(self)


_LEAST = {
    "per_device_train_batch_size": 1,
    "per_device_eval_batch_size": 1,
    "gradient_accumulation_steps": 1,
    "warmup_steps": 0,
    "weight_decay": 0,
    "max_grad_norm": 0,
    "eval_steps": 1,
    "max_length": 4,
    "seed": 0,
    "save_total_limit": 1,
    "adam_beta1": 0,
    "adam_beta2": 0,
    "memory_limit_mb": 1,
}
_ABOVE_0 = ("learning_rate", "save_seconds", "adam_epsilon")
_BELOW_1 = ("adam_beta1", "adam_beta2")
#: PyTorch and numpy take seeds up to here.
_LARGEST_SEED = 2**32 - 1
_CHOICES = {
    "lr_scheduler_type": ("linear", "constant"),
    "train_sampling_strategy": ("group_by_length", "random"),
    "optim": ("adamw_torch_fused", "adamw_torch", "adafactor"),
}


#: Choices that may be left to the training.
_UNSET = ("train_sampling_strategy",)


def _of_kind(name: str, value: Any, kind: Any) -> Any:
    """The value as a plain Python one (numbers may come from numpy), if it is of the kind."""
    kinds = set(get_args(kind) or (kind,))
    if value is None and NoneType in kinds:
        return None
    if bool in kinds:
        if not isinstance(value, bool):
            raise TypeError(f"{name} is either True or False, not {value!r}.")
        return value
    if str in kinds:
        if not isinstance(value, str | os.PathLike) or not os.fspath(value):
            raise TypeError(f"{name} must be a text in quotes, not {value!r}.")
        return os.fspath(value)
    return _number(name, value, whole=int in kinds)


def _number(name: str, value: Any, *, whole: bool) -> float:
    if isinstance(value, str):
        raise TypeError(_in_quotes(name, value))
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}.")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be a number that can be reached, not {value!r}.")
    if isinstance(value, Integral):
        return int(value)
    if whole:
        raise TypeError(f"{name} must be a whole number, such as {round(value)}, not {value!r}.")
    return float(value)


def _in_quotes(name: str, text: str) -> str:
    try:
        float(text)
    except ValueError:
        return f"{name} must be a number, not the text {text!r}."
    return f"{name} must be a number, not a text: leave the quotes away, {name}={text.strip()}."


def _check_ranges(config: TrainConfig) -> None:
    for name in _ABOVE_0:
        value = getattr(config, name)
        if value is not None and value <= 0:
            raise ValueError(f"{name} must be above 0, not {value!r}.")
    for name, least in _LEAST.items():
        value = getattr(config, name)
        if value is not None and value < least:
            raise ValueError(f"{name} must be at least {least}, not {value!r}.")
    for name in _BELOW_1:
        if getattr(config, name) >= 1:
            raise ValueError(f"{name} must be below 1, not {getattr(config, name)!r}.")
    if config.seed > _LARGEST_SEED:
        raise ValueError(f"seed must be at most {_LARGEST_SEED}, not {config.seed!r}.")
    if config.max_steps != -1 and config.max_steps < 1:
        raise ValueError(
            f"max_steps must be at least 1, or -1 for no limit, not {config.max_steps!r}."
        )
    if config.num_train_epochs <= 0 and config.max_steps < 1:
        raise ValueError("num_train_epochs must be above 0, or give max_steps.")
    if config.warmup_steps > 1 and config.warmup_steps != int(config.warmup_steps):
        raise ValueError(
            f"warmup_steps is a whole number of steps, or below 1 a share of all steps, "
            f"not {config.warmup_steps!r}."
        )


def _check_choices(config: TrainConfig) -> None:
    for name, choices in _CHOICES.items():
        value = getattr(config, name)
        if value not in choices and not (value is None and name in _UNSET):
            raise ValueError(f"{name} cannot be {value!r}. {did_you_mean(value, choices)}")


def _check_precision(config: TrainConfig) -> None:
    if config.bf16 and config.fp16:
        raise ValueError("bf16 and fp16 are two kinds of 16-bit numbers: choose one of them.")
    if config.fp16:
        # Imported only for this question: making a config should not load PyTorch.
        import torch

        if not torch.cuda.is_available():
            raise ValueError(
                "fp16 needs a GPU, and there is none here: a CPU has no fast arithmetic for it, "
                "and small gradients would become 0. Leave fp16 out, or try bf16=True."
            )
