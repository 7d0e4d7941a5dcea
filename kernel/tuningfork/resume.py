"""One file from the Hub, in as many tries as it takes: each asks only for what is not here yet."""

import hashlib
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from tuningfork.hub import Listing, RemoteFile, endpoint
from tuningfork.progress import Progress

#: Seconds before each further try; the count starts anew whenever something arrives.
_WAITS = (1.0, 2.0, 4.0)
#: Seconds for a connection, and for the next piece of a file.
_CONNECT_SECONDS, _READ_SECONDS = 3.0, 10.0
_PIECE = 1 << 20


class Unfinished(Exception):
    """The connection is lost or the Hub is busy: it may work a moment later."""


class Damaged(Exception):
    """What arrived is not what the Hub says the file is."""


def get_whole(listing: Listing, file: RemoteFile, partial: Path, bar: Progress | None) -> None:
    """Completes the file `partial`, which holds what arrived before, if anything.

    Raises:
        Unfinished: when several tries bring nothing more; what has arrived stays.
        Damaged: when the checksum is wrong even after a second start; then nothing stays.
        HfHubHTTPError: of huggingface_hub, when the Hub says no.
    """
    for _ in range(2):
        _until_all_is_here(listing, file, partial, bar)
        if _digest(partial, file) == file.digest:
            return
        if bar:
            bar.add(-size_of(partial))
        partial.unlink()
    raise Damaged(file.path)


def _until_all_is_here(
    listing: Listing, file: RemoteFile, partial: Path, bar: Progress | None
) -> None:
    waits = iter(_WAITS)
    while size_of(partial) != file.size or not partial.exists():
        before = size_of(partial)
        try:
            _ask(listing, file, partial, bar)
        except Unfinished as error:
            if size_of(partial) > before:
                waits = iter(_WAITS)
            pause = next(waits, None)
            if pause is None:
                raise
            if bar:
                bar.note(f"{error}; trying again in {pause:g} s")
            time.sleep(pause)


def _ask(listing: Listing, file: RemoteFile, partial: Path, bar: Progress | None) -> None:
    """Asks for what is not here yet and appends it.

    Raises:
        Unfinished: when it ends before the file does.
    """
    import httpx2
    from huggingface_hub import get_session, hf_hub_url

    hub_utils: Any = import_module("huggingface_hub.utils")
    have = size_of(partial)
    if have > file.size:
        partial.unlink()
        have = 0
    # Packed on the way, a part of a file would have no fixed place in the whole.
    headers = {**hub_utils.build_hf_headers(), "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    url = hf_hub_url(
        listing.name,
        file.path,
        repo_type=listing.kind,
        revision=listing.commit,
        endpoint=endpoint(),
    )
    limits = httpx2.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
    try:
        with get_session().stream("GET", url, headers=headers, timeout=limits) as answer:
            if answer.status_code >= 500 or answer.status_code in (408, 429):
                raise Unfinished(f"the Hub answered with error {answer.status_code}")
            hub_utils.hf_raise_for_status(answer)
            _append(answer, partial, have, file.size, bar)
    except httpx2.TransportError as error:
        raise Unfinished("the connection was lost") from error
    if size_of(partial) < file.size:
        raise Unfinished("the connection was lost")


def _append(answer: Any, partial: Path, have: int, size: int, bar: Progress | None) -> None:
    goes_on = answer.status_code == 206 and _starts_at(answer) == have
    if have and not goes_on and bar:
        bar.add(-have)
    with partial.open("ab" if goes_on else "wb") as out:
        left = size - (have if goes_on else 0)
        for piece in answer.iter_bytes():
            # A server that sends more than it told would never come to an end.
            kept = piece[:left]
            out.write(kept)
            left -= len(kept)
            if bar:
                bar.add(len(kept))
            if left <= 0:
                return


def _starts_at(answer: Any) -> int:
    """From "bytes 100-199/200"; -1 where it says nothing of that kind."""
    told = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(told) if told.isdigit() else -1


def _digest(path: Path, file: RemoteFile) -> str:
    """The checksum of the kind the Hub gives: SHA-256, or git's SHA-1 over size and content."""
    if len(file.digest) == 64:
        found = hashlib.sha256()
    else:
        found = hashlib.sha1(f"blob {file.size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as content:
        while piece := content.read(_PIECE):
            found.update(piece)
    return found.hexdigest()


def size_of(path: Path) -> int:
    """In bytes; 0 where there is no file."""
    return path.stat().st_size if path.is_file() else 0
