"""The runtime folder: private, short enough, owned by one host."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from host.runtime import RuntimeRefusedError, clear_leftovers, confine, hold_lock, open_runtime


def test_the_folder_is_made_and_private(folder: Path) -> None:
    (folder / "run").mkdir(mode=0o755)
    runtime = open_runtime(folder / "run")
    assert (folder / "run").stat().st_mode & 0o777 == 0o700
    assert runtime.kernels.is_dir()


def test_a_path_too_long_for_a_socket_is_refused(folder: Path) -> None:
    with pytest.raises(RuntimeRefusedError, match="TUNINGFORK_RUNTIME"):
        open_runtime(folder / ("long" * 30))


def test_only_one_process_holds_the_folder(folder: Path) -> None:
    runtime = open_runtime(folder / "run")
    handle = hold_lock(runtime)
    with pytest.raises(RuntimeRefusedError, match="Another kernel host"):
        hold_lock(runtime)
    os.close(handle)
    os.close(hold_lock(runtime))


def test_what_a_dead_host_left_is_cleared(folder: Path) -> None:
    runtime = open_runtime(folder / "run")
    (runtime.kernels / "old").mkdir()
    runtime.description.write_text("{}")
    clear_leftovers(runtime)
    assert list(runtime.kernels.iterdir()) == []
    assert not runtime.description.exists()


def test_every_jupyter_setting_points_inside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_GATEWAY_URL", "http://elsewhere")
    monkeypatch.setenv("JUPYTER_PATH", "/elsewhere")
    monkeypatch.setenv("IPYTHONDIR", "/elsewhere")
    with monkeypatch.context() as patch:
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(name, "/elsewhere")
        for name in ("JUPYTER_NO_CONFIG", "JUPYTER_PLATFORM_DIRS"):
            patch.setenv(name, "0")
        confine(open_runtime(folder / "run"))
        found = {k: v for k, v in os.environ.items() if k.startswith(("JUPYTER_", "IPYTHON"))}
        assert "elsewhere" not in str(found)
        assert "JUPYTER_GATEWAY_URL" not in found
