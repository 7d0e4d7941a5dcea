"""Everything the doctor tries. Nothing is guessed from a version or a setting.

Settings are read for one purpose only: to say, of something that was tried and failed, how to
make it right.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from host.ahead import may_go_ahead
from host.walls import look, seccomp
from host.walls.bubblewrap import PROGRAM, WallsMissingError, find_program
from host.walls.groups import Group, GroupRefusedError, Shares, open_group
from host.walls.room import GIGABYTE, MEGABYTE, Limits
from host.walls.tiers import Part, Trial

_BOUNDS = Shares(memory=64 * MEGABYTE, processes=20, cores=0.2)
_EATER = "head -c 120000000 /dev/zero | tail > /dev/null"
_FORKER = "for n in $(seq 30); do sleep 0.3 & done; wait"
_SPINNER = "timeout 0.5 sh -c 'while :; do :; done'; true"


def all_trials() -> list[Trial]:
    """In the order in which each needs the one before; the first that ends it is the last."""
    trials = [_system(), _user()]
    if not trials[0].ok:
        return trials
    trials.append(_installed())
    if not trials[-1].ok:
        return trials
    with look.place() as here:
        trials.append(_starts(here))
        if not trials[-1].ok:
            return trials
        trials += _seen(look.look(here, sys.executable))
        trials += _together(here)
    trials.append(_ahead())
    return trials


def _system() -> Trial:
    linux = sys.platform == "linux"
    remedy = "" if linux else "Run the class on Linux, in WSL2, or in a virtual machine."
    return Trial("the system is Linux", "ground", linux, sys.platform, remedy)


def _user() -> Trial:
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    remedy = (
        "Walls do not hold root. Make a user and run Tuning Fork as that user: "
        "sudo useradd --create-home tuningfork, then sudo --user tuningfork --login, then "
        "clone the project there and run npm start. What follows was tried as the user nobody."
    )
    found = "it is run by root" if root else "it is run by an ordinary user"
    return Trial("the user is not root", "ground", not root, found, remedy if root else "")


def _ahead() -> Trial:
    may = may_go_ahead()
    remedy = (
        "While one learner computes, the others' small cells take up to twice as long. To let the "
        "app go before kernels, allow its user a real-time priority: LimitRTPRIO=1 in the "
        "[Service] part of a unit, or a file in /etc/security/limits.d with the line "
        "<user> - rtprio 1, and log in again."
    )
    found = "it may" if may else "it may not"
    return Trial("the app goes before its kernels", "note", may, found, "" if may else remedy)


def _installed() -> Trial:
    try:
        path = find_program()
    except WallsMissingError as error:
        return Trial("bubblewrap is installed", "ground", False, "not found", str(error))
    missing = [name for name in ("prlimit", "setpriv", "unshare") if shutil.which(name) is None]
    remedy = "Install util-linux." if missing else ""
    found = f"missing: {', '.join(missing)}" if missing else path
    return Trial("bubblewrap is installed", "ground", not missing, found, remedy)


def _starts(here: look.Place) -> Trial:
    done = look.run(here, ["true"])
    said = done.stderr.strip()
    ok = done.returncode == 0
    remedy = "" if ok else remedy_for(said, _settings())
    return Trial("a program starts behind walls", "ground", ok, said or "it does", remedy)


def _settings() -> Mapping[str, str]:
    """Settings of the system that may forbid namespaces, and the container we may be in."""
    names = {
        "apparmor": "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "clone": "/proc/sys/kernel/unprivileged_userns_clone",
        "most": "/proc/sys/user/max_user_namespaces",
    }
    found = {name: Path(path).read_text().strip() for name, path in names.items() if _there(path)}
    container = any(map(_there, ("/.dockerenv", "/run/.containerenv")))
    return {**found, "container": "1" if container else "0"}


def _there(path: str) -> bool:
    return Path(path).exists()


def remedy_for(said: str, settings: Mapping[str, str]) -> str:
    """What to do when bubblewrap could not begin. Pure."""
    if settings.get("apparmor") == "1":
        return (
            "AppArmor forbids namespaces to programs without a profile (Ubuntu from 23.10 on). "
            "Let bubblewrap alone have them: write into /etc/apparmor.d/bwrap the lines "
            "abi <abi/4.0>, include <tunables/global> "
            "profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, } "
            "and run sudo apparmor_parser -r /etc/apparmor.d/bwrap"
        )
    if settings.get("clone") == "0":
        return "Run: sudo sysctl -w kernel.unprivileged_userns_clone=1"
    if settings.get("most") == "0":
        return "Run: sudo sysctl -w user.max_user_namespaces=10000"
    if settings.get("container") == "1" and "proc" in said:
        return (
            "This container hides parts of /proc, and then nobody may make another one. Start it "
            "with --security-opt systempaths=unconfined --security-opt seccomp=unconfined, or give "
            "each learner a container of their own."
        )
    if settings.get("container") == "1":
        return (
            "This container forbids namespaces. Start it with --security-opt seccomp=unconfined "
            "--security-opt apparmor=unconfined, or give each learner a container of their own."
        )
    return f"Look at what {PROGRAM} said, and ask whoever looks after this machine."


def _seen(saw: Mapping[str, str]) -> list[Trial]:
    def trial(name: str, part: Part, ok: bool, found: str, remedy: str = "") -> Trial:
        return Trial(name, part, ok, found, "" if ok else remedy)

    def hidden(name: str, key: str, yes: str, no: str, wanted: str = "no") -> Trial:
        return trial(name, "walls", saw.get(key) == wanted, yes if saw.get(key) == "yes" else no)

    newer = "Install bubblewrap 0.8 or newer: it can forbid this (--disable-userns)."
    readable = (
        f"The user that runs the host must be able to read {sys.prefix} and {sys.base_prefix}: "
        "put the project and its Python into that user's own folder."
    )
    return [
        hidden("another home is hidden", "other_home", "it is seen", "it is not there"),
        hidden("other programs are hidden", "other_process", "they are seen", "they are not seen"),
        hidden("the own home can be written to", "own_home", "it can", "it cannot", "yes"),
        hidden("the system is read-only", "system", "it can be changed", "it is"),
        hidden("the connection file is read-only", "connection", "it can be changed", "it is"),
        hidden("the folder tmp has a size", "temporary", "it can be filled", "it has"),
        trial("there is no network", "walls", saw.get("devices") == "lo ", saw.get("devices", "?")),
        trial("there are no rights", "walls", saw.get("rights", "?").strip("0") == "", "none"),
        trial(
            "no secret of the host's",
            "walls",
            "HF_TOKEN" not in saw.get("environment", "HF_TOKEN"),
            "none",
        ),
        trial(
            "Python is found inside", "walls", saw.get("python") == "yes", sys.executable, readable
        ),
        trial(
            "no namespaces inside", "nested", saw.get("nested") == "no", "none can be made", newer
        ),
        _filtered(saw),
    ]


def _filtered(saw: Mapping[str, str]) -> Trial:
    name, refused = "rarely used parts of Linux are refused", saw.get("rare") == "no"
    if seccomp.program() is None:
        return Trial(name, "nested", False, "libseccomp is not installed", seccomp.REMEDY)
    ok = refused and saw.get("filter") == "2" and saw.get("python") == "yes"
    found = "they are" if ok else f"they are not (Seccomp: {saw.get('filter', '?')})"
    return Trial(name, "nested", ok, found)


def _together(here: look.Place) -> list[Trial]:
    remedy = (
        "Let systemd hand a control group over: in the service's unit, [Service] Delegate=memory "
        "pids cpu; or by hand: systemd-run --user --scope -p Delegate=yes npm start"
    )
    names = {
        "memory is bounded together": _is_killed,
        "processes are bounded together": _is_refused,
        "the processor is shared": _is_held_back,
    }
    try:
        group = open_group(f"tuningfork-doctor-{os.getpid()}", _BOUNDS)
    except GroupRefusedError as error:
        return [Trial(name, "groups", False, str(error), remedy) for name in names]
    roomy = look.smaller(here, Limits(memory=GIGABYTE, processes=60))
    try:
        tried = {name: trial(roomy, group) for name, trial in names.items()}
    finally:
        group.end()
    return [
        Trial(name, "groups", ok, "it is" if ok else "it was not", "" if ok else remedy)
        for name, ok in tried.items()
    ]


def _is_killed(here: look.Place, group: Group) -> bool:
    return _fails_only_in(here, group, _EATER)


def _is_refused(here: look.Place, group: Group) -> bool:
    return _fails_only_in(here, group, _FORKER)


def _is_held_back(here: look.Place, group: Group) -> bool:
    look.run(here, ["sh", "-c", _SPINNER], group)
    return group.was_held_back()


def _fails_only_in(here: look.Place, group: Group, script: str) -> bool:
    """What fails outside the group as well proves nothing."""
    inside, outside = (look.run(here, ["sh", "-c", script], g).returncode for g in (group, None))
    return inside != 0 and outside == 0
