"""The figures that the lessons rest on, measured again with the built-in models: `npm run bands`.

    PYTHONPATH=kernel OMP_NUM_THREADS=1 python kernel/bands.py [--seeds 3] [--only eos]

Each row of the table has what a first study of these techniques found on other small models, what
our models give, and the band that ours must stay in. Prints the table and writes it to
docs/bands.md. Accuracies are of 500 new texts without negations, means over seeds; times are CPU
seconds.
"""

import argparse
import platform
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

from banding.finding import Finding
from banding.learning import lora, pretraining, rates
from banding.padding import padding
from banding.parts import checkpointing, first_loss, fused
from banding.resuming import resuming
from banding.writing import eos

PAGE = Path(__file__).parents[1] / "docs" / "bands.md"


def _parts(seeds: Sequence[int]) -> dict[str, tuple[str, Callable[[], Iterator[Finding]]]]:
    """Name on the command line → heading, measurement."""
    return {
        "pretraining": ("Pretrained against random weights, 80 steps", lambda: pretraining(seeds)),
        "rates": ("Learning rate, 512 labels, 80 steps", lambda: rates(seeds)),
        "eos": ("The end-of-text token", eos),
        "lora": ("LoRA, 512 labels, 80 steps", lambda: lora(seeds)),
        "padding": ("Padding", padding),
        "resuming": ("Going on", resuming),
        "fused": ("The optimizer", fused),
        "checkpointing": ("Memory", checkpointing),
        "first_loss": ("Before training", first_loss),
    }


HEAD = """# Bands

Written by `npm run bands` on {today}: the figures that lessons rest on, measured with the built-in
models. Python {python}, PyTorch {torch}, {machine}, {seeds} seeds, {minutes:.0f} minutes.

“Studied” is what was found before on other small models of the same kind; “band” is where ours must
stay. A “no” is a figure that a lesson must not promise.
"""


NOTES = """
## Where ours differ, and how the bands were set

The study does not tell its batch size. Ours was chosen after trying 16 and 32 rows a step and
learning rates of 1e-3 and 3e-3: with 32 and 3e-3 random weights come nearest to the study. The
bands were drawn around both the study's figures and our first ones, so they guard against change;
they are no proof by themselves. The reasons below that say “probably” were not tested.

- **Few labels, pretrained.** Ours do better (16 labels: .90 instead of .68), probably because
  their pretraining hides telling words more often and puts a verdict into each text (decision 6).
- **Random weights** need the high rate: at 32 rows and 1e-3 they reached .74 with 512 labels, at
  16 rows about .5.
- **Learning rates 1e-4 and 1e-2** both work better here than in the study. What stays is flat,
  good, collapsed.
- **Rank 1 at 5e-4** loses 5 points instead of 16, probably because our adapters sit on all linear
  layers and the head is trained as a whole: 3.8 % of the weights, not 0.9 %.
- **Dates** needed more steps: with two ways of writing them 400 steps gave 4 % exact matches
  (answers stopped already), 800 give all; the study had .91 after 400. Probably because our
  tokenizer has seen no numbers and writes them digit by digit.
- **Opinions with negations**, the generator's default, are left out here: probably the study had
  none. With
  them 512 labels gave .92 to .97 at a rate of 1e-3, and .88 to .92 at the suggested 3e-4 (16 rows
  a step).
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=list(_parts(())), action="append")
    chosen = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    begin = time.monotonic()
    tables = []
    for name, (heading, measure) in _parts(range(chosen.seeds)).items():
        if name in (chosen.only or [name]):
            lines = [
                f"\n## {heading}\n",
                "| what | studied | ours | band | holds |",
                "|---|---|---|---|---|",
            ]
            print(*lines, sep="\n", flush=True)
            for finding in measure():
                print(finding.line(), flush=True)
                lines.append(finding.line())
            tables.append("\n".join(lines))
    if not chosen.only:
        head = HEAD.format(
            today=date.today().isoformat(),
            python=platform.python_version(),
            torch=torch.__version__,
            machine=platform.machine(),
            seeds=chosen.seeds,
            minutes=(time.monotonic() - begin) / 60,
        )
        PAGE.write_text(head + "\n".join(tables) + "\n" + NOTES, encoding="utf-8")
        print(f"\nWritten to {PAGE.relative_to(PAGE.parents[1])}", file=sys.stderr)


if __name__ == "__main__":
    main()
