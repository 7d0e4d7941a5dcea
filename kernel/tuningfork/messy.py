"""Messy: opinions as they come from other people's files, with known faults and an answer key.

The rows have faults of content: no text, the word "nan", labels in several spellings. Written to
a folder, each file has one fault of form more. The key names every fault with its line, so that
finding and mending them can be marked.
"""

import random
from collections.abc import Callable
from pathlib import Path

from tuningfork.dataset import Dataset, Row
from tuningfork.knobs import check_rows, check_share, check_whole
from tuningfork.messy_files import LEAST_ROWS, files_of, write_new
from tuningfork.opinions import opinions

_SPELT: tuple[Callable[[str], str], ...] = (str.upper, str.capitalize, "{} ".format, " {}".format)
#: Each has a sign beyond ASCII, so that reading it in the wrong alphabet shows.
_ACCENTS = ("The crème brûlée was fine too.", "So says Zoë.", "It cost £5.", "Café Günther, again.")
_ACCENTED = 0.2


def messy(
    n: int = 200, *, seed: int = 0, faults: float = 0.2, folder: str | Path | None = None
) -> Dataset:
    """Makes `n` opinions with faults, and with `folder` writes them to files as well.

    Truth columns: `_fault` ("", "blank", "nan" or "label"), `_text` and `_label` (as they should
    be). The files: `latin-1.csv` (not UTF-8), `bom.csv` (an invisible mark at the start, values
    apart by semicolons), `ragged.csv` (values missing or too many), `two-headers.csv` (the names
    once more in the middle), `same-name.csv` (two columns of one name), `broken.jsonl` (a line cut
    off), `blanks.txt` (empty lines); and `answer-key.json`, which lists the faults of each file
    with their lines, counted from 1.

    Args:
        faults: share of rows with a fault of content.
        folder: where to write; made when there is none. Without it nothing is written.

    Raises:
        ValueError: for a value outside its range, or fewer than 12 rows to be written.
        FileExistsError: when the folder has another file of one of these names. Nothing is
            written then.
    """
    check_rows(n)
    check_whole("seed", seed, 0)
    check_share("faults", faults)
    if folder is not None:
        check_whole("n", n, LEAST_ROWS, None, "number of rows to be written")
    chance = random.Random(seed)
    rows = [_spoilt(row, chance, faults) for row in opinions(n, seed=seed)]
    if folder is not None:
        write_new(Path(folder).expanduser(), files_of(rows, chance))
    return Dataset(tuple(rows), "messy", tuple(sorted({str(row["label"]) for row in rows})))


def _spoilt(row: Row, chance: random.Random, faults: float) -> Row:
    text, label = str(row["text"]), str(row["label"])
    if chance.random() < _ACCENTED:
        text += " " + chance.choice(_ACCENTS)
    told: Row = {"text": text, "label": label, "_fault": "", "_text": text, "_label": label}
    if chance.random() >= faults:
        return told
    fault = chance.choice(("blank", "nan", "label"))
    if fault == "label":
        return {**told, "label": chance.choice(_SPELT)(label), "_fault": fault}
    return {**told, "text": "nan" if fault == "nan" else "", "_fault": fault}
