"""What there is on the other machine: Python, packages, and whether our files are there already."""

from __future__ import annotations

import importlib.metadata
import os
import sys
import tempfile


def look(packages: list[str], digest: str) -> dict[str, object]:
    """Facts, for the web process to judge. `versions` has None for a package that is missing."""
    folder = _folder(digest)
    return {
        "python": list(sys.version_info[:3]),
        "executable": sys.executable,
        "versions": {name: _version(name) for name in packages},
        "folder": folder,
        "there": os.path.isfile(os.path.join(folder, "complete")),
    }


def _folder(digest: str) -> str:
    """Of this user only: what lies in it is run."""
    home = os.path.join(os.path.expanduser("~"), ".cache", "tuningfork")
    try:
        os.makedirs(home, mode=0o700, exist_ok=True)
        os.chmod(home, 0o700)
    except OSError:
        # No home to write to, as in some containers: a folder for this kernel alone.
        home = tempfile.mkdtemp(prefix="tuningfork-")
    return os.path.join(home, digest)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
