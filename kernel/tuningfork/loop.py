"""The training loop, from top to bottom.

batch → forward → loss → backward → clip → step → log → evaluate → save. `accelerate` finds the
device and does the backward pass. Each step leaves a row in the log; charts and tips only read it.

Where to look for the rest: which rows a step gets and at which learning rate (plan.py), what
happens when memory runs out (step.py), checkpoints (keeper.py), how a run is stopped (stop.py).
"""

import math
from dataclasses import dataclass
from typing import Any

from tuningfork.batches import Example, encode
from tuningfork.book import Book
from tuningfork.config import TrainConfig
from tuningfork.dataset import Dataset
from tuningfork.keeper import about
from tuningfork.lean import own_loss
from tuningfork.live import Live
from tuningfork.memory import capped, used_mb
from tuningfork.models import Known, knowledge
from tuningfork.optimizer import adamw
from tuningfork.plan import epoch_of, eval_every, schedule, total_steps, windows
from tuningfork.run import Clock, Run
from tuningfork.scores import score
from tuningfork.step import Objective, backward, checkpoint_gradients
from tuningfork.story import chart_of, eval_row, not_a_number


@dataclass
class _Job:
    """Everything the loop works with."""

    model: Any
    known: Known
    examples: list[Example]
    checks: list[Example]
    objective: Objective
    accelerator: Any
    total: int
    run: Run
    live: Live


def train(
    model: Any,
    train_data: Dataset,
    val_data: Dataset | None = None,
    config: TrainConfig | None = None,
    *,
    resume: bool = False,
    objective: Objective = own_loss,
) -> Run:
    """Trains a model in place, shows how it goes, and returns the run.

    Stopping (Interrupt) keeps what has been learned so far; `model.last_run` then has the log.

    Args:
        model: from `load_model`.
        train_data: rows to learn from.
        val_data: rows to check on, about twelve times during the run.
        config: the settings; the defaults suit the models of the course.
        resume: go on with the last run that had the same model, rows and settings and did not end.
            On a CPU its losses are those of a run that was never cut off, to the last bit. Without
            such a run a new one begins.
        objective: what is to become small, when it is not the model's own loss.

    Raises:
        FloatingPointError: when the loss is no longer a number. The message says in which rows.
        NotEnoughMemory: when not even one row at a time fits into memory.
        ValueError: for an empty data set, labels the model does not have, or a run that cannot go
            on because something about it has changed.
    """
    config = config or TrainConfig()
    with capped(config.memory_limit_mb):
        job = _prepare(model, train_data, val_data, config, objective)
        try:
            with job.run.stop.listening():
                _steps(job, config, resume)
        finally:
            model.eval()
    job.run.stop.act()
    return job.run


def _steps(job: _Job, config: TrainConfig, resume: bool) -> None:
    """Every step of the run, each with its row in the log."""
    known, accelerator, total = job.known, job.accelerator, job.total
    rate = config.learning_rate or known.learning_rate
    weights = [value for value in job.model.parameters() if value.requires_grad]
    plain = adamw(job.model, config, rate)
    model, optimizer = accelerator.prepare(job.model, plain)
    with _open_book(job, config, plain, resume) as book:
        clock = Clock()
        model.train()
        for step, window in _windows(job, config, first=book.done + 1):
            waited = clock.lap()
            with known.turn.step():
                for group in optimizer.param_groups:
                    group["lr"] = rate * schedule(step, total, config)
                result = backward(accelerator, model, window, known, book.pace, job.objective)
                longest = config.max_grad_norm or math.inf
                norm = float(accelerator.clip_grad_norm_(weights, longest))
                is_number = math.isfinite(result.loss) and math.isfinite(norm)
                if is_number:
                    optimizer.step()
                optimizer.zero_grad()
            took = clock.lap()
            book.add(
                {
                    "step": step,
                    "epoch": epoch_of(step, len(job.examples), config, accelerator.num_processes),
                    "loss": result.loss,
                    "learning_rate": optimizer.param_groups[0]["lr"],
                    "grad_norm": norm,
                    "tokens": result.tokens,
                    "tokens_per_second": result.tokens / max(1e-9, took + waited),
                    "padding_share": 1 - result.tokens / result.padded,
                    "data_wait": waited,
                    "memory_mb": used_mb(),
                    "micro_batch": book.pace.micro,
                    "seconds": clock.total,
                }
            )
            if not is_number:
                raise FloatingPointError(not_a_number(step, rate, window, book.go_back()))
            if job.checks and (step % eval_every(config, total) == 0 or step == total):
                with known.turn.step():
                    size = config.per_device_eval_batch_size
                    book.add(eval_row(step, score(job.model, job.checks, known, size)))
            book.close_step(step)
            if job.run.stop.asked:
                return


def _prepare(
    model: Any,
    train_data: Dataset,
    val_data: Dataset | None,
    config: TrainConfig,
    objective: Objective,
) -> _Job:
    """Texts to numbers, the device, and the chart: all that comes before the first step."""
    import torch
    from accelerate import Accelerator
    from accelerate.utils import set_seed

    for name in ("torch_compile", "packing"):
        if getattr(config, name):
            raise ValueError(f"train() cannot do {name} yet. Leave it out; nothing else changes.")
    known = knowledge(model)
    examples = encode(train_data, known, config.max_length)
    if not examples:
        raise ValueError("There are no rows to train on.")
    checks = encode(val_data, known, config.max_length) if val_data else []
    set_seed(config.seed)
    accelerator = Accelerator(cpu=not torch.cuda.is_available(), mixed_precision=_precision(config))
    total = total_steps(len(examples), config, accelerator.num_processes)
    run = Run(config, known, train_data, val_data)
    model.last_run = run
    chart = chart_of(known, examples, checks)
    live = Live(chart, total, run.log, quiet=not accelerator.is_main_process)
    return _Job(model, known, examples, checks, objective, accelerator, total, run, live)


def _open_book(job: _Job, config: TrainConfig, optimizer: Any, resume: bool) -> Book:
    what = about(job.model, job.examples, config, job.total)
    writes = job.accelerator.is_main_process
    book = Book(job.run, job.live, what, job.total, writes=writes)
    book.begin(job.model, optimizer, resume=resume)
    if config.gradient_checkpointing or book.pace.checkpointing:
        checkpoint_gradients(job.model)
    return book


def _windows(job: _Job, config: TrainConfig, first: int) -> Any:
    processes = job.accelerator.num_processes
    return windows(job.examples, config, first=first, last=job.total, processes=processes)


def _precision(config: TrainConfig) -> str:
    return "bf16" if config.bf16 else "fp16" if config.fp16 else "no"
