"""The training loop, from top to bottom.

batch → forward → loss → backward → clip → step → log → evaluate. `accelerate` finds the device and
does the backward pass; everything else is here to be read. Each step leaves a row in the log, and
whoever wants to look reads the log.
"""

import math
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tuningfork.batches import Example, collate, count_targets, encode, shuffled
from tuningfork.chart import Chart, Panel
from tuningfork.config import TrainConfig
from tuningfork.dataset import Dataset
from tuningfork.live import Live
from tuningfork.models import Known, knowledge
from tuningfork.scores import Scores, majority, score


@dataclass
class Run:
    """What a training run left behind."""

    config: TrainConfig
    #: One row per step and per evaluation: step, loss, learning_rate, grad_norm, eval_loss, …
    log: list[dict[str, float]] = field(default_factory=list)
    #: "running", "finished", "stopped" or "failed".
    state: str = "running"
    summary: str = ""

    def __repr__(self) -> str:
        return f"Run({self.state}: {self.summary})"


def train(
    model: Any,
    train_data: Dataset,
    val_data: Dataset | None = None,
    config: TrainConfig | None = None,
) -> Run:
    """Trains a model in place, shows how it goes, and returns the run.

    Stopping (Interrupt) keeps what has been learned so far; `model.last_run` then has the log.

    Args:
        model: from `load_model`.
        train_data: rows to learn from.
        val_data: rows to check on, about twelve times during the run.
        config: the settings; the defaults suit the models of the course.

    Raises:
        FloatingPointError: when the loss is no longer a number. The log says at which step.
        ValueError: for an empty data set or labels the model does not have.
    """
    config = config or TrainConfig()
    known = knowledge(model)
    examples = _encode(train_data, known, config)
    checks = encode(val_data, known, config.max_length) if val_data else []
    total = total_steps(len(examples), config)
    live = Live(_chart(known, examples, checks), total)
    run = Run(config, live.log)
    model.last_run = run
    live.start()
    try:
        _steps(model, examples, checks, known, config, live)
        _finish(run, live, "finished", total)
    except KeyboardInterrupt:
        _finish(run, live, "stopped", total)
        raise
    except BaseException:
        _finish(run, live, "failed", total)
        raise
    finally:
        model.eval()
    return run


def _steps(
    model: Any,
    examples: list[Example],
    checks: list[Example],
    known: Known,
    config: TrainConfig,
    live: Live,
) -> None:
    """Every step of the run, each with its row in the log."""
    import torch
    from accelerate import Accelerator
    from accelerate.utils import set_seed

    set_seed(config.seed)
    accelerator = Accelerator(cpu=not torch.cuda.is_available())
    rate = config.learning_rate or known.learning_rate
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=rate, weight_decay=config.weight_decay, fused=True
    )
    trained, optimizer = accelerator.prepare(model, optimizer)
    trained.train()
    total = total_steps(len(examples), config)
    begin, before = time.perf_counter(), 0.0
    for step, window in enumerate(_windows(examples, config, total), start=1):
        for group in optimizer.param_groups:
            group["lr"] = rate * schedule(step, total, config)
        loss, tokens = _accumulate(accelerator, trained, window, known)
        longest = config.max_grad_norm or math.inf
        norm = float(accelerator.clip_grad_norm_(trained.parameters(), longest))
        seconds = time.perf_counter() - begin
        live.row(
            {
                "step": step,
                "epoch": step * config.gradient_accumulation_steps / _batches(examples, config),
                "loss": loss,
                "learning_rate": optimizer.param_groups[0]["lr"],
                "grad_norm": norm,
                "tokens_per_second": tokens / max(1e-9, seconds - before),
                "seconds": seconds,
            }
        )
        before = seconds
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise FloatingPointError(_not_a_number(step, rate))
        optimizer.step()
        optimizer.zero_grad()
        if checks and (step % _eval_every(config, total) == 0 or step == total):
            live.row(
                _eval_row(step, score(model, checks, known, config.per_device_eval_batch_size))
            )


def _batches(examples: list[Example], config: TrainConfig) -> int:
    """Micro-batches in an epoch."""
    return math.ceil(len(examples) / config.per_device_train_batch_size)


def _encode(data: Dataset, known: Known, config: TrainConfig) -> list[Example]:
    examples = encode(data, known, config.max_length)
    if not examples:
        raise ValueError("There are no rows to train on.")
    return examples


def total_steps(rows: int, config: TrainConfig) -> int:
    """How many optimizer steps a run has."""
    if config.max_steps > 0:
        return config.max_steps
    per_epoch = math.ceil(
        rows / (config.per_device_train_batch_size * config.gradient_accumulation_steps)
    )
    return max(1, math.ceil(per_epoch * config.num_train_epochs))


def schedule(step: int, total: int, config: TrainConfig) -> float:
    """The learning rate at a step (counted from 1) as a share of the highest."""
    warmup = config.warmup_steps * total if config.warmup_steps < 1 else config.warmup_steps
    if step <= warmup:
        return step / max(1.0, warmup)
    if config.lr_scheduler_type == "constant":
        return 1.0
    return max(0.0, (total - step + 1) / max(1.0, total - warmup + 1))


