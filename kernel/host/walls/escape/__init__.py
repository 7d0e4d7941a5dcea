"""Attempts to get out of a kernel's walls, and a place where they can hurt nothing.

`suite` holds the probes and runs them in a kernel. `theatre` is the place: namespaces of its own.
There `director` puts a class that does not exist, with homes, a database, secrets, processes and
hosts to attack. The same probes run there in kernels with walls, started and forked, and in one
without; what succeeds without and fails with them is what the walls do. `guard` refuses to begin
anywhere else.
"""
