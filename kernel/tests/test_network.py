"""Ways in which a model cannot be had, over real connections: each is told at once and by name."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from huggingface_hub import constants

from tuningfork import load_model, predict
from tuningfork.hub import ModelNotFound
from tuningfork.models import BUILT_IN

from .small_hub import SmallHub, serving

LABELS = ("negative", "positive")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of our own, and no proxy on the way."""
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallHub]:
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    for file in (BUILT_IN / "tiny-distilbert").glob("*.json"):
        (pickled / file.name).write_bytes(file.read_bytes())
    (pickled / "pytorch_model.bin").write_bytes(b"\x80\x04 anything could be in here")
    shelves = {
        "someone/model": BUILT_IN / "tiny-distilbert",
        "someone/tiny-gpt": BUILT_IN / "tiny-gpt2",
        "someone/pickled": pickled,
        "someone/gated": BUILT_IN / "tiny-distilbert",
    }
    with serving(SmallHub(shelves, frozenset({"someone/gated"}))) as made:
        monkeypatch.setenv("HF_ENDPOINT", made.address)
        yield made


def test_a_model_is_downloaded_once(hub: SmallHub, home: Path) -> None:
    load_model("someone/model", labels=LABELS)
    assert any(home.glob("hub/models--someone--model/snapshots/*/model.safetensors"))
    fetched = [one for one in hub.asked if one.startswith("GET /someone/model/resolve/")]
    assert any(one.endswith("/model.safetensors") for one in fetched)
    assert not any(one.endswith("README.md") for one in fetched)
    hub.asked.clear()
    load_model("someone/model", labels=LABELS)
    assert not [one for one in hub.asked if "/resolve/" in one]


def test_a_downloaded_model_has_the_weights_of_the_hub(hub: SmallHub) -> None:
    there, _ = load_model("someone/tiny-gpt")
    here, _ = load_model("tiny-gpt2")
    assert predict(there, "The film", temperature=0) == predict(here, "The film", temperature=0)


def test_what_was_downloaded_works_without_a_network(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_model("someone/model", labels=LABELS)
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{_free_port()}")
    model, _ = load_model("someone/model", labels=LABELS)
    assert len(predict(model, ["The soup was lovely."])) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("someone/modle", "no model named 'someone/modle'"),
        ("not a name", "no model named 'not a name'"),
        ("someone/gated", "'someone/gated' may only be used after"),
        ("someone/pickled", "'someone/pickled' has no safetensors"),
    ],
)
def test_a_model_that_cannot_be_had_is_named_with_a_way_out(
    hub: SmallHub, name: str, words: str
) -> None:
    with pytest.raises(ModelNotFound, match=re.escape(words)) as caught:
        load_model(name, labels=LABELS)
    assert 'load_model("tiny-distilbert")' in str(caught.value)
    assert not [one for one in hub.asked if one.endswith("pytorch_model.bin")]


def test_a_refused_connection_is_told_within_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{_free_port()}")
    _is_told_within_three_seconds("gpt2", "tiny-gpt2")
    _is_told_within_three_seconds("distilbert-base-uncased", "tiny-distilbert")


def test_a_server_that_never_answers_is_told_within_three_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with closing(_listening(8)) as silent:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        _is_told_within_three_seconds("distilbert-base-uncased", "tiny-distilbert")


def test_a_way_that_swallows_everything_is_told_within_three_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ExitStack() as stack:
        full = stack.enter_context(closing(_listening(0)))
        # Once its queue is full the kernel drops every further call, as a firewall does.
        for _ in range(3):
            caller = stack.enter_context(closing(socket.socket()))
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        time.sleep(0.1)
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{full.getsockname()[1]}")
        _is_told_within_three_seconds("gpt2", "tiny-gpt2")


def test_a_name_server_that_never_answers_is_told_within_three_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*_args: object, **_options: object) -> list[object]:
        time.sleep(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.invalid")
    _is_told_within_three_seconds("gpt2", "tiny-gpt2")


def _is_told_within_three_seconds(name: str, twin: str) -> None:
    begin = time.perf_counter()
    with pytest.raises(ModelNotFound, match=f"There is no network.*{name}") as caught:
        load_model(name, labels=LABELS)
    assert time.perf_counter() - begin < 3
    assert f'load_model("{twin}")' in str(caught.value)


def _listening(backlog: int) -> socket.socket:
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    made.listen(backlog)
    return made


def _free_port() -> int:
    with closing(_listening(1)) as briefly:
        return int(briefly.getsockname()[1])