def _windows(
    examples: list[Example], config: TrainConfig, total: int
) -> Iterator[list[list[Example]]]:
    """The micro-batches of each optimizer step, epoch after epoch, `total` times."""
    given, epoch = 0, 0
    while given < total:
        cut = shuffled(
            examples,
            config.per_device_train_batch_size,
            seed=config.seed + epoch,
            by_length=config.train_sampling_strategy == "group_by_length",
        )
        for start in range(0, len(cut), config.gradient_accumulation_steps):
            if given == total:
                return
            yield cut[start : start + config.gradient_accumulation_steps]
            given += 1
        epoch += 1


def _accumulate(
    accelerator: Any, model: Any, window: list[list[Example]], known: Known
) -> tuple[float, int]:
    """Forward and backward over the micro-batches of one step.

    The loss is the mean over all rows (or tokens) of the window, not the mean of the means: with
    texts of different lengths those differ.
    """
    batches = [collate(part, known.tokenizer.pad_token_id) for part in window]
    counts = [count_targets(batch, known.task) for batch in batches]
    whole = max(1, sum(counts))
    total = 0.0
    for batch, count in zip(batches, counts, strict=True):
        batch = {name: values.to(accelerator.device) for name, values in batch.items()}
        loss = model(**batch).loss * (count / whole)
        accelerator.backward(loss)
        total += float(loss.detach())
    return total, sum(len(row.ids) for part in window for row in part)


def _eval_every(config: TrainConfig, total: int) -> int:
    return config.eval_steps or max(1, total // 12)


def _eval_row(step: int, scores: Scores) -> dict[str, float]:
    row = {"step": float(step), "eval_loss": scores.loss}
    if scores.accuracy is not None:
        row["eval_accuracy"] = scores.accuracy
    if scores.perplexity is not None:
        row["eval_perplexity"] = scores.perplexity
    return row


def _chart(known: Known, examples: list[Example], checks: list[Example]) -> Chart:
    seen = (("loss", "Training texts"), *((("eval_loss", "New texts"),) if checks else ()))
    knows_nothing = math.log(len(known.labels) if known.labels else len(known.tokenizer))
    panels = [Panel("Loss", seen, ((knows_nothing, "Pure guessing"),))]
    if known.task == "classification" and checks:
        label, share = majority(checks)
        rule = (share, f"Always “{known.labels[label]}”")
        panels.append(Panel("Accuracy", (("eval_accuracy", "New texts"),), (rule,), (0.0, 1.0)))
    if known.task == "generation" and checks:
        panels.append(Panel("Perplexity", (("eval_perplexity", "New texts"),)))
    what = "Loss and accuracy" if known.task == "classification" else "Loss and perplexity"
    text = f"{what} at each step of a training on {len(examples)} rows. Lower loss is better."
    return Chart(f"run-{uuid.uuid4().hex[:12]}", "Training", text, tuple(panels))


def _finish(run: Run, live: Live, state: str, total: int) -> None:
    run.state = state
    run.summary = summarise(run.log, state, total, live.chart)
    live.finish(state, run.summary)


def summarise(log: list[dict[str, float]], state: str, total: int, chart: Chart) -> str:
    """A run in one or two sentences: what fell, what rose, and how it ended."""
    losses = [row["loss"] for row in log if "loss" in row]
    if not losses:
        return "The training ended before its first step."
    few = losses[-max(1, min(10, len(losses) // 5)) :]
    first, last = losses[0], sum(few) / len(few)
    end = {
        "finished": f"in {len(losses)} steps",
        "stopped": f"and was stopped at step {len(losses)} of {total}",
    }
    moved = "fell" if last < first else "rose"
    ended = end.get(state, f"until step {len(losses)} of {total}")
    text = f"The loss {moved} from {first:.2f} to {last:.2f} {ended}"
    scores = [row for row in log if "eval_accuracy" in row]
    if scores:
        reached = scores[-1]["eval_accuracy"]
        base = next(
            (
                value
                for panel in chart.panels
                if panel.title == "Accuracy"
                for value, _ in panel.rules
            ),
            0.0,
        )
        more = "above" if reached >= base else "below"
        points = abs(reached - base) * 100
        text += (
            f"; accuracy on new texts is {reached:.0%}, {points:.0f} points {more} "
            "always giving the same answer"
        )
    perplexities = [row["eval_perplexity"] for row in log if "eval_perplexity" in row]
    if perplexities:
        text += f"; perplexity on new texts is {perplexities[-1]:.1f}"
    return text + "."


def _not_a_number(step: int, rate: float) -> str:
    return (
        f"The loss is no longer a number at step {step}. Most often the learning rate is too high "
        f"(it was {rate:g}): load the model again and try learning_rate={rate / 10:g}."
    )
