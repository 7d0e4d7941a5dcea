"""Single figures: gradient checkpointing, the fused optimizer, the loss before training."""

import time
from collections.abc import Callable, Iterator
from math import log
from typing import Any

from banding.finding import Finding, between, quietly


def _middling() -> Any:
    """A classifier of 6 layers and width 384, random weights."""
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    config = DistilBertConfig(
        vocab_size=1200,
        dim=384,
        n_layers=6,
        n_heads=6,
        hidden_dim=1536,
        max_position_embeddings=128,
    )
    model: Any = DistilBertForSequenceClassification(config)
    return model


def checkpointing(rows: int = 16, *, timed: bool = True) -> Iterator[Finding]:
    """Gradient checkpointing: much less memory for a little more time."""
    import torch

    from tuningfork.slim import checkpoint_gradients

    torch.manual_seed(0)
    model = _middling().train()
    batch = {
        "input_ids": torch.randint(1200, (rows, 128)),
        "labels": torch.zeros(rows, dtype=torch.long),
    }

    def both_ways() -> None:
        model(**batch).loss.backward()

    plain, quick = _saved_mb(model, batch), _seconds(both_ways) if timed else 0.0
    checkpoint_gradients(model)
    less = _saved_mb(model, batch)
    told = f"{plain:.0f} → {less:.0f} MB"
    yield Finding(
        "gradient checkpointing: kept for the backward pass",
        "446 → 26 MB",
        told,
        "≥ 10× less",
        plain >= 10 * less,
    )
    if timed:
        yield between("… its time", "1.41×", _seconds(both_ways) / quick, 1.1, 1.7)


def _saved_mb(model: Any, batch: dict[str, Any]) -> float:
    """What autograd keeps, without the weights themselves."""
    import torch

    kept: dict[int, int] = {}
    weights = {value.data_ptr() for value in model.parameters()}

    def note(tensor: Any) -> Any:
        if tensor.data_ptr() not in weights:
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss = model(**batch).loss
    del loss
    return sum(kept.values()) / 1e6


def _seconds(act: Callable[[], Any], times: int = 3) -> float:
    """The quickest of some tries, in CPU seconds; the first does not count."""
    found = []
    for _ in range(times + 1):
        begin = time.process_time()
        act()
        found.append(time.process_time() - begin)
    return min(found[1:])


def fused() -> Iterator[Finding]:
    """One pass over all weights instead of several."""
    import torch

    from tuningfork import TrainConfig
    from tuningfork.optimizer import optimizer_of

    def step(optim: str) -> float:
        model = _middling()
        for weight in model.parameters():
            weight.grad = torch.ones_like(weight)
        optimizer = optimizer_of(model, TrainConfig(optim=optim), 1e-4)
        return _seconds(optimizer.step, times=9)

    plain, quick = step("adamw_torch"), step("adamw_torch_fused")
    told = f"{1000 * plain:.1f} → {1000 * quick:.1f} ms"
    yield Finding(
        "AdamW → fused AdamW, one step",
        "29.5 → 8.9 ms",
        told,
        "≥ 1.5× faster",
        plain >= 1.5 * quick,
    )


def first_loss() -> Iterator[Finding]:
    """A model that knows nothing hesitates between all its tokens."""
    from tuningfork import evaluate, load_data, load_model

    with quietly():
        model, tokenizer = load_model("tiny-gpt2", pretrained=False)
    loss = evaluate(model, load_data("tales", n=64)).loss
    expected = log(len(tokenizer))
    told = f"{loss:.3f} (ln V = {expected:.3f})"
    yield Finding(
        "loss before training, random weights",
        "6.012 (ln V = 5.991)",
        told,
        "within 5 %",
        abs(loss / expected - 1) < 0.05,
    )
