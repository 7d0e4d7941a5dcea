"""Kernels that are ready at once where processes cannot be forked: a pool of started ones.

A process of the pool (`inside.py`) is an ordinary Python that has loaded what the template of
`host.fork` loads, and then waits on its standard input for one order. It becomes the kernel itself,
and another one is loaded in its place. The host's side of one such process is `waiting.py`, of all
of them `pool.py`, which is a `Starter` like the one that forks.

Nothing here is of one system only: a pipe each way, and processes as Jupyter itself starts them.
"""
