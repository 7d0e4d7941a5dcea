"""The lean loss is the model's own loss, with its gradients, in less memory."""

from typing import Any

import pytest
import torch

from tuningfork import add_lora, load_data, load_model
from tuningfork.batches import collate, encode
from tuningfork.lean import is_lean, lean_loss
from tuningfork.models import knowledge


def _both(model: Any, batch: dict[str, Any]) -> list[tuple[float, list[Any]]]:
    found = []
    for loss_of in (lambda: model(**batch).loss, lambda: lean_loss(model, batch)):
        model.zero_grad()
        loss = loss_of()
        (loss * 0.5).backward()
        found.append(
            (float(loss.detach()), [p.grad.clone() for p in model.parameters() if p.requires_grad])
        )
    return found


@pytest.mark.parametrize("rows", [[0], [0, 1, 2, 3, 4, 5, 6, 7]])
@pytest.mark.parametrize("lora", [False, True])
def test_loss_and_gradients_are_the_same(rows: list[int], lora: bool) -> None:
    model, tokenizer = load_model("tiny-gpt2")
    if lora:
        model = add_lora(model, r=2)
    model.eval()  # without chance, so that both can be compared
    examples = encode(load_data("tales", n=8, seed=1), knowledge(model))
    batch = collate([examples[at] for at in rows], tokenizer.pad_token_id)
    assert is_lean(model)
    (own, own_slopes), (lean, lean_slopes) = _both(model, batch)
    assert lean == pytest.approx(own, rel=1e-6)
    for one, other in zip(own_slopes, lean_slopes, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-7)


def test_it_needs_less_than_the_logits() -> None:
    hidden = torch.randn(2048, 32, requires_grad=True)
    weight = torch.randn(5000, 32, requires_grad=True)
    targets = torch.randint(0, 5000, (2048,))
    from tuningfork.lean import _chunked

    sizes: list[int] = []

    class Watch(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(
            self, func: Any, _types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            result = func(*args, **(kwargs or {}))
            if isinstance(result, torch.Tensor):
                sizes.append(result.numel())
            return result

    with Watch():
        _chunked()(hidden, weight, None, targets).backward()
    assert max(sizes) < 2048 * 5000 / 4


def test_a_classifier_is_left_to_itself() -> None:
    data = load_data("opinions", n=8)
    assert not is_lean(load_model("tiny-distilbert", labels=data.labels)[0])
