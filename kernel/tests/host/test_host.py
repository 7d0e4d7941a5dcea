"""The whole host, as a process: its gate, its kernels, its tape, its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import websocket

from host.app import _open_files

from .conftest import Host

pytestmark = pytest.mark.timeout(90)

NOT_SERVED = (
    "/ /lab /tree /api /api/contents /api/contents/x /files/x /view/x /nbconvert/html/x "
    "/api/kernelspecs /kernelspecs/tuningfork/logo.png /api/sessions /api/terminals "
    "/terminals/websocket/1 /api/config/x /api/shutdown /api/spec.yaml /api/me "
    "/api/security/csp-report "
    "/api/events/subscribe /api/nbconvert /login /logout /static/favicon.ico /favicon.ico /metrics "
    "/robots.txt /lsp/ws/x /edit/x /custom/custom.css"
).split()


def _text(messages: list[dict[str, Any]], request: str) -> str:
    return "".join(
        m["content"]["text"] for m in messages if m["type"] == "stream" and m["parent"] == request
    )


def test_routes_off_the_list_are_not_served_and_the_rest_needs_the_token(host: Host) -> None:
    kernel = "/api/kernels/aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb"
    for path in NOT_SERVED:
        assert host.ask("GET", path)[0] == 404, path
        assert host.ask("GET", path, token="")[0] == 404, path
    for method, path in (
        ("GET", "/api/status"),
        ("GET", "/api/kernels"),
        ("POST", "/api/kernels"),
        ("GET", kernel),
        ("DELETE", kernel),
        ("POST", f"{kernel}/interrupt"),
        ("GET", f"{kernel}/channels"),
    ):
        for token in ("", "wrong"):
            assert host.ask(method, path, token=token)[0] in (401, 403), (method, path)
    right = host.facts["token"]
    assert host.ask("GET", f"/api/status?token={right}", token="")[0] == 403
    assert host.ask("GET", "/api/status")[0] == 200
    assert host.ask("GET", "/api/kernels") == (200, [])


def test_a_channel_needs_the_token(host: Host, folder: Path) -> None:
    kernel = host.start_kernel(folder / "work")
    with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
        host.open(kernel, token="wrong")
    assert refusal.value.status_code == 403


def test_the_host_and_its_kernels_leave_the_users_jupyter_alone(folder: Path) -> None:
    home = folder / "home"
    config = home / ".jupyter"
    startup = home / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    config.mkdir()
    (config / "jupyter_server_config.py").write_text("raise SystemExit('read the configuration')")
    (startup / "mine.py").write_text("mine = 1")
    before = sorted(home.rglob("*"))
    host = Host(folder / "run", env={"HOME": str(home), "JUPYTER_CONFIG_DIR": str(config)})
    try:
        channel = host.open(host.start_kernel(folder / "work"))
        request = channel.execute("print('mine' in globals())")
        assert _text(channel.idle(request), request) == "False\n"
    finally:
        host.stop()
    assert sorted(home.rglob("*")) == before


def test_a_kernel_has_its_folder_and_its_environment(host: Host, folder: Path) -> None:
    channel = host.open(host.start_kernel(folder / "work" / "lesson"))
    names = (
        "OMP_WAIT_POLICY OMP_NUM_THREADS TOKENIZERS_PARALLELISM HF_HUB_DISABLE_TELEMETRY "
        "TUNINGFORK_APP"
    )
    request = channel.execute(
        f"import os, host; print(os.getcwd(), *(os.environ[n] for n in {names.split()!r}))"
    )
    threads = os.environ.get("OMP_NUM_THREADS", str(max(1, len(os.sched_getaffinity(0)) - 1)))
    expected = f"{(folder / 'work' / 'lesson').resolve()} PASSIVE {threads} false 1 1\n"
    assert _text(channel.idle(request), request) == expected


@pytest.mark.parametrize(("most", "expected"), [(2**20, 65_536), (-1, 65_536), (4096, 4096)])
def test_learners_cannot_hold_so_many_files_that_the_host_can_send_none(
    most: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (1024, most))
    assert _open_files() == {"min_open_files_limit": expected}


def test_a_relative_folder_is_refused(host: Host) -> None:
    status, _ = host.ask("POST", "/api/kernels", {"name": "tuningfork", "path": "work"})
    assert status == 400
    assert host.ask("GET", "/api/kernels") == (200, [])


def test_the_tape_goes_on_without_a_listener_and_replays(host: Host, folder: Path) -> None:
    kernel = host.start_kernel(folder / "work")
    first = host.open(kernel)
    request = first.execute(
        "import time\nfor i in range(60): print(i, flush=True); time.sleep(0.02)"
    )
    heard = first.until(lambda m: m["type"] == "stream")
    first.close()
    time.sleep(1.5)
    later = host.open(kernel, after=heard[-1]["tape"])
    heard += later.idle(request)
    assert [m["tape"] for m in heard] == list(range(1, len(heard) + 1))
    assert _text(heard, request) == "".join(f"{i}\n" for i in range(60))
    later.close()
    again = host.open(kernel).idle(request)
    assert again == heard


def test_hours_of_output_without_a_listener_stay_out_of_memory(host: Host, folder: Path) -> None:
    kernel = host.start_kernel(folder / "work")
    channel = host.open(kernel)
    process = psutil.Process(host.process.pid)
    request = channel.execute("for i in range(1_000_000): print('x' * 99)")
    channel.until(lambda m: m["type"] == "execute_input")
    before = process.memory_info().rss
    channel.close()
    deadline = time.monotonic() + 40
    while host.ask("GET", f"/api/kernels/{kernel}")[1]["execution_state"] != "idle":
        assert process.memory_info().rss - before < 80 * 2**20
        assert time.monotonic() < deadline
        time.sleep(0.1)
    later = host.open(kernel)
    heard = later.idle(request)
    assert len(_text(heard, request)) == 100_000_000
    tapes = list((host.runtime / "k" / kernel[:8]).glob("tape-*"))
    assert len(tapes) > 3
    # The kernel may have said more since; a file whose last message is still wanted stays.
    last = host.ask("GET", f"/api/kernels/{kernel}")[1]["tape"]
    assert last >= heard[-1]["tape"]
    later.ack(last)
    _wait_for(host, kernel, "forgotten", last)
    left = (host.runtime / "k" / kernel[:8]).glob("tape-*")
    assert sum(path.stat().st_size for path in left) < 2**20


SMALL_TAPE = """
from host import tape
tape.Tape.__init__.__defaults__ = (100_000, 500_000)
from host.__main__ import main
main()
"""


def test_a_full_tape_makes_the_kernel_wait_and_loses_nothing(folder: Path) -> None:
    # More than a kernel keeps of what the host has not confirmed (inside/ring.py), and far more
    # messages than the sockets between them hold.
    shown_once = "display({'text/plain': str(i), 'text/pad': 'x' * 3000}, raw=True)"
    code = f"for i in range(8000): {shown_once}; open('reached', 'w').write(str(i))"
    host = Host(folder / "run", program=("-c", SMALL_TAPE))
    try:
        kernel = host.start_kernel(folder / "work")
        channel = host.open(kernel)
        request = channel.execute(code)
        heard = channel.until(lambda m: m["type"] == "execute_input")
        channel.close()
        reached = _settled(folder / "work" / "reached")
        assert 200 < reached < 7999
        later = host.open(kernel, after=heard[-1]["tape"])
        shown = []
        for message in iter(later.read, None):
            later.ack(message["tape"])
            if message["type"] == "display_data":
                shown.append(int(message["content"]["data"]["text/plain"]))
            if message["parent"] == request and message["type"] == "status":
                break
        assert shown == list(range(8000))
    finally:
        host.stop()


def _settled(path: Path) -> int:
    """The number in a file, once it has not changed for two seconds."""
    last, since = "", time.monotonic()
    while time.monotonic() - since < 2:
        time.sleep(0.1)
        text = path.read_text() if path.exists() else ""
        if text and text != last:
            last, since = text, time.monotonic()
    return int(last)


def _wait_for(host: Host, kernel: str, field: str, value: object) -> dict[str, Any]:
    for _ in range(100):
        model: dict[str, Any] = host.ask("GET", f"/api/kernels/{kernel}")[1]
        if model[field] == value:
            return model
        time.sleep(0.05)
    raise AssertionError(model)


def test_a_second_listener_takes_over(host: Host, folder: Path) -> None:
    kernel = host.start_kernel(folder / "work")
    first = host.open(kernel)
    second = host.open(kernel)
    assert first.close_code() == 4001
    request = second.execute("print(1)")
    assert _text(second.idle(request), request) == "1\n"


def test_forgotten_messages_cannot_be_asked_for(host: Host, folder: Path) -> None:
    kernel = host.start_kernel(folder / "work")
    channel = host.open(kernel)
    heard = channel.idle(channel.execute("1"))
    channel.ack(heard[-1]["tape"])
    _wait_for(host, kernel, "forgotten", heard[-1]["tape"])
    channel.close()
    assert host.open(kernel, after=0).close_code() == 4002


def test_a_frame_of_nonsense_closes_the_channel_only(host: Host, folder: Path) -> None:
    kernel = host.start_kernel(folder / "work")
    for nonsense in (b"\x00" * 9, b"x", b"\xff" * 80):
        channel = host.open(kernel)
        channel._link.send_binary(nonsense)
        assert channel.close_code() == 1007
    for words in ("no JSON", "[]", '{"ack": "x"}', '{"ack": -1}', "{}", "3"):
        channel = host.open(kernel)
        channel._link.send(words)
        assert channel.close_code() == 1007
    channel = host.open(kernel)
    request = channel.execute("print('still here')")
    assert _text(channel.idle(request), request) == "still here\n"


def test_a_death_is_on_the_tape_once_with_its_facts(host: Host, folder: Path) -> None:
    kernel = host.start_kernel(folder / "work")
    channel = host.open(kernel)
    channel.idle(channel.execute("x = bytearray(60 * 2**20)"))
    pid = host.ask("GET", f"/api/kernels/{kernel}")[1]["pid"]
    # The memory told is that of the last look, which may be a tenth of a second old.
    time.sleep(0.5)
    killed = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    death = channel.until(lambda m: m["type"] == "tuningfork_died")[-1]
    assert time.monotonic() - killed < 0.5
    facts = death["content"]
    assert (facts["cause"], facts["signal"], facts["exit_code"]) == ("signal", "SIGKILL", None)
    assert facts["memory_mb"] > 60
    assert host.ask("GET", f"/api/kernels/{kernel}")[1]["execution_state"] == "dead"
    status, model = host.ask("POST", f"/api/kernels/{kernel}/restart")
    assert (status, model["id"]) == (200, kernel)
    request = channel.execute("print('back')")
    later = channel.idle(request)
    assert _text(later, request) == "back\n"
    assert later[0]["tape"] == death["tape"] + 1
    assert "tuningfork_died" not in [m["type"] for m in later]


def test_workers_of_a_dead_kernel_do_not_live_on(host: Host, folder: Path) -> None:
    kernel = host.start_kernel(folder / "work")
    channel = host.open(kernel)
    request = channel.execute("import subprocess; print(subprocess.Popen(['sleep', '60']).pid)")
    worker = int(_text(channel.idle(request), request))
    os.kill(host.ask("GET", f"/api/kernels/{kernel}")[1]["pid"], signal.SIGKILL)
    channel.until(lambda m: m["type"] == "tuningfork_died")
    time.sleep(0.2)
    assert not psutil.pid_exists(worker) or psutil.Process(worker).status() == "zombie"


def test_a_kernel_that_cannot_start_leaves_its_last_words(host: Host, folder: Path) -> None:
    spec = host.runtime / "jupyter" / "data" / "kernels" / "tuningfork" / "kernel.json"
    broken = json.loads(spec.read_text())
    broken["argv"] = [sys.executable, "-c", "raise SystemExit('no ipykernel here')"]
    spec.write_text(json.dumps(broken))
    channel = host.open(host.start_kernel(folder / "work"))
    facts = channel.until(lambda m: m["type"] == "tuningfork_died")[-1]["content"]
    assert facts["exit_code"] == 1
    assert "no ipykernel here" in facts["log"]


def test_terminate_ends_kernels_and_leaves_nothing(host: Host, folder: Path) -> None:
    kernel = host.start_kernel(folder / "work")
    channel = host.open(kernel)
    channel.idle(channel.execute("1"))
    pid = host.ask("GET", f"/api/kernels/{kernel}")[1]["pid"]
    host.stop()
    assert host.process.returncode == 0
    assert not psutil.pid_exists(pid)
    assert not (host.runtime / "host.json").exists()
    assert list((host.runtime / "k").iterdir()) == []


def test_a_second_host_in_the_same_folder_refuses(host: Host) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "host", "--runtime", str(host.runtime)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 3
    assert "Another kernel host" in second.stderr
    assert host.ask("GET", "/api/status")[0] == 200


def test_over_loopback_the_kernel_is_reached_with_encryption(folder: Path) -> None:
    host = Host(folder / "run", "--tcp")
    try:
        assert host.facts["url"].startswith("http://127.0.0.1:")
        kernel = host.start_kernel(folder / "work")
        channel = host.open(kernel)
        request = channel.execute("print('over TCP')")
        assert _text(channel.idle(request), request) == "over TCP\n"
        connection = json.loads((host.runtime / "k" / kernel[:8] / "c.json").read_text())
        assert connection["transport"] == "tcp"
        assert connection["curve_publickey"]
    finally:
        host.stop()
