"""Data sets from the Hub: their files, as they are, through the same readers as one's own files.

No program of a data set is ever run, and no other library is needed: first choice is the Parquet
copy that the Hub itself makes of public data sets, second are the files their makers put there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tuningfork import layout
from tuningfork.fetch import fetch, remember
from tuningfork.files import Records, name_classes, read_records
from tuningfork.hub import DataNotFound, Listing, cached, list_files, plainly
from tuningfork.suggest import did_you_mean

_CONVERTED = "refs/convert/parquet"
_README = "README.md"
#: More would not fit into the memory of a small machine once it is rows of Python.
_MOST_BYTES = 500_000_000
_FILE = re.compile(
    r"\.(csv|tsv|json|jsonl|txt|parquet|xlsx?|ods|docx?|pdf|zip|gz|pkl|db|xml|html|md|py|ipynb)$",
    re.IGNORECASE,
)


def looks_like_hub_data(name: str | Path) -> bool:
    """Is it "owner/name", and neither a file nor in a folder that is here?"""
    if isinstance(name, Path) or _FILE.search(name):
        return False
    owner, _, rest = name.partition("/")
    is_name = bool(re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", name))
    return is_name and bool(rest) and not Path(owner).is_dir()


@dataclass(frozen=True)
class _Source:
    """What there is of a data set: on the Hub, or without a network in the cache."""

    name: str
    paths: tuple[str, ...]
    is_converted: bool
    #: On the Hub; `None`: only what is in `folder` can be had.
    listing: Listing | None
    folder: Path | None

    def get(self, paths: Sequence[str], instead: str) -> Path:
        if self.listing is None:
            assert self.folder is not None
            return self.folder
        folder = fetch(self.listing, paths, instead)
        remember(self.listing)
        return folder


def read_hub_data(name: str, config: str | None, split: str | None, instead: str) -> Records:
    """The rows of one split.

    Args:
        name: "owner/name", as on the Hub.
        config: which part of it (the Hub says "subset"); left out when there is one, or a default.
        split: left out: "train", or the only one.
        instead: the way out that messages end with.

    Raises:
        DataNotFound: within about 3 seconds without network, or when there is no such data set.
        ValueError: for a configuration or split that is not there, files that cannot be read, or
            a data set that consists of a program.
    """
    with plainly(name, "dataset", instead):
        source = _source(name, instead)
        card, notes = _card(source, instead)
        have = (
            layout.converted_layout(source.paths)
            if source.is_converted
            else layout.own_layout(source.paths, card)
        )
        if not have or _is_program(source, card):
            raise ValueError(_unreadable(source, instead))
        config = _config(name, have, card, config)
        split = _split(source, config, have[config], split, instead)
        paths = have[config][split]
        _must_be_small(source, split, paths, instead)
        folder = source.get(paths, instead)
    found = _joined([read_records(folder / path) for path in paths])
    found = name_classes(found, layout.classes(card, config))
    taken = _taken(name, have, config, split)
    if layout.is_part(paths[0]):
        notes = [*notes, "It is so large that the Hub offers only its first part."]
    return replace(found, notes=[taken, *notes, *found.notes])


def _source(name: str, instead: str) -> _Source:
    from huggingface_hub.errors import HfHubHTTPError, RevisionNotFoundError

    try:
        listing = list_files(name, "dataset", _CONVERTED)
        if listing is None:
            return _here(name, instead)
        if not layout.converted_layout(listing.files):
            listing = list_files(name, "dataset")
    except RevisionNotFoundError:
        # Private data, or too new: the Hub has made no copy.
        listing = list_files(name, "dataset")
    except HfHubHTTPError:
        if cached(name, "dataset", _CONVERTED) or cached(name, "dataset"):
            return _here(name, instead)
        raise
    if listing is None:
        return _here(name, instead)
    is_converted = listing.revision == _CONVERTED
    return _Source(name, tuple(listing.files), is_converted, listing, None)


def _here(name: str, instead: str) -> _Source:
    for revision in (_CONVERTED, "main"):
        folder = cached(name, "dataset", revision)
        if folder is not None:
            paths = (path for path in folder.rglob("*") if path.is_file())
            inside = tuple(path.relative_to(folder).as_posix() for path in paths)
            return _Source(name, inside, revision == _CONVERTED, None, folder)
    raise DataNotFound(
        f"There is no network, or the Hub does not answer, so the data set {name!r} cannot be "
        f"downloaded. {instead}"
    )


def _card(source: _Source, instead: str) -> tuple[dict[str, Any], list[str]]:
    """What the README sets, and a sentence if it cannot be read. The Hub's own copy needs none:
    its Parquet files tell the names of classes themselves."""
    if source.is_converted or _README not in source.paths:
        return {}, []
    readme = source.get([_README], instead) / _README
    try:
        return layout.front_matter(readme.read_text("utf-8", errors="replace")), []
    except ValueError as error:
        return {}, [f"Its files were taken by their names, because {error}."]


def _is_program(source: _Source, card: dict[str, Any]) -> bool:
    """Is it told by a program which files are the data? Then their names tell nothing."""
    script = source.name.rpartition("/")[2] + ".py"
    return script in source.paths and not card.get("configs")


def _unreadable(source: _Source, instead: str) -> str:
    if any(path.endswith(".py") for path in source.paths):
        return (
            f"The data set {source.name!r} consists of a Python program, and a downloaded program "
            "could do anything on this machine, so it is never run. Look on the Hub for a copy in "
            f"Parquet: often the same name with another owner. {instead}"
        )
    kinds = sorted({Path(path).suffix for path in source.paths} - {"", ".md"})
    return (
        f"The data set {source.name!r} has no files that can be read here (its files end in "
        f"{', '.join(kinds) or 'nothing'}; {', '.join(layout.ENDINGS)} can be read). Choose "
        f"another. {instead}"
    )


def _config(name: str, have: layout.Layout, card: dict[str, Any], asked: str | None) -> str:
    if asked is not None:
        if asked in have:
            return asked
        raise ValueError(
            f"The data set {name!r} has no configuration {asked!r}. {did_you_mean(asked, have)}"
        )
    usual = layout.default_config(have, card)
    if usual is None:
        first = sorted(have)[0]
        raise ValueError(
            f"The data set {name!r} has {len(have)} configurations: {_listed(have)}. Choose one, "
            f'as in load_data("{name}", config="{first}").'
        )
    return usual


def _split(
    source: _Source, config: str, have: dict[str, list[str]], asked: str | None, instead: str
) -> str:
    if asked in have:
        return str(asked)
    if asked is None and ("train" in have or len(have) == 1):
        return "train" if "train" in have else next(iter(have))
    if source.listing is None:
        wanted = f"the split {asked!r}" if asked else "a split"
        raise DataNotFound(
            f"The Hub cannot be reached, and of {source.name!r} only {_listed(have)} was "
            f"downloaded before, not {wanted}. {instead}"
        )
    told = f"has no split {asked!r}" if asked else "has no split 'train'"
    raise ValueError(
        f"The data set {source.name!r} ({config}) {told}. There is: {_listed(have)}. Choose one, "
        f'as in load_data("{source.name}", split="{next(iter(have))}").'
    )


def _must_be_small(source: _Source, split: str, paths: Sequence[str], instead: str) -> None:
    if source.listing is None:
        return
    size = sum(source.listing.files[path].size for path in paths)
    if size > _MOST_BYTES:
        raise ValueError(
            f"The split {split!r} of {source.name!r} has {size // 1_000_000} MB; up to "
            f"{_MOST_BYTES // 1_000_000} MB are read here, because it must fit into memory. Choose "
            f"a smaller split, configuration or data set. {instead}"
        )


def _joined(parts: list[Records]) -> Records:
    if len(parts) == 1:
        return parts[0]
    names = tuple(dict.fromkeys(name for part in parts for name in part.names))
    rows = [row for part in parts for row in part.rows]
    notes = list(dict.fromkeys(note for part in parts for note in part.notes))
    # A line of which file? The place in the whole says more.
    return Records(names, rows, list(range(1, len(rows) + 1)), notes, unit="row")


def _taken(name: str, have: layout.Layout, config: str, split: str) -> str:
    others = [one for one in have[config] if one != split]
    told = f"From the Hub: {name}"
    if len(have) > 1:
        told += f", configuration {config!r}"
    told += f", split {split!r}"
    return told + (f" (there is also {_listed(others)})." if others else ".")


def _listed(names: Sequence[str] | dict[str, Any]) -> str:
    shown = [repr(one) for one in sorted(names)]
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "")
