"""How much is learned: pretrained or not, at which learning rate, with how few weights."""

from collections.abc import Callable, Iterator, Sequence
from statistics import mean
from typing import Any

from banding.finding import BATCH, Finding, between, quietly

#: As in the study.
STEPS = 80
#: For the comparison with random weights, which need a high one to learn anything in 80 steps.
RATE = 3e-3


def _sentences(n: int, seed: int) -> Any:
    from tuningfork import load_data

    return load_data("opinions", n=n, seed=seed, negation=0.0)


def accuracy(
    n: int,
    seed: int,
    *,
    rate: float | None = RATE,
    pretrained: bool = True,
    change: Callable[[Any], Any] = lambda model: model,
) -> float:
    """Accuracy on new texts after `STEPS` steps on `n` labelled sentences.

    Args:
        rate: the learning rate; `None`: what the library suggests.
        change: what is done to the model first.
    """
    from tuningfork import TrainConfig, evaluate, load_model, train

    data = _sentences(n, seed)
    config = TrainConfig(
        max_steps=STEPS,
        per_device_train_batch_size=BATCH,
        learning_rate=rate,
        seed=seed,
        save_seconds=None,
    )
    with quietly():
        model, _ = load_model(
            "tiny-distilbert", labels=data.labels, pretrained=pretrained, seed=seed
        )
        model = change(model)
        try:
            train(model, data, None, config)
        except FloatingPointError:
            return 0.5
    return evaluate(model, _sentences(500, 99)).accuracy or 0.0


#: Labels → accuracy that the study found, pretrained and random.
PRETRAINING = {
    16: (0.68, 0.56),
    32: (0.87, 0.60),
    64: (0.97, 0.65),
    128: (1.00, 0.79),
    512: (1.00, 0.88),
}


def pretraining(
    seeds: Sequence[int], sizes: Sequence[int] = tuple(PRETRAINING)
) -> Iterator[Finding]:
    """A pretrained model needs far fewer labels than one with random weights."""
    for n in sizes:
        good, poor = PRETRAINING[n]
        ours = mean(accuracy(n, seed) for seed in seeds)
        fresh = mean(accuracy(n, seed, pretrained=False) for seed in seeds)
        yield between(f"{n} labels, pretrained", f"{good:.2f}", ours, good - 0.03, 1.0)
        yield between(f"{n} labels, random weights", f"{poor:.2f}", fresh, poor - 0.13, poor + 0.10)
        yield between(
            f"{n} labels, what pretraining gives", f"{good - poor:.2f}", ours - fresh, 0.05, 0.5
        )


#: Learning rate → accuracy that the study found, and the band for ours.
RATES = {
    1e-6: (0.58, 0.40, 0.70),
    1e-5: (0.59, 0.40, 0.75),
    1e-4: (0.84, 0.80, 1.0),
    1e-3: (1.00, 0.97, 1.00),
    1e-2: (0.91, 0.85, 1.00),
    1e-1: (0.50, 0.40, 0.60),
}


def rates(seeds: Sequence[int], chosen: Sequence[float] = tuple(RATES)) -> Iterator[Finding]:
    """Flat, slow, good, collapsed: one setting, ten times apart."""
    for rate in chosen:
        studied, low, high = RATES[rate]
        ours = mean(accuracy(512, seed, rate=rate) for seed in seeds)
        yield between(f"learning rate {rate:.0e}", f"{studied:.2f}", ours, low, high)
    ours = mean(accuracy(512, seed, rate=None) for seed in seeds)
    yield between("the learning rate that load_model suggests", "–", ours, 0.97, 1.0)


def lora(seeds: Sequence[int], with_full: bool = True) -> Iterator[Finding]:
    """Rank 1 is enough once the learning rate is ten times higher."""
    from tuningfork import add_lora

    def score(r: int, rate: float) -> float:
        def change(model: Any) -> Any:
            return add_lora(model, r=r, lora_alpha=r)

        return mean(accuracy(512, seed, rate=rate, change=change) for seed in seeds)

    low, high = score(1, 5e-4), score(1, 5e-3)
    yield between("LoRA, rank 1, learning rate 5e-4", "0.84", low, 0.75, 0.97)
    yield between("LoRA, rank 1, learning rate 5e-3", "0.997", high, 0.98, 1.0)
    if with_full:
        yield between("LoRA, rank 4, learning rate 5e-4", "0.96", score(4, 5e-4), 0.85, 0.99)
        yield between("LoRA, rank 4, learning rate 5e-3", "1.00", score(4, 5e-3), 0.98, 1.0)
        full = mean(accuracy(512, seed, rate=1e-3) for seed in seeds)
        yield between("all weights, learning rate 1e-3", "1.00", full, 0.98, 1.0)
