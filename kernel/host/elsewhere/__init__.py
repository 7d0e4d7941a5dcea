"""What a kernel on a foreign Jupyter server is told at its start, so that it can do what ours can.

`look`, `receive` and `begin` are sent to the kernel as text and called there one after the other
(src/lib/server/jupyter/remote/setup.ts); until `begin` has put our files on the path they can
import nothing but Python's own. `reel` then runs in the kernel for as long as it lives.
"""
