"""How good a model is, beside how good the dumbest one would be."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tuningfork.batches import Example, collate, count_targets, encode, in_order
from tuningfork.dataset import Dataset
from tuningfork.lean import guesses, needed, own_loss
from tuningfork.memory import in_parts
from tuningfork.models import Known, knowledge
from tuningfork.table import html_table, text_table

#: Texts that are looked at together.
_TEXTS = 64


@dataclass(frozen=True)
class Scores:
    """The result of `evaluate`. What does not apply to the task is `None`."""

    rows: int
    #: Mean loss, natural logarithm: per row for a classification, per token for texts, per hidden
    #: word for a model that guesses them.
    loss: float
    #: Share of right answers: of rows, or of hidden words.
    accuracy: float | None = None
    #: 95 % interval of the accuracy (Wilson), for chance in the choice of rows alone. `None` for
    #: hidden words: those of one text hang together.
    interval: tuple[float, float] | None = None
    #: Mean of the F1 scores of the labels, each label counting the same.
    macro_f1: float | None = None
    #: Accuracy of always saying the commonest label or hidden word, and which that is.
    baseline: float | None = None
    commonest: str | None = None
    #: exp(loss): among how many tokens the model hesitates, on average. For hidden words it is a
    #: pseudo-perplexity, as they are guessed from both sides: not to be compared with that of a
    #: model that writes.
    perplexity: float | None = None

    def _lines(self) -> list[tuple[str, str]]:
        text = [("loss", f"{self.loss:.3f}"), ("perplexity", f"{self.perplexity or 0:.2f}")]
        if self.accuracy is None:
            return text
        if self.perplexity is not None:
            return [
                ("hidden words guessed", f"{self.accuracy:.1%}"),
                (f"always saying {self.commonest!r}", f"{self.baseline or 0:.1%}"),
                *text,
            ]
        low, high = self.interval or (0.0, 1.0)
        return [
            ("accuracy", f"{self.accuracy:.1%}  (likely between {low:.1%} and {high:.1%})"),
            (f"always saying {self.commonest!r}", f"{self.baseline:.1%}"),
            ("macro F1", f"{self.macro_f1:.3f}"),
            ("loss", f"{self.loss:.3f}"),
        ]

    def __repr__(self) -> str:
        return text_table(("measure", "value"), self._lines(), f"on {self.rows} rows")

    def _repr_html_(self) -> str:
        return html_table(("measure", "value"), self._lines(), f"on {self.rows} rows")


def evaluate(model: Any, data: Dataset, *, batch_size: int = 64) -> Scores:
    """Measures a model on rows it was not trained on.

    A model that guesses hidden words is asked about 15 % of the words of each row, every time the
    same ones.

    Raises:
        TypeError: for a model that is not from `load_model`.
        ValueError: for an empty data set or labels the model does not have.
    """
    if len(data) == 0:
        raise ValueError("There are no rows to evaluate on.")
    known = knowledge(model)
    examples = encode(data, known)
    # Of a model that trains meanwhile: between two of its steps.
    with known.turn.question(model):
        return score(model, examples, known, batch_size)


def score(model: Any, examples: list[Example], known: Known, batch_size: int) -> Scores:
    """The same for rows that are encoded already. Leaves the model in the mode it was in."""
    if known.task == "fill-mask":
        return _score_guesses(model, examples, known, batch_size)
    total, count = 0.0, 0
    said: list[tuple[int | None, int]] = []
    for loss, targets, best in _looks(model, examples, batch_size, _asked_for(model, known)):
        total += loss
        count += targets
        said += best
    loss = total / max(1, count)
    if known.task == "generation":
        return Scores(len(examples), loss, perplexity=_exp(loss))
    return _class_scores(loss, said, known.labels)


#: What is made of a batch: sum of the losses, how many there are, and (true, said) for each row.
Look = tuple[float, int, list[tuple[int | None, int]]]


def _asked_for(model: Any, known: Known) -> Callable[[Sequence[Example]], Look]:
    """How to look at some rows of a classification, or of texts to be foretold."""

    def look(part: Sequence[Example]) -> Look:
        batch = collate(part, known.tokenizer.pad_token_id)
        batch = {name: values.to(model.device) for name, values in batch.items()}
        targets = count_targets(batch, known.task)
        if known.task == "generation":
            return float(own_loss(model, batch)) * targets, targets, []
        output = model(**needed(batch))
        best = output.logits.argmax(-1).tolist()
        said = list(zip([row.label for row in part], best, strict=True))
        return float(output.loss) * targets, targets, said

    return look


def _looks(
    model: Any, examples: list[Example], size: int, look: Callable[[Sequence[Example]], Any]
) -> Iterator[Any]:
    """Looks at all rows, in parts that fit into memory, with dropout off."""
    import torch

    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield from in_parts(in_order(examples), size, look)
    finally:
        model.train(was_training)


def _score_guesses(model: Any, examples: list[Example], known: Known, size: int) -> Scores:
    from torch.nn.functional import cross_entropy

    rows = with_fixed_words_hidden(examples)
    total, right = 0.0, 0

    def look(part: Sequence[Example]) -> tuple[float, int]:
        batch = collate(part, known.tokenizer.pad_token_id)
        batch = {name: values.to(model.device) for name, values in batch.items()}
        logits, answers = guesses(model, batch)
        losses = cross_entropy(logits.float(), answers, reduction="sum")
        return float(losses), int((logits.argmax(-1) == answers).sum())

    for losses, hits in _looks(model, rows, size, look):
        total += losses
        right += hits
    word, share = commonest_word(rows, known)
    count = max(1, sum(len(row.hidden or {}) for row in rows))
    loss = total / count
    return Scores(
        rows=len(rows),
        loss=loss,
        accuracy=right / count,
        baseline=share,
        commonest=word,
        perplexity=_exp(loss),
    )


def with_fixed_words_hidden(examples: list[Example]) -> list[Example]:
    """The rows as every evaluation sees them."""
    return [row.with_hidden_words("evaluation") for row in examples]


def commonest_word(rows: list[Example], known: Known) -> tuple[str, float]:
    """The commonest of all hidden words and its share: what always saying it scores."""
    counts = Counter(token for row in rows for token in (row.hidden or {}).values())
    if not counts:
        return "", 0.0
    (token, count), *_ = counts.most_common(1)
    return known.tokenizer.convert_ids_to_tokens(token), count / counts.total()


def logits_of(model: Any, texts: Sequence[str], known: Known) -> list[Any]:
    """What a classifier makes of each text: a vector of shape (labels,) each.

    The model should be in evaluation mode and this thread have its turn.
    """
    import torch

    found: list[Any] = []
    with torch.inference_mode():
        for start in range(0, len(texts), _TEXTS):
            batch = known.tokenizer(
                list(texts[start : start + _TEXTS]),
                padding=True,
                truncation=True,
                max_length=known.max_length,
                return_tensors="pt",
            )
            found += list(model(**batch.to(model.device)).logits)
    return found


def majority(examples: list[Example]) -> tuple[int, float]:
    """The commonest class and its share: what a model scores that looks at nothing."""
    (label, count), *_ = Counter(example.label for example in examples).most_common(1)
    assert label is not None
    return label, count / len(examples)


def _class_scores(loss: float, said: list[tuple[Any, int]], labels: tuple[str, ...]) -> Scores:
    right = sum(true == guess for true, guess in said)
    most, share = majority([Example([], true) for true, _ in said])
    return Scores(
        rows=len(said),
        loss=loss,
        accuracy=right / len(said),
        interval=wilson(right, len(said)),
        macro_f1=sum(_f1(said, label) for label in range(len(labels))) / len(labels),
        baseline=share,
        commonest=labels[most],
    )


def _f1(said: list[tuple[Any, int]], label: int) -> float:
    hit = sum(true == guess == label for true, guess in said)
    all_said = sum(guess == label for _, guess in said)
    all_true = sum(true == label for true, _ in said)
    return 2 * hit / (all_said + all_true) if all_said + all_true else 0.0


def wilson(right: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval for a share: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927)."""
    share = right / total
    middle = share + z * z / (2 * total)
    reach = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def _exp(loss: float) -> float:
    try:
        return math.exp(loss)
    except OverflowError:
        return math.inf
