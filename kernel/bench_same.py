"""Is the speed bought with anything learned? The loss on new texts, ours beside Trainer's.

    PYTHONPATH=kernel OMP_NUM_THREADS=1 python kernel/bench_same.py

Order, dropout and seeds make runs differ, and by more than what is looked for. So here chance has
no say: each step sees the same 16 rows, nothing is dropped out, the first weights are the same. All
else is as in `bench_train.py`: ours with its defaults, Trainer as documented.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench_page import in_own_process
from bench_ways import BATCH, data_of, model_of, ours, theirs

#: Steps of a run, by model.
STEPS = {"tiny-distilbert": 40, "tiny-gpt2": 40, "tinybert": 15, "distilbert": 6, "gpt2": 4}
WAYS = ("documented", "ours")
#: Of the loss, relative: float32 and sums in another order.
TOLERANCE = 1e-3


def one(name: str, way: str, folder: str) -> dict[str, float]:
    """The losses on new texts before and after a run."""
    import torch

    from tuningfork import evaluate

    torch.set_num_threads(1)
    train_data, val_data = data_of()
    labels = () if "gpt" in name else train_data.labels
    model = _without_dropout(model_of(name, labels, f"{folder}/model"))
    val_data = val_data[:64]
    before = evaluate(model, val_data).loss
    rows = train_data[:BATCH]
    if way == "ours":
        ours(model, rows, STEPS[name], folder, seed=0)
    else:
        theirs(model, rows, STEPS[name], folder, seed=0, tuned=False)
    return {"before": before, "after": evaluate(model, val_data).loss}


def _without_dropout(model: Any) -> Any:
    """Attention asks the module's own number, other layers are modules."""
    import torch

    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
        for number in ("dropout_prob", "attention_dropout", "attn_pdrop"):
            if isinstance(getattr(part, number, None), float):
                setattr(part, number, 0.0)
    for number in ("attention_dropout", "attn_pdrop", "attention_probs_dropout_prob"):
        if hasattr(model.config, number):
            setattr(model.config, number, 0.0)
    return model


def table(names: tuple[str, ...] = tuple(STEPS)) -> str:
    """Runs all; Markdown."""
    lines = [
        "| model | steps | loss before | after: Trainer | after: ours | equal within 0.1 % |",
        "|---|---|---|---|---|---|",
    ]
    for name in names:
        found = {way: _apart(name, way) for way in WAYS}
        trainer, own = (found[way]["after"] for way in WAYS)
        equal = "yes" if abs(own / trainer - 1) <= TOLERANCE else "**no**"
        before = found["ours"]["before"]
        lines.append(
            f"| {name} | {STEPS[name]} | {before:.4f} | {trainer:.4f} | {own:.4f} | {equal} |"
        )
        print(lines[-1], flush=True)
    return "\n".join(lines)


def _apart(name: str, way: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        return in_own_process(str(Path(__file__)), name, way, folder)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(*sys.argv[2:5])))
    else:
        table(tuple(sys.argv[1:]) or tuple(STEPS))
