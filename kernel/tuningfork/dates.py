"""Dates: a day written in one of many ways, and the same day as year-month-day (ISO 8601).

A task with exactly one right answer, computed, so that a model can be marked by exact match.
"""

import random
from datetime import date, timedelta

from tuningfork.dataset import Dataset
from tuningfork.knobs import check_rows, check_whole

# Not from the calendar module, whose names depend on the language of the machine.
_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
#: Each is clear without knowing the country: no 03/04/2024. Numbers with dots begin with the day.
STYLES = (
    "{day} {month} {year}",
    "{month} {day}, {year}",
    "{day}.{number}.{year}",
    "{weekday}, {day} {month} {year}",
    "the {nth} of {month} {year}",
    "{short} {nth}, {year}",
    "{year}, {month} {day}",
    "{weekday} the {nth} of {month}, {year}",
    "{day}-{short}-{year}",
    "{month} the {nth}, {year}",
)


def dates(
    n: int = 400,
    *,
    seed: int = 0,
    first_year: int = 1950,
    last_year: int = 2049,
    styles: int = len(STYLES),
) -> Dataset:
    """Makes `n` dates such as "the 5th of March 2024 -> 2024-03-05".

    Columns: `text` = `prompt` + " " + `answer`; the prompt ends with "->". Truth column: `_style`
    (the number of the way it was written, from 0).

    Args:
        first_year: of the earliest day, 1000 or later.
        last_year: of the latest day, 9999 or earlier.
        styles: how many of the ten ways of writing are used, the simplest first.

    Raises:
        ValueError: for a value outside its range, or years in the wrong order.
    """
    check_rows(n)
    check_whole("seed", seed, 0)
    check_whole("first_year", first_year, 1000, 9999)
    check_whole("last_year", last_year, first_year, 9999)
    check_whole("styles", styles, 1, len(STYLES))
    chance = random.Random(seed)
    start = date(first_year, 1, 1)
    days = (date(last_year, 12, 31) - start).days + 1
    rows = (
        _row(start + timedelta(days=chance.randrange(days)), chance.randrange(styles))
        for _ in range(n)
    )
    return Dataset(tuple(rows), "dates")


def _row(when: date, style: int) -> dict[str, object]:
    prompt, answer = f"{written(when, style)} ->", when.isoformat()
    return {"text": f"{prompt} {answer}", "prompt": prompt, "answer": answer, "_style": style}


def written(when: date, style: int) -> str:
    """A day in the way of writing with this number, 0 to 9."""
    month = _MONTHS[when.month - 1]
    return STYLES[style].format(
        day=when.day,
        nth=f"{when.day}{_ending(when.day)}",
        number=when.month,
        month=month,
        short=month[:3],
        weekday=_DAYS[when.weekday()],
        year=when.year,
    )


def _ending(day: int) -> str:
    """The letters after a day: 1st, 2nd, 3rd, 4th, but 11th."""
    if 11 <= day <= 13:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
