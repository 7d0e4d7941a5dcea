"""The loop's promises at its edges."""

import math
from typing import Any

import pytest
import torch
from accelerate import Accelerator

from tuningfork import TrainConfig, evaluate, load_data, load_model, predict, train
from tuningfork.batches import IGNORED, collate, count_targets, encode, shuffled
from tuningfork.live import Live
from tuningfork.models import knowledge
from tuningfork.plan import schedule, total_steps
from tuningfork.step import Pace, backward


@pytest.fixture
def data() -> Any:
    return load_data("opinions", n=96, seed=3, length_sigma=0.8)


def _model(data: Any, **options: Any) -> Any:
    return load_model("tiny-distilbert", labels=data.labels, **options)[0]


def test_a_loss_that_is_no_number_stops_the_run_and_stays_in_the_log(data: Any) -> None:
    model = _model(data)
    with torch.no_grad():
        model.classifier.weight.fill_(math.nan)
    with pytest.raises(FloatingPointError, match="learning rate is too high"):
        train(model, data, None, TrainConfig(max_steps=5))
    assert math.isnan(model.last_run.log[-1]["loss"])
    assert model.last_run.state == "failed"


def test_interrupt_keeps_what_was_learned(data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model = _model(data)
    original = Live.row

    def row(self: Live, values: dict[str, float]) -> None:
        original(self, values)
        if values["step"] == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(Live, "row", row)
    with pytest.raises(KeyboardInterrupt):
        train(model, data, None, TrainConfig(max_steps=20))
    assert model.last_run.state == "stopped"
    assert "stopped at step 4 of 20" in model.last_run.summary
    assert not model.training
    assert len(predict(model, ["The soup was lovely."])) == 1


def test_accumulation_is_the_mean_over_all_rows_whatever_their_lengths(data: Any) -> None:
    accelerator = Accelerator(cpu=True)
    for name, rows in (("tiny-distilbert", data), ("tiny-gpt2", load_data("tales", n=16))):
        model, _ = load_model(name, labels=rows.labels)
        model.eval()
        known = knowledge(model)
        examples = encode(rows, known)[:16]
        whole = _gradient(model, accelerator, [examples], known)
        parts = _gradient(model, accelerator, [examples[:3], examples[3:5], examples[5:]], known)
        assert whole[0] == pytest.approx(parts[0], rel=1e-4)
        torch.testing.assert_close(whole[1], parts[1], rtol=1e-3, atol=1e-6)


def _gradient(model: Any, accelerator: Any, window: Any, known: Any) -> tuple[float, Any]:
    model.zero_grad()
    outcome = backward(accelerator, model, window, known, Pace(64))
    return outcome.loss, torch.cat(
        [p.grad.flatten() for p in model.parameters() if p.grad is not None]
    )


def test_padding_is_ignored_and_the_end_of_text_is_learned() -> None:
    model, tokenizer = load_model("tiny-gpt2")
    examples = encode(load_data("tales", n=8), knowledge(model))
    batch = collate(examples, tokenizer.pad_token_id)
    assert (batch["labels"][batch["attention_mask"] == 0] == IGNORED).all()
    assert (batch["labels"] == tokenizer.eos_token_id).sum() == 8
    assert tokenizer.pad_token_id != tokenizer.eos_token_id
    assert count_targets(batch, "generation") == sum(len(one.ids) - 1 for one in examples)


def test_an_epoch_has_each_row_once_and_grouping_saves_padding(data: Any) -> None:
    examples = encode(data, knowledge(_model(data)))

    def padding(by_length: bool) -> int:
        batches = shuffled(examples, 8, seed=1, by_length=by_length)
        assert sorted(id(row) for part in batches for row in part) == sorted(map(id, examples))
        return sum(
            len(part) * max(len(row.ids) for row in part) - sum(len(row.ids) for row in part)
            for part in batches
        )

    assert padding(True) < padding(False) / 2


def test_schedule_rises_then_falls() -> None:
    config = TrainConfig(warmup_steps=0.1)
    rates = [schedule(step, 100, config) for step in range(1, 101)]
    assert rates[0] == 0
    assert rates.index(max(rates)) == 10
    assert 0 < rates[-1] < 0.05
    assert total_steps(100, TrainConfig(num_train_epochs=2)) == 14


def test_evaluate_names_the_baseline(data: Any) -> None:
    scores = evaluate(_model(data), data)
    assert scores.baseline == max(data.counts().values()) / len(data)
    assert "always saying" in repr(scores)
    low, high = scores.interval or (1, 0)
    assert low <= (scores.accuracy or 0) <= high


def test_tables_escape_what_they_show(data: Any) -> None:
    shown = predict(_model(data), ["<script>alert(1)</script>"])._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
