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
from pathlib import Path
from statistics import mean, median
from typing import Any

import bench_memory
from bench_page import in_own_process, put
from tests.real_sizes import DISTILBERT, GPT2, TINYBERT, write

WAYS = ("documented", "tuned", "ours")
LENGTH = 128
#: Steps of a run, by model.
STEPS = {"tiny-distilbert": 120, "tiny-gpt2": 120, "tinybert": 40, "distilbert": 8, "gpt2": 6}
BATCH = 16
#: Models whose architecture is made with random weights.
REAL = {"tinybert": TINYBERT, "distilbert": DISTILBERT, "gpt2": GPT2}


def _data() -> tuple[Any, Any]:
    from tuningfork import load_data, split

    rows = load_data("opinions", n=1200, seed=1, length_sigma=1.0)
    train_data, val_data = split(rows, (0.85, 0.15))
    return train_data, val_data


def _model(name: str, labels: Any, folder: str) -> Any:
    """A built-in model, or one of the architecture of a real one with random weights."""
    from tuningfork import load_model

    task = "generation" if "gpt" in name else "classification"
    if name.startswith("tiny-"):
        return load_model(name, labels=labels)[0]
    return load_model(write(REAL[name], Path(folder)), task=task, labels=labels)[0]


def one(name: str, way: str, folder: str, seed: int) -> dict[str, float]:
    """One run. Seconds, peak memory and the loss on new texts."""
    import torch

    from tuningfork import evaluate

    torch.set_num_threads(1)
    task = "generation" if "gpt" in name else "classification"
    train_data, val_data = _data()
    labels = train_data.labels if task == "classification" else ()
    model = _model(name, labels, f"{folder}/model")
    with _measured() as found:
        if way == "ours":
            tokens = _ours(model, train_data, STEPS[name], folder, seed)
        else:
            tuned = way == "tuned"
            tokens = _theirs(model, train_data, STEPS[name], folder, seed, tuned=tuned)
    found["tokens"] = tokens
    found["mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found["eval_loss"] = evaluate(model, val_data).loss
    return found


@contextmanager
def _measured() -> Iterator[dict[str, float]]:
    found: dict[str, float] = {}
    begin, wall = time.process_time(), time.perf_counter()
    yield found
    found["cpu"] = time.process_time() - begin
    found["wall"] = time.perf_counter() - wall


def _ours(model: Any, data: Any, steps: int, folder: str, seed: int) -> float:
    from tuningfork import TrainConfig, train

    config = TrainConfig(
        max_steps=steps,
        per_device_train_batch_size=BATCH,
        max_length=LENGTH,
        output_dir=folder,
        save_seconds=None,
        seed=seed,
        disable_tqdm=True,
    )
    run = train(model, data, None, config)
    return sum(row["tokens"] for row in run.log)


def _theirs(model: Any, data: Any, steps: int, folder: str, seed: int, *, tuned: bool) -> float:
    from transformers import Trainer, TrainingArguments

    from tuningfork.models import knowledge

    known = knowledge(model)
    counted: list[float] = []
    rows = _encoded(data, known, padded=not tuned)
    more: dict[str, Any] = {"optim": "adamw_torch"}
    if tuned:
        more = {"optim": "adamw_torch_fused", "train_sampling_strategy": "group_by_length"}
    arguments = TrainingArguments(
        output_dir=folder,
        max_steps=steps,
        per_device_train_batch_size=BATCH,
        learning_rate=known.learning_rate,
        warmup_steps=0.1,
        weight_decay=0.01,
        report_to="none",
        save_strategy="no",
        disable_tqdm=True,
        use_cpu=True,
        logging_steps=1,
        seed=seed,
        **more,
    )

    def collate(part: list[dict[str, Any]]) -> dict[str, Any]:
        batch = _collator(known)(part)
        counted.append(float(batch["attention_mask"].sum()))
        return batch

    trainer = Trainer(model=model, args=arguments, train_dataset=rows, data_collator=collate)
    trainer.train()
    return sum(counted[:steps])


def _encoded(data: Any, known: Any, *, padded: bool) -> Any:
    from tuningfork.batches import encode

    # The same numbers as ours, end of text included: a model that never sees it does worse by it.
    rows: list[dict[str, Any]] = [
        {"input_ids": one.ids, "attention_mask": [1] * len(one.ids)}
        for one in encode(data, known, LENGTH)
    ]
    if padded:
        pad = known.tokenizer.pad
        rows = [dict(pad(row, padding="max_length", max_length=LENGTH)) for row in rows]
    if known.task == "classification":
        for row, given in zip(rows, data, strict=True):
            row["label"] = known.labels.index(given["label"])
    return rows


def _collator(known: Any) -> Any:
    from transformers import DataCollatorForLanguageModeling, DataCollatorWithPadding

    if known.task == "classification":
        return DataCollatorWithPadding(known.tokenizer)
    return DataCollatorForLanguageModeling(known.tokenizer, mlm=False)


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
    put("training", _section("\n".join(lines), _verdicts(ratios), memory, chosen.pairs))
    print("\nWritten to docs/benchmarks.md.")


def _section(speed: str, verdicts: str, memory: str, pairs: int) -> str:
    load = os.getloadavg()[0]
    return f"""## Training: `train` beside `transformers.Trainer`

Written by `npm run bench:train` on {date.today()}: {pairs} runs of each in turn, one thread, load
average {load:.1f} at the end.

{speed}

Medians; the loss is the mean, over the same seeds. "Documented": every text padded to the longest
allowed. "Tuned": texts of like length together, padded to the longest of a batch, and fused AdamW.
Same rows, model, seed and number of steps. Texts have a log-normal spread of lengths, cut at
{LENGTH} tokens; padding does not count as useful. The three larger models have the true
architecture and random weights, and take a few steps only: their losses say that nothing is
broken, not how well they learn.

{verdicts}

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
