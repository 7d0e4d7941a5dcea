"""LoRA on the models of the course, by really training them."""

from typing import Any

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification

from tuningfork import TrainConfig, add_lora, evaluate, load_data, load_model, predict, train
from tuningfork.models import knowledge
from tuningfork.step import checkpoint_gradients


def _opinions(n: int = 64, seed: int = 0) -> Any:
    return load_data("opinions", n=n, seed=seed)


def _classifier() -> Any:
    return load_model("tiny-distilbert", labels=("negative", "positive"))[0]


def _frozen(model: Any) -> dict[str, Any]:
    return {
        name: value.detach().clone()
        for name, value in model.named_parameters()
        if not value.requires_grad
    }


@pytest.mark.slow
def test_a_classifier_learns_with_lora_and_its_base_stays_as_it_was() -> None:
    data = _opinions()
    model = add_lora(_classifier(), r=4)
    before = _frozen(model)
    train(model, data, None, TrainConfig(max_steps=80, save_seconds=None))
    scores = evaluate(model, _opinions(300, seed=9))
    assert (scores.accuracy or 0) > 0.85
    assert all(torch.equal(value, before[name]) for name, value in _frozen(model).items())
    assert [one.answer for one in predict(model, ["the soup was wonderful"])] == ["positive"]


@pytest.mark.slow
def test_a_model_that_writes_learns_with_lora_and_still_writes() -> None:
    tales = load_data("tales", n=120)
    model = add_lora(load_model("tiny-gpt2", pretrained=False)[0], r=8)
    before = evaluate(model, tales).loss
    train(model, tales, None, TrainConfig(max_steps=30, save_seconds=None))
    assert evaluate(model, tales).loss < before - 0.1
    assert predict(model, ["One morning"], max_new_tokens=5)[0].answer


def test_nothing_changes_before_training_and_few_weights_are_trained(
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = _classifier()
    texts = ["the soup was wonderful", "a dull film"]
    before = predict(model, texts)
    tuned = add_lora(model, r=2)
    assert predict(tuned, texts) == before
    names = {name for name, value in tuned.named_parameters() if value.requires_grad}
    assert all("lora_" in name or "classifier" in name for name in names)
    assert len([name for name in names if "classifier" in name]) == 4  # both layers of the head
    trained = sum(value.numel() for value in tuned.parameters() if value.requires_grad)
    assert f"{trained:,} of " in capsys.readouterr().out


@pytest.mark.parametrize("name", ["tiny-distilbert", "tiny-gpt2"])
def test_each_layer_of_a_block_gets_r_times_in_plus_out_weights(name: str) -> None:
    model, _ = load_model(name, labels=("a", "b"))
    config = model.config
    wide, layers = 128, getattr(config, "n_layers", None) or config.n_layer
    # Attention: four square matrices (GPT-2 keeps three of them in one); feed-forward: two.
    square = 4 * (2 * wide) if name == "tiny-distilbert" else (4 * wide) + (2 * wide)
    inner = config.hidden_dim if name == "tiny-distilbert" else (config.n_inner or 4 * wide)
    tuned = add_lora(model, r=3)
    added = sum(value.numel() for path, value in tuned.named_parameters() if "lora_" in path)
    assert added == 3 * layers * (square + 2 * (wide + inner))


def test_the_rate_to_learn_at_is_ten_times_higher_and_the_new_weights_always_the_same() -> None:
    plain = _classifier()
    rate = knowledge(plain).learning_rate
    first = add_lora(plain)
    torch.rand(7)
    second = add_lora(_classifier())
    assert knowledge(first).learning_rate == pytest.approx(10 * rate)
    assert knowledge(first).tokenizer is knowledge(plain).tokenizer
    for one, two in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, two)


def test_bert_gets_its_own_names() -> None:
    plain = _classifier()
    config = BertConfig(
        vocab_size=plain.config.vocab_size,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=48,
    )
    bert: Any = BertForSequenceClassification(config)
    bert.tuningfork = knowledge(plain)
    tuned = add_lora(bert, r=1)
    found = {
        path.split(".lora_")[0].rsplit(".", 1)[-1]
        for path, _ in tuned.named_parameters()
        if "lora_" in path
    }
    assert found == {"query", "key", "value", "dense"}
    assert tuned.classifier.modules_to_save.default.weight.requires_grad


def test_a_wrong_name_is_answered_with_the_right_one() -> None:
    with pytest.raises(ValueError, match=r"'c_atn' were not found.*Did you mean 'c_attn'"):
        add_lora(load_model("tiny-gpt2")[0], target_modules=["c_atn", "c_proj"])
    with pytest.raises(ValueError, match=r"'query', 'value' were not found.*gets 'q_lin'"):
        add_lora(_classifier(), target_modules=["query", "value"])
    with pytest.raises(ValueError, match="Nothing is named"):
        add_lora(_classifier(), target_modules=[])
    assert add_lora(_classifier(), target_modules="q_lin") is not None


def test_settings_that_make_no_sense_are_explained() -> None:
    for wrong in ({"r": 0}, {"r": 1.5}, {"lora_alpha": 0}, {"lora_dropout": 1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            add_lora(_classifier(), **wrong)
    with pytest.raises(ValueError, match="already"):
        add_lora(add_lora(_classifier()))
    with pytest.raises(TypeError, match="load_model"):
        add_lora(torch.nn.Linear(2, 2))


@pytest.mark.parametrize("name", ["tiny-distilbert", "tiny-gpt2"])
def test_gradient_checkpointing_gives_the_same_gradients(name: str) -> None:
    def gradients(checkpointing: bool) -> Any:
        model = add_lora(load_model(name, labels=("a", "b"))[0], r=2)
        for (
            value
        ) in model.parameters():  # the second matrix begins at 0, and so would the first's gradient
            if value.requires_grad and not value.any():
                torch.nn.init.constant_(value, 0.01)
        if checkpointing:
            checkpoint_gradients(model)
        model.train()
        torch.manual_seed(1)
        ids = torch.arange(24).reshape(2, 12)
        labels = ids if name == "tiny-gpt2" else torch.tensor([0, 1])
        model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=labels).loss.backward()
        return [value.grad for value in model.parameters() if value.requires_grad]

    plain, saved = gradients(False), gradients(True)
    assert any(one.abs().sum() > 0 for one in plain)
    for one, two in zip(plain, saved, strict=True):
        torch.testing.assert_close(one, two)


def test_merged_weights_give_the_same_answers() -> None:
    model = add_lora(_classifier(), r=2)
    with torch.no_grad():
        for path, value in model.named_parameters():
            if "lora_B" in path:
                value.normal_(std=0.05)
    model.eval()
    ids = torch.arange(20).reshape(2, 10)
    apart = model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
    merged = model.merge_and_unload()
    torch.testing.assert_close(
        merged(input_ids=ids, attention_mask=torch.ones_like(ids)).logits, apart
    )
