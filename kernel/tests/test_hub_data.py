"""Data sets of the Hub, against its stand-in: which files are taken, and what is said when not."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tuningfork import hub_data, load_data
from tuningfork.hub import DataNotFound

from .small_hub import Fault, Repository, SmallHub, serving, single, use

ROWS = [("fine", 1), ("bad", 0), ("good", 1), ("poor", 0)]
CARD = """---
license: mit
dataset_info:
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': negative
          '1': positive
configs:
- config_name: default
  data_files:
  - split: train
    path: data/part-*.csv
  - split: test
    path: data/rest.csv
---
# Reviews
"""


@pytest.fixture
def shelves() -> dict[str, Repository]:
    return {}


@pytest.fixture
def hub(
    shelves: dict[str, Repository], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SmallHub]:
    with serving(SmallHub(shelves)) as made:
        use(made.address, tmp_path / "home", monkeypatch)
        yield made


def _table(rows: list[tuple[str, int]], named: bool = True) -> pa.Table:
    features = {
        "text": {"dtype": "string", "_type": "Value"},
        "label": {"names": ["negative", "positive"], "_type": "ClassLabel"},
    }
    table = pa.table({"text": [text for text, _ in rows], "label": [at for _, at in rows]})
    note = {"huggingface": json.dumps({"info": {"features": features}})}
    return table.replace_schema_metadata(note) if named else table


def _write(path: Path, content: str | pa.Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.write_text(content, "utf-8")
    else:
        pq.write_table(content, path)


def _csv(rows: list[tuple[str, int]]) -> str:
    return "text,label\n" + "".join(f"{text},{label}\n" for text, label in rows)


@pytest.fixture
def converted(tmp_path: Path, shelves: dict[str, Repository]) -> Path:
    """A program on `main`, as old data sets have it, and the Hub's own copy in Parquet."""
    main, copy = tmp_path / "main", tmp_path / "copy"
    _write(main / "reviews.py", "raise SystemExit('this was run')")
    _write(copy / "default/train/0000.parquet", _table(ROWS[:3]))
    _write(copy / "default/train/0001.parquet", _table(ROWS[3:]))
    _write(copy / "default/test/0000.parquet", _table([("so so", -1), ("great", 1)]))
    branches = {"main": main, "refs/convert/parquet": copy}
    shelves["someone/reviews"] = Repository(branches, kind="datasets")
    return copy


@pytest.fixture
def own(tmp_path: Path, shelves: dict[str, Repository]) -> Path:
    """Files as their makers have laid them out, which a README explains."""
    folder = tmp_path / "own"
    _write(folder / "README.md", CARD)
    _write(folder / "data/part-1.csv", _csv(ROWS[:2]))
    _write(folder / "data/part-2.csv", _csv(ROWS[2:]))
    _write(folder / "data/rest.csv", _csv([("great", 1)]))
    shelves["someone/own"] = single(folder, kind="datasets")
    return folder


