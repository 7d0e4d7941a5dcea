"""A quick part of `npm run bands`: each kind of figure, with fewer seeds and steps."""

from collections.abc import Iterator

import pytest

from banding import learning, padding, parts, resuming, writing
from banding.finding import Finding, between
from tuningfork import load_data


def _all_hold(found: Iterator[Finding]) -> list[Finding]:
    findings = list(found)
    assert [one.line() for one in findings if not one.holds] == []
    return findings


def test_pretraining_saves_labels() -> None:
    assert len(_all_hold(learning.pretraining((0,), sizes=(64,)))) == 3


def test_learning_rates_are_flat_good_and_collapsed() -> None:
    assert len(_all_hold(learning.rates((0,), chosen=(1e-6, 1e-1)))) == 3


def test_rank_1_is_enough_at_ten_times_the_learning_rate() -> None:
    low, high = _all_hold(learning.lora((0,), with_full=False))
    assert float(low.ours) < float(high.ours)


def test_without_the_end_of_the_text_nothing_stops() -> None:
    # One date over and over: what to write is learned at once, whether it ends is the question.
    data = load_data("dates", n=1, seed=1)
    rows = type(data)(data.rows * 64, "dates")
    right, ended = writing.writing(rows, data, 80, 4e-3, keeps_end=True, batch=8)
    assert (right, ended) == (1, 1)
    right, ended = writing.writing(rows, data, 80, 4e-3, keeps_end=False, batch=8)
    assert (right, ended) == (0, 0)


def test_padding_grouping_and_packing() -> None:
    assert len(_all_hold(padding.padding(steps=6))) == 7


def test_a_run_that_goes_on_needs_all_of_its_state() -> None:
    exact, *others = _all_hold(resuming.resuming(steps=24))
    assert exact.ours == "0"
    assert len(others) == 2


@pytest.mark.parametrize("measure", [parts.fused, parts.first_loss])
def test_small_figures(measure: object) -> None:
    assert callable(measure)
    _all_hold(measure())


def test_gradient_checkpointing_keeps_a_tenth() -> None:
    assert len(_all_hold(parts.checkpointing(rows=2, timed=False))) == 1


def test_a_figure_outside_of_its_band_is_told() -> None:
    assert between("x", "1", 0.5, 0.4, 0.6).holds
    line = between("x", "1", 0.7, 0.4, 0.6).line()
    assert line == "| x | 1 | 0.7 | 0.4 to 0.6 | **no** |"
