"""Packed texts: the same steps, the same loss, next to no padding, and no text that sees another."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import Accelerator

from tuningfork import (
    TrainConfig,
    add_lora,
    distill,
    estimate,
    load_data,
    load_model,
    lr_find,
    train,
)
from tuningfork.batches import IGNORED, Example, collate, count_targets, encode, targets_of
from tuningfork.lean import own_loss
from tuningfork.live import Live
from tuningfork.models import knowledge
from tuningfork.packing import batch_size, can_pack, pack, packs_of
from tuningfork.plan import strategy, windows
from tuningfork.step import Pace, backward, first_pace

from .real_sizes import TINYBERT

CONFIG: dict[str, Any] = {"max_steps": 6, "save_seconds": None}


@pytest.fixture
def data() -> Any:
    return load_data("opinions", n=48, seed=3, length_sigma=1.0)


def _model(dropout: bool = True) -> Any:
    model, _ = load_model("tiny-gpt2")
    for part in model.modules() if not dropout else ():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    if not dropout:
        for block in model.transformer.h:
            block.attn.attn_dropout.p = 0.0
    return model


def _slopes(model: Any, window: Any, pace: Pace) -> tuple[Any, Any]:
    model.zero_grad()
    outcome = backward(Accelerator(cpu=True), model, window, knowledge(model), pace)
    slopes = [p.grad.flatten() for p in model.parameters() if p.grad is not None]
    return outcome, torch.cat(slopes)


@pytest.mark.parametrize("micro", [24, 7, 1])
def test_loss_and_gradients_are_those_of_texts_in_rows_of_their_own(data: Any, micro: int) -> None:
    """Also when a lack of memory cuts the packs apart."""
    model = _model().eval().double()
    examples = encode(data, knowledge(model))[:24]
    window = [examples[:24]]
    apart, slopes = _slopes(model, window, Pace(24))
    packed, packed_slopes = _slopes(model, window, Pace(micro, packed=128))
    assert packed.loss == pytest.approx(apart.loss, abs=1e-12)
    torch.testing.assert_close(packed_slopes, slopes, rtol=0, atol=1e-12)
    assert packed.tokens == apart.tokens
    assert packed.padded < 0.6 * apart.padded


def _reader(task: str, folder: Path | str, *, lora: bool) -> Any:
    """A model that reads whole texts, without chance and in float64."""
    labels = ("bad", "good") if task == "classification" else ()
    model, _ = load_model(folder, task=task, labels=labels)
    return (add_lora(model) if lora else model).eval().double()


@pytest.mark.parametrize("lora", [False, True])
@pytest.mark.parametrize("task", ["classification", "fill-mask"])
@pytest.mark.parametrize("name", ["tiny-distilbert", TINYBERT])
def test_models_that_read_have_the_same_loss_and_gradients(
    real_model: Callable[[str], Path], name: str, task: str, lora: bool
) -> None:
    model = _reader(task, name if name.startswith("tiny") else real_model(name), lora=lora)
    known = knowledge(model)
    assert can_pack(model, known)
    opinions = load_data("opinions", n=16, seed=2, length_sigma=1.0)
    labels = dict(zip(opinions.labels, ("bad", "good"), strict=True))
    rows = tuple({**row, "label": labels[str(row["label"])]} for row in opinions)
    data = replace(opinions, rows=rows, labels=("bad", "good"))
    examples = encode(data, known, 64)
    if task == "fill-mask":
        examples = [row.with_hidden_words("a step") for row in examples]
    window = [examples]
    apart, slopes = _slopes(model, window, Pace(16))
    packed, packed_slopes = _slopes(model, window, Pace(16, packed=64))
    assert packed.loss == pytest.approx(apart.loss, abs=1e-6)
    torch.testing.assert_close(packed_slopes, slopes, rtol=0, atol=1e-6)
    assert packed.padded < 0.8 * apart.padded


def test_the_model_itself_has_the_same_loss(data: Any) -> None:
    """Without our own way to the loss, and with the cache that GPT-2 keeps by default."""
    model = _model().eval().double()
    assert model.config.use_cache
    examples = encode(data, knowledge(model))[:12]
    losses = [
        (float(loss(model, batch).detach()), count_targets(batch, "generation"))
        for batch in (collate(examples, 1), pack(examples, 1, 128))
        for loss in (own_loss, lambda model, batch: model(**batch).loss)
    ]
    # The model's own loss is in float32, whatever the weights are.
    assert [count for _, count in losses] == [sum(len(one.ids) - 1 for one in examples)] * 4
    assert [loss for loss, _ in losses] == pytest.approx([losses[0][0]] * 4, abs=1e-6)


def test_one_text_does_not_move_another(data: Any) -> None:
    model = _model().eval()
    long, short, end = sorted(encode(data, knowledge(model)), key=lambda row: -len(row.ids))[:3]
    short, end = (replace(row, ids=row.ids[:20]) for row in (short, end))
    said = []
    for middle in (short, replace(short, ids=[7] * 20)):
        batch = pack([long, middle, end], 1, 500)
        del batch["labels"]
        said.append(model(**batch).logits[-1, 20:40])
    torch.testing.assert_close(said[0], said[1])


def _rows(*lengths: int) -> list[Example]:
    return [Example(list(range(5, 5 + length)), None, at) for at, length in enumerate(lengths)]


def test_packs_have_every_text_once_and_never_more_than_the_limit() -> None:
    rows = _rows(60, 50, 40, 30, 20, 10, 9, 8, 3, 3, 2)
    for limit in (10, 60, 64, 80):
        packs = packs_of(rows, limit)
        assert sorted(row.row for pack in packs for row in pack) == list(range(len(rows)))
        longest = max(sum(len(row.ids) for row in pack) for pack in packs)
        assert longest <= max(limit, 60)
        assert batch_size(rows, limit) == len(packs) * longest
    assert batch_size(rows, 80) < 0.4 * batch_size(rows, None)
    # A wider pack would be the smaller batch here, and is taken only where the limit lets it.
    assert [len(packs_of(_rows(40, 20), limit)) for limit in (40, 59, 60)] == [2, 2, 1]


def test_a_pack_is_told_apart_by_places_labels_and_mask() -> None:
    batch = pack(_rows(4, 2, 1, 1), 0, 4)
    assert batch["input_ids"].tolist() == [[5, 6, 7, 8], [5, 6, 5, 5]]
    assert batch["position_ids"].tolist() == [[0, 1, 2, 3], [0, 1, 0, 0]]
    assert batch["labels"].tolist() == [[IGNORED, 6, 7, 8], [IGNORED, 6, IGNORED, IGNORED]]
    assert batch["attention_mask"][1, 0].int().tolist() == [
        [1, 0, 0, 0],
        [1, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
    ]
    assert count_targets(batch, "generation") == sum(
        targets_of(row, "generation") for row in _rows(4, 2, 1, 1)
    )


def test_texts_that_find_no_company_are_padded_as_ever() -> None:
    rows = _rows(40, 39, 38)
    assert pack(rows, 0, 40).keys() == collate(rows, 0).keys()


def test_a_training_packs_by_itself_and_learns_the_same(data: Any) -> None:
    runs = []
    for packing in (None, True, False):
        more = {"train_sampling_strategy": "random", "packing": packing}
        runs.append(train(_model(dropout=False), data, None, TrainConfig(**CONFIG, **more)))
    losses = [[row["loss"] for row in run.log if "loss" in row] for run in runs]
    assert losses[0] == losses[1]
    assert losses[0] == pytest.approx(losses[2], abs=1e-5)
    paddings = [max(row["padding_share"] for row in run.log if "loss" in row) for run in runs]
    assert paddings[0] <= 0.25 < 0.6 < paddings[2]
    assert [run.config.packing for run in runs] == [True, True, False]
    # A step has the texts that it has without packing.
    assert [row["tokens"] for row in runs[0].log if "tokens" in row] == [
        row["tokens"] for row in runs[2].log if "tokens" in row
    ]


def test_chance_chooses_the_texts_of_a_step_where_they_are_packed(data: Any) -> None:
    assert strategy(TrainConfig(), packed=True) == "random"
    assert strategy(TrainConfig(), packed=False) == "group_by_length"
    assert strategy(TrainConfig(train_sampling_strategy="group_by_length"), packed=True) != "random"
    examples = encode(data, knowledge(_model()))
    steps = windows(examples, TrainConfig(), first=1, last=3, packed=True)
    shares = [max(len(row.ids) for row in part) for _, (part,) in steps]
    assert min(shares) > 20, "each step sees long texts too"


def test_a_packed_run_goes_on_to_the_last_bit(
    data: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def config(name: str) -> TrainConfig:
        return TrainConfig(**CONFIG, output_dir=str(tmp_path / name), packing=True)

    whole = train(_model(), data, None, config("a"))
    model = _model()
    original = Live.row

    def row(self: Live, values: dict[str, float]) -> None:
        original(self, values)
        if values["step"] == 3:
            model.last_run.pause()

    with monkeypatch.context() as patch:
        patch.setattr(Live, "row", row)
        train(model, data, None, config("b"))
    resumed = train(_model(), data, None, config("b"), resume=True)
    assert resumed.state == "finished"
    assert [row["loss"] for row in resumed.log] == [row["loss"] for row in whole.log]


def test_a_lack_of_memory_cuts_packs_and_keeps_the_loss(data: Any) -> None:
    def objective(model: Any, batch: dict[str, Any]) -> Any:
        if batch["input_ids"].numel() > 200:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 1 bytes")
        return own_loss(model, batch)

    model = _model().eval()
    known = knowledge(model)
    window = [encode(data, known)[:24]]
    pace = Pace(24, packed=128)
    tight = backward(Accelerator(cpu=True), model, window, known, pace, objective)
    free = backward(Accelerator(cpu=True), model, window, known, Pace(24, packed=128))
    assert pace.micro < 24
    assert tight.loss == pytest.approx(free.loss, abs=1e-5)


def test_estimate_and_lr_find_pack_as_well(data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from tuningfork import step

    seen: list[int | None] = []
    original = step.pack

    def watched(rows: Any, pad: int, limit: int | None) -> Any:
        seen.append(limit)
        return original(rows, pad, limit)

    monkeypatch.setattr(step, "pack", watched)
    needs = estimate(_model(), data, TrainConfig(**CONFIG))
    assert needs.steps == 6
    lr_find(_model(), data, TrainConfig(max_length=64), steps=20)
    assert set(seen) == {128, 64}


def test_what_cannot_be_packed_is_told_before_the_first_step(data: Any) -> None:
    model = _model()
    model.set_attn_implementation("eager")
    assert not can_pack(model, knowledge(model))
    with pytest.raises(ValueError, match="texts would mix"):
        train(model, data, None, TrainConfig(packing=True))
    with pytest.raises(ValueError, match="texts would mix"):
        estimate(model, data, TrainConfig(packing=True))
    classifier, _ = load_model("tiny-distilbert", labels=("no", "yes"))
    with pytest.raises(ValueError, match="own loss only"):
        first_pace(classifier, knowledge(classifier), TrainConfig(packing=True), _own)


def _own(model: Any, batch: dict[str, Any]) -> Any:
    return own_loss(model, batch)


def test_an_objective_of_ones_own_gets_a_row_for_each_text_unless_asked(data: Any) -> None:
    model = _model()
    known = knowledge(model)
    assert first_pace(model, known, TrainConfig(), _own).packed is None
    assert first_pace(model, known, TrainConfig(packing=True), _own).packed == 128


def test_a_student_learns_the_same_from_packed_texts(data: Any) -> None:
    losses = []
    for packing in (False, True):
        teacher, student = _model(), _model(dropout=False)
        more = {"train_sampling_strategy": "random", "packing": packing}
        run = distill(teacher, student, data, None, TrainConfig(**CONFIG, **more))
        losses.append([row["loss"] for row in run.log])
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