def test_the_copy_of_the_hub_is_read_with_the_names_of_its_classes(
    hub: SmallHub, converted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = load_data("someone/reviews")
    assert [(row["text"], row["label"], row["_line"]) for row in data] == [
        ("fine", "positive", 1),
        ("bad", "negative", 2),
        ("good", "positive", 3),
        ("poor", "negative", 4),
    ]
    assert (data.name, data.labels) == ("someone/reviews", ("negative", "positive"))
    assert "split 'train' (there is also 'test')" in capsys.readouterr().out
    assert not hub.asked(ending=".py")


def test_labels_that_are_kept_secret_are_left_out(
    hub: SmallHub, converted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load_data("someone/reviews", split="test").texts == ["great"]
    assert "1 row has a text or label that is missing" in capsys.readouterr().out


def test_files_are_taken_as_the_readme_says(hub: SmallHub, own: Path) -> None:
    data = load_data("someone/own")
    assert [(row["text"], row["label"]) for row in data] == [
        ("fine", "positive"),
        ("bad", "negative"),
        ("good", "positive"),
        ("poor", "negative"),
    ]
    assert load_data("someone/own", split="test").texts == ["great"]


def test_a_readme_that_cannot_be_read_is_said(
    hub: SmallHub, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(own / "README.md", "---\nconfigs: [\n---\n")
    assert load_data("someone/own").counts() == {"0": 2, "1": 3}
    assert "settings at the top of its README are damaged" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("paths", "splits"),
    [
        (["train.csv", "test.csv"], {"train", "test"}),
        (
            ["a/train-00000-of-00001.csv", "a/validation-00000-of-00001.csv"],
            {"train", "validation"},
        ),
        (["dev/x.csv", "all.csv"], {"validation", "train"}),
        (["contest.csv", "latest.csv"], {"train"}),
        ([".hidden/test.csv", "reviews.csv"], {"train"}),
    ],
)
def test_without_a_readme_paths_tell_the_splits(
    hub: SmallHub,
    shelves: dict[str, Repository],
    tmp_path: Path,
    paths: list[str],
    splits: set[str],
) -> None:
    for path in paths:
        _write(tmp_path / "plain" / path, _csv(ROWS))
    shelves["someone/plain"] = single(tmp_path / "plain", kind="datasets")
    with pytest.raises(ValueError, match="has no split 'none'") as caught:
        load_data("someone/plain", split="none")
    listed = str(caught.value).partition("There is: ")[2].partition(". ")[0]
    assert listed == ", ".join(repr(one) for one in sorted(splits))


def test_other_columns_are_named_and_rows_drawn_by_chance(hub: SmallHub, own: Path) -> None:
    rows = "".join(f"text {at},{at // 50}\n" for at in range(100))
    _write(own / "data/rest.csv", "said,about\n" + rows)
    arguments: dict[str, Any] = {"split": "test", "text": "said", "label": "about"}
    data = load_data("someone/own", n=20, seed=1, **arguments)
    assert len(data) == 20
    assert len(data.labels) == 2
    assert data.texts == load_data("someone/own", n=20, seed=1, **arguments).texts
    assert data.texts != load_data("someone/own", n=20, seed=2, **arguments).texts
    with pytest.raises(ValueError, match="n must be from 1 to the number of rows, 100"):
        load_data("someone/own", n=101, **arguments)
    with pytest.raises(
        ValueError, match=r"no column 'sad' to take as the text. Did you mean 'said'"
    ):
        load_data("someone/own", split="test", text="sad")


def test_configurations_must_be_chosen(
    hub: SmallHub, shelves: dict[str, Repository], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    _write(copy / "cola/train/0000.parquet", _table(ROWS[:1]))
    _write(copy / "sst2/train/0000.parquet", _table(ROWS))
    branches = {"main": tmp_path, "refs/convert/parquet": copy}
    shelves["someone/many"] = Repository(branches, kind="datasets")
    with pytest.raises(ValueError, match=r"has 2 configurations: 'cola', 'sst2'. Choose one"):
        load_data("someone/many")
    with pytest.raises(ValueError, match=r"no configuration 'sst'. Did you mean 'sst2'"):
        load_data("someone/many", config="sst")
    assert len(load_data("someone/many", config="sst2")) == 4


def test_a_wrong_split_is_told_with_those_that_are_there(hub: SmallHub, converted: Path) -> None:
    with pytest.raises(ValueError, match=r"no split 'dev'. There is: 'test', 'train'. Choose one"):
        load_data("someone/reviews", split="dev")


def test_a_data_set_that_is_a_program_is_refused(
    hub: SmallHub, shelves: dict[str, Repository], tmp_path: Path
) -> None:
    _write(tmp_path / "old/old.py", "raise SystemExit('this was run')")
    _write(tmp_path / "old/raw.csv", _csv(ROWS))
    shelves["someone/old"] = single(tmp_path / "old", kind="datasets")
    with pytest.raises(
        ValueError, match=r"consists of a Python program.*copy in Parquet"
    ) as caught:
        load_data("someone/old")
    assert 'load_data("opinions")' in str(caught.value)
    assert not hub.asked(ending=".py")


def test_a_data_set_of_pictures_is_told(
    hub: SmallHub, shelves: dict[str, Repository], tmp_path: Path
) -> None:
    _write(tmp_path / "cats/cat.jpg", "miaow")
    shelves["someone/cats"] = single(tmp_path / "cats", kind="datasets")
    with pytest.raises(ValueError, match=r"no files that can be read here \(its files end in .jpg"):
        load_data("someone/cats")


def test_a_data_set_too_large_is_refused_before_it_comes(
    hub: SmallHub, converted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_data, "_MOST_BYTES", 100)
    with pytest.raises(ValueError, match="Choose a smaller split"):
        load_data("someone/reviews")
    assert not hub.bodies(".parquet")


def test_a_wrong_name_and_a_gated_one_are_told_with_a_way_out(hub: SmallHub, own: Path) -> None:
    with pytest.raises(DataNotFound, match="no data set named 'someone/owm' on the Hub") as caught:
        load_data("someone/owm")
    assert 'load_data("opinions")' in str(caught.value)
    hub.shelf.repositories["someone/own"].gated = True
    with pytest.raises(DataNotFound, match="'someone/own' may only be used after you have agreed"):
        load_data("someone/own")


def test_what_was_downloaded_is_there_without_a_network(
    hub: SmallHub, converted: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_data("someone/reviews")
    others = load_data("someone/own")
    hub.faults.append(Fault("/refs%2Fconvert%2Fparquet", how=500))
    assert load_data("someone/reviews").rows == first.rows
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    begin = time.perf_counter()
    assert load_data("someone/reviews").rows == first.rows
    assert load_data("someone/own").rows == others.rows
    with pytest.raises(
        DataNotFound, match="only 'train' was downloaded before, not the split 'test"
    ):
        load_data("someone/reviews", split="test")
    assert time.perf_counter() - begin < 3


@pytest.mark.parametrize("kind", ["refused", "silent"])
def test_no_network_is_told_within_three_seconds(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1] if kind == "silent" else 1
        use(f"http://127.0.0.1:{port}", tmp_path, monkeypatch)
        begin = time.perf_counter()
        with pytest.raises(DataNotFound, match=r"There is no network.*'someone/own'") as caught:
            load_data("someone/own")
        assert time.perf_counter() - begin < 3
    assert 'load_data("tickets")' in str(caught.value)


@pytest.mark.parametrize("name", ["here/reviews", "./someone/own", "someone/reviews.xlsx", "~/own"])
def test_a_path_is_not_taken_for_a_name_on_the_hub(name: str, hub: SmallHub) -> None:
    Path("here").mkdir()
    with pytest.raises((FileNotFoundError, ValueError)):
        load_data(name)
    assert not hub.asked()


def test_a_name_without_an_owner_is_told_how_to_write_it() -> None:
    with pytest.raises(ValueError, match="its owner, as in 'stanfordnlp/imdb'"):
        load_data("imdb")


@pytest.mark.parametrize("option", ["split", "config"])
def test_splits_are_for_the_hub_only(option: str, tmp_path: Path) -> None:
    _write(tmp_path / "a.csv", _csv(ROWS))
    chosen: dict[str, Any] = {option: "train"}
    with pytest.raises(ValueError, match=f"{option} cannot be given here"):
        load_data(tmp_path / "a.csv", **chosen)
    with pytest.raises(ValueError, match=f"'opinions' has no knob '{option}'"):
        load_data("opinions", **chosen)


def test_a_parquet_file_of_ones_own_tells_its_classes_too(tmp_path: Path) -> None:
    _write(tmp_path / "a.parquet", _table(ROWS))
    _write(tmp_path / "b.parquet", _table(ROWS, named=False))
    assert load_data(tmp_path / "a.parquet").labels == ("negative", "positive")
    assert load_data(tmp_path / "b.parquet").labels == ("0", "1")
