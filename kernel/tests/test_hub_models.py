"""GPT-2 Small, DistilBERT and TinyBERT, in their true sizes, from the Hub's stand-in to training."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tuningfork import TrainConfig, load_data, load_model, predict, save_model, train
from tuningfork.hub import ModelNotFound
from tuningfork.models import BUILT_IN

from .real_sizes import DISTILBERT, GPT2, TINYBERT
from .small_hub import Fault, Repository, SmallHub, serving, sha256, single, use

Made = Callable[[str], Path]
WEIGHTS = "model.safetensors"
#: Where the Hub has them by now; the old names lead there.
MOVED = {GPT2: "openai-community/gpt2", DISTILBERT: "distilbert/distilbert-base-uncased"}


@pytest.fixture
def shelves() -> dict[str, Repository]:
    return {}


@pytest.fixture
def hub(
    shelves: dict[str, Repository], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SmallHub]:
    with serving(SmallHub(shelves, **MOVED)) as made:
        use(made.address, tmp_path / "home", monkeypatch)
        yield made
    # Half a gigabyte that pytest would keep for a while.
    shutil.rmtree(tmp_path / "home", ignore_errors=True)


def _two_steps(model: Any, data: Any) -> list[float]:
    config = TrainConfig(
        max_steps=2, max_length=16, per_device_train_batch_size=4, save_seconds=None
    )
    return [row["loss"] for row in train(model, data, None, config).log]


def test_gpt2_small_is_downloaded_and_trains(
    hub: SmallHub, shelves: dict[str, Repository], real_model: Made
) -> None:
    served = real_model(GPT2)
    shelves[MOVED[GPT2]] = single(served)
    assert (served / WEIGHTS).stat().st_size // 1_000_000 == 548
    model, tokenizer = load_model(GPT2)
    assert (model.num_parameters(), model.config.n_layer) == (124_440_576, 12)
    assert (tokenizer.eos_token_id, tokenizer.pad_token_id) == (50256, 50257)
    data = load_data("tales", n=8)
    losses = _two_steps(model, data)
    # A guess among 50,258 tokens costs ln(50258) = 10.8.
    assert [10 < loss < 12 for loss in losses] == [True, True]


def test_distilbert_goes_on_after_a_cut_and_trains(
    hub: SmallHub,
    shelves: dict[str, Repository],
    real_model: Made,
    capsys: pytest.CaptureFixture[str],
) -> None:
    served = real_model(DISTILBERT)
    shelves[MOVED[DISTILBERT]] = single(served)
    hub.faults.append(Fault(WEIGHTS, after=150_000_000))
    data = load_data("opinions", n=8)
    model, _ = load_model(DISTILBERT, labels=data.labels)
    bodies = hub.bodies(WEIGHTS)
    assert [one.part for one in bodies] == [None, "bytes=150000000-"]
    assert sum(one.sent for one in bodies) == (served / WEIGHTS).stat().st_size
    assert "downloaded 268 MB" in capsys.readouterr().out
    assert model.num_parameters() == 66_955_010
    assert all(0.4 < loss < 1.1 for loss in _two_steps(model, data))


@pytest.fixture
def tinybert(tmp_path: Path, real_model: Made) -> Repository:
    """As its makers left it, without safetensors, and with what the Hub's converter proposes."""
    branch = real_model(TINYBERT)
    main = tmp_path / "main"
    shutil.copytree(branch, main, ignore=shutil.ignore_patterns(WEIGHTS))
    shutil.copytree(main, proposed := tmp_path / "proposed")
    (main / "pytorch_model.bin").write_bytes(b"\x80\x04 anything could be in here")
    (proposed / "pytorch_model.bin").write_bytes(b"\x80\x04 anything could be in here")
    (proposed / WEIGHTS).hardlink_to(branch / WEIGHTS)
    branches = {"main": main, "refs/pr/3": proposed}
    return Repository(branches, offers=((7, "somebody"), (3, "SFconvertbot")))


def test_tinybert_comes_as_the_hub_has_converted_it_and_trains(
    hub: SmallHub,
    shelves: dict[str, Repository],
    tinybert: Repository,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shelves[TINYBERT] = tinybert
    data = load_data("opinions", n=8)
    model, tokenizer = load_model(TINYBERT, labels=data.labels)
    assert "the Hub's own conversion (pr/3, by SFconvertbot)" in capsys.readouterr().out
    assert not hub.asked(ending=".bin")
    assert model.num_parameters() == 14_350_874
    assert tokenizer.convert_tokens_to_ids(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]) == [
        0,
        100,
        101,
        102,
        103,
    ]
    assert all(0.4 < loss < 1.1 for loss in _two_steps(model, data))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    load_model(TINYBERT, labels=data.labels)


