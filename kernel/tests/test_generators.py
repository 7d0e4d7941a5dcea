"""Generated data: always the same for a seed, true to its truth columns, told when misused."""

import ipaddress
import json
import re
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuningfork import load_data
from tuningfork.data import GENERATORS
from tuningfork.dates import STYLES, written
from tuningfork.elements import ELEMENTS
from tuningfork.messy_files import KEY
from tuningfork.splits import normalised
from tuningfork.tickets import LABELS

#: The tenth row of seed 0.
TENTH = {
    "opinions": "The concert was magnificent but the museum was dreadful.",
    "tickets": "How do I set up the blender? The manual is in another language.",
    "dates": "the 15th of May 1976 -> 1976-05-15",
    "sums": "424+604=1028",
    "elements": "Which element has the number 52? tellurium",
    "messy": "The concert was magnificent but the museum was dreadful.",
}


@pytest.mark.parametrize("name", GENERATORS)
def test_a_seed_always_gives_the_same_rows(name: str) -> None:
    first = load_data(name, n=50, seed=4)
    assert len(first) == 50
    assert first.rows == load_data(name, n=50, seed=4).rows
    assert first.rows != load_data(name, n=50, seed=5).rows
    assert load_data(name).rows == load_data(name, seed=0).rows


def test_the_rows_of_a_seed_do_not_change_from_one_version_to_the_next() -> None:
    """Lessons and the built-in models count on these."""
    assert {name: load_data(name, n=10, seed=0).texts[9] for name in TENTH} == TENTH
    assert load_data("tales", n=2, seed=0).texts[1].startswith("Once there was a stubborn mouse")


def test_leaked_rows_copy_early_ones_in_other_clothes() -> None:
    data = load_data("opinions", n=1000, leak=0.4)
    leaked = [row for row in data if row["_leaked"]]
    assert len(leaked) / 200 == pytest.approx(0.4, abs=0.08)
    assert not any(row["_leaked"] for row in data[:800])
    for row in leaked:
        assert isinstance(row["_dup_of"], int)
        origin = data[row["_dup_of"]]
        assert origin["_row"] == row["_dup_of"] < 800
        assert normalised(str(origin["text"])) == normalised(str(row["text"]))
        assert origin["text"] != row["text"]
        assert origin["label"] == row["label"]


def test_tickets_have_the_asked_shares() -> None:
    even = load_data("tickets", n=3000)
    assert even.labels == LABELS
    assert all(count == pytest.approx(500, abs=80) for count in even.counts().values())
    uneven = load_data("tickets", n=3000, imbalance=0.95)
    assert uneven.counts()["delivery"] / 3000 == pytest.approx(0.95, abs=0.02)


def test_personal_data_is_told_and_belongs_to_nobody() -> None:
    data = load_data("tickets", n=2000, pii=0.3)
    told = [row["_pii"] for row in data]
    assert sum(map(bool, told)) / 2000 == pytest.approx(0.3, abs=0.04)
    anything = re.compile(r"\S+@[\w.]*\w|\d[\d.-]+\d")
    network = ipaddress.ip_network("192.0.2.0/24")
    for row in data:
        found = anything.findall(str(row["text"]))
        assert tuple(found) == row["_pii"]
        for value in found:
            if "@" in value:
                assert value.endswith("@example.com")
            elif "-" in value:
                assert re.fullmatch(r"555-01\d\d", value)
            else:
                assert ipaddress.ip_address(value) in network
    assert not any(row["_pii"] for row in load_data("tickets", n=500))


@pytest.mark.parametrize("name", ["dates", "sums", "elements"])
def test_text_is_the_prompt_and_then_the_answer(name: str) -> None:
    for row in load_data(name, n=200):
        text, prompt, answer = (str(row[key]) for key in ("text", "prompt", "answer"))
        assert text.startswith(prompt)
        assert text[len(prompt) :].strip() == answer
        assert prompt == prompt.strip()


@settings(max_examples=100, deadline=None)
@given(when=st.dates(date(1000, 1, 1), date(9999, 12, 31)), style=st.integers(0, len(STYLES) - 1))
def test_a_written_date_can_be_read_back(when: date, style: int) -> None:
    text = re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", written(when, style))
    text = re.sub(
        r"\b(the|of|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)\b", "", text
    )
    words = " ".join(re.sub(r"[,.-]", " ", text).split())
    ways = ("%d %B %Y", "%B %d %Y", "%d %m %Y", "%b %d %Y", "%Y %B %d", "%d %b %Y")
    read = set()
    for way in ways:
        try:
            read.add(datetime.strptime(words, way).date())
        except ValueError:
            continue
    assert read == {when}


def test_dates_keep_to_their_knobs() -> None:
    data = load_data("dates", n=500, first_year=2024, last_year=2024, styles=2)
    assert {str(row["answer"])[:4] for row in data} == {"2024"}
    assert {row["_style"] for row in data} == {0, 1}
    assert written(date(2024, 3, 11), 4) == "the 11th of March 2024"
    assert written(date(2024, 3, 22), 3) == "Friday, 22 March 2024"


def test_sums_are_right_and_different() -> None:
    for reverse in (False, True):
        rows = load_data("sums", n=500, digits=2, reverse=reverse).rows
        assert len({row["prompt"] for row in rows}) == 500
        for row in rows:
            answer = str(row["answer"])[:: -1 if reverse else 1]
            assert eval(str(row["prompt"]).strip("=")) == int(answer) == row["_sum"]
    assert len(load_data("sums", n=100, digits=1)) == 100


