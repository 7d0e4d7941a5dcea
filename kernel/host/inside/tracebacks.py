"""Errors in words of bounded length, however deep, long or odd they are.

IPython tells the usual ones, with colours and the lines around. It takes a minute for a recursion
without an end, gives up on groups, and repeats a message of any length. Those are told here, as
Python itself does it: frames that repeat are counted, and of many the first and the last are shown.
Nothing that belongs to the error is trusted: to ask it for its message may raise another.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from IPython.core import interactiveshell

MESSAGE = 2000
"""Letters of a message that are shown."""
_LINE = 1000
_WHOLE = 40_000
_USUAL_FRAMES = 40
_USUAL_CHAIN = 5
_ENDS = 10
"""So many frames are shown at the beginning, and at the end."""
_SAME = 3
_OLDEST, _NEWEST = 3, 5
_MEMBERS, _DEPTH, _ERRORS = 10, 4, 30
_CHAIN_LOOKED_AT = 100_000
_CAUSE = "The error above was the direct cause of this one:"
_CONTEXT = "While the error above was handled, another one happened:"
Naming = Callable[[str], str]
"""From the name of a file to what a learner knows it by."""


def is_usual(error: BaseException, trace: TracebackType | None) -> bool:
    """May IPython tell it?"""
    if len(said(error)) > MESSAGE:
        return False
    chain = [one for one, _ in _chain(error, _USUAL_CHAIN + 1)]
    if len(chain) > _USUAL_CHAIN or any(isinstance(one, BaseExceptionGroup) for one in chain):
        return False
    traces = [trace, *(one.__traceback__ for one in chain[1:])]
    return all(_length(one) <= _USUAL_FRAMES for one in traces) and all(map(_speaks, chain))


def told(error: BaseException, trace: TracebackType | None, naming: Naming) -> list[str]:
    """The whole error as Python tells it, within bounds: the oldest cause first.

    One text for each frame, as IPython has them, and for each other part.
    """
    return _Telling(naming).whole(error, trace, 0)


def name_of(kind: Any) -> str:
    """What its class is called."""
    return cut(str(getattr(kind, "__name__", "error")), 200)


def message_of(error: BaseException | str) -> str:
    """Its message, or that text, at most `MESSAGE` letters of it."""
    return cut(said(error), MESSAGE)


def cut(text: str, most: int) -> str:
    """The beginning of a text, and how much more there is."""
    if len(text) <= most:
        return text
    return f"{text[:most]}… ({len(text) - most:,} more letters)"


def cut_text(text: str) -> str:
    """A text of lines: each within bounds, and the middle left out where there are many."""
    lines = [_cut_line(line) for line in text.split("\n")] if len(text) > _LINE else [text]
    text = "\n".join(lines)
    if len(text) <= _WHOLE:
        return text
    left_out = len(text) - _WHOLE
    half = _WHOLE // 2
    return f"{text[:half]}\n… ({left_out:,} letters are left out here) …\n{text[-half:]}"


def _cut_line(line: str) -> str:
    most = _LINE if "\x1b" in line else MESSAGE + 100
    # A colour that was begun must end.
    return line if len(line) <= most else cut(line, most) + ("\x1b[0m" if "\x1b" in line else "")


def said(error: BaseException | str) -> str:
    """The whole message; or that there is none, if making it raises."""
    try:
        return str(error)
    except BaseException as problem:
        kind = type(problem).__name__
        return f"(this error has no message that can be shown: to make it raised {kind})"


def _speaks(error: BaseException) -> bool:
    try:
        str(error)
    except BaseException:
        return False
    return True


def _chain(error: BaseException, most: int) -> Iterator[tuple[BaseException, str]]:
    """The error and what led to it, the newest first; with the words that come before it."""
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen and len(seen) < most:
        seen.add(id(now))
        cause, context = now.__cause__, now.__context__
        if cause is None and now.__suppress_context__:
            context = None
        yield now, _CAUSE if cause is not None else _CONTEXT
        now = cause if cause is not None else context


def _length(trace: TracebackType | None) -> int:
    return sum(1 for _ in _links(trace))


def _links(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


@dataclass(frozen=True)
class _Frame:
    file: str
    line: int
    name: str


def _frames(trace: TracebackType | None) -> list[_Frame]:
    links = list(_links(trace))
    # Those that run the cell say nothing about it.
    while len(links) > 1 and links[0].tb_frame.f_code.co_filename == interactiveshell.__file__:
        links.pop(0)
    return [
        _Frame(link.tb_frame.f_code.co_filename, link.tb_lineno, link.tb_frame.f_code.co_name)
        for link in links
    ]


def _folded(frames: Sequence[_Frame]) -> Iterator[tuple[_Frame, int]]:
    """Each frame, and how often it comes again after it has been shown three times."""
    start = 0
    while start < len(frames):
        end = start
        while end < len(frames) and frames[end] == frames[start]:
            end += 1
        count = end - start
        shown = min(count, _SAME)
        for number in range(shown):
            yield frames[start], count - shown if number == shown - 1 else 0
        start = end


class _Telling:
    def __init__(self, naming: Naming) -> None:
        self._naming = naming
        self._left = _ERRORS

    def whole(self, error: BaseException, trace: TracebackType | None, depth: int) -> list[str]:
        """An error with its causes, in parts."""
        chain = list(_chain(error, _CHAIN_LOOKED_AT))
        skipped = max(0, len(chain) - _OLDEST - _NEWEST)
        shown = [*chain[:_NEWEST], *chain[_NEWEST + skipped :]]
        lines: list[str] = []
        for number in range(len(shown) - 1, -1, -1):
            one = shown[number][0]
            lines += self._one(one, trace if number == 0 else one.__traceback__, depth)
            if number:
                lines.append(shown[number - 1][1])
            if skipped and number == _NEWEST:
                lines.append(f"… {skipped:,} more errors, each the cause of the next …")
        return lines

    def _one(self, error: BaseException, trace: TracebackType | None, depth: int) -> list[str]:
        self._left -= 1
        frames = _frames(trace)
        lines = ["Traceback (most recent call last):", *self._places(frames)] if frames else []
        lines.append(_last_line(error))
        lines += [f"  {note}" for note in _notes(error)]
        if isinstance(error, BaseExceptionGroup):
            lines.append("\n".join(self._members(error, depth)))
        return lines

    def _members(self, group: BaseExceptionGroup[BaseException], depth: int) -> list[str]:
        members = group.exceptions
        if depth >= _DEPTH or self._left <= 0:
            return ["  | … what is inside is not shown …"]
        lines: list[str] = []
        shown = 0
        for number, member in enumerate(members[:_MEMBERS], 1):
            if self._left <= 0:
                break
            inner = "\n".join(self.whole(member, member.__traceback__, depth + 1)).split("\n")
            lines += [f"  +-- {number} of {len(members):,} --", *(f"  | {line}" for line in inner)]
            shown = number
        if shown < len(members):
            lines.append(f"  +-- … {len(members) - shown:,} more errors …")
        return lines

    def _places(self, frames: Sequence[_Frame]) -> list[str]:
        folded = list(_folded(frames))
        if len(folded) <= 2 * _ENDS + 4:
            return self._shown(folded)
        between = folded[_ENDS:-_ENDS]
        count = sum(1 + again for _, again in between)
        names = sorted({frame.name for frame, _ in between})
        of = f" of {' and '.join(names)}" if len(names) <= _SAME else ""
        skipped = f"… {count:,} more frames{of} …"
        return [*self._shown(folded[:_ENDS]), skipped, *self._shown(folded[-_ENDS:])]

    def _shown(self, folded: Sequence[tuple[_Frame, int]]) -> list[str]:
        lines: list[str] = []
        for frame, again in folded:
            where = self._naming(frame.file)
            place = f"{where}, line {frame.line}, in {frame.name}"
            source = linecache.getline(frame.file, frame.line).strip()
            lines.append(f"{place}\n    {cut(source, 200)}" if source else place)
            if again:
                lines.append(f"[the frame above comes {again:,} more times]")
        return lines


def _last_line(error: BaseException) -> str:
    message = message_of(error)
    name = name_of(type(error))
    return f"{name}: {message}" if message else name


def _notes(error: BaseException) -> list[str]:
    notes = getattr(error, "__notes__", None)
    if not isinstance(notes, list):
        return []
    return [cut(note, MESSAGE) for note in notes[:_MEMBERS] if isinstance(note, str)]
