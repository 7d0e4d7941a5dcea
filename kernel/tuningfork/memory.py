"""Memory: how much is used, whether an error means that there was too little, and a cap to try it.

A process that takes more than the machine has is ended by the system without a word. A cap on its
data (`RLIMIT_DATA`, Linux) makes the same shortage an error, which can be caught.
"""

import ctypes
import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

#: What oneDNN says on a CPU when it gets no room for the machine code it writes for each shape.
_NO_ROOM_FOR_CODE = "could not create a primitive"
#: What a shortage says on a CPU; accelerate knows those of graphics cards.
_PHRASES = (
    "can't allocate memory",
    "not enough memory",
    "std::bad_alloc",
    "Cannot allocate memory",
    _NO_ROOM_FOR_CODE,
)
_MB = 1024 * 1024


class NotEnoughMemory(RuntimeError):
    """Even one row at a time does not fit. The message has the numbers."""


def is_out_of_memory(error: BaseException) -> bool:
    """Does this error say that memory ran out, on a graphics card or on a CPU?"""
    import torch
    from accelerate.utils.memory import should_reduce_batch_size

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    if not isinstance(error, RuntimeError):
        return False
    text = str(error)
    return bool(should_reduce_batch_size(error)) or any(phrase in text for phrase in _PHRASES)


def use_less_code(said: str) -> bool:
    """Does without oneDNN's code for each shape, if that is what there was no room for.

    PyTorch's own code does the same, slower. Returns whether that is a change.
    """
    import torch

    if _NO_ROOM_FOR_CODE not in said or not torch.backends.mkldnn.enabled:
        return False
    torch.backends.mkldnn.set_flags(False)
    return True


def in_parts(rows: Sequence[Any], size: int, look: Callable[[Sequence[Any]], Any]) -> Iterator[Any]:
    """What `look` makes of the rows, `size` at a time, or fewer from where they no longer fit.

    Raises:
        NotEnoughMemory: when not even one row fits.
    """
    at = 0
    while at < len(rows):
        part = rows[at : at + size]
        said = ""
        try:
            found = look(part)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            said = str(error)
        else:
            yield found
            at += len(part)
            continue
        release()
        if use_less_code(said):
            continue
        if len(part) == 1:
            raise NotEnoughMemory(
                f"Not even one text at a time fits into memory; {used_mb():.0f} MB are in use "
                f"before it. Cut texts with max_length, or take a smaller model. (Python said: "
                f"{said[:200]})"
            )
        size = len(part) // 2


def release() -> None:
    """Gives back what a failed step left behind.

    To be called outside the `except` block: an error's traceback holds the tensors of the step.
    """
    import torch

    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
    gc.collect()
    if sys.platform.startswith("linux"):
        # What is free inside the heap would still count against a cap.
        ctypes.CDLL(None).malloc_trim(0)
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def forget(tensor: Any) -> None:
    """Takes a tensor that nobody will read again out of memory.

    One that was read from a file stays there, as part of it, for as long as any other tensor of
    that file is in use. Its values are lost or, when it is from a file, read again.
    """
    if not sys.platform.startswith("linux") or tensor.device.type != "cpu":
        return
    page = os.sysconf("SC_PAGESIZE")
    begin = -(-tensor.data_ptr() // page) * page
    end = (tensor.data_ptr() + tensor.nbytes) // page * page
    if end > begin:
        system = ctypes.CDLL(None)
        system.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), _DONTNEED)


#: Linux's name for: these pages are not needed.
_DONTNEED = 4
#: glibc's names for: what size a block must have to be kept apart, and what is free to be kept.
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1


def give_back_at_once() -> None:
    """From now on a large block goes back to the system as soon as it is free.

    Otherwise glibc keeps it for the next of its size, between others, where it is of no use for
    larger ones: a sixth of all memory in a training of GPT-2 Small. Costs about a tenth more time.
    """
    _set_heap(1 * _MB)


def give_back_lazily() -> None:
    """As it is when nothing is said: the sizes that glibc comes to by itself."""
    _set_heap(32 * _MB)


def _set_heap(size: int) -> None:
    system = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
    if system is not None and hasattr(system, "mallopt"):
        system.mallopt(_MMAP_THRESHOLD, size)
        system.mallopt(_TRIM_THRESHOLD, 2 * size)


def used_mb() -> float:
    """Megabytes (2^20 bytes) in use now: of the graphics card, or else of this process."""
    import torch

    if torch.cuda.is_available():
        return float(torch.cuda.memory_allocated()) / _MB
    import psutil

    return float(psutil.Process().memory_info().rss) / _MB


@contextmanager
def capped(megabytes: int | None) -> Iterator[None]:
    """At most so much data for this process inside the block, or less where less is allowed.

    Raises:
        ValueError: when that is less than the process has already, or the system has no such cap.
    """
    if megabytes is None:
        yield
        return
    resource = _resource()
    before = resource.getrlimit(resource.RLIMIT_DATA)
    _check(megabytes)
    allowed = [limit for limit in before if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([megabytes * _MB, *allowed]), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def bound_mb() -> float | None:
    """Megabytes of data that this process may have; `None` for no bound."""
    if not sys.platform.startswith("linux"):
        return None
    resource = _resource()
    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    return None if limit == resource.RLIM_INFINITY else limit / _MB


def data_mb() -> float:
    """Megabytes that count for the cap: Linux calls them VmData."""
    with open("/proc/self/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmData:"))
    return int(line.split()[1]) / 1024


def _check(megabytes: int) -> None:
    used = data_mb()
    if megabytes <= used:
        raise ValueError(
            f"memory_limit_mb={megabytes} is less than this Python has in use already "
            f"({used:.0f} MB). Restart it to free memory, or set at least {used + 200:.0f}."
        )


def _resource() -> Any:
    if not sys.platform.startswith("linux"):
        raise ValueError("memory_limit_mb works on Linux only. Leave it out here.")
    import resource

    return resource
