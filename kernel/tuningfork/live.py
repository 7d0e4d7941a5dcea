"""Sends the numbers of a run to whoever shows it, while it runs, at next to no cost.

In our own page rows travel alone (`METRICS_MIME`), at most 20 messages a second; the whole chart
follows at the start, now and then, and at the end. Both are held back by their own cost: what took
1 ms to send is not sent again before half a second has gone by. A message costs the training about
four times the time spent on sending it, because it finds its data gone from the processor's caches
(measured by `bench_metrics.py`), so that all of it stays below one percent. Outside a notebook a
line is printed now and then.
"""

import os
import sys
import time
from typing import Any

from tuningfork.chart import METRICS_MIME, Chart, bundle, plain

_ROWS_EVERY = 0.05
#: Rows are never held back longer, whatever the last ones cost: where other work has the processor,
#: most of that is waiting, and who watches (or asks the model meanwhile) must see that it goes on.
_ROWS_AT_MOST = 2.0
_CHART_EVERY = 4.0
_COST_FACTOR = 500


class Live:
    """The live view of one run. Use: `start()`, `row()` for each step, `finish()`."""

    def __init__(
        self,
        chart: Chart,
        total: int,
        log: list[dict[str, float]] | None = None,
        *,
        quiet: bool = False,
    ) -> None:
        """`log`: the rows so far, to which this one adds; `quiet`: add to it and show nothing."""
        self.chart = chart
        self.log = [] if log is None else log
        self._quiet = quiet
        self._total = total
        self._begin = time.perf_counter()
        self._columns = {
            "step",
            "seconds",
            *(name for panel in chart.panels for name, _ in panel.series),
        }
        self._unsent: list[dict[str, Any]] = []
        self._rows_due = 0.0
        self._chart_due = 0.0
        self._publisher = _publisher()
        self._in_app = self._publisher is not None and os.environ.get("TUNINGFORK_APP") == "1"

    def start(self) -> None:
        self._send_chart("running", None, update=False)
        for row in self.log:
            self._note(row)

    def row(self, row: dict[str, float]) -> None:
        """Notes one moment. Values may be NaN or infinite; they are sent as such."""
        self.log.append(row)
        if self._quiet:
            return
        self._note(row)
        now = time.perf_counter()
        if self._unsent and now >= self._rows_due:
            self._send_rows()
        if now >= self._chart_due:
            self._send_chart("running", None, update=True)

    def finish(self, state: str, summary: str) -> None:
        """The last word: state is "finished", "paused", "stopped" or "failed"."""
        self._send_rows()
        self._send_chart(state, summary, update=True)

    def _note(self, row: dict[str, float]) -> None:
        """Keeps of a row what the chart shows, until it is sent."""
        if self._in_app:
            shown = {name: plain(value) for name, value in row.items() if name in self._columns}
            self._unsent.append(shown)

    def _send_rows(self) -> None:
        if not self._unsent or self._publisher is None:
            return
        begin = time.perf_counter()
        rows, self._unsent = self._unsent, []
        self._publisher.publish({METRICS_MIME: {"chart": self.chart.id, "rows": rows}}, {})
        self._rows_due = min(_due(begin, _ROWS_EVERY), time.perf_counter() + _ROWS_AT_MOST)

    def _send_chart(self, state: str, summary: str | None, *, update: bool) -> None:
        if self._quiet:
            return
        if self._publisher is None:
            self._print(summary)
            return
        begin = time.perf_counter()
        data = bundle(self.chart, self.log, state, self._progress(), summary)
        self._publisher.publish(data, {}, transient={"display_id": self.chart.id}, update=update)
        self._chart_due = _due(begin, _CHART_EVERY)

    def _print(self, summary: str | None) -> None:
        progress = self._progress()
        line = summary or f"step {progress['step']} of {progress['total']}"
        print(line, file=sys.stderr)
        self._chart_due = time.perf_counter() + _CHART_EVERY

    def _progress(self) -> dict[str, Any]:
        step = int(max((row["step"] for row in self.log), default=0))
        seconds = time.perf_counter() - self._begin
        left = seconds / step * (self._total - step) if step else None
        return {"step": step, "total": self._total, "seconds": seconds, "seconds_left": left}


def _due(begin: float, least: float) -> float:
    """When to send again what was begun to be sent at `begin` and has just been sent."""
    now = time.perf_counter()
    return now + max(least, _COST_FACTOR * (now - begin))


def _publisher() -> Any:
    """IPython's display publisher; `None` outside a notebook."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython

    shell = get_ipython()
    return (
        getattr(shell, "display_pub", None)
        if shell is not None and hasattr(shell, "kernel")
        else None
    )
