"""What trees of processes use: memory in fair shares, processor time, how many they are.

A page of memory that thirty forked kernels have in common counts a thirtieth for each (PSS), so
that the sum is what the machine really holds. Linux counts it page by page, which takes
milliseconds for each process: a look reads as many as fit into its time, those that were not read
for longest first, and knows the others from before. Where there are no fair shares (other systems,
processes of another user) memory is what the process maps, shared or not (RSS).

Meant for a thread of its own. Knows nothing of kernels.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import psutil

#: Seconds of reading fair shares in one look.
BUDGET_S = 0.025
Kind = Literal["pss", "rss"]


@dataclass(frozen=True)
class Use:
    """One tree."""

    memory: int | None
    """Bytes; None: not read yet."""
    kind: Kind
    cpu: float
    """Seconds of processor time since the start, of those that have ended as well."""
    processes: int
    since: float
    """When its first process began, seconds since 1970."""
    stopped: bool
    """Its first process is held by a signal."""


@dataclass(frozen=True)
class _Share:
    began: float
    memory: int
    kind: Kind
    read: float


class Ledger:
    """Remembers the fair shares it has read."""

    def __init__(self, budget: float = BUDGET_S) -> None:
        self._budget = budget
        self._shares: dict[int, _Share] = {}

    def look(self, roots: Collection[int]) -> dict[int, Use]:
        """What each root uses with everything below it, less what is below another root."""
        found = {process.pid: process for process in psutil.process_iter(_ASKED)}
        parents = {pid: process.info["ppid"] or 0 for pid, process in found.items()}
        owners = owners_of(parents, roots)
        self._read([found[pid] for pid in owners])
        trees: dict[int, list[Any]] = {root: [] for root in roots if root in found}
        for pid, root in owners.items():
            trees[root].append(found[pid])
        return {root: self._use(found[root], tree) for root, tree in trees.items()}

    def _read(self, processes: list[Any]) -> None:
        """Read shares until the time is over; forget those of processes that are gone."""
        began = {process.pid: process.info["create_time"] for process in processes}
        self._shares = {
            pid: share for pid, share in self._shares.items() if began.get(pid) == share.began
        }
        until = time.perf_counter() + self._budget
        for process in sorted(processes, key=self._read_at):
            self._note(process)
            if time.perf_counter() > until:
                return

    def _read_at(self, process: Any) -> float:
        share = self._shares.get(process.pid)
        return share.read if share else 0.0

    def _note(self, process: Any) -> None:
        try:
            memory, kind = _share_of(process)
        except psutil.Error:
            return
        began = process.info["create_time"]
        self._shares[process.pid] = _Share(began, memory, kind, time.monotonic())

    def _use(self, root: Any, tree: list[Any]) -> Use:
        shares = [self._shares[process.pid] for process in tree if process.pid in self._shares]
        known = root.pid in self._shares
        return Use(
            memory=sum(share.memory for share in shares) if known else None,
            kind="rss" if any(share.kind == "rss" for share in shares) else "pss",
            cpu=round(sum(_seconds(process) for process in tree), 2),
            processes=len(tree),
            since=root.info["create_time"],
            stopped=root.info["status"] == psutil.STATUS_STOPPED,
        )


_ASKED = ["ppid", "cpu_times", "status", "create_time"]


def owners_of(parents: Mapping[int, int], roots: Collection[int]) -> dict[int, int]:
    """For each process that is below a root, or is one, the nearest such root. Pure."""
    found = {}
    for pid in parents:
        way, steps = pid, 0
        # A process that is replaced while we look may seem to be its own ancestor.
        while way not in roots and way in parents and steps < len(parents):
            way, steps = parents[way], steps + 1
        if way in roots:
            found[pid] = way
    return found


def _share_of(process: Any) -> tuple[int, Kind]:
    try:
        whole = process.memory_full_info()
    except psutil.AccessDenied:
        return int(process.memory_info().rss), "rss"
    share = getattr(whole, "pss", None)
    return (int(whole.rss), "rss") if share is None else (int(share), "pss")


def _seconds(process: Any) -> float:
    times = process.info["cpu_times"]
    # Its own, and what it collected from children that have ended.
    return sum(times[:4]) if times else 0.0
