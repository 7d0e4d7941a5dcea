"""What a chart of a training run shows, and the forms it is sent in. Pure: rows in, data out."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tuningfork.picture import Curve, Plot, draw

METRICS_MIME = "application/vnd.tuningfork.metrics.v1+json"
CHART_MIME = "application/vnd.tuningfork.chart.v1+json"
VEGALITE_MIME = "application/vnd.vegalite.v5+json"
_POINTS = 1000

#: One moment's measurements under flat names: `step`, `loss`, `eval_accuracy`, …
Log = Sequence[dict[str, float]]


@dataclass(frozen=True)
class Panel:
    title: str
    #: (column of the log, title) for each curve.
    series: tuple[tuple[str, str], ...]
    #: (height, title) for each level line, such as a baseline.
    rules: tuple[tuple[float, str], ...] = ()
    domain: tuple[float, float] | None = None


@dataclass(frozen=True)
class Chart:
    id: str
    title: str
    description: str
    panels: tuple[Panel, ...] = field(default=())


def plain(value: float) -> float | str:
    """JSON has no NaN and no infinity: they travel as words, so that they are never hidden."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def definition(
    chart: Chart, state: str, progress: dict[str, Any] | None, summary: str | None
) -> dict[str, Any]:
    """The chart for our own page, which draws the rows itself as they arrive."""
    return {
        "chart": chart.id,
        "title": chart.title,
        "description": chart.description,
        "x": {"field": "step", "title": "Step"},
        "panels": [
            {
                "title": panel.title,
                "series": [{"field": name, "title": title} for name, title in panel.series],
                "rules": [{"value": value, "title": title} for value, title in panel.rules],
                "domain": list(panel.domain) if panel.domain else None,
            }
            for panel in chart.panels
        ],
        "state": state,
        "progress": progress,
        "summary": summary,
    }


def bundle(
    chart: Chart, log: Log, state: str, progress: dict[str, Any] | None, summary: str | None
) -> dict[str, Any]:
    """The whole chart for every front end: our page, Jupyter's (Vega-Lite 5), and plain ones."""
    text = summary or (
        f"{chart.title}: step {progress['step']} of {progress['total']}"
        if progress
        else chart.title
    )
    return {
        CHART_MIME: definition(chart, state, progress, summary),
        VEGALITE_MIME: vegalite(chart, log),
        "image/png": base64.b64encode(draw([_plot(panel, log) for panel in chart.panels])).decode(
            "ascii"
        ),
        "text/plain": text,
    }


def vegalite(chart: Chart, log: Log) -> dict[str, Any]:
    """A Vega-Lite 5 specification with its data inside, at most 1,000 points a curve."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": chart.title,
        "description": chart.description,
        "vconcat": [_panel_spec(panel, log) for panel in chart.panels],
    }


def _panel_spec(panel: Panel, log: Log) -> dict[str, Any]:
    values = [
        {"step": step, "value": value, "curve": title}
        for name, title in panel.series
        for step, value in thin(points(log, name))
    ]
    scale = {"domain": list(panel.domain)} if panel.domain else {"zero": False}
    curve = {
        "mark": {"type": "line", "point": False},
        "encoding": {
            "x": {"field": "step", "type": "quantitative", "title": "Step"},
            "y": {"field": "value", "type": "quantitative", "title": panel.title, "scale": scale},
            "color": {"field": "curve", "type": "nominal", "title": None},
        },
    }
    rules = [
        {
            "data": {"values": [{"value": value, "title": title}]},
            "mark": {"type": "rule", "strokeDash": [4, 4], "color": "#888", "tooltip": title},
            "encoding": {"y": {"field": "value", "type": "quantitative"}},
        }
        for value, title in panel.rules
    ]
    return {"width": 560, "height": 160, "data": {"values": values}, "layer": [curve, *rules]}


def points(log: Log, name: str) -> list[tuple[float, float]]:
    """(step, value) of every row that has a finite value under `name`."""
    return [(row["step"], row[name]) for row in log if name in row and math.isfinite(row[name])]


def thin(line: list[tuple[float, float]], most: int = _POINTS) -> list[tuple[float, float]]:
    """At most `most` points: of each stretch the lowest and the highest, so no spike is lost."""
    if len(line) <= most:
        return line
    stretch = 2 * len(line) / most
    kept: list[tuple[float, float]] = []
    start = 0.0
    while start < len(line):
        part = line[int(start) : max(int(start) + 1, int(start + stretch))]
        ends = {min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])}
        kept += sorted(ends)
        start += stretch
    return [*kept[: most - 1], line[-1]]


def _plot(panel: Panel, log: Log) -> Plot:
    curves = [Curve(title, thin(points(log, name))) for name, title in panel.series]
    return Plot(panel.title, curves, [value for value, _ in panel.rules])
