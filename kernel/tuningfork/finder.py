"""The learning-rate range test.

A short training in which the learning rate rises from step to step, always by the same factor.
While it is too low nothing moves; then the loss falls, fastest where the rate is good; then it
explodes. Afterwards the model is as if nothing had happened.

After Leslie N. Smith, "Cyclical Learning Rates for Training Neural Networks" (2015), section 3.3.
"""

import base64
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tuningfork.batches import Example, encode
from tuningfork.chart import VEGALITE_MIME
from tuningfork.config import TrainConfig
from tuningfork.dataset import Dataset
from tuningfork.models import Known, knowledge
from tuningfork.optimizer import optimizer_of
from tuningfork.picture import Curve, Plot, draw
from tuningfork.plan import windows
from tuningfork.precision import accelerator_of
from tuningfork.slim import slim
from tuningfork.step import backward, chance_state, first_pace, set_chance_state

_LOWEST, _HIGHEST = 1e-7, 1.0
#: Weight of the past in the running mean that decides when to stop.
_INERTIA = 0.9
#: The test ends at so many times the best smoothed loss.
_EXPLODED = 4.0
#: How far, in steps, a loss is smoothed with its neighbours before its slope is taken.
_REACH = 4.0
#: The smoothed loss must fall by this share before a rate is recommended.
_CLEAR_FALL = 0.03


@dataclass(frozen=True)
class RangeTest:
    """What `lr_find` measured."""

    #: One per step: `step`, `learning_rate`, `loss`, `smoothed`.
    rows: tuple[dict[str, float], ...]
    #: Where the loss falls most steeply; `None` when it never falls clearly.
    suggestion: float | None
    #: A tenth of the rate with the lowest loss, the other usual choice.
    min_over_10: float | None
    #: From this rate on the loss exploded; `None` when it did not.
    exploded_at: float | None

    def __repr__(self) -> str:
        if self.suggestion is None:
            return (
                f"The loss did not fall clearly at any learning rate between {_LOWEST:g} and "
                f"{self.rows[-1]['learning_rate']:.1g}. Check the labels, or take larger batches "
                "or more steps."
            )
        text = (
            f"Try learning_rate={self.suggestion:.1e}: there the loss falls most steeply. A tenth "
            f"of the rate with the lowest loss, the other usual choice, is {self.min_over_10:.1e}."
        )
        if self.exploded_at is not None:
            text += f" At {self.exploded_at:.1e} the loss explodes."
        return text

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        return {
            VEGALITE_MIME: _vegalite(self),
            "image/png": base64.b64encode(draw([_plot(self)])).decode("ascii"),
            "text/plain": repr(self),
        }


def lr_find(
    model: Any, train_data: Dataset, config: TrainConfig | None = None, *, steps: int = 100
) -> RangeTest:
    """Tries learning rates from 1e-7 to 1 in one short training and recommends one.

    The model, its mode, its gradients and all random streams are put back exactly, also when the
    test is interrupted. The recommendation fits the batch size in `config`.

    Args:
        model: from `load_model`, also with `add_lora`.
        config: batch size, weight decay, clipping and seed are used.
        steps: how many rates are tried, at least 20; it stops early when the loss explodes.

    Raises:
        FloatingPointError: when the loss is no number even at the lowest rates.
        ValueError: for an empty data set, unknown labels or too few steps.
    """
    if steps < 20:
        raise ValueError(f"steps must be at least 20, not {steps!r}: fewer show no slope.")
    config = config or TrainConfig()
    known = knowledge(model)
    if not len(train_data):
        raise ValueError("There are no rows to try learning rates on.")
    examples = encode(train_data, known, config.max_length)
    # One turn for the whole test: who asks the model meanwhile waits and meets its real weights.
    lean = slim(model, checkpointing=config.gradient_checkpointing)
    with known.turn.step(), _as_if_nothing_had_happened(model), lean:
        rows, exploded = _rise(model, examples, known, config, steps)
    if len(rows) < 2:
        raise FloatingPointError(
            "The loss is no number, even at the lowest learning rate: the model's weights are "
            "damaged. Load it again."
        )
    smooth = _smoothed([row["loss"] for row in rows])
    steepest, lowest = _choose(smooth)
    rates = [row["learning_rate"] for row in rows]
    return RangeTest(
        rows=tuple(row | {"smoothed": y} for row, y in zip(rows, smooth, strict=True)),
        suggestion=None if steepest is None else rates[steepest],
        min_over_10=None if steepest is None else rates[lowest] / 10,
        exploded_at=exploded,
    )


