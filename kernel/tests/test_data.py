"""Data sets, splits and settings."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuningfork import TrainConfig, load_data, split
from tuningfork.dataset import Dataset
from tuningfork.opinions import COMPLAINT, PRAISE
from tuningfork.tales import consistency


def test_the_same_seed_makes_the_same_rows() -> None:
    for name in ("opinions", "tales"):
        assert load_data(name, n=50, seed=4).rows == load_data(name, n=50, seed=4).rows
        assert load_data(name, n=50, seed=4).rows != load_data(name, n=50, seed=5).rows


def test_knobs_do_what_they_say() -> None:
    noisy = load_data("opinions", n=2000, flip=0.2, dup=0.3, imbalance=0.9, negation=0.5)
    share = {name: sum(bool(row[name]) for row in noisy) / 2000 for name in ("_flipped",)}
    assert share["_flipped"] == pytest.approx(0.2, abs=0.04)
    assert sum(row["_dup_of"] is not None for row in noisy) / 2000 == pytest.approx(0.3, abs=0.04)
    assert sum(row["_pattern"] == "not" for row in noisy) / 2000 == pytest.approx(0.5, abs=0.05)
    for row in noisy:
        if isinstance(row["_dup_of"], int):
            assert noisy[row["_dup_of"]]["text"] == row["text"]
    few = load_data("opinions", n=500, seen_words=0.1)
    said = {word for text in few.texts for word in text.lower().strip(".").split()}
    assert not said & set(PRAISE[6:] + COMPLAINT[6:])


def test_labels_are_true_to_the_words() -> None:
    for row in load_data("opinions", n=500, negation=0.0):
        words = str(row["text"]).lower().strip(".").split()
        last = next(word for word in reversed(words) if word in PRAISE + COMPLAINT)
        if row["_pattern"] == "plain":
            assert (last in PRAISE) == (row["label"] == "positive")


def test_a_generated_tale_is_consistent_and_a_mixed_up_one_is_not() -> None:
    one, two = load_data("tales", n=2, seed=8).texts
    assert consistency(one) == 1.0
    mixed = ". ".join([*one.split(". ")[:5], two.split(". ")[-1]])
    assert consistency(mixed) < 1.0


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.sampled_from("a b c d e f g h A B ".split()), min_size=1, max_size=60),
    seed=st.integers(0, 5),
)
def test_a_split_never_separates_duplicates(texts: list[str], seed: int) -> None:
    rows = tuple({"text": text, "label": "x"} for text in texts)
    parts = split(Dataset(rows, labels=("x",)), (0.5, 0.5), seed=seed)
    assert sum(map(len, parts)) == len(rows)
    first, second = ({str(row["text"]).casefold().strip() for row in part} for part in parts)
    assert not first & second


def test_a_split_keeps_the_proportions() -> None:
    data = load_data("opinions", n=400, imbalance=0.8)
    for part in split(data, (0.6, 0.2, 0.2)):
        assert part.counts()["positive"] / len(part) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: load_data("opinion"), "Did you mean 'opinions'"),
        (lambda: load_data("opinions", negatoin=0.1), "Did you mean 'negation'"),
        (lambda: load_data("opinions", n=0), "number of rows"),
        (lambda: split(load_data("tales", n=9), (0.9, 0.9)), "at most 1"),
        (lambda: TrainConfig(learning_rate=-1), "above 0"),
        (lambda: TrainConfig(lr_scheduler_type="liner"), "Did you mean 'linear'"),
        (lambda: TrainConfig(per_device_train_batch_size=0), "at least 1"),
    ],
)
def test_bad_values_are_told_plainly(call: object, words: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("evaluation_strategy", "eval_steps"),
        ("warmup_ratio", "warmup_steps"),
        ("learning_rat", "Did you mean 'learning_rate'"),
        ("group_by_length", "train_sampling_strategy"),
    ],
)
def test_misspelt_and_outdated_settings_are_named(name: str, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        TrainConfig(**{name: 1})