@pytest.mark.parametrize("wrong", ["author", "tokenizer", "program", "nothing there"])
def test_a_conversion_is_taken_only_from_the_converter_and_only_for_the_weights(
    hub: SmallHub, shelves: dict[str, Repository], tinybert: Repository, wrong: str
) -> None:
    shelves[TINYBERT] = tinybert
    proposed = tinybert.branches["refs/pr/3"]
    if wrong == "author":
        tinybert.offers = ((3, "somebody"),)
    elif wrong == "tokenizer":
        (proposed / "vocab.txt").write_text("changed", "utf-8")
    elif wrong == "program":
        (proposed / "modeling_new.py").write_text("print('hello')", "utf-8")
    else:
        (proposed / WEIGHTS).unlink()
    with pytest.raises(ModelNotFound, match="no safetensors weights, and other kinds can hold"):
        load_model(TINYBERT, labels=("a", "b"))
    assert not hub.asked(ending=".bin")
    assert not hub.bodies(WEIGHTS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"auto_map": {"AutoModel": "modeling_x.XModel"}}, "Python program that comes with it"),
        ({"model_type": "entirely-new"}, "'entirely-new', that transformers"),
        ({"model_type": None}, "does not say what kind of model it is"),
        ({"model_type": "t5"}, "kind 't5', which cannot be used for generation"),
    ],
)
def test_a_model_that_does_not_fit_is_refused_before_its_weights_come(
    hub: SmallHub,
    shelves: dict[str, Repository],
    tmp_path: Path,
    change: dict[str, Any],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked whether to run a program"))
    folder = Path(shutil.copytree(BUILT_IN / "tiny-gpt2", tmp_path / "odd"))
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, **change}), "utf-8")
    (folder / "modeling_x.py").write_text("raise SystemExit('this was run')", "utf-8")
    shelves["someone/odd"] = single(folder)
    for name in ("someone/odd", str(folder)):
        with pytest.raises(ValueError, match=words) as caught:
            load_model(name, task="generation")
        assert 'load_model("tiny-gpt2")' in str(caught.value)
    assert not hub.bodies(WEIGHTS)
    assert not hub.asked(ending=".py")


def test_a_tokenizer_with_a_program_is_refused(
    hub: SmallHub, shelves: dict[str, Repository], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(BUILT_IN / "tiny-gpt2", tmp_path / "odd"))
    about = {"auto_map": {"AutoTokenizer": ["tokenization_x.X", None]}}
    (folder / "tokenizer_config.json").write_text(json.dumps(about), "utf-8")
    shelves["someone/odd"] = single(folder)
    with pytest.raises(ValueError, match="Python program that comes with it"):
        load_model("someone/odd", task="generation")


def test_a_classifier_of_the_hub_brings_its_labels(
    hub: SmallHub, shelves: dict[str, Repository], tmp_path: Path
) -> None:
    model, _ = load_model("tiny-distilbert", labels=("no", "yes"))
    save_model(model, tmp_path / "tuned")
    shelves["someone/tuned"] = single(tmp_path / "tuned")
    there, _ = load_model("someone/tuned")
    assert there.config.id2label == {0: "no", 1: "yes"}
    text = ["The soup was lovely."]
    assert predict(there, text) == predict(model, text)
    shelves["someone/base"] = single(BUILT_IN / "tiny-distilbert")
    with pytest.raises(ValueError, match=r"at least two labels: pass labels=data.labels"):
        load_model("someone/base")


def test_weights_in_several_files_are_all_fetched(
    hub: SmallHub, shelves: dict[str, Repository], tmp_path: Path
) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tmp_path / "sharded"
    AutoModelForCausalLM.from_pretrained(BUILT_IN / "tiny-gpt2").save_pretrained(
        folder, max_shard_size="1MB"
    )
    AutoTokenizer.from_pretrained(BUILT_IN / "tiny-gpt2").save_pretrained(folder)
    (folder / "other.safetensors").write_bytes(b"of no use here")
    shelves["someone/sharded"] = single(folder)
    load_model("someone/sharded", task="generation")
    shards = sorted(folder.glob("model-*.safetensors"))
    assert len(shards) > 1
    assert [len(hub.bodies(one.name)) for one in shards] == [1] * len(shards)
    assert not hub.bodies("other.safetensors")
    fetched = next((tmp_path / "home/hub").glob(f"*/snapshots/*/{shards[0].name}"))
    assert sha256(fetched) == sha256(shards[0])
