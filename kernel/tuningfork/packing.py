"""Several short texts in one row of a batch, kept apart, so that next to nothing is padding.

The texts are those of one step: packing changes neither which texts a step learns from nor its
loss. No text sees another one: each counts its places from 0, and the mask lets a token see only
tokens of its own text, for a model that writes only earlier ones. transformers would find the
borders by itself from restarting positions, but only while the model keeps no cache; GPT-2 keeps
one unless told otherwise, and then texts mix without a word. A mask is always heeded.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tuningfork.batches import IGNORED, Example, collate
from tuningfork.config import TrainConfig
from tuningfork.models import Known

#: Kinds of models that are tested to keep packed texts apart.
_KINDS = {
    "generation": ("gpt2",),
    "classification": ("distilbert", "bert"),
    "fill-mask": ("distilbert", "bert"),
}
#: Where the states come from whose first one the head of a classifier reads.
_BODIES: dict[str, Callable[[Any], Any]] = {
    "distilbert": lambda model: model.distilbert.transformer,
    "bert": lambda model: model.bert.encoder,
}
#: Widths that are tried, as multiples of the longest text.
_WIDTHS = (1.0, 1.125, 1.25, 1.375, 1.5)


def can_pack(model: Any, known: Known) -> bool:
    """Does this model keep texts in one row apart?"""
    # Other kinds of attention read a mask of true and false in another way, or not at all. While
    # a training saves memory (slim.py), sdpa has a longer name.
    attention = getattr(model.config, "_attn_implementation", "")
    return model.config.model_type in _KINDS[known.task] and attention.startswith("sdpa")


def pack_limit(model: Any, known: Known, config: TrainConfig, *, own_loss: bool) -> int | None:
    """Tokens in a pack, as the settings say; `None`: texts are not packed.

    Args:
        own_loss: the loss is the model's own. Another one may count on a row for each text, so it
            is packed for only when asked.

    Raises:
        ValueError: when packing is asked for and the model cannot keep texts apart.
    """
    if config.packing:
        require_packing(model, known)
        if known.task == "classification" and not own_loss:
            raise ValueError(
                "packing=True goes with a classifier's own loss only: another one would look for "
                "each text in a row of its own. Leave packing out."
            )
    elif config.packing is False or not own_loss or not can_pack(model, known):
        return None
    elif config.torch_compile and known.task == "classification":
        return None  # the changing hook of `heads_read` would have it translated at each step
    return min(config.max_length or known.max_length, known.max_length)


def require_packing(model: Any, known: Known) -> None:
    """
    Raises:
        ValueError: when texts cannot be packed for this model.
    """
    if not can_pack(model, known):
        kinds = " and ".join(_KINDS[known.task])
        raise ValueError(
            f"packing=True keeps texts apart for {kinds} models with sdpa attention when the task "
            f"is {known.task}, and this is a {model.config.model_type} model: texts would mix. "
            "Leave packing out: texts of like length go together then, which saves padding too."
        )


@contextmanager
def heads_read(model: Any, starts: Any) -> Iterator[None]:
    """Inside the block a classifier's head reads the first token of each text, not of each row.

    Args:
        starts: shape (texts, 2): row and place where each text begins.
    """
    base = getattr(model, "module", model)  # inside what accelerate wraps for several processes
    base = base.get_base_model() if hasattr(base, "get_base_model") else base

    def pick(_module: Any, _inputs: Any, output: Any) -> Any:
        states = output.last_hidden_state
        output.last_hidden_state = states[starts[:, 0], starts[:, 1]][:, None]
        return output

    handle = _BODIES[base.config.model_type](base).register_forward_hook(pick)
    try:
        yield
    finally:
        handle.remove()


def packs_of(rows: Sequence[Example], limit: int) -> list[list[Example]]:
    """Texts put together so that the batch is small: packs of at most `limit` tokens.

    First-fit decreasing (D. S. Johnson, 1973) for some widths; the smallest batch is taken.
    """
    longest = max(len(row.ids) for row in rows)
    widths = sorted({min(int(longest * more), max(limit, longest)) for more in _WIDTHS})
    return min((_first_fit(rows, width) for width in widths), key=_area)


def _first_fit(rows: Sequence[Example], width: int) -> list[list[Example]]:
    packs: list[list[Example]] = []
    rooms: list[int] = []
    for row in sorted(rows, key=lambda row: -len(row.ids)):
        need = len(row.ids)
        at = next((at for at, room in enumerate(rooms) if room >= need), len(packs))
        if at == len(packs):
            packs.append([])
            rooms.append(width)
        packs[at].append(row)
        rooms[at] -= need
    return packs


def _area(packs: list[list[Example]]) -> int:
    return len(packs) * max(sum(len(row.ids) for row in pack) for pack in packs)


def batch_size(rows: Sequence[Example], limit: int | None) -> int:
    """Numbers in the batch of these rows, padding included; `limit` as in `pack`."""
    packs = [[row] for row in rows] if limit is None else packs_of(rows, limit)
    return _area(packs)


def pack(rows: Sequence[Example], pad: int, limit: int | None) -> dict[str, Any]:
    """A batch of packs.

    `input_ids` and `position_ids` have shape (packs, width); `attention_mask` has shape
    (packs, 1, width, width) and says for each token (third axis) which others it sees (fourth).
    `labels` has shape (packs, width), or (texts,) for classes; then there are `starts` as well, of
    shape (texts, 2), for `heads_read`.

    Args:
        limit: tokens in a pack; `None` gives each text a row of its own.
    """
    packs = [] if limit is None else packs_of(rows, limit)
    if len(packs) in (0, len(rows)):
        return collate(rows, pad)
    import torch

    width = max(sum(len(row.ids) for row in part) for part in packs)
    ids = torch.full((len(packs), width), pad)
    labels = torch.full((len(packs), width), IGNORED)
    places = torch.zeros((len(packs), width), dtype=torch.long)
    # Which text of its pack a place belongs to; what is left over is one more text.
    owner = torch.full((len(packs), width), -1)
    starts = []
    for at, part in enumerate(packs):
        begin = 0
        for number, row in enumerate(part):
            here = slice(begin, begin + len(row.ids))
            ids[at, here] = torch.tensor(row.ids)
            labels[at, here] = _labels(row)
            places[at, here] = torch.arange(len(row.ids))
            owner[at, here] = number
            starts.append((at, begin))
            begin = here.stop
    mask = owner[:, :, None] == owner[:, None, :]
    if _is_written(rows[0]):
        mask &= torch.ones(width, width, dtype=torch.bool).tril()
    batch = {
        "input_ids": ids,
        "attention_mask": mask[:, None],
        "position_ids": places,
        "labels": labels,
    }
    if rows[0].label is None:
        return batch
    classes = torch.tensor([row.label for part in packs for row in part])
    return batch | {"labels": classes, "starts": torch.tensor(starts)}


def _is_written(row: Example) -> bool:
    """Is this a text of which each token is to be foretold?"""
    return row.label is None and row.masking is None


def _labels(row: Example) -> Any:
    """What is to be said at each place of a text, shape (tokens,)."""
    import torch

    if _is_written(row):
        # No text foretells the first token of the next.
        return torch.tensor([IGNORED, *row.ids[1:]])
    hidden = row.hidden or {}
    return torch.tensor([hidden.get(place, IGNORED) for place in range(len(row.ids))])
