"""What a run looks like and what is said of it: its chart, and a sentence or two. Pure: rows in."""

import math
import uuid
from typing import Any

from tuningfork.batches import Example
from tuningfork.chart import Chart, Log, Panel
from tuningfork.models import Known
from tuningfork.scores import Scores, commonest_word, majority, with_fixed_words_hidden


def chart_of(known: Known, examples: list[Example], checks: list[Example]) -> Chart:
    """The chart of a run: loss, and what the task is judged by, each with its level to beat."""
    seen = (("loss", "Training texts"), *((("eval_loss", "New texts"),) if checks else ()))
    is_classifier = known.task == "classification"
    knows_nothing = math.log(len(known.labels) if is_classifier else len(known.tokenizer))
    panels = [Panel("Loss", seen, ((knows_nothing, "Pure guessing"),))]
    if known.task != "generation" and checks:
        always, share = _always(known, checks)
        rule = (share, f"Always “{always}”")
        panels.append(Panel("Accuracy", (("eval_accuracy", "New texts"),), (rule,), (0.0, 1.0)))
    if known.task == "generation" and checks:
        panels.append(Panel("Perplexity", (("eval_perplexity", "New texts"),)))
    what = "Loss and perplexity" if known.task == "generation" else "Loss and accuracy"
    if known.task == "fill-mask":
        what += " of guessing hidden words"
    text = f"{what} at each step of a training on {len(examples)} rows. Lower loss is better."
    return Chart(f"run-{uuid.uuid4().hex[:12]}", "Training", text, tuple(panels))


def _always(known: Known, checks: list[Example]) -> tuple[str, float]:
    """The commonest answer, and how often it is right."""
    if known.task == "fill-mask":
        return commonest_word(with_fixed_words_hidden(checks), known)
    label, share = majority(checks)
    return known.labels[label], share


def eval_row(step: int, scores: Scores, samples: list[dict[str, str]]) -> dict[str, Any]:
    """An evaluation as a row of the log; `samples` as in samples.py."""
    row: dict[str, Any] = {"step": float(step), "eval_loss": scores.loss}
    if scores.accuracy is not None:
        row["eval_accuracy"] = scores.accuracy
    if scores.perplexity is not None:
        row["eval_perplexity"] = scores.perplexity
    if samples:
        row["samples"] = samples
    return row


def summarise(log: Log, state: str, total: int, chart: Chart) -> str:
    """A run in one or two sentences: what fell, what rose, and how it ended."""
    losses = [row["loss"] for row in log if "loss" in row]
    if not losses:
        return "The training ended before its first step."
    few = losses[-max(1, min(10, len(losses) // 5)) :]
    first, last = losses[0], sum(few) / len(few)
    early = f", enough of the {total}" if len(losses) < total else ""
    end = {
        "finished": f"in {len(losses)} steps{early}",
        "stopped": f"and was stopped at step {len(losses)} of {total}",
        "paused": f"and was paused at step {len(losses)} of {total}",
    }
    moved = "fell" if last < first else "rose"
    ended = end.get(state, f"until step {len(losses)} of {total}")
    text = f"The loss {moved} from {first:.2f} to {last:.2f} {ended}"
    measured = _of_accuracy(log, chart) + _of_perplexity(log)
    return text + measured + "." + _of_best(log) + _of_memory(log)


def _of_accuracy(log: Log, chart: Chart) -> str:
    reached = _reached(log, "eval_accuracy")
    if reached is None:
        return ""
    rules = [panel.rules for panel in chart.panels if panel.title == "Accuracy"]
    base = rules[0][0][0] if rules and rules[0] else 0.0
    more = "above" if reached >= base else "below"
    return (
        f"; accuracy on new texts is {reached:.0%}, {abs(reached - base) * 100:.0f} points {more} "
        "always giving the same answer"
    )


def _of_perplexity(log: Log) -> str:
    reached = _reached(log, "eval_perplexity")
    return "" if reached is None else f"; perplexity on new texts is {reached:.1f}"


def _of_best(log: Log) -> str:
    restored = _last(log, "restored_step")
    return "" if restored is None else f" The weights are those of step {restored:.0f}, the best."


def _of_memory(log: Log) -> str:
    """Where memory ran out, the rows went through the model in smaller parts."""
    sizes = [(int(row["step"]), int(row["micro_batch"])) for row in log if "micro_batch" in row]
    if not sizes or sizes[-1][1] == sizes[0][1]:
        return ""
    step = next(step for step, size in sizes if size != sizes[0][1])
    return (
        f" Memory ran short at step {step}: from there on {sizes[-1][1]} rows at a time went "
        f"through the model instead of {sizes[0][1]}; each step still learned from the same rows."
    )


def _reached(log: Log, name: str) -> float | None:
    """What the weights that the model has in the end scored."""
    restored = _last(log, "restored_step")
    if restored is None:
        return _last(log, name)
    return next((row[name] for row in log if row["step"] == restored and name in row), None)


def _last(log: Log, name: str) -> float | None:
    return next((row[name] for row in reversed(log) if name in row), None)


def not_a_number(step: int, rate: float, window: list[list[Example]], step_back: int | None) -> str:
    """What happened, in which rows, and what to do."""
    rows = sorted(row.row for part in window for row in part)
    shown = ", ".join(map(str, rows[:16])) + (", …" if len(rows) > 16 else "")
    back = (
        "The model has the weights of before this step"
        if step_back is None
        else f"The model is back at its last checkpoint, step {step_back}"
    )
    return (
        f"The loss is no longer a number at step {step}. Most often the learning rate is too high "
        f"(it was {rate:g}): load the model again and try learning_rate={rate / 10:g}. If it "
        f"stays, look at the rows of that step: {shown}. {back}."
    )
