"""Models from the Hugging Face Hub, without letting a learner wait for a network that is not there.

Only safetensors weights are taken and no code is ever run from a download.
"""

import os
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

#: For a connection, and for an answer: together with the rest below the promised 3 seconds.
_PROBE_SECONDS = 0.8
_ANSWER_SECONDS = 1.5
_WANTED = ["*.json", "*.safetensors", "*.txt", "*.model"]
_UNWANTED = ["onnx/*", "openvino/*", "coreml/*", "*/*.safetensors"]


class ModelNotFound(OSError):
    """A model cannot be had; the message says why and what to use instead."""


def download(name: str, twin: str) -> Path:
    """The folder of a Hub model, downloaded with a progress bar unless it is here already.

    Args:
        name: as on the Hub, for example "gpt2" or "distilbert-base-uncased".
        twin: the built-in model to name when there is no network.

    Raises:
        ModelNotFound: within about 3 seconds without network, or when there is no such model.
    """
    # Read at import: without them a dead connection would be tried again for minutes.
    os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", "3")
    os.environ.setdefault("HF_HUB_DOWNLOAD_TIMEOUT", "10")
    import httpx2
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    try:
        reachable = _in_time() and _answers(name)
        folder = snapshot_download(
            name,
            allow_patterns=_WANTED,
            ignore_patterns=_UNWANTED,
            local_files_only=not reachable,
            endpoint=_endpoint(),
        )
    except GatedRepoError as error:
        raise ModelNotFound(
            f"The model {name!r} may only be used after its makers have agreed. {_instead(twin)}"
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelNotFound(
            f"There is no model named {name!r} on the Hub. Check the spelling. {_instead(twin)}"
        ) from error
    except LocalEntryNotFoundError as error:
        raise ModelNotFound(
            f"There is no network, so the model {name!r} cannot be downloaded. {_instead(twin)}"
        ) from error
    except (OSError, httpx2.HTTPError) as error:
        raise ModelNotFound(
            f"The download of {name!r} failed ({error}). "
            f"Run the cell again to go on with it. {_instead(twin)}"
        ) from error
    if not list(Path(folder).glob("*.safetensors")):
        raise ModelNotFound(
            f"The model {name!r} has no safetensors weights, and other kinds can hold harmful "
            f"code. {_instead(twin)}"
        )
    return Path(folder)


def _instead(twin: str) -> str:
    return f'Offline, load_model("{twin}") works just the same.'


def _endpoint() -> str:
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def _in_time() -> bool:
    """`_reachable`, but not longer: a name server may keep a question for many seconds."""
    found: list[bool] = []
    probe = threading.Thread(target=lambda: found.append(_reachable()), daemon=True)
    probe.start()
    probe.join(_PROBE_SECONDS)
    return any(found)


def _answers(name: str) -> bool:
    """Does the Hub answer? Some networks take a connection and then stay silent, and without this
    `snapshot_download`, which sets itself no limit, would wait for ever."""
    import httpx2
    from huggingface_hub import HfApi

    try:
        HfApi(endpoint=_endpoint()).model_info(name, revision="main", timeout=_ANSWER_SECONDS)
    except httpx2.TransportError:
        return False
    return True


def _reachable() -> bool:
    """Can the Hub, or the proxy on the way to it, be connected to?"""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        return False
    end = urlsplit(_endpoint())
    proxy = os.environ.get(f"{end.scheme}_proxy") or os.environ.get(f"{end.scheme.upper()}_PROXY")
    # A proxy must not hide that the Hub is on this very machine, as in a test.
    target = urlsplit(proxy) if proxy and end.hostname not in {"localhost", "127.0.0.1"} else end
    port = target.port or (443 if target.scheme == "https" else 80)
    try:
        with socket.create_connection((target.hostname or "", port), timeout=_PROBE_SECONDS):
            return True
    except OSError:
        return False
