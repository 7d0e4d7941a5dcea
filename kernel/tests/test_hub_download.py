"""A download that is disturbed: it goes on where it was, and nothing broken is ever used."""

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tuningfork import fetch, load_model, progress, resume
from tuningfork.hub import ModelNotFound, list_files
from tuningfork.models import BUILT_IN

from .small_hub import Fault, SmallHub, serving, sha256, single, use

NAME = "someone/model"
WEIGHTS = "model.safetensors"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume, "_WAITS", (0.01, 0.01))
    monkeypatch.setattr(resume, "_READ_SECONDS", 0.5)
    monkeypatch.setattr(fetch, "_WORTH_TELLING", 2_000_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the hub serves; a test may spoil it."""
    return Path(shutil.copytree(BUILT_IN / "tiny-gpt2", tmp_path / "served"))


@pytest.fixture
def hub(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallHub]:
    with serving(SmallHub({NAME: single(folder)})) as made:
        use(made.address, tmp_path / "home", monkeypatch)
        yield made


def _load() -> None:
    load_model(NAME, task="generation")


def _fetched(tmp_path: Path) -> Path:
    """The weights in the cache; there is one snapshot."""
    return next((tmp_path / "home/hub").glob(f"*/snapshots/*/{WEIGHTS}"))


def _size(folder: Path) -> int:
    return (folder / WEIGHTS).stat().st_size


def test_a_cut_is_mended_at_once_and_no_byte_comes_twice(
    hub: SmallHub, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = _size(folder)
    hub.faults.append(Fault(WEIGHTS, after=size // 3))
    hub.faults.append(Fault(WEIGHTS, after=size // 3))
    _load()
    bodies = hub.bodies(WEIGHTS)
    assert [one.status for one in bodies] == [200, 206, 206]
    assert [one.part for one in bodies] == [
        None,
        f"bytes={size // 3}-",
        f"bytes={size // 3 * 2}-",
    ]
    assert sum(one.sent for one in bodies) == size
    assert sha256(_fetched(tmp_path)) == sha256(folder / WEIGHTS)
    assert "the connection was lost; trying again" in capsys.readouterr().out


def test_a_download_that_was_given_up_goes_on_in_the_next_try(
    hub: SmallHub, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = _size(folder)
    hub.faults.append(Fault(WEIGHTS, after=size // 2))
    hub.faults.append(Fault(WEIGHTS, times=3))
    with pytest.raises(ModelNotFound, match=r"stopped \(the connection was lost\)") as caught:
        _load()
    assert "Run the cell again to go on" in str(caught.value)
    assert not list((tmp_path / "home/hub").glob(f"*/snapshots/*/{WEIGHTS}"))
    _load()
    assert sum(one.sent for one in hub.bodies(WEIGHTS)) == size
    assert hub.bodies(WEIGHTS)[-1].part == f"bytes={size // 2}-"
    assert sha256(_fetched(tmp_path)) == sha256(folder / WEIGHTS)
    assert "going on at" in capsys.readouterr().out


def test_a_download_that_was_killed_goes_on_in_the_next_process(
    hub: SmallHub, folder: Path, tmp_path: Path
) -> None:
    size = _size(folder)
    hub.faults.append(Fault(WEIGHTS, after=size // 2, how="silent"))
    child = subprocess.Popen(
        [sys.executable, "-c", _FETCHES], env={**os.environ, "PYTHONPATH": _PATH}
    )
    try:
        _until(lambda: [one for one in hub.bodies(WEIGHTS) if one.sent == size // 2])
        _until(lambda: _partial_size(tmp_path) == size // 2)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(10)
    _load()
    assert hub.bodies(WEIGHTS)[-1].part == f"bytes={size // 2}-"
    assert sum(one.sent for one in hub.bodies(WEIGHTS)) == size


def test_silence_is_a_lost_connection_too(hub: SmallHub, folder: Path) -> None:
    hub.faults.append(Fault(WEIGHTS, after=1_000_000, how="silent"))
    _load()
    assert sum(one.sent for one in hub.bodies(WEIGHTS)) == _size(folder)


def test_a_busy_hub_is_asked_again(hub: SmallHub, capsys: pytest.CaptureFixture[str]) -> None:
    hub.faults.append(Fault(WEIGHTS, how=503, times=2))
    _load()
    assert "the Hub answered with error 503; trying again" in capsys.readouterr().out


def test_a_server_that_knows_no_parts_begins_anew(
    hub: SmallHub, folder: Path, tmp_path: Path
) -> None:
    hub.faults.append(Fault(WEIGHTS, after=1_000_000))
    hub.faults.append(Fault(WEIGHTS, after=_size(folder), how="whole"))
    _load()
    assert [one.status for one in hub.bodies(WEIGHTS)] == [200, 200]
    assert sha256(_fetched(tmp_path)) == sha256(folder / WEIGHTS)


def test_what_arrives_damaged_is_fetched_again(hub: SmallHub, folder: Path, tmp_path: Path) -> None:
    hub.faults.append(Fault(WEIGHTS, how="damaged"))
    _load()
    assert sha256(_fetched(tmp_path)) == sha256(folder / WEIGHTS)


def test_what_is_damaged_twice_is_never_used(hub: SmallHub, tmp_path: Path) -> None:
    hub.faults.append(Fault(WEIGHTS, how="damaged", times=2))
    with pytest.raises(ModelNotFound, match="arrived damaged twice: its checksum"):
        _load()
    assert not list((tmp_path / "home/hub").glob("*/blobs/*.incomplete"))
    _load()


def test_weights_that_are_damaged_on_the_hub_itself_are_told(hub: SmallHub, folder: Path) -> None:
    whole = (folder / WEIGHTS).read_bytes()
    (folder / WEIGHTS).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"weights in .* are damaged"):
        _load()


def test_a_file_cut_short_in_the_cache_is_fetched_again(
    hub: SmallHub, folder: Path, tmp_path: Path
) -> None:
    _load()
    os.truncate(_fetched(tmp_path).resolve(), 1000)
    _load()
    assert sha256(_fetched(tmp_path)) == sha256(folder / WEIGHTS)


def test_a_new_commit_with_the_same_weights_fetches_only_what_is_new(
    hub: SmallHub, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _load()
    config = folder / "config.json"
    config.write_text(config.read_text("utf-8") + "\n", "utf-8")
    hub.shelf.asked.clear()
    capsys.readouterr()
    _load()
    assert len(hub.bodies("config.json")) == 1
    assert not hub.bodies(WEIGHTS)
    assert capsys.readouterr().out == ""


def test_too_little_room_is_told_before_anything_is_fetched(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with pytest.raises(ModelNotFound, match=r"needs 3 MB of disk, and 1 MB are free. Make room"):
        _load()
    assert not hub.bodies(WEIGHTS)


def test_a_disk_that_fills_up_on_the_way_loses_nothing(hub: SmallHub, folder: Path) -> None:
    with _largest_file(1_000_000), pytest.raises(ModelNotFound, match="could not be written to"):
        _load()
    hub.shelf.asked.clear()
    _load()
    assert [one.part for one in hub.bodies(WEIGHTS)] == ["bytes=1000000-"]


@contextmanager
def _largest_file(size: int) -> Iterator[None]:
    """The system refuses to let a file grow further, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_two_that_ask_at_once_fetch_once(hub: SmallHub, folder: Path) -> None:
    hub.shelf.bytes_per_second = 20_000_000
    listing = list_files(NAME, "model")
    assert listing is not None
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(fetch.fetch, listing, [WEIGHTS], "") for _ in range(2)]
        assert both[0].result() == both[1].result()
    assert sum(one.sent for one in hub.bodies(WEIGHTS)) == _size(folder)


