"""16-bit numbers, where they are a gain: a few steps are tried with and without.

On a GPU they are twice as fast. On a CPU without instructions of its own for them they were eight
times slower (7.75 times on an AMD EPYC with AVX2, measured for the course).
"""

import time
from collections.abc import Sequence
from statistics import median
from typing import Any

from tuningfork.batches import Example, collate
from tuningfork.config import TrainConfig
from tuningfork.models import Known
from tuningfork.step import Objective, chance_state, set_chance_state

#: Steps that are timed each way, beside one to warm up.
_TRIED = 3
#: 16 bits are taken when they are so many times as fast.
_GAIN = 1.05


def accelerator_of(precision: str) -> Any:
    """accelerate's object for this device, with "no", "bf16" or "fp16"."""
    import torch
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    # It remembers the precision of the last training in this Python and takes no other.
    AcceleratorState._reset_state()
    return Accelerator(cpu=not torch.cuda.is_available(), mixed_precision=precision)


def precision_of(
    model: Any,
    known: Known,
    examples: Sequence[Example],
    config: TrainConfig,
    objective: Objective,
) -> str:
    """The numbers to compute with: those that were asked for, if that is faster.

    The model, its gradients and chance are as before afterwards. Says so when they are not taken.
    """
    asked = "bf16" if config.bf16 else "fp16" if config.fp16 else "no"
    if asked == "no":
        return asked
    import torch

    if torch.cuda.is_available():
        model.to("cuda")
    batch = collate(examples[: config.per_device_train_batch_size], known.tokenizer.pad_token_id)
    plain, short = (
        median(seconds_of_steps(model, batch, objective, kind)[1:]) for kind in ("no", asked)
    )
    if plain >= _GAIN * short:
        return asked
    print(
        f"{asked}=True is left out: a step takes {short / plain:.1f} times as long with it on this "
        "machine, because its processor has no fast arithmetic for such numbers."
    )
    return "no"


def seconds_of_steps(
    model: Any, batch: dict[str, Any], objective: Objective, precision: str = "no"
) -> list[float]:
    """Seconds of some forward and backward passes; the first one warms up."""
    import torch

    kinds = {"bf16": torch.bfloat16, "fp16": torch.float16}
    device = model.device.type
    there = {name: values.to(model.device) for name, values in batch.items()}
    chance, was_training = chance_state(), model.training
    model.train()
    found = []
    for _ in range(1 + _TRIED):
        begin = time.perf_counter()
        with torch.autocast(device, kinds.get(precision), enabled=precision in kinds):
            loss = objective(model, there)
        loss.backward()
        if device == "cuda":
            torch.cuda.synchronize()
        found.append(time.perf_counter() - begin)
        model.zero_grad(set_to_none=True)
    model.train(was_training)
    set_chance_state(chance)
    return found
