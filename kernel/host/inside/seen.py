"""Which names came before: what was sent twice is carried out once."""

from __future__ import annotations

from collections import OrderedDict

_REMEMBERED = 2000


class Seen:
    """The newest names."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, None] = OrderedDict()

    def is_new(self, name: str) -> bool:
        """True the first time."""
        if name in self._names:
            return False
        self._names[name] = None
        while len(self._names) > _REMEMBERED:
            self._names.popitem(last=False)
        return True