def test_the_line_tells_megabytes_speed_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 0.1, 10.0, 20.0, 30.0])
    monkeypatch.setattr(progress, "_is_notebook", lambda: True)
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(clock))
    bar = progress.Progress("gpt2", 548_000_000)
    for _ in range(3):
        bar.add(100_000_000)
    bar.finish()
    shown = capsys.readouterr().out
    lines = shown.split("\r")
    # What is written over must not show behind a shorter line.
    assert len(lines[3]) > len(lines[2])
    assert [one.rstrip() for one in lines] == [
        "",
        "gpt2: 200 of 548 MB, 20.0 MB/s, about 17 s left",
        "gpt2: 300 of 548 MB, 15.0 MB/s, about 17 s left",
        "gpt2: downloaded 548 MB in 30 s.",
    ]
    assert shown.endswith("\n")


def test_where_nothing_can_be_written_over_lines_are_few(
    hub: SmallHub, capsys: pytest.CaptureFixture[str]
) -> None:
    _load()
    assert re.fullmatch(rf"{NAME}: downloaded 3 MB in \d+ s\.\n", capsys.readouterr().out)


_FETCHES = f"""
from tuningfork import fetch, hub
fetch.fetch(hub.list_files({NAME!r}, "model"), [{WEIGHTS!r}], "")
"""
_PATH = str(Path(fetch.__file__).parents[1])


def _partial_size(tmp_path: Path) -> int:
    return max(
        (one.stat().st_size for one in (tmp_path / "home/hub").glob("*/blobs/*.incomplete")),
        default=0,
    )


def _until(come: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not come():
        assert time.monotonic() < end
        time.sleep(0.02)
