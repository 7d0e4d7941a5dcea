"""What a model says at each evaluation, in the log."""

from typing import Any

import pytest

from tuningfork import TrainConfig, load_data, load_model, train
from tuningfork.models import knowledge
from tuningfork.record import read_log
from tuningfork.samples import ask, questions_of

DATA = {"classification": "opinions", "generation": "tales", "fill-mask": "opinions"}


def _run(task: str, **settings: Any) -> Any:
    data = load_data(DATA[task], n=40, seed=2)
    name = "tiny-gpt2" if task == "generation" else "tiny-distilbert"
    labels = data.labels if task == "classification" else ()
    model, _ = load_model(name, task=task, labels=labels)
    config = TrainConfig(max_steps=4, eval_steps=2, per_device_train_batch_size=8, **settings)
    return model, train(model, data[:32], data[32:], config)


@pytest.mark.parametrize("task", list(DATA))
def test_each_evaluation_has_answers_to_the_same_texts(task: str) -> None:
    _, run = _run(task)
    assert [one["step"] for one in run.samples] == [2, 2, 4, 4]
    assert [one["text"] for one in run.samples[:2]] == [one["text"] for one in run.samples[2:]]
    assert all(isinstance(one["answer"], str) for one in run.samples)
    assert all("label" in one or "expected" in one for one in run.samples)
    assert read_log(run.folder, len(run.log)) == run.log


def test_a_classifier_says_one_of_its_labels() -> None:
    _, run = _run("classification")
    assert {one["answer"] for one in run.samples} <= set(run.known.labels)


def test_without_new_texts_nothing_is_asked() -> None:
    model, _ = load_model("tiny-gpt2")
    run = train(model, load_data("tales", n=8), None, TrainConfig(max_steps=1))
    assert run.samples == []
    assert ask(model, []) == []


def test_a_text_that_cannot_be_asked_about_is_left_out() -> None:
    model, _ = load_model("tiny-distilbert", task="fill-mask")
    known = knowledge(model)
    rows = load_data("opinions", n=4)
    blank = type(rows)(({"text": " "}, {"text": "a [MASK] or another"}))
    assert questions_of(blank, known) == []
    assert len(questions_of(rows, known)) == 2


def test_answers_do_not_disturb_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    _, asked = _run("generation")
    monkeypatch.setattr("tuningfork.loop.questions_of", lambda *_: [])
    _, silent = _run("generation")
    losses = [[row["loss"] for row in run.log if "loss" in row] for run in (asked, silent)]
    assert losses[0] == losses[1]


def test_a_quiet_run_shows_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    _run("classification", disable_tqdm=True)
    said = capfd.readouterr()
    assert "step" not in said.out + said.err
    assert "loss" not in said.out + said.err
