"""The optimizers do what their names say."""

from typing import Any

import torch

from tuningfork import TrainConfig
from tuningfork.optimizer import optimizer_of


class _Small(torch.nn.Module):
    """A matrix, as of an embedding, and a vector, as of a LayerNorm."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.table = torch.nn.Parameter(torch.randn(12, 8) * 0.02)
        self.scale = torch.nn.Parameter(torch.ones(8))

    def loss(self) -> torch.Tensor:
        target = torch.arange(96.0).reshape(12, 8) / 96
        return ((self.table * self.scale - target) ** 2).sum()


def _losses(optimizer: Any, model: _Small) -> list[float]:
    found = []
    for _ in range(30):
        optimizer.zero_grad()
        loss = model.loss()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return found


def test_adafactor_is_that_of_transformers_at_a_fixed_learning_rate() -> None:
    from transformers import Adafactor

    ours, theirs = _Small(), _Small()
    config = TrainConfig(optim="adafactor", weight_decay=0.1)
    given = _losses(optimizer_of(ours, config, 0.01), ours)
    groups = [
        {"params": [theirs.table], "weight_decay": 0.1},
        {"params": [theirs.scale], "weight_decay": 0.0},
    ]
    wanted = _losses(Adafactor(groups, lr=0.01, scale_parameter=False, relative_step=False), theirs)
    torch.testing.assert_close(torch.tensor(given), torch.tensor(wanted), rtol=1e-4, atol=0)
    assert given[-1] < given[0] / 2
