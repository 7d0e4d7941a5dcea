"""The buttons "Pause" and "Go on": no name of a run, no `resume=True` in the code."""

from pathlib import Path
from typing import Any

import pytest

from tuningfork import TrainConfig, book, load_data, load_model, train
from tuningfork.live import Live
from tuningfork.stop import pause_runs


@pytest.fixture
def data() -> Any:
    return load_data("opinions", n=60, seed=4)


def _train(data: Any, path: Path, **settings: Any) -> Any:
    config = TrainConfig(max_steps=12, eval_steps=5, output_dir=str(path), **settings)
    return train(load_model("tiny-distilbert", labels=data.labels)[0], data, data, config)


def _losses(run: Any) -> list[float]:
    return [row.get("loss", row.get("eval_loss")) for row in run.log]


def _paused(data: Any, path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    original = Live.row

    def row(self: Live, values: dict[str, float]) -> None:
        original(self, values)
        if values["step"] == 4:
            assert pause_runs() == 1

    with monkeypatch.context() as patch:
        patch.setattr(Live, "row", row)
        return _train(data, path)


def test_the_button_pauses_what_trains_and_nothing_else(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pause_runs() == 0
    run = _paused(data, tmp_path, monkeypatch)
    assert (run.state, run.log[-1]["step"]) == ("paused", 4)
    assert pause_runs() == 0


def test_the_same_code_goes_on_when_the_page_asks_for_it(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _train(data, tmp_path / "whole")
    paused = _paused(data, tmp_path / "b", monkeypatch)
    monkeypatch.setattr(book, "asked_to_go_on", lambda: True)
    run = _train(data, tmp_path / "b")
    assert run.folder == paused.folder
    assert _losses(run) == _losses(whole)


def test_where_it_cannot_go_on_it_begins_anew_and_says_why(
    data: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    paused = _paused(data, tmp_path, monkeypatch)
    monkeypatch.setattr(book, "asked_to_go_on", lambda: True)
    run = _train(data, tmp_path, weight_decay=0.5)
    assert run.folder != paused.folder
    assert "weight_decay was 0.01 and is 0.5 now" in capsys.readouterr().out
    _train(data, tmp_path / "empty")
    assert "no checkpoint of an old one" in capsys.readouterr().out
