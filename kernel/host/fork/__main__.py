"""``python -m host.fork``: the template process."""

from __future__ import annotations

import atexit

from host.fork.leave import leave


def main() -> None:
    """Returns at the end of the template, and at the end of each kernel forked from it."""
    # Registered before anything else is imported, so it runs after everything else.
    atexit.register(leave)
    from host.fork.template import run

    run()


if __name__ == "__main__":
    main()
