"""The note of what this Python is doing."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tuningfork import TrainConfig, doing, load_data, load_model, train


@pytest.fixture
def note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "doing"
    monkeypatch.setenv("TUNINGFORK_DOING", str(path))
    return path


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_it_says_what_is_done_now_and_then_what_was_before(note: Path) -> None:
    with doing.doing("training", of=9) as one:
        with doing.doing("loading", model="ü" * 20):
            assert _read(note) == {"kind": "loading", "model": "ü" * 20}
        one.add(step=3)
        assert _read(note) == {"kind": "training", "of": 9, "step": 3}
    assert _read(note) == {}


def test_an_error_ends_it_too(note: Path) -> None:
    with pytest.raises(ZeroDivisionError), doing.doing("loading", model="x"):
        raise ZeroDivisionError
    assert _read(note) == {}


def test_a_forked_worker_writes_nothing(note: Path) -> None:
    with doing.doing("training", of=9) as one:
        child = os.fork()
        if child == 0:
            one.add(step=7)
            os._exit(0)
        os.waitpid(child, 0)
        assert _read(note) == {"kind": "training", "of": 9}


def test_where_it_cannot_be_written_the_work_goes_on(
    note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNINGFORK_DOING", str(note / "no" / "such"))
    with doing.doing("loading", model="x"):
        pass
    monkeypatch.delenv("TUNINGFORK_DOING")
    with doing.doing("loading", model="x"):
        pass
    assert not note.exists()


def test_a_training_notes_its_steps_and_what_its_rows_take(note: Path, tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []

    class Looking:
        def on_log(self, *_arguments: Any, **_more: Any) -> None:
            seen.append(_read(note))

    data = load_data("opinions", n=64, seed=1)
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    config = TrainConfig(max_steps=3, per_device_train_batch_size=16, output_dir=str(tmp_path))
    train(model, data, None, config, callbacks=[Looking()])
    assert [one["kind"] for one in seen] == ["training"] * len(seen)
    assert (seen[-1]["of"], seen[-1]["batch"]) == (3, 16)
    assert [one.get("step") for one in seen] == [None, 1, 2]
    assert _read(note) == {}


def test_rows_are_measured_when_memory_has_risen(
    note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peaks = iter([500.0, 500.0, 820.0, 820.0])
    monkeypatch.setattr(doing, "_peak", lambda: next(peaks))
    with doing.training(9, 16) as one:
        one.step(1, 16)
        assert "row_mb" not in _read(note)
        one.step(2, 16)
        one.step(3, 16)
        assert _read(note) == {
            "kind": "training",
            "of": 9,
            "batch": 16,
            "step": 3,
            "base_mb": 500,
            "row_mb": 20.0,
        }
