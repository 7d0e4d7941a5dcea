"""What every kernel of ours is given, on a foreign server as well. Needs no host of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import zmq
from ipykernel.kernelapp import IPKernelApp
from IPython.core.interactiveshell import InteractiveShell

from host.inside.asking import take_answers_once
from host.inside.awaiting import Awaiting
from host.inside.breaking import stop_at_breakpoints
from host.inside.forked import end_children_with_cells
from host.inside.outcome import tell_every_failure
from host.inside.packing import write_halves_out
from host.inside.requests import answer_requests
from host.inside.shortage import tell_shortage
from host.inside.stream import follow_cells

_VEGALITE = "application/vnd.vegalite.v5+json"


def equip(
    shell: InteractiveShell, tell_errors: Callable[[InteractiveShell], None] | None = None
) -> None:
    """Once for each process, before the first cell.

    Args:
        tell_errors: what else shows errors in words of its own.
    """
    awaiting = Awaiting(IPKernelApp.instance().kernel)
    awaiting.begin()
    _wait_rather_than_drop()
    _show_altair_charts(shell)
    answer_requests(shell, awaiting)
    write_halves_out()
    tell_every_failure(shell, awaiting.was_stopped)
    end_children_with_cells(shell)
    follow_cells(shell)
    stop_at_breakpoints()
    if tell_errors:
        tell_errors(shell)
    # After what also shows errors: it has to come first when there is no memory left.
    tell_shortage(shell)
    take_answers_once()


def _wait_rather_than_drop() -> None:
    """A full socket makes the sender wait. The default is to lose the message without a word."""
    thread = IPKernelApp.instance().iopub_thread
    thread.schedule(lambda: thread.socket.setsockopt(zmq.XPUB_NODROP, 1))


def _show_altair_charts(shell: InteractiveShell) -> None:
    """Charts as Vega-Lite under the one name that front ends know. Does not import altair."""
    if shell.display_formatter is None:
        return
    bundles = shell.display_formatter.mimebundle_formatter
    for version in (5, 6):
        bundles.for_type_by_name(f"altair.vegalite.v{version}.api", "TopLevelMixin", _bundle)


def _bundle(chart: Any) -> Any:
    import altair

    if altair.renderers.active != "default":
        return chart._repr_mimebundle_()
    spec = chart.to_dict()
    return {_VEGALITE: spec, "text/plain": f"Chart: {spec.get('title') or 'Vega-Lite'}"}
