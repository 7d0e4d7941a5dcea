"""LoRA: instead of all weights, a model learns small additions to them (Hu et al., 2021).

Beside a matrix of out × in weights, which stays as it is, stand two thin ones of out × r and r × in
whose product is added to it. Training then needs gradients and optimizer memory for those only.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tuningfork.models import knowledge
from tuningfork.suggest import did_you_mean

#: What each architecture calls the linear layers of its blocks.
_TARGETS = {
    "gpt2": ("c_attn", "c_proj", "c_fc"),
    "distilbert": ("q_lin", "k_lin", "v_lin", "out_lin", "lin1", "lin2"),
    "bert": ("query", "key", "value", "dense"),
}
#: LoRA wants about ten times the learning rate of full fine-tuning (Schulman et al., "LoRA Without
#: Regret", 2025; the tiny models agree).
_RATE_FACTOR = 10
_PEFT_TASKS = {"classification": "SEQ_CLS", "generation": "CAUSAL_LM"}
#: The new weights begin the same each time, whatever chance was used for before.
SEED = 0


def add_lora(
    model: Any,
    r: int = 8,
    lora_alpha: float = 16,
    lora_dropout: float = 0.0,
    target_modules: Sequence[str] | None = None,
) -> Any:
    """Freezes a model and adds small trainable matrices to it. The head of a classifier, which is
    new, stays trainable as a whole.

    The model is changed in place and wrapped; go on with what is returned. Its suggested learning
    rate is ten times higher. Right after this the answers are the same as before.

    Args:
        model: from `load_model`.
        r: the rank, the width of the added matrices: beside out × in weights stand r · (in + out).
        lora_alpha: the additions are multiplied by lora_alpha / r.
        lora_dropout: share of inputs that the additions ignore by chance while training.
        target_modules: names of the layers to add to; `None`: all linear layers of the blocks.

    Raises:
        TypeError: when the model is not from `load_model`.
        ValueError: for names that the model does not have, numbers that make no sense, or a model
            that has LoRA layers already.
    """
    known = knowledge(model)
    _check_numbers(r, lora_alpha, lora_dropout)
    if any("lora_" in name for name, _ in model.named_parameters()):
        raise ValueError("This model has LoRA layers already. Load it again for other settings.")
    layers = _layers(model)
    targets = _chosen(model, layers, target_modules)
    import torch
    from peft import LoraConfig, get_peft_model

    settings: dict[str, Any] = {
        "r": r,
        "lora_alpha": lora_alpha,
        "lora_dropout": lora_dropout,
        "target_modules": targets,
        "modules_to_save": _head(model) if known.task == "classification" else None,
        "task_type": _PEFT_TASKS.get(known.task),
        # GPT-2 keeps its matrices lying on their side (in × out).
        "fan_in_fan_out": all(layers[name] == "Conv1D" for name in targets),
    }
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        wrapped: Any = get_peft_model(model, LoraConfig(**settings))
    wrapped.train(model.training)
    rate = known.learning_rate * _RATE_FACTOR
    note = replace(known, learning_rate=rate, adapter=settings)
    wrapped.tuningfork = note
    print(_share(wrapped, note.learning_rate))
    return wrapped


def _check_numbers(r: int, alpha: float, dropout: float) -> None:
    if isinstance(r, bool) or not isinstance(r, int) or r < 1:
        raise ValueError(f"r is the rank, a whole number of at least 1, not {r!r}. Usual is 8.")
    if not alpha > 0:
        raise ValueError(f"lora_alpha must be above 0, not {alpha!r}. Usual is twice r.")
    if not 0 <= dropout < 1:
        raise ValueError(f"lora_dropout is a share of at least 0 and below 1, not {dropout!r}.")


def _layers(model: Any) -> dict[str, str]:
    """Last part of the name → kind, of every layer below the head that can get additions."""
    from torch.nn import Embedding, Linear
    from transformers.pytorch_utils import Conv1D

    return {
        path.rsplit(".", 1)[-1]: type(module).__name__
        for path, module in model.base_model.named_modules()
        if isinstance(module, Linear | Conv1D | Embedding)
    }


def _chosen(model: Any, layers: dict[str, str], asked: Sequence[str] | None) -> list[str]:
    """The names to add to, each of which the model has."""
    kind = model.config.model_type
    usual = [name for name in _TARGETS.get(kind, ()) if name in layers]
    names = usual if asked is None else [asked] if isinstance(asked, str) else list(asked)
    if not names:
        what = "Nothing is named in target_modules" if asked is not None else "No default is known"
        raise ValueError(f"{what} for a {kind} model. {did_you_mean('', layers)}")
    wrong = [name for name in names if name not in layers]
    if not wrong:
        return names
    listed = ", ".join(repr(name) for name in wrong)
    instead = ", ".join(repr(name) for name in usual)
    hint = " ".join(did_you_mean(str(name), layers) for name in wrong)
    raise ValueError(
        f"The target modules {listed} were not found in the base model: every architecture names "
        f"its layers in its own way. {hint} Without target_modules a {kind} model gets {instead}."
    )


def _head(model: Any) -> list[str]:
    """The layers on top of the pretrained part: they are new and have everything to learn."""
    return [
        name
        for name, part in model.named_children()
        if name != model.base_model_prefix and any(True for _ in part.parameters())
    ]


def _share(model: Any, rate: float) -> str:
    trainable, total = model.get_nb_trainable_parameters()
    return (
        f"{trainable:,} of {total:,} weights are trained ({trainable / total:.1%}), at a learning "
        f"rate of {rate:g} unless you set another."
    )
