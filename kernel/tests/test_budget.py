"""House rules that no linter knows: small files and short functions, counted without blank lines,
comments and docstrings.
"""

import ast
import io
import tokenize
from pathlib import Path

import pytest

KERNEL = Path(__file__).parents[1]
FOLDERS = [KERNEL / "tuningfork", KERNEL / "host", KERNEL.parent / "scripts"]
FILES = sorted(path for folder in FOLDERS for path in folder.rglob("*.py"))

LONGEST_FILE = 300
LONGEST_FUNCTION = 60

_QUIET = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}


def _code_lines(text: str) -> set[int]:
    """The numbers of the lines that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _QUIET and token.type != tokenize.ENDMARKER:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines - _docstring_lines(ast.parse(text))


def _docstring_lines(tree: ast.Module) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                lines.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return lines


def _long_functions(text: str) -> list[str]:
    code = _code_lines(text)
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = len(code & set(range(node.lineno, (node.end_lineno or node.lineno) + 1)))
            if length > LONGEST_FUNCTION:
                found.append(f"{node.name}: {length}")
    return found


def test_there_is_something_to_measure() -> None:
    assert len(FILES) > 20


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(KERNEL.parent)))
def test_budget(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(_code_lines(text)) <= LONGEST_FILE
    assert _long_functions(text) == []


def test_the_measure_counts_code_and_nothing_else() -> None:
    body = "\n".join(f"    x = {n}" for n in range(LONGEST_FUNCTION))
    assert _long_functions(
        f'def f():\n    """Words.\n\n    More.\n    """\n\n    # why\n{body}\n'
    ) == [f"f: {LONGEST_FUNCTION + 1}"]
    assert len(_code_lines('"""Doc."""\n\n# comment\nx = """a\nb"""\n')) == 2
