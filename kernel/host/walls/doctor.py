"""Says how well kernels are walled in on this machine, and how to do better. Installs nothing.

    npm run doctor            in words
    npm run doctor -- --json  for programs

Ends with 0 if the walls are fit for a class, with 1 if they are not.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict

from host.walls.tiers import Tier, Trial, tier_of
from host.walls.trials import all_trials

_WIDTH = 96


def main() -> int:
    """Try everything and say it."""
    arguments = _arguments()
    trials = all_trials()
    tier = tier_of(trials)
    print(as_json(tier, trials) if arguments.json else in_words(tier, trials))
    return 0 if tier.fit_for_class else 1


def as_json(tier: Tier, trials: Sequence[Trial]) -> str:
    """For programs."""
    return json.dumps({**asdict(tier), "trials": [asdict(trial) for trial in trials]}, indent=1)


def in_words(tier: Tier, trials: Sequence[Trial]) -> str:
    """For people."""
    fit = "fit for a class" if tier.fit_for_class else "not fit for a class"
    return "\n".join(
        [
            f"The walls around kernels on this machine: {tier.name} ({fit}).",
            _wrapped(tier.words, "  "),
            "",
            *(_line(trial) for trial in trials),
            *_remedies(trials),
        ]
    )


def _line(trial: Trial) -> str:
    return f"  {'ok     ' if trial.ok else 'missing'}  {trial.name}: {trial.found}"


def _remedies(trials: Sequence[Trial]) -> list[str]:
    remedies = dict.fromkeys(trial.remedy for trial in trials if trial.remedy)
    if not remedies:
        return []
    return ["", "What to do:", *(_wrapped(text, "    ", "  - ") for text in remedies)]


def _wrapped(text: str, indent: str, first: str | None = None) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="npm run doctor", description="Tries the kernels' walls.")
    parser.add_argument("--json", action="store_true", help="for programs")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
