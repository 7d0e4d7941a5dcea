"""The learning-rate range test: what it recommends, and that it leaves no trace."""

import base64
import io
import itertools
import json
import math
import random
from typing import Any

import altair
import numpy
import pytest
import torch
from PIL import Image

import tuningfork.finder
from tuningfork import TrainConfig, add_lora, evaluate, load_data, load_model, lr_find, train
from tuningfork.chart import VEGALITE_MIME
from tuningfork.finder import RangeTest, _choose, _smoothed


def _classifier() -> Any:
    return load_model("tiny-distilbert", labels=("negative", "positive"))[0]


def _state(model: Any) -> list[Any]:
    return [value.detach().clone() for value in [*model.parameters(), *model.buffers()]]


def _streams() -> list[Any]:
    return [random.random(), numpy.random.rand(3).tolist(), torch.rand(3).tolist()]


@pytest.mark.slow
def test_the_recommended_rate_trains_well() -> None:
    data = load_data("opinions", n=512)
    found = lr_find(_classifier(), data)
    assert found.suggestion is not None
    assert 1e-4 <= found.suggestion <= 1e-2
    model = _classifier()
    train(
        model,
        data,
        None,
        TrainConfig(max_steps=80, learning_rate=found.suggestion, save_seconds=None),
    )
    assert (evaluate(model, load_data("opinions", n=300, seed=9)).accuracy or 0) > 0.9
    rates = [row["learning_rate"] for row in found.rows]
    steps = [later / earlier for earlier, later in itertools.pairwise(rates)]
    assert max(steps) == pytest.approx(min(steps))


@pytest.mark.slow
@pytest.mark.parametrize("training", [True, False])
def test_model_mode_gradients_and_chance_are_left_bit_for_bit(training: bool) -> None:
    model = _classifier()
    model.train(training)
    model.distilbert.embeddings.train(not training)
    model.classifier.bias.grad = torch.tensor([1.0, 2.0])
    modes = [part.training for part in model.modules()]
    before = _state(model)

    random.seed(1), numpy.random.seed(1), torch.manual_seed(1)
    expected = _streams()
    random.seed(1), numpy.random.seed(1), torch.manual_seed(1)
    lr_find(model, load_data("opinions", n=64), TrainConfig(gradient_checkpointing=True), steps=30)

    assert _streams() == expected
    assert all(torch.equal(one, two) for one, two in zip(before, _state(model), strict=True))
    assert [part.training for part in model.modules()] == modes
    assert model.classifier.bias.grad.tolist() == [1.0, 2.0]
    assert model.classifier.weight.grad is None
    assert not model.is_gradient_checkpointing


def test_an_interrupt_leaves_the_model_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    model, calls = _classifier(), iter(range(100))
    before, original = _state(model), tuningfork.finder.backward

    def interrupted(*args: Any) -> Any:
        if next(calls) == 25:
            raise KeyboardInterrupt
        return original(*args)

    monkeypatch.setattr(tuningfork.finder, "backward", interrupted)
    with pytest.raises(KeyboardInterrupt):
        lr_find(model, load_data("opinions", n=64), steps=30)
    assert all(torch.equal(one, two) for one, two in zip(before, _state(model), strict=True))


@pytest.mark.slow
def test_it_works_with_lora_and_with_a_model_that_writes() -> None:
    model = add_lora(load_model("tiny-gpt2", pretrained=False)[0], r=2)
    found = lr_find(model, load_data("tales", n=64), steps=40)
    assert found.suggestion is not None
    assert found.suggestion > 1e-3


def test_it_stops_at_four_times_the_best_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = [2.0] * 10 + [1.0] * 10 + [50.0] * 80
    fake = iter(losses)

    class Fake:
        def __init__(self, loss: float) -> None:
            self.loss = loss

    monkeypatch.setattr(tuningfork.finder, "backward", lambda *_: Fake(next(fake)))
    found = lr_find(_classifier(), load_data("opinions", n=8))
    assert len(found.rows) == 20
    assert found.exploded_at == pytest.approx(1e-7 * 10 ** (7 * 20 / 99))
    assert "explodes" in repr(found)


def test_the_choice_is_where_the_loss_falls_most_steeply() -> None:
    # A fall from 2 to 1 whose middle is at step 50, a flat stretch, and a rise from step 80 on.
    losses = [1 + 1 / (1 + math.exp((at - 50) / 3)) + max(0, at - 80) * 0.2 for at in range(95)]
    steepest, lowest = _choose(_smoothed(losses))
    assert steepest is not None
    assert abs(steepest - 50) <= 1
    assert 65 <= lowest <= 82
    chance = random.Random(0)
    flat = [0.7 + chance.gauss(0, 0.02) for _ in range(100)]
    assert _choose(_smoothed(flat))[0] is None


def test_what_cannot_be_done_is_explained() -> None:
    model = _classifier()
    with pytest.raises(ValueError, match="no rows"):
        lr_find(model, load_data("opinions", n=4)[:0])
    with pytest.raises(ValueError, match="at least 20"):
        lr_find(model, load_data("opinions", n=4), steps=5)
    with torch.no_grad():
        model.classifier.weight.fill_(math.nan)
    with pytest.raises(FloatingPointError, match="Load it again"):
        lr_find(model, load_data("opinions", n=4))


def test_the_chart_is_valid_and_says_what_it_shows() -> None:
    rows = tuple(
        {"step": at, "learning_rate": 10 ** (-at / 10), "loss": 1.0, "smoothed": 1.0}
        for at in range(30, 0, -1)
    )
    found = RangeTest(rows, 0.01, 0.002, 0.5)
    data = found._repr_mimebundle_(include=None, exclude=None)
    json.dumps(data, allow_nan=False)
    altair.Chart.from_dict(data[VEGALITE_MIME] | {"$schema": altair.SCHEMA_URL})
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).format == "PNG"
    assert data["text/plain"].startswith("Try learning_rate=1.0e-02")
    unclear = RangeTest(rows, None, None, None)
    assert "did not fall clearly" in repr(unclear)
    assert TrainConfig(learning_rate=unclear.suggestion).learning_rate is None
    json.dumps(unclear._repr_mimebundle_(), allow_nan=False)
