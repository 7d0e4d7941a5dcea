"""Guessing hidden words: what is hidden, the loss of it, and everything around."""

import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from transformers import AutoModelForMaskedLM, BertConfig, BertForMaskedLM

from tests.test_export import _start
from tuningfork import (
    EarlyStopping,
    TrainConfig,
    add_lora,
    as_transformers_code,
    distill,
    estimate,
    evaluate,
    export_script,
    load_data,
    load_model,
    lr_find,
    predict,
    save_model,
    train,
)
from tuningfork.batches import IGNORED, collate, count_targets, encode, targets_of
from tuningfork.dataset import Dataset
from tuningfork.lean import is_lean, lean_loss
from tuningfork.live import Live
from tuningfork.masking import masking_of
from tuningfork.models import knowledge
from tuningfork.plan import windows
from tuningfork.step import Pace, backward

CONFIG: dict[str, Any] = {"max_steps": 6, "save_seconds": None}


@pytest.fixture
def data() -> Any:
    return load_data("tales", n=64, seed=4)


def _model(dropout: bool = True) -> Any:
    model, _ = load_model("tiny-distilbert", task="fill-mask")
    for part in model.modules() if not dropout else ():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    return model


def _bert() -> Any:
    """A BERT of one small layer, loaded as if by `load_model`."""
    known = knowledge(_model())
    torch.manual_seed(0)
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(known.tokenizer), intermediate_size=64, **shape)
    model: Any = BertForMaskedLM(config)
    model.tuningfork = replace(known)
    return model


def _window(data: Any, model: Any, rows: int = 16, step: int = 1) -> Any:
    examples = encode(data, knowledge(model))
    config = TrainConfig(per_device_train_batch_size=rows)
    return next(windows(examples, config, first=step, last=step))[1]


def test_the_pretrained_head_is_there_and_nothing_is_new(
    capsys: pytest.CaptureFixture[str], data: Any
) -> None:
    guess = predict(_model(), "Honestly the soup was [MASK].")[0]
    assert capsys.readouterr().out == ""
    assert "dis" not in guess.answer
    assert guess.probability == max(guess.probability, *(share for _, share in guess.others))
    assert len(guess.others) == 4
    assert f"{guess.answer} ({guess.probability:.0%}), {guess.others[0][0]} (" in str(guess)


def test_fifteen_per_cent_are_hidden_in_three_ways(data: Any) -> None:
    model = _model()
    examples = encode(data, knowledge(model))
    masking = masking_of(knowledge(model).tokenizer)
    masked = same = others = asked = whole = 0
    for key in range(40):
        for row in examples:
            new = row.with_hidden_words(str(key))
            assert new.hidden
            assert len(new.hidden) == targets_of(row, "fill-mask") == targets_of(new, "fill-mask")
            whole += sum(token not in masking.special for token in row.ids)
            asked += len(new.hidden)
            for at, (before, after) in enumerate(zip(row.ids, new.ids, strict=True)):
                if at not in new.hidden:
                    assert before == after
                    continue
                assert new.hidden[at] == before
                assert before not in masking.special
                masked += after == masking.mask
                same += after == before
                others += after not in (before, masking.mask)
                assert after == masking.mask or after not in masking.special
    assert asked / whole == pytest.approx(0.15, abs=0.005)
    assert masked / asked == pytest.approx(0.8, abs=0.01)
    assert same / asked == pytest.approx(0.1, abs=0.01)
    assert others / asked == pytest.approx(0.1, abs=0.01)


def test_a_short_text_has_one_word_hidden_and_an_empty_one_none() -> None:
    model = _model()
    rows = Dataset(({"text": "soup"}, {"text": ""}, {"text": "the soup"}), "three")
    hidden = [row.with_hidden_words("x").hidden for row in encode(rows, knowledge(model))]
    assert [len(one or {}) for one in hidden] == [1, 0, 1]
    run = train(model, rows, rows, TrainConfig(**CONFIG))
    assert all(math.isfinite(row.get("loss", 0.0)) for row in run.log)


def test_what_is_hidden_hangs_on_seed_step_and_row_alone(data: Any) -> None:
    model = _model()
    examples = encode(data, knowledge(model))

    def ids(step: int, **more: Any) -> dict[int, list[int]]:
        config = TrainConfig(**{"per_device_train_batch_size": 64} | more)
        (_, window), *_ = windows(examples, config, first=step, last=step)
        return {row.row: row.ids for part in window for row in part}

    assert ids(3) == ids(3)
    assert ids(3) != ids(4)
    assert ids(3) != ids(3, seed=1)
    cut = ids(3, per_device_train_batch_size=16, gradient_accumulation_steps=4)
    assert cut == ids(3)


