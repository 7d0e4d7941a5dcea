"""What padding costs, and what is left of it with grouping and packing."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from banding.finding import BATCH, Finding, between, quietly


@dataclass(frozen=True)
class Cost:
    seconds: float
    padding: float


def _longer(n: int) -> Any:
    """Texts whose lengths are spread as in the study: half below 19 tokens, a few above 200."""
    from tuningfork import load_data
    from tuningfork.dataset import Dataset

    rows = sorted(
        load_data("opinions", n=2 * n, seed=1, length_sigma=0.8), key=lambda row: str(row["label"])
    )
    pairs = zip(rows[::2], rows[1::2], strict=True)
    both = [{"text": f"{one['text']} {two['text']}", "label": one["label"]} for one, two in pairs]
    return Dataset(tuple(both), "pairs", ("negative", "positive"))


def _wider(folder: Path, window: int) -> Any:
    """The built-in classifier with a longer window and random weights: only its speed counts."""
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    from tuningfork import load_model
    from tuningfork.models import BUILT_IN

    source = BUILT_IN / "tiny-distilbert"
    config = AutoConfig.from_pretrained(source, max_position_embeddings=window)
    make: Any = AutoModel.from_config
    make(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(source, model_max_length=window).save_pretrained(folder)
    return load_model(folder, task="classification", labels=("negative", "positive"))[0]


def cost(model: Any, steps: int, fixed: int | None = None, **settings: Any) -> Cost:
    """CPU seconds of so many steps, and the share of padding in them.

    Args:
        fixed: pad every batch to so many tokens, as is often done.
    """
    from torch.nn.functional import pad

    from tuningfork import TrainConfig, train
    from tuningfork.lean import own_loss

    def filled(model: Any, batch: dict[str, Any]) -> Any:
        assert fixed is not None
        room = (0, fixed - batch["input_ids"].shape[1])
        wide = {name: pad(batch[name], room) for name in ("input_ids", "attention_mask")}
        return own_loss(model, {**batch, **wide})

    config = TrainConfig(
        max_steps=steps, per_device_train_batch_size=BATCH, save_seconds=None, **settings
    )
    objective = filled if fixed else own_loss
    with quietly():
        begin = time.process_time()
        run = train(model, _longer(max(40, steps) * BATCH), None, config, objective=objective)
        seconds = time.process_time() - begin
    tokens = sum(row["tokens"] for row in run.log)
    places = sum(row["tokens"] / (1 - row["padding_share"]) for row in run.log)
    return Cost(seconds, 1 - tokens / (steps * BATCH * fixed if fixed else places))


def padding(steps: int = 40, window: int = 256) -> Iterator[Finding]:
    """Most of the time goes into padding, unless one takes care."""
    random: dict[str, Any] = {"train_sampling_strategy": "random", "packing": False}
    grouping: dict[str, Any] = {"train_sampling_strategy": "group_by_length", "packing": False}
    with tempfile.TemporaryDirectory() as folder:
        model = _wider(Path(folder), window)
        fixed = cost(model, steps, window, **random)
        dynamic = cost(model, steps, **random)
        grouped = cost(model, steps, **grouping)
    yield between(f"padded to {window}: share of padding", "0.90", fixed.padding, 0.84, 0.94)
    yield between("padded to the longest of a batch: share", "0.70", dynamic.padding, 0.55, 0.80)
    yield between("grouped by length: share", "0.15", grouped.padding, 0.0, 0.20)
    told = " / ".join(f"{one.seconds:.1f}" for one in (fixed, dynamic, grouped))
    falls = fixed.seconds > dynamic.seconds > grouped.seconds
    yield Finding("the three in CPU seconds", "22.7 / 5.7 / 2.4", told, "falling", falls)
    saved = fixed.seconds / grouped.seconds
    yield between(f"how much quicker than padded to {window} grouped is", "9.5", saved, 4, 20)
    yield from packing(steps)


def packing(steps: int = 40) -> Iterator[Finding]:
    """Texts that share rows need no padding, in any order."""
    from tuningfork import load_model

    padded, packed = (
        cost(load_model("tiny-gpt2")[0], steps, train_sampling_strategy="random", packing=packs)
        for packs in (False, True)
    )
    yield between("a model that writes, packed: share of padding", "–", packed.padding, 0.0, 0.10)
    told = f"{padded.seconds:.1f} / {packed.seconds:.1f}"
    faster = padded.seconds > 1.3 * packed.seconds
    what = "… padded to the longest of a batch / packed, CPU seconds"
    yield Finding(what, "–", told, "≥ 1.3× faster", faster)
