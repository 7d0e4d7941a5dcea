"""What a model says to the same few texts at each evaluation, so that one can watch it learn."""

from typing import Any

from tuningfork.answers import predict
from tuningfork.dataset import Dataset
from tuningfork.models import Known

#: Texts that are asked, and tokens that are written to go on with one.
_ASKED, _WRITTEN = 2, 16
#: Words of a text that a model goes on with.
_BEGINNING = 4
#: Words from the beginning that are looked at: no model's window is shorter.
_LOOKED_AT = 24


def questions_of(data: Dataset | None, known: Known) -> list[dict[str, str]]:
    """What to ask at each evaluation: `text`, and `label` or `expected` with what would be right.

    Taken from the first rows of `data`. A classifier is given the whole text, a model that writes
    its first words, a model that guesses hidden words the text with its longest word hidden.
    """
    if data is None:
        return []
    found = [_question(str(row["text"]), row.get("label"), known) for row in data[:_ASKED]]
    return [one for one in found if _can_be_asked(one["text"], known)]


def ask(model: Any, questions: list[dict[str, str]]) -> list[dict[str, str]]:
    """The questions, each with the model's `answer`. Always the likeliest: chance has no part."""
    if not questions:
        return []
    texts = [one["text"] for one in questions]
    answers = predict(model, texts, max_new_tokens=_WRITTEN, temperature=0)
    return [one | {"answer": said.answer} for one, said in zip(questions, answers, strict=True)]


def _can_be_asked(text: str, known: Known) -> bool:
    return bool(text.strip()) and (
        known.task != "fill-mask" or text.count(known.tokenizer.mask_token) == 1
    )


def _question(text: str, label: object, known: Known) -> dict[str, str]:
    if known.task == "classification":
        return {"text": text, "label": str(label)}
    words = text.split()[:_LOOKED_AT]
    if known.task == "fill-mask":
        at = max(range(len(words)), key=lambda at: len(words[at]), default=0)
        hidden = [*words[:at], known.tokenizer.mask_token, *words[at + 1 :]]
        return {"text": " ".join(hidden) if words else "", "expected": "".join(words[at : at + 1])}
    rest = words[_BEGINNING:]
    return {"text": " ".join(words[:_BEGINNING]), "expected": " ".join(rest[:_WRITTEN])}
