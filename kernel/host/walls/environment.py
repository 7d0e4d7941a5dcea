"""The variables that a kernel gets: those that are named here, and no others.

The host's own environment may hold keys and tokens, and whoever starts the host will not think of
that. So this is a list of what passes, not of what does not.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from host.walls.room import HOME

SAFE, STARTUP = "TUNINGFORK_SAFE_START", "TUNINGFORK_STARTUP"
"""The kernel was started without what a learner wrote for each start; the folder where that is."""
TEMPORARY = "/tmp"  # noqa: S108
_NAMES = {
    *("LANG", "LANGUAGE", "TZ", "MPLBACKEND", "PYTHONPATH", "PYTHONSAFEPATH"),
    *("PYTHONHASHSEED", "PYDEVD_DISABLE_FILE_VALIDATION", "TOKENIZERS_PARALLELISM"),
    *("HF_HUB_DISABLE_TELEMETRY", "HF_HUB_OFFLINE", "HF_HUB_CACHE"),
    *("TUNINGFORK_APP", "TUNINGFORK_DOING", "TUNINGFORK_OUTLET"),
    *(SAFE, STARTUP),
    *("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
}
_USER = "learner"
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


def clean(variables: Mapping[str, str]) -> dict[str, str]:
    """What of `variables` passes the walls, and what every kernel has."""
    passing = {
        name: text for name, text in variables.items() if name in _NAMES or name.startswith("LC_")
    }
    return {
        **passing,
        "HOME": HOME,
        "USER": _USER,
        "LOGNAME": _USER,
        "PATH": f"{Path(sys.prefix) / 'bin'}:{_SYSTEM_PATH}",
        "TMPDIR": TEMPORARY,
        # The host's own names a folder that is not there; this one is empty at each start.
        **({"IPYTHONDIR": TEMPORARY} if SAFE in passing else {}),
        # The template has the same home, which outside may be anybody's.
        "PYTHONNOUSERSITE": "1",
    }
