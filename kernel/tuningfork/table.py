"""Plain tables for a notebook: the same rows as text and as HTML. Knows nothing of data sets."""

from collections.abc import Sequence
from html import escape


def html_table(names: Sequence[str], rows: Sequence[Sequence[object]], note: str = "") -> str:
    """An HTML table; every value is escaped, so text from a data set cannot become markup."""
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in row) + "</tr>"
        for row in rows
    )
    caption = f"<p>{escape(note)}</p>" if note else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{caption}"


def text_table(names: Sequence[str], rows: Sequence[Sequence[object]], note: str = "") -> str:
    """The same table in letters, columns aligned."""
    cells = [list(names), *[[str(value) for value in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(names))]
    lines = [
        "  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], *([note] if note else [])])
