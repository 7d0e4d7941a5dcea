"""Behavioural tests for a classifier, after CheckList (Ribeiro et al., 2020).

They do not ask how often it is right on average, but whether it can do one thing.

MFT (minimum functionality): an easy text must get its label. INV (invariance): a change that means
nothing must not change the answer. DIR (direction): a change must make a label more or less likely.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tuningfork.models import Known, knowledge
from tuningfork.scores import logits_of
from tuningfork.suggest import did_you_mean
from tuningfork.table import html_table, text_table

_FORMS = {
    "MFT": '["MFT", text, expected label]',
    "INV": '["INV", text, changed text]',
    "DIR": '["DIR", text, changed text, label, "up" or "down"]',
}
#: Entries of each kind of test; one more names what is tested, such as "negation".
_LENGTHS = {"MFT": 3, "INV": 3, "DIR": 5}


@dataclass(frozen=True)
class Check:
    """One test, understood: `texts` is one text (MFT) or the text before and after a change."""

    kind: str
    texts: tuple[str, ...]
    about: str
    label: str = ""
    direction: str = ""


@dataclass(frozen=True)
class Outcome:
    """One test with what the model made of it."""

    check: Check
    passed: bool
    expected: str
    got: str


@dataclass(frozen=True)
class Behaviour:
    """The outcomes of all tests: shares of passed ones by ability and kind, then each failure."""

    outcomes: tuple[Outcome, ...]

    @property
    def passed(self) -> int:
        return sum(outcome.passed for outcome in self.outcomes)

    @property
    def failed(self) -> int:
        return len(self.outcomes) - self.passed

    @property
    def failures(self) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if not outcome.passed)

    def _matrix(self) -> tuple[list[str], list[list[str]], str]:
        kinds = [kind for kind in _FORMS if any(o.check.kind == kind for o in self.outcomes)]
        cells: dict[tuple[str, str], list[bool]] = defaultdict(list)
        for outcome in self.outcomes:
            cells[outcome.check.about, outcome.check.kind].append(outcome.passed)
        abilities = list(dict.fromkeys(outcome.check.about for outcome in self.outcomes))
        rows = [[about, *(_share(cells[about, kind]) for kind in kinds)] for about in abilities]
        note = f"{self.passed} of {len(self.outcomes)} tests passed, {self.failed} failed"
        return ["what is tested", *kinds], rows, note

    def _failed_rows(self) -> tuple[list[str], list[list[str]]]:
        rows = [
            [one.check.kind, " → ".join(one.check.texts), one.expected, one.got]
            for one in self.failures
        ]
        return ["failed", "text", "expected", "model says"], rows

    def __repr__(self) -> str:
        shown = text_table(*self._matrix())
        return shown + "\n\n" + text_table(*self._failed_rows()) if self.failed else shown

    def _repr_html_(self) -> str:
        shown = html_table(*self._matrix())
        return shown + html_table(*self._failed_rows()) if self.failed else shown


def test_model(model: Any, tests: Sequence[Sequence[str]]) -> Behaviour:
    """Runs behavioural tests on a classifier.

    Each test is a list, and may end with one more word that says what is tested::

        test_model(model, [
            ["MFT", "the soup was not tasty", "negative", "negation"],
            ["INV", "the soup was tasty", "the SOUP was tasty", "capitals"],
            ["DIR", "the soup was tasty", "the soup was tasty and cheap", "positive", "down"],
        ])

    Raises:
        TypeError: when the model is not a classifier from `load_model`.
        ValueError: for a test that is not written like this, with its number.
    """
    known = knowledge(model)
    if known.task != "classification":
        raise TypeError("test_model needs a classifier: behavioural tests compare labels.")
    checks = [_understand(at, test, known) for at, test in enumerate(_listed(tests), start=1)]
    texts = list(dict.fromkeys(text for check in checks for text in check.texts))
    logits = dict(zip(texts, _logits(model, texts, known), strict=True))
    judges = {"MFT": _judge_label, "INV": _judge_same, "DIR": _judge_move}
    return Behaviour(
        tuple(
            judges[check.kind](check, [logits[text] for text in check.texts], known)
            for check in checks
        )
    )


def _share(passed: list[bool]) -> str:
    return f"{sum(passed)} of {len(passed)}" if passed else ""


def _listed(tests: Any) -> Sequence[Any]:
    if isinstance(tests, str) or not isinstance(tests, Sequence) or not tests:
        raise ValueError(f"Give a list of tests, such as [{_FORMS['MFT']}], not {tests!r}.")
    if isinstance(tests[0], str):
        raise ValueError("This is one test; put it into a list of tests: [[...]].")
    return tests


def _understand(at: int, test: Any, known: Known) -> Check:
    """A test as written by hand → a check."""
    if isinstance(test, str) or not isinstance(test, Sequence) or not test:
        raise ValueError(f"Test {at} is {test!r}. Write a list, such as {_FORMS['MFT']}.")
    if not all(isinstance(part, str) for part in test):
        raise ValueError(f"Test {at} may hold only texts in quotes: {list(test)!r}.")
    kind = test[0].upper()
    if kind not in _FORMS:
        raise ValueError(f"Test {at} is of kind {test[0]!r}. {did_you_mean(kind, _FORMS)}")
    length = _LENGTHS[kind]
    if len(test) not in (length, length + 1):
        raise ValueError(
            f"Test {at} has {len(test)} entries: {list(test)!r}. Write {_FORMS[kind]}; one more "
            "entry may say what is tested."
        )
    about = test[length] if len(test) > length else "other"
    if kind == "MFT":
        return Check(kind, (test[1],), about, _label(at, test[2], known))
    if kind == "INV":
        return Check(kind, (test[1], test[2]), about)
    if test[4] not in ("up", "down"):
        raise ValueError(f'Test {at} must say "up" or "down", not {test[4]!r}.')
    return Check(kind, (test[1], test[2]), about, _label(at, test[3], known), test[4])


def _label(at: int, label: str, known: Known) -> str:
    if label not in known.labels:
        hint = did_you_mean(label, known.labels)
        raise ValueError(f"Test {at} expects the label {label!r}, which the model lacks. {hint}")
    return label


def _logits(model: Any, texts: list[str], known: Known) -> list[Any]:
    """One vector of shape (labels,) per text, in double precision."""
    with known.turn.question(model):
        return [logits.double() for logits in logits_of(model, texts, known)]


def _said(logits: Any, known: Known) -> str:
    return known.labels[int(logits.argmax())]


def _judge_label(check: Check, logits: list[Any], known: Known) -> Outcome:
    said = _said(logits[0], known)
    sure = float(logits[0].softmax(-1).max())
    return Outcome(check, said == check.label, check.label, f"{said} ({sure:.0%})")


def _judge_same(check: Check, logits: list[Any], known: Known) -> Outcome:
    before, after = (_said(one, known) for one in logits)
    return Outcome(check, before == after, f"{before} both times", f"{before} → {after}")


def _judge_move(check: Check, logits: list[Any], known: Known) -> Outcome:
    at = known.labels.index(check.label)
    before, after = (_odds(one, at) for one in logits)
    moved = after > before if check.direction == "up" else after < before
    shares = [float(one.softmax(-1)[at]) for one in logits]
    expected = f"{check.label} {'more' if check.direction == 'up' else 'less'} likely"
    return Outcome(check, moved, expected, f"{check.label} {shares[0]:.1%} → {shares[1]:.1%}")


def _odds(logits: Any, at: int) -> float:
    """The logarithm of a label's odds: it goes up and down with the probability, but still moves
    when that is rounded to 1."""
    import torch

    others = torch.cat([logits[:at], logits[at + 1 :]])
    return float(logits[at] - others.logsumexp(0))
