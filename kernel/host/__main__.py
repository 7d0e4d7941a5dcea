"""Command line of the kernel host."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from host.bounds import BoundRefusedError
from host.outlet import HostsRefusedError
from host.runtime import (
    RuntimeRefusedError,
    clear_leftovers,
    confine,
    hold_lock,
    open_runtime,
)
from host.settings import SettingRefusedError
from host.walls.rooms import WallsRefusedError


def main() -> int:
    """Run the host; 3 means that the runtime folder cannot be used, 2 that a setting cannot."""
    arguments = _arguments()
    try:
        runtime = open_runtime(arguments.runtime, arguments.group)
        hold_lock(runtime)
    except RuntimeRefusedError as error:
        print(error, file=sys.stderr)
        return 3
    clear_leftovers(runtime)
    confine(runtime)
    # Jupyter reads its environment when it is imported.
    from host.app import has_sockets, run

    try:
        run(runtime, tcp=arguments.tcp or not has_sockets())
    except (
        BoundRefusedError,
        HostsRefusedError,
        SettingRefusedError,
        WallsRefusedError,
    ) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m host", description="Runs the kernels.")
    parser.add_argument("--runtime", type=Path, required=True, help="private folder of the host")
    parser.add_argument("--tcp", action="store_true", help="listen on loopback, not on a socket")
    parser.add_argument("--group", help="whose members may reach the socket, such as the web app")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
