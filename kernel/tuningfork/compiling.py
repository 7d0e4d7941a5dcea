"""`torch.compile`, where it pays: a few steps are tried with and without.

Translating a model takes from half a minute to minutes, once for each training, and makes its steps
a little faster on a GPU. On a CPU it seldom pays: tiny-gpt2 took 24 seconds and won nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any

from tuningfork.batches import Example
from tuningfork.config import TrainConfig
from tuningfork.models import Known
from tuningfork.packing import pack
from tuningfork.precision import seconds_of_steps
from tuningfork.step import Objective, Pace


@contextmanager
def compiled(
    model: Any,
    known: Known,
    examples: Sequence[Example],
    config: TrainConfig,
    pace: Pace,
    objective: Objective,
    steps: int,
) -> Iterator[None]:
    """Inside the block the model is translated, if that was asked for and pays in so many steps.

    Says so when it is not. Afterwards the model is as it was.
    """
    if not config.torch_compile:
        yield
        return
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    body = getattr(base, base.base_model_prefix)
    batch = pack(examples[: pace.micro], known.tokenizer.pad_token_id, pace.packed)
    before = body._compiled_call_impl
    why_not = _try(model, body, batch, objective, steps)
    if why_not:
        body._compiled_call_impl = before
        print(f"torch_compile=True is left out: {why_not}")
    try:
        yield
    finally:
        body._compiled_call_impl = before


def _try(model: Any, body: Any, batch: dict[str, Any], objective: Objective, steps: int) -> str:
    """Translates the model; gives the reason when that was no good, else nothing."""
    plain = median(seconds_of_steps(model, batch, objective)[1:])
    # Sizes of batches differ from step to step; without this each would be translated anew.
    body.compile(dynamic=True)
    try:
        first, *others = seconds_of_steps(model, batch, objective)
    except Exception as error:  # whatever the compiler of this machine comes up with
        return (
            "this machine could not translate the model. That needs a C++ compiler and its "
            f"headers. (Python said: {str(error).strip().splitlines()[0][:200]})"
        )
    saved = (plain - median(others)) * steps
    if saved > first:
        return ""
    return (
        f"translating took {first:.0f} s, and {steps} steps would win {max(0.0, saved):.0f} s by "
        "it. For a longer training it may pay."
    )
