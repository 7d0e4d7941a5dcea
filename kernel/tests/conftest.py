"""Every test works in a folder of its own: trainings leave their runs in the present one."""

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from .real_sizes import write


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def real_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """The folder of a model as large as a real one, made once for all tests; do not write there."""
    folder = tmp_path_factory.mktemp("real")

    @cache
    def made(name: str) -> Path:
        return write(name, folder / name)

    yield made
    shutil.rmtree(folder)
