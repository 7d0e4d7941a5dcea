"""Splitting a data set fairly: what belongs together stays together, and shares are kept.

Rows are gathered into groups (the same text, or copies of one row), and whole groups are dealt to
the parts, label by label. Knows nothing of files, models or how rows were made.
"""

import random
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from numbers import Real

from tuningfork.dataset import Dataset, Row
from tuningfork.suggest import did_you_mean

#: Apostrophes vanish ("don't" = "dont"), other punctuation counts as a space.
_APOSTROPHES = "'’‘`"


def split(
    data: Dataset,
    shares: Sequence[float] = (0.8, 0.1, 0.1),
    *,
    stratify: bool = True,
    group: str | None = None,
    seed: int = 0,
) -> tuple[Dataset, ...]:
    """Cuts a data set into parts, usually for training, validation and test.

    Rows with the same text (ignoring case, spacing and punctuation) and copies of one row (truth
    column `_dup_of`) always land in the same part: a model must not be tested on what it was
    trained on. The sizes are as near to the shares as whole groups allow; what the shares leave
    over is left out.

    Args:
        shares: one number per part, each above 0, together at most 1.
        stratify: give each part every label in nearly the same proportion.
        group: name of a column; rows with the same value there also stay together, such as all
            reviews by one author.
        seed: the same seed gives the same parts.

    Raises:
        ValueError: when the shares make no sense, or no row has the column `group`.
    """
    wanted = _checked(shares)
    strata: dict[object, list[list[Row]]] = defaultdict(list)
    for together in _groups(data.rows, group):
        strata[together[0].get("label") if stratify else None].append(together)
    parts: list[list[Row]] = [[] for _ in wanted]
    chance = random.Random(seed)
    #: What earlier labels still owe each part, in rows; so that small labels add up.
    owed = [0.0] * len(wanted)
    for groups in strata.values():
        chance.shuffle(groups)
        owed = _deal(groups, wanted, parts, owed)
    for part in parts:
        chance.shuffle(part)
    return tuple(Dataset(tuple(part), data.name, data.labels) for part in parts[: len(shares)])


def normalised(text: str) -> str:
    """A text without what does not make it another text: case, spacing, punctuation, invisible
    signs. Letters, digits, `+`, `=`, currency signs and emoji remain."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    kept = []
    for sign in unicodedata.normalize("NFKC", plain):
        kind = unicodedata.category(sign)
        if kind != "Cf" and sign not in _APOSTROPHES:
            kept.append(" " if kind.startswith("P") else sign)
    return " ".join("".join(kept).split()) or text.strip()


def _checked(shares: Sequence[float]) -> list[float]:
    """The shares, and the rest as one more part when they leave something over."""
    numbers = isinstance(shares, Sequence) and all(isinstance(share, Real) for share in shares)
    if not (numbers and shares and all(share > 0 for share in shares) and sum(shares) <= 1 + 1e-9):
        raise ValueError(
            f"The shares must be numbers above 0 that add up to at most 1, not {shares!r}. "
            "For example: split(data, (0.8, 0.1, 0.1))."
        )
    rest = 1 - sum(shares)
    return [*shares, rest] if rest > 1e-9 else list(shares)


def _groups(rows: Sequence[Row], column: str | None) -> list[list[Row]]:
    """Rows that belong together, in the order of first appearance.

    Two rows belong together when they share a key, or when a chain of such pairs joins them.
    """
    if column is not None and not any(column in row for row in rows):
        names = dict.fromkeys(name for row in rows for name in row)
        raise ValueError(f"No row has a column {column!r}. {did_you_mean(column, names)}")
    leader = list(range(len(rows)))

    def first(at: int) -> int:
        while leader[at] != at:
            leader[at] = leader[leader[at]]
            at = leader[at]
        return at

    seen: dict[tuple[str, str], int] = {}
    for at, row in enumerate(rows):
        for key in _keys(at, row, column):
            one, other = sorted((first(at), first(seen.setdefault(key, at))))
            leader[other] = one
    found: dict[int, list[Row]] = defaultdict(list)
    for at, row in enumerate(rows):
        found[first(at)].append(row)
    return list(found.values())


def _keys(at: int, row: Row, column: str | None) -> Iterator[tuple[str, str]]:
    """What ties a row to others: its text, its own number, the row it is a copy of, its group."""
    yield "text", normalised(str(row["text"]))
    # Generators number their rows, so that copies are still known in a slice of the data.
    yield "row", str(row.get("_row", at))
    if row.get("_dup_of") not in (None, ""):
        yield "row", str(row["_dup_of"])
    if column is not None and row.get(column) is not None:
        yield "group", str(row[column])


def _deal(
    groups: list[list[Row]], shares: Sequence[float], parts: list[list[Row]], owed: list[float]
) -> list[float]:
    """Deals the groups of one label, the largest first; returns what each part is still owed.

    A group goes where it fits and where the part has got least of what it should get. Without
    the first, a large group would burst a small part; without the second, large groups would
    all be training data.
    """
    total = sum(len(group) for group in groups)
    missing = [share * total + debt for share, debt in zip(shares, owed, strict=True)]
    for group in sorted(groups, key=len, reverse=True):
        fits = [part for part, room in enumerate(missing) if room >= len(group) - 1e-9]
        if fits:
            part = max(fits, key=lambda one: missing[one] / shares[one])
        else:
            part = missing.index(max(missing))
        parts[part].extend(group)
        missing[part] -= len(group)
    return missing
