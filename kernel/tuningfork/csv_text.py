"""CSV text → rows of values with their lines: which sign parts them, and what is out of shape."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

#: The first is taken when the rows do not tell.
_SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright bars"}
#: Where a file has one column only, its lines are parted by a sign that does not occur in text.
_NONE = "\x1f"
_TRIED = 50

Numbered = tuple[int, list[str]]


def read_csv(
    name: str, text: str, *, tabs: bool = False
) -> tuple[list[str], list[Numbered], list[str]]:
    """The column names, the rows with the line each begins in, and notes for a person.

    Empty lines are passed over. A line that repeats the names is left out, and said.

    Raises:
        ValueError: for a row with too many or too few values, a quotation mark that is never
            closed, or two columns of one name. The message names the line.
    """
    sign = separator(text, tabs=tabs)
    found = list(_rows(name, text, sign))
    if not found:
        raise ValueError(f"{name} is empty. Check that it was saved, then load it again.")
    header, rows = found[0], found[1:]
    names = [one.strip() or f"column {at}" for at, one in enumerate(header[1], 1)]
    _no_name_twice(name, names, header[0])
    again = [line for line, values in rows if values == header[1]]
    rows = [(line, values) for line, values in rows if values != header[1]]
    _same_length(name, text, len(names), rows, sign)
    notes = []
    if sign not in (",", _NONE) and not (tabs and sign == "\t"):
        notes.append(f"Its values are parted by {_SIGNS[sign]}.")
    if again:
        notes.append(f"The column names stand once more in {lines_of(again)}; left out.")
    return names, rows, notes


def separator(text: str, *, tabs: bool = False) -> str:
    """The sign that parts the values: the one with which most rows are as long as the first."""
    best, most = _NONE, (0.0, 0)
    for sign in sorted(_SIGNS, key=lambda one: tabs and one != "\t"):
        with _long_values(text):
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
            rows = list(islice((row for row in reader if row), _TRIED))
        columns = len(rows[0])
        alike = sum(len(row) == columns for row in rows) / len(rows)
        if columns > 1 and (alike, columns) > most:
            best, most = sign, (alike, columns)
    return best


def lines_of(lines: list[int], shown: int = 5, unit: str = "line") -> str:
    """The lines in words: "line 4", "lines 4 and 9", "lines 4, 9, 12, 15, 20 and 7 more"."""
    told = [str(line) for line in lines[:shown]]
    if len(lines) > shown:
        return f"{unit}s {', '.join(told)} and {len(lines) - shown} more"
    if len(told) == 1:
        return f"{unit} {told[0]}"
    return f"{unit}s {', '.join(told[:-1])} and {told[-1]}"


def _rows(name: str, text: str, sign: str) -> Iterator[Numbered]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    start = 1
    try:
        with _long_values(text):
            for values in reader:
                if len(values) > 1 or "".join(values).strip():
                    yield start, values
                start = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(
            f"{name}, line {start}: a quotation mark is out of place, so the end of a value cannot "
            'be found. Inside a quoted text write it twice (""), and close what was opened. '
            "Nothing was loaded."
        ) from error


@contextmanager
def _long_values(text: str) -> Iterator[None]:
    """Values may be as long as the file; Python's own limit is 131,072 letters."""
    before = csv.field_size_limit(len(text) + 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _no_name_twice(name: str, names: list[str], line: int) -> None:
    for at, one in enumerate(names):
        if one in names[:at]:
            raise ValueError(
                f"{name}, line {line} names two columns {one!r} (number {names.index(one) + 1} and "
                f"{at + 1}), so it is not clear which is meant. Rename one, then load the file "
                "again. Nothing was loaded."
            )


def _same_length(name: str, text: str, wanted: int, rows: list[Numbered], sign: str) -> None:
    wrong = [(line, values) for line, values in rows if len(values) != wanted]
    if not wrong:
        return
    line, values = wrong[0]
    told = io.StringIO(text, newline="").readlines()[line - 1].strip("\r\n")
    told = told if len(told) <= 80 else told[:79] + "…"
    also = f" The same is true of {lines_of([line for line, _ in wrong[1:]])}." if wrong[1:] else ""
    if len(values) > wanted:
        hint = f"If a text has {_SIGNS.get(sign, 'such signs')} of its own, put it in quotes"
    else:
        hint = "Add what is missing"
    raise ValueError(
        f"{name}, line {line} has {len(values)} values where the first line has {wanted} names: "
        f"“{told}”.{also} {hint}, then load the file again. Nothing was loaded."
    )
