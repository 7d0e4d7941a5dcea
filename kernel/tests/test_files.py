"""Reading files: every format, every alphabet, and what is said when something is wrong."""

import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tuningfork import load_data
from tuningfork.csv_text import lines_of, separator

GOOD = [("The soup was great.", "good"), ("A dull, grey day.", "bad"), ("Café Zoë!", "good")]


def _write(path: Path, content: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding))
    return path


def _csv(sign: str = ",") -> str:
    return "".join(f'"{text}"{sign}{label}\r\n' for text, label in [("text", "label"), *GOOD])


def _pairs(path: Path) -> list[tuple[object, object]]:
    return [(row["text"], row["label"]) for row in load_data(path)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", _csv()),
        ("semicolons.csv", _csv(";")),
        ("bars.csv", _csv("|")),
        ("a.tsv", _csv("\t")),
        ("commas.tsv", _csv()),
        ("A.CSV", _csv().replace("\r\n", "\r")),
        ("a.json", json.dumps([{"text": text, "label": label} for text, label in GOOD])),
        ("a.jsonl", "\n\n".join(json.dumps({"label": b, "text": a}) for a, b in GOOD)),
    ],
)
def test_each_format_gives_the_same_rows(tmp_path: Path, name: str, content: str) -> None:
    data = load_data(_write(tmp_path / name, content))
    assert [(row["text"], row["label"]) for row in data] == GOOD
    assert (data.labels, data.name) == (("bad", "good"), name)


def test_parquet_gives_the_same_rows_and_keeps_other_columns(tmp_path: Path) -> None:
    texts, labels = zip(*GOOD, strict=True)
    table = pyarrow.table({"content": texts, "category": labels, "stars": [5, 1, 4]})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    data = load_data(str(tmp_path / "a.parquet"))
    assert [(row["text"], row["label"]) for row in data] == GOOD
    assert [row["stars"] for row in data] == [5, 1, 4]
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no more than this")
    with pytest.raises(ValueError, match="not a whole Parquet file"):
        load_data(tmp_path / "a.parquet")


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ImportError, match="pip install pyarrow"):
        load_data(_write(tmp_path / "a.parquet", "PAR1"))


def test_plain_text_is_one_text_per_line(tmp_path: Path) -> None:
    odd = "one\u2028still one"
    data = load_data(_write(tmp_path / "a.txt", f"{odd}\r\n\r\n  two \n"))
    assert [(row["text"], row["_line"]) for row in data] == [(odd, 1), ("two", 3)]
    assert data.labels == ()


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", ""),
        ("utf-8-sig", "byte order mark"),
        ("utf-16", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "line 4 is the first that shows it), so it was read as Western Windows text"),
    ],
)
def test_alphabets_are_found_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str, said: str
) -> None:
    assert _pairs(_write(tmp_path / "a.csv", _csv(), encoding)) == GOOD
    told = capsys.readouterr().out
    assert said in told
    assert ("read as" in told) == bool(said)


def test_columns_are_guessed_and_the_guess_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _write(tmp_path / "a.csv", "id,Review,TARGET\n1,fine,x\n2,poor,y\n")
    first = load_data(path)[0]
    assert first == {"text": "fine", "label": "x", "id": "1", "_line": 2}
    told = capsys.readouterr().out
    assert "texts are in 'Review', the labels in 'TARGET'. That is a guess" in told
    load_data(path, text="Review", label="id")
    assert "guess" not in capsys.readouterr().out
    assert "label" not in load_data(path, label="")[0]
    load_data(_write(path, "text,stars\na,1\n"))
    assert "no labels (no column is called label, class, category, target)" in (
        capsys.readouterr().out
    )


def test_a_taken_name_does_not_lose_the_other_column(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", "title,text,label,other_text\nT,body,x,o\nU,more,y,p\n")
    row = load_data(path, text="title")[0]
    assert row == {
        "text": "T", "label": "x", "other_other_text": "body", "other_text": "o", "_line": 2
    }  # fmt: skip
    assert load_data(path, label="")[0]["other_label"] == "x"


def test_rows_with_nothing_in_them_are_left_out_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = 'text,label\nfine,x\n,x\nnan,y\n"two\nlines",y\npoor,\npoor,NaN\n'
    data = load_data(_write(tmp_path / "a.csv", content))
    assert [(row["text"], row["_line"]) for row in data] == [("fine", 2), ("two\nlines", 5)]
    assert "4 rows have a text or label that is missing" in (told := capsys.readouterr().out)
    assert "lines 3, 4, 7 and 8" in told


def test_numbers_as_labels_become_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"text": "a", "label": 1}, {"text": "b", "label": 0.0}, {"text": 7, "label": None}]
    data = load_data(_write(tmp_path / "a.json", json.dumps(rows)))
    assert [(row["text"], row["label"]) for row in data] == [("a", "1"), ("b", "0")]
    assert "was left out: row 3." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("text,label\na,Good\nb,good \nc,bad\n", "'Good', 'good ' differ only in capitals"),
        ("text,label\na,good\nb,good\n", "nothing to tell apart"),
        ("text,label\n" + "".join(f"a{i},{i}\n" for i in range(30)), "Is it really a label?"),
        ("text,label\n" + "".join(f"a{i},{i % 60}\n" for i in range(600)), "has 60 different"),
        ("text;label\na;b\nc;d\n", "parted by semicolons"),
        ("text,label\na,b\ntext,label\nc,d\n", "once more in line 3; left out"),
    ],
)
def test_doubts_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, words: str
) -> None:
    load_data(_write(tmp_path / "a.csv", content))
    assert words in capsys.readouterr().out


