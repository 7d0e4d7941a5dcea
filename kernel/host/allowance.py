"""How much a kernel may say before it has to wait, so that one that never stops leaves others time.

In a class everything that kernels say goes through one host and one web process. A kernel may say a
good deal at once, more than any lesson prints, and then so much a second. It waits in its print
meanwhile; nothing is lost. Pure: it is told the time.
"""

from __future__ import annotations

from collections.abc import Mapping

from host.idle import CLASS_VARIABLE
from host.settings import number

VARIABLE = "TUNINGFORK_OUTPUT_MB_S"
_MEGABYTE = 2**20
_AT_ONCE = 8 * _MEGABYTE
_CLASS_MB_S = 0.5
#: What a message costs besides its bytes: many small ones are work as well.
_MESSAGE = 2048


class Allowance:
    """What one kernel may say."""

    def __init__(self, rate: float | None, at_once: float = _AT_ONCE) -> None:
        """`rate`: bytes a second in the long run; None: as much as it likes."""
        self._rate = rate
        self._at_once = at_once
        self._left = at_once
        self._at = 0.0

    def spend(self, size: int, now: float) -> float:
        """A message of so many bytes has come: seconds to wait before the next one."""
        if self._rate is None:
            return 0.0
        self._left = min(self._at_once, self._left + (now - self._at) * self._rate)
        self._at = now
        self._left -= size + _MESSAGE
        return max(0.0, -self._left / self._rate)

    def renew(self) -> None:
        """All of it anew: after an interrupt what is under way has to come through."""
        self._left = self._at_once


def rate_from(environment: Mapping[str, str]) -> float | None:
    """Bytes a second: the setting, or the default, which only a class has.

    Raises:
        SettingRefusedError: the setting is no number.
    """
    default = _CLASS_MB_S if environment.get(CLASS_VARIABLE) == "1" else 0.0
    megabytes = number(environment, VARIABLE, default, unit="megabytes a second", zero="no limit")
    return megabytes * _MEGABYTE or None