def _rise(
    model: Any, examples: list[Example], known: Known, config: TrainConfig, steps: int
) -> tuple[list[dict[str, float]], float | None]:
    """The short training: its rows, and the rate at which it exploded, if it did."""
    import torch

    torch.manual_seed(config.seed)
    accelerator = accelerator_of("no")
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    trained, optimizer = accelerator.prepare(model, optimizer_of(model, config, _LOWEST))
    trained.train()
    pace = first_pace(model, known, config)
    rows: list[dict[str, float]] = []
    mean, best = 0.0, math.inf
    packed = pace.packed is not None
    for step, window in windows(examples, config, first=1, last=steps, packed=packed):
        rate = _LOWEST * (_HIGHEST / _LOWEST) ** ((step - 1) / (steps - 1))
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = backward(accelerator, trained, window, known, pace).loss
        norm = accelerator.clip_grad_norm_(weights, config.max_grad_norm or math.inf)
        mean = _INERTIA * mean + (1 - _INERTIA) * loss
        # Begun at 0, the mean of the first steps is too low by this factor.
        recent = mean / (1 - _INERTIA**step)
        if not math.isfinite(float(norm) + loss) or recent > _EXPLODED * best:
            return rows, rate
        best = min(best, recent)
        rows.append({"step": step, "learning_rate": rate, "loss": loss})
        optimizer.step()
        optimizer.zero_grad()
    return rows, None


@contextmanager
def _as_if_nothing_had_happened(model: Any) -> Iterator[None]:
    """Puts back weights, buffers, gradients, modes, device and random streams, bit by bit."""
    import torch

    kept = [*model.parameters(), *model.buffers()]
    values = [tensor.detach().clone() for tensor in kept]
    gradients = [(weight, weight.grad) for weight in model.parameters()]
    modes = [(part, part.training) for part in model.modules()]
    chance = chance_state()
    device, cached = model.device, getattr(model.config, "use_cache", None)
    checkpointing = model.is_gradient_checkpointing
    model.zero_grad(set_to_none=True)
    try:
        yield
    finally:
        model.to(device)
        if model.is_gradient_checkpointing and not checkpointing:
            model.gradient_checkpointing_disable()
            model.config.use_cache = cached
        with torch.no_grad():
            for tensor, value in zip(kept, values, strict=True):
                tensor.copy_(value)
        for weight, gradient in gradients:
            weight.grad = gradient
        for part, mode in modes:
            part.training = mode
        set_chance_state(chance)


def _choose(smooth: list[float]) -> tuple[int | None, int]:
    """Where the smoothed loss falls most steeply, if it falls clearly, and where it is lowest.

    Rates rise by a constant factor, so the slope over steps is that over the rate's logarithm.
    """
    lowest = min(range(len(smooth)), key=smooth.__getitem__)
    start = max(smooth[: lowest + 1])
    if lowest < 2 or smooth[lowest] > (1 - _CLEAR_FALL) * start:
        return None, lowest
    slopes = [smooth[at + 1] - smooth[at - 1] for at in range(1, lowest)]
    return 1 + min(range(len(slopes)), key=slopes.__getitem__), lowest


def _smoothed(losses: list[float]) -> list[float]:
    """The mean around each place, weighted by a bell curve.

    It looks both ways: a running mean lags and would recommend too high a rate.
    """
    places = range(len(losses))

    def mean(at: int) -> float:
        weights = [math.exp(-(((other - at) / _REACH) ** 2) / 2) for other in places]
        return sum(w * loss for w, loss in zip(weights, losses, strict=True)) / sum(weights)

    return [mean(at) for at in places]


def _vegalite(test: RangeTest) -> dict[str, Any]:
    """A Vega-Lite 5 specification: loss over learning rate (logarithmic), with both choices."""
    values = [
        {"learning_rate": row["learning_rate"], "loss": row[name], "curve": title}
        for name, title in (("loss", "Each step"), ("smoothed", "Smoothed"))
        for row in test.rows
    ]
    marks = [
        {"learning_rate": rate, "choice": title}
        for rate, title in (
            (test.suggestion, "Steepest fall"),
            (test.min_over_10, "Lowest loss / 10"),
        )
        if rate is not None
    ]
    rate = {"field": "learning_rate", "type": "quantitative", "title": "Learning rate"}
    x = rate | {"scale": {"type": "log"}, "axis": {"format": ".0e"}}
    y = {"field": "loss", "type": "quantitative", "title": "Loss", "scale": {"zero": False}}
    colours = {"range": ["#b9c4c1", "#0f6e63"]}
    curve = {"field": "curve", "type": "nominal", "title": None, "scale": colours}
    colours = {"range": ["#5b4ba8", "#c2571a"]}
    choice = {"field": "choice", "type": "nominal", "title": None, "scale": colours}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": "Learning-rate range test",
        "description": repr(test),
        "width": 560,
        "height": 240,
        "layer": [
            {
                "data": {"values": values},
                "mark": "line",
                "encoding": {"x": x, "y": y, "color": curve},
            },
            {
                "data": {"values": marks},
                "mark": {"type": "rule", "strokeDash": [4, 4], "strokeWidth": 2},
                "encoding": {"x": x, "color": choice},
            },
        ],
        "resolve": {"scale": {"color": "independent"}},
    }


def _plot(test: RangeTest) -> Plot:
    def curve(name: str, title: str) -> Curve:
        points = [(math.log10(row["learning_rate"]), row[name]) for row in test.rows]
        return Curve(title, points)

    return Plot("Loss, 1e-7 to 1", [curve("loss", "Each step"), curve("smoothed", "Smoothed")])
