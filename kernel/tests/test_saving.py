"""A saved model is whole, loads anywhere, and its card says only what is known."""

import json
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

from tuningfork import TrainConfig, evaluate, load_data, load_model, save_model, train
from tuningfork.batches import encode
from tuningfork.card import model_card
from tuningfork.checkpoint import NoRoom
from tuningfork.lora import add_lora
from tuningfork.models import knowledge
from tuningfork.scores import Scores, wilson

KINDS = {
    "tiny-distilbert": ("opinions", AutoModelForSequenceClassification),
    "tiny-gpt2": ("tales", AutoModelForCausalLM),
}


def _loaded(name: str) -> tuple[Any, Any, Any]:
    data = load_data(KINDS[name][0], n=24)
    model, tokenizer = load_model(name, labels=data.labels)
    return model, tokenizer, data


def _logits(model: Any, tokenizer: Any, texts: list[str]) -> torch.Tensor:
    model.eval()
    batch = tokenizer(texts, return_tensors="pt", padding=True)
    with torch.inference_mode():
        return model(**batch).logits


@pytest.mark.parametrize("name", KINDS)
def test_transformers_loads_it_with_the_same_logits(name: str, tmp_path: Path) -> None:
    model, tokenizer, data = _loaded(name)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.01)
    before = _logits(model, tokenizer, data.texts[:5])
    folder = save_model(model, tmp_path / "deep" / "mine")
    again = KINDS[name][1].from_pretrained(folder)
    tokens = AutoTokenizer.from_pretrained(folder)
    assert torch.equal(_logits(again, tokens, data.texts[:5]), before)
    assert again.config.pad_token_id == tokenizer.pad_token_id
    if data.labels:
        assert again.config.id2label == dict(enumerate(data.labels))
    assert {path.suffix for path in folder.iterdir()} == {".json", ".safetensors", ".md"}
    assert [path.name for path in folder.parent.iterdir()] == ["mine"]


@pytest.mark.parametrize("name", KINDS)
def test_load_model_takes_the_folder_without_being_told_more(name: str, tmp_path: Path) -> None:
    model, tokenizer, data = _loaded(name)
    folder = save_model(model, tmp_path / "mine")
    again, tokens = load_model(folder)
    assert torch.equal(
        _logits(again, tokens, data.texts[:5]), _logits(model, tokenizer, data.texts[:5])
    )
    before, after = knowledge(model), knowledge(again)
    for fact in ("task", "labels", "learning_rate", "max_length"):
        assert getattr(after, fact) == getattr(before, fact)
    assert encode(data, after) == encode(data, before)


@pytest.mark.parametrize("name", KINDS)
def test_lora_is_saved_as_a_model_like_any_other(name: str, tmp_path: Path) -> None:
    model, tokenizer, data = _loaded(name)
    wrapped = add_lora(model, r=2)
    with torch.no_grad():
        for value in wrapped.parameters():
            if value.requires_grad:
                value.add_(0.02)
    before = _logits(wrapped, tokenizer, data.texts[:5])
    folder = save_model(wrapped, tmp_path / "mine")
    again = KINDS[name][1].from_pretrained(folder)
    torch.testing.assert_close(
        _logits(again, tokenizer, data.texts[:5]), before, rtol=1e-4, atol=1e-4
    )
    assert torch.equal(_logits(wrapped, tokenizer, data.texts[:5]), before)
    assert not any("lora" in key for key in again.state_dict())


def test_a_folder_is_taken_only_for_what_it_is(tmp_path: Path) -> None:
    model, _, _ = _loaded("tiny-distilbert")
    folder = save_model(model, tmp_path / "mine")
    with pytest.raises(ValueError, match="trained for the labels"):
        load_model(folder, labels=["a", "b"])
    (folder / "model.safetensors").rename(folder / "model.bin")
    with pytest.raises(ValueError, match="no safetensors weights"):
        load_model(folder)
    (folder / "model.bin").rename(folder / "model.safetensors")
    (folder / "config.json").write_text("{")
    with pytest.raises(ValueError, match="is damaged"):
        load_model(folder)


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    model, _, _ = _loaded("tiny-distilbert")
    folder = tmp_path / "mine"
    folder.mkdir()
    save_model(model, folder)
    with pytest.raises(FileExistsError, match="overwrite=True"):
        save_model(model, folder)
    (folder / "mine.txt").write_text("old")
    with torch.no_grad():
        model.classifier.bias.add_(1)
    save_model(model, folder, overwrite=True)
    assert not (folder / "mine.txt").exists()
    again, _ = load_model(folder)
    assert torch.equal(again.classifier.bias, model.classifier.bias)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError, match="is a file"):
        save_model(model, tmp_path / "file")


