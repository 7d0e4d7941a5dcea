"""Less in memory while a model trains, and the same numbers."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from tuningfork import TrainConfig, add_lora, load_data, load_model, train
from tuningfork.batches import collate, encode
from tuningfork.lean import own_loss
from tuningfork.memory import forget
from tuningfork.models import knowledge
from tuningfork.slim import checkpoint_gradients, slim

KERNEL = Path(__file__).parents[1]


def _batch(model: Any) -> dict[str, Any]:
    known = knowledge(model)
    rows = encode(load_data("tales", n=4, seed=1), known, 48)
    return collate(rows, known.tokenizer.pad_token_id)


def _gradients(model: Any, batch: dict[str, Any]) -> list[torch.Tensor]:
    model.train()
    torch.manual_seed(0)
    own_loss(model, batch).backward()
    found = [w.grad.clone() for w in model.parameters() if w.grad is not None]
    model.zero_grad()
    return found


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a tiny model count as large, for which attention is computed again."""
    monkeypatch.setattr("tuningfork.slim._LARGE", 0)


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("wrap", [lambda model: model, add_lora])
def test_gradients_are_the_same_dropout_and_all(
    large: None, wrap: Any, checkpointing: bool
) -> None:
    model = wrap(load_model("tiny-gpt2")[0])
    batch = _batch(model)
    plain = _gradients(model, batch)
    with slim(model, checkpointing=checkpointing):
        lean = _gradients(model, batch)
    assert len(plain) == len(lean) > 0
    for one, other in zip(plain, lean, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_afterwards_the_model_is_as_transformers_made_it(large: None) -> None:
    model = load_model("tiny-gpt2")[0]
    before = (repr(model), model.config._attn_implementation, model.config.use_cache)
    with slim(model):
        assert repr(model) != before[0]
        checkpoint_gradients(model)
    after = (repr(model), model.config._attn_implementation, model.config.use_cache)
    assert after == before
    assert not model.is_gradient_checkpointing


def test_training_leaves_gradient_checkpointing_off() -> None:
    model = load_model("tiny-gpt2")[0]
    train(
        model, load_data("tales", n=8), None, TrainConfig(max_steps=1, gradient_checkpointing=True)
    )
    assert not model.is_gradient_checkpointing
    assert model.config.use_cache


_PROGRAM = """
import sys, torch
torch.set_num_threads(1)
from contextlib import nullcontext
from tuningfork import load_data, load_model
from tuningfork.batches import collate, encode
from tuningfork.forecast import _peak
from tuningfork.lean import own_loss
from tuningfork.memory import used_mb
from tuningfork.models import knowledge
from tuningfork import slim
slim._LARGE = 0
model = load_model("tiny-gpt2")[0].train()
known = knowledge(model)
rows = encode(load_data("tales", n=96, seed=1), known, 96)
batch = collate(rows, known.tokenizer.pad_token_id)
around = {"plain": nullcontext(), "slim": slim.slim(model),
          "checkpointing": slim.slim(model, checkpointing=True)}[sys.argv[1]]
with around:
    before = used_mb()
    with _peak() as peak:
        own_loss(model, batch).backward()
print(peak[0] - before)
"""


def _needed(way: str) -> float:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _PROGRAM, way],
        env={"PYTHONPATH": str(KERNEL), "PATH": "", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return float(done.stdout.splitlines()[-1])


def test_a_step_takes_less_memory() -> None:
    plain, lean, least = map(_needed, ("plain", "slim", "checkpointing"))
    assert lean < 0.75 * plain
    assert least < 0.75 * lean


def test_what_is_forgotten_leaves_memory_and_its_neighbours_stay(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    values = {"one": torch.ones(2**22), "two": torch.full((2**22,), 2.0)}
    save_file(values, tmp_path / "file.safetensors")
    found = load_file(tmp_path / "file.safetensors")
    assert found["one"].sum() + found["two"].sum() == 3 * 2**22
    before = _in_memory()
    forget(found["one"])
    assert before - _in_memory() > 12
    assert found["two"].sum() == 2 * 2**22


def _in_memory() -> float:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    match = re.search(r"VmRSS:\s+(\d+)", text)
    assert match
    return int(match[1]) / 1024
