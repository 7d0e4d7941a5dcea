"""What came along with the cell that runs now. A page with a button "Go on" says so here, since a
button cannot edit the learner's code."""

import sys
from typing import Any


def asked_to_go_on() -> bool:
    """Shall `train` go on with a run that did not end? Always False outside of a notebook."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    kernel: Any = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return False
    # Of this thread: a cell beside it may have come with something else.
    said = kernel.get_parent("shell").get("metadata", {}).get("tuningfork", {})
    return said.get("go_on") is True
