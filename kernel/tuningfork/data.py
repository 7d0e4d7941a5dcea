"""Where data comes from: a file of one's own, the Hugging Face Hub, or a generator."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tuningfork.columns import to_dataset
from tuningfork.dataset import Dataset
from tuningfork.dates import dates
from tuningfork.elements import elements
from tuningfork.files import looks_like_a_path, read_records
from tuningfork.hub_data import looks_like_hub_data, read_hub_data
from tuningfork.messy import messy
from tuningfork.opinions import opinions
from tuningfork.suggest import did_you_mean
from tuningfork.sums import sums
from tuningfork.tales import tales
from tuningfork.tickets import tickets

GENERATORS: dict[str, Callable[..., Dataset]] = {
    "opinions": opinions,
    "tickets": tickets,
    "tales": tales,
    "dates": dates,
    "sums": sums,
    "elements": elements,
    "messy": messy,
}
_INSTEAD = (
    "Without a network these are made on the spot: "
    + ", ".join(f'load_data("{name}")' for name in GENERATORS)
    + "."
)


def load_data(
    name: str | Path,
    n: int | None = None,
    *,
    text: str | None = None,
    label: str | None = None,
    split: str | None = None,
    config: str | None = None,
    seed: int | None = None,
    **knobs: object,
) -> Dataset:
    """A data set from a file, from the Hugging Face Hub, or one that is made on the spot.

    ``load_data("reviews.csv", text="review", label="stars")`` reads a file: CSV, TSV, JSON (a list
    of objects), JSON Lines, Parquet, or text with one example per line. What was taken for text
    and label, and anything odd, is printed.

    ``load_data("stanfordnlp/imdb", n=1000)`` downloads one from the Hub: its name has the owner in
    front. Of its rows n are drawn by chance, because many sets are sorted by label.

    ``load_data("opinions", n=400, seed=0)`` makes rows: "opinions" (two labels), "tickets" (six),
    "tales" (stories), "dates", "sums" and "elements" (a prompt and one right answer), "messy"
    (opinions with faults). The same name, size, seed and knobs always give the same rows. Each
    generator's own help lists its knobs: ``help(tuningfork.opinions.opinions)``.

    Args:
        name: a path, a name on the Hub, or the name of a generator.
        n: number of rows to make or to draw; left out, the generator decides, or all are taken.
        text: the column with the texts. Left out: text, sentence, review or content.
        label: the column with the labels; "" for none. Left out: label, class, category or target.
        split: Hub only. Left out: "train", or the only one.
        config: Hub only: which part of a data set that has several (the Hub says "subset").
        seed: 0 when left out.
        knobs: settings of the generator.

    Raises:
        FileNotFoundError: when the file is not there.
        ValueError: for an unknown generator or knob, a knob out of range, or a file that is
            empty, damaged or without the column; the message names the line.
        DataNotFound: for a data set of the Hub that cannot be had, within about 3 seconds without
            network.
        ImportError: for Parquet without pyarrow.
    """
    if not isinstance(name, str | Path) or not str(name).strip():
        raise ValueError(
            f"Name a file, such as 'reviews.csv', or data made on the spot, not {name!r}. "
            f"{did_you_mean('', GENERATORS)}"
        )
    generator = GENERATORS.get(str(name))
    of_hub = {"split": split, "config": config}
    if generator is not None:
        options = {"text": text, "label": label, **_given(of_hub), **knobs}
        return _make(str(name), generator, n, seed, options)
    data = _of_others(name, text, label, {"n": n, "seed": seed, **of_hub}, knobs)
    return data if n is None else _drawn(data, n, 0 if seed is None else seed)


def _of_others(
    name: str | Path,
    text: str | None,
    label: str | None,
    options: dict[str, Any],
    knobs: dict[str, object],
) -> Dataset:
    """From the Hub or a file; prints what was taken for what."""
    if looks_like_hub_data(name):
        _refuse(knobs)
        records = read_hub_data(str(name), options["config"], options["split"], _INSTEAD)
        found = str(name)
    elif looks_like_a_path(name):
        _refuse({**options, **knobs})
        path = Path(name).expanduser()
        records, found = read_records(path), path.name
    else:
        raise ValueError(
            f"There is no data set {name!r}. {did_you_mean(str(name), GENERATORS)} "
            "For a file of your own write its ending as well, as in 'reviews.csv'; for a data set "
            "of the Hugging Face Hub its owner, as in 'stanfordnlp/imdb'."
        )
    data, told = to_dataset(records, found, text, label)
    for sentence in told:
        print(sentence)
    return data


def _drawn(data: Dataset, n: int, seed: int) -> Dataset:
    """n rows by chance, in their order."""
    if not 1 <= n <= len(data):
        raise ValueError(f"n must be from 1 to the number of rows, {len(data)}, not {n!r}.")
    places = sorted(random.Random(seed).sample(range(len(data)), n))
    return Dataset(tuple(data.rows[at] for at in places), data.name, data.labels)


def _given(options: dict[str, str | None]) -> dict[str, object]:
    return {name: value for name, value in options.items() if value is not None}


def _make(
    name: str,
    generator: Callable[..., Dataset],
    n: int | None,
    seed: int | None,
    options: dict[str, object],
) -> Dataset:
    known = [knob for knob in (generator.__kwdefaults__ or {}) if knob != "seed"]
    # text= and label= are None unless given, and no generator has them.
    knobs = {
        knob: value
        for knob, value in options.items()
        if knob not in ("text", "label") or value is not None
    }
    for knob in knobs:
        if knob not in known:
            hint = did_you_mean(knob, known) if known else "It has none."
            raise ValueError(f"{name!r} has no knob {knob!r}. {hint}")
    size = {} if n is None else {"n": n}
    return generator(**size, seed=0 if seed is None else seed, **knobs)


def _refuse(given: dict[str, object]) -> None:
    extra = [option for option, value in given.items() if value is not None]
    if extra:
        raise ValueError(
            f"{', '.join(extra)} cannot be given here: data that was written by others is read as "
            "it is. To have fewer rows, cut them afterwards, as in load_data(…)[:100]."
        )
