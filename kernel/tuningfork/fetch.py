"""Gets files of the Hub into the cache of huggingface_hub, so that a broken download goes on.

A file arrives under another name, `…incomplete`, and gets its own one when its checksum is right.
A lost connection, an interrupt or a restart leaves what has arrived, and the next try asks only for
the rest. (huggingface_hub 2.4 throws a broken file away and checks no checksum of plain downloads.)
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from tuningfork.hub import DataNotFound, Listing, ModelNotFound, RemoteFile, endpoint, storage
from tuningfork.progress import Progress
from tuningfork.resume import Damaged, Unfinished, get_whole, size_of

#: Seconds for the Hub to say what a file is.
_ANSWER_SECONDS = 10.0
#: In bytes. Below this nothing is told.
_WORTH_TELLING = 3_000_000
_MB = 1_000_000


def fetch(listing: Listing, paths: Iterable[str], instead: str) -> Path:
    """Gets files and returns the folder they are in, each under its path in the repository.

    Args:
        listing: what the repository holds.
        paths: the files wanted.
        instead: what to use when it fails, a sentence for a person.

    Raises:
        ModelNotFound, DataNotFound: when the connection is lost for good, a file is damaged or the
            disk is full; what has arrived stays for the next try.
        HfHubHTTPError: of huggingface_hub, when the Hub says no.
    """
    wanted = [listing.files[path] for path in paths]
    folder = storage(listing.name, listing.kind) / "snapshots" / listing.commit
    missing = [one for one in wanted if not _is_whole(folder / one.path, one.size)]
    if missing:
        # A mirror that tells no checksums: huggingface_hub fetches those files when it links them.
        known = [one for one in missing if one.digest and not _has_arrived(listing, one)]
        with _plainly(listing, known, instead):
            _must_have_room(listing, known, instead)
            _all(listing, known)
            _link(listing, folder, missing)
    return folder


def remember(listing: Listing) -> None:
    """Notes that all that was wanted of a revision is here: `hub.cached` finds it from now on."""
    ref = storage(listing.name, listing.kind) / "refs" / listing.revision
    if ref.is_file() and ref.read_text("utf-8") == listing.commit:
        return
    ref.parent.mkdir(parents=True, exist_ok=True)
    fresh = ref.with_name(ref.name + ".new")
    fresh.write_text(listing.commit, "utf-8")
    fresh.replace(ref)


@contextmanager
def _plainly(listing: Listing, files: list[RemoteFile], instead: str) -> Iterator[None]:
    """Puts into words what can go wrong here. The Hub's own no passes: `hub.plainly` does that."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    failure = _failure(listing)
    try:
        yield
    except Unfinished as error:
        total = sum(one.size for one in files)
        raise failure(
            f"The download of {listing.name} stopped ({error}); {_here(listing, files) // _MB} of "
            f"{_mb(total)} are here and stay. Run the cell again to go on. {instead}"
        ) from error
    except Damaged as error:
        raise failure(
            f"{error} of {listing.name} arrived damaged twice: its checksum is not the one that "
            f"the Hub tells. It was thrown away. Run the cell again, or take another. {instead}"
        ) from error
    except (HfHubHTTPError, LocalEntryNotFoundError, ModelNotFound, DataNotFound):
        raise
    except OSError as error:
        raise failure(
            f"{listing.name} could not be written to {_blobs(listing).parent} ({error.strerror}). "
            f"Make room there, then run the cell again: what has arrived stays. {instead}"
        ) from error


def _must_have_room(listing: Listing, files: list[RemoteFile], instead: str) -> None:
    blobs = _blobs(listing)
    blobs.mkdir(parents=True, exist_ok=True)
    more = sum(one.size for one in files) - _here(listing, files)
    free = shutil.disk_usage(blobs).free
    if free < more:
        raise _failure(listing)(
            f"{listing.name} needs {_mb(more)} of disk, and {_mb(free)} are free. Make room (its "
            f"folder is {blobs.parent}), then run the cell again. {instead}"
        )


def _all(listing: Listing, files: list[RemoteFile]) -> None:
    total = sum(one.size for one in files)
    # Small ones take a moment: a line about them would be in the way.
    told = total >= _WORTH_TELLING
    bar = Progress(listing.name, total, _here(listing, files)) if told else None
    try:
        for one in files:
            _one(listing, one, bar)
        if bar:
            bar.finish()
    finally:
        if bar:
            bar.close()


def _one(listing: Listing, file: RemoteFile, bar: Progress | None) -> None:
    """Gets one file, unless another process is faster."""
    hub_utils: Any = import_module("huggingface_hub.utils")
    blobs = _blobs(listing)
    whole, partial = blobs / file.digest, _partial(blobs, file)
    lock = blobs.parents[1] / ".locks" / blobs.parent.name / f"{file.digest}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    # Two lessons may ask for the same model at once: the second one waits and finds it done.
    with hub_utils.WeakFileLock(lock):
        if _is_whole(whole, file.size):
            return
        whole.unlink(missing_ok=True)
        get_whole(listing, file, partial, bar)
        partial.replace(whole)


def _link(listing: Listing, folder: Path, files: list[RemoteFile]) -> None:
    """Lets huggingface_hub show its files under their names: links, or copies where links fail."""
    from huggingface_hub import hf_hub_download

    for one in files:
        if not _is_whole(folder / one.path, one.size):
            (folder / one.path).unlink(missing_ok=True)
        hf_hub_download(
            listing.name,
            one.path,
            repo_type=listing.kind,
            revision=listing.commit,
            endpoint=endpoint(),
            etag_timeout=_ANSWER_SECONDS,
        )


def _blobs(listing: Listing) -> Path:
    return storage(listing.name, listing.kind) / "blobs"


def _here(listing: Listing, files: list[RemoteFile]) -> int:
    """Bytes of these files that have arrived, now or in an earlier try."""
    blobs = _blobs(listing)
    return sum(size_of(blobs / one.digest) or size_of(_partial(blobs, one)) for one in files)


def _has_arrived(listing: Listing, file: RemoteFile) -> bool:
    """Perhaps with an older commit: then only the link is missing."""
    return _is_whole(_blobs(listing) / file.digest, file.size)


def _failure(listing: Listing) -> type[OSError]:
    return ModelNotFound if listing.kind == "model" else DataNotFound


def _partial(blobs: Path, file: RemoteFile) -> Path:
    return blobs / f"{file.digest}.incomplete"


def _is_whole(path: Path, size: int) -> bool:
    return path.is_file() and size in (path.stat().st_size, -1)


def _mb(size: int) -> str:
    return f"{max(1, round(size / _MB))} MB"
