"""Records of a file → a data set: which column is the text, which the label, what is missing."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from tuningfork.csv_text import lines_of
from tuningfork.dataset import Dataset, Row
from tuningfork.files import Records, kind_of
from tuningfork.suggest import did_you_mean

TEXT_NAMES = ("text", "sentence", "review", "content")
LABEL_NAMES = ("label", "class", "category", "target")
#: A column with more different values than this, or this share of the rows, may be no label.
_MANY_LABELS, _MANY_SHARE = 50, 0.2


def to_dataset(
    records: Records, name: str, text: str | None, label: str | None
) -> tuple[Dataset, list[str]]:
    """The rows with their columns called `text` and `label`, and sentences for a person.

    Other columns are kept; one that is itself called `text` or `label` becomes `other_text` or
    `other_label`. `_line` is the line of the file that a row begins in (JSON, Parquet: the row).
    Rows without a text or, in a labelled set, without a label are left out, and the sentences say
    which.

    Raises:
        ValueError: for a column that is not there, no column to take for the text, a value that
            is no text, or when no row is left.
    """
    text_name = _pick(records.names, text, TEXT_NAMES, "text")
    if text_name is None:
        raise ValueError(_no_text(records.names, name))
    rest = [one for one in records.names if one != text_name]
    label_name = _pick(rest, label, LABEL_NAMES, "label")
    rows: list[Row] = []
    empty: list[int] = []
    kept_names = _kept_names(records.names, text_name, label_name)
    for line, record in zip(records.lines, records.rows, strict=True):
        place = f"{name}, {records.unit} {line}"
        row: Row = {"text": _words(record.get(text_name), place, text_name)}
        if label_name is not None:
            row["label"] = _words(record.get(label_name), place, label_name)
        if _missing(row["text"]) or _missing(row.get("label", "-")):
            empty.append(line)
            continue
        extra = {new: record.get(old) for old, new in kept_names.items()}
        rows.append({**row, **extra, "_line": line})
    if not rows:
        both = f"a text in {text_name!r}" + (
            f" and a label in {label_name!r}" if label_name else ""
        )
        raise ValueError(
            f"{name}: no row has {both}, so nothing is left. Name other columns with text=… or "
            f"label=…; there are: {_listed(records.names)}."
        )
    labels = tuple(sorted({str(row["label"]) for row in rows if "label" in row}))
    told = [_taken(name, len(rows), text_name, label_name, text is None, label is None)]
    told += [
        *records.notes,
        *_left_out(empty, records.unit),
        *_doubts(labels, len(rows), label_name),
    ]
    return Dataset(tuple(rows), name, labels), told


def _pick(
    names: Sequence[str], wanted: str | None, usual: Iterable[str], option: str
) -> str | None:
    """The column asked for, or the first with a usual name in any case; `None` when none has."""
    if wanted == "" and option == "label":
        return None
    if wanted is not None:
        if wanted in names:
            return wanted
        hint = did_you_mean(wanted, names) if names else "There is no other column."
        raise ValueError(f"There is no column {wanted!r} to take as the {option}. {hint}")
    plain = {one.strip().casefold(): one for one in reversed(names)}
    return next((plain[one] for one in usual if one in plain), None)


def _kept_names(names: Sequence[str], text: str, label: str | None) -> dict[str, str]:
    """The other columns, each with the name it gets: `text` and `label` are taken."""
    others = [one for one in names if one not in (text, label)]
    kept: dict[str, str] = {}
    for one in others:
        new = f"other_{one}" if one in ("text", "label") else one
        while new != one and (new in others or new in kept.values()):
            new = f"other_{new}"
        kept[one] = new
    return kept


def _words(value: object, place: str, column: str) -> str:
    """A value as text; what is missing becomes "", and 1.0 becomes "1"."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(
        f"{place}: the column {column!r} holds {kind_of(value)}, not a text. "
        "Name another column with text=… or label=…, or change the file. Nothing was loaded."
    )


def _missing(value: object) -> bool:
    # "nan" is what programs write for "not there"; people do not write it.
    return str(value).strip().casefold() in ("", "nan")


def _no_text(names: Sequence[str], file: str) -> str:
    usual = ", ".join(TEXT_NAMES)
    return (
        f"{file}: none of its columns has a usual name for texts ({usual}). They are called: "
        f"{_listed(names)}. Say which holds the texts, as in "
        f'load_data("{file}", text="{names[0] if names else "…"}"). If these are no names but '
        "the first row, write a line of names above it, such as text,label."
    )


def _listed(names: Sequence[str]) -> str:
    told = ", ".join(repr(one if len(one) <= 40 else one[:39] + "…") for one in names[:12])
    return told + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def _taken(
    file: str, count: int, text: str, label: str | None, guessed: bool, label_guessed: bool
) -> str:
    told = f"{file}: {count} row{'s' * (count != 1)}; the texts are in {text!r}"
    if label is not None:
        told += f", the labels in {label!r}."
    else:
        usual = f" (no column is called {', '.join(LABEL_NAMES)})" if label_guessed else ""
        told += f", and there are no labels{usual}."
    options = ["text=…"] * guessed + ["label=…"] * label_guessed
    if not options or (text == "text" and label in ("label", None)):
        return told
    return (
        f"{told} That is a guess from the names; to choose yourself, give {' and '.join(options)}."
    )


def _left_out(lines: list[int], unit: str) -> list[str]:
    if not lines:
        return []
    rows, were = ("1 row has", "was") if len(lines) == 1 else (f"{len(lines)} rows have", "were")
    what = 'a text or label that is missing (empty or "nan")'
    return [f"{rows} {what} and {were} left out: {lines_of(lines, unit=unit)}."]


def _doubts(labels: Sequence[str], rows: int, column: str | None) -> list[str]:
    """What looks wrong about the labels."""
    if column is None:
        return []
    alike: dict[str, list[str]] = defaultdict(list)
    for label in labels:
        alike[" ".join(label.casefold().split())].append(label)
    told = [
        f"The labels {', '.join(map(repr, same))} differ only in capitals or spaces but count as "
        f"{len(same)} labels. If they mean the same, write them alike in the file."
        for same in alike.values()
        if len(same) > 1
    ]
    if len(labels) == 1:
        told.append(f"All rows have the label {labels[0]!r}: there is nothing to tell apart.")
    if len(labels) > _MANY_LABELS or len(labels) > max(10, _MANY_SHARE * rows):
        told.append(
            f"{column!r} has {len(labels)} different values in {rows} rows. Is it really a label? "
            'If not, name another with label=…, or give label="" for none.'
        )
    return told
