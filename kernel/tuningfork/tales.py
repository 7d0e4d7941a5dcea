"""Tales: stories of six sentences, for a model that is to learn to write.

Made by a grammar of our own. Somebody finds a thing in the third sentence, and in the last one
the same somebody still has to do with the same thing; `consistency` measures whether a story that
a model wrote remembers that.
"""

import random
import re

from tuningfork.dataset import Dataset
from tuningfork.knobs import check_rows, check_whole

NAMES = (
    "Mila Oskar Tova Bruno Lina Emil Nora Anton Selma Hugo Ida Karl Freya Otto Maja Pip Juno Rolf "
    "Vera Timo"
).split()
ANIMALS = "fox bear hare owl mouse badger otter hedgehog goat crow".split()
MOODS = "young brave shy curious old clever tiny lonely merry stubborn".split()
PLACES = (
    "at the edge of the forest",
    "under an old bridge",
    "beside a quiet lake",
    "on top of a green hill",
    "near a sleepy village",
    "in a hollow tree",
)
TIMES = (
    "One morning",
    "One rainy day",
    "One evening",
    "Early in spring",
    "On the first day of winter",
)
LOOKS = "golden rusty silver tiny shiny broken blue wooden".split()
OBJECTS = "key bell lantern coin drum mirror boat kite ring book".split()
TROUBLES = (
    "But the {object} was too heavy to carry home.",
    "But a strong wind blew the {object} into the water.",
    "But nobody knew what the {object} was for.",
    "But the {object} fell down and rolled far away.",
)
HELP = (
    "A friendly {animal} named {friend} came along and helped.",
    "Then {friend} the {animal} had a good idea.",
    "Soon a {animal} named {friend} offered to help.",
)
ENDINGS = (
    "In the end {name} gave the {object} to {friend}, and they became friends.",
    "From that day on {name} and {friend} kept the {object} together.",
    "At last {name} took the {object} home, and {friend} came to visit every week.",
)


def tales(n: int = 400, *, seed: int = 0) -> Dataset:
    """Makes `n` stories. Truth columns: `_name`, `_object`.

    Raises:
        ValueError: when `n` is not a whole number above 0.
    """
    check_rows(n)
    check_whole("seed", seed, 0)
    chance = random.Random(seed)
    return Dataset(tuple(_tale(chance) for _ in range(n)), "tales")


def _tale(chance: random.Random) -> dict[str, object]:
    name, friend = chance.sample(NAMES, 2)
    first, second = chance.sample(ANIMALS, 2)
    thing = chance.choice(OBJECTS)
    told = {"name": name, "friend": friend, "animal": second, "object": thing}
    lines = [
        f"Once there was a {chance.choice(MOODS)} {first} named {name}.",
        f"{name} lived {chance.choice(PLACES)}.",
        f"{chance.choice(TIMES)}, {name} found a {chance.choice(LOOKS)} {thing}.",
        *(chance.choice(kind).format(**told) for kind in (TROUBLES, HELP, ENDINGS)),
    ]
    return {"text": " ".join(lines), "_name": name, "_object": thing}


def consistency(text: str) -> float:
    """How well a story remembers itself: 0, 0.5 or 1.

    Half for the hero of the first sentence returning in the last one, half for the thing found in
    the third.
    """
    sentences = re.split(r"(?<=[.!?])\s+", text.strip())
    if len(sentences) < 4:
        return 0.0
    hero = next((name for name in NAMES if name in sentences[0]), None)
    thing = next((name for name in OBJECTS if name in sentences[2]), None)
    last = sentences[-1]
    return 0.5 * (hero is not None and hero in last) + 0.5 * (thing is not None and thing in last)
