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
        from transformers import Adafactor

        return Adafactor(groups, lr=rate, scale_parameter=False, relative_step=False)
    return torch.optim.AdamW(
        groups,
        lr=rate,
        betas=(config.adam_beta1, config.adam_beta2),
        eps=config.adam_epsilon,
        fused=config.optim == "adamw_torch_fused",
    )
