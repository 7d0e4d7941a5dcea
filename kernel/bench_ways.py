"""The two ways that are held side by side: `train`, and `transformers.Trainer`.

Both on the same rows, from the same weights, for the same number of steps.
"""

from pathlib import Path
from typing import Any

from tests.real_sizes import DISTILBERT, GPT2, TINYBERT, write

LENGTH = 128
BATCH = 16
#: Models whose architecture is made with random weights.
REAL = {"tinybert": TINYBERT, "distilbert": DISTILBERT, "gpt2": GPT2}


def data_of() -> tuple[Any, Any]:
    from tuningfork import load_data, split

    rows = load_data("opinions", n=1200, seed=1, length_sigma=1.0)
    train_data, val_data = split(rows, (0.85, 0.15))
    return train_data, val_data


def model_of(name: str, labels: Any, folder: str) -> Any:
    """A built-in model, or one of the architecture of a real one with random weights."""
    from tuningfork import load_model

    task = "generation" if "gpt" in name else "classification"
    if name.startswith("tiny-"):
        return load_model(name, labels=labels)[0]
    return load_model(write(REAL[name], Path(folder)), task=task, labels=labels)[0]


def ours(model: Any, data: Any, steps: int, folder: str, seed: int) -> float:
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


def theirs(model: Any, data: Any, steps: int, folder: str, seed: int, *, tuned: bool) -> float:
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
