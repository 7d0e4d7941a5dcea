"""Do weights, tokenizer and labels belong together? Told when a model is loaded.

What does not fit together still runs, most of the time, and only learns badly: so it is looked for.
"""

from collections.abc import Iterable, Sequence
from typing import Any

#: Models round their rows of weights up to a multiple of 64 or 128, so a few stay without a token.
_SPARE_ROWS, _SPARE_SHARE = 128, 0.05
#: A layer between body and head that not every pretraining needs, so it may be new.
_OPTIONAL = "pooler"


def label_names(labels: Sequence[object]) -> tuple[str, ...]:
    """Labels as names: whole numbers are taken as well.

    Raises:
        ValueError: for a single text instead of several, a number with a point, or a name twice.
    """
    if isinstance(labels, str):
        raise ValueError(
            f"labels must be several names, not the one text {labels!r}: pass labels=data.labels."
        )
    for label in labels:
        if isinstance(label, float):
            raise ValueError(
                f"The label {label!r} is a number with a point. A classification chooses between "
                "names: write whole numbers or words, as in labels=('0', '1')."
            )
    names = tuple(str(label) for label in labels)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"labels has {twice[0]!r} twice: each name stands for one answer.")
    return names


def check_vocabulary(model: Any, tokenizer: Any, name: str) -> None:
    """
    Raises:
        ValueError: when the tokenizer is that of another model, as far as sizes can tell.
    """
    rows, tokens = model.get_input_embeddings().weight.shape[0], len(tokenizer)
    if rows >= tokens and rows - tokens <= max(_SPARE_ROWS, _SPARE_SHARE * rows):
        return
    raise ValueError(
        f"The tokenizer of {name!r} knows {tokens:,} tokens and the model has weights for "
        f"{rows:,}: they do not belong together. Take both from one place; tokens that were "
        "added to the tokenizer need model.resize_token_embeddings(len(tokenizer)) before the "
        "model is saved."
    )


def check_weights(model: Any, found: dict[str, Any], name: str, *, was_classifier: bool) -> None:
    """Looks at what `from_pretrained` says of the weights it found.

    Args:
        found: its loading info: the names of `missing_keys`, and `mismatched_keys`.
        was_classifier: the file is said to hold a trained classifier, with its last layer.

    Raises:
        ValueError: when weights are missing that a pretrained model must have.
    """
    body = f"{model.base_model_prefix}."
    missing = list(found["missing_keys"])
    odd = [one if isinstance(one, str) else one[0] for one in found["mismatched_keys"]]
    lost = [key for key in (*missing, *odd) if key.startswith(body) and _OPTIONAL not in key]
    if lost:
        raise ValueError(
            f"{len(lost)} of the weights of {name!r} are missing or have another shape "
            f"({_listed(lost)}): they would be random numbers. The file was saved from another "
            "kind of model, or not as a whole. Load what it was saved from and save it again."
        )
    lost = [key for key in missing if not key.startswith(body)]
    if was_classifier and lost:
        raise ValueError(
            f"{name!r} is said to be a trained classifier, but its last layer is not in the file "
            f"({_listed(lost)}): its answers would be chance. Save it again with "
            "save_model(model, folder), or begin with the model it was made from."
        )
    if any(not key.startswith(body) for key in odd):
        print(
            f"{name} was trained for another number of labels: its last layer is a new one, and "
            "its answers are chance until it has been trained."
        )


def _listed(names: Iterable[str]) -> str:
    first, *rest = sorted(names)
    return first + (f" and {len(rest)} more" if rest else "")
