"""What travels while a model trains."""

import base64
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import tuningfork.live
from tuningfork.chart import CHART_MIME, METRICS_MIME, VEGALITE_MIME, Chart, Panel, bundle, thin
from tuningfork.live import Live

WIRE = Path(__file__).parents[2] / "tests" / "wire"
PANELS = (
    Panel(
        "Loss",
        (("loss", "Training texts"), ("eval_loss", "New texts")),
        ((0.693, "Pure guessing"),),
    ),
    Panel("Accuracy", (("eval_accuracy", "New texts"),), ((0.5, "Always “negative”"),), (0.0, 1.0)),
)
CHART = Chart("run-example", "Training", "Loss and accuracy at each step.", PANELS)


class Publisher:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def publish(self, data: dict[str, Any], _metadata: dict[str, Any], **options: Any) -> None:
        json.dumps(data, allow_nan=False)
        self.sent.append({"data": data, **options})

    def rows(self) -> list[dict[str, Any]]:
        return [
            row for one in self.sent for row in one["data"].get(METRICS_MIME, {}).get("rows", [])
        ]


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Publisher:
    made = Publisher()
    monkeypatch.setattr(tuningfork.live, "_publisher", lambda: made)
    monkeypatch.setenv("TUNINGFORK_APP", "1")
    return made


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(tuningfork.live.time, "perf_counter", lambda: self.now)


def test_every_row_arrives_once_in_at_most_20_messages_a_second(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    live = Live(CHART, 1000)
    live.start()
    for step in range(1, 1001):
        clock.now += 0.002
        live.row({"step": step, "loss": 1 / step})
    live.finish("finished", "done")
    assert [row["step"] for row in publisher.rows()] == list(range(1, 1001))
    messages = [one for one in publisher.sent if METRICS_MIME in one["data"]]
    assert len(messages) <= 2.0 * 20 + 2


def test_rows_go_on_where_sending_them_is_slow(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    quick = publisher.publish

    def publish(*arguments: Any, **options: Any) -> None:
        clock.now += 0.1  # another program has the processor
        quick(*arguments, **options)

    monkeypatch.setattr(publisher, "publish", publish)
    live = Live(CHART, 100)
    for step in range(1, 101):
        clock.now += 0.1
        live.row({"step": step, "loss": 1 / step})
    messages = [one for one in publisher.sent if METRICS_MIME in one["data"]]
    assert len(messages) >= 4


def test_no_number_is_hidden(publisher: Publisher) -> None:
    live = Live(CHART, 3)
    live.row({"step": 1, "loss": math.nan})
    live.row({"step": 2, "loss": math.inf, "eval_loss": -math.inf, "memory_mb": 1.0})
    live.finish("failed", "it broke")
    assert [row["loss"] for row in publisher.rows()] == ["NaN", "Infinity"]
    assert publisher.rows()[1] == {"step": 2, "loss": "Infinity", "eval_loss": "-Infinity"}


def test_the_chart_has_a_form_for_every_front_end(publisher: Publisher) -> None:
    live = Live(CHART, 2)
    live.start()
    live.row({"step": 1, "loss": 0.7})
    live.row({"step": 2, "loss": 0.1, "eval_accuracy": 0.9})
    live.finish("finished", "The loss fell.")
    first, last = publisher.sent[0], publisher.sent[-1]
    assert first["update"] is False
    assert last["update"] is True
    assert last["transient"] == {"display_id": "run-example"}
    assert set(last["data"]) == {CHART_MIME, VEGALITE_MIME, "image/png", "text/plain"}
    assert last["data"]["text/plain"] == "The loss fell."
    assert last["data"][VEGALITE_MIME]["$schema"].endswith("/vega-lite/v5.json")
    picture = Image.open(io.BytesIO(base64.b64decode(last["data"]["image/png"])))
    assert picture.size == (640, 480)


def test_the_wire_examples_are_what_is_sent(publisher: Publisher) -> None:
    progress = {"step": 12, "total": 60, "seconds": 3.1, "seconds_left": 12.4}
    chart = bundle(CHART, [{"step": 1.0, "loss": 0.7}], "running", progress, None)
    metrics = {
        "chart": "run-example",
        "rows": [{"step": 1, "loss": 0.7}, {"step": 2, "loss": "NaN"}],
    }
    live = Live(CHART, 2)
    live.row({"step": 1, "loss": 0.7})
    live.row({"step": 2, "loss": math.nan})
    live.finish("failed", "")
    assert publisher.rows() == metrics["rows"]
    assert json.loads((WIRE / "metrics.json").read_text("utf-8")) == metrics
    assert json.loads((WIRE / "chart.json").read_text("utf-8")) == chart[CHART_MIME]


def test_thinning_keeps_spikes_and_ends() -> None:
    line = [(float(step), 100.0 if step == 5000 else math.sin(step)) for step in range(20_000)]
    kept = thin(line)
    assert len(kept) <= 1000
    assert (5000.0, 100.0) in kept
    assert kept[-1] == line[-1]


def test_outside_a_notebook_it_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tuningfork.live, "_publisher", lambda: None)
    live = Live(CHART, 1)
    live.start()
    live.row({"step": 1, "loss": 0.5})
    live.finish("finished", "The loss fell.")
    assert "The loss fell." in capsys.readouterr().err
