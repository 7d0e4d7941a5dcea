"""How close `estimate` comes: time and memory that it foretells beside those of the run itself.

    PYTHONPATH=kernel OMP_NUM_THREADS=1 python kernel/bench_estimate.py

Twelve settings, each in a process of its own: first the estimate, then the training, whose memory
is measured anew. Time on a busy machine depends on the others; the memory does not.
"""

import json
import subprocess
import sys
import time
from typing import Any

SETTINGS: tuple[dict[str, Any], ...] = tuple(
    {"model": model, "batch": batch, "length": length, "accumulation": accumulation}
    for model, batches in (("tiny-distilbert", (4, 16, 64)), ("tiny-gpt2", (2, 8, 32)))
    for batch in batches
    for length, accumulation in ((None, 1), (24, 2))
)
#: What is promised.
TIME, MEMORY = 0.25, 0.15


def one(setting: dict[str, Any]) -> dict[str, float]:
    """The estimate and the truth of one setting."""
    import torch

    from tuningfork import TrainConfig, estimate, load_data, load_model, train
    from tuningfork.forecast import _peak

    torch.set_num_threads(1)
    is_class = setting["model"] == "tiny-distilbert"
    data = load_data("opinions", n=600, length_sigma=0.8) if is_class else load_data("tales", n=300)
    model, _ = load_model(setting["model"], labels=data.labels)
    config = TrainConfig(
        num_train_epochs=3,
        per_device_train_batch_size=setting["batch"],
        gradient_accumulation_steps=setting["accumulation"],
        max_length=setting["length"],
        output_dir=setting["folder"],
    )
    said = estimate(model, data, config)
    with _peak() as peak:
        begin = time.perf_counter()
        train(model, data, None, config)
        seconds = time.perf_counter() - begin
    return {
        "said_s": said.seconds,
        "was_s": seconds,
        "said_mb": said.megabytes,
        "was_mb": peak[0],
    }


def main() -> None:
    import tempfile

    missed = []
    print("| setting | seconds: said, was | off | MB: said, was | off |\n|---|---|---|---|---|")
    for setting in SETTINGS:
        with tempfile.TemporaryDirectory() as folder:
            text = json.dumps(setting | {"folder": folder})
            done = subprocess.run(
                [sys.executable, "-W", "ignore", __file__, text],
                capture_output=True,
                text=True,
                check=True,
            )
        found = json.loads(done.stdout.splitlines()[-1])
        off = [found[f"said_{unit}"] / found[f"was_{unit}"] - 1 for unit in ("s", "mb")]
        name = ", ".join(str(value) for value in setting.values())
        print(
            f"| {name} | {found['said_s']:.1f}, {found['was_s']:.1f} | {off[0]:+.0%} "
            f"| {found['said_mb']:.0f}, {found['was_mb']:.0f} | {off[1]:+.0%} |",
            flush=True,
        )
        if abs(off[0]) > TIME or abs(off[1]) > MEMORY:
            missed.append(name)
    print(f"{len(SETTINGS) - len(missed)} of {len(SETTINGS)} within {TIME:.0%} and {MEMORY:.0%}.")
    if missed:
        raise SystemExit(1)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(one(json.loads(sys.argv[1]))))
    else:
        main()
