"""Where data comes from."""

from collections.abc import Callable

from tuningfork.dataset import Dataset
from tuningfork.opinions import opinions
from tuningfork.suggest import did_you_mean
from tuningfork.tales import tales

_GENERATORS: dict[str, Callable[..., Dataset]] = {"opinions": opinions, "tales": tales}


def load_data(name: str, n: int = 400, *, seed: int = 0, **knobs: float) -> Dataset:
    """A data set that is made on the spot: "opinions" (two labels) or "tales" (stories).

    The same name, size, seed and knobs always give the same rows.

    Raises:
        ValueError: for an unknown name or knob, or when `n` is not a positive whole number.
    """
    generator = _GENERATORS.get(name)
    if generator is None:
        raise ValueError(f"There is no data set {name!r}. {did_you_mean(name, _GENERATORS)}")
    if not isinstance(n, int) or n < 1:
        raise ValueError(f"n is the number of rows, a whole number above 0, not {n!r}.")
    known = [knob for knob in (generator.__kwdefaults__ or {}) if knob != "seed"]
    for knob in knobs:
        if knob not in known:
            hint = did_you_mean(knob, known) if known else "It has none."
            raise ValueError(f"{name!r} has no knob {knob!r}. {hint}")
    return generator(n, seed=seed, **knobs)
