"""Traps around settings and names that have changed (C-501 to C-508): each is impossible, or told
before step 1.
"""

import re
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
import transformers

from tuningfork import EarlyStopping, TrainConfig, add_lora, load_data, load_model, train
from tuningfork.renames import OLDER, OUTDATED

ROOT = Path(__file__).parents[2]


@pytest.fixture
def data() -> Any:
    return load_data("opinions", n=32, seed=2)


def _model(data: Any) -> Any:
    return load_model("tiny-distilbert", labels=data.labels)[0]


@pytest.mark.parametrize("name", sorted({*OUTDATED, *OLDER}))
def test_c501_a_name_that_transformers_no_longer_has(name: str) -> None:
    """Caught: all 29 that are gone since 4.57, and older ones, each with what to write instead."""
    assert len(OUTDATED) == 29
    with pytest.raises(TypeError) as told:
        TrainConfig(**{name: 1})
    assert re.search(r"Write|Leave it out|Start|Nothing|Give", str(told.value).split(".", 1)[1])


def test_c502_no_optimizer_has_to_be_imported(data: Any) -> None:
    """Impossible: the loop makes its own, PyTorch's. (transformers has no AdamW any more.)"""
    assert not hasattr(transformers, "AdamW")
    run = train(_model(data), data, None, TrainConfig(max_steps=1, save_seconds=None))
    assert run.state == "finished"
    assert TrainConfig().optim == "adamw_torch_fused"


def test_c503_what_training_needs_is_installed_with_the_rest() -> None:
    """Impossible: set-up installs accelerate in a version that transformers' Trainer accepts."""
    pinned = dict(
        line.split(" ")[0].split("==")
        for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines()
        if re.match(r"[\w.-]+==", line)
    )
    assert {"accelerate", "torch", "transformers", "peft", "safetensors"} <= set(pinned)
    wanted = [one for one in requires("transformers") or [] if one.startswith("accelerate")]
    least = max(re.findall(r">=([\d.]+)", " ".join(wanted)))
    number = [int(part) for part in pinned["accelerate"].split(".")]
    assert number >= [int(part) for part in least.split(".")]


def test_c504_evaluations_without_rows(data: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Caught: rows switch them on, not a setting; a setting without rows is told in one line."""
    with pytest.raises(TypeError, match=r"Give val_data to train\(\)"):
        TrainConfig(eval_strategy="steps")
    config = TrainConfig(max_steps=2, eval_steps=1, save_seconds=None)
    train(_model(data), data, None, config)
    assert "eval_steps=1 does nothing" in capsys.readouterr().out
    run = train(_model(data), data, data, config)
    assert "eval_steps" not in capsys.readouterr().out
    assert sum("eval_loss" in row for row in run.log) == 2


def test_c505_early_stopping_needs_no_other_setting(data: Any) -> None:
    """Impossible for the settings: EarlyStopping has its measure and puts the best weights back.
    Caught where the measure cannot be had."""
    config = TrainConfig(max_steps=3, eval_steps=1, save_seconds=None)
    run = train(_model(data), data, data, config, callbacks=[EarlyStopping(2)])
    assert "restored_step" in run.log[-1]
    with pytest.raises(ValueError, match=r"waits for eval_loss.*pass val_data"):
        train(_model(data), data, None, config, callbacks=[EarlyStopping(2)])
    writer, _ = load_model("tiny-gpt2")
    with pytest.raises(ValueError, match="has no eval_accuracy"):
        train(writer, data, data, config, callbacks=[EarlyStopping(2, "eval_accuracy")])


@pytest.mark.parametrize(
    "name", ["load_best_model_at_end", "metric_for_best_model", "early_stopping_patience"]
)
def test_c505_the_settings_of_trainer_lead_to_it(name: str) -> None:
    """Caught: with what to write instead."""
    with pytest.raises(TypeError, match=r"callbacks=\[EarlyStopping\(2\)\]"):
        TrainConfig(**{name: True})


def test_c506_nothing_to_go_on_with(data: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Caught: a new run begins, and a line says so."""
    config = TrainConfig(max_steps=1, save_seconds=None, output_dir="elsewhere")
    run = train(_model(data), data, None, config, resume=True)
    assert (run.state, run.log[0]["step"]) == ("finished", 1)
    assert "A new run begins, because there is no checkpoint" in capsys.readouterr().out
    with pytest.raises(TypeError, match=r"resume is True or False.*output_dir"):
        train(_model(data), data, None, config, resume="runs/checkpoint-3")


def test_c506_a_run_that_goes_on_has_no_seam(data: Any, tmp_path: Path) -> None:
    """Impossible: the optimizer is part of every checkpoint, so the loss does not jump."""

    class Pause:
        def on_step_end(self, _args: Any, state: Any, _control: Any, model: Any, **_: Any) -> None:
            if state.global_step == 3:
                model.last_run.pause()

    class Listen:
        """Another callback of the same name as far as a log can tell."""

        def on_log(self, *_: Any, **__: Any) -> None: ...

    Listen.__name__ = "Pause"
    config = TrainConfig(max_steps=6, output_dir=str(tmp_path / "a"))
    whole = train(_model(data), data, None, config)
    config = TrainConfig(max_steps=6, output_dir=str(tmp_path / "b"))
    train(_model(data), data, None, config, callbacks=[Pause()])
    resumed = train(_model(data), data, None, config, resume=True, callbacks=[Listen()])
    assert [row["loss"] for row in resumed.log] == [row["loss"] for row in whole.log]


def test_c507_every_step_is_in_the_log(data: Any) -> None:
    """Impossible: there is no setting for it, and the shortest run has its rows."""
    run = train(_model(data), data, None, TrainConfig(max_steps=3, save_seconds=None))
    assert [row["step"] for row in run.log] == [1, 2, 3]
    assert all(row["loss"] > 0 for row in run.log)
    with pytest.raises(TypeError, match="every step is a row"):
        TrainConfig(logging_steps=500)


@pytest.mark.parametrize(("name", "layer"), [("tiny-distilbert", "q_lin"), ("tiny-gpt2", "c_attn")])
def test_c508_every_architecture_names_its_layers(
    name: str, layer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Impossible with the defaults: they follow the architecture. Caught with names from another."""
    model, _ = load_model(name, labels=("negative", "positive"))
    with pytest.raises(ValueError, match=r"'q_proj', 'v_proj' were not found.*" + layer):
        add_lora(model, target_modules=["q_proj", "v_proj"])
    added = [key for key, _ in add_lora(model).named_parameters() if f"{layer}.lora_A" in key]
    assert len(added) == len(set(added)) > 1
