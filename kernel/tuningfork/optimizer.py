"""The optimizer, with the settings of a run.

AdamW (Loshchilov & Hutter, 2019), or Adafactor (Shazeer & Stern, 2018), which needs next to no
memory of its own.
"""

from typing import Any

from tuningfork.config import TrainConfig


def optimizer_of(model: Any, config: TrainConfig, rate: float) -> Any:
    """An optimizer for the weights of a model that are to be trained.

    Biases and the weights of LayerNorm, which are vectors, are not pulled towards 0 by
    `weight_decay`. All as in `transformers.Trainer`.
    """
    import torch

    weights = [value for value in model.parameters() if value.requires_grad]
    groups = [
        {
            "params": [value for value in weights if value.ndim > 1],
            "weight_decay": config.weight_decay,
        },
        {"params": [value for value in weights if value.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if config.optim == "adafactor":
        return _adafactor(groups, rate)
    return torch.optim.AdamW(
        groups,
        lr=rate,
        betas=(config.adam_beta1, config.adam_beta2),
        eps=config.adam_epsilon,
        fused=config.optim == "adamw_torch_fused",
    )


def _adafactor(groups: list[dict[str, Any]], rate: float) -> Any:
    """PyTorch's, at the given learning rate.

    The same numbers as transformers' with `scale_parameter=False, relative_step=False`, in a third
    of the memory while it steps. PyTorch's multiplies the rate with the size of the weights, but
    not below a floor: the floor is put above all of them and the rate divided by it.
    """
    import torch

    floor = 2.0**20

    class Adafactor(torch.optim.Adafactor):
        def step(self, closure: Any = None) -> Any:
            for group in self.param_groups:
                group["lr"] /= floor
                group["weight_decay"] *= floor
            try:
                return super().step(closure)
            finally:
                for group in self.param_groups:
                    group["lr"] *= floor
                    group["weight_decay"] /= floor

    return Adafactor(groups, lr=rate, eps=(1e-15, floor), foreach=False)
