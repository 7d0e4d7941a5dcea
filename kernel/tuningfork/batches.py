"""Texts → batches of token ids, with as little padding as possible."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tuningfork.dataset import Dataset
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
    pairs = zip(lists, data, strict=True)
    return [Example(ids, _class(row, known), at) for at, (ids, row) in enumerate(pairs)]


def _class(row: dict[str, object], known: Known) -> int:
    label = row.get("label")
    if label not in known.labels:
        raise ValueError(f"The label {label!r} is not one of the model's labels {known.labels}.")
    return known.labels.index(str(label))


def collate(examples: Sequence[Example], pad: int) -> dict[str, Any]:
    """A batch: `input_ids` and `attention_mask` of shape (rows, longest), and `labels`.

    `labels` has shape (rows,) for classes and (rows, longest) for texts, where padding is
    `IGNORED`. The end-of-text token is not: it has to be learned.
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
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def in_order(examples: Sequence[Example], size: int) -> Iterator[list[Example]]:
    """Batches for looking, not learning: shortest first, every row once."""
    ordered = sorted(examples, key=lambda example: len(example.ids))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


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
    """How many things the loss of a row is the mean of: one class, or tokens to be foretold."""
    # The first token of a text is foretold by nothing.
    return 1 if task == "classification" else len(example.ids) - 1


def count_targets(batch: dict[str, Any], task: str) -> int:
    """How many things the loss of a batch is the mean of: rows, or tokens to be foretold."""
    labels = batch["labels"]
    if task == "classification":
        return int(labels.shape[0])
    # The first token of a text is foretold by nothing.
    return int((labels[:, 1:] != IGNORED).sum())
