"""Kernels outlive the host that started them, and the next host takes them over.

`record` is what a host writes down about each kernel, `counts` how far it has recorded what the
kernel said, `process` a process that is nobody's child any more, `leftovers` what cannot be taken
over and is ended. The kernel's part is in `host.inside`: it keeps what has not been recorded yet,
and ends itself when no host comes.
"""
