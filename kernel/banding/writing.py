"""What becomes of a model that writes when it never sees the end of a text."""

from collections.abc import Iterator
from statistics import mean
from typing import Any

from banding.finding import BATCH, Finding, between, quietly


def writing(
    data: Any, asked: Any, steps: int, rate: float, *, keeps_end: bool, batch: int = BATCH
) -> tuple[float, float]:
    """Share of exact matches, and share of answers that end by themselves.

    Without the end it is as with the usual collator when the pad token is the end-of-text token:
    every label of that token is left out of the loss.
    """
    from tuningfork import TrainConfig, load_model, predict, train
    from tuningfork.batches import IGNORED
    from tuningfork.lean import own_loss

    most = 24
    model, tokenizer = load_model("tiny-gpt2")

    def without_end(model: Any, inputs: dict[str, Any]) -> Any:
        labels = inputs["labels"]
        end = labels == tokenizer.eos_token_id
        return own_loss(model, {**inputs, "labels": labels.masked_fill(end, IGNORED)})

    config = TrainConfig(
        max_steps=steps, per_device_train_batch_size=batch, learning_rate=rate, save_seconds=None
    )
    with quietly():
        train(model, data, None, config, objective=own_loss if keeps_end else without_end)
    answers = predict(model, [row["prompt"] for row in asked], temperature=0, max_new_tokens=most)
    right = mean(
        said.answer.strip() == row["answer"] for said, row in zip(answers, asked, strict=True)
    )
    ended = mean(len(tokenizer(said.answer)["input_ids"]) < most for said in answers)
    return right, ended


def eos(steps: int = 800, rate: float = 4e-3, rows: int = 3000) -> Iterator[Finding]:
    """A model that never saw the end of a text never stops.

    The study's tokenizer had learned from dates; ours writes them digit by digit, so it gets two
    ways of writing a date and twice the steps.
    """
    from tuningfork import load_data

    data, asked = (
        load_data("dates", n=rows, seed=1, styles=2),
        load_data("dates", n=60, seed=77, styles=2),
    )
    right, ended = writing(data, asked, steps, rate, keeps_end=True)
    yield between("end of text kept: exact match", "0.91", right, 0.85, 1.0)
    yield between("end of text kept: answers that stop", "1.00", ended, 0.95, 1.0)
    right, ended = writing(data, asked, steps, rate, keeps_end=False)
    yield between("end of text left out: exact match", "0.00", right, 0.0, 0.02)
    yield between("end of text left out: answers that stop", "0.00", ended, 0.0, 0.05)
