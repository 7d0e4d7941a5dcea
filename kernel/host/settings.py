"""Settings that are numbers, from the host's variables."""

from __future__ import annotations

from collections.abc import Mapping


class SettingRefusedError(ValueError):
    """A setting cannot be used; the text says why and what to do."""


def number(
    environment: Mapping[str, str], name: str, default: float, *, unit: str, zero: str
) -> float:
    """The setting, or the default if nothing is said.

    Args:
        unit: of what it is a number, in words.
        zero: what 0 means, in words.

    Raises:
        SettingRefusedError: it is no such number.
    """
    given = environment.get(name, "").strip()
    try:
        value = float(given) if given else default
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise SettingRefusedError(
            f"{name}={given} is not a number of {unit}. Write {name}=30 for thirty of them, "
            f"{name}=0 for {zero}, or leave it out."
        )
    return value
