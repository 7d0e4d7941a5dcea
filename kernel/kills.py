"""Runs that are killed at random moments, and must end as if they had not been.

    PYTHONPATH=kernel OMP_NUM_THREADS=1 python kernel/kills.py [--kills 200] [--seed 1]

A small training is run once without trouble. Then again and again: it is killed (SIGKILL) at a
random moment and resumed in a process of its own. What must hold each time: it goes on from a
checkpoint that is whole (or from the beginning, before the first one), and the losses of the whole
log are those of the undisturbed run to the last bit. Processes are forked from one that has loaded
the library.
"""

import argparse
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from tuningfork import TrainConfig, load_data, load_model, split, train

STEPS = 40
PHASES = ("training", "evaluation", "saving")
_FORK: Any = multiprocessing.get_context("fork")


def training(folder: Path, phase: Any) -> None:
    """The run that is killed: forty steps, each with a checkpoint, an evaluation every fourth."""
    import tuningfork.checkpoint
    import tuningfork.keeper
    import tuningfork.loop

    setattr(tuningfork.keeper, "_COST_FACTOR", 0)  # noqa: B010 - not offered to be changed
    _note(phase, 1, tuningfork.loop, "score")
    _note(phase, 2, tuningfork.checkpoint, "save")
    model, part, checks = _loaded()
    config = TrainConfig(
        max_steps=STEPS,
        per_device_train_batch_size=4,
        eval_steps=4,
        save_seconds=0.001,
        output_dir=str(folder),
    )
    phase.value = 0
    train(model, part, checks, config, resume=True)


@cache
def _loaded() -> tuple[Any, Any, Any]:
    """Model and rows. Loaded before the fork, so that each process begins with them."""
    data = load_data("opinions", n=60, seed=2)
    part, checks, _ = split(data, (0.6, 0.2, 0.2))
    model, _ = load_model("tiny-distilbert", labels=data.labels)
    return model, part, checks


def _note(phase: Any, number: int, module: Any, name: str) -> None:
    """While the function runs, the phase says so."""
    original: Callable[..., Any] = getattr(module, name)

    def noting(*args: Any, **options: Any) -> Any:
        phase.value = number
        try:
            return original(*args, **options)
        finally:
            phase.value = 0

    setattr(module, name, noting)


def start(folder: Path, phase: Any) -> Any:
    process = _FORK.Process(target=_quietly, args=(folder, phase))
    process.start()
    return process


def begun(folder: Path, phase: Any) -> Any:
    """The same, once it trains."""
    process = start(folder, phase)
    while phase.value < 0:
        if not process.is_alive():
            raise RuntimeError("The training ended before it began: run it by itself to see why.")
        time.sleep(0.001)
    return process


def _quietly(folder: Path, phase: Any) -> None:
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - the process ends with it
    training(folder, phase)


def losses(folder: Path) -> list[tuple[float, ...]]:
    """Step and loss of every row of the run's log, evaluations too."""
    (log,) = folder.glob("*/log.jsonl")
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    kept = ("step", "loss", "grad_norm", "eval_loss", "eval_accuracy")
    return [tuple(row[name] for name in kept if name in row) for row in rows]


def one_kill(wanted: list[tuple[float, ...]], lasts: float, dice: random.Random) -> tuple[str, str]:
    """Kills one run and resumes it. Returns the phase and what went wrong, if anything.

    The phase is "" when the run had ended before: that is no kill.
    """
    folder = Path(tempfile.mkdtemp(prefix="tf-kills-"))
    try:
        phase = _FORK.Value("i", -1)
        process = begun(folder, phase)
        time.sleep(dice.uniform(0.0, lasts))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        if process.exitcode == 0 or _has_ended(folder):
            return "", ""
        name = PHASES[phase.value]
        again = start(folder, _FORK.Value("i", -1))
        again.join()
        if again.exitcode != 0:
            return name, f"resuming ended with {again.exitcode}"
        runs = [path for path in folder.iterdir() if (path / "checkpoint-40").exists()]
        return name, _compare(folder, runs, wanted)
    finally:
        shutil.rmtree(folder)


def _has_ended(folder: Path) -> bool:
    """Had the run said that it is finished, before its process was killed on its way out?"""
    said = [json.loads(path.read_text("utf-8")) for path in folder.glob("*/run.json")]
    return any(about["state"] == "finished" for about in said)


def _compare(folder: Path, runs: list[Path], wanted: list[tuple[float, ...]]) -> str:
    for path in folder.iterdir():
        if path not in runs:
            shutil.rmtree(path)  # killed before its first checkpoint: begun anew beside it
    if len(runs) != 1:
        return f"{len(runs)} runs came to their end"
    return "" if losses(folder) == wanted else "other losses than the undisturbed run"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    failures, phases = run(chosen.kills, chosen.seed)
    told = ", ".join(f"{count} in {name}" for name, count in phases.most_common())
    print(f"{chosen.kills} runs killed ({told}): {chosen.kills - len(failures)} went on as if not.")
    if failures:
        raise SystemExit("\n".join(failures))


def run(kills: int, seed: int) -> tuple[list[str], Counter[str]]:
    """So many kills; what went wrong in them, and how often each phase was hit."""
    import torch

    import tuningfork.preload  # noqa: F401 - what a training imports, once for all of them

    torch.set_num_threads(1)
    _loaded()
    dice = random.Random(seed)
    folder = Path(tempfile.mkdtemp(prefix="tf-kills-"))
    phase = _FORK.Value("i", -1)
    process = begun(folder, phase)
    begin = time.monotonic()
    process.join()
    lasts = time.monotonic() - begin
    wanted = losses(folder)
    shutil.rmtree(folder)
    failures, phases = [], Counter[str]()
    while phases.total() < kills:
        name, wrong = one_kill(wanted, lasts, dice)
        if name:
            phases[name] += 1
        if wrong:
            failures.append(f"kill {phases.total()}, in {name}: {wrong}")
    return failures, phases


if __name__ == "__main__":
    main()