@pytest.mark.parametrize("make", [_model, _bert])
@pytest.mark.parametrize("lora", [False, True])
def test_loss_and_gradients_are_the_models_own(make: Any, lora: bool, data: Any) -> None:
    model = make()
    if lora:
        model = add_lora(model, r=2)
    model.eval()
    rows = [row for part in _window(data, model) for row in part]
    batch = collate(rows, knowledge(model).tokenizer.pad_token_id)
    assert is_lean(model)
    found = []
    for loss_of in (lambda: model(**batch).loss, lambda: lean_loss(model, batch)):
        model.zero_grad()
        loss = loss_of()
        (loss * 0.5).backward()
        slopes = [p.grad.clone() for p in model.parameters() if p.grad is not None]
        found.append((float(loss.detach()), slopes))
    (own, own_slopes), (lean, lean_slopes) = found
    assert lean == pytest.approx(own, abs=1e-5)
    assert len(own_slopes) == len(lean_slopes) > 0
    for one, other in zip(own_slopes, lean_slopes, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_only_hidden_words_go_through_the_vocabulary(data: Any) -> None:
    model = _model()
    batch = collate(_window(data, model)[0], 0)
    sizes: list[int] = []
    model.vocab_transform.register_forward_hook(lambda *hook: sizes.append(hook[2].shape[0]))
    lean_loss(model, batch)
    assert sizes == [count_targets(batch, "fill-mask")]
    assert sizes[0] < 0.2 * batch["input_ids"].numel()


def test_accumulation_is_the_mean_over_all_hidden_words(data: Any) -> None:
    model = _model().eval()
    known = knowledge(model)
    rows = _window(load_data("opinions", n=16, seed=1, length_sigma=1.0), model)[0]

    def whole(window: Any, pace: Pace) -> tuple[float, Any]:
        model.zero_grad()
        outcome = backward(Accelerator(cpu=True), model, window, known, pace)
        slopes = [p.grad.flatten() for p in model.parameters() if p.grad is not None]
        return outcome.loss, torch.cat(slopes)

    loss, slopes = whole([rows], Pace(16))
    for window, pace in (([rows], Pace(3)), ([rows[:3], rows[3:]], Pace(16))):
        other, other_slopes = whole(window, pace)
        assert other == pytest.approx(loss, abs=1e-5)
        torch.testing.assert_close(other_slopes, slopes, rtol=1e-3, atol=1e-5)


def test_it_learns_and_is_judged_beside_always_the_same_word(data: Any) -> None:
    model = _model()
    before = evaluate(model, data)
    assert evaluate(model, data, batch_size=7).loss == pytest.approx(before.loss, abs=1e-4)
    config = TrainConfig(max_steps=24, eval_steps=12, warmup_steps=0, save_seconds=None)
    run = train(model, data, data, config)
    after = evaluate(model, data)
    assert after.loss < before.loss - 2
    assert after.perplexity == pytest.approx(math.exp(after.loss))
    assert (after.accuracy or 0) > (after.baseline or 1)
    assert after.baseline == before.baseline
    assert f"always saying {after.commonest!r}" in repr(after)
    assert run.log[-1]["eval_accuracy"] == pytest.approx(after.accuracy)
    assert run.log[-1]["eval_loss"] == pytest.approx(after.loss, abs=1e-4)
    assert "points above always giving the same answer" in run.summary


def test_the_chart_names_the_level_to_beat(data: Any) -> None:
    from tuningfork.story import chart_of

    known = knowledge(_model())
    examples = encode(data, known)
    chart = chart_of(known, examples, examples)
    loss, accuracy = chart.panels
    assert loss.rules[0][0] == pytest.approx(math.log(len(known.tokenizer)))
    scores = evaluate(_model(), data)
    assert accuracy.rules[0] == (scores.baseline, f"Always “{scores.commonest}”")


def test_a_run_goes_on_to_the_last_bit(
    data: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def config(name: str) -> TrainConfig:
        return TrainConfig(**CONFIG, eval_steps=2, output_dir=str(tmp_path / name))

    whole = train(_model(), data, data, config("a"))
    model = _model()
    original = Live.row

    def row(self: Live, values: dict[str, float]) -> None:
        original(self, values)
        if values["step"] == 3:
            model.last_run.pause()

    with monkeypatch.context() as patch:
        patch.setattr(Live, "row", row)
        train(model, data, data, config("b"))
    resumed = train(_model(), data, data, config("b"), resume=True)
    names = ("loss", "eval_loss", "eval_accuracy")
    assert [[row.get(name) for name in names] for row in resumed.log] == [
        [row.get(name) for name in names] for row in whole.log
    ]


def test_estimate_lr_find_lora_and_early_stopping_work(data: Any) -> None:
    model = add_lora(_model(), r=2)
    assert estimate(model, data, TrainConfig(**CONFIG), data).steps == 6
    lr_find(model, data, steps=20)
    stopping = EarlyStopping(1, metric="eval_accuracy")
    run = train(model, data, data, TrainConfig(**CONFIG), callbacks=(stopping,))
    assert run.state == "finished"


def test_it_is_saved_with_a_card_and_comes_back(data: Any, tmp_path: Path) -> None:
    model = _model()
    run = train(model, data, data, TrainConfig(**CONFIG))
    scores = evaluate(model, data)
    folder = save_model(model, tmp_path / "saved", run, data, scores)
    card = (folder / "README.md").read_text("utf-8")
    assert "pipeline_tag: fill-mask" in card
    assert "AutoModelForMaskedLM.from_pretrained" in card
    assert f"hidden words guessed | {scores.accuracy:.1%}" in card
    assert AutoModelForMaskedLM.from_pretrained(folder).num_parameters() == model.num_parameters()
    again, _ = load_model(folder)
    assert knowledge(again).task == "fill-mask"
    assert evaluate(again, data).loss == pytest.approx(scores.loss, abs=1e-5)
    # With labels it is the pretrained part of a classifier, as it is mostly used.
    classifier, _ = load_model(folder, labels=("a", "b"))
    assert knowledge(classifier).task == "classification"


def test_a_head_that_is_new_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    classifier, _ = load_model("tiny-distilbert", labels=("a", "b"))
    folder = save_model(classifier, tmp_path / "saved")
    load_model(folder, task="fill-mask")
    assert "they are new, and its guesses are chance" in capsys.readouterr().out


def test_a_student_learns_from_a_teacher_where_words_are_hidden(data: Any) -> None:
    teacher, student = _model(), _bert()
    run = distill(teacher, student, data, None, TrainConfig(max_steps=12, learning_rate=3e-3))
    losses = [row["loss"] for row in run.log]
    assert losses[-1] < 0.95 * losses[0]
    # Without the teacher's part it is the usual training on the hidden words.
    # A student's texts are not packed; which ones a step has must be the same.
    config = TrainConfig(max_steps=3, save_seconds=None, train_sampling_strategy="random")
    alone = train(_model(dropout=False), data, None, config)
    taught = distill(teacher, _model(dropout=False), data, None, config, alpha=0.0)
    assert [row["loss"] for row in taught.log] == pytest.approx(
        [row["loss"] for row in alone.log], abs=1e-5
    )


def test_gpt2_cannot_guess_and_says_what_can() -> None:
    with pytest.raises(ValueError, match=r'does not have a mask token.*task="generation"'):
        load_model("tiny-gpt2", task="fill-mask")
    with pytest.raises(ValueError, match=r"There is no task 'masked'.*'fill-mask'"):
        load_model("tiny-distilbert", task="masked")


@pytest.mark.parametrize("text", ["The soup was fine.", "The [MASK] was [MASK]."])
def test_a_text_needs_one_mask(text: str) -> None:
    with pytest.raises(ValueError, match=r"Each text needs one \[MASK\]"):
        predict(_model(), text)


@pytest.mark.slow
def test_trainer_ends_with_about_the_same_loss(data: Any, tmp_path: Path) -> None:
    """Other words are hidden there, so single steps differ; accumulation must not count twice."""
    rows = load_data("tales", n=96, seed=4)
    settings = {"num_train_epochs": 4, "per_device_train_batch_size": 8}
    settings |= {"gradient_accumulation_steps": 2, "eval_steps": 12}
    config = TrainConfig(**settings, output_dir=str(tmp_path / "runs"), save_seconds=None)
    run_model = _model()
    run = train(run_model, rows, rows, config)
    code = as_transformers_code(run)
    state = _start([sys.executable, str(code.path)], code.path.parent)
    theirs = [row["loss"] for row in state["log_history"] if "loss" in row]
    ours = [row["loss"] for row in run.log if "loss" in row]
    assert len(theirs) == len(ours)
    assert sum(theirs[-8:]) / 8 == pytest.approx(sum(ours[-8:]) / 8, rel=0.1)
    assert theirs[0] == pytest.approx(ours[0], rel=0.2)
    right = [row["eval_accuracy"] for row in state["log_history"] if "eval_accuracy" in row]
    assert right[-1] == pytest.approx(evaluate(run_model, rows).accuracy, abs=0.1)


def test_the_script_for_several_processes_has_the_same_collator(data: Any, tmp_path: Path) -> None:
    run = train(_model(), data, None, TrainConfig(**CONFIG))
    text = (export_script(run, tmp_path / "out") / "train.py").read_text("utf-8")
    assert "DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15)" in text
    assert "AutoModelForMaskedLM.from_pretrained" in text
    rows = (tmp_path / "out" / "train.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["text"] for line in rows] == data.texts


def test_labels_of_a_batch_are_the_hidden_words_alone(data: Any) -> None:
    part = _window(data, _model())[0]
    batch = collate(part, 0)
    assert (batch["labels"] != IGNORED).sum() == sum(len(row.hidden) for row in part)
    assert count_targets(batch, "fill-mask") == sum(targets_of(row, "fill-mask") for row in part)
