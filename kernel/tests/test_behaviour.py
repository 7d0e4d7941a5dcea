"""Behavioural tests of a classifier: judged fairly, shown clearly, and explained when miswritten."""

from typing import Any

import pytest
import torch

import tuningfork
from tuningfork import TrainConfig, load_data, load_model, train

run = tuningfork.test_model


@pytest.fixture(scope="module")
def model() -> Any:
    """A classifier that knows two words: "good" makes it say positive, "bad" negative."""
    made, tokenizer = load_model("tiny-distilbert", labels=("negative", "positive"))
    made.eval()
    original = made.forward

    def forward(input_ids: Any, **others: Any) -> Any:
        out = original(input_ids=input_ids, **others)
        texts = [tokenizer.decode(ids, skip_special_tokens=True) for ids in input_ids]
        scores = [20.0 * (text.count("good") - text.count("bad")) for text in texts]
        out.logits = torch.tensor([[-score, score] for score in scores])
        return out

    made.forward = forward
    return made


def test_each_kind_is_judged_by_its_own_rule(model: Any) -> None:
    found = run(
        model,
        [
            ["MFT", "a good film", "positive", "words"],
            ["MFT", "not a good film", "negative", "negation"],
            ["INV", "a good film", "a good book", "things"],
            ["INV", "a good film", "a bad film", "things"],
            ["DIR", "a good film", "a good good film", "positive", "up", "words"],
            ["DIR", "a good film", "a good bad film", "positive", "down"],
            ["dir", "a good film", "a good book", "negative", "up"],
        ],
    )
    assert [one.passed for one in found.outcomes] == [True, False, True, False, True, True, False]
    assert (found.passed, found.failed) == (4, 3)
    assert found.failures[0].got == "positive (100%)"
    assert found.failures[1].got == "positive → negative"


def test_the_table_has_a_matrix_and_every_failure(model: Any) -> None:
    found = run(model, [["MFT", "not <b>good</b>", "negative", "negation"], ["INV", "bad", "bad!"]])
    text, html = repr(found), found._repr_html_()
    assert "negation        0 of 1" in text
    assert "other                   1 of 1" in text
    assert "1 of 2 tests passed, 1 failed" in text
    assert "not <b>good</b>" in text
    assert "<b>" not in html
    assert "failed" not in repr(run(model, [["MFT", "good", "positive"]])).splitlines()[-2]


def test_what_is_written_wrongly_is_explained_with_its_number(model: Any) -> None:
    good = ["MFT", "good", "positive"]
    for wrong, message in (
        (["MTF", "good", "positive"], r"Test 2 is of kind 'MTF'. Did you mean 'MFT'"),
        (["MFT", "good"], r'Test 2 has 2 entries.*\["MFT", text, expected label\]'),
        (["MFT", "good", "possitive"], r"Test 2 .*'possitive'.*Did you mean 'positive'"),
        (["DIR", "good", "bad", "positive", "left"], '"up" or "down", not \'left\''),
        (["DIR", "good", "bad", "positiv", "up"], "Did you mean 'positive'"),
        (["MFT", 3, "positive"], "only texts in quotes"),
        ("MFT", "Test 2 is 'MFT'. Write a list"),
    ):
        with pytest.raises(ValueError, match=message):
            run(model, [good, wrong])
    for wrong_tests, message in (
        ([], "Give a list"),
        (good, "into a list of tests"),
        ("MFT", "Give"),
    ):
        with pytest.raises(ValueError, match=message):
            run(model, wrong_tests)
    with pytest.raises(TypeError, match="classifier"):
        run(load_model("tiny-gpt2")[0], [good])


@pytest.mark.slow
def test_a_model_that_never_saw_negation_fails_it_and_passes_after_more_data() -> None:
    tests = [
        ["MFT", f"The {thing} was not {word}.", label, "negation"]
        for thing in ("film", "hotel", "soup", "garden", "phone")
        for word, label in (
            ("wonderful", "negative"),
            ("lovely", "negative"),
            ("awful", "positive"),
        )
    ]

    def passed(negation: float) -> int:
        data = load_data("opinions", n=600, negation=negation)
        model, _ = load_model("tiny-distilbert", labels=data.labels)
        train(model, data, None, TrainConfig(max_steps=100, learning_rate=1e-3, save_seconds=None))
        model.train()
        found = run(model, tests)
        assert model.training
        assert run(model, tests) == found
        return found.passed

    assert passed(0.0) <= 5
    assert passed(0.4) >= 12
