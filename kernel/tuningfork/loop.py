"""The training loop, from top to bottom.

batch → forward → loss → backward → clip → step → log → evaluate → save. `accelerate` finds the
device and does the backward pass. Each step leaves a row in the log; charts and tips only read it.

Where to look for the rest: which rows a step gets and at which learning rate (plan.py), what
happens when memory runs out (step.py), checkpoints (keeper.py), how a run is stopped (stop.py).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tuningfork.batches import Example, encode
from tuningfork.book import Book
from tuningfork.callbacks import check_callbacks, described
from tuningfork.compiling import compiled
from tuningfork.config import TrainConfig
from tuningfork.dataset import Dataset
from tuningfork.doing import training
from tuningfork.keeper import about
from tuningfork.lean import own_loss
from tuningfork.live import Live
from tuningfork.memory import capped, used_mb
from tuningfork.models import Known, knowledge
from tuningfork.optimizer import optimizer_of
from tuningfork.plan import epoch_of, eval_every, schedule, total_steps, windows
from tuningfork.precision import accelerator_of, precision_of
from tuningfork.preflight import look_over, require_rows
from tuningfork.run import Clock, Run
from tuningfork.samples import ask, questions_of
from tuningfork.scores import score
from tuningfork.slim import checkpoint_gradients, slim
from tuningfork.step import Objective, Pace, backward, first_pace
from tuningfork.story import chart_of, eval_row, not_a_number


@dataclass
class _Job:
    """Everything the loop works with."""

    model: Any
    known: Known
    examples: list[Example]
    checks: list[Example]
    objective: Objective
    pace: Pace
    accelerator: Any
    total: int
    run: Run
    live: Live
    #: What the model is asked at each evaluation.
    questions: list[dict[str, str]]


def train(
    model: Any,
    train_data: Dataset,
    val_data: Dataset | None = None,
    config: TrainConfig | None = None,
    *,
    resume: bool = False,
    objective: Objective = own_loss,
    callbacks: Sequence[Any] = (),
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
        callbacks: what to call at certain moments, such as `EarlyStopping(2)`; see callbacks.py.

    Raises:
        FloatingPointError: when the loss is no longer a number. The message says in which rows.
        NotEnoughMemory: when not even one row at a time fits into memory.
        ValueError: for an empty data set, labels the model does not have, or a run that cannot go
            on because something about it has changed.
    """
    config = config or TrainConfig()
    if not isinstance(resume, bool):
        raise TypeError(
            f"resume is True or False, not {resume!r}: it goes on with the last run in output_dir."
        )
    with capped(config.memory_limit_mb):
        job = _prepare(model, train_data, val_data, config, objective, callbacks)
        try:
            lean = slim(model, checkpointing=config.gradient_checkpointing)
            quick = compiled(model, job.known, job.examples, config, job.pace, objective, job.total)
            with job.run.stop.listening(), lean, quick:
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
    plain = optimizer_of(job.model, config, rate)
    model, optimizer = accelerator.prepare(job.model, plain)
    batch = config.per_device_train_batch_size
    with _open_book(job, config, plain, resume) as book, training(total, batch) as note:
        clock = Clock()
        model.train()
        book.start()
        for step, window in _windows(job, config, first=book.done + 1):
            if job.run.stop.asked:
                break
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
            note.step(step, min(book.pace.micro, max(map(len, window))))
            if not is_number:
                raise FloatingPointError(not_a_number(step, rate, window, book.go_back()))
            if job.checks and (step % eval_every(config, total) == 0 or step == total):
                with known.turn.step():
                    scores = score(job.model, job.checks, known, config.per_device_eval_batch_size)
                book.add(eval_row(step, scores, ask(job.model, job.questions)))
            book.close_step(step)
        book.end()


def _prepare(
    model: Any,
    train_data: Dataset,
    val_data: Dataset | None,
    config: TrainConfig,
    objective: Objective,
    callbacks: Sequence[Any],
) -> _Job:
    """Texts to numbers, the device, and the chart: all that comes before the first step."""
    from accelerate.utils import set_seed

    known = knowledge(model)
    pace = first_pace(model, known, config, objective)
    require_rows("train_data", train_data)
    if val_data is not None:
        require_rows("val_data", val_data)
    examples = encode(train_data, known, config.max_length)
    if not examples:
        raise ValueError("There are no rows to train on.")
    checks = encode(val_data, known, config.max_length) if val_data else []
    check_callbacks(callbacks, known.task, bool(checks))
    told = look_over(model, known, config, train_data, examples, checks)
    set_seed(config.seed)
    precision = precision_of(model, known, examples, config, objective)
    accelerator = accelerator_of(precision)
    total = total_steps(len(examples), config, accelerator.num_processes)
    # As it is: what was left to the training is noted in the run.
    settled = replace(config, packing=pace.packed is not None)
    run = Run(settled, known, train_data, val_data, callbacks=tuple(callbacks))
    model.last_run = run
    quiet = config.disable_tqdm or not accelerator.is_main_process
    for sentence in () if quiet else told:
        print(sentence)
    chart = chart_of(known, examples, checks)
    live = Live(chart, total, run.log, quiet=quiet)
    asked = questions_of(val_data, known)
    return _Job(
        model, known, examples, checks, objective, pace, accelerator, total, run, live, asked
    )


def _open_book(job: _Job, config: TrainConfig, optimizer: Any, resume: bool) -> Book:
    called = described(job.run.callbacks)
    what = about(job.model, job.examples, config, job.total, called)
    writes = job.accelerator.is_main_process
    book = Book(job.run, job.live, what, job.total, writes=writes)
    book.begin(job.model, optimizer, job.pace, resume=resume)
    if book.pace.checkpointing:
        checkpoint_gradients(job.model)
    return book


def _windows(job: _Job, config: TrainConfig, first: int) -> Any:
    processes = job.accelerator.num_processes
    packed = job.pace.packed is not None
    return windows(
        job.examples, config, first=first, last=job.total, processes=processes, packed=packed
    )
