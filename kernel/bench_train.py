"""`train` beside `transformers.Trainer`: useful tokens a second, peak memory, loss on new texts.

    PYTHONPATH=kernel OMP_NUM_THREADS=1 python kernel/bench_train.py [--pairs 3] [--only tiny-gpt2]

Three ways on the same rows, model, seed and number of steps, each run in a process of its own, in
turn:

- "documented": Trainer as its documentation shows it, every text padded to the longest allowed;
- "tuned": Trainer with batches of texts of like length, padded to the longest of a batch, and fused
  AdamW;
- "ours".

Texts have a log-normal spread of lengths, cut at 128 tokens. Tokens count without padding. Times
are CPU seconds of the training alone: other work on the machine matters less. The larger sizes have
the architecture of the real models and random weights; they run a few steps only.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from statistics import mean, median

import bench_memory
import bench_same
from bench_page import in_own_process, put
from bench_ways import BATCH, LENGTH, data_of, model_of, ours, theirs

WAYS = ("documented", "tuned", "ours")
#: Steps of a run, by model.
STEPS = {"tiny-distilbert": 120, "tiny-gpt2": 120, "tinybert": 40, "distilbert": 8, "gpt2": 6}
#: New texts for the larger models, whose few steps leave them at chance.
LATER_TEXTS = 32


def one(name: str, way: str, folder: str, seed: int) -> dict[str, float]:
    """One run. Seconds, peak memory and the loss on new texts."""
    import torch

    from tuningfork import evaluate

    torch.set_num_threads(1)
    train_data, val_data = data_of()
    labels = () if "gpt" in name else train_data.labels
    model = model_of(name, labels, f"{folder}/model")
    with _measured() as found:
        if way == "ours":
            tokens = ours(model, train_data, STEPS[name], folder, seed)
        else:
            tuned = way == "tuned"
            tokens = theirs(model, train_data, STEPS[name], folder, seed, tuned=tuned)
    found["tokens"] = tokens
    found["mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    few = len(val_data) if name.startswith("tiny-") else LATER_TEXTS
    found["eval_loss"] = evaluate(model, val_data[:few]).loss
    return found


@contextmanager
def _measured() -> Iterator[dict[str, float]]:
    found: dict[str, float] = {}
    begin, wall = time.process_time(), time.perf_counter()
    yield found
    found["cpu"] = time.process_time() - begin
    found["wall"] = time.perf_counter() - wall


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--only", choices=list(STEPS), action="append")
    chosen = parser.parse_args()
    lines = [
        "| model | way | useful tokens / CPU s | ours is | peak MB | loss on new texts |",
        "|---|---|---|---|---|---|",
    ]
    ratios: dict[str, list[float]] = {"documented": [], "tuned": []}
    for name in chosen.only or list(STEPS):
        for line in _rows(name, chosen.pairs, ratios):
            print(line, flush=True)
            lines.append(line)
    if chosen.only:
        return
    memory = bench_memory.table()
    print(memory)
    same = bench_same.table()
    put("training", _section("\n".join(lines), _verdicts(ratios), memory, same, chosen.pairs))
    print("\nWritten to docs/benchmarks.md.")


def _section(speed: str, verdicts: str, memory: str, same: str, pairs: int) -> str:
    load = os.getloadavg()[0]
    return f"""## Training: `train` beside `transformers.Trainer`

Written by `npm run bench:train` on {date.today()}: {pairs} runs of each in turn, one thread, load
average {load:.1f} at the end.

{speed}

Medians; the loss is the mean, over the same seeds. "Documented": every text padded to the longest
allowed. "Tuned": texts of like length together, padded to the longest of a batch, and fused AdamW.
Same rows, model, seed and number of steps. Texts have a log-normal spread of lengths, cut at
{LENGTH} tokens; padding does not count as useful. The three larger models have the true
architecture and random weights, and take a few steps only: their losses are still those of chance.
What says that the speed costs no learning is the next table.

{verdicts}

With chance taken out (every step the same {BATCH} rows, no dropout, the same first weights), the
loss on 64 new texts:

{same}

{memory}

The most memory that the process had in use, Python included."""


def _verdicts(ratios: dict[str, list[float]]) -> str:
    """The targets, and whether they hold."""
    documented, tuned = ratios["documented"], ratios["tuned"]
    asked = {
        "against documented, the least: ≥ 2.5×": (min(documented), 2.5),
        "against documented, the median: ≥ 3×": (median(documented), 3.0),
        "against tuned, the median: ≥ 1.1×": (median(tuned), 1.1),
        "against tuned, the least: ≥ 1.0×": (min(tuned), 1.0),
    }
    return "\n".join(
        f"- {what}: {value:.2f}×, {'holds' if value >= least else '**does not hold**'}"
        for what, (value, least) in asked.items()
    )


def _rows(name: str, pairs: int, ratios: dict[str, list[float]]) -> Iterator[str]:
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for seed in range(pairs):
        for way in WAYS:
            found[way].append(_apart(name, way, seed))
    speeds = {way: median(run["tokens"] / run["cpu"] for run in found[way]) for way in WAYS}
    for way in WAYS:
        memory = median(run["mb"] for run in found[way])
        loss = mean(run["eval_loss"] for run in found[way])
        ratio = speeds["ours"] / speeds[way]
        if way in ratios:
            ratios[way].append(ratio)
        faster = "" if way == "ours" else f"{ratio:.2f}×"
        yield f"| {name} | {way} | {speeds[way]:,.0f} | {faster} | {memory:,.0f} | {loss:.3f} |"


def _apart(name: str, way: str, seed: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        return in_own_process(__file__, name, way, folder, str(seed))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        name, way, folder, seed = sys.argv[2:]
        print(json.dumps(one(name, way, folder, int(seed))))
    else:
        main()
