"""Opinions: short sentences that praise something or complain about it.

Made by a small grammar from our own words, so that it can be had in any size, always the same for
the same seed, and with known flaws. There are 60 words of praise and 60 of complaint; with few
labelled rows most of them are never seen, and only a model that knows them already does well.
"""

import random
from dataclasses import dataclass

from tuningfork.dataset import Dataset, Row
from tuningfork.knobs import check_number, check_rows, check_share, check_whole

PRAISE = (
    "wonderful excellent lovely delightful superb charming brilliant splendid marvellous pleasant "
    "great fantastic perfect amazing gorgeous impressive enjoyable refreshing outstanding elegant "
    "fabulous terrific remarkable beautiful graceful clever fresh tasty cosy friendly generous "
    "helpful reliable smooth bright comfortable cheerful inspiring flawless magnificent polished "
    "thoughtful exquisite dazzling heavenly admirable satisfying rewarding touching captivating "
    "glorious crisp welcoming stunning witty sublime fair sturdy quick spotless"
).split()
COMPLAINT = (
    "awful terrible dreadful horrible boring disappointing poor nasty ugly unpleasant bad "
    "miserable annoying lousy dull mediocre clumsy rude stale bland filthy noisy cold slow "
    "broken useless faulty sloppy grim tedious tiresome shabby careless bitter soggy greasy "
    "gloomy confusing "
    "pointless pathetic dismal cheap flimsy crude rotten hideous unbearable messy irritating weak "
    "overpriced cramped unfriendly sour frustrating appalling painful hopeless wasteful stiff"
).split()
THINGS = (
    "film book hotel meal soup concert garden camera phone museum lecture show game sofa coat "
    "bridge train café song painting teacher letter cake journey room lamp keyboard story market "
    "beach"
).split()

_PLAIN = (
    "the {thing} was {word}",
    "i found the {thing} {word}",
    "what a {word} {thing}",
    "the {thing} is really {word}",
    "we thought the {thing} was {word}",
    "honestly a {word} {thing}",
    "my friend called the {thing} {word}",
    "it was a {word} {thing} from start to end",
)
_DENIED = (
    "the {thing} was not {word}",
    "i did not find the {thing} {word}",
    "this is not a {word} {thing}",
    "nobody called the {thing} {word}",
)
_TURNED = (
    "the {other} was {contrary} but the {thing} was {word}",
    "although the {other} seemed {contrary} the {thing} was {word}",
)
#: Only in texts to pretrain on: several words of one mind stand close together.
_RICH = (
    "the {thing} was {word} and {second}",
    "a {word} {second} {thing}",
    "{word} and {second} and {third}",
    "the {thing} is {word} {second} and {third}",
    "i call the {thing} {word} and {second}",
)
_VERDICTS = {"positive": "my verdict is yes", "negative": "my verdict is no"}
#: The words that carry the verdict.
VERDICT_WORDS = ("yes", "no")
LABELS = ("negative", "positive")


@dataclass(frozen=True)
class _Speaker:
    """Makes sentences of either label from the words it may use."""

    chance: random.Random
    negation: float
    words: dict[str, list[str]]

    def sentence(self, label: str) -> tuple[str, str]:
        """A sentence and the name of its pattern."""
        contrary = LABELS[1 - LABELS.index(label)]
        thing, other = self.chance.sample(THINGS, 2)
        dice = self.chance.random()
        if dice < self.negation:
            template, word, pattern = self.chance.choice(_DENIED), self._word(contrary), "not"
        elif dice < self.negation + 0.1:
            template, word, pattern = self.chance.choice(_TURNED), self._word(label), "but"
        else:
            template, word, pattern = self.chance.choice(_PLAIN), self._word(label), "plain"
        text = template.format(thing=thing, other=other, word=word, contrary=self._word(contrary))
        return text.capitalize() + ".", pattern

    def rich(self, label: str) -> str:
        """A sentence with two or three words of one mind."""
        word, second, third = self.chance.sample(self.words[label], 3)
        told = {"thing": self.chance.choice(THINGS), "word": word, "second": second, "third": third}
        return self.chance.choice(_RICH).format(**told).capitalize() + "."

    def _word(self, label: str) -> str:
        return self.chance.choice(self.words[label])


