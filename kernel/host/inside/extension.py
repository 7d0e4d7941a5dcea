"""Loaded by every kernel as an IPython extension, before the first cell."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell

from host.inside.alone import watch_for_host
from host.inside.equip import equip
from host.inside.faults import tell_faults
from host.inside.folder import import_from_folder
from host.inside.fullness import tell_fullness
from host.inside.keeping import find_counts, keep_messages
from host.inside.outlet import open_outlet


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Called by IPython."""
    tell_faults()
    equip(shell, tell_fullness)
    open_outlet()
    recorded = find_counts()
    keep_messages(watch_for_host(recorded), recorded)
    # The last of all: what is imported above is ours.
    import_from_folder()
