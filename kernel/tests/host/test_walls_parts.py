"""The pieces of the walls: what is bound where, what passes, what is decided, what is said."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from host.fork.port import NoStarter
from host.fork.walled import NAME, register, settle
from host.walls import bubblewrap, doctor, look, seccomp, trials
from host.walls.environment import clean
from host.walls.groups import Group, GroupRefusedError, Shares, open_group
from host.walls.process import told
from host.walls.room import Limits, Room
from host.walls.tiers import FULL, NONE, THIN, WALLS, Part, Tier, Trial, tier_of
from host.walls.trials import remedy_for

from . import ordinary

SHARES = Shares(memory=2**30, processes=64, cores=0.5)


def _room(**more: Any) -> Room:
    return Room(Path("/data/ana"), Path("/run/k/1"), (Path("/lessons"),), **more)


def _binds(command: list[str]) -> dict[str, str]:
    """What can be written to, by where it is found inside."""
    at = [number for number, word in enumerate(command) if word == "--bind"]
    return {command[number + 2]: command[number + 1] for number in at}


def test_only_home_and_sockets_can_be_written_to() -> None:
    command = bubblewrap.plan(_room(), python=True, told=None, lasting=False)
    assert _binds(command) == {"/home/learner": "/data/ana", "/run/k/1/s": "/run/k/1/s"}
    text = " ".join(command)
    assert "--ro-bind /lessons /lessons" in text
    assert text.index("--ro-bind /run/k/1 ") < text.index("--bind /run/k/1/s")
    assert text.index("--tmpfs /dev/shm") < text.index("--remount-ro /dev ")


def test_what_is_forbidden_is_told_to_bubblewrap() -> None:
    with bubblewrap.walled(_room(), ["python"]) as inside:
        forbidden, plan = (os.pread(file, 2**20, 0) for file in inside.files)
    assert forbidden == seccomp.program()
    assert f"--seccomp\0{inside.files[0]}\0".encode() in plan


def test_without_libseccomp_nothing_is_forbidden_and_the_doctor_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = seccomp.program.__wrapped__()
    assert made == seccomp.program()
    assert made
    monkeypatch.setattr(seccomp, "_LIBRARY", "libno-such.so.2")
    monkeypatch.setattr(seccomp, "program", seccomp.program.__wrapped__)
    with bubblewrap.walled(_room(), ["python"]) as inside:
        assert len(inside.files) == 1
    trial = trials._filtered({"rare": "no", "filter": "2", "python": "yes"})
    assert (trial.ok, trial.found) == (False, "libseccomp is not installed")
    assert "apt-get install libseccomp2" in trial.remedy
    assert tier_of([*_trials(), trial]) == THIN


def test_a_filter_that_is_not_seen_at_work_counts_for_nothing() -> None:
    well = {"rare": "no", "filter": "2", "python": "yes"}
    assert trials._filtered(well).ok
    for change in ({"rare": "yes"}, {"filter": "0"}, {"python": "no"}):
        assert not trials._filtered({**well, **change}).ok


def test_a_group_is_entered_before_the_walls_are_built() -> None:
    group = Group({"memory": Path("/g/m"), "pids": Path("/g/p"), "cpu": Path("/g/m")})
    with bubblewrap.walled(_room(group=group), ["python"]) as inside:
        command = list(inside.command)
    assert command[0] == "sh"
    assert command[3:7] == ["sh", "/g/m", "/g/p", "--"]
    assert command[7].endswith("bwrap")
    assert command[-2:] == ["--", "python"]


def test_inside_no_command_line_tells_a_folder_outside() -> None:
    with look.place() as here:
        home = str(here.room.home)
        done = look.run(here, ["sh", "-c", "cat /proc/*/cmdline /proc/1/environ; ls /proc/1/fd"])
        assert done.returncode == 0, done.stderr
        assert "bwrap\0--args\0" in done.stdout
        assert home not in done.stdout


def test_what_cannot_enter_its_group_does_not_run(tmp_path: Path) -> None:
    group = Group({"memory": tmp_path / "missing"})
    done = subprocess.run(group.entering(["echo", "ran"]), capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (125, b"")


def test_variables_pass_by_name_only() -> None:
    given = {"HF_TOKEN": "x", "AWS_KEY": "x", "LC_ALL": "C", "OMP_NUM_THREADS": "1", "HOME": "/me"}
    passed = clean({**given, "VIRTUAL_ENV": "x", "LD_PRELOAD": "x"})
    assert set(passed) - {"USER", "LOGNAME", "PATH", "TMPDIR", "PYTHONNOUSERSITE"} == {
        "LC_ALL",
        "OMP_NUM_THREADS",
        "HOME",
    }
    assert passed["HOME"] == "/home/learner"
    assert passed["PATH"].startswith(f"{sys.prefix}/bin:")


def test_there_is_no_kernel_without_walls(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register()
    started: list[Any] = []
    monkeypatch.setattr("host.walls.bubblewrap.shutil.which", lambda _name: None)
    monkeypatch.setattr("subprocess.Popen", lambda *a, **_k: started.append(a))
    manager: Any = AsyncKernelManager()
    walled = {"kernel_provisioner": {"provisioner_name": NAME}}
    manager._kernel_spec = KernelSpec(argv=[sys.executable, "-c", "1"], metadata=walled)
    settle(manager, Room(folder / "home", folder / "run"), NoStarter("off", ""))
    with pytest.raises(bubblewrap.WallsMissingError, match="apt-get install bubblewrap"):
        asyncio.run(manager.start_kernel(stderr=None))
    assert started == []


@pytest.mark.parametrize(
    ("code", "meant"),
    [(None, None), (0, 0), (1, 1), (128, 128), (137, -signal.SIGKILL), (139, -signal.SIGSEGV)],
)
def test_tells_the_signal_that_ended_a_kernel(code: int | None, meant: int | None) -> None:
    assert told(code) == meant


def _trials(**ok: bool) -> list[Trial]:
    parts: tuple[Part, ...] = ("ground", "walls", "nested", "groups")
    return [Trial(part, part, ok.get(part, True), "") for part in parts]


@pytest.mark.parametrize(
    ("made", "tier"),
    [
        (_trials(), FULL),
        (_trials(groups=False), WALLS),
        (_trials(nested=False), THIN),
        (_trials(walls=False), NONE),
        (_trials(ground=False), NONE),
        (_trials()[:1], NONE),
        (_trials()[:2], THIN),
        ([*_trials(), Trial("another", "walls", False, "")], NONE),
    ],
)
def test_the_tier_is_what_was_shown(made: list[Trial], tier: Tier) -> None:
    assert tier_of(made) == tier


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"apparmor": "1"}, "apparmor_parser"),
        ({"clone": "0"}, "unprivileged_userns_clone=1"),
        ({"most": "0"}, "max_user_namespaces"),
        ({"container": "1"}, "seccomp=unconfined"),
        ({}, "Look at what bwrap said"),
    ],
)
def test_says_how_to_make_it_right(settings: dict[str, str], word: str) -> None:
    assert word in remedy_for("bwrap: No permissions to create new namespace", settings)
    assert "systempaths" in remedy_for("bwrap: Can't mount proc", {"container": "1"})


def test_bounds_in_the_second_version_of_groups(tmp_path: Path) -> None:
    base = tmp_path / "mount" / "service"
    base.mkdir(parents=True)
    (base / "cgroup.controllers").write_text("cpuset cpu io memory pids")
    (tmp_path / "own").write_text("0::/service\n")
    group = open_group("k-1", SHARES, tmp_path / "mount", tmp_path / "own")
    assert (base / "host" / "cgroup.procs").read_text() == str(os.getpid())
    assert (base / "cgroup.subtree_control").read_text() == "+memory +pids +cpu"
    assert _written(base / "k-1") == {
        "memory.max": str(2**30),
        "memory.oom.group": "1",
        "pids.max": "64",
        "cpu.max": "50000 100000",
    }
    assert set(group.folders.values()) == {base / "k-1"}


def test_bounds_in_the_first_version_of_groups(tmp_path: Path) -> None:
    for kind in ("memory", "pids", "cpu"):
        (tmp_path / "mount" / kind / "a").mkdir(parents=True)
    (tmp_path / "own").write_text("3:memory:/a\n2:pids:/a\n1:cpu,cpuacct:/a\n0::/\n")
    group = open_group("k-1", SHARES, tmp_path / "mount", tmp_path / "own")
    assert _written(group.folders["memory"]) == {"memory.limit_in_bytes": str(2**30)}
    assert _written(group.folders["pids"]) == {"pids.max": "64"}
    assert _written(tmp_path / "mount" / "cpu" / "a" / "k-1")["cpu.cfs_quota_us"] == "50000"


def test_without_groups_it_says_which_are_missing(tmp_path: Path) -> None:
    (tmp_path / "pids").mkdir()
    (tmp_path / "own").write_text("0::/\n")
    with pytest.raises(GroupRefusedError, match="memory, cpu"):
        open_group("k-1", SHARES, tmp_path, tmp_path / "own")


def test_a_group_waits_for_what_is_ending(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [OSError(16, "busy"), OSError(16, "busy"), None]

    def remove(_path: Path) -> None:
        if error := answers.pop(0):
            raise error

    monkeypatch.setattr(Path, "rmdir", remove)
    Group({"memory": Path("/g"), "pids": Path("/g")}).end()
    assert answers == []


def test_a_group_that_cannot_be_finished_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("memory", "pids", "cpu"):
        (tmp_path / "mount" / kind).mkdir(parents=True)
    (tmp_path / "own").write_text("0::/\n")

    def refuse(path: Path, _text: str) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(GroupRefusedError, match="Permission denied"):
        open_group("k-1", SHARES, tmp_path / "mount", tmp_path / "own")
    assert list((tmp_path / "mount").rglob("k-1")) == []


def _written(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_the_doctor_in_words() -> None:
    made = [*_trials(groups=False), Trial("memory", "groups", False, "no", "Ask systemd.")]
    text = doctor.in_words(WALLS, made)
    assert text.startswith("The walls around kernels on this machine: walls (fit for a class).")
    assert "  ok       nested" in text
    assert "  missing  memory: no" in text
    assert text.endswith("What to do:\n  - Ask systemd.")


def test_the_doctor_tries_this_machine_as_an_ordinary_user() -> None:
    found = ordinary.run("host.walls.doctor", "--json", whole=True)
    failed = [
        t["name"] for t in found["trials"] if not t["ok"] and t["part"] not in ("groups", "note")
    ]
    assert failed == []
    assert found["name"] in ("full", "walls")


def test_the_doctor_warns_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    trial = trials._user()
    assert (trial.ok, trial.part) == (False, "ground")
    assert "sudo useradd" in trial.remedy


def test_the_doctor_ends_with_a_number_for_programs() -> None:
    program = [sys.executable, str(ordinary.KERNEL_FOLDER / "doctor.py"), "--json"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert done.returncode == (0 if found["fit_for_class"] else 1)
    assert found["fit_for_class"] == (os.geteuid() != 0)


def test_limits_of_a_kernel_leave_room_for_pytorch() -> None:
    limits = Limits()
    assert limits.mapped > 2 * limits.memory
    assert limits.processes >= 64
