"""Traps around loading models (M-401 to M-406): each is impossible, or told before step 1."""

import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file, save_file

from tests.small_hub import SmallHub, serving, single, use
from tuningfork import TrainConfig, load_data, load_model, save_model, train
from tuningfork.dataset import Dataset
from tuningfork.hub import ModelNotFound
from tuningfork.models import BUILT_IN
from tuningfork.opinions import documents

LABELS = ("negative", "positive")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small classifier's base model; a test may spoil it."""
    return shutil.copytree(BUILT_IN / "tiny-distilbert", tmp_path / "model")


@pytest.fixture
def tuned(tmp_path: Path) -> Path:
    """A trained classifier for two labels, saved."""
    data = load_data("opinions", n=16)
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    run = train(model, data, data, TrainConfig(max_steps=1, save_seconds=None))
    save_model(model, tmp_path / "tuned", run=run)
    return tmp_path / "tuned"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tuned: Path) -> Iterator[SmallHub]:
    with serving(SmallHub({"someone/tuned": single(tuned)})) as made:
        use(made.address, tmp_path / "home", monkeypatch)
        yield made


def _change(path: Path, **settings: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}))


def test_m401_without_network_or_with_a_wrong_name(
    hub: SmallHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caught: one sentence for each, and the built-in model as a way out."""
    with pytest.raises(ModelNotFound, match=r"no model named 'gtp2'.*Did you mean 'gpt2'"):
        load_model("gtp2")
    with pytest.raises(ModelNotFound, match=r"no model named 'some one/model'"):
        load_model("some one/model", labels=LABELS)
    use("http://127.0.0.1:1", tmp_path / "elsewhere", monkeypatch)
    with pytest.raises(ModelNotFound, match=r"no network.*load_model\(.tiny-gpt2.\)"):
        load_model("gpt2")


@pytest.mark.parametrize("other", ["smaller", "larger"])
def test_m402_the_tokenizer_of_another_model(folder: Path, other: str) -> None:
    """Caught: while loading, by its size."""
    about = json.loads((folder / "tokenizer.json").read_text())
    words = list(about["model"]["vocab"])
    kept = words[:600] if other == "smaller" else [*words, *(f"extra{n}" for n in range(300))]
    about["model"]["vocab"] = {word: at for at, word in enumerate(kept)}
    (folder / "tokenizer.json").write_text(json.dumps(about))
    with pytest.raises(ValueError, match="do not belong together"):
        load_model(folder, task="classification", labels=LABELS)


@pytest.mark.parametrize("name", ["tiny-distilbert", "tiny-gpt2"])
def test_m402_model_and_tokenizer_come_from_one_name(name: str) -> None:
    """Impossible with the defaults: one name gives both, and training takes the tokenizer that the
    model came with."""
    model, tokenizer = load_model(name, labels=LABELS)
    assert model.tuningfork.tokenizer is tokenizer
    assert len(tokenizer) == model.get_input_embeddings().weight.shape[0]


def test_m402_a_pretrained_model_begins_below_the_loss_of_chance() -> None:
    """Impossible: a tokenizer that fits gives text the model knows a loss far below ln V."""
    model, tokenizer = load_model("tiny-gpt2")
    rows = Dataset(tuple({"text": text} for text in documents(16, seed=5)))
    run = train(model, rows, None, TrainConfig(max_steps=1, save_seconds=None))
    assert run.log[0]["loss"] < 0.6 * math.log(len(tokenizer))


def test_m403_a_folder_that_holds_no_model(tmp_path: Path) -> None:
    """Caught: with what the folder has instead."""
    place = tmp_path / "results"
    place.mkdir()
    (place / "notes.txt").touch()
    (place / "checkpoint-120").mkdir()
    with pytest.raises(ValueError, match=r"no config\.json.*It has: checkpoint-120/, notes\.txt\."):
        load_model(place)
    with pytest.raises(ValueError, match=r"notes\.txt is a file\. A model is a folder"):
        load_model(place / "notes.txt")
    with pytest.raises(ValueError, match=r"There is no folder .*resluts"):
        load_model(tmp_path / "resluts")


def test_m403_a_folder_with_half_a_model(folder: Path, tmp_path: Path) -> None:
    """Caught: no weights, weights that are cut short, no word on what kind of model it is."""
    bare = shutil.copytree(folder, tmp_path / "bare", ignore=lambda *_: ["model.safetensors"])
    with pytest.raises(ValueError, match="no safetensors weights"):
        load_model(bare, labels=LABELS)
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:5000])
    with pytest.raises(ValueError, match="damaged"):
        load_model(folder, task="classification", labels=LABELS)
    weights.write_bytes(whole)
    _change(folder / "config.json", model_type="")
    with pytest.raises(ValueError, match="does not say what kind of model"):
        load_model(folder, task="classification", labels=LABELS)


def test_m403_weights_of_another_model(folder: Path) -> None:
    """Caught: transformers would fill what is missing with random numbers, with a warning."""
    weights = load_file(folder / "model.safetensors")
    half = {name: value for name, value in weights.items() if ".layer.1." not in name}
    save_file(half, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"\d+ of the weights .* are missing .*layer\.1\."):
        load_model(folder, task="classification", labels=LABELS)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    _change(folder / "config.json", hidden_dim=256)
    with pytest.raises(ValueError, match="another shape"):
        load_model(folder, task="classification", labels=LABELS)


def test_m404_a_trained_head_for_other_labels(tuned: Path) -> None:
    """Caught: for a folder of one's own as an error that names both."""
    with pytest.raises(ValueError, match=r"trained for the labels .*'positive'.* not .*'late'"):
        load_model(tuned, labels=("early", "late", "lost"))
    assert load_model(tuned)[0].config.num_labels == 2


def test_m404_a_head_of_the_hub_for_another_number_of_labels(
    hub: SmallHub, capsys: pytest.CaptureFixture[str]
) -> None:
    """Caught: a new last layer is made, and one line says so."""
    three = load_data("tickets", n=30)
    model, _ = load_model("someone/tuned", labels=three.labels)
    assert model.config.num_labels == len(three.labels) == model.classifier.weight.shape[0]
    assert "trained for another number of labels: its last layer is a new one" in (
        capsys.readouterr().out
    )
    run = train(model, three, None, TrainConfig(max_steps=1, save_seconds=None))
    assert run.state == "finished"
    capsys.readouterr()
    load_model("someone/tuned", labels=LABELS)
    assert "last layer" not in capsys.readouterr().out


def test_m405_a_new_head_frightens_nobody(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Impossible: that the last layer of a fresh classifier is new is no news."""
    load_model("tiny-distilbert", labels=LABELS)
    said = capfd.readouterr()
    assert "newly initialized" not in said.out + said.err + caplog.text
    assert "MISSING" not in said.out + said.err + caplog.text


def test_m405_a_tuned_model_without_its_head_does(tuned: Path) -> None:
    """Caught: the same warning would be alarming here, so it is an error."""
    weights = load_file(tuned / "model.safetensors")
    rest = {name: value for name, value in weights.items() if not name.startswith("classifier")}
    save_file(rest, tuned / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"last layer is not in the file \(classifier\."):
        load_model(tuned)


def test_m406_code_that_comes_with_a_model(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Impossible: it is never run, nor is anybody asked whether it may."""
    proof = tmp_path / "was-run"
    (folder / "own.py").write_text(f"open({str(proof)!r}, 'w')\n")
    _change(folder / "config.json", auto_map={"AutoConfig": "own.Config"}, model_type="own")

    def ask(*_: object) -> str:
        raise AssertionError("asked on the keyboard")

    monkeypatch.setattr("builtins.input", ask)
    with pytest.raises(ValueError, match="Python program that comes with it"):
        load_model(folder, task="classification", labels=LABELS)
    assert not proof.exists()
