"""Which ads a lexicon hits, and how much: the text side of setting wording beside an effect.

Formula: an ad is hit by a kind when it holds at least one stretch of it; its rate is findings per
    100 words.
Range: rates from 0 up; shares 0 to 1.
Undefined: a rate is NaN for an ad without words; such an ad isn't hit.
Source: own definition.
What it is NOT: an effect. How ads that are hit fare elsewhere is measured elsewhere and may say
    the opposite; a lexicon hit alone is a reason to look, not a result.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.language.text_profile import KINDS, TextProfile


@dataclass(frozen=True)
class LexiconHits:
    """One kind over a set of ads.

    Attributes:
        kind: One of ``KINDS``.
        ads: Positions of the ads that are hit, ascending.
        rates: Findings per 100 words of every ad, in the order given.
        rules: Rules that hit and in how many ads, the most frequent first.
        ads_with_words: How many ads have words at all.
    """

    kind: str
    ads: tuple[int, ...]
    rates: tuple[float, ...]
    rules: tuple[tuple[str, int], ...]
    ads_with_words: int

    @property
    def share(self) -> float:
        """Share of the ads with words that are hit; NaN where there are none."""
        return len(self.ads) / self.ads_with_words if self.ads_with_words else math.nan


def _rules(profiles: Sequence[TextProfile], kind: str) -> tuple[tuple[str, int], ...]:
    ads = Counter(
        rule for one in profiles for rule in {s.rule for s in one.found if s.kind == kind}
    )
    return tuple(sorted(ads.items(), key=lambda pair: (-pair[1], pair[0])))


def lexicon_agreement(profiles: Sequence[TextProfile]) -> dict[str, LexiconHits]:
    """The ads that each kind of wording hits, by kind in the order of ``KINDS``.

    Args:
        profiles: One an ad; positions in the result refer to this order.

    Returns:
        Hits, rates of all ads (to correlate with what is measured elsewhere) and the rules.
    """
    worded = sum(one.words > 0 for one in profiles)
    return {
        kind: LexiconHits(
            kind=kind,
            ads=tuple(i for i, one in enumerate(profiles) if one.words and one.counts[kind]),
            rates=tuple(one.per_100_words[kind] for one in profiles),
            rules=_rules(profiles, kind),
            ads_with_words=worded,
        )
        for kind in KINDS
    }
