"""Kernels that are ready at once: forked from a process that has everything loaded.

A *template* (`template.py`) imports PyTorch, Transformers, our library and Jupyter's kernel, and
then does nothing. Asked for a kernel, it forks; the fork (`child.py`) reads what is wanted and
becomes that kernel. The host's side is a `Starter` (`port.py`): `supervisor.py` keeps a template
alive and asks it, `provisioner.py` is what Jupyter calls, and `process.py` is the kernel's process
as Jupyter wants to see it. Whatever goes wrong, the kernel is started the ordinary way and its
model says so.

Importing this package imports nothing else.
"""