def test_a_column_of_its_own_may_have_commas_and_a_text_may_be_long(tmp_path: Path) -> None:
    assert load_data(_write(tmp_path / "a.csv", "text\nHello, you\nBye, all\n")).texts == [
        "Hello, you",
        "Bye, all",
    ]
    long = "word, " * 40_000
    assert (
        load_data(_write(tmp_path / "b.csv", f'text,label\n"{long}",x\ny,z\n'))[0]["text"] == long
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "", "a.csv is empty"),
        ("a.csv", " \n\n", "a.csv is empty"),
        ("a.csv", '""\n', "a.csv is empty"),
        ("a.csv", "text,label\n", "no rows below"),
        ("a.csv", "text,label\n,x\nnan,y\n", r"no row has a text in 'text' and a label in 'label'"),
        (
            "a.csv",
            "text,label\na,b\n\nc, d,e\nf,g,h\n",
            r"line 4 has 3 values .* 2 names: “c, d,e”",
        ),
        ("a.csv", "text,label\na,b\nc,d,e\nf,g,h\n", "The same is true of line 4"),
        ("a.csv", "text,label\na,b\nc\n", r"line 3 has 1 values.*Add what is missing"),
        ("a.csv", "text,label\r" + "a,b\r" * 3 + "c,d,e\r", "line 5 has 3 values"),
        ("a.csv", 'text,label\na,b\n"open,c\nd,e\n', "line 3: a quotation mark"),
        ("a.csv", "text,label,label\na,b,c\n", "two columns 'label'"),
        ("a.csv", "great film,1\nbad film,0\n", r"none of its columns.*line of names above it"),
        ("a.csv", "PK\x03\x04...", "Excel, Word or ZIP"),
        ("a.csv", "a\0b,c", "zero bytes"),
        ("a.json", '[{"text": "a"},\n{"text": }]', "line 2, sign 10"),
        ("a.json", '{"text": "a"}\n{"text": "b"}', "name the file a.jsonl"),
        ("a.json", '{"text": "a"}', "holds an object, but a list"),
        ("a.json", '[{"text": "a"}, 3]', "row 2 holds a number"),
        ("a.json", "[]", "an empty list"),
        ("a.json", '[{"text": ["a"]}]', "row 1: the column 'text' holds a list, not a text"),
        ("a.jsonl", '{"text": "a"}\n\n{"text": "b"\n', "line 3 is not whole JSON"),
        ("a.jsonl", '{"text": "a"}\n["b"]\n', "line 2 holds a list"),
        ("a.xlsx", "x", "of a kind that cannot be read"),
        ("noending.", "x", "of a kind that cannot be read"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        load_data(_write(tmp_path / name, content))
    assert capsys.readouterr().out == ""


def test_bytes_of_no_alphabet_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"caf\x81")
    with pytest.raises(ValueError, match="byte 3 is neither"):
        load_data(path)
    path.write_bytes(b"\xff\xfea")
    with pytest.raises(ValueError, match="begins as UTF-16"):
        load_data(path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"text": "txet"}, "Did you mean 'text'"),
        ({"label": "lable"}, "Did you mean 'label'"),
        ({"text": "text", "label": "text"}, "no column 'text' to take as the label"),
        ({"n": 5}, "n cannot be given"),
        ({"flip": 0.1}, "flip cannot be given"),
    ],
)
def test_wrong_options_are_told(tmp_path: Path, options: dict[str, object], words: str) -> None:
    path = _write(tmp_path / "a.csv", _csv())
    with pytest.raises(ValueError, match=words):
        load_data(path, **options)


def test_a_missing_file_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    _write(tmp_path / "reviews.csv", _csv())
    with pytest.raises(FileNotFoundError, match=r"Did you mean 'reviews\.csv'"):
        load_data(tmp_path / "revews.csv")
    with pytest.raises(FileNotFoundError, match="no folder"):
        load_data(tmp_path / "none" / "reviews.csv")
    with pytest.raises(ValueError, match="is a folder"):
        load_data(tmp_path)
    with pytest.raises(ValueError, match="write its ending as well"):
        load_data("reviews")
    with pytest.raises(ValueError, match=r"Name a file.*'opinions'"):
        load_data("")


def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path / "a.csv", _csv())

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(OSError, match=r"Permission denied\. Look at its permissions"):
        load_data(path)


def test_separators_and_lines_in_words() -> None:
    assert separator("a;b\n1,5;2\n") == ";"
    assert separator("text, long, whole;label\nx;y\nz;w\n") == ";"
    assert separator("text\tlabel\na, b\tc\n") == "\t"
    assert separator("just one, name\n", tabs=True) == ","
    assert lines_of([4]) == "line 4"
    assert lines_of([1, 2, 3, 4, 5, 6, 7]) == "lines 1, 2, 3, 4, 5 and 2 more"
