"""A model that is asked while it trains: both take turns, and the training notices nothing."""

import threading
from typing import Any

import pytest

from tuningfork import TrainConfig, evaluate, load_data, load_model, predict, train
from tuningfork.live import Live

TEXTS = ["The soup was lovely.", "A dull film."]


def _losses(data: Any, path: Any) -> tuple[Any, list[float]]:
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    train(model, data, data, TrainConfig(max_steps=12, eval_steps=5, output_dir=str(path)))
    return model, [row["loss"] for row in model.last_run.log if "loss" in row]


def test_questions_do_not_disturb_a_training(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = load_data("opinions", n=64, seed=1)
    _, alone = _losses(data, tmp_path / "alone")
    answers: list[Any] = []
    scores: list[Any] = []
    judges: list[threading.Thread] = []
    original = Live.row

    def row(self: Live, values: dict[str, float]) -> None:
        original(self, values)
        if values["step"] in (3, 7) and "loss" in values:
            model = models[0]
            asking = threading.Thread(target=lambda: answers.append(predict(model, TEXTS)))
            asking.start()
            asking.join()
            # While the next steps are taken: it has to wait for its turn.
            judging = threading.Thread(target=lambda: scores.append(evaluate(model, data)))
            judging.start()
            judges.append(judging)

    models: list[Any] = [load_model("tiny-distilbert", labels=data.labels)[0]]
    monkeypatch.setattr(Live, "row", row)
    config = TrainConfig(max_steps=12, eval_steps=5, output_dir=str(tmp_path / "asked"))
    run = train(models[0], data, data, config)
    assert [row["loss"] for row in run.log if "loss" in row] == alone
    assert [len(one) for one in answers] == [2, 2]
    for judging in judges:
        judging.join()
    assert len(scores) == 2
    # Asked at different moments it answers differently: it was the model in training that spoke.
    assert answers[0][0].probability != answers[1][0].probability


def test_a_question_from_another_thread_is_answered_between_two_steps(tmp_path: Any) -> None:
    data = load_data("opinions", n=400, seed=1)
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    at: list[int] = []

    def ask() -> None:
        while not getattr(model, "last_run", None) or len(model.last_run.log) < 3:
            pass
        predict(model, TEXTS)
        at.append(len(model.last_run.log))
        model.last_run.pause()

    thread = threading.Thread(target=ask)
    thread.start()
    run = train(model, data, None, TrainConfig(max_steps=400, output_dir=str(tmp_path)))
    thread.join()
    assert run.state == "paused"
    assert at[0] <= len(run.log) <= at[0] + 2
