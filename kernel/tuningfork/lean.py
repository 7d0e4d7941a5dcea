"""The loss of a model that writes, without the largest tensor of its training.

Such a model ends in one number for each token of its vocabulary at each place: 4 texts of 256
tokens are 206 MB of logits for GPT-2's 50,257 tokens, and as much again for their gradient. Both
are needed for a moment only, so they are made for some places at a time, gradient and all.
"""

from typing import Any

from tuningfork.batches import IGNORED

#: Places whose logits are made at once.
_PLACES = 256


def own_loss(model: Any, batch: dict[str, Any]) -> Any:
    """The loss that the model itself computes from `labels`: the mean over the batch's targets."""
    return lean_loss(model, batch) if is_lean(model) else model(**needed(batch)).loss


def lean_loss(model: Any, batch: dict[str, Any]) -> Any:
    """What `model(**batch).loss` is, up to rounding: the mean over all places that have a label.

    Args:
        batch: `input_ids`, `attention_mask` and `labels` of shape (rows, longest).
    """
    body, head = _body(model), model.get_output_embeddings()
    inputs = needed(batch)
    labels = inputs.pop("labels")
    hidden = body(**inputs).last_hidden_state
    # Each place foretells the next token.
    targets = labels[:, 1:]
    asked = targets != IGNORED
    return _chunked()(hidden[:, :-1][asked], head.weight, targets[asked])


def is_lean(model: Any) -> bool:
    """Is this a model that `lean_loss` knows: a body and a head without bias?"""
    import torch

    head = getattr(model, "get_output_embeddings", lambda: None)()
    return (
        isinstance(head, torch.nn.Linear)
        and head.bias is None
        and hasattr(_base(model), "transformer")
    )


def needed(batch: dict[str, Any]) -> dict[str, Any]:
    """A batch without its mask when nothing is masked: attention is quicker then."""
    if bool(batch["attention_mask"].all()):
        return {name: value for name, value in batch.items() if name != "attention_mask"}
    return dict(batch)


def _base(model: Any) -> Any:
    # peft wraps a model; what it adds is inside.
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _body(model: Any) -> Any:
    return _base(model).transformer


def _chunked() -> Any:
    """The function that makes logits for some places at a time.

    Built late: torch is not loaded when this package is.
    """
    import torch

    class Chunked(torch.autograd.Function):
        """Mean cross entropy of (places, width) hidden states with a (tokens, width) head.

        The gradient of a mean of cross entropies is softmax minus one at the target, divided by the
        number of places; it is computed where the logits are at hand anyway.
        """

        @staticmethod
        def forward(ctx: Any, hidden: Any, weight: Any, targets: Any) -> Any:
            wants_hidden, wants_weight, _ = ctx.needs_input_grad
            for_hidden = torch.empty_like(hidden) if wants_hidden else None
            for_weight = torch.zeros_like(weight) if wants_weight else None
            count = max(1, len(targets))
            loss = hidden.new_zeros(())
            for start in range(0, len(targets), _PLACES):
                part = slice(start, start + _PLACES)
                logits = hidden[part] @ weight.T
                whole = logits.logsumexp(-1, keepdim=True)
                right = logits.gather(1, targets[part, None])
                loss += (whole - right).sum()
                if not (wants_hidden or wants_weight):
                    continue
                slope = (logits - whole).exp_()
                slope.scatter_add_(1, targets[part, None], slope.new_full((len(slope), 1), -1.0))
                slope /= count
                if for_hidden is not None:
                    for_hidden[part] = slope @ weight
                if for_weight is not None:
                    for_weight.addmm_(slope.T, hidden[part])
            ctx.save_for_backward(for_hidden, for_weight)
            return loss / count

        @staticmethod
        def backward(ctx: Any, outer: Any) -> Any:
            for_hidden, for_weight = ctx.saved_tensors
            return (
                None if for_hidden is None else for_hidden * outer,
                None if for_weight is None else for_weight * outer,
                None,
            )

    return Chunked.apply
