"""What a model says: a label with its probability, or the rest of a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tuningfork.models import Known, knowledge
from tuningfork.table import html_table, text_table


@dataclass(frozen=True)
class Answer:
    text: str
    #: The label, or the text that the model wrote after `text`.
    answer: str
    #: How sure the model is of the label, 0 to 1; `None` for a written text.
    probability: float | None = None

    def __str__(self) -> str:
        return (
            self.answer if self.probability is None else f"{self.answer} ({self.probability:.0%})"
        )


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
    with each text until it ends the text itself or has written `max_new_tokens`.

    Args:
        temperature: 0 always takes the likeliest next token; the higher, the more surprising.
        seed: the same seed gives the same texts.

    Raises:
        ValueError: when there is nothing to answer, or for a negative temperature.
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
        written = [
            _write(model, text, known, max_new_tokens, temperature, seed + at)
            for at, text in enumerate(asked)
        ]
    return Answers(tuple(written))


def _classify(model: Any, texts: list[str], known: Known) -> Answers:
    import torch

    found = []
    with torch.inference_mode():
        for start in range(0, len(texts), 64):
            part = texts[start : start + 64]
            batch = known.tokenizer(
                part,
                padding=True,
                truncation=True,
                max_length=known.max_length,
                return_tensors="pt",
            )
            # (rows, labels) → probabilities that add up to 1 in each row
            shares = model(**batch.to(model.device)).logits.softmax(-1)
            best = shares.max(-1)
            found += [
                Answer(text, known.labels[label], share)
                for text, label, share in zip(
                    part, best.indices.tolist(), best.values.tolist(), strict=True
                )
            ]
    return Answers(tuple(found))


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
