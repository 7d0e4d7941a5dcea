"""Sums: additions and their results, for a model that is to learn to reckon.

Whether the result is written as usual or with its last digit first makes the same model fail or
succeed: from the right, each digit depends on little, as when adding by hand (Lee et al. 2023,
arXiv 2307.03381).
"""

import random

from tuningfork.dataset import Dataset
from tuningfork.knobs import check_flag, check_rows, check_whole


def sums(n: int = 3000, *, seed: int = 0, digits: int = 3, reverse: bool = False) -> Dataset:
    """Makes `n` different sums such as "12+345=357".

    Columns: `text` = `prompt` + `answer`; the prompt ends with "=". Truth columns: `_a`, `_b`,
    `_sum` (whole numbers).

    Args:
        digits: numbers have at most so many digits, 1 to 6; there are 100 ** digits sums.
        reverse: write the result with its last digit first, "12+345=753".

    Raises:
        ValueError: for a value outside its range, or an `n` above the number of sums there are.
    """
    check_whole("digits", digits, 1, 6)
    check_flag("reverse", reverse)
    check_whole("seed", seed, 0)
    size = 10**digits
    check_rows(n, size * size)
    chance = random.Random(seed)
    pairs = (divmod(pair, size) for pair in chance.sample(range(size * size), n))
    return Dataset(tuple(_sum(a, b, reverse) for a, b in pairs), "sums")


def _sum(a: int, b: int, reverse: bool) -> dict[str, object]:
    prompt, answer = f"{a}+{b}=", str(a + b)
    if reverse:
        answer = answer[::-1]
    return {
        "text": prompt + answer,
        "prompt": prompt,
        "answer": answer,
        "_a": a,
        "_b": b,
        "_sum": a + b,
    }
