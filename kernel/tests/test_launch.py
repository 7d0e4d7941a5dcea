"""The same training in two processes, as `accelerate launch` starts them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KERNEL = Path(__file__).parents[1]
_PROGRAM = """
import json, sys
from tuningfork import TrainConfig, load_data, load_model, train
import torch
torch.set_num_threads(1)
task, size, where = sys.argv[1], int(sys.argv[2]), sys.argv[3]
data = load_data("tales" if task == "generation" else "opinions", n=72, seed=4)
model, _ = load_model("tiny-gpt2" if task == "generation" else "tiny-distilbert", task=task,
                      labels=data.labels if task == "classification" else ())
for part in model.modules():
    if isinstance(part, torch.nn.Dropout):
        part.p = 0.0
for name in ("attention_dropout", "attn_pdrop"):
    setattr(model.config, name, 0.0)
    for part in model.modules():
        if hasattr(part, name):
            setattr(part, name, 0.0)
config = TrainConfig(max_steps=6, eval_steps=3, per_device_train_batch_size=size, max_length=48,
                     gradient_accumulation_steps=2, output_dir=where + "/runs")
run = train(model, data[:60], data[60:], config)
from accelerate import PartialState
state = PartialState()
if state.is_main_process:
    with open(where + "/log.json", "w") as file:
        json.dump([state.num_processes, run.log], file)
"""

#: "MULTI_GPU" starts processes with torchrun, for CPUs as well.
_LAUNCH = """
compute_environment: LOCAL_MACHINE
distributed_type: MULTI_GPU
num_processes: {processes}
num_machines: 1
machine_rank: 0
main_process_port: 0
mixed_precision: 'no'
use_cpu: true
"""


def _run(task: str, processes: int, size: int, folder: Path) -> Any:
    folder.mkdir()
    program = folder / "program.py"
    program.write_text(_PROGRAM, encoding="utf-8")
    command = [sys.executable, "-W", "ignore"]
    if processes > 1:
        config = folder / "config.yaml"
        config.write_text(_LAUNCH.format(processes=processes), encoding="utf-8")
        command += ["-m", "accelerate.commands.launch", f"--config_file={config}"]
    done = subprocess.run(
        [*command, str(program), task, str(size), str(folder)],
        env=os.environ | {"PYTHONPATH": str(KERNEL), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found, log = json.loads((folder / "log.json").read_text(encoding="utf-8"))
    assert found == processes
    return log


@pytest.mark.parametrize("task", ["classification", "generation"])
def test_two_processes_lose_as_one_with_twice_the_batch(task: str, tmp_path: Path) -> None:
    alone = _run(task, 1, 8, tmp_path / "alone")
    together = _run(task, 2, 4, tmp_path / "together")
    assert [row["step"] for row in alone] == [row["step"] for row in together]
    for one, other in zip(alone, together, strict=True):
        for name in ("loss", "eval_loss", "tokens", "epoch"):
            assert (name in one) == (name in other)
            assert other.get(name, 0.0) == pytest.approx(one.get(name, 0.0), abs=2e-5), name
