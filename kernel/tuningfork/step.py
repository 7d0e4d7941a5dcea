"""One optimizer step that survives a lack of memory.

The rows of a step are given to the model in micro-batches. When they do not fit, the same step is
tried again with micro-batches of half the size, so twice as many: what is learned from stays the
same rows, and the gradient stays the mean over all of them. When even one row is too much, the
model keeps less for the backward pass (gradient checkpointing); when that is too much as well,
there is one message with numbers.
"""

import random
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from tuningfork.batches import Example, targets_of
from tuningfork.config import TrainConfig
from tuningfork.lean import own_loss
from tuningfork.memory import NotEnoughMemory, is_out_of_memory, release, use_less_code, used_mb
from tuningfork.models import Known
from tuningfork.packing import pack, pack_limit
from tuningfork.slim import checkpoint_gradients

#: The rows of one step, in micro-batches of like length.
Window = list[list[Example]]
#: model, batch → loss: the mean over the batch's targets.
Objective = Callable[[Any, dict[str, Any]], Any]


@dataclass
class Pace:
    """How much goes through the model at once. Changes when memory runs out, and stays changed."""

    #: Rows in a micro-batch.
    micro: int
    checkpointing: bool = False
    #: Texts of a micro-batch share rows of at most so many tokens; `None`: each has its own.
    packed: int | None = None


def first_pace(
    model: Any, known: Known, config: TrainConfig, objective: Objective = own_loss
) -> Pace:
    """How a run begins, as its settings say.

    Raises:
        ValueError: for packing with a model that cannot keep texts apart.
    """
    limit = pack_limit(model, known, config, own_loss=objective is own_loss)
    return Pace(config.per_device_train_batch_size, config.gradient_checkpointing, limit)


@dataclass(frozen=True)
class Outcome:
    """What the backward passes of one step came to."""

    #: Mean over all targets of the step.
    loss: float
    #: Tokens without padding, and with it.
    tokens: float
    padded: float
    micro_batches: int


def backward(
    accelerator: Any,
    model: Any,
    window: Window,
    known: Known,
    pace: Pace,
    objective: Objective = own_loss,
) -> Outcome:
    """Forward and backward over all rows of a step. Gradients are added to what is there.

    With several processes each takes its share of the rows; the outcome is that of all together.

    Raises:
        NotEnoughMemory: when not even one row fits.
    """
    while True:
        before = chance_state()
        try:
            return _accumulate(accelerator, model, window, known, pace, objective)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            said = str(error)
        # Outside the `except`: while the error lives, so do the tensors of the failed attempt.
        model.zero_grad(set_to_none=True)
        release()
        set_chance_state(before)
        _give_way(accelerator.unwrap_model(model), window, pace, said)


def _accumulate(
    accelerator: Any,
    model: Any,
    window: Window,
    known: Known,
    pace: Pace,
    objective: Objective,
) -> Outcome:
    """The loss is the mean over all rows (or tokens) of the step, not the mean of the means: with
    texts of different lengths those differ."""
    whole = max(1, sum(targets_of(row, known.task) for part in window for row in part))
    mine = [piece for part in _own_share(accelerator, window) for piece in _cut(part, pace.micro)]
    parts = mine or [window[0][:1]]  # all processes take part when gradients are added up
    loss = tokens = padded = 0.0
    for at, part in enumerate(parts, start=1):
        batch = pack(part, known.tokenizer.pad_token_id, pace.packed)
        padded += batch["input_ids"].numel()
        tokens += sum(len(row.ids) for row in part)
        count = sum(targets_of(row, known.task) for row in part) if mine else 0
        batch = {name: values.to(accelerator.device) for name, values in batch.items()}
        # Gradients are added up once, after the last part, as the mean of the processes.
        with nullcontext() if at == len(parts) else accelerator.no_sync(model):
            with accelerator.autocast():
                share = objective(model, batch) * (count / whole)
            accelerator.backward(share * accelerator.num_processes)
        loss += float(share.detach())
    return _together(accelerator, Outcome(loss, tokens, padded, len(parts)))


def _own_share(accelerator: Any, window: Window) -> Window:
    every, first = accelerator.num_processes, accelerator.process_index
    return [part[first::every] for part in window]


def _together(accelerator: Any, own: Outcome) -> Outcome:
    """The sums over all processes."""
    if accelerator.num_processes == 1:
        return own
    import torch

    sums = torch.tensor([own.loss, own.tokens, own.padded], device=accelerator.device)
    loss, tokens, padded = accelerator.reduce(sums, "sum").tolist()
    return Outcome(loss, tokens, padded, own.micro_batches)


def _cut(rows: list[Example], size: int) -> Window:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _give_way(model: Any, window: Window, pace: Pace, said: str) -> None:
    """The next smaller way of doing the same step."""
    if use_less_code(said):
        return
    most = min(pace.micro, max(map(len, window)))
    if most > 1:
        pace.micro = most // 2
    elif not pace.checkpointing:
        checkpoint_gradients(model)
        pace.checkpointing = True
    else:
        longest = max(len(row.ids) for part in window for row in part)
        raise NotEnoughMemory(
            f"Not even one text at a time fits into memory: the longest has {longest} tokens, and "
            f"{used_mb():.0f} MB are in use before it. Set max_length to less than {longest}, take "
            f"a smaller model, or train fewer weights with add_lora(). (Python said: {said[:200]})"
        )


def chance_state() -> dict[str, Any]:
    """Where all random streams stand that a step draws from."""
    import torch

    state = {"python": random.getstate(), "torch": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state_all()
    return state


def set_chance_state(state: dict[str, Any]) -> None:
    """Puts all random streams back to where they stood."""
    import torch

    random.setstate(_nested_tuple(state["python"]))
    torch.set_rng_state(state["torch"])
    if "cuda" in state:
        torch.cuda.set_rng_state_all(state["cuda"])


def _nested_tuple(value: Any) -> Any:
    return tuple(map(_nested_tuple, value)) if isinstance(value, list | tuple) else value
