"""Loaded by every kernel as an IPython extension, before the first cell."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell

from host.inside.alone import watch_for_host
from host.inside.equip import equip
from host.inside.faults import tell_faults
from host.inside.fullness import tell_fullness
from host.inside.keeping import find_counts, keep_messages
from host.inside.outlet import open_outlet


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Called by IPython."""
    tell_faults()
    tell_fullness(shell)
    # After what also shows errors: it has to come first when there is no memory left.
    equip(shell)
    open_outlet()
    recorded = find_counts()
    keep_messages(watch_for_host(recorded), recorded)
