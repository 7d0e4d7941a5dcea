"""The kernel host: one process that runs every kernel of this installation.

Started with ``python -m host --runtime <folder>``. It serves Jupyter's kernel routes on a Unix
socket in that folder (TCP loopback where there are none), keeps a numbered tape of everything each
kernel says, and notices when a kernel dies. The web process comes and goes; the host and its
kernels stay. It knows nothing of lessons, learners or notebooks.

Importing this package imports nothing else: the kernels themselves load ``host.inside``.
"""

VERSION = "3"
"""Changes when the web process must not talk to an older host."""
