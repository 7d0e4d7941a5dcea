"""What the course promises, by really training: the effect of pretraining, and both lessons."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from tuningfork import TrainConfig, evaluate, load_data, load_model, predict, split, train

ROOT = Path(__file__).parents[2]
CELL = re.compile(r"^```python cell id=([\w-]+)\n(.*?)^```", re.DOTALL | re.MULTILINE)

pytestmark = pytest.mark.slow


def _accuracy(pretrained: bool, seed: int) -> float:
    few = load_data("opinions", n=64, seed=seed)
    model, _ = load_model("tiny-distilbert", labels=few.labels, pretrained=pretrained, seed=seed)
    train(model, few, None, TrainConfig(max_steps=80, seed=seed))
    return evaluate(model, load_data("opinions", n=600, seed=99)).accuracy or 0.0


def test_with_64_labels_pretraining_is_worth_20_points() -> None:
    gains = [_accuracy(True, seed) - _accuracy(False, seed) for seed in range(3)]
    assert sum(gains) / 3 >= 0.20
    assert min(gains) >= 0.15


def _run_lesson(name: str) -> dict[str, Any]:
    """All cells of a lesson, in order, in one namespace; a last expression is shown, as in a page."""
    text = (ROOT / "lessons" / name / "lesson.svx").read_text(encoding="utf-8")
    space: dict[str, Any] = {}
    for cell, code in CELL.findall(text):
        tree = ast.parse(code, filename=cell)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, cell, "exec"), space)
        if last:
            assert isinstance(last, ast.Expr)
            repr(eval(compile(ast.Expression(last.value), cell, "eval"), space))
    return space


def test_lesson_1_rises_20_points_over_the_baseline() -> None:
    space = _run_lesson("01-fine-tune-in-five-minutes")
    scores = evaluate(space["model"], space["test_data"])
    assert scores.accuracy is not None
    assert scores.baseline is not None
    assert scores.accuracy - scores.baseline >= 0.20
    assert space["run"].state == "finished"
    assert [one.answer for one in space["after"]] != [one.answer for one in space["before"]]


def test_lesson_2_loses_its_loss_and_ends_its_tales() -> None:
    space = _run_lesson("02-teach-gpt-2-to-write")
    losses = [row["loss"] for row in space["run"].log if "loss" in row]
    assert losses[-1] < losses[0] / 4
    tale = predict(space["model"], space["opening"], max_new_tokens=110)[0].answer
    assert tale.rstrip().endswith(".")
    assert len(tale.split()) < 100


def test_the_same_seed_gives_the_same_losses() -> None:
    data = load_data("opinions", n=120, seed=5)
    part, checks = split(data, (0.7, 0.3))

    def losses() -> list[float]:
        model, _ = load_model("tiny-distilbert", labels=data.labels)
        run = train(model, part, checks, TrainConfig(max_steps=12))
        return [row["loss"] for row in run.log if "loss" in row]

    assert losses() == losses()
