"""Makes a kernel of a foreign Jupyter server one of ours: files, folder, settings, tape.

Called once for each process of the kernel, before the first cell.
"""

from __future__ import annotations

import os
import sys

_SETTINGS = {
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    # Waiting threads that spin make two kernels on one machine many times slower.
    "OMP_WAIT_POLICY": "PASSIVE",
}
"""Of the kernel's environment, where that machine has not decided otherwise."""


def begin(folder: str, work: str, after: int) -> dict[str, object]:
    """Load our package from `folder`, work in `work` below the home, number messages from `after`.

    Raises:
        OSError: the working folder cannot be made or entered.
        ImportError: our files cannot be loaded there.
    """
    if folder not in sys.path:
        sys.path.insert(0, folder)
    os.environ["TUNINGFORK_APP"] = "1"
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    _enter(os.path.join(os.path.expanduser("~"), *work.split("/")))

    from IPython import get_ipython

    import tuningfork
    from host.elsewhere.reel import keep_reel
    from host.inside.equip import equip
    from host.inside.stream import pace_streams

    shell = get_ipython()
    equip(shell)
    pace_streams()
    keep_reel(shell.kernel, after)
    return {"work": os.getcwd(), "version": tuningfork.__version__}


def _enter(work: str) -> None:
    os.makedirs(work, mode=0o700, exist_ok=True)
    os.chdir(work)
