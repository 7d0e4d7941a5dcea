"""The search for settings, by really training: its budget, its journal, and its fair word at the end."""

import base64
import io
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import altair
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FixedTrial
from PIL import Image

import tuningfork.hunt
from tuningfork import TrainConfig, load_data, load_model, search
from tuningfork.chart import VEGALITE_MIME
from tuningfork.hunt import _seconds
from tuningfork.space import Space
from tuningfork.trials import COMPLETE, PRUNED, Axis, Found, Trial, ranked

SPACE = {"learning_rate": (1e-6, 1e-2), "per_device_train_batch_size": [8, 16]}


def _data() -> tuple[Any, Any]:
    return load_data("opinions", n=96), load_data("opinions", n=64, seed=7)


def _config(folder: Path) -> TrainConfig:
    return TrainConfig(max_steps=24, output_dir=str(folder))


@pytest.mark.slow
def test_a_search_finds_better_settings_and_ends_laggards_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = search(
        SPACE, "tiny-distilbert", *_data(), _config(tmp_path), "4 min", repeats=2, n_trials=12
    )
    scores = [trial.score for trial in found.trials if trial.score is not None]
    assert len(found.trials) == 12
    assert found.best.outcome == COMPLETE
    assert found.best.score == min(
        s for t in found.trials if t.outcome == COMPLETE for s in [t.score]
    )
    assert found.best.score is not None
    assert found.best.score < max(scores) - 0.2
    assert found.trials[0].settings == {"learning_rate": 3e-4, "per_device_train_batch_size": 16}
    ended = [trial for trial in found.trials if trial.outcome == PRUNED]
    whole = [trial for trial in found.trials if trial.outcome == COMPLETE]
    assert ended
    mean = [sum(trial.seconds for trial in part) / len(part) for part in (ended, whole)]
    assert mean[0] < mean[1]
    assert len(found.repeats) == 2
    assert found.config.learning_rate == found.best.settings["learning_rate"]
    assert list(tmp_path.iterdir()) == list(tmp_path.glob("search-*.journal"))

    def not_again(*_: Any, **__: Any) -> None:
        raise AssertionError("all of this is in the journal")

    monkeypatch.setattr(tuningfork.hunt, "train", not_again)
    again = search(
        SPACE, "tiny-distilbert", *_data(), _config(tmp_path), "4 min", repeats=2, n_trials=12
    )
    assert again == found


@pytest.mark.slow
def test_the_budget_is_kept_and_the_same_call_again_only_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A clock that stands still while other programs have the processor.
    clock = time.process_time
    monkeypatch.setattr(tuningfork.hunt, "time", SimpleNamespace(monotonic=clock))
    search(SPACE, "tiny-distilbert", *_data(), _config(tmp_path / "warm"), "60 s", n_trials=1)
    begin = clock()
    found = search(SPACE, "tiny-distilbert", *_data(), _config(tmp_path), "8 s", repeats=1)
    took = clock() - begin
    assert 5 < took < 12
    assert len(found.repeats) == 1
    begin = clock()
    again = search(SPACE, "tiny-distilbert", *_data(), _config(tmp_path), 8, repeats=1)
    assert clock() - begin < took / 2
    assert again == found


SCRIPT = """
import sys
from tuningfork import TrainConfig, load_data, search
found = search(
    {"learning_rate": (1e-6, 1e-2), "per_device_train_batch_size": [8, 16]}, "tiny-distilbert",
    load_data("opinions", n=96), load_data("opinions", n=64, seed=7),
    TrainConfig(max_steps=120, output_dir=sys.argv[1]), "5 min", repeats=1, n_trials=7,
)
print("NUMBERS", [trial.number for trial in found.trials], len(found.repeats))
"""


def _trials(journal: Path, *states: str) -> list[Any]:
    """What the journal says, read with Optuna itself."""
    storage = JournalStorage(JournalFileBackend(str(journal)))
    (study,) = storage.get_all_studies()
    trials = storage.get_all_trials(study._study_id)
    return [trial for trial in trials if trial.state.name in states]


