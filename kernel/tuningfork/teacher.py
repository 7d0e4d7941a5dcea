"""Distillation: a small student learns to say what a large teacher says (Hinton et al., 2015).

The teacher's probabilities tell more than a label: how sure it is, and what comes second. They can
be had for any text, so most rows need no label at all.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuningfork.batches import IGNORED, encode
from tuningfork.config import TrainConfig
from tuningfork.dataset import Dataset, Row
from tuningfork.lean import guesses
from tuningfork.loop import train
from tuningfork.models import Known, knowledge
from tuningfork.packing import require_packing
from tuningfork.run import Run
from tuningfork.scores import logits_of
from tuningfork.step import Objective

if TYPE_CHECKING:
    from torch import Tensor


def distill(
    teacher: Any,
    student: Any,
    train_data: Dataset,
    val_data: Dataset | None = None,
    config: TrainConfig | None = None,
    temperature: float = 2.0,
    alpha: float = 0.5,
    *,
    resume: bool = False,
) -> Run:
    """Trains a student on what a teacher says, and on the labels where there are some.

    The loss is alpha · T² · KL(teacher ‖ student), both softened by the temperature T, plus
    (1 − alpha) · cross entropy with the label. A row without a label has the first part only. T²
    makes up for the smaller gradients of softened probabilities (Hinton et al., 2015, §2). For
    models that write, the same holds for each token; for models that guess hidden words, for each
    hidden word (as DistilBERT was made: Sanh et al., arXiv 1910.01108).

    Args:
        teacher: a trained model from `load_model`; it is not changed.
        student: the model to train, in place. It may have another architecture; models that write
            or guess words must have the same tokenizer.
        train_data: rows to learn from; `label` may be missing or `None` in any of them.
        val_data: labelled rows to check on.
        config: the settings of the training.
        temperature: above 0; the higher, the more the less likely labels count.
        alpha: weight of the teacher, 0 (labels only) to 1 (teacher only).
        resume: as in `train`.

    Raises:
        ValueError: when the two models do not fit together, or a number makes no sense.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, not {temperature!r}. Usual is 2.")
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha is a share from 0 to 1, not {alpha!r}.")
    _check_pair(teacher, student)
    config = config or TrainConfig()
    if config.packing:
        require_packing(teacher, knowledge(teacher))
    mix = Mix(temperature, alpha)
    was_training = teacher.training
    teacher.eval()
    try:
        task = knowledge(student).task
        rows = train_data
        objective = (_on_hidden_words if task == "fill-mask" else _on_tokens)(teacher, mix)
        if task == "classification":
            rows, objective = _on_labels(teacher, student, train_data, config, mix)
        return train(student, rows, val_data, config, resume=resume, objective=objective)
    finally:
        teacher.train(was_training)


@dataclass(frozen=True)
class Mix:
    """How teacher and labels are mixed."""

    temperature: float
    alpha: float

    def loss(self, said: "Tensor", target: "Tensor", classes: "Tensor") -> "Tensor":
        """The mean over rows (or tokens) of what `distill` describes.

        Args:
            said: the student's logits, shape (rows, classes).
            target: the teacher's logits, the same shape.
            classes: the true class of each row, shape (rows,); `IGNORED` where there is none.
        """
        from torch.nn.functional import cross_entropy, kl_div

        t = self.temperature
        wanted = (target / t).log_softmax(-1)
        soft = kl_div((said / t).log_softmax(-1), wanted, reduction="sum", log_target=True)
        hard = cross_entropy(said, classes, ignore_index=IGNORED, reduction="sum")
        return (self.alpha * t * t * soft + (1 - self.alpha) * hard) / max(1, len(said))