def test_elements_are_all_there_once() -> None:
    assert len(ELEMENTS) == 118
    assert len({name for name, _ in ELEMENTS}) == len({sign for _, sign in ELEMENTS}) == 118
    known = {79: ("gold", "Au"), 26: ("iron", "Fe"), 92: ("uranium", "U"), 118: ("oganesson", "Og")}
    assert all(ELEMENTS[number - 1] == pair for number, pair in known.items())
    for questions in (True, False):
        data = load_data("elements", questions=questions)
        assert len(set(data.texts)) == len(data) == 472
    texts = {text for q in (True, False) for text in load_data("elements", questions=q).texts}
    assert {"What is the symbol of iron? Fe", "The number of iron is 26"} <= texts
    assert "Which element has the number 79? gold" in texts


def test_messy_rows_tell_their_faults() -> None:
    data = load_data("messy", n=1000, faults=0.3)
    assert sum(bool(row["_fault"]) for row in data) / 1000 == pytest.approx(0.3, abs=0.05)
    for row in data:
        same = (row["text"], row["label"]) == (row["_text"], row["_label"])
        assert same == (row["_fault"] == "")
        assert str(row["label"]).strip().lower() == row["_label"]
    assert len(data.labels) > 2


def test_messy_files_have_the_faults_of_the_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "messy"
    data = load_data("messy", n=60, seed=2, folder=folder)
    key = json.loads((folder / KEY).read_text("utf-8"))
    assert {path.name for path in folder.iterdir()} == {KEY, *key}
    for name in ("latin-1.csv", "bom.csv", "two-headers.csv"):
        rows = load_data(folder / name)
        told = {fault["line"]: fault for fault in key[name]}
        kept = [row for row in data if row["_fault"] in ("", "label")]
        assert [row["text"] for row in rows] == [row["_text"] for row in kept]
        for row in rows:
            wrong = told.get(row["_line"], {"fault": ""})["fault"] == "label"
            right = told[row["_line"]]["right"] if wrong else row["label"]
            assert right in ("negative", "positive")
    again = next(f["line"] for f in key["two-headers.csv"] if f["fault"] == "header again")
    said = capsys.readouterr().out
    assert f"once more in line {again}; left out" in said
    for words in ("Western Windows text", "byte order mark", "capitals"):
        assert words in said
    lines = (folder / "blanks.txt").read_text("utf-8").split("\n")
    empty = [f["line"] for f in key["blanks.txt"] if f["fault"] == "empty line"]
    assert [lines[line - 1] for line in empty] == [""] * 6
    texts = load_data(folder / "blanks.txt").texts
    assert texts == [row["text"] for row in data if row["_fault"] not in ("blank", "nan")]
    broken = next(f["line"] for f in key["broken.jsonl"] if f["fault"] == "broken line")
    ragged = min(f["line"] for f in key["ragged.csv"] if "values" in f["fault"])
    for name, words in (
        ("broken.jsonl", f"line {broken} is not whole"),
        ("ragged.csv", f"line {ragged} has"),
        ("same-name.csv", "two columns 'label'"),
    ):
        with pytest.raises(ValueError, match=words):
            load_data(folder / name)


def test_messy_never_writes_over_mended_files(tmp_path: Path) -> None:
    load_data("messy", n=20, folder=tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    load_data("messy", n=20, folder=tmp_path)
    (tmp_path / "bom.csv").write_text("mended", "utf-8")
    (tmp_path / "latin-1.csv").unlink()
    with pytest.raises(FileExistsError, match="may be your own work"):
        load_data("messy", n=20, folder=tmp_path)
    assert (tmp_path / "bom.csv").read_text("utf-8") == "mended"
    assert not (tmp_path / "latin-1.csv").exists()
    assert all(path.read_bytes() == before[path] for path in [tmp_path / "ragged.csv"])


@pytest.mark.parametrize(
    ("name", "knobs", "words"),
    [
        ("opinions", {"flip": 2}, r"flip is a share .* between 0 and 1, not 2. For 2 % write 0.02"),
        ("opinions", {"flip": float("nan")}, "flip must be a number, not nan"),
        ("opinions", {"dup": -0.1}, "dup is a share"),
        ("opinions", {"leak": 1.5}, "leak is a share"),
        ("opinions", {"negation": "much"}, "negation must be a number, not 'much'"),
        ("opinions", {"imbalance": True}, "imbalance must be a number"),
        ("opinions", {"seen_words": 0}, "above 0 and at most 1"),
        ("opinions", {"length_sigma": float("inf")}, "from 0 to 2"),
        ("opinions", {"seed": 1.5}, "seed is a whole number"),
        ("opinions", {"n": 2.5}, "number of rows"),
        ("opinions", {"negatoin": 0.1}, "Did you mean 'negation'"),
        ("opinions", {"text": "text"}, "has no knob 'text'"),
        ("ticket", {}, "Did you mean 'tickets'"),
        ("tickets", {"pii": 20}, "For 20 % write 0.2"),
        ("tickets", {"imbalanse": 0.9}, "Did you mean 'imbalance'"),
        ("tales", {"n": True}, "number of rows"),
        ("tales", {"mood": 1}, "It has none"),
        ("dates", {"styles": 11}, "styles is a whole number from 1 to 10"),
        ("dates", {"first_year": 2000, "last_year": 1999}, "last_year is a whole number from 2000"),
        ("sums", {"digits": 7}, "from 1 to 6"),
        ("sums", {"reverse": 1}, "True or False"),
        ("sums", {"digits": 1, "n": 101}, "from 1 to 100"),
        ("elements", {"n": 473}, "from 1 to 472"),
        ("messy", {"faults": 2}, "faults is a share"),
        ("messy", {"n": 5, "folder": "nowhere"}, "at least 12"),
    ],
)
def test_misused_knobs_are_told(name: str, knobs: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        load_data(name, **knobs)
