"""Texts → batches of token ids, with as little padding as possible."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tuningfork.dataset import Dataset
from tuningfork.masking import Masking, masking_of
from tuningfork.models import Known

#: The label that a loss leaves out.
IGNORED = -100
#: Batches whose rows are sorted together; larger means less padding and less chance.
_POOL = 50


@dataclass(frozen=True)
class Example:
    """One row as numbers. `label` is the class, or `None` when the text itself is to be learned."""

    ids: list[int]
    label: int | None
    #: Which row of the data set it is, counted from 0.
    row: int = 0
    #: For a model that guesses hidden words: what may be hidden.
    masking: Masking | None = field(default=None, repr=False, compare=False)
    #: Place → right answer, of the words that are hidden in `ids`; `None`: none are hidden yet.
    hidden: dict[int, int] | None = None

    def with_hidden_words(self, key: str) -> "Example":
        """The row with words hidden, the same for the same key; other tasks have none to hide."""
        if self.masking is None:
            return self
        ids, hidden = self.masking.draw(self.ids, f"{key} {self.row}")
        return replace(self, ids=ids, hidden=hidden)


def encode(data: Dataset, known: Known, max_length: int | None = None) -> list[Example]:
    """Every row of a data set, cut to `max_length` tokens.

    For a model that writes, the end-of-text token follows each text, so that it learns to stop.

    Raises:
        ValueError: for a row whose label the model does not have.
    """
    if len(data) == 0:
        return []
    limit = min(max_length or known.max_length, known.max_length)
    if known.task == "generation":
        end = known.tokenizer.eos_token_id
        lists = known.tokenizer(data.texts, truncation=True, max_length=limit - 1)["input_ids"]
        return [Example([*ids, end], None, at) for at, ids in enumerate(lists)]
    lists = known.tokenizer(data.texts, truncation=True, max_length=limit)["input_ids"]
    if known.task == "fill-mask":
        masking = masking_of(known.tokenizer)
        return [Example(ids, None, at, masking) for at, ids in enumerate(lists)]
    pairs = zip(lists, data, strict=True)
    return [Example(ids, _class(row, at, known), at) for at, (ids, row) in enumerate(pairs)]


def _class(row: dict[str, object], at: int, known: Known) -> int:
    label = row.get("label")
    if label is None:
        raise ValueError(
            f"Row {at} (counted from 0) has no label, and a classification learns from labels. Say "
            'which column holds them, load_data(…, label="…"), or load a model that learns the '
            'texts themselves, such as load_model("tiny-gpt2").'
        )
    if str(label) not in known.labels:
        raise ValueError(
            f"Row {at} (counted from 0): the label {label!r} is not one of the model's labels "
            f"{known.labels}. Load the model with labels=data.labels, of the data it is to learn."
        )
    return known.labels.index(str(label))


def collate(examples: Sequence[Example], pad: int) -> dict[str, Any]:
    """A batch: `input_ids` and `attention_mask` of shape (rows, longest), and `labels`.

    `labels` has shape (rows,) for classes and (rows, longest) for texts, where padding is
    `IGNORED`. The end-of-text token is not: it has to be learned. Where words are hidden, all the
    others are `IGNORED`.
    """
    import torch

    longest = max(len(example.ids) for example in examples)
    ids = torch.full((len(examples), longest), pad)
    mask = torch.zeros((len(examples), longest), dtype=torch.long)
    for at, example in enumerate(examples):
        ids[at, : len(example.ids)] = torch.tensor(example.ids)
        mask[at, : len(example.ids)] = 1
    classes = [example.label for example in examples if example.label is not None]
    labels = torch.tensor(classes) if classes else ids.masked_fill(mask == 0, IGNORED)
    if examples[0].masking is not None:
        labels = torch.full_like(ids, IGNORED)
        for at, example in enumerate(examples):
            for place, answer in (example.hidden or {}).items():
                labels[at, place] = answer
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def in_order(examples: Sequence[Example]) -> list[Example]:
    """For looking, not learning: every row once, shortest first, so that little is padded."""
    return sorted(examples, key=lambda example: len(example.ids))


def shuffled(
    examples: Sequence[Example], size: int, *, seed: int, by_length: bool
) -> list[list[Example]]:
    """One epoch of batches, every row once.

    With `by_length`, rows are sorted within pools of 50 batches before they are cut, and the
    batches are shuffled again: neighbours have like lengths, yet chance decides the order.
    """
    chance = random.Random(seed)
    rows = list(examples)
    chance.shuffle(rows)
    if by_length:
        pool = size * _POOL
        parts = (rows[start : start + pool] for start in range(0, len(rows), pool))
        rows = [row for part in parts for row in sorted(part, key=lambda row: len(row.ids))]
    cut = [rows[start : start + size] for start in range(0, len(rows), size)]
    chance.shuffle(cut)
    return cut


def targets_of(example: Example, task: str) -> int:
    """How many things the loss of a row is the mean of: one class, tokens to be foretold, or
    hidden words."""
    if example.masking is not None:
        hidden = example.hidden
        return example.masking.count(example.ids) if hidden is None else len(hidden)
    # The first token of a text is foretold by nothing.
    return 1 if task == "classification" else len(example.ids) - 1


def count_targets(batch: dict[str, Any], task: str) -> int:
    """How many things the loss of a batch is the mean of: rows, tokens to be foretold, or hidden
    words."""
    labels = batch["labels"]
    if task == "fill-mask":
        return int((labels != IGNORED).sum())
    if task == "classification":
        return int(labels.shape[0])
    # The first token of a text is foretold by nothing.
    return int((labels[:, 1:] != IGNORED).sum())
