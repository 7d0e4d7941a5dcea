"""Ways in which a model cannot be had, over real connections: each is told at once and by name."""

import re
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tuningfork import load_model, predict
from tuningfork.hub import ModelNotFound
from tuningfork.models import BUILT_IN

from .small_hub import Fault, SmallHub, serving, single, use

LABELS = ("negative", "positive")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return use("http://127.0.0.1:1", tmp_path / "home", monkeypatch)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallHub]:
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    for file in (BUILT_IN / "tiny-distilbert").glob("*.json"):
        shutil.copy(file, pickled)
    (pickled / "pytorch_model.bin").write_bytes(b"\x80\x04 anything could be in here")
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text("{}")
    repositories = {
        "someone/model": single(BUILT_IN / "tiny-distilbert"),
        "someone/tiny-gpt": single(BUILT_IN / "tiny-gpt2"),
        "someone/pickled": single(pickled),
        "someone/adapter": single(adapter),
        "someone/gated": single(BUILT_IN / "tiny-distilbert", gated=True),
    }
    with serving(SmallHub(repositories)) as made:
        monkeypatch.setenv("HF_ENDPOINT", made.address)
        yield made


def test_a_model_is_downloaded_once(hub: SmallHub, home: Path) -> None:
    load_model("someone/model", labels=LABELS)
    assert any(home.glob("models--someone--model/snapshots/*/model.safetensors"))
    assert len(hub.bodies("/model.safetensors") + hub.bodies("model.safetensors")) >= 1
    assert not hub.asked(ending="README.md")
    hub.shelf.asked.clear()
    load_model("someone/model", labels=LABELS)
    assert [one.path for one in hub.asked()] == ["/api/models/someone/model/revision/main"]


def test_a_downloaded_model_has_the_weights_of_the_hub(hub: SmallHub) -> None:
    there, _ = load_model("someone/tiny-gpt")
    here, _ = load_model("tiny-gpt2")
    assert predict(there, "The film", temperature=0) == predict(here, "The film", temperature=0)


@pytest.mark.parametrize("trouble", ["no network", "the Hub fails", "taken away"])
def test_what_was_downloaded_works_whatever_the_hub_does(
    hub: SmallHub, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_model("someone/model", labels=LABELS)
    if trouble == "no network":
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{_free_port()}")
    elif trouble == "the Hub fails":
        hub.faults.append(Fault("/revision/main", how=503))
    else:
        del hub.shelf.repositories["someone/model"]
    begin = time.perf_counter()
    model, _ = load_model("someone/model", labels=LABELS)
    assert time.perf_counter() - begin < 3
    assert len(predict(model, ["The soup was lovely."])) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("someone/modle", "no model named 'someone/modle' on the Hub. Check the spelling."),
        ("distilbert-base-uncaesd", "Did you mean 'distilbert-base-uncased'?"),
        ("not a name", "no model named 'not a name'"),
        ("someone/gated", "'someone/gated' may only be used after you have agreed"),
        ("someone/pickled", "'someone/pickled' has no safetensors"),
        ("someone/adapter", "an adapter (LoRA) for another model"),
    ],
)
def test_a_model_that_cannot_be_had_is_named_with_a_way_out(
    hub: SmallHub, name: str, words: str
) -> None:
    with pytest.raises(ModelNotFound, match=re.escape(words)) as caught:
        load_model(name, labels=LABELS)
    assert 'load_model("tiny-distilbert")' in str(caught.value)
    assert not hub.asked(ending="pytorch_model.bin")


def test_a_gated_model_comes_with_the_key_which_stays_on_the_hub(
    hub: SmallHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "agreed")
    load_model("someone/gated", labels=LABELS)
    elsewhere = [one for one in hub.asked() if one.host.startswith("localhost")]
    assert elsewhere
    assert not [one for one in elsewhere if one.token]


def test_a_hub_that_fails_is_told_with_its_number(hub: SmallHub) -> None:
    hub.faults.append(Fault("/revision/main", how=503))
    with pytest.raises(ModelNotFound, match="answered with error 503"):
        load_model("someone/model", labels=LABELS)


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
    assert str(caught.value).count(".") <= 2


def _listening(backlog: int) -> socket.socket:
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    made.listen(backlog)
    return made


def _free_port() -> int:
    with closing(_listening(1)) as briefly:
        return int(briefly.getsockname()[1])
