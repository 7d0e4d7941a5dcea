"""Traps around labels and the loss (L-301 to L-307): each is impossible, or told before step 1."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator

from tuningfork import TrainConfig, evaluate, load_data, load_model, train
from tuningfork.batches import Example, encode
from tuningfork.dataset import Dataset
from tuningfork.matching import label_names
from tuningfork.models import BUILT_IN, knowledge
from tuningfork.plan import windows
from tuningfork.step import Pace, backward


def _rows(*pairs: tuple[str, Any], labels: tuple[str, ...] = ("negative", "positive")) -> Dataset:
    rows = tuple({"text": text, "label": label} for text, label in pairs)
    return Dataset(rows, "rows", labels)


def _classifier(labels: Any = ("negative", "positive")) -> Any:
    return load_model("tiny-distilbert", labels=labels)[0]


def _one_step(model: Any, data: Any, checks: Any = None) -> Any:
    return train(model, data, checks, TrainConfig(max_steps=1, save_seconds=None))


GOOD = ("The film was lovely.", "positive")


@pytest.mark.parametrize("label", ["neutral", -1, 2])
@pytest.mark.parametrize("where", ["train", "val"])
def test_l301_a_label_that_the_model_does_not_have(label: object, where: str) -> None:
    """Caught: with row, label and the labels there are, in rows to learn from and to check on."""
    model = _classifier()
    bad, good = _rows(GOOD, ("The soup was fine.", label)), _rows(GOOD)
    with pytest.raises(ValueError, match=rf"Row 1 .*label {label!r} is not one of .*'positive'"):
        _one_step(model, bad if where == "train" else good, good if where == "train" else bad)
    assert not hasattr(model, "last_run")


def test_l302_labels_that_are_words(tmp_path: Path) -> None:
    """Impossible: labels are names from the file on, and the loop makes numbers of them."""
    path = tmp_path / "mine.csv"
    with path.open("w", newline="") as file:
        rows = [
            ("text", "label"),
            *[(f"Number {n} was fine.", ["late", "lost"][n % 2]) for n in range(8)],
        ]
        csv.writer(file).writerows(rows)
    data = load_data(path)
    assert data.labels == ("late", "lost")
    run = _one_step(_classifier(data.labels), data)
    assert run.log[0]["loss"] < 2


def test_l303_rows_with_nothing_to_learn(capsys: pytest.CaptureFixture[str]) -> None:
    """Caught: which rows, and an error when it is all of them. The loss stays a number."""
    model, _ = load_model("tiny-gpt2")
    some = Dataset(({"text": "One upon a time."}, {"text": ""}, {"text": "The end."}, {"text": ""}))
    run = _one_step(model, some)
    assert "nothing to learn from 2 of 4 rows, counted from 0: 1, 3." in capsys.readouterr().out
    assert run.log[0]["loss"] > 0
    with pytest.raises(ValueError, match=r"No row has anything to learn.*\(rows 0, 1\)"):
        _one_step(model, Dataset(({"text": ""}, {"text": ""})))


def test_l303_the_loss_of_a_batch_without_targets_is_no_nan() -> None:
    """Impossible: a micro-batch without anything to learn adds nothing."""
    model, tokenizer = load_model("tiny-gpt2")
    empty = Example([tokenizer.eos_token_id], None)
    outcome = backward(Accelerator(cpu=True), model, [[empty]], knowledge(model), Pace(4))
    assert outcome.loss == 0
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


@pytest.mark.parametrize(
    "data", [[{"text": "Fine.", "label": "positive"}], "reviews.csv", {"text": []}]
)
def test_l304_rows_of_another_kind(data: Any) -> None:
    """Caught: what has not gone through load_data. Columns are never dropped behind one's back."""
    with pytest.raises(TypeError, match=r"train_data must be rows from load_data\(\)"):
        _one_step(_classifier(), data)
    with pytest.raises(TypeError, match="val_data must be rows"):
        _one_step(_classifier(), _rows(GOOD), data)


def test_l304_rows_without_labels(tmp_path: Path) -> None:
    """Caught: a label column of an unusual name is not found, and that is said."""
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps({"text": "Fine.", "stars": "5"}) + "\n")
    with pytest.raises(ValueError, match=r"Row 0 .*has no label.*load_data\(…, label="):
        _one_step(_classifier(), load_data(path))


