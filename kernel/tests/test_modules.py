"""The package's own order: each module imports only from those before it; importing does nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import tuningfork

FOLDER = Path(tuningfork.__file__).parent


def _imports(path: Path) -> set[str]:
    """Modules of the package that a file names, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tuningfork."):
            found.add((node.module or "").split(".")[1])
    return found


def test_modules_import_only_those_before_them() -> None:
    order = tuningfork.MODULE_ORDER
    assert set(order) == {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    for at, name in enumerate(order):
        assert _imports(FOLDER / f"{name}.py") <= set(order[:at]), name


def test_importing_loads_no_torch_and_prints_nothing() -> None:
    code = "import sys, tuningfork; assert not {'torch', 'transformers'} & set(sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=FOLDER.parent, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
