"""Traps around tokens and lengths (T-201 to T-205): each is impossible, or told before step 1."""

from pathlib import Path
from typing import Any

import pytest

from tuningfork import TrainConfig, load_data, load_model, predict, train
from tuningfork.batches import IGNORED, collate, encode
from tuningfork.dataset import Dataset
from tuningfork.models import BUILT_IN, knowledge

WINDOW = 128
TASKS = {"tiny-distilbert": "opinions", "tiny-gpt2": "tales"}


def _texts(*texts: str, label: str | None = None) -> Dataset:
    labels = ("negative", "positive") if label else ()
    more = {"label": label} if label else {}
    return Dataset(tuple({"text": text, **more} for text in texts), "texts", labels)


def _one_step(model: Any, data: Any, **settings: Any) -> Any:
    return train(model, data, None, TrainConfig(max_steps=1, save_seconds=None, **settings))


@pytest.fixture
def without_pad(tmp_path: Path) -> Path:
    """A GPT-2 as the Hub has it: its tokenizer knows no pad token, nor does the model."""
    from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

    model: Any = GPT2LMHeadModel.from_pretrained(BUILT_IN / "tiny-gpt2")
    tokenizer: Any = PreTrainedTokenizerFast.from_pretrained(BUILT_IN / "tiny-gpt2")
    last = len(tokenizer) - 1
    tokenizer.pad_token = None
    model.config.pad_token_id = None
    model.save_pretrained(tmp_path / "gpt2")
    tokenizer.save_pretrained(tmp_path / "gpt2")
    assert last == model.config.vocab_size - 1
    return tmp_path / "gpt2"


def test_t201_a_model_without_pad_token_gets_one_of_its_own(without_pad: Path) -> None:
    """Impossible: load_model adds the token and a row of weights for it, and the end of a text
    stays something to learn."""
    model, tokenizer = load_model(without_pad)
    assert tokenizer.pad_token_id == model.config.pad_token_id != tokenizer.eos_token_id
    assert model.get_input_embeddings().weight.shape[0] == len(tokenizer)
    rows = _texts("One.", "A much longer text than the first one.")
    batch = collate(encode(rows, knowledge(model)), tokenizer.pad_token_id)
    assert (batch["labels"] == tokenizer.eos_token_id).sum() == 2
    assert (batch["labels"][batch["attention_mask"] == 0] == IGNORED).all()
    assert _one_step(model, rows).state == "finished"


@pytest.mark.parametrize("name", TASKS)
def test_t202_a_token_the_model_has_no_weights_for(name: str) -> None:
    """Caught: with the token and what to do, instead of `index out of range in self`."""
    data = load_data(TASKS[name], n=8)
    model, tokenizer = load_model(name, labels=data.labels)
    tokenizer.add_tokens(["<verdict>"])
    rows = Dataset(
        tuple({**row, "text": f"{row['text']} <verdict>"} for row in data), "rows", data.labels
    )
    with pytest.raises(ValueError, match=r"'<verdict>'.*resize_token_embeddings"):
        _one_step(model, rows)
    assert not hasattr(model, "last_run")
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    assert _one_step(model, rows).state == "finished"


@pytest.mark.parametrize("name", TASKS)
def test_t202_t203_a_text_beyond_the_window_cannot_reach_the_model(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Impossible, in training, evaluation and answers alike; even when max_length asks for more.
    How many texts lose their end is told in one line before the first step."""
    label = "positive" if name == "tiny-distilbert" else None
    data = _texts("The film was lovely.", "The soup was really wonderful. " * 60, label=label)
    model, _ = load_model(name, labels=data.labels)
    assert max(len(one.ids) for one in encode(data, knowledge(model), 4096)) == WINDOW
    config = TrainConfig(max_steps=1, max_length=4096, save_seconds=None)
    run = train(model, data, data, config)
    assert len(predict(model, data.texts, max_new_tokens=4)) == 2
    said = capsys.readouterr().out
    assert run.state == "finished"
    assert said.count("lose their end") == 1
    assert "1 of 2 texts (50%) are longer than 128 tokens" in said
    assert "the model takes no more" in said


def test_t203_only_texts_that_are_cut_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Caught: a text that just fits loses nothing, and then nothing is said."""
    model, tokenizer = load_model("tiny-distilbert", labels=("negative", "positive"))
    short, long = "The film was lovely.", "The film was lovely and witty."
    fits = len(tokenizer(short)["input_ids"])
    _one_step(model, _texts(short, label="positive"), max_length=fits)
    assert "lose their end" not in capsys.readouterr().out
    _one_step(model, _texts(short, long, label="positive"), max_length=fits)
    assert f"1 of 2 texts (50%) are longer than {fits} tokens" in (said := capsys.readouterr().out)
    assert "max_length may be up to 128" in said
    writer, tokenizer = load_model("tiny-gpt2")
    fits = len(tokenizer(short)["input_ids"]) + 1  # the end of the text
    _one_step(writer, _texts(short), max_length=fits)
    assert "lose their end" not in capsys.readouterr().out
    _one_step(writer, _texts(short), max_length=fits - 1)
    assert f"the longest has {fits} " in capsys.readouterr().out


@pytest.mark.parametrize("name", TASKS)
def test_t204_rows_of_different_length_share_a_batch(name: str) -> None:
    """Impossible: rows are filled up or laid one after another, and what fills is never learned."""
    data = load_data(TASKS[name], n=16, seed=2)
    model, _ = load_model(name, labels=data.labels)
    assert len({len(one.ids) for one in encode(data, knowledge(model))}) > 3
    assert _one_step(model, data).state == "finished"


def test_t205_a_model_without_mask_token_is_not_asked_to_fill_gaps() -> None:
    """Caught: while loading, before any row is looked at."""
    with pytest.raises(ValueError, match="mask token"):
        load_model("tiny-gpt2", task="fill-mask")
