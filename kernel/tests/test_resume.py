"""Runs that go on: after a kill, a pause, an interrupt, SIGTERM; and those that must not."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tuningfork import TrainConfig, keeper, load_data, load_model, train
from tuningfork.checkpoint import newest
from tuningfork.live import Live

KERNEL = Path(__file__).parents[1]
CONFIG: dict[str, Any] = {"max_steps": 20, "eval_steps": 6, "save_seconds": 0.001}


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after each step, whatever it costs."""
    monkeypatch.setattr(keeper, "_COST_FACTOR", 0)


@pytest.fixture
def data() -> Any:
    return load_data("opinions", n=60, seed=4)


def _model(data: Any) -> Any:
    return load_model("tiny-distilbert", labels=data.labels)[0]


def _kept(log: list[dict[str, float]]) -> list[tuple[float, ...]]:
    names = ("step", "loss", "grad_norm", "learning_rate", "eval_loss")
    return [tuple(row[name] for name in names if name in row) for row in log]


def _at_step(monkeypatch: pytest.MonkeyPatch, step: int, act: Any) -> None:
    original = Live.row

    def row(self: Live, values: dict[str, float]) -> None:
        original(self, values)
        if values["step"] == step and "loss" in values:
            act()

    monkeypatch.setattr(Live, "row", row)


def test_killed_at_random_moments_runs_end_as_if_they_had_not_been() -> None:
    # In a process of its own: one that has trained already cannot be forked safely.
    seed = str(int.from_bytes(os.urandom(2)))
    program = [sys.executable, str(KERNEL / "kills.py"), "--kills", "8", "--seed", seed]
    done = subprocess.run(
        program, env=os.environ | {"PYTHONPATH": str(KERNEL)}, capture_output=True, text=True
    )
    assert done.returncode == 0, (seed, done.stdout, done.stderr[-2000:])
    assert "8 went on as if not" in done.stdout


def test_a_paused_run_goes_on_to_the_last_bit(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(_model(data), data, data, TrainConfig(**CONFIG, output_dir=str(tmp_path / "a")))
    config = TrainConfig(**CONFIG, output_dir=str(tmp_path / "b"))
    model = _model(data)
    with monkeypatch.context() as patch:
        _at_step(patch, 9, lambda: model.last_run.pause())
        paused = train(model, data, data, config)
    assert (paused.state, paused.log[-1]["step"]) == ("paused", 9)
    assert "paused at step 9 of 20" in paused.summary
    # In a fresh model: all of it comes from the disk.
    resumed = train(_model(data), data, data, config, resume=True)
    assert resumed.folder == paused.folder
    assert resumed.state == "finished"
    assert _kept(resumed.log) == _kept(whole.log)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_before_it_acts(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    # Without a clock for checkpoints: the signal alone makes it save.
    config = TrainConfig(max_steps=20, save_seconds=None, output_dir=str(tmp_path))
    model = _model(data)

    def ended(*_: Any) -> None:
        raise SystemExit(143)

    before = signal.signal(signal.SIGTERM, ended)
    _at_step(monkeypatch, 5, lambda: os.kill(os.getpid(), number))
    try:
        with pytest.raises((KeyboardInterrupt, SystemExit)):
            train(model, data, None, config)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert model.last_run.state == "stopped"
    path = newest(model.last_run.folder)
    assert path is not None
    assert path.name == "checkpoint-5"


def test_a_damaged_checkpoint_is_never_taken(data: Any, tmp_path: Path) -> None:
    config = TrainConfig(**CONFIG, output_dir=str(tmp_path), save_total_limit=3)
    run = train(_model(data), data, None, config)
    last = newest(run.folder)
    assert last is not None
    weights = last / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    before = newest(run.folder)
    assert before is not None
    assert before.name == "checkpoint-19"
    (before / "manifest.json").write_text("{")
    assert newest(run.folder) == run.folder / "checkpoint-18"
    assert len(list(run.folder.glob("checkpoint-*"))) == 3


def test_other_settings_are_named_and_nothing_is_touched(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = _model(data)
    with monkeypatch.context() as patch:
        _at_step(patch, 3, lambda: model.last_run.pause())
        train(model, data, None, TrainConfig(**CONFIG, output_dir=str(tmp_path)))
    other = TrainConfig(**CONFIG, output_dir=str(tmp_path), weight_decay=0.5)
    with pytest.raises(ValueError, match=r"weight_decay was 0\.01 and is 0\.5 now"):
        train(_model(data), data, None, other, resume=True)
    rows = load_data("opinions", n=59, seed=4)
    same = TrainConfig(**CONFIG, output_dir=str(tmp_path))
    with pytest.raises(ValueError, match="other rows"):
        train(_model(data), rows, None, same, resume=True)
    assert train(_model(data), data, None, same, resume=True).state == "finished"


def test_no_number_goes_back_to_the_last_good_checkpoint(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = _model(data)
    good: list[Any] = []

    def spoil() -> None:
        good.append(model.classifier.weight.detach().clone())
        with torch.no_grad():
            model.classifier.weight.fill_(float("nan"))

    _at_step(monkeypatch, 7, spoil)
    config = TrainConfig(**CONFIG, output_dir=str(tmp_path))
    _spoilt_before_saving(monkeypatch, 7)
    with pytest.raises(FloatingPointError, match=r"rows of that step: \d+.*checkpoint, step 6"):
        train(model, data, None, config)
    assert torch.isfinite(model.classifier.weight).all()


def _spoilt_before_saving(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """No checkpoint after this step: weights that are no numbers would be in it."""
    from tuningfork.book import Book

    original = Book.close_step

    def close_step(self: Book, at: int) -> None:
        if at < step:
            original(self, at)

    monkeypatch.setattr(Book, "close_step", close_step)


def test_a_full_disk_is_said_and_the_training_goes_on(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuningfork import checkpoint

    monkeypatch.setattr(checkpoint, "_SPARE", 10**18)
    with pytest.warns(UserWarning, match="Free some room, or set save_seconds=None"):
        run = train(_model(data), data, None, TrainConfig(**CONFIG, output_dir=str(tmp_path)))
    assert run.state == "finished"
    assert newest(run.folder) is None
    assert not list(run.folder.glob(".writing-*"))
