"""Modules that a learner writes into the working folder can be imported.

The folder comes after Python's own library and after ours, where IPython puts it, and not before
this kernel is complete: a learner's `random.py` is no module of the kernel's.
"""

from __future__ import annotations

import os
import sys
from pathlib import PurePath

from host.walls.environment import SAFE

_PACKAGES = ("site-packages", "dist-packages")


def import_from_folder() -> None:
    """From now on. Python was told to leave the folder out while it starts (PYTHONSAFEPATH).

    Not after a start without the learner's own files: one of them may hide a library.
    """
    if "" in sys.path or SAFE in os.environ:
        return
    places = [at for at, path in enumerate(sys.path) if PurePath(path).name in _PACKAGES]
    sys.path.insert(places[0] if places else len(sys.path), "")
