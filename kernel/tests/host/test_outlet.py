"""Which hosts a kernel behind walls may reach: the list, and what really gets through."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from host.outlet import Hosts, HostsRefusedError, _look_up, _Refusal, hosts_from

from . import ordinary


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return dict(ordinary.run("tests.host.reaching"))


def test_a_host_on_the_list_is_reached_and_no_other(told: dict[str, Any]) -> None:
    assert told["through"] == "got 3000000"
    for other in ("other port", "other name"):
        assert "403" in told[other]
        assert "is not on the list of hosts of this class" in told[other]


def test_there_is_no_other_way(told: dict[str, Any]) -> None:
    assert told["straight"] == "ConnectionRefusedError"
    assert told["plain"] == "405"
    assert told["nonsense"] == "400"


def test_programs_find_it_and_it_outlives_the_host(told: dict[str, Any]) -> None:
    assert told["child"] is True
    assert told["after"] == "got 3000000"


def test_without_a_list_there_is_none(told: dict[str, Any]) -> None:
    assert told["none"] is None


def test_the_list_is_read() -> None:
    hosts = hosts_from({"TUNINGFORK_HOSTS": "huggingface.co, *.hf.co:8443 10.0.0.7:80"})
    assert hosts == Hosts((("huggingface.co", 443), ("*.hf.co", 8443), ("10.0.0.7", 80)))
    assert hosts.allow("HuggingFace.co.", 443)
    assert hosts.allow("cdn.eu.hf.co", 8443)
    for name, port in (
        ("huggingface.co", 80),
        ("hf.co", 8443),
        ("evilhf.co", 8443),
        ("huggingface.co.evil.org", 443),
        ("10.0.0.7", 443),
    ):
        assert not hosts.allow(name, port)
    assert hosts_from({}) is None
    assert hosts_from({"TUNINGFORK_HOSTS": " , "}) is None


@pytest.mark.parametrize(
    "part", ["*", "*.", "localhost", "a/c.org", "x.org:0", "x.org:70000", "x.org:", "x.org:1:2"]
)
def test_what_is_no_host_is_refused(part: str) -> None:
    with pytest.raises(HostsRefusedError, match=r"is no host\. Write names with spaces"):
        hosts_from({"TUNINGFORK_HOSTS": part})


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1"])
def test_a_name_that_leads_to_this_network_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def found(*_arguments: Any, **_options: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    async def look() -> str:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
        return await _look_up("rebound.example.org", 443)

    with pytest.raises(_Refusal, match="leads to this network itself"):
        asyncio.run(look())
