"""Which files of a data set on the Hub belong to which configuration and split, and what its class
numbers mean: told from the paths and from the block of settings at the top of its README.

The rules are those of the Hub's documentation, "Data files configuration": what the README says
comes first; else a path with the word train, test or validation in it belongs to that split, and
all other files to train. On the branch `refs/convert/parquet`, which the Hub makes itself, every
file is at configuration/split/number.parquet.
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatch
from importlib import import_module
from typing import Any

#: Configuration → split → paths.
Layout = dict[str, dict[str, list[str]]]

ENDINGS = (".parquet", ".csv", ".tsv", ".jsonl", ".json", ".txt")
_WORDS = {
    "validation": {"validation", "valid", "val", "dev"},
    "test": {"test", "testing", "eval", "evaluation"},
    "train": {"train", "training"},
}
#: Files about the data, not of it.
_ABOUT = {"dataset_infos.json", "dataset_dict.json", "requirements.txt", "license.txt"}
#: How the Hub calls a split of which it has converted only the first gigabytes.
_PART = "partial-"


def front_matter(readme: str) -> dict[str, Any]:
    """The settings at the top of a README, between two lines of dashes; none is `{}`.

    Raises:
        ValueError: when that block cannot be read.
    """
    found = re.match(r"\s*---\s*\n(.*?)\n---\s*(\n|$)", readme, re.DOTALL)
    if found is None:
        return {}
    yaml: Any = import_module("yaml")
    try:
        settings = yaml.safe_load(found[1])
    except yaml.YAMLError as error:
        raise ValueError("the settings at the top of its README are damaged") from error
    return settings if isinstance(settings, dict) else {}


def converted_layout(paths: Iterable[str]) -> Layout:
    """Of the branch that the Hub makes itself."""
    found: Layout = {}
    for path in sorted(paths):
        parts = path.split("/")
        if len(parts) == 3 and path.endswith(".parquet"):
            split = parts[1].removeprefix(_PART)
            found.setdefault(parts[0], {}).setdefault(split, []).append(path)
    return found


def is_part(path: str) -> bool:
    """Has the Hub converted only the first gigabytes of the split that this file belongs to?"""
    return f"/{_PART}" in path


def own_layout(paths: Iterable[str], card: dict[str, Any]) -> Layout:
    """Of the files as their makers have laid them out."""
    files = [path for path in sorted(paths) if _is_data(path)]
    named = card.get("configs") or []
    found = {str(one.get("config_name", "default")): _named(files, one) for one in named}
    found = {config: splits for config, splits in found.items() if splits}
    if found:
        return found
    splits: dict[str, list[str]] = {}
    for path in files:
        splits.setdefault(_split_of(path), []).append(path)
    return {"default": splits} if splits else {}


def _is_data(path: str) -> bool:
    hidden = any(part.startswith(".") for part in path.split("/"))
    return not hidden and path.endswith(ENDINGS) and path.lower() not in _ABOUT


def _named(files: list[str], config: dict[str, Any]) -> dict[str, list[str]]:
    """The splits of one configuration; `data_files` may be written in four ways."""
    folder = str(config.get("data_dir") or "").strip("./")
    given = config.get("data_files")
    if given is None:
        inside = [path for path in files if folder and path.startswith(folder + "/")]
        splits: dict[str, list[str]] = {}
        for path in inside:
            splits.setdefault(_split_of(path), []).append(path)
        return splits
    if isinstance(given, dict):
        given = [{"split": split, "path": path} for split, path in given.items()]
    if isinstance(given, str) or not all(isinstance(one, dict) for one in given):
        given = [{"split": "train", "path": given}]
    found = {str(one["split"]): _matching(files, folder, one["path"]) for one in given}
    return {split: paths for split, paths in found.items() if paths}


def _matching(files: list[str], folder: str, patterns: str | list[str]) -> list[str]:
    wanted = [patterns] if isinstance(patterns, str) else patterns
    inside = [f"{folder}/{one}" if folder else one.removeprefix("./") for one in wanted]
    # "**/" also stands for no folder at all.
    inside += [one.replace("**/", "") for one in inside if "**/" in one]
    return [path for path in files if any(fnmatch(path, one) for one in inside)]


def _split_of(path: str) -> str:
    # The file's own name says more than the folders it lies in.
    for part in reversed(path.lower().split("/")):
        words = set(re.split(r"[^a-z]+", part))
        for split, known in _WORDS.items():
            if words & known:
                return split
    return "train"


def default_config(layout: Layout, card: dict[str, Any]) -> str | None:
    """The configuration to take when none is asked for; `None`: a person must choose."""
    if len(layout) == 1:
        return next(iter(layout))
    marked = [
        str(one.get("config_name")) for one in card.get("configs") or [] if one.get("default")
    ]
    return next((one for one in (*marked, "default") if one in layout), None)


def classes(card: dict[str, Any], config: str) -> dict[str, tuple[str, ...]]:
    """Column → the names of its class numbers, from `dataset_info` of a README."""
    told = card.get("dataset_info") or []
    infos = [told] if isinstance(told, dict) else told
    found: dict[str, tuple[str, ...]] = {}
    for info in infos:
        if len(infos) > 1 and info.get("config_name", "default") != config:
            continue
        for feature in info.get("features") or []:
            kind = feature.get("dtype")
            names = kind.get("class_label", {}).get("names") if isinstance(kind, dict) else None
            if isinstance(names, dict):
                names = [names[at] for at in sorted(names, key=int)]
            if names:
                found[str(feature.get("name"))] = tuple(str(name) for name in names)
    return found
