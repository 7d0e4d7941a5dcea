"""The pinned packages run on every Python that set-up accepts, from 3.11.0 on."""

from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.specifiers import SpecifierSet

LOCK = Path(__file__).parents[2] / "requirements.lock"


def _needs(name: str) -> str | None:
    """The versions of Python that an installed package asks for."""
    try:
        return metadata(name)["Requires-Python"]
    except PackageNotFoundError:
        return None  # pinned for another system


def test_no_pin_asks_for_a_newer_python() -> None:
    names = [line.split("==")[0] for line in LOCK.read_text("utf-8").splitlines() if "==" in line]
    needs = {name: _needs(name) for name in names}
    assert sum(need is not None for need in needs.values()) > 100
    refused = [
        name for name, need in needs.items() if need and not SpecifierSet(need).contains("3.11.0")
    ]
    assert refused == []