def _check_pair(teacher: Any, student: Any) -> None:
    known, new = knowledge(teacher), knowledge(student)
    if teacher is student:
        raise ValueError("Teacher and student are the same model. Load a second one as student.")
    if known.task != new.task:
        raise ValueError(
            f"The teacher was loaded for {known.task} and the student for {new.task}: load both "
            "with the same task."
        )
    if set(known.labels) != set(new.labels):
        raise ValueError(
            f"The teacher has the labels {list(known.labels)} and the student {list(new.labels)}: "
            "load both with the same labels."
        )
    if new.task != "classification" and known.tokenizer.get_vocab() != new.tokenizer.get_vocab():
        raise ValueError(
            "Teacher and student cut texts into different tokens, so the student cannot be told "
            "the teacher's tokens. Take two models with the same tokenizer."
        )


def _on_labels(
    teacher: Any, student: Any, data: Dataset, config: TrainConfig, mix: Mix
) -> tuple[Dataset, Objective]:
    """Rows that all have a label, and the loss on them.

    The teacher is asked about each text once, before the training, instead of in every epoch. A
    batch holds only token ids; by those the answers are found again. So the teacher may have
    another tokenizer than the student.
    """
    import torch

    known = knowledge(student)
    answers = _ask(teacher, data, known)
    # The loop wants a label in every row; where there is none, the loss does not look at it.
    filled = Dataset(
        tuple(
            row | {"label": row.get("label") or known.labels[int(answer.argmax())]}
            for row, answer in zip(data, answers, strict=True)
        ),
        data.name,
        known.labels,
    )
    keys = [tuple(example.ids) for example in encode(filled, known, config.max_length)]
    said = dict(zip(keys, answers, strict=True))
    labelled = {key for key, row in zip(keys, data, strict=True) if _has_label(row)}

    def objective(model: Any, batch: dict[str, Any]) -> Any:
        found = _keys(batch)
        target = torch.stack([said[key] for key in found]).to(batch["labels"].device)
        unknown = torch.tensor([key not in labelled for key in found], device=target.device)
        classes = batch["labels"].masked_fill(unknown, IGNORED)
        inputs = {name: values for name, values in batch.items() if name != "labels"}
        return mix.loss(model(**inputs).logits, target, classes)

    return filled, objective


def _has_label(row: Row) -> bool:
    return bool(row.get("label"))


def _keys(batch: dict[str, Any]) -> list[tuple[int, ...]]:
    """The token ids of each row, without padding."""
    lengths = batch["attention_mask"].sum(-1).tolist()
    pairs = zip(batch["input_ids"].tolist(), lengths, strict=True)
    return [tuple(ids[:length]) for ids, length in pairs]


def _ask(teacher: Any, data: Dataset, student: Known) -> "list[Tensor]":
    """The teacher's logits for each row, shape (labels,), in the student's order of labels."""
    known = knowledge(teacher)
    order = [known.labels.index(label) for label in student.labels]
    found = logits_of(teacher, data.texts, known)
    # Tensors made in inference mode may not take part in a training; copies may.
    return [answer[order].clone() for answer in found]


def _on_tokens(teacher: Any, mix: Mix) -> Objective:
    """The loss of a model that writes: each token that is foretold counts like a row."""
    import torch

    def objective(model: Any, batch: dict[str, Any]) -> Any:
        inputs = {name: values for name, values in batch.items() if name != "labels"}
        teacher.to(batch["labels"].device)
        with torch.no_grad():
            target = teacher(**inputs).logits
        # What comes out at a token foretells the next one.
        classes = batch["labels"][:, 1:]
        counts = classes != IGNORED
        said = model(**inputs).logits
        return mix.loss(said[:, :-1][counts], target[:, :-1][counts], classes[counts])

    return objective


def _on_hidden_words(teacher: Any, mix: Mix) -> Objective:
    """The loss of a model that guesses: each hidden word counts like a row."""
    import torch

    def objective(model: Any, batch: dict[str, Any]) -> Any:
        teacher.to(batch["labels"].device)
        with torch.no_grad():
            target, _ = guesses(teacher, batch)
        said, answers = guesses(model, batch)
        return mix.loss(said, target, answers)

    return objective
