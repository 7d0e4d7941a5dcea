"""Leaving: the same training as a program of its own, for `transformers.Trainer`.

It needs nothing from here: beside it lie the rows as JSON lines and, for a built-in model, the
weights it begins with.
"""

import json
import shutil
from pathlib import Path
from typing import Any, Protocol

from tuningfork.callbacks import EarlyStopping
from tuningfork.checkpoint import replace_file
from tuningfork.config import TrainConfig
from tuningfork.dataset import Dataset
from tuningfork.models import BUILT_IN, Known, is_built_in
from tuningfork.trainer_code import CHECK_ROWS, TRAIN_ROWS, Facts, Way, trainer_code

_PROGRAM = "train.py"
_LAUNCH = "accelerate_config.yaml"
_TASKS = ("classification", "generation", "fill-mask")


class Trained(Protocol):
    """What a run tells of how it was made."""

    @property
    def config(self) -> TrainConfig: ...
    @property
    def folder(self) -> Path: ...
    @property
    def known(self) -> Known: ...
    @property
    def train_data(self) -> Dataset: ...
    @property
    def val_data(self) -> Dataset | None: ...
    @property
    def callbacks(self) -> tuple[Any, ...]: ...


class Code(str):
    """A program. A cell that ends with it shows it as it is written in a file."""

    __slots__ = ("path",)
    #: The file it was written to.
    path: Path

    def __repr__(self) -> str:
        return str(self)


def as_transformers_code(
    run: Trained, folder: str | Path | None = None, *, overwrite: bool = False
) -> Code:
    """The program that trains the same model on the same rows with `transformers.Trainer`.

    It is also written, with its data, to `folder`: `python FOLDER/train.py` runs it as it is. Only
    chance differs, so the order of the rows does: losses agree step by step when each step sees all
    rows and nothing is dropped out, and about as well as two seeds do otherwise. Where words are
    hidden, others are in each step and in each evaluation of the program, so that losses agree on
    average only. What was packed is padded there: the loss is the same, the time is not.

    Args:
        run: from `train`.
        folder: where to write; `None`: "trainer" in the folder of the run.
        overwrite: replace a program that is there and reads differently.

    Raises:
        FileExistsError: when such a program is there.
        ValueError: for a model that Trainer needs more code for.
    """
    place = Path(folder) if folder is not None else run.folder / "trainer"
    return _write(run, place, Way(), overwrite=overwrite)


def export_script(
    run: Trained,
    folder: str | Path,
    *,
    num_processes: int = 2,
    num_machines: int = 1,
    use_cpu: bool = False,
    overwrite: bool = False,
) -> Path:
    """Writes `train.py` and `accelerate_config.yaml`, to run the same training on several GPUs or
    machines, and gives the folder.

    In that folder: `accelerate launch --config_file accelerate_config.yaml train.py`. A step has as
    many rows as in the run, shared out among the processes. On several machines start it on each,
    adding `--machine_rank 0` (1, 2, …) and `--main_process_ip` with the address of the first.

    Args:
        num_processes: on all machines together, one for each GPU.
        use_cpu: for machines without GPUs; the processes then talk through gloo.
        overwrite: replace a program that is there and reads differently.

    Raises:
        FileExistsError: when such a program is there.
        ValueError: for numbers of processes that cannot be, or do not divide the rows of a batch.
    """
    _check_processes(num_processes, num_machines, run.config.per_device_train_batch_size)
    place = Path(folder)
    _write(run, place, Way(shared=True, use_cpu=use_cpu), overwrite=overwrite)
    text = _launch_config(run.config, num_processes, num_machines, use_cpu)
    _put(place / _LAUNCH, text, overwrite=overwrite)
    return place


def _write(run: Trained, folder: Path, way: Way, *, overwrite: bool) -> Code:
    known = run.known
    if known.task not in _TASKS:
        raise ValueError(
            f"This writes code for {', '.join(_TASKS)}; the task {known.task!r} needs a "
            "program of another kind."
        )
    built_in = is_built_in(known.origin.name)
    name = json.dumps(_place_of(known.origin.name), ensure_ascii=False)
    start = f"HERE / {name}" if built_in else name
    stopping = next((one for one in run.callbacks if isinstance(one, EarlyStopping)), None)
    others = tuple(type(one).__name__ for one in run.callbacks if one is not stopping)
    rows, has_checks = len(run.train_data), bool(run.val_data)
    facts = Facts(run.config, known, rows, has_checks, start, folder, way, stopping, others)
    code = Code(trainer_code(facts))
    code.path = folder / _PROGRAM
    folder.mkdir(parents=True, exist_ok=True)
    _put(code.path, code, overwrite=overwrite)
    _put(folder / TRAIN_ROWS, _lines(run.train_data), overwrite=overwrite)
    if run.val_data:
        _put(folder / CHECK_ROWS, _lines(run.val_data), overwrite=overwrite)
    if built_in:
        weights = known.origin.name
        shutil.copytree(BUILT_IN / weights, folder / weights, dirs_exist_ok=True)
    return code


def _place_of(name: str) -> str:
    """The program may be started anywhere, so a folder needs its whole path; other names are the
    Hub's."""
    elsewhere = not is_built_in(name) and Path(name).is_dir()
    return str(Path(name).resolve()) if elsewhere else name


def _put(path: Path, text: str, *, overwrite: bool) -> None:
    data = text.encode("utf-8")
    if path.exists() and not overwrite and path.read_bytes() != data:
        raise FileExistsError(
            f"{path} is there already and reads differently; you may have changed it. Name another "
            "folder, or add overwrite=True to replace it."
        )
    replace_file(path, data)


def _lines(data: Dataset) -> str:
    """The rows as JSON lines, without the columns that only exercises look at."""
    rows = ({name: row[name] for name in ("text", "label") if name in row} for row in data)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _check_processes(processes: int, machines: int, rows: int) -> None:
    if machines < 1 or processes < machines or processes % machines:
        raise ValueError(
            f"{processes} processes cannot run on {machines} machines: num_processes counts those "
            "on all machines together, and each machine has the same number."
        )
    if rows % processes:
        raise ValueError(
            f"A batch of {rows} rows cannot be shared out evenly among {processes} processes. "
            "Train with a per_device_train_batch_size that can be divided, or take fewer of them."
        )


def _launch_config(config: TrainConfig, processes: int, machines: int, use_cpu: bool) -> str:
    settings: dict[str, Any] = {
        "compute_environment": "LOCAL_MACHINE",
        # Also for CPUs: it means "start the processes with torchrun"; MULTI_CPU would need MPI.
        "distributed_type": "MULTI_GPU" if processes > 1 else "NO",
        "num_processes": processes,
        "num_machines": machines,
        "machine_rank": 0,
        "main_training_function": "main",
        "mixed_precision": "bf16" if config.bf16 else "fp16" if config.fp16 else "no",
        "rdzv_backend": "static",
        "same_network": True,
        "use_cpu": use_cpu,
    }
    if machines == 1:
        settings["main_process_port"] = 0  # any that is free
    # Each value is a word, a number or true/false: what JSON writes is YAML as well.
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in settings.items())
