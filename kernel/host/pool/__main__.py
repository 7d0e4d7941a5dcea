"""``python -m host.pool``: a process that loads everything, waits, and becomes a kernel."""

from __future__ import annotations

import atexit

from host.fork.leave import leave


def main() -> None:
    """Returns at the end of the kernel, or when the host has gone before it was one."""
    # Registered before anything else is imported, so it runs after everything else.
    atexit.register(leave)
    from host.pool.inside import run

    run()


if __name__ == "__main__":
    main()
