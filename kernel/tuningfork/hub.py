"""The Hugging Face Hub, without letting a learner wait for a network that is not there.

What a repository holds is asked first, in one question with a time limit. Its files come later
(`fetch`), and what was fetched once is found again without any network.
"""

import os
import re
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

Kind = Literal["model", "dataset"]

#: For a connection, and for an answer: together below the promised 3 seconds.
_PROBE_SECONDS = 0.8
_ANSWER_SECONDS = 1.5
_DIGEST = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class ModelNotFound(OSError):
    """A model cannot be had; the message says why and what to use instead."""


class DataNotFound(OSError):
    """A data set cannot be had; the message says why and what to use instead."""


@dataclass(frozen=True)
class RemoteFile:
    """One file of a repository."""

    path: str
    #: In bytes; -1 where a mirror of the Hub does not tell it.
    size: int
    #: SHA-256 of the content, or for small files the SHA-1 that git gives it; "" where none is
    #: told. It is also the name of the file in the cache.
    digest: str


@dataclass(frozen=True)
class Listing:
    """What a repository holds at one commit."""

    name: str
    kind: Kind
    #: As it was asked for: "main", or a branch such as "refs/convert/parquet".
    revision: str
    commit: str
    files: dict[str, RemoteFile]


def prepare() -> None:
    """Before huggingface_hub is loaded for the first time: it shall ask and tell nothing beyond
    what is needed. Its extra question about the caller's machine alone may take 3 seconds."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    with warnings.catch_warnings():
        # In a notebook without widgets the first import warns a learner, who sees no widget here.
        warnings.filterwarnings("ignore", message="IProgress not found")
        import_module("tqdm.auto")


def list_files(name: str, kind: Kind, revision: str = "main") -> Listing | None:
    """What a repository holds; `None` within about 3 seconds when there is no network.

    Raises:
        HFValidationError, HfHubHTTPError: of huggingface_hub, when the Hub says no.
    """
    prepare()
    if not _in_time():
        return None
    import httpx2
    from huggingface_hub import HfApi

    api = HfApi(endpoint=endpoint())
    ask: Any = api.model_info if kind == "model" else api.dataset_info
    try:
        # Some networks take a connection and then stay silent: without a limit that is for ever.
        told = ask(name, revision=revision, files_metadata=True, timeout=_ANSWER_SECONDS)
    except httpx2.TransportError:
        return None
    files = [_remote(one) for one in told.siblings or []]
    return Listing(name, kind, revision, str(told.sha), {one.path: one for one in files})


def _remote(sibling: Any) -> RemoteFile:
    digest = str((sibling.lfs.sha256 if sibling.lfs else sibling.blob_id) or "")
    if sibling.size is None or not _DIGEST.fullmatch(digest):
        return RemoteFile(sibling.rfilename, -1, "")
    return RemoteFile(sibling.rfilename, int(sibling.size), digest)


def cached(name: str, kind: Kind, revision: str = "main") -> Path | None:
    """The folder of what was fetched before of a revision; `None`: nothing was."""
    folder = storage(name, kind)
    ref = folder / "refs" / revision
    if not ref.is_file():
        return None
    found = folder / "snapshots" / ref.read_text("utf-8").strip()
    return found if found.is_dir() else None


def storage(name: str, kind: Kind) -> Path:
    """The folder that a repository has in the cache of huggingface_hub.

    Raises:
        HFValidationError: when the name is none.
    """
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=name, repo_type=kind)


@contextmanager
def plainly(name: str, kind: Kind, instead: str, hint: str = "") -> Iterator[None]:
    """Turns what the Hub refuses into one sentence for a person.

    Args:
        instead: the way out that every message ends with.
        hint: follows when there is no repository of that name.

    Raises:
        ModelNotFound, DataNotFound: according to `kind`.
    """
    import httpx2
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    thing = "model" if kind == "model" else "data set"
    failure = ModelNotFound if kind == "model" else DataNotFound
    try:
        yield
    except GatedRepoError as error:
        page = f"{endpoint()}/{'datasets/' if kind == 'dataset' else ''}{name}"
        raise failure(
            f"The {thing} {name!r} may only be used after you have agreed to its terms: open "
            f"{page}, agree, then log in here with huggingface_hub.login(). {instead}"
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        hint = hint or "Check the spelling."
        raise failure(f"There is no {thing} named {name!r} on the Hub. {hint} {instead}") from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        raise failure(
            f"The Hub could not give {name!r} just now: it answered with error {status}. "
            f"Run the cell again in a few minutes. {instead}"
        ) from error
    except (httpx2.TransportError, LocalEntryNotFoundError) as error:
        raise failure(
            f"The connection to the Hub was lost while {name!r} was fetched. Run the cell again to "
            f"go on. {instead}"
        ) from error


def endpoint() -> str:
    """Where the Hub is: `HF_ENDPOINT`, or the public one."""
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def _in_time() -> bool:
    """`_reachable`, but not longer: a name server may keep a question for many seconds."""
    found: list[bool] = []
    probe = threading.Thread(target=lambda: found.append(_reachable()), daemon=True)
    probe.start()
    probe.join(_PROBE_SECONDS)
    return any(found)


def _reachable() -> bool:
    """Can the Hub, or the proxy on the way to it, be connected to?"""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        return False
    end = urlsplit(endpoint())
    proxy = os.environ.get(f"{end.scheme}_proxy") or os.environ.get(f"{end.scheme.upper()}_PROXY")
    # A proxy must not hide that the Hub is on this very machine, as in a test.
    target = urlsplit(proxy) if proxy and end.hostname not in {"localhost", "127.0.0.1"} else end
    port = target.port or (443 if target.scheme == "https" else 80)
    try:
        with socket.create_connection((target.hostname or "", port), timeout=_PROBE_SECONDS):
            return True
    except OSError:
        return False
