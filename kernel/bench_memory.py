"""Peak memory of fine-tuning GPT-2 Small, 4 texts of 256 tokens a step: `train` beside `Trainer`.

    PYTHONPATH=kernel python kernel/bench_memory.py

Each way runs in a process of its own, for two steps, after which memory no longer grows. Counted is
the most memory that the process as a whole had in use (its resident set), Python and PyTorch
included: about 350 MB before there is a model.
"""

import json
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench_page import in_own_process
from tests.real_sizes import GPT2, write

#: Way → settings of ours, or of Trainer.
WAYS: dict[str, dict[str, Any]] = {
    "Trainer as documented": {"theirs": True, "optim": "adamw_torch"},
    "Trainer, fused AdamW": {"theirs": True, "optim": "adamw_torch_fused"},
    "Trainer, gradient checkpointing": {"theirs": True, "gradient_checkpointing": True},
    "ours, all defaults": {},
    "ours, gradient checkpointing": {"gradient_checkpointing": True},
    "ours, gradient checkpointing, Adafactor": {
        "gradient_checkpointing": True,
        "optim": "adafactor",
    },
    "ours, LoRA": {"lora": True},
    "ours, LoRA, gradient checkpointing": {"lora": True, "gradient_checkpointing": True},
}
#: What is held against the first way.
TARGETS = {"ours, gradient checkpointing": 0.55, "ours, LoRA, gradient checkpointing": 0.25}
#: What must do with so many MB at most.
MOST = {"ours, gradient checkpointing, Adafactor": 1536}
ROWS, TOKENS, STEPS = 4, 256, 2


def texts(tokenizer: Any, count: int) -> list[str]:
    """Texts of more than `TOKENS` tokens each, so that all are cut to exactly so many."""
    from tuningfork import load_data

    tales = load_data("tales", n=400, seed=1).texts
    found: list[str] = []
    for at in range(count):
        part: list[str] = []
        while sum(len(tokenizer(text)["input_ids"]) for text in part) <= TOKENS:
            part.append(tales[(31 * at + len(part)) % len(tales)])
        found.append(" ".join(part))
    return found


def one(way: str, folder: str) -> dict[str, float]:
    """Megabytes at the peak, and CPU seconds a step."""
    import torch

    from tuningfork import add_lora, load_model
    from tuningfork.dataset import Dataset

    torch.set_num_threads(1)
    settings = dict(WAYS[way])
    model: Any
    model, tokenizer = load_model(folder, task="generation")
    data = Dataset(tuple({"text": text} for text in texts(tokenizer, ROWS * STEPS)))
    if settings.pop("lora", False):
        model = add_lora(model)
    common = {"max_steps": STEPS, "per_device_train_batch_size": ROWS}
    common["output_dir"] = folder + "/runs"
    before = _cpu()
    if settings.pop("theirs", False):
        _theirs(model, tokenizer, data, common | settings)
    else:
        _ours(model, data, common | settings)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"mb": peak, "cpu": (_cpu() - before) / STEPS}


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _ours(model: Any, data: Any, settings: dict[str, Any]) -> None:
    from tuningfork import TrainConfig, train

    config = TrainConfig(**settings, max_length=TOKENS, save_seconds=None, disable_tqdm=True)
    run = train(model, data, None, config)
    assert all(row["tokens"] == ROWS * TOKENS for row in run.log)


def _theirs(model: Any, tokenizer: Any, data: Any, settings: dict[str, Any]) -> None:
    from transformers import DataCollatorForLanguageModeling, Trainer, TrainingArguments

    rows = [tokenizer(text, truncation=True, max_length=TOKENS) for text in data.texts]
    assert all(len(row["input_ids"]) == TOKENS for row in rows)
    arguments = TrainingArguments(
        **settings, report_to="none", save_strategy="no", disable_tqdm=True, use_cpu=True
    )
    collator = DataCollatorForLanguageModeling(tokenizer, mlm=False)
    Trainer(model=model, args=arguments, train_dataset=rows, data_collator=collator).train()


def table() -> str:
    """Runs all ways; Markdown."""
    lines = [
        "| GPT-2 Small, 4 × 256 tokens | peak MB | share of Trainer's | target | CPU s a step |",
        "|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        write(GPT2, Path(folder))
        found = {way: _apart(way, folder) for way in WAYS}
    most = found["Trainer as documented"]["mb"]
    for way, seen in found.items():
        share = seen["mb"] / most
        verdict = _verdict(way, seen["mb"], share)
        lines.append(f"| {way} | {seen['mb']:,.0f} | {share:.2f} | {verdict} | {seen['cpu']:.1f} |")
    return "\n".join(lines)


def _verdict(way: str, mb: float, share: float) -> str:
    """What was wanted of a way, and whether it holds."""
    if way in TARGETS:
        return f"≤ {TARGETS[way]}: {'holds' if share <= TARGETS[way] else 'no'}"
    if way in MOST:
        return f"≤ {MOST[way]:,} MB: {'holds' if mb <= MOST[way] else 'no'}"
    return ""


def _apart(way: str, folder: str) -> dict[str, float]:
    return in_own_process(__file__, way, folder)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(*sys.argv[2:4])))
    else:
        print(table())
