"""The model card: what a saved model is, in words that hold for it. Pure.

The card says only what is known: without scores it says that nothing was measured.
"""

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Protocol

from tuningfork.config import TrainConfig
from tuningfork.dataset import Dataset
from tuningfork.models import Known
from tuningfork.record import Row
from tuningfork.scores import Scores

_PIPELINES = {
    "classification": "text-classification",
    "generation": "text-generation",
    "fill-mask": "fill-mask",
}
_CLASSES = {
    "classification": "AutoModelForSequenceClassification",
    "generation": "AutoModelForCausalLM",
    "fill-mask": "AutoModelForMaskedLM",
}
#: Settings that say nothing about the model.
_ELSEWHERE = {"output_dir", "save_seconds", "save_total_limit", "memory_limit_mb"}
#: At this many rows an accuracy of 80 % is known to about ±4 points (Wilson).
_FEW_ROWS = 400


class Trained(Protocol):
    """What the card tells of a run."""

    @property
    def config(self) -> TrainConfig: ...
    @property
    def log(self) -> list[Row]: ...
    @property
    def summary(self) -> str: ...


def model_card(
    known: Known,
    title: str,
    run: Trained | None = None,
    data: Dataset | None = None,
    scores: Scores | None = None,
) -> str:
    """The text of README.md: Markdown with a head in YAML, as the Hub reads it."""
    parts = [
        _head(known),
        f"# {title}\n\n{_what(known)}",
        f"## Data\n\n{_data(data)}",
        f"## Training\n\n{_training(known, run)}",
        f"## How good it is\n\n{_measures(scores)}",
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in _limits(known, data, scores)),
        f"## Use\n\n{_use(known)}",
    ]
    return "\n\n".join(parts) + "\n"


def _head(known: Known) -> str:
    lines = ["library_name: transformers"]
    if known.task in _PIPELINES:
        lines.append(f"pipeline_tag: {_PIPELINES[known.task]}")
    return "\n".join(["---", *lines, "---"])


def _what(known: Known) -> str:
    begin = f"`{known.origin.name}`" if known.origin.name else "a model"
    fresh = "" if known.origin.pretrained else ", with random weights instead of pretrained ones"
    if known.task == "classification":
        labels = ", ".join(f"`{label}`" for label in known.labels)
        return (
            f"Gives a text one of {len(known.labels)} labels: {labels}. Made from {begin}{fresh}."
        )
    if known.task == "fill-mask":
        mask = known.tokenizer.mask_token
        return f"Guesses the word that `{mask}` hides in a text. Made from {begin}{fresh}."
    return f"Goes on with a text. Made from {begin}{fresh}."


def _data(data: Dataset | None) -> str:
    if data is None:
        return "Which rows it was trained on was not noted when it was saved."
    lines = [f"{len(data)} rows of `{data.name}`."]
    if data.labels:
        lines += ["", "| label | rows | share |", "| --- | ---: | ---: |"]
        lines += [
            f"| {_cell(label)} | {count} | {count / max(1, len(data)):.0%} |"
            for label, count in data.counts().items()
        ]
    return "\n".join(lines)


def _training(known: Known, run: Trained | None) -> str:
    if run is None:
        return "How it was trained was not noted when it was saved."
    steps = sum("loss" in row for row in run.log)
    lines = [f"{run.summary} ({steps} steps)", "", "| setting | value |", "| --- | --- |"]
    lines += [f"| {name} | {_cell(value)} |" for name, value in _settings(known, run.config)]
    return "\n".join(lines)


def _settings(known: Known, config: TrainConfig) -> Iterator[tuple[str, Any]]:
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name == "learning_rate":
            value = value or known.learning_rate
        if field.name == "max_length":
            value = min(value or known.max_length, known.max_length)
        if field.name not in _ELSEWHERE and value is not None:
            yield field.name, value


def _measures(scores: Scores | None) -> str:
    if scores is None:
        return "Nothing was measured when it was saved."
    lines = [f"On {scores.rows} rows:", "", "| measure | value | 95 % interval |"]
    lines += ["| --- | ---: | --- |"]
    if scores.accuracy is not None and scores.interval is None:
        lines += [f"| hidden words guessed | {scores.accuracy:.1%} | |"]
        lines += [f"| always `{scores.commonest}` | {scores.baseline:.1%} | |"]
    elif scores.accuracy is not None and scores.interval is not None:
        low, high = scores.interval
        lines += [f"| accuracy | {scores.accuracy:.1%} | {low:.1%} to {high:.1%} |"]
        lines += [f"| always `{scores.commonest}` | {scores.baseline:.1%} | |"]
        lines += [f"| macro F1 | {scores.macro_f1:.3f} | |"]
    lines += [f"| loss | {scores.loss:.4f} | |"]
    if scores.perplexity is not None:
        lines += [f"| perplexity | {scores.perplexity:.2f} | |"]
    if scores.interval is not None:
        lines += ["", _INTERVAL]
    return "\n".join(lines)


_INTERVAL = (
    "The interval is Wilson's (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927, p. 209). It is about "
    "chance in the choice of these rows alone, not about the seed, nor about texts of another kind."
)


def _limits(known: Known, data: Dataset | None, scores: Scores | None) -> Iterator[str]:
    yield f"Reads at most {known.max_length} tokens of a text; what comes after is cut off."
    if data is not None:
        yield (
            "It knows texts such as those it was trained on. On others it answers just as surely, "
            "and may be wrong."
        )
    if known.task == "classification":
        yield "It always gives one of its labels, also to a text that none of them fits."
    elif known.task == "fill-mask":
        yield "Its guesses are the words that were usual in its data, and need not be true."
    else:
        yield "What it writes sounds like its data and need not be true."
    if scores is not None and scores.interval is not None and scores.rows < _FEW_ROWS:
        yield f"{scores.rows} rows are few to measure on: see how wide the interval is."
    if scores is not None and scores.accuracy is not None and scores.baseline is not None:
        low = scores.interval[0] if scores.interval else scores.accuracy
        if low <= scores.baseline:
            yield "It has not been shown to be better than always giving the commonest answer."


def _use(known: Known) -> str:
    auto = _CLASSES.get(known.task, "AutoModel")
    return f"""```python
from transformers import {auto}, AutoTokenizer

folder = "."  # where this file lies
tokenizer = AutoTokenizer.from_pretrained(folder)
model = {auto}.from_pretrained(folder)
```"""


def _cell(value: object) -> str:
    """As it can stand in a table: names come from people's data."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.replace("|", "\\|").replace("\n", " ")
