"""A data set: rows of text, some with a label. Knows nothing of where they come from."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import overload

from tuningfork.table import html_table, text_table

Row = dict[str, object]
#: What a notebook shows of a set: rows, columns, letters of a value.
_SHOWN, _COLUMNS, _LETTERS = 6, 8, 400


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
        found = dict.fromkeys(name for row in first for name in row if not name.startswith("_"))
        names = list(found)[:_COLUMNS]
        return names, [[_short(row.get(name, "")) for name in names] for row in first]

    def _note(self) -> str:
        shares = ", ".join(f"{count} {label}" for label, count in self.counts().items())
        return f"{self.name}: {len(self)} rows" + (f" ({shares})" if shares else "")


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LETTERS else text[: _LETTERS - 1] + "…"
