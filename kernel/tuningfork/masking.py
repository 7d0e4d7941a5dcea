"""Hides words for a model that is to guess them, as BERT learned (arXiv 1810.04805, section 3.1).

Of each text 15 % of the tokens are asked for. Of these, 80 % become the mask token, 10 % another
token by chance, and 10 % stay: so the model cannot rely on seeing a mask where it has to think.
"""

import random
from dataclasses import dataclass
from typing import Any

#: Share of a text that is asked for, and what becomes of it; the rest stays as it is.
SHARE, MASKED, SWAPPED = 0.15, 0.8, 0.1


@dataclass(frozen=True)
class Masking:
    """What of a vocabulary may be hidden, and by what."""

    mask: int
    #: Tokens that are never hidden and never come by chance: [CLS], [SEP], [PAD], [UNK], …
    special: frozenset[int]
    #: All others.
    words: tuple[int, ...]

    def count(self, ids: list[int]) -> int:
        """How many tokens of a text are asked for: one at least, unless it has nothing to hide."""
        places = sum(token not in self.special for token in ids)
        return min(places, max(1, round(SHARE * places)))

    def draw(self, ids: list[int], key: str) -> tuple[list[int], dict[int, int]]:
        """The text with some tokens hidden, and the right answers: place → token.

        The same text and key always give the same: what is hidden hangs neither on the batch that
        a text is in nor on what was drawn before, so a run that goes on draws as if uncut.
        """
        chance = random.Random(key)
        places = [at for at, token in enumerate(ids) if token not in self.special]
        asked = sorted(chance.sample(places, self.count(ids)))
        seen = list(ids)
        for at in asked:
            luck = chance.random()
            if luck < MASKED:
                seen[at] = self.mask
            elif luck < MASKED + SWAPPED:
                seen[at] = chance.choice(self.words)
        return seen, {at: ids[at] for at in asked}


def masking_of(tokenizer: Any) -> Masking:
    """What a tokenizer calls its mask and its words."""
    special = frozenset(tokenizer.all_special_ids)
    words = tuple(token for token in range(len(tokenizer)) if token not in special)
    return Masking(tokenizer.mask_token_id, special, words)
