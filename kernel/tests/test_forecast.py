"""The estimate: what it says, and that asking leaves no trace. Its times are judged by
bench_estimate.py, not here: a test must not depend on how busy the machine is."""

import random
from typing import Any

import pytest
import torch

from tuningfork import TrainConfig, estimate, load_data, load_model
from tuningfork.forecast import Estimate, _fit


@pytest.fixture
def data() -> Any:
    return load_data("opinions", n=200, seed=3, length_sigma=0.8)


def test_asking_leaves_no_trace(data: Any) -> None:
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    torch.manual_seed(7)
    random.seed(7)
    drawn = (torch.rand(1), random.random())
    torch.manual_seed(7)
    random.seed(7)
    said = estimate(model, data, TrainConfig(num_train_epochs=2), data)
    assert (torch.rand(1), random.random()) == drawn
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(value.grad is None for value in model.parameters())
    assert not model.training
    assert said.steps == 26
    assert said.fits
    assert 0 < said.seconds_range[0] < said.seconds < said.seconds_range[1]


def test_more_rows_at_once_need_more_memory(data: Any) -> None:
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    few, many = (
        estimate(
            model, data, TrainConfig(per_device_train_batch_size=size, packing=False)
        ).megabytes
        for size in (4, 200)
    )
    assert many > few + 20


def test_what_earlier_work_let_go_does_not_count(data: Any) -> None:
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    before = estimate(model, data, TrainConfig(per_device_train_batch_size=4)).megabytes
    # Pieces too small to be mapped one by one; the last keeps the heap from shrinking by itself.
    pieces = [torch.ones(25_000) for _ in range(10_000)]
    last = torch.ones(25_000)
    del pieces
    after = estimate(model, data, TrainConfig(per_device_train_batch_size=4)).megabytes
    assert after < before + 300
    assert last.sum() == 25_000


def test_what_does_not_fit_is_said_politely() -> None:
    said = Estimate(steps=10, seconds=200, megabytes=3000, available=2000, micro_batch=4)
    assert not said.fits
    assert "does not fit: 4 rows at a time would" in repr(said)
    assert "2 min to 4 min" in repr(said)


def test_one_slow_step_does_not_move_the_line() -> None:
    found = [(size, 0.5 + 0.01 * size) for size in range(10, 60, 10)]
    line = _fit([*found, (30, 9.0)])
    assert (line.fixed, line.each) == pytest.approx((0.5, 0.01), rel=0.05)
    assert _fit([(10, 2.0)]).at(50) == 2.0


def test_no_rows_is_said() -> None:
    data = load_data("opinions", n=8)
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    with pytest.raises(ValueError, match="no rows"):
        estimate(model, data[:0])