def opinions(
    n: int = 400,
    *,
    seed: int = 0,
    negation: float = 0.1,
    seen_words: float = 1.0,
    flip: float = 0.0,
    dup: float = 0.0,
    leak: float = 0.0,
    imbalance: float = 0.5,
    length_sigma: float = 0.0,
) -> Dataset:
    """Makes `n` opinions with the labels "positive" and "negative".

    Truth columns: `_row` (the row's number), `_pattern`, `_flipped`, `_dup_of`, `_leaked`.

    Args:
        negation: share of sentences of the kind "the film was not boring".
        seen_words: share of the 120 opinion words that may occur.
        flip: share of rows that get the wrong label (`_flipped`).
        dup: share of rows that repeat an earlier text (`_dup_of`, that row's number).
        leak: share of the last fifth of the rows, which one might cut off as a test set, that
            copy a row before it with other case, spacing or punctuation (`_leaked`, `_dup_of`).
        imbalance: share of the label "positive".
        length_sigma: above 0, sentences are added until lengths are spread log-normally with
            this sigma; at most 2.

    Raises:
        ValueError: for a value outside its range.
    """
    check_rows(n)
    check_whole("seed", seed, 0)
    asked = {"negation": negation, "flip": flip, "dup": dup, "leak": leak, "imbalance": imbalance}
    for name, value in asked.items():
        check_share(name, value)
    check_share("seen_words", seen_words, above_zero=True)
    check_number("length_sigma", length_sigma, 0, 2)
    chance = random.Random(seed)
    speaker = _Speaker(chance, negation, _words(seen_words))
    rows: list[Row] = []
    last_fifth = n - n // 5
    for at in range(n):
        # No draw without a leak, so that the rows of a seed stay what they were.
        if leak > 0 and at >= last_fifth and chance.random() < leak:
            row = _leaked(rows, last_fifth, chance)
        elif rows and chance.random() < dup:
            row = _repeat(rows, chance)
        else:
            row = _fresh(speaker, imbalance, flip, length_sigma)
        rows.append({**row, "_row": at})
    return Dataset(tuple(rows), "opinions", LABELS)


def documents(n: int, *, seed: int = 0, sentences: int = 2) -> list[str]:
    """Texts of one mind, without labels, to pretrain on: some opinions and a verdict.

    That each text says the same thing several times is what teaches a model which words belong
    together: from single sentences, and without the verdicts, it learned nothing useful.
    """
    chance = random.Random(seed)
    speaker = _Speaker(chance, 0.1, _words(1.0))
    texts = []
    for _ in range(n):
        label = chance.choice(LABELS)
        said = [speaker.rich(label) for _ in range(sentences)]
        said.append(speaker.sentence(label)[0])
        said.insert(chance.randrange(sentences + 2), _VERDICTS[label].capitalize() + ".")
        texts.append(" ".join(said))
    return texts


def _words(share: float) -> dict[str, list[str]]:
    kept = max(1, round(len(PRAISE) * share))
    return {"positive": list(PRAISE[:kept]), "negative": list(COMPLAINT[:kept])}


def _fresh(speaker: _Speaker, imbalance: float, flip: float, length_sigma: float) -> Row:
    chance = speaker.chance
    label = "positive" if chance.random() < imbalance else "negative"
    count = max(1, round(chance.lognormvariate(0.0, length_sigma))) if length_sigma > 0 else 1
    said = [speaker.sentence(label) for _ in range(count)]
    flipped = chance.random() < flip
    given = LABELS[1 - LABELS.index(label)] if flipped else label
    text = " ".join(sentence for sentence, _ in said)
    return {
        "text": text,
        "label": given,
        "_pattern": said[0][1],
        "_flipped": flipped,
        "_dup_of": None,
        "_leaked": False,
    }


def _repeat(rows: list[Row], chance: random.Random) -> Row:
    at = chance.randrange(len(rows))
    first = rows[at]["_dup_of"]
    return {**rows[at], "_dup_of": at if first is None else first}


def _leaked(rows: list[Row], before: int, chance: random.Random) -> Row:
    """A copy of an early row in other clothes: a search for equal texts does not find it."""
    row = _repeat(rows[:before], chance)
    text = str(row["text"])
    looks = (text.upper(), text.lower(), text.removesuffix("."), text[:-1] + "!", f" {text} ")
    return {**row, "text": chance.choice(looks), "_leaked": True}
