"""Models from the Hub: only safetensors weights, and no program from a download is ever run."""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

from tuningfork.architecture import refuse_unfit
from tuningfork.fetch import fetch, remember
from tuningfork.hub import Listing, ModelNotFound, cached, endpoint, list_files, plainly, storage
from tuningfork.suggest import nearest

_WHOLE, _INDEX = "model.safetensors", "model.safetensors.index.json"
_SHARD = re.compile(r"model-\d+-of-\d+\.safetensors")
_SMALL = (".json", ".txt", ".model", ".jinja")
#: The Hub's own converter: it offers safetensors as a pull request where the makers have none.
_CONVERTER = "SFconvertbot"
#: Names that are often misspelt.
_USUAL = (
    "gpt2",
    "distilgpt2",
    "distilbert-base-uncased",
    "distilbert-base-cased",
    "bert-base-uncased",
    "bert-base-cased",
    "huawei-noah/TinyBERT_General_4L_312D",
    "tiny-gpt2",
    "tiny-distilbert",
)


def download(name: str, twin: str, task: str) -> Path:
    """The folder of a Hub model, downloaded with a line of progress unless it is here already.

    Args:
        name: as on the Hub, for example "gpt2" or "distilbert-base-uncased".
        twin: the built-in model to name when it cannot be had.
        task: what it is wanted for; a model that cannot do it is refused before its weights come.

    Raises:
        ModelNotFound: within about 3 seconds without network, or when there is no such model, no
            safetensors, no agreement, no room, or no end of the download.
        ValueError: for a model that cannot be loaded here.
    """
    from huggingface_hub.errors import HfHubHTTPError

    instead = f'Offline, load_model("{twin}") works just the same.'
    near = nearest(name, _USUAL)
    with plainly(
        name, "model", instead, f"Did you mean {near!r}?" if near and near != name else ""
    ):
        try:
            listing = list_files(name, "model")
        except HfHubHTTPError:
            # The Hub may be out of order, or the model gone: what is here is still good.
            here = _here(name)
            if here is None:
                raise
            return here
        if listing is None:
            return _offline(name, instead)
        return _online(listing, task, instead)


def _online(listing: Listing, task: str, instead: str) -> Path:
    name = listing.name
    if "config.json" not in listing.files:
        what = "it has no config.json"
        if "adapter_config.json" in listing.files:
            what = "it is an adapter (LoRA) for another model"
        raise ModelNotFound(f"{name!r} cannot be loaded as a model: {what}. {instead}")
    chosen = listing if _weights(listing) else _converted(listing)
    if chosen is None:
        raise ModelNotFound(
            f"The model {name!r} has no safetensors weights, and other kinds can hold harmful "
            f"code. {instead}"
        )
    refuse_unfit(fetch(chosen, _small(chosen), instead), name, task, instead)
    folder = fetch(chosen, _weights(chosen), instead)
    if chosen is not listing:
        print(
            f"{name}: its makers offer no safetensors. These weights are the Hub's own conversion "
            f"({chosen.revision.removeprefix('refs/')}, by {_CONVERTER})."
        )
    remember(chosen)
    return folder


def _weights(listing: Listing) -> list[str]:
    if _WHOLE in listing.files:
        return [_WHOLE]
    if _INDEX in listing.files:
        return [path for path in listing.files if _SHARD.fullmatch(path)]
    return []


def _small(listing: Listing) -> list[str]:
    """What a model and its tokenizer are described by."""
    return [path for path in listing.files if "/" not in path and path.endswith(_SMALL)]


def _converted(main: Listing) -> Listing | None:
    """The branch on which the Hub's converter has added safetensors to this very commit.

    Anybody may propose a change, so its author must be the converter, and beside the weights it
    must leave everything as it is. Safetensors can hold numbers only.
    """
    from huggingface_hub import get_session

    hub_utils: Any = import_module("huggingface_hub.utils")
    answer = get_session().get(
        f"{endpoint()}/api/models/{main.name}/discussions",
        params={"type": "pull_request", "status": "open", "author": _CONVERTER},
        headers=hub_utils.build_hf_headers(),
        timeout=10,
    )
    if not answer.is_success:
        # A mirror has no such list.
        return None
    offers: list[dict[str, Any]] = answer.json().get("discussions", [])
    for offer in offers[:5]:
        author = (offer.get("author") or {}).get("name")
        if author != _CONVERTER or not offer.get("isPullRequest"):
            continue
        found = list_files(main.name, "model", f"refs/pr/{offer['num']}")
        if found and _weights(found) and _adds_only_weights(main, found):
            return found
    return None


def _adds_only_weights(main: Listing, branch: Listing) -> bool:
    same = all(branch.files.get(path) == file for path, file in main.files.items())
    added = branch.files.keys() - main.files.keys()
    return same and all(path == _INDEX or path.endswith(".safetensors") for path in added)


def _offline(name: str, instead: str) -> Path:
    here = _here(name)
    if here is None:
        raise ModelNotFound(
            f"There is no network, or the Hub does not answer, so the model {name!r} cannot be "
            f"downloaded. {instead}"
        )
    return here


def _here(name: str) -> Path | None:
    """The folder of a model that was fetched before, with all of its weights."""
    offers = (storage(name, "model") / "refs" / "refs" / "pr").glob("*")
    for revision in ("main", *(f"refs/pr/{one.name}" for one in sorted(offers))):
        folder = cached(name, "model", revision)
        if folder and (folder / "config.json").is_file() and _all_weights_in(folder):
            return folder
    return None


def _all_weights_in(folder: Path) -> bool:
    if (folder / _WHOLE).is_file():
        return True
    index = folder / _INDEX
    if not index.is_file():
        return False
    shards = set(json.loads(index.read_text("utf-8")).get("weight_map", {}).values())
    return all((folder / shard).is_file() for shard in shards)
