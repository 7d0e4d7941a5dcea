"""Data sets, splits and settings."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuningfork import TrainConfig, load_data, split
from tuningfork.dataset import Dataset, Row
from tuningfork.opinions import COMPLAINT, PRAISE
from tuningfork.splits import normalised
from tuningfork.tales import consistency


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


WORDS = st.sampled_from(["a", "A ", "a.", "b", "«B»", "c  d", "C d!", "don’t", "dont", "!", "?"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": WORDS,
            "label": st.sampled_from("xyz"),
            "_dup_of": st.none() | st.integers(0, 20),
            "author": st.sampled_from("abcdefghijklmnop"),
        }
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 5), group=st.none() | st.just("author"))
def test_a_split_never_separates_what_belongs_together(
    rows: list[Row], seed: int, group: str | None
) -> None:
    for at, row in enumerate(rows):
        row["id"] = at
    parts = split(Dataset(tuple(rows)), (0.5, 0.3, 0.2), seed=seed, group=group)
    assert sorted(row["id"] for part in parts for row in part) == list(range(len(rows)))
    home = {row["id"]: at for at, part in enumerate(parts) for row in part}
    for one in rows:
        for two in rows:
            same_text = normalised(str(one["text"])) == normalised(str(two["text"]))
            same_origin = one["_dup_of"] is not None and one["_dup_of"] == two["_dup_of"]
            copy = one["_dup_of"] == two["id"]
            if same_text or same_origin or copy or (group and one["author"] == two["author"]):
                assert home[one["id"]] == home[two["id"]]
    again = split(Dataset(tuple(rows)), (0.5, 0.3, 0.2), seed=seed, group=group)
    assert parts == again


def test_what_makes_texts_the_same() -> None:
    same = ("The soup: great!", " the  SOUP great", "“The soup” – great…", "The\u200b soup, great")
    assert {normalised(text) for text in same} == {"the soup great"}
    assert normalised("Don’t") == normalised("DON'T") == "dont"
    assert normalised("ﬁne Straße") == normalised("FINE STRASSE")
    assert (
        len({normalised(text) for text in ("5+3", "5=3", "5-3", "!", "?", "ok 😀", "ok €", "")})
        == 8
    )


def test_copies_stay_together_in_a_slice_of_the_data() -> None:
    rows = load_data("opinions", n=600, dup=0.3, leak=0.5, seed=2).rows
    parts = split(Dataset(rows[100:]), (0.5, 0.5))
    first, second = (
        {row["_row"] if row["_dup_of"] is None else row["_dup_of"] for row in part}
        for part in parts
    )
    assert not first & second
    near = [{"text": f"copy {at}", "_row": 40 + at, "_dup_of": at} for at in range(40)]
    rows = [*near, *({"text": f"row {at}", "_row": at} for at in reversed(range(40)))]
    for part in split(Dataset(tuple(rows)), (0.5, 0.5)):
        assert {row["_row"] for row in part if "_dup_of" not in row} == {
            row["_dup_of"] for row in part if "_dup_of" in row
        }


@settings(max_examples=80, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=30, max_size=80),
    labels=st.integers(1, 8),
    seed=st.integers(0, 3),
)
def test_shares_are_kept_as_nearly_as_groups_allow(
    sizes: list[int], labels: int, seed: int
) -> None:
    rows = [
        {"text": f"text {at}", "label": str(at % labels)}
        for at, size in enumerate(sizes)
        for _ in range(size)
    ]
    parts = split(Dataset(tuple(rows)), (0.8, 0.1, 0.1), seed=seed)
    for part, share in zip(parts, (0.8, 0.1, 0.1), strict=True):
        assert abs(len(part) - share * len(rows)) <= 4


def test_small_labels_and_large_groups_do_not_starve_a_part() -> None:
    few = Dataset(tuple({"text": f"{at}", "label": str(at % 20)} for at in range(60)))
    assert [len(part) for part in split(few, (0.8, 0.1, 0.1))] == [48, 6, 6]
    sizes = [50, 30, *[1] * 120]
    rows = [{"text": f"{at}"} for at, size in enumerate(sizes) for _ in range(size)]
    assert [len(part) for part in split(Dataset(tuple(rows)), (0.8, 0.1, 0.1))] == [160, 20, 20]
    assert [len(part) for part in split(few, (0.5, 0.25))] == [30, 15]
    for seed in range(8):
        rows = [
            {"text": f"{at}"} for at, size in enumerate([6, 6, 6, *[1] * 12]) for _ in range(size)
        ]
        assert [len(part) for part in split(Dataset(tuple(rows)), (0.5, 0.5), seed=seed)] == [
            15,
            15,
        ]


def test_pairs_are_spread_over_the_parts_like_other_rows() -> None:
    rows = [{"text": f"{at}"} for at in range(300) for _ in range(2 if at < 100 else 1)]
    for part, pairs in zip(split(Dataset(tuple(rows)), (0.8, 0.1, 0.1)), (80, 10, 10), strict=True):
        counts = Counter(part.texts)
        assert sum(count == 2 for count in counts.values()) == pairs


def test_labels_are_stratified_to_the_row_unless_told_otherwise() -> None:
    rows = tuple({"text": f"{at}", "label": "rare" if at < 20 else "usual"} for at in range(200))
    data = Dataset(rows, labels=("rare", "usual"))
    assert [part.counts()["rare"] for part in split(data)] == [16, 2, 2]
    free = [
        [part.counts()["rare"] for part in split(data, stratify=False, seed=s)] for s in range(5)
    ]
    assert free.count([16, 2, 2]) < 5


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
        (lambda: split(load_data("tales", n=9), (float("nan"), 0.5)), "above 0"),
        (lambda: split(load_data("tales", n=9), ()), "above 0"),
        (lambda: split(load_data("tales", n=9), 0.5), "above 0"),
        (lambda: split(load_data("tales", n=9), ("half",)), "above 0"),
        (lambda: split(load_data("dates", n=9), group="promt"), "Did you mean 'prompt'"),
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
