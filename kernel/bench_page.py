"""What benchmarks in Python share: a process for each run, and a part of docs/benchmarks.md."""

import json
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def put(name: str, text: str, page: Path = PAGE) -> None:
    """Writes a section, in the place of the one of that name if there is one, else at the end.

    `npm run bench`, which writes the rest of the page, keeps it.
    """
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    section = f"{begin}\n{text.strip()}\n{end}"
    before = page.read_text(encoding="utf-8") if page.exists() else "# Benchmarks\n"
    if begin in before:
        head, rest = before.split(begin, 1)
        after = head + section + rest.split(end, 1)[1]
    else:
        after = f"{before.rstrip()}\n\n{section}\n"
    page.write_text(after, encoding="utf-8")


def in_own_process(script: str, *words: str) -> dict[str, float]:
    """What `script --one words` prints last, as JSON: no run finds the memory of another."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", script, "--one", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result