def test_a_full_disk_is_noticed_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _, _ = _loaded("tiny-distilbert")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(NoRoom, match="the disk has 0 MB left"):
        save_model(model, tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("there", [False, True])
def test_a_failure_leaves_what_was_there(
    there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, _, _ = _loaded("tiny-distilbert")
    if there:
        save_model(model, tmp_path / "mine")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    original = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if Path(target).name == "mine" and not self.name.endswith("-before"):
            raise OSError("no")
        return original(self, target)

    for place, name, fails in (
        (Path, "rename", rename),
        (os, "fsync", _broken),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, fails)
            with pytest.raises(OSError):
                save_model(model, tmp_path / "mine", overwrite=True)
        assert sorted(path.name for path in tmp_path.rglob("*")) == before


def _broken(_handle: int) -> None:
    raise OSError("no")


def test_it_waits_for_the_end_of_a_step(tmp_path: Path) -> None:
    model, _, _ = _loaded("tiny-distilbert")
    saving = threading.Thread(target=save_model, args=(model, tmp_path / "mine"))
    with knowledge(model).turn.step():
        saving.start()
        saving.join(0.5)
        assert saving.is_alive()
    saving.join(30)
    assert (tmp_path / "mine" / "model.safetensors").exists()


def test_only_the_first_process_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, _, _ = _loaded("tiny-distilbert")
    monkeypatch.setenv("RANK", "1")
    assert save_model(model, tmp_path / "mine") == tmp_path / "mine"
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("RANK", "0")
    save_model(model, tmp_path / "mine")
    assert (tmp_path / "mine").exists()


@pytest.mark.slow
def test_the_card_has_data_settings_measures_and_limits(tmp_path: Path) -> None:
    model, _, data = _loaded("tiny-distilbert")
    run = train(model, data, None, TrainConfig(max_steps=2, output_dir=str(tmp_path / "runs")))
    scores = evaluate(model, data)
    folder = save_model(model, tmp_path / "mine", run, data, scores)
    card = (folder / "README.md").read_text("utf-8")
    assert card.startswith(
        "---\nlibrary_name: transformers\npipeline_tag: text-classification\n---"
    )
    assert "24 rows of `opinions`" in card
    for label, count in data.counts().items():
        assert f"| {label} | {count} |" in card
    assert f"| learning_rate | {json.dumps(knowledge(model).learning_rate)} |" in card
    assert "| max_steps | 2 |" in card
    assert str(tmp_path) not in card
    low, high = wilson(round((scores.accuracy or 0) * 24), 24)
    assert f"| accuracy | {scores.accuracy:.1%} | {low:.1%} to {high:.1%} |" in card
    assert "Wilson" in card
    assert "24 rows are few" in card
    program = card.split("```python\n")[1].split("```")[0].replace('"."', repr(str(folder)))
    names: dict[str, Any] = {}
    exec(program, names)
    assert type(names["model"]) is type(model)


def test_the_card_says_when_nothing_is_known() -> None:
    card = model_card(knowledge(_loaded("tiny-gpt2")[0]), "mine")
    assert card.count("was not noted") == 2
    assert "Nothing was measured" in card
    assert "Wilson" not in card


def test_the_card_says_when_a_model_is_no_better_than_none() -> None:
    known = knowledge(_loaded("tiny-distilbert")[0])
    words = "not been shown to be better"
    low, high = wilson(55, 100)
    poor = Scores(100, 0.7, 0.55, (low, high), 0.5, baseline=0.5, commonest="negative")
    assert words in model_card(known, "mine", scores=poor)
    good = Scores(100, 0.1, 0.95, wilson(95, 100), 0.9, baseline=0.5, commonest="negative")
    assert words not in model_card(known, "mine", scores=good)
