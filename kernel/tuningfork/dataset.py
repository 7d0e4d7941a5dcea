"""A data set: rows of text, some with a label, and how to split it fairly."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from tuningfork.table import html_table, text_table

Row = dict[str, object]
_SHOWN = 6


@dataclass(frozen=True)
class Dataset:
    """Rows of text. Every row has `text`; rows of a labelled set have `label` as well.

    Columns whose name begins with an underscore hold the truth about how a generated row was
    made (`_pattern`, `_flipped`, …). Training never looks at them; exercises do.
    """

    rows: tuple[Row, ...]
    name: str = "data"
    #: The label names in alphabetical order; empty for a set without labels.
    labels: tuple[str, ...] = ()

    @property
    def texts(self) -> list[str]:
        return [str(row["text"]) for row in self.rows]

    def counts(self) -> dict[str, int]:
        """How many rows each label has."""
        found = Counter(str(row["label"]) for row in self.rows if "label" in row)
        return {label: found[label] for label in self.labels}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> "Dataset": ...
    def __getitem__(self, at: int | slice) -> "Row | Dataset":
        if isinstance(at, slice):
            return Dataset(self.rows[at], self.name, self.labels)
        return self.rows[at]

    def __repr__(self) -> str:
        names, rows = self._shown()
        return text_table(names, rows, self._note())

    def _repr_html_(self) -> str:
        names, rows = self._shown()
        return html_table(names, rows, self._note())

    def _shown(self) -> tuple[list[str], list[list[object]]]:
        first = self.rows[:_SHOWN]
        names = [name for name in (first[0] if first else {}) if not name.startswith("_")]
        return names, [[row.get(name, "") for name in names] for row in first]

    def _note(self) -> str:
        shares = ", ".join(f"{count} {label}" for label, count in self.counts().items())
        return f"{self.name}: {len(self)} rows" + (f" ({shares})" if shares else "")


def split(
    data: Dataset,
    shares: Sequence[float] = (0.8, 0.1, 0.1),
    *,
    stratify: bool = True,
    seed: int = 0,
) -> tuple[Dataset, ...]:
    """Cuts a data set into parts, usually for training, validation and test.

    Rows with the same text (ignoring case and spacing) always land in the same part: a model must
    not be tested on what it was trained on. With `stratify` each part gets every label in nearly
    the same proportion.

    Raises:
        ValueError: when the shares are not positive or add up to more than 1.
    """
    if not shares or min(shares) <= 0 or sum(shares) > 1 + 1e-9:
        raise ValueError(
            f"The shares must be above 0 and add up to at most 1, not {tuple(shares)}."
        )
    strata: dict[object, list[list[Row]]] = defaultdict(list)
    for group in _groups(data.rows):
        strata[group[0].get("label") if stratify else None].append(group)
    parts: list[list[Row]] = [[] for _ in shares]
    chance = random.Random(seed)
    for groups in strata.values():
        chance.shuffle(groups)
        _deal(groups, shares, parts)
    for part in parts:
        chance.shuffle(part)
    return tuple(Dataset(tuple(part), data.name, data.labels) for part in parts)


def _groups(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows with the same text, together; the order of first appearance."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[" ".join(str(row["text"]).casefold().split())].append(row)
    return list(groups.values())


def _deal(groups: list[list[Row]], shares: Sequence[float], parts: list[list[Row]]) -> None:
    """Deals whole groups to the part that is furthest below its share."""
    total = sum(len(group) for group in groups)
    given = [0] * len(shares)
    for group in groups:
        missing = [share * total - have for share, have in zip(shares, given, strict=True)]
        if sum(given) >= sum(shares) * total - 0.5:
            return
        part = missing.index(max(missing))
        parts[part].extend(group)
        given[part] += len(group)
