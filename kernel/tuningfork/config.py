"""The settings of a training run, spelled as in `transformers.TrainingArguments`."""

from dataclasses import dataclass, fields
from typing import Any, Self

from tuningfork.suggest import did_you_mean

#: Names that transformers has dropped or renamed, and what to write instead.
_RENAMED = {
    "evaluation_strategy": "eval_steps",
    "eval_strategy": "eval_steps",
    "warmup_ratio": "warmup_steps (a number below 1 is a share of all steps)",
    "group_by_length": "train_sampling_strategy",
    "per_gpu_train_batch_size": "per_device_train_batch_size",
    "batch_size": "per_device_train_batch_size",
    "epochs": "num_train_epochs",
    "lr": "learning_rate",
}


@dataclass(frozen=True)
class TrainConfig:
    """How to train. Every field has a default that is safe for the models of the course.

    Raises:
        TypeError: for an unknown field, with the name that was probably meant.
        ValueError: for a value that makes no sense.
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
    #: Longest gradient (L2 norm) that is let through unshortened.
    max_grad_norm: float = 1.0
    #: Steps between evaluations. `None`: about twelve evaluations per run.
    eval_steps: int | None = None
    #: "group_by_length" puts texts of like length together, "random" does not.
    train_sampling_strategy: str = "group_by_length"
    #: Longest text in tokens; the rest is cut. `None`: what the model can take.
    max_length: int | None = None
    seed: int = 0

    def __new__(cls, *_args: Any, **settings: Any) -> Self:
        known = [field.name for field in fields(cls)]
        for name in settings:
            if name not in known:
                raise TypeError(f"TrainConfig has no {name!r}. {_hint(name, known)}")
        return super().__new__(cls)

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and not value >= least:
                raise ValueError(f"{name} must be at least {least}, not {value!r}.")
        if self.learning_rate is not None and self.learning_rate <= 0:
            raise ValueError(f"learning_rate must be above 0, not {self.learning_rate!r}.")
        if self.num_train_epochs <= 0 and self.max_steps < 1:
            raise ValueError("num_train_epochs must be above 0, or give max_steps.")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                hint = did_you_mean(str(getattr(self, name)), choices)
                raise ValueError(f"{name} cannot be {getattr(self, name)!r}. {hint}")


_LEAST = {
    "per_device_train_batch_size": 1,
    "per_device_eval_batch_size": 1,
    "gradient_accumulation_steps": 1,
    "warmup_steps": 0,
    "weight_decay": 0,
    "max_grad_norm": 0,
    "eval_steps": 1,
    "max_length": 4,
}
_CHOICES = {
    "lr_scheduler_type": ("linear", "constant"),
    "train_sampling_strategy": ("group_by_length", "random"),
}


def _hint(name: str, known: list[str]) -> str:
    if name in _RENAMED:
        return f"Write {_RENAMED[name]} instead."
    return did_you_mean(name, known)