def test_l305_a_sorted_file_is_shuffled() -> None:
    """Impossible: every epoch deals the rows anew, so that no step sees one label only."""
    rows = load_data("opinions", n=192, seed=5)
    ordered = Dataset(tuple(sorted(rows, key=lambda row: str(row["label"]))), "sorted", rows.labels)
    examples = encode(ordered, knowledge(_classifier()))
    epochs = [[], []]
    for step, window in windows(examples, TrainConfig(), first=1, last=24):
        batch = [row for part in window for row in part]
        assert {row.label for row in batch} == {0, 1}
        epochs[(step - 1) // 12] += [row.row for row in batch]
    first, second = epochs
    assert sorted(first) == sorted(second) == list(range(192))
    assert first != second


def test_l305_one_label_with_nearly_all_rows(capsys: pytest.CaptureFixture[str]) -> None:
    """Caught: the share is told before the first step, with the measure that shows a collapse; and
    the chart has the level of a model that always says the same."""
    data = load_data("opinions", n=200, seed=3, imbalance=0.96)
    run = _one_step(_classifier(), data, data)
    said = capsys.readouterr().out
    assert "96% of the rows are labelled 'positive'" in said or "95% of the rows" in said
    assert "macro F1" in said
    # A model that has collapsed looks good by accuracy alone, and not by macro F1.
    model = _classifier()
    with torch.no_grad():
        model.classifier.bias[:] = torch.tensor([-50.0, 50.0])
    scores = evaluate(model, data)
    assert (scores.accuracy or 0) > 0.93
    assert (scores.macro_f1 or 1) < 0.5
    assert scores.accuracy == scores.baseline
    assert run.state == "finished"


def test_l305_a_label_without_rows(capsys: pytest.CaptureFixture[str]) -> None:
    """Caught: an answer that the model cannot learn."""
    _one_step(_classifier(("negative", "neutral", "positive")), load_data("opinions", n=20))
    assert "No row to learn from is labelled 'neutral'" in capsys.readouterr().out


def test_l306_a_metric_never_gets_logits() -> None:
    """Impossible: evaluate chooses the likeliest label itself, in batches of any size."""
    data = load_data("opinions", n=70, seed=8)
    scores = evaluate(_classifier(), data, batch_size=32)
    assert scores.rows == 70
    assert 0 <= (scores.accuracy or -1) <= 1
    with pytest.raises(TypeError, match="compute_metrics"):
        train(_classifier(), data, compute_metrics=len)


def test_l307_numbers_with_a_point() -> None:
    """Caught: they would be taken for measurements, and the task for another one."""
    with pytest.raises(ValueError, match=r"The label 0\.0 is a number with a point"):
        load_model("tiny-distilbert", labels=(0.0, 1.0))
    with pytest.raises(ValueError, match=r"Row 0 .*label 1\.0 is not one of"):
        _one_step(_classifier(("0", "1")), _rows(("Fine.", 1.0), labels=("0", "1")))


def test_l307_whole_numbers_are_names() -> None:
    """Impossible: 0 and 1 stay two labels, however they were written."""
    model = _classifier((0, 1))
    assert model.config.num_labels == 2
    assert label_names((0, 1)) == ("0", "1")
    run = _one_step(model, _rows(("Fine.", 1), ("Sour.", "0"), labels=("0", "1")))
    assert run.log[0]["loss"] < 2


def test_l307_a_single_output_is_refused() -> None:
    """Caught: with one label the loss would be that of a regression."""
    with pytest.raises(ValueError, match="at least two labels"):
        load_model("tiny-distilbert", labels=("positive",))
    with pytest.raises(ValueError, match="several names, not the one text 'positive'"):
        load_model("tiny-distilbert", labels="positive")
    with pytest.raises(ValueError, match="'yes' twice"):
        load_model("tiny-distilbert", labels=("yes", "yes"))


def test_l307_a_folder_that_asks_for_another_loss(tmp_path: Path) -> None:
    """Impossible: what a folder says of its former task does not reach the loss."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(
        BUILT_IN / "tiny-distilbert",
        problem_type="multi_label_classification",
        id2label={0: "no", 1: "yes"},
    )
    model.save_pretrained(tmp_path / "other")
    AutoTokenizer.from_pretrained(BUILT_IN / "tiny-distilbert").save_pretrained(tmp_path / "other")
    data = load_data("opinions", n=8)
    loaded, _ = load_model(tmp_path / "other")
    names = ("no", "yes")
    rows = Dataset(
        tuple({**row, "label": names[at % 2]} for at, row in enumerate(data)), "r", names
    )
    assert _one_step(loaded, rows).log[0]["loss"] < 2