@pytest.mark.slow
def test_a_killed_search_goes_on_where_it_was(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    folder = Path(__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    first = subprocess.Popen(
        command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True
    )
    assert first.stderr is not None
    for _ in range(3):  # a line for each trial
        line = first.stderr.readline()
        assert "trials; best eval_loss" in line
    time.sleep(0.15)  # in the middle of the next
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    first.stderr.close()
    journal = next(tmp_path.glob("search-*.journal"))
    before = journal.read_bytes()
    ended = [trial.number for trial in _trials(journal, "COMPLETE", "PRUNED")]
    assert 3 <= len(ended) < 6
    (cut_off,) = _trials(journal, "RUNNING")
    with journal.open("ab") as file:  # the kill came in the middle of a line
        file.write(b'{"op_code": 6, "wor')
    second = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    numbers = json.loads(second.stdout.split("NUMBERS ")[1].split("]")[0] + "]")
    # Those that had ended are not done again; the one that was cut off is, with its settings.
    assert len(numbers) == 7
    assert numbers[: len(ended)] == ended
    assert second.stderr.count("trials; best") == 7 - len(ended)
    again = _trials(journal, "COMPLETE", "PRUNED")
    assert cut_off.number not in [trial.number for trial in again]
    assert [trial.params for trial in again].count(cut_off.params) == 1
    assert journal.read_bytes().startswith(before)


@pytest.mark.slow
def test_a_budget_too_short_for_one_training_is_explained(tmp_path: Path) -> None:
    config = TrainConfig(max_steps=5000, output_dir=str(tmp_path))
    begin = time.monotonic()
    with pytest.raises(TimeoutError, match="too short for even one whole training"):
        search(SPACE, "tiny-distilbert", *_data(), config, "1.5 s")
    assert time.monotonic() - begin < 8


@pytest.mark.slow
def test_a_rate_that_breaks_the_training_is_a_bad_trial_not_an_error(tmp_path: Path) -> None:
    def make(seed: int) -> Any:
        return load_model("tiny-distilbert", labels=("negative", "positive"), seed=seed)

    space = {"learning_rate": [3e-4, 1e30]}
    config = TrainConfig(max_steps=12, output_dir=str(tmp_path), max_grad_norm=0)
    found = search(space, make, *_data(), config, "2 min", repeats=0, n_trials=5)
    broken = [trial for trial in found.trials if trial.settings["learning_rate"] == 1e30]
    assert broken
    assert all(trial.outcome == PRUNED for trial in broken)
    assert found.best.settings == {"learning_rate": 3e-4}
    assert "No time was left" in found.warning()


def test_what_is_written_wrongly_is_explained(tmp_path: Path) -> None:
    train_data, val_data = _data()

    def fails(kind: type[Exception], message: str, space: Any = SPACE, **options: Any) -> None:
        with pytest.raises(kind, match=message):
            search(
                space,
                "tiny-distilbert",
                train_data,
                options.pop("val_data", val_data),
                _config(tmp_path),
                **options,
            )

    fails(
        TypeError,
        "TrainConfig has no 'learning_rat'. Did you mean 'learning_rate'",
        {"learning_rat": (1, 2)},
    )
    fails(ValueError, r"\(lowest, highest\)", {"learning_rate": (1e-2, 1e-4)})
    fails(ValueError, "at least two choices", {"learning_rate": [1e-3]})
    fails(ValueError, "must be above 0", {"learning_rate": (-1.0, 1.0)})
    fails(ValueError, "lr_scheduler_type cannot be", {"lr_scheduler_type": ["linear", "cosin"]})
    fails(ValueError, "A seed is luck", {"seed": [1, 2]})
    fails(ValueError, "Say what to search", {})
    fails(ValueError, 'such as "3 min"', budget="soon")
    fails(ValueError, "Did you mean 'eval_loss'", metric_for_best_model="eval_los")
    fails(ValueError, "val_data", val_data=val_data[:0])
    assert not list(tmp_path.iterdir())


def test_a_space_is_read_as_written() -> None:
    written = {
        "learning_rate": (1e-5, 1e-2),
        "weight_decay": (0.0, 0.1),
        "max_steps": (10, 50),
        "per_device_train_batch_size": (1, 64),
        "lr_scheduler_type": ["linear", "constant"],
    }
    space = Space.read(written, TrainConfig())
    by_powers = {axis.name for axis in space.axes if axis.log}
    assert by_powers == {"learning_rate", "per_device_train_batch_size"}
    values = space.suggest(FixedTrial({name: ends[0] for name, ends in written.items()}))
    assert values == {name: ends[0] for name, ends in written.items()}
    assert space.fit(values) == values
    assert space.fit(values | {"max_steps": 51}) is None
    assert space.fit(values | {"lr_scheduler_type": "other"}) is None


def test_budgets_are_read_as_written() -> None:
    said = {"3 min": 180, "90 s": 90, "1.5 hours": 5400, "2minutes": 120, "10 sec": 10, 7.5: 7.5}
    assert {text: _seconds(text) for text in said} == said
    for wrong in ("0 s", "-3 min", "3 parsecs", 0, -1, True, "inf s"):
        with pytest.raises(ValueError, match="budget is a time"):
            _seconds(wrong)


def _found() -> Found:
    axes = (
        Axis("learning_rate", (1e-5, 1e-1), log=True),
        Axis("per_device_train_batch_size", (8, 16, 32), is_range=False),
    )
    trials = (
        Trial(0, {"learning_rate": 1e-3, "per_device_train_batch_size": 16}, 0.3, COMPLETE, 2.0),
        Trial(1, {"learning_rate": 1e-5, "per_device_train_batch_size": 8}, 0.2, PRUNED, 0.5),
        Trial(2, {"learning_rate": 1e-1, "per_device_train_batch_size": 32}, None, PRUNED, 0.1),
        Trial(3, {"learning_rate": 1e-2, "per_device_train_batch_size": 32}, 0.25, COMPLETE, 2.0),
    )
    return Found("eval_loss", False, axes, trials, TrainConfig(), (0.28, 0.36), 1)


def test_the_chart_and_the_warning_say_what_was_found() -> None:
    found = _found()
    data = found._repr_mimebundle_(include=None, exclude=None)
    json.dumps(data, allow_nan=False)
    spec = data[VEGALITE_MIME]
    altair.Chart.from_dict(spec | {"$schema": altair.SCHEMA_URL})
    lines = spec["layer"][0]["data"]["values"]
    assert len(lines) == 3 * 3
    assert all(0 <= point["place"] <= 1 for point in lines)
    places = {(point["trial"], point["axis"]): point["place"] for point in lines}
    assert places[0, "learning_rate"] == pytest.approx(0.5)
    assert places[3, "per_device_train_batch_size"] == 1
    assert {point["kind"] for point in lines if point["trial"] == 3} == {"best"}
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).format == "PNG"
    text = data["text/plain"]
    assert "the best of 4 trials, and part of that is luck" in text
    assert "score 0.32 on average (0.28 to 0.36): expect that" in text
    assert "1 more seeds the training broke down" in text
    assert "Best settings: learning_rate=0.01, per_device_train_batch_size=32" in text


def test_the_best_is_a_whole_trial_whichever_way_is_better() -> None:
    found = _found()
    assert found.best.number == 3
    assert [trial.number for trial in ranked(found.trials, False)] == [3, 0, 1, 2]
    assert [trial.number for trial in ranked(found.trials, True)] == [0, 3, 1, 2]
    assert found.mean is not None
    assert math.isclose(found.mean, 0.32)
