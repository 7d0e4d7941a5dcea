"""Too little memory: the same steps, in smaller parts. Real shortages, by a cap on this process."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from accelerate import Accelerator

from tuningfork import TrainConfig, evaluate, load_data, load_model
from tuningfork.batches import encode
from tuningfork.lean import own_loss
from tuningfork.memory import NotEnoughMemory
from tuningfork.models import knowledge
from tuningfork.step import Pace, backward

KERNEL = Path(__file__).parents[1]
#: A cap can only be felt in a process of its own: other tests have left memory lying about here.
_PROGRAM = """
import json, sys
import torch
from tuningfork import TrainConfig, load_data, load_model, predict, train
from tuningfork.memory import data_mb
torch.set_num_threads(1)
data = load_data("opinions", n=512, seed=5, length_sigma=1.0)
model, _ = load_model("tiny-distilbert", labels=data.labels)
for part in model.modules():
    if isinstance(part, torch.nn.Dropout): part.p = 0.0
model.config.attention_dropout = 0.0
train(model, data, None, TrainConfig(max_steps=1, output_dir=sys.argv[2]))  # all is loaded
model, _ = load_model("tiny-distilbert", labels=data.labels)
for part in model.modules():
    if isinstance(part, torch.nn.Dropout): part.p = 0.0
model.config.attention_dropout = 0.0
room = int(sys.argv[1])
cap = int(data_mb()) + room if room else None
config = TrainConfig(
    max_steps=4, warmup_steps=0, per_device_train_batch_size=256, lr_scheduler_type="constant",
    memory_limit_mb=cap, output_dir=sys.argv[2], packing=sys.argv[3] == "packed")
run = train(model, data, None, config)
print(json.dumps([run.log, run.summary, str(predict(model, ["A lovely day."]))]))
"""


def _run(room: int, folder: Path, way: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _PROGRAM, str(room), str(folder), way],
        env={"PYTHONPATH": str(KERNEL), "PATH": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(("way", "room"), [("padded", 120), ("padded", 300), ("packed", 40)])
def test_a_run_under_a_cap_ends_with_the_losses_of_one_without(
    tmp_path: Path, way: str, room: int
) -> None:
    free, _, _ = _run(0, tmp_path / "free", way)
    tight, summary, answer = _run(room, tmp_path / "tight", way)
    assert [row["step"] for row in tight] == [1, 2, 3, 4]
    assert free[0]["micro_batch"] == 256
    assert tight[-1]["micro_batch"] < 256
    for one, other in zip(free, tight, strict=True):
        assert one["loss"] == pytest.approx(other["loss"], abs=1e-5)
    assert "Memory ran short" in summary or tight[0]["micro_batch"] == tight[-1]["micro_batch"]
    assert answer


def _failing(most: int) -> Any:
    """An objective under which no more than `most` rows fit."""

    def objective(model: Any, batch: dict[str, Any]) -> Any:
        if len(batch["labels"]) > most and not model.is_gradient_checkpointing:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 1 bytes")
        if most < 0:
            raise MemoryError
        return own_loss(model, batch)

    return objective


@pytest.mark.parametrize(("most", "micro", "checkpointing"), [(5, 4, False), (0, 1, True)])
def test_a_step_gives_way_until_it_fits(most: int, micro: int, checkpointing: bool) -> None:
    data = load_data("opinions", n=16, seed=1)
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    known = knowledge(model)
    pace = Pace(16)
    window = [encode(data, known)]
    outcome = backward(Accelerator(cpu=True), model, window, known, pace, _failing(most))
    assert (pace.micro, pace.checkpointing) == (micro, checkpointing)
    assert outcome.micro_batches == 16 // micro


def test_what_never_fits_is_said_with_numbers() -> None:
    data = load_data("opinions", n=4, seed=1)
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    known = knowledge(model)
    with pytest.raises(NotEnoughMemory, match=r"longest has \d+ tokens, and \d+ MB"):
        backward(Accelerator(cpu=True), model, [encode(data, known)], known, Pace(4), _failing(-1))


def test_other_errors_are_not_taken_for_a_shortage() -> None:
    data = load_data("opinions", n=4, seed=1)
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    known = knowledge(model)

    def broken(_model: Any, _batch: Any) -> Any:
        raise RuntimeError("shape mismatch")

    with pytest.raises(RuntimeError, match="shape mismatch"):
        backward(Accelerator(cpu=True), model, [encode(data, known)], known, Pace(4), broken)


def test_a_cap_below_what_is_used_is_refused() -> None:
    from tuningfork.memory import capped

    with pytest.raises(ValueError, match="in use already"), capped(10):
        pass
    assert TrainConfig(memory_limit_mb=4000).memory_limit_mb == 4000


def test_an_evaluation_that_does_not_fit_is_done_in_smaller_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = load_data("opinions", n=40, seed=1)
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    whole = evaluate(model, data, batch_size=32)
    sizes: list[int] = []
    original = model.forward

    def forward(**inputs: Any) -> Any:
        sizes.append(len(inputs["input_ids"]))
        if sizes[-1] > 9:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 1 bytes")
        return original(**inputs)

    monkeypatch.setattr(model, "forward", forward)
    parts = evaluate(model, data, batch_size=32)
    assert sizes == [32, 16, 8, 8, 8, 8, 8]
    assert parts.accuracy == whole.accuracy
    assert parts.loss == pytest.approx(whole.loss, abs=1e-6)


def test_an_evaluation_of_which_not_even_one_row_fits_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = load_data("opinions", n=4, seed=1)
    model, _ = load_model("tiny-distilbert", labels=data.labels)

    def forward(**_inputs: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(model, "forward", forward)
    with pytest.raises(NotEnoughMemory, match="Not even one text"):
        evaluate(model, data)
