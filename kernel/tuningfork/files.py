"""Files → records: CSV, TSV, JSON, JSON Lines, Parquet and plain text.

A file is read as a whole or not at all: the first thing that is wrong ends the reading with a
message that names the line. Which column is the text is decided elsewhere.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from importlib import import_module
from pathlib import Path
from typing import Any

from tuningfork.csv_text import read_csv
from tuningfork.decoding import decode
from tuningfork.suggest import did_you_mean

Record = dict[str, object]


@dataclass(frozen=True)
class Records:
    """What a file holds, before any column has a meaning."""

    names: tuple[str, ...]
    rows: list[Record]
    #: Where each row begins in the file, counted from 1, in units of `unit`.
    lines: list[int]
    #: What a person should know of how it was read, in whole sentences.
    notes: list[str] = field(default_factory=list)
    #: "line", or "row" where lines mean nothing (JSON, Parquet).
    unit: str = "line"


def looks_like_a_path(name: str | Path) -> bool:
    """Whether a name means a file: it has an ending or a folder, or is there."""
    path = Path(name)
    return bool(isinstance(name, Path) or path.suffix or len(path.parts) > 1 or path.exists())


def read_records(path: Path) -> Records:
    """Reads a file; its ending says the format.

    Raises:
        FileNotFoundError: when it is not there.
        ValueError: when it is empty, damaged, or of a kind that cannot be read.
        ImportError: for Parquet without pyarrow.
        OSError: when the system does not let it be read.
    """
    _must_be_a_file(path)
    ending = path.suffix.lower()
    if ending == ".parquet":
        return _parquet(path)
    reader = _TEXT_READERS.get(ending)
    if reader is None:
        raise _unknownkind_of(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise OSError(
            f"{path} could not be read: {error.strerror}. Look at its permissions, or copy it "
            "next to this notebook."
        ) from error
    text, how = decode(path, raw)
    if not text.strip():
        raise ValueError(f"{path.name} is empty. Check that it was saved, then load it again.")
    found = reader(path, text)
    if not found.rows:
        raise ValueError(
            f"{path.name} has column names but no rows below them. Add rows, then load it again."
        )
    return replace(found, notes=[how, *found.notes]) if how else found


def _must_be_a_file(path: Path) -> None:
    if path.is_dir():
        raise ValueError(f"{path} is a folder. Name one file in it, such as {path / 'data.csv'}.")
    if path.exists():
        return
    folder = path.parent
    if not folder.is_dir():
        raise FileNotFoundError(
            f"There is no folder {folder}, so {path.name} cannot be in it. Check the path."
        )
    known = sorted(
        one.name for one in folder.iterdir() if one.suffix.lower() in (*_TEXT_READERS, ".parquet")
    )
    known.sort(key=lambda one: SequenceMatcher(None, one, path.name).ratio(), reverse=True)
    hint = did_you_mean(path.name, known[:8]) if known else "No data file is there at all."
    where = "this notebook's folder" if folder == Path() else str(folder)
    raise FileNotFoundError(f"There is no file {path.name} in {where}. {hint}")


def _unknownkind_of(path: Path) -> ValueError:
    kinds = ", ".join([*_TEXT_READERS, ".parquet"])
    return ValueError(
        f"{path.name} is of a kind that cannot be read here; these can: {kinds}. Save the data as "
        "one of them (a spreadsheet as .csv)."
    )


def _csv(path: Path, text: str) -> Records:
    names, numbered, notes = read_csv(path.name, text, tabs=path.suffix.lower() == ".tsv")
    rows: list[Record] = [dict(zip(names, values, strict=True)) for _, values in numbered]
    return Records(tuple(names), rows, [line for line, _ in numbered], notes)


def _lines(text: str) -> list[str]:
    # Not splitlines(), which also cuts at rarer signs that may stand inside a text.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _txt(_: Path, text: str) -> Records:
    found = [(at, line.strip()) for at, line in enumerate(_lines(text), 1) if line.strip()]
    return Records(("text",), [{"text": line} for _, line in found], [at for at, _ in found])


def _jsonl(path: Path, text: str) -> Records:
    rows: list[Record] = []
    lines: list[int] = []
    for at, line in enumerate(_lines(text), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(
                f"{path.name}, line {at} is not whole JSON ({error.msg}, at sign {error.colno}): "
                f"“{_short(line)}”. Mend or remove that line, then load the file again. "
                "Nothing was loaded."
            ) from error
        rows.append(_object(path, value, f"line {at}"))
        lines.append(at)
    return Records(_names(rows), rows, lines)


def _json(path: Path, text: str) -> Records:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        lines = f"It looks like JSON Lines: name the file {path.stem}.jsonl."
        hint = lines if error.msg == "Extra data" else "Mend that place, then load the file again."
        raise ValueError(
            f"{path.name} is not whole JSON: line {error.lineno}, sign {error.colno}: {error.msg}. "
            f"{hint} Nothing was loaded."
        ) from error
    if not isinstance(value, list):
        raise ValueError(
            f"{path.name} holds {kind_of(value)}, but a list of rows is needed: "
            '[{"text": "…", "label": "…"}, …]. Put the rows in square brackets.'
        )
    rows = [_object(path, one, f"row {at}") for at, one in enumerate(value, 1)]
    if not rows:
        raise ValueError(f"{path.name} holds an empty list. Add rows, then load it again.")
    return Records(_names(rows), rows, list(range(1, len(rows) + 1)), unit="row")


def _object(path: Path, value: object, where: str) -> Record:
    if isinstance(value, dict):
        return value
    raise ValueError(
        f"{path.name}, {where} holds {kind_of(value)}, but each row must be an object with names: "
        '{"text": "…", "label": "…"}. Change it, then load the file again. Nothing was loaded.'
    )


def _parquet(path: Path) -> Records:
    try:
        arrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError as error:
        raise ImportError(
            "Parquet files need the package pyarrow, which is not installed. Run "
            "%pip install pyarrow, or save the data as CSV."
        ) from error
    try:
        table = parquet.read_table(path)
    except (arrow.ArrowException, OSError) as error:
        raise ValueError(
            f"{path.name} is not a whole Parquet file. Fetch or save it again. Nothing was loaded."
        ) from error
    names = tuple(table.column_names)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{path.name} has two columns of the name {twice[0]!r}. Rename one.")
    if not table.num_rows:
        raise ValueError(f"{path.name} has columns but no rows. Add rows, then load it again.")
    found = Records(names, table.to_pylist(), list(range(1, table.num_rows + 1)), unit="row")
    return name_classes(found, _classes(table.schema.metadata or {}))


def _classes(metadata: dict[bytes, bytes]) -> dict[str, tuple[str, ...]]:
    """What the `datasets` library notes in a Parquet file: column → names of its class numbers."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
    except (ValueError, KeyError, TypeError):
        # A note of somebody else, in another form: the numbers stay numbers.
        return {}
    return {
        column: tuple(about["names"])
        for column, about in features.items()
        if isinstance(about, dict) and about.get("_type") == "ClassLabel" and about.get("names")
    }


