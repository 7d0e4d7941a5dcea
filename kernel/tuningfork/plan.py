"""How a run goes, worked out before it begins: its steps, its batches, its learning rates. Pure.

The same settings and rows always give the same plan: a run that was cut off goes on in the middle.
"""

import math
from collections.abc import Iterator

from tuningfork.batches import Example, shuffled
from tuningfork.config import TrainConfig


def total_steps(rows: int, config: TrainConfig, processes: int = 1) -> int:
    """How many optimizer steps a run has."""
    if config.max_steps > 0:
        return config.max_steps
    micro = config.per_device_train_batch_size * processes
    per_epoch = math.ceil(rows / (micro * config.gradient_accumulation_steps))
    return max(1, math.ceil(per_epoch * config.num_train_epochs))


def schedule(step: int, total: int, config: TrainConfig) -> float:
    """The learning rate at a step (counted from 1) as a share of the highest.

    As transformers has it (`get_linear_schedule_with_warmup`): the first step of a warm-up is 0.
    """
    done = step - 1
    share = config.warmup_steps
    warmup = math.ceil(share * total) if share < 1 else int(share)
    if done < warmup:
        return done / warmup
    if config.lr_scheduler_type == "constant":
        return 1.0
    return max(0.0, (total - done) / max(1, total - warmup))


def windows(
    examples: list[Example],
    config: TrainConfig,
    *,
    first: int,
    last: int,
    processes: int = 1,
    packed: bool = False,
) -> Iterator[tuple[int, list[list[Example]]]]:
    """Each optimizer step from `first` to `last` (counted from 1) with its micro-batches.

    For a model that guesses hidden words, each step hides others.
    """
    micro = config.per_device_train_batch_size * processes
    parts = config.gradient_accumulation_steps
    per_epoch = math.ceil(math.ceil(len(examples) / micro) / parts)
    step = first
    while step <= last:
        epoch, at = divmod(step - 1, per_epoch)
        by_length = strategy(config, packed) == "group_by_length"
        cut = shuffled(examples, micro, seed=config.seed + epoch, by_length=by_length)
        for start in range(at * parts, len(cut), parts):
            if step > last:
                return
            key = f"{config.seed} {step}"
            window = cut[start : start + parts]
            yield step, [[row.with_hidden_words(key) for row in part] for part in window]
            step += 1


def strategy(config: TrainConfig, packed: bool) -> str:
    """How the rows of a step are chosen."""
    return config.train_sampling_strategy or ("random" if packed else "group_by_length")


def epoch_of(step: int, rows: int, config: TrainConfig, processes: int = 1) -> float:
    """How many times all rows have been seen after a step."""
    micro = config.per_device_train_batch_size * processes
    return step * config.gradient_accumulation_steps / math.ceil(rows / micro)


def eval_every(config: TrainConfig, total: int) -> int:
    """Steps between two evaluations."""
    return config.eval_steps or max(1, total // 12)
