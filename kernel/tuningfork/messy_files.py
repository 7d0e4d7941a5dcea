"""The files of `messy`: good rows in bad shape, and the key that says where the faults are."""

import csv
import io
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from tuningfork.dataset import Row

KEY = "answer-key.json"
#: Below this there is no room for the faults of form.
LEAST_ROWS = 12
_HEADER = ["text", "label"]

#: One fault: its line, counted from 1, what it is, and what would be right.
Fault = dict[str, object]


def files_of(rows: Sequence[Row], chance: random.Random) -> dict[str, bytes]:
    """The bytes of each file, and of the key, by name."""
    made = {
        "latin-1.csv": _latin(rows),
        "bom.csv": _marked(rows),
        "ragged.csv": _ragged(rows, chance),
        "two-headers.csv": _two_headers(rows),
        "same-name.csv": _same_name(rows),
        "broken.jsonl": _broken(rows, chance),
        "blanks.txt": _blanks(rows, chance),
    }
    key = {name: sorted(faults, key=_line) for name, (_, faults) in made.items()}
    told = json.dumps(key, ensure_ascii=False, indent=1) + "\n"
    return {name: content for name, (content, _) in made.items()} | {KEY: told.encode()}


def write_new(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes files that are not there yet; equal ones are left alone.

    Raises:
        FileExistsError: when one is there with other content, perhaps mended by hand. Nothing is
            written then.
    """
    for name, content in files.items():
        path = folder / name
        if path.exists() and path.read_bytes() != content:
            raise FileExistsError(
                f"{path} exists already and is not the file that would be written, so nothing was "
                "written: it may be your own work. Choose another folder, or remove the file."
            )
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _line(fault: Fault) -> int:
    line = fault["line"]
    assert isinstance(line, int), "every fault has a line"
    return line


def _table(records: Sequence[Sequence[object]], apart: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=apart, lineterminator="\n").writerows(records)
    return out.getvalue()


def _records(rows: Sequence[Row]) -> list[list[object]]:
    return [list(_HEADER), *([row["text"], row["label"]] for row in rows)]


def _in_rows(rows: Sequence[Row], first_line: int = 2) -> list[Fault]:
    """The faults of content, when the rows stand one a line from `first_line` on."""
    return [
        {
            "line": at,
            "fault": row["_fault"],
            "right": row["_label"] if row["_fault"] == "label" else row["_text"],
        }
        for at, row in enumerate(rows, first_line)
        if row["_fault"]
    ]


def _latin(rows: Sequence[Row]) -> tuple[bytes, list[Fault]]:
    form: Fault = {"line": 1, "fault": "encoding", "is": "latin-1", "right": "utf-8"}
    return _table(_records(rows)).encode("latin-1"), [form, *_in_rows(rows)]


def _marked(rows: Sequence[Row]) -> tuple[bytes, list[Fault]]:
    form: Fault = {"line": 1, "fault": "byte order mark", "right": "utf-8 without it"}
    return _table(_records(rows), ";").encode("utf-8-sig"), [form, *_in_rows(rows)]


def _ragged(rows: Sequence[Row], chance: random.Random) -> tuple[bytes, list[Fault]]:
    records = _records(rows)
    short, long = sorted(chance.sample(range(1, len(records)), 2))
    right = [_table([records[at]]).strip("\n") for at in (short, long)]
    records[short] = records[short][:1] or [""]
    records[long] = [*records[long], "seen"]
    form: list[Fault] = [
        {"line": short + 1, "fault": "too few values", "right": right[0]},
        {"line": long + 1, "fault": "too many values", "right": right[1]},
    ]
    return _table(records).encode(), [*form, *_in_rows(rows)]


def _two_headers(rows: Sequence[Row]) -> tuple[bytes, list[Fault]]:
    half = len(rows) // 2
    records = [*_records(rows[:half]), *_records(rows[half:])]
    form: Fault = {"line": half + 2, "fault": "header again", "right": "no such line"}
    return _table(records).encode(), [
        form,
        *_in_rows(rows[:half]),
        *_in_rows(rows[half:], half + 3),
    ]


def _same_name(rows: Sequence[Row]) -> tuple[bytes, list[Fault]]:
    header: list[object] = ["text", "label", "label"]
    records = [header, *([*one, one[1]] for one in _records(rows)[1:])]
    form: Fault = {"line": 1, "fault": "two columns of one name", "right": "text,label"}
    return _table(records).encode(), [form, *_in_rows(rows)]


def _broken(rows: Sequence[Row], chance: random.Random) -> tuple[bytes, list[Fault]]:
    lines = [
        json.dumps({"text": row["text"] or None, "label": row["label"]}, ensure_ascii=False)
        for row in rows
    ]
    cut = chance.randrange(len(lines))
    form: Fault = {"line": cut + 1, "fault": "broken line", "right": lines[cut]}
    lines[cut] = lines[cut][: len(lines[cut]) // 2]
    return ("\n".join(lines) + "\n").encode(), [form, *_in_rows(rows, 1)]


def _blanks(rows: Sequence[Row], chance: random.Random) -> tuple[bytes, list[Fault]]:
    """Texts only; some have an empty line before them."""
    gaps = set(chance.sample(range(len(rows)), len(rows) // 10))
    lines: list[str] = []
    faults: list[Fault] = []
    for at, row in enumerate(rows):
        if at in gaps:
            lines.append("")
            faults.append({"line": len(lines), "fault": "empty line", "right": "no such line"})
        lines.append(str(row["text"]))
        if row["_fault"] in ("blank", "nan"):
            faults.extend(_in_rows([row], len(lines)))
    return ("\n".join(lines) + "\n").encode(), faults
