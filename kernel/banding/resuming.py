"""A run that goes on: with all of its state, and with parts of it left out."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from banding.finding import Finding, between, quietly


def resuming(steps: int = 40) -> Iterator[Finding]:
    """Without all of its state a run that goes on is another run."""
    whole = _losses(steps)
    exact = _seam(whole, _losses(steps, cut=True))
    optimizer = _seam(whole, _losses(steps, cut=True, forget=("optimizer",)))
    weights = _seam(whole, _losses(steps, cut=True, forget=("optimizer", "chance")))
    yield between("resumed with everything: largest difference of a loss", "0", exact, 0, 0)
    yield between("… without the optimizer's state", "0.41 to 0.47", optimizer, 0.05, 2.0)
    yield between("… with the weights alone", "0.48 to 0.67", weights, 0.05, 2.0)


def _losses(steps: int, *, cut: bool = False, forget: Sequence[str] = ()) -> list[float]:
    """The losses of a run; with `cut`, of one that was paused and went on in a new model."""
    from tuningfork import TrainConfig, load_data, load_model, train

    @dataclass
    class Pause:
        pauses: bool

        def on_step_end(self, _args: Any, state: Any, _control: Any, model: Any, **_: Any) -> None:
            if self.pauses and state.global_step == steps // 4:
                model.last_run.pause()

    # With a tenth of the labels wrong there is something left to learn all the time.
    data = load_data("opinions", n=512, seed=3, flip=0.1)
    with tempfile.TemporaryDirectory() as folder, quietly():
        config = TrainConfig(max_steps=steps, learning_rate=1e-3, output_dir=folder)

        def go(**more: Any) -> Any:
            model, _ = load_model("tiny-distilbert", labels=data.labels)
            return train(model, data, None, config, **more)

        run = go(callbacks=[Pause(pauses=cut)])
        if cut:
            _forget(run.folder, forget)
            run = go(resume=True, callbacks=[Pause(pauses=False)])
    return [row["loss"] for row in run.log]


def _forget(run_folder: Path, names: Sequence[str]) -> None:
    """Leaves parts of a checkpoint's state out: its optimizer's, or that of chance."""
    import random

    import torch

    from tuningfork import checkpoint

    path = checkpoint.newest(run_folder)
    assert path is not None
    facts = checkpoint.facts_of(path)
    state = torch.load(path / "state.pt", weights_only=True)
    if "optimizer" in names:
        state["optimizer"]["state"] = {}
    if "chance" in names:
        state["chance"]["torch"] = torch.Generator().manual_seed(12345).get_state()
        facts["python"] = random.Random(12345).getstate()
    weights = (path / "model.safetensors").read_bytes()
    shutil.rmtree(path)
    parts: dict[str, Callable[[Path], Any]] = {
        "model.safetensors": lambda place: place.write_bytes(weights),
        "state.pt": lambda place: torch.save(state, place),
    }
    checkpoint.save(run_folder, int(path.name.split("-")[1]), len(weights), parts, facts)


def _seam(one: list[float], other: list[float]) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))
