"""16-bit numbers are taken where they are faster, and only there."""

from typing import Any

import pytest
import torch

from tuningfork import TrainConfig, load_data, load_model, train
from tuningfork.batches import encode
from tuningfork.lean import own_loss
from tuningfork.models import knowledge
from tuningfork.precision import accelerator_of, precision_of


def _ready() -> Any:
    data = load_data("opinions", n=16, seed=1)
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    return data, model


def _settled(monkeypatch: pytest.MonkeyPatch, **seconds: float) -> Any:
    """What is chosen when a step takes so long with each kind of number."""
    data, model = _ready()
    monkeypatch.setattr(
        "tuningfork.precision.seconds_of_steps", lambda *given: [9.0, seconds[given[-1]]]
    )
    known = knowledge(model)
    rows = encode(data, known)
    return precision_of(model, known, rows, TrainConfig(bf16=True), own_loss)


def test_taken_when_faster(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _settled(monkeypatch, no=2.0, bf16=1.0) == "bf16"
    assert capsys.readouterr().out == ""


def test_left_out_when_slower_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _settled(monkeypatch, no=1.0, bf16=8.0) == "no"
    assert "8.0 times as long" in capsys.readouterr().out


def test_the_trial_leaves_model_and_chance_as_they_were() -> None:
    data, model = _ready()
    known = knowledge(model)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    chance = torch.get_rng_state()
    precision_of(model, known, encode(data, known), TrainConfig(bf16=True), own_loss)
    assert torch.equal(torch.get_rng_state(), chance)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert all(value.grad is None for value in model.parameters())
    assert not model.training


def test_a_run_in_16_bits_may_follow_one_in_32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuningfork.precision._GAIN", 0.0)  # take them, fast or not
    data, model = _ready()
    plain = train(model, data, None, TrainConfig(max_steps=2))
    _, other = _ready()
    short = train(other, data, None, TrainConfig(max_steps=2, bf16=True))
    assert accelerator_of("no").mixed_precision == "no"
    assert plain.log[0]["loss"] != short.log[0]["loss"]
    assert plain.log[0]["loss"] == pytest.approx(short.log[0]["loss"], abs=0.02)
