"""The loss of a model of words, without the largest tensor of its training.

Such a model ends in one number for each token of its vocabulary at each place: 4 texts of 256
tokens are 206 MB of logits for GPT-2's 50,257 tokens, and as much again for their gradient. Both
are needed for a moment only, so they are made for some places at a time, gradient and all. A model
that guesses hidden words is asked about these alone, one place in seven.
"""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from tuningfork.batches import IGNORED
from tuningfork.packing import heads_read

#: Places whose logits are made at once.
_PLACES = 256


def own_loss(model: Any, batch: dict[str, Any]) -> Any:
    """The loss that the model itself computes from `labels`: the mean over the batch's targets."""
    if is_lean(model):
        return lean_loss(model, batch)
    inputs = needed(batch)
    starts = inputs.pop("starts", None)
    with nullcontext() if starts is None else heads_read(model, starts):
        return model(**inputs).loss


def lean_loss(model: Any, batch: dict[str, Any]) -> Any:
    """What `model(**batch).loss` is, up to rounding: the mean over all places that have a label.

    Args:
        batch: `input_ids`, `attention_mask` and `labels` of shape (rows, longest).
    """
    head = model.get_output_embeddings()
    states, targets = _states(model, batch)
    return _chunked()(states, head.weight, head.bias, targets)


def guesses(model: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
    """What a model makes of hidden words: logits, shape (hidden, tokens), and the right answers."""
    if is_lean(model):
        states, targets = _states(model, batch)
        return model.get_output_embeddings()(states), targets
    inputs = needed(batch)
    labels = inputs.pop("labels")
    asked = labels != IGNORED
    return model(**inputs).logits[asked], labels[asked]


def is_lean(model: Any) -> bool:
    """Is this a model that `lean_loss` knows: a body, and a matrix that gives logits?"""
    import torch

    head = getattr(model, "get_output_embeddings", lambda: None)()
    if not isinstance(head, torch.nn.Linear):
        return False
    base = _base(model)
    return type(base).__name__ in _LAST_STEP or (head.bias is None and hasattr(base, "transformer"))


def _states(model: Any, batch: dict[str, Any]) -> tuple[Any, Any]:
    """What goes into the last matrix at each place that has a label, shape (places, width), and
    the labels there."""
    base, inputs = _base(model), needed(batch)
    labels = inputs.pop("labels")
    body = getattr(base, base.base_model_prefix)
    states = body(**inputs).last_hidden_state
    last_step = _LAST_STEP.get(type(base).__name__)
    if last_step is None:
        # Each place foretells the next token.
        states, labels = states[:, :-1], labels[:, 1:]
    asked = labels != IGNORED
    states = states[asked]
    return (states if last_step is None else last_step(base, states)), labels[asked]


#: Models that guess hidden words → what they do between body and last matrix.
_LAST_STEP: dict[str, Callable[[Any, Any], Any]] = {
    "BertForMaskedLM": lambda model, states: model.cls.predictions.transform(states),
    "DistilBertForMaskedLM": lambda model, states: model.vocab_layer_norm(
        model.activation(model.vocab_transform(states))
    ),
}


def needed(batch: dict[str, Any]) -> dict[str, Any]:
    """A batch without its mask when nothing is masked: attention is quicker then."""
    if bool(batch["attention_mask"].all()):
        return {name: value for name, value in batch.items() if name != "attention_mask"}
    return dict(batch)


def _base(model: Any) -> Any:
    # peft wraps a model; what it adds is inside.
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _chunked() -> Any:
    """The function that makes logits for some places at a time.

    Built late: torch is not loaded when this package is.
    """
    import torch

    class Chunked(torch.autograd.Function):
        """Mean cross entropy of (places, width) hidden states with a (tokens, width) head, whose
        bias has shape (tokens,) or is `None`.

        The gradient of a mean of cross entropies is softmax minus one at the target, divided by the
        number of places; it is computed where the logits are at hand anyway.
        """

        @staticmethod
        def forward(ctx: Any, hidden: Any, weight: Any, bias: Any, targets: Any) -> Any:
            wants_hidden, wants_weight, wants_bias, _ = ctx.needs_input_grad
            for_hidden = torch.empty_like(hidden) if wants_hidden else None
            for_weight = torch.zeros_like(weight) if wants_weight else None
            for_bias = torch.zeros_like(bias) if wants_bias else None
            count = max(1, len(targets))
            loss = hidden.new_zeros(())
            for start in range(0, len(targets), _PLACES):
                part = slice(start, start + _PLACES)
                logits = hidden[part] @ weight.T
                if bias is not None:
                    logits += bias
                whole = logits.logsumexp(-1, keepdim=True)
                right = logits.gather(1, targets[part, None])
                loss += (whole - right).sum()
                if not any(ctx.needs_input_grad):
                    continue
                slope = (logits - whole).exp_()
                slope.scatter_add_(1, targets[part, None], slope.new_full((len(slope), 1), -1.0))
                slope /= count
                if for_hidden is not None:
                    for_hidden[part] = slope @ weight
                if for_weight is not None:
                    for_weight.addmm_(slope.T, hidden[part])
                if for_bias is not None:
                    for_bias += slope.sum(0)
            ctx.save_for_backward(for_hidden, for_weight, for_bias)
            return loss / count

        @staticmethod
        def backward(ctx: Any, outer: Any) -> Any:
            # In place: there is no room for a second gradient of a large vocabulary.
            slopes = (None if slope is None else slope.mul_(outer) for slope in ctx.saved_tensors)
            return (*slopes, None)

    return Chunked.apply
