"""Where data comes from: a file of one's own, or a generator."""

from collections.abc import Callable
from pathlib import Path

from tuningfork.columns import to_dataset
from tuningfork.dataset import Dataset
from tuningfork.dates import dates
from tuningfork.elements import elements
from tuningfork.files import looks_like_a_path, read_records
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


def load_data(
    name: str | Path,
    n: int | None = None,
    *,
    text: str | None = None,
    label: str | None = None,
    seed: int | None = None,
    **knobs: object,
) -> Dataset:
    """A data set from a file, or one that is made on the spot.

    ``load_data("reviews.csv", text="review", label="stars")`` reads a file: CSV, TSV, JSON (a list
    of objects), JSON Lines, Parquet, or text with one example per line. What was taken for text
    and label, and anything odd, is printed.

    ``load_data("opinions", n=400, seed=0)`` makes rows: "opinions" (two labels), "tickets" (six),
    "tales" (stories), "dates", "sums" and "elements" (a prompt and one right answer), "messy"
    (opinions with faults). The same name, size, seed and knobs always give the same rows. Each
    generator's own help lists its knobs: ``help(tuningfork.opinions.opinions)``.

    Args:
        name: a path or the name of a generator.
        n: number of rows to make; left out, the generator decides.
        text: the column with the texts. Left out: text, sentence, review or content.
        label: the column with the labels; "" for none. Left out: label, class, category or target.
        seed: 0 when left out.
        knobs: settings of the generator.

    Raises:
        FileNotFoundError: when the file is not there.
        ValueError: for an unknown generator or knob, a knob out of range, or a file that is
            empty, damaged or without the column; the message names the line.
        ImportError: for Parquet without pyarrow.
    """
    if not isinstance(name, str | Path) or not str(name).strip():
        raise ValueError(
            f"Name a file, such as 'reviews.csv', or data made on the spot, not {name!r}. "
            f"{did_you_mean('', GENERATORS)}"
        )
    generator = GENERATORS.get(str(name))
    if generator is not None:
        return _make(str(name), generator, n, seed, {"text": text, "label": label, **knobs})
    if not looks_like_a_path(name):
        raise ValueError(
            f"There is no data set {name!r}. {did_you_mean(str(name), GENERATORS)} "
            "For a file of your own write its ending as well, as in 'reviews.csv'."
        )
    _only_for_generators({"n": n, "seed": seed, **knobs})
    path = Path(name).expanduser()
    data, told = to_dataset(read_records(path), path.name, text, label)
    for sentence in told:
        print(sentence)
    return data


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


def _only_for_generators(given: dict[str, object]) -> None:
    extra = [option for option, value in given.items() if value is not None]
    if extra:
        raise ValueError(
            f"A file is read as it is, so {', '.join(extra)} cannot be given: that is for data "
            "made on the spot. To have fewer rows, cut them afterwards, as in load_data(…)[:100]."
        )
