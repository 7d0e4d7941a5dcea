"""The optimizer: AdamW (Loshchilov & Hutter, 2019), with the settings of a run."""

from typing import Any

from tuningfork.config import TrainConfig


def adamw(model: Any, config: TrainConfig, rate: float) -> Any:
    """An optimizer for the weights of a model that are to be trained.

    Biases and the weights of LayerNorm, which are vectors, are not pulled towards 0 by
    `weight_decay`: as in `transformers.Trainer`.
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
    return torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=rate,
        betas=(config.adam_beta1, config.adam_beta2),
        eps=config.adam_epsilon,
        fused=config.optim == "adamw_torch_fused",
    )
