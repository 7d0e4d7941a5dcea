"""Tickets: short letters to a shop's support desk, each with one of six intents.

Made by a grammar of our own. Personal data is invented and comes only from ranges that are
reserved for examples: example.com (RFC 2606), telephone numbers 555-0100 to 555-0199, and the
addresses 192.0.2.0/24 (RFC 5737); so it can belong to nobody.
"""

import random

from tuningfork.dataset import Dataset, Row
from tuningfork.knobs import check_rows, check_share, check_whole

LABELS = ("account", "billing", "cancel", "delivery", "refund", "technical")
#: The label that `imbalance` is the share of.
COMMONEST = "delivery"

_THINGS = "kettle radio jacket desk bicycle printer blender tent guitar clock toaster scarf".split()
_SINCE = ("yesterday", "last week", "Monday", "the weekend", "this morning", "March")
_WHEN = ("yesterday", "last week", "on Monday", "two days ago", "this morning", "in March")
_OPENINGS = ("", "", "Hello.", "Good morning.", "Dear team,", "I have a question.", "Please help.")
_CLOSINGS = ("", "", "Thank you.", "Please answer soon.", "I am waiting for your reply.", "Thanks!")
#: Several intents speak of orders, money and parcels: one word alone gives none of them away.
_SAID = {
    "account": (
        "I cannot sign in since I changed my password {when}.",
        "The page says that my user name is unknown.",
        "I forgot my password and the letter to reset it never comes.",
        "Please change the name on my account, I ordered the {thing} under the old one.",
        "Someone else seems to use my account, it shows a {thing} that I never ordered.",
    ),
    "billing": (
        "The invoice for the {thing} shows the wrong amount.",
        "I was charged twice for the {thing} that I ordered {when}.",
        "I need an invoice for my {thing} with the tax on it.",
        "Which payment did you take from my card {when}?",
        "My card was refused although there is enough money on it.",
    ),
    "cancel": (
        "Please cancel my order of a {thing}, I made it {when} by mistake.",
        "I want to end my subscription before it renews.",
        "I no longer need the {thing}, please do not send it.",
        "Stop the order from {when}, I picked the wrong {thing}.",
        "How do I call off an order that is not paid yet?",
    ),
    "delivery": (
        "My {thing} should have come {when} but there is no parcel.",
        "Where is the {thing} that I ordered {when}?",
        "The tracking page has shown the same town since {since}.",
        "The driver left my parcel with a neighbour whom I do not know.",
        "Can you send the {thing} to another street, it is not on its way yet?",
    ),
    "refund": (
        "I sent the {thing} back {when} and want my money.",
        "When do I get the money for the {thing} that I returned?",
        "The {thing} came broken, I would rather have my money than a new one.",
        "You promised {when} to pay back the price of the {thing}.",
        "I returned a parcel {when} and only half of the price came back.",
    ),
    "technical": (
        "The {thing} does not switch on, although I charged it {when}.",
        "Your app closes whenever I open the list of orders.",
        "How do I set up the {thing}? The manual is in another language.",
        "Since {since} the {thing} makes a loud noise and stops.",
        "The page stays white when I want to pay.",
    ),
}
_WORDS = "maple river stone cloud amber willow falcon meadow copper harbor".split()
_TOLD = (
    "You can write to {value}.",
    "My address for letters is {value}.",
    "Please call me at {value}.",
    "My number is {value}.",
    "I wrote to you from {value}.",
    "Your page says that I came from {value}.",
)


def tickets(n: int = 600, *, seed: int = 0, imbalance: float = 1 / 6, pii: float = 0.0) -> Dataset:
    """Makes `n` tickets with the labels account, billing, cancel, delivery, refund, technical.

    Truth column: `_pii`, the pieces of personal data in the text, in a tuple; mostly empty.

    Args:
        imbalance: share of the label "delivery"; the others share the rest evenly.
        pii: share of tickets that tell an e-mail address, a telephone number or an IP address.

    Raises:
        ValueError: for a value outside its range.
    """
    check_rows(n)
    check_whole("seed", seed, 0)
    check_share("imbalance", imbalance)
    check_share("pii", pii)
    chance = random.Random(seed)
    return Dataset(tuple(_ticket(chance, imbalance, pii) for _ in range(n)), "tickets", LABELS)


def _ticket(chance: random.Random, imbalance: float, pii: float) -> Row:
    others = [label for label in LABELS if label != COMMONEST]
    label = COMMONEST if chance.random() < imbalance else chance.choice(others)
    told = {"thing": chance.choice(_THINGS), "when": chance.choice(_WHEN)}
    told["since"] = chance.choice(_SINCE)
    said = [chance.choice(_OPENINGS), chance.choice(_SAID[label]).format(**told)]
    found: tuple[str, ...] = ()
    if chance.random() < pii:
        sentence, value = _personal(chance)
        said.append(sentence)
        found = (value,)
    said.append(chance.choice(_CLOSINGS))
    return {"text": " ".join(part for part in said if part), "label": label, "_pii": found}


def _personal(chance: random.Random) -> tuple[str, str]:
    """A sentence with something personal in it, and that something."""
    first, second = chance.sample(_WORDS, 2)
    kind = chance.randrange(3)
    value = (
        f"{first}.{second}@example.com",
        f"555-01{chance.randrange(100):02}",
        f"192.0.2.{chance.randrange(1, 255)}",
    )[kind]
    return _TOLD[2 * kind + chance.randrange(2)].format(value=value), value
