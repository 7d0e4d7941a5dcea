"""Callbacks: when they are called and with what; early stopping, also of runs that were cut off."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import EarlyStoppingCallback, TrainerCallback

from tuningfork import (
    EarlyStopping,
    TrainConfig,
    evaluate,
    keeper,
    load_data,
    load_model,
    predict,
    train,
)
from tuningfork.callbacks import Control, State, described
from tuningfork.live import Live


@pytest.fixture
def data() -> Any:
    return load_data("opinions", n=64, seed=4)


def _model(data: Any) -> Any:
    return load_model("tiny-distilbert", labels=data.labels)[0]


def _config(folder: Path, **settings: Any) -> TrainConfig:
    return TrainConfig(**{"max_steps": 12, "eval_steps": 3, "output_dir": str(folder), **settings})


#: With this the loss on new texts is lowest early and then rises.
HASTY: dict[str, Any] = {
    "max_steps": 40,
    "eval_steps": 4,
    "learning_rate": 0.02,
    "seed": 1,
    "packing": False,
}


class Listener:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int]] = []
        self.answers: list[Any] = []

    def _note(self, event: str, state: State) -> None:
        self.heard.append((event, state.global_step))

    def on_train_begin(self, args: TrainConfig, state: State, control: Control, **_: Any) -> None:
        assert args.max_steps == state.max_steps
        self._note("begin", state)

    def on_step_end(self, _args: Any, state: State, _control: Control, **_: Any) -> None:
        self._note("step", state)

    def on_log(self, _args: Any, state: State, _control: Any, logs: Any, **_: Any) -> None:
        assert logs is state.log_history[-1]
        self._note("log", state)

    def on_evaluate(
        self, _args: Any, state: State, _control: Any, metrics: Any, model: Any, **_: Any
    ) -> None:
        assert metrics["eval_loss"] > 0
        self.answers.append(predict(model, ["The soup was lovely."])[0])
        self._note("evaluate", state)

    def on_save(self, _args: Any, state: State, _control: Control, **_: Any) -> None:
        self._note("save", state)

    def on_train_end(self, _args: Any, state: State, _control: Control, **_: Any) -> None:
        assert state.epoch > 0.9
        self._note("end", state)


def test_events_come_as_in_transformers_and_the_model_may_be_asked(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_COST_FACTOR", 0)
    listener = Listener()
    config = _config(tmp_path / "a", max_steps=4, eval_steps=2, save_seconds=0.0001)
    heard = train(_model(data), data, data, config, callbacks=[listener])
    assert listener.heard[:4] == [("begin", 0), ("step", 1), ("log", 1), ("save", 1)]
    second = [("step", 2), ("log", 2), ("log", 2), ("evaluate", 2), ("save", 2)]
    assert listener.heard[4:9] == second
    assert listener.heard[-1] == ("end", 4)
    assert len(listener.answers) == 2
    # Whoever listens and asks changes nothing.
    alone = train(_model(data), data, data, _config(tmp_path / "b", max_steps=4, eval_steps=2))
    assert [row["loss"] for row in heard.log if "loss" in row] == [
        row["loss"] for row in alone.log if "loss" in row
    ]


def test_a_callback_can_end_the_run(data: Any, tmp_path: Path) -> None:
    class Enough(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            control.should_training_stop = state.global_step >= 5

    run = train(_model(data), data, None, _config(tmp_path), callbacks=[Enough()])
    assert (run.state, run.log[-1]["step"]) == ("finished", 5)
    assert "in 5 steps, enough of the 12" in run.summary


def test_early_stopping_ends_the_run_and_puts_the_best_weights_back(
    data: Any, tmp_path: Path
) -> None:
    train_data, val_data = data[:32], data[32:]
    model = _model(data)
    run = train(
        model, train_data, val_data, _config(tmp_path, **HASTY), callbacks=[EarlyStopping(2)]
    )
    checks = [row for row in run.log if "eval_loss" in row]
    best = min(checks, key=lambda row: row["eval_loss"])
    assert checks.index(best) == len(checks) - 3
    assert run.state == "finished"
    assert checks[-1]["step"] < 40
    assert run.log[-1] == {"step": checks[-1]["step"], "restored_step": best["step"]}
    assert evaluate(model, val_data).loss == pytest.approx(best["eval_loss"], rel=1e-5)
    assert f"The weights are those of step {best['step']:.0f}, the best." in run.summary
    assert f"accuracy on new texts is {best['eval_accuracy']:.0%}" in run.summary


@pytest.mark.parametrize("cut", [3, 10, 16])
def test_a_run_that_was_cut_off_stops_at_the_same_step(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    monkeypatch.setattr(keeper, "_COST_FACTOR", 0)
    parts = (data[:32], data[32:])
    whole_model, first, second = (_model(data) for _ in range(3))
    stopping = EarlyStopping(3)
    config = _config(tmp_path / "a", **HASTY)
    whole = train(whole_model, *parts, config, callbacks=[stopping])
    ended = whole.log[-1]["step"]
    assert ended == 16, "the last cut is meant to be at the very end"

    config = _config(tmp_path / "b", **HASTY, save_seconds=0.0001)
    original = Live.row

    def row(self: Live, values: dict[str, float]) -> None:
        original(self, values)
        if values["step"] == cut and "eval_loss" not in values and "loss" in values:
            first.last_run.pause()

    with monkeypatch.context() as patch:
        patch.setattr(Live, "row", row)
        assert train(first, *parts, config, callbacks=[stopping]).state == "paused"
    resumed = train(second, *parts, config, resume=True, callbacks=[stopping])
    names = ("step", "loss", "eval_loss", "restored_step")
    assert _columns(resumed.log, names) == _columns(whole.log, names)
    for mine, theirs in zip(second.parameters(), whole_model.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def _columns(log: list[dict[str, float]], names: tuple[str, ...]) -> list[Any]:
    return [{name: row[name] for name in names if name in row} for row in log]


def test_weights_that_were_the_best_at_the_last_checkpoint_are_kept_until_the_next(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class At:
        def __init__(self, step: int, act: Any) -> None:
            self.step, self.act = step, act

        def on_step_end(self, _args: Any, state: Any, _control: Any, **more: Any) -> None:
            if state.global_step == self.step:
                self.act(more["model"])

    def fail(_model: Any) -> None:
        raise OSError("the power went off")

    config = _config(tmp_path, max_steps=20, eval_steps=4, learning_rate=1e-4)
    parts, stopping = (data[:32], data[32:]), EarlyStopping(9)
    pause = At(5, lambda model: model.last_run.pause())
    run = train(_model(data), *parts, config, callbacks=[stopping, pause])
    with pytest.raises(OSError, match="power"):
        train(_model(data), *parts, config, resume=True, callbacks=[stopping, At(13, fail)])
    names = {path.name for path in (run.folder / "best").iterdir()}
    assert {"checkpoint-4", "checkpoint-12"} <= names
    again = train(_model(data), *parts, config, resume=True, callbacks=[stopping, At(99, fail)])
    assert again.folder == run.folder
    assert again.log[-1]["restored_step"] > 4


def test_another_patience_is_another_run(data: Any, tmp_path: Path) -> None:
    class Pause:
        def on_step_end(self, _args: Any, _state: Any, _control: Any, model: Any, **_: Any) -> None:
            model.last_run.pause()

    train(_model(data), data, data, _config(tmp_path), callbacks=[EarlyStopping(2), Pause()])
    with pytest.raises(ValueError, match=r"callbacks was .*patience=2.* and is .*patience=3"):
        train(
            _model(data),
            data,
            data,
            _config(tmp_path),
            resume=True,
            callbacks=[EarlyStopping(3), Pause()],
        )


@pytest.mark.parametrize(
    ("values", "metric", "threshold", "found"),
    [
        ([0.5, 0.4, 0.4, 0.41], "eval_loss", 0.0, (2, 2)),
        ([0.5, 0.6, 0.7], "eval_accuracy", 0.0, (3, 0)),
        ([0.5, 0.45, 0.39], "eval_loss", 0.1, (3, 0)),
        ([0.5, 0.45, 0.41], "eval_loss", 0.1, (1, 2)),
        ([math.nan, 0.5, math.nan], "eval_loss", 0.0, (2, 1)),
        ([], "eval_loss", 0.0, (None, 0)),
    ],
)
def test_what_counts_as_better(
    values: list[float], metric: str, threshold: float, found: tuple[int | None, int]
) -> None:
    log = [{"step": float(at), metric: value} for at, value in enumerate(values, start=1)]
    assert EarlyStopping(2, metric, threshold)._best(log) == found


class Misspelt:
    def on_evalute(self, *_: Any, **__: Any) -> None: ...


@pytest.mark.parametrize(
    ("callback", "error", "words"),
    [
        (EarlyStopping, TypeError, r"EarlyStopping\(\), with brackets"),
        (EarlyStoppingCallback(2), TypeError, r"Write EarlyStopping\(patience=2\)"),
        (Misspelt(), TypeError, "Did you mean 'on_evaluate'"),
        (print, TypeError, "no callback"),
        (EarlyStopping(2, "eval_perplexity"), ValueError, "eval_accuracy"),
    ],
)
def test_what_cannot_work_is_told_before_the_first_step(
    data: Any, callback: Any, error: type[Exception], words: str
) -> None:
    model = _model(data)
    with pytest.raises(error, match=words):
        train(model, data, data, TrainConfig(max_steps=1), callbacks=[callback])
    assert not hasattr(model, "last_run")


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"patience": 0}, ValueError),
        ({"patience": 1.5}, TypeError),
        ({"metric": "accuracy"}, ValueError),
        ({"threshold": -1.0}, ValueError),
    ],
)
def test_early_stopping_takes_only_what_makes_sense(
    settings: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        EarlyStopping(**settings)


def test_a_full_disk_leaves_the_last_weights(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuningfork import checkpoint

    monkeypatch.setattr(checkpoint, "_SPARE", 10**18)
    with pytest.warns(UserWarning, match="The best weights are not kept"):
        run = train(_model(data), data, data, _config(tmp_path), callbacks=[EarlyStopping(9)])
    assert run.state == "finished"
    assert "restored_step" not in run.log[-1]


def test_only_the_best_weights_are_on_the_disk_in_the_end(data: Any, tmp_path: Path) -> None:
    config = _config(tmp_path, save_seconds=None, learning_rate=1e-3)
    run = train(_model(data), data, data, config, callbacks=[EarlyStopping(9)])
    assert len(list((run.folder / "best").glob("checkpoint-*"))) == 1
    assert described([EarlyStopping(2), Misspelt()])[1] == "Misspelt"
