"""The programs that are written really run, and train as we do.

Where each step sees all rows and nothing is dropped out, chance has no say and the losses of every
step must agree; the rest is rounding (float32, sums in another order).
"""

import ast
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tuningfork import (
    EarlyStopping,
    TrainConfig,
    as_transformers_code,
    export_script,
    load_data,
    load_model,
    train,
)
from tuningfork.lora import add_lora
from tuningfork.models import BUILT_IN, Known, Origin
from tuningfork.trainer_code import Facts, Way, trainer_code

DATA = {"tiny-distilbert": "opinions", "tiny-gpt2": "tales"}
NO_DROPOUT = ("dropout", "seq_classif_dropout", "attn_pdrop", "embd_pdrop", "resid_pdrop")
ROWS = 32


def _data(name: str, rows: int = ROWS) -> tuple[Any, Any]:
    data = load_data(DATA[name], n=rows + 16, seed=5)
    return data[:rows], data[rows:]


def _without_dropout(name: str, folder: Path) -> Path:
    """The built-in model in a folder of its own, with nothing left to chance."""
    shutil.copytree(BUILT_IN / name, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {key: 0.0 for key in NO_DROPOUT if key in config}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def _trained(
    name: str,
    place: str | Path,
    settings: dict[str, Any],
    rows: int = ROWS,
    lora: dict[str, Any] | None = None,
    callbacks: tuple[Any, ...] = (),
) -> Any:
    train_data, val_data = _data(name, rows)
    task = "classification" if train_data.labels else "generation"
    model, _ = load_model(place, task=task, labels=train_data.labels)
    if lora:
        model = add_lora(model, **lora)
    return train(model, train_data, val_data, TrainConfig(**settings), callbacks=callbacks)


def _start(command: list[str], folder: Path) -> dict[str, Any]:
    """Runs a program; gives what Trainer has written down."""
    environment = os.environ | {
        "HF_HUB_OFFLINE": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        command, cwd=folder.parent, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    state: dict[str, Any] = json.loads((folder / "trained" / "trainer_state.json").read_text())
    return state


def _column(log: list[dict[str, float]], name: str) -> list[float]:
    return [row[name] for row in log if name in row]


EXACT = {
    "max_steps": 5,
    "per_device_train_batch_size": ROWS,
    "train_sampling_strategy": "random",
    "warmup_steps": 0.2,
    "lr_scheduler_type": "linear",
    "weight_decay": 0.1,
    "eval_steps": 5,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("accumulation", [1, 4])
def test_trainer_has_the_same_losses(name: str, accumulation: int, tmp_path: Path) -> None:
    settings = EXACT | {
        "output_dir": str(tmp_path / "runs"),
        "per_device_train_batch_size": ROWS // accumulation,
        "gradient_accumulation_steps": accumulation,
    }
    run = _trained(name, _without_dropout(name, tmp_path / "start"), settings)
    code = as_transformers_code(run)
    state = _start([sys.executable, str(code.path)], code.path.parent)
    for column, tolerance in (("loss", 2e-4), ("grad_norm", 2e-3), ("eval_loss", 1e-3)):
        theirs = _column(state["log_history"], column)
        ours = _column(run.log, column)
        assert theirs[: len(ours)] == pytest.approx(ours, rel=tolerance), column
    assert _column(state["log_history"], "learning_rate") == _column(run.log, "learning_rate")


@pytest.mark.slow
@pytest.mark.parametrize("name", DATA)
def test_trainer_has_the_same_losses_with_lora(name: str, tmp_path: Path) -> None:
    settings = EXACT | {"output_dir": str(tmp_path / "runs")}
    place = _without_dropout(name, tmp_path / "start")
    run = _trained(name, place, settings, lora={"r": 4, "lora_alpha": 9})
    code = as_transformers_code(run)
    state = _start([sys.executable, str(code.path)], code.path.parent)
    ours, theirs = (_column(log, "loss") for log in (run.log, state["log_history"]))
    assert theirs == pytest.approx(ours, rel=2e-4)
    assert ours[-1] < 0.99 * ours[0]


@pytest.mark.slow
def test_trainer_stops_as_early_and_takes_the_same_weights(tmp_path: Path) -> None:
    more = {"max_steps": 30, "eval_steps": 2, "warmup_steps": 0, "learning_rate": 0.01}
    settings = EXACT | {"output_dir": str(tmp_path / "runs")} | more
    place = _without_dropout("tiny-distilbert", tmp_path / "start")
    run = _trained("tiny-distilbert", place, settings, callbacks=(EarlyStopping(2),))
    restored = run.log[-1]
    assert restored["step"] < 30
    code = as_transformers_code(run)
    state = _start([sys.executable, str(code.path)], code.path.parent)
    assert state["global_step"] == restored["step"]
    assert state["best_global_step"] == restored["restored_step"]


@pytest.mark.slow
def test_a_usual_run_ends_alike(tmp_path: Path) -> None:
    """Built-in model, dropout, warm-up, length groups: another order of the same rows."""
    settings = {"num_train_epochs": 3, "output_dir": str(tmp_path / "runs")}
    run = _trained("tiny-distilbert", "tiny-distilbert", settings, rows=320)
    code = as_transformers_code(run, tmp_path / "elsewhere")
    assert str(BUILT_IN) not in code
    state = _start([sys.executable, str(code.path)], code.path.parent)
    assert state["global_step"] == max(_column(run.log, "step"))
    theirs, ours = (_column(log, "eval_loss") for log in (state["log_history"], run.log))
    assert theirs[-1] == pytest.approx(ours[-1], abs=0.15)
    assert theirs[-1] < theirs[0]


@pytest.mark.slow
def test_two_processes_have_the_losses_of_one(tmp_path: Path) -> None:
    settings = EXACT | {"output_dir": str(tmp_path / "runs"), "max_steps": 3}
    run = _trained("tiny-distilbert", _without_dropout("tiny-distilbert", tmp_path / "m"), settings)
    folder = export_script(run, tmp_path / "out", num_processes=2, use_cpu=True)
    launch = [sys.executable, "-m", "accelerate.commands.launch"]
    config = ["--config_file", str(folder / "accelerate_config.yaml")]
    state = _start([*launch, *config, str(folder / "train.py")], folder)
    ours = _column(run.log, "loss")
    assert _column(state["log_history"], "loss") == pytest.approx(ours, rel=2e-4)
    assert state["train_batch_size"] == ROWS // 2


ADAPTER = {"r": 8, "target_modules": ["c_attn"], "modules_to_save": None, "task_type": "CAUSAL_LM"}


def _known(task: str = "classification", **changes: Any) -> Known:
    labels = ("it's", "two\nlines") if task == "classification" else ()
    return Known(None, task, labels, 3e-4, 128, origin=Origin("gpt2", **changes))


def _facts(known: Known, config: TrainConfig | None = None, way: Way | None = None) -> Facts:
    start = json.dumps(known.origin.name)
    return Facts(config or TrainConfig(), known, 100, True, start, Path("here"), way or Way())


@pytest.mark.parametrize("task", ["classification", "generation", "fill-mask"])
@pytest.mark.parametrize("pretrained", [True, False])
@pytest.mark.parametrize("way", [Way(), Way(shared=True), Way(shared=True, use_cpu=True)])
def test_every_program_is_python_without_a_name_it_does_not_know(
    task: str, pretrained: bool, way: Way, tmp_path: Path
) -> None:
    code = trainer_code(_facts(_known(task, pretrained=pretrained), way=way))
    program = tmp_path / "train.py"
    program.write_text(code, "utf-8")
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E9,F", str(program)]
    done = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=100", "--diff"]
    done = subprocess.run([*ruff, str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert ("from_pretrained(START, use_safetensors=True" in code) == pretrained
    assert ("LABELS" in code) == (task == "classification")
    assert ("WORLD_SIZE" in code) == way.shared
    assert ("use_cpu=True" in code) == way.use_cpu


def test_lora_layers_are_added_in_the_program_too() -> None:
    known = replace(_known("generation"), adapter=ADAPTER)
    code = trainer_code(_facts(known))
    compile(code, "train.py", "exec")
    assert 'target_modules=["c_attn"],' in code
    assert "modules_to_save" not in code
    assert "peft" not in trainer_code(_facts(_known("generation")))


def test_what_was_packed_is_padded_and_chosen_by_chance() -> None:
    known = _known("generation")
    packed = trainer_code(_facts(known, TrainConfig(packing=True)))
    assert 'train_sampling_strategy="random"' in packed
    assert "# The run packed several texts into a row." in packed
    padded = trainer_code(_facts(known, TrainConfig(packing=False)))
    assert 'train_sampling_strategy="group_by_length"' in padded
    assert "packed" not in padded


def test_labels_may_have_any_letters() -> None:
    labels = ('a "b"', "c'\\n", "ä\t", "")
    known = Known(None, "classification", labels, 3e-4, 128)
    line = next(row for row in trainer_code(_facts(known)).splitlines() if row.startswith("LABELS"))
    assert ast.literal_eval(line.removeprefix("LABELS = ")) == list(labels)


def test_the_settings_are_those_of_the_run() -> None:
    config = TrainConfig(
        learning_rate=0.5, max_steps=7, eval_steps=2, bf16=True, max_length=9, optim="adamw_torch"
    )
    code = trainer_code(_facts(_known(), config))
    for part in (
        "learning_rate=0.5,",
        "max_steps=7,",
        "eval_steps=2,",
        "bf16=True,",
        "MAX_LENGTH = 9",
        'optim="adamw_torch",',
        "per_device_train_batch_size=16,",
    ):
        assert part in code
    assert "fp16" not in code
    # In transformers "constant" would leave the warm-up out.
    constant = trainer_code(_facts(_known(), TrainConfig(lr_scheduler_type="constant")))
    assert 'lr_scheduler_type="constant_with_warmup",' in constant


class _Told:
    """What a run tells, without a training."""

    def __init__(self, folder: Path, name: str = "tiny-distilbert", task: str = "") -> None:
        self.train_data, self.val_data = _data("tiny-distilbert")
        self.config = TrainConfig()
        self.callbacks = ()
        self.folder = folder
        labels = self.train_data.labels
        self.known = Known(None, task or "classification", labels, 3e-4, 128, origin=Origin(name))


def test_the_rows_lie_beside_the_program_without_their_truth(tmp_path: Path) -> None:
    run = _Told(tmp_path)
    code = as_transformers_code(run)
    assert code.path == tmp_path / "trainer" / "train.py"
    assert code.path.read_text("utf-8") == code == repr(code)
    for name, data in (("train", run.train_data), ("val", run.val_data)):
        lines = (code.path.parent / f"{name}.jsonl").read_text("utf-8").splitlines()
        assert [json.loads(line) for line in lines] == [
            {"text": row["text"], "label": row["label"]} for row in data
        ]


def test_a_program_that_was_changed_is_not_replaced_unasked(tmp_path: Path) -> None:
    run = _Told(tmp_path)
    path = as_transformers_code(run).path
    as_transformers_code(run)
    path.write_text("changed")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        as_transformers_code(run)
    assert path.read_text() == "changed"
    assert path.read_text() != as_transformers_code(run, overwrite=True)


def test_a_task_of_another_kind_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="program of another kind"):
        as_transformers_code(_Told(tmp_path, task="other"))


@pytest.mark.parametrize(("processes", "machines"), [(2, 1), (4, 2), (1, 1)])
def test_accelerate_reads_the_config(processes: int, machines: int, tmp_path: Path) -> None:
    from accelerate.commands.config.config_args import load_config_from_file

    folder = export_script(
        _Told(tmp_path), tmp_path / "out", num_processes=processes, num_machines=machines
    )
    read = load_config_from_file(str(folder / "accelerate_config.yaml"))
    assert (read.num_processes, read.num_machines) == (processes, machines)
    assert read.mixed_precision == "no"
    assert read.distributed_type == ("MULTI_GPU" if processes > 1 else "NO")


@pytest.mark.parametrize(
    ("processes", "machines", "words"),
    [
        (3, 1, "cannot be shared out evenly"),
        (1, 2, "cannot run on"),
        (3, 2, "cannot run on"),
        (2, 0, "cannot run on"),
    ],
)
def test_processes_that_cannot_be(
    processes: int, machines: int, words: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=words):
        export_script(
            _Told(tmp_path), tmp_path / "out", num_processes=processes, num_machines=machines
        )
    assert not (tmp_path / "out").exists()
