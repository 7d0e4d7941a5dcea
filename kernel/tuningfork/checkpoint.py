"""Checkpoints that are whole or not there.

Everything goes into a temporary folder and to the disk (fsync); last comes `manifest.json` with the
hash of each file; then the folder gets its name in one step. A process killed anywhere in between
leaves a folder that no one looks at. Older checkpoints go only after a newer one was read back.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_NAME = "checkpoint-"
_UNFINISHED = ".writing-"
_MANIFEST = "manifest.json"
#: Room left on the disk for everything else, bytes.
_SPARE = 200 * 1024 * 1024


class NoRoom(OSError):
    """The disk is too full for a checkpoint. Nothing was written."""


def save(
    folder: Path, step: int, size: int, parts: Mapping[str, Callable[[Path], Any]], facts: Any
) -> Path:
    """Writes the checkpoint of a step.

    Args:
        size: how many bytes it will have, about.
        parts: for each file's name what writes it.
        facts: what goes into the manifest beside the hashes; JSON.

    Raises:
        NoRoom: when the disk has not enough left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _check_room(folder, size)
    for rest in folder.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(rest)
    temporary = folder / f"{_UNFINISHED}{step}"
    temporary.mkdir()
    for name, write in parts.items():
        write(temporary / name)
        to_disk(temporary / name)
    hashes = {name: _hash(temporary / name) for name in parts}
    text = json.dumps({"step": step, "files": hashes, "facts": facts})
    replace_file(temporary / _MANIFEST, text.encode("utf-8"))
    final = folder / f"{_NAME}{step}"
    if is_whole(final):
        # A run that has come back to this step; the old one is as good.
        shutil.rmtree(temporary)
        return final
    if final.exists():
        shutil.rmtree(final)
    temporary.rename(final)
    to_disk(folder)
    return final


def newest(folder: Path) -> Path | None:
    """The latest checkpoint that is whole."""
    return next((path for path in _by_step(folder) if is_whole(path)), None)


def of_step(folder: Path, step: int) -> Path | None:
    """The checkpoint of a step, if it is whole."""
    path = folder / f"{_NAME}{step}"
    return path if is_whole(path) else None


def prune(folder: Path, keep: int) -> None:
    """Removes all but the newest `keep` checkpoints, if the newest of all is whole."""
    all_of_them = _by_step(folder)
    if all_of_them and is_whole(all_of_them[0]):
        for path in all_of_them[max(1, keep) :]:
            # First its name, so that nobody takes the half-removed folder for a checkpoint.
            doomed = path.with_name(f"{_UNFINISHED}old-{path.name}")
            path.rename(doomed)
            shutil.rmtree(doomed)


def is_whole(path: Path) -> bool:
    """Are all files there, with the hashes that were noted?"""
    manifest = _read_manifest(path)
    if manifest is None:
        return False
    return all(
        (path / name).is_file() and _hash(path / name) == noted
        for name, noted in manifest["files"].items()
    )


def facts_of(path: Path) -> Any:
    """What was given as `facts` when this checkpoint was saved."""
    manifest = _read_manifest(path)
    if manifest is None:
        raise ValueError(f"{path} is not a whole checkpoint.")
    return manifest["facts"]


def replace_file(path: Path, data: bytes) -> None:
    """Writes a file so that there is always either the old one or the new one."""
    temporary = path.with_name(f"{_UNFINISHED}{path.name}")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    to_disk(path.parent)


def _by_step(folder: Path) -> list[Path]:
    found = [path for path in folder.glob(f"{_NAME}*") if path.name[len(_NAME) :].isdigit()]
    return sorted(found, key=lambda path: int(path.name[len(_NAME) :]), reverse=True)


def _read_manifest(path: Path) -> Any:
    try:
        return json.loads((path / _MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        # Missing or cut short: the same as no checkpoint.
        return None


def _check_room(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size + _SPARE:
        raise NoRoom(
            f"A checkpoint needs {size / 1e6:.0f} MB and the disk has {free / 1e6:.0f} MB left. "
            f"Free some room, or set save_seconds=None to train without checkpoints."
        )


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def to_disk(path: Path) -> None:
    """Sees to it that a file, or the names in a folder, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
