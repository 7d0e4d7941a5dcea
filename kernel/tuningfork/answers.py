"""What a model says: a label, a hidden word, or the rest of a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tuningfork.batches import IGNORED
from tuningfork.lean import guesses
from tuningfork.models import Known, knowledge
from tuningfork.scores import logits_of
from tuningfork.table import html_table, text_table

#: Guesses at a hidden word that are told.
_TOP = 5


@dataclass(frozen=True)
class Answer:
    text: str
    #: The label, the likeliest word, or the text that the model wrote after `text`.
    answer: str
    #: How sure the model is of the label or word, 0 to 1; `None` for a written text.
    probability: float | None = None
    #: The next likeliest words with their probabilities.
    others: tuple[tuple[str, float], ...] = ()

    def __str__(self) -> str:
        if self.probability is None:
            return self.answer
        told = ((self.answer, self.probability), *self.others)
        return ", ".join(f"{word} ({share:.0%})" for word, share in told)


@dataclass(frozen=True)
class Answers(Sequence[Answer]):
    """The answers of a model, one per text, shown as a table."""

    answers: tuple[Answer, ...]

    def __len__(self) -> int:
        return len(self.answers)

    def __getitem__(self, at: Any) -> Any:
        return self.answers[at]

    def beside(
        self, later: "Answers", names: tuple[str, str] = ("before", "after")
    ) -> "Comparison":
        """Both answers to each text side by side: of a model before and after training, say."""
        return Comparison(self, later, names)

    def __repr__(self) -> str:
        return text_table(("text", "answer"), [(one.text, one) for one in self.answers])

    def _repr_html_(self) -> str:
        return html_table(("text", "answer"), [(one.text, one) for one in self.answers])


@dataclass(frozen=True)
class Comparison:
    first: Answers
    second: Answers
    names: tuple[str, str]

    def _rows(self) -> list[tuple[object, ...]]:
        return [(one.text, one, two) for one, two in zip(self.first, self.second, strict=False)]

    def __repr__(self) -> str:
        return text_table(("text", *self.names), self._rows())

    def _repr_html_(self) -> str:
        return html_table(("text", *self.names), self._rows())


def predict(
    model: Any,
    texts: Sequence[str] | str,
    *,
    max_new_tokens: int = 80,
    temperature: float = 0.8,
    seed: int = 0,
) -> Answers:
    """Asks a model.

    A classifier gives each text its likeliest label and how sure it is. A model that writes goes on
    with each text until it ends the text itself or has written `max_new_tokens`. A model that
    guesses hidden words (task "fill-mask") needs one mask in each text, such as "The soup was
    [MASK].", and gives the five likeliest words.

    Args:
        temperature: 0 always takes the likeliest next token; the higher, the more surprising.
        seed: the same seed gives the same texts.

    Raises:
        ValueError: when there is nothing to answer, for a negative temperature, or when a text has
            no mask or several where one is needed.
    """
    asked = [texts] if isinstance(texts, str) else [str(text) for text in texts]
    if not asked:
        raise ValueError("There is nothing to answer: give at least one text.")
    if temperature < 0:
        raise ValueError(f"temperature must be 0 or more, not {temperature}.")
    known = knowledge(model)
    with known.turn.question(model):
        if known.task == "classification":
            return _classify(model, asked, known)
        if known.task == "fill-mask":
            return Answers(tuple(_guess(model, text, known) for text in asked))
        written = [
            _write(model, text, known, max_new_tokens, temperature, seed + at)
            for at, text in enumerate(asked)
        ]
    return Answers(tuple(written))


def _classify(model: Any, texts: list[str], known: Known) -> Answers:
    found = []
    for text, logits in zip(texts, logits_of(model, texts, known), strict=True):
        # Probabilities that add up to 1.
        share, label = logits.softmax(-1).max(-1)
        found.append(Answer(text, known.labels[int(label)], float(share)))
    return Answers(tuple(found))


def _guess(model: Any, text: str, known: Known) -> Answer:
    """The likeliest words for the mask in a text."""
    import torch

    tokenizer = known.tokenizer
    limit = known.max_length
    batch = tokenizer(text, truncation=True, max_length=limit, return_tensors="pt")
    is_mask = batch["input_ids"] == tokenizer.mask_token_id
    if int(is_mask.sum()) != 1:
        raise ValueError(
            f"Each text needs one {tokenizer.mask_token} where a word is to be guessed, and there "
            f"are {int(is_mask.sum())} in the first {limit} tokens of {text[:60]!r}. Write, for "
            f"example: The soup was {tokenizer.mask_token}."
        )
    # Any label marks the place that is asked about.
    batch["labels"] = torch.where(is_mask, batch["input_ids"], IGNORED)
    with torch.inference_mode():
        logits, _ = guesses(model, dict(batch.to(model.device)))
    best = logits[0].softmax(-1).topk(_TOP)
    words = tokenizer.convert_ids_to_tokens(best.indices.tolist())
    (first, share), *others = zip(words, best.values.tolist(), strict=True)
    return Answer(text, first, share, tuple(others))


def _write(model: Any, text: str, known: Known, most: int, temperature: float, seed: int) -> Answer:
    import torch

    tokenizer = known.tokenizer
    begun = tokenizer(text, truncation=True, max_length=known.max_length - 1)["input_ids"]
    # An empty text begins as every text of the training began: after the end of another.
    start = begun or [tokenizer.eos_token_id]
    room = min(most, known.max_length - len(start))
    torch.manual_seed(seed)
    chance: dict[str, Any] = {"do_sample": False}
    if temperature > 0:
        chance = {"do_sample": True, "temperature": temperature, "top_k": 0}
    with torch.inference_mode():
        ids = model.generate(
            torch.tensor([start], device=model.device),
            attention_mask=torch.ones((1, len(start)), dtype=torch.long, device=model.device),
            max_new_tokens=max(1, room),
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            **chance,
        )
    return Answer(text, tokenizer.decode(ids[0, len(start) :], skip_special_tokens=True))