def name_classes(records: Records, classes: dict[str, tuple[str, ...]]) -> Records:
    """Puts the names of classes in place of their numbers, as in 1 → "positive".

    A number without a name, such as the -1 of a test set whose labels are kept secret, becomes
    nothing.
    """
    known = {column: names for column, names in classes.items() if column in records.names}
    if not known:
        return records
    rows = [
        {**row, **{column: _class_name(row.get(column), names) for column, names in known.items()}}
        for row in records.rows
    ]
    return replace(records, rows=rows)


def _class_name(value: object, names: tuple[str, ...]) -> object:
    if isinstance(value, str):
        if value in names or not value.lstrip("-").isdigit():
            return value
        value = int(value)
    if not isinstance(value, int):
        return value
    return names[value] if 0 <= value < len(names) else None


def _names(rows: list[Record]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for row in rows for name in row))


def kind_of(value: object) -> str:
    """What a value from a file is, in plain words."""
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    kinds |= {type(None): "nothing", int: "a number", float: "a number", bytes: "bytes"}
    return kinds.get(type(value), f"a {type(value).__name__}")


def _short(line: str) -> str:
    return line if len(line) <= 80 else line[:79] + "…"


_TEXT_READERS: dict[str, Callable[[Path, str], Records]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".json": _json,
    ".jsonl": _jsonl,
    ".txt": _txt,
}
