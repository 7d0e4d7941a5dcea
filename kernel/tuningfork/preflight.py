"""A look at the rows before the first step: what would fail in the middle of a run, or spoil it
without a word.

What cannot work is an error; what may be meant so is one line.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tuningfork.batches import Example, targets_of
from tuningfork.config import TrainConfig
from tuningfork.dataset import Dataset
from tuningfork.models import Known

#: A label with a larger share of the rows than this is likely to be the answer to everything.
_MOST = 0.9
#: Row numbers that are listed.
_LISTED = 10


def require_rows(name: str, data: object) -> None:
    """
    Raises:
        TypeError: for something that is no data set.
    """
    if not isinstance(data, Dataset):
        raise TypeError(
            f"{name} must be rows from load_data() or split(), not {type(data).__name__}: the "
            "texts become numbers inside of train(). A file of your own: load_data('file.csv')."
        )


def look_over(
    model: Any,
    known: Known,
    config: TrainConfig,
    train_data: Dataset,
    examples: list[Example],
    checks: list[Example],
) -> list[str]:
    """Sentences about what may not be meant so.

    Args:
        examples: `train_data`, encoded.
        checks: the rows to evaluate on, encoded.

    Raises:
        ValueError: when the model has no weights for a token, or nothing can be learned.
    """
    _check_tokens(model, known, [*examples, *checks])
    told = [
        *_of_empty_rows(examples, known),
        *_of_cut_texts(train_data, examples, known, config),
        *(_of_labels(examples, known) if known.task == "classification" else ()),
    ]
    if config.eval_steps is not None and not checks:
        told.append(
            f"eval_steps={config.eval_steps} does nothing, as there are no rows to evaluate on: "
            "pass val_data to train()."
        )
    return told


def _check_tokens(model: Any, known: Known, examples: list[Example]) -> None:
    rows = model.get_input_embeddings().weight.shape[0]
    highest = max(max(example.ids) for example in examples)
    if highest < rows:
        return
    token = known.tokenizer.convert_ids_to_tokens(highest)
    raise ValueError(
        f"The tokenizer gives {token!r} the number {highest}, and the model has weights for the "
        f"tokens 0 to {rows - 1} only. If tokens were added to the tokenizer, call "
        "model.resize_token_embeddings(len(tokenizer)) before the training; else load model and "
        "tokenizer again, both with one load_model()."
    )


def _of_empty_rows(examples: list[Example], known: Known) -> Iterator[str]:
    empty = [example.row for example in examples if targets_of(example, known.task) == 0]
    if not empty:
        return
    shown = ", ".join(map(str, empty[:_LISTED])) + (", …" if len(empty) > _LISTED else "")
    if len(empty) == len(examples):
        raise ValueError(
            f"No row has anything to learn: all texts are empty (rows {shown}). Look at the data, "
            "and at the column that the texts were taken from."
        )
    yield (
        f"There is nothing to learn from {len(empty)} of {len(examples)} rows, counted from 0: "
        f"{shown}. Their texts are empty; they change nothing."
    )


def _of_cut_texts(
    data: Dataset, examples: list[Example], known: Known, config: TrainConfig
) -> Iterator[str]:
    """How many texts lose their end. A text as long as the limit may just fit: these are counted
    again without it."""
    limit = min(config.max_length or known.max_length, known.max_length)
    texts = [str(data[one.row]["text"]) for one in examples if len(one.ids) >= limit]
    if not texts:
        return
    end = known.task == "generation"  # its end-of-text token is added later
    lists = known.tokenizer(texts, truncation=False, verbose=False)["input_ids"]
    lengths = [len(ids) + end for ids in lists if len(ids) + end > limit]
    if not lengths:
        return
    more = (
        f"max_length may be up to {known.max_length}"
        if limit < known.max_length
        else "the model takes no more; cut long texts into several rows if their ends matter"
    )
    yield (
        f"{len(lengths)} of {len(examples)} texts ({len(lengths) / len(examples):.0%}) are longer "
        f"than {limit} tokens and lose their end; the longest has {max(lengths)} ({more})."
    )


def _of_labels(examples: list[Example], known: Known) -> Iterator[str]:
    counts = Counter(example.label for example in examples)
    absent = [name for at, name in enumerate(known.labels) if not counts[at]]
    if absent:
        yield (
            f"No row to learn from is labelled {_either(absent)}, so the model will not learn to "
            "say so."
        )
    label, most = counts.most_common(1)[0]
    if most / len(examples) > _MOST and label is not None:
        yield (
            f"{most / len(examples):.0%} of the rows are labelled {known.labels[label]!r}: a model "
            "that always says so would be right as often. Judge it by evaluate(model, data), whose "
            "macro F1 counts every label the same."
        )


def _either(names: list[str]) -> str:
    listed = ", ".join(map(repr, names[:_LISTED]))
    return listed + (f" or {len(names) - _LISTED} more" if len(names) > _LISTED else "")
