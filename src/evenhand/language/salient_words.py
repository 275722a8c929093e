"""Which single words lean to one of two sets of texts: the odds ratio of each word.

Formula: OR(w) = (a_w / (A - a_w)) / (b_w / (B - b_w)); a_w and b_w are the counts of w in the
    first and second set, A and B the counts of all words of its class there.
Range: above 0; 1 is parity, above 1 leans to the first set.
Undefined: for a word below the threshold in either set (it isn't listed), and where a set
    consists of that one word.
Source: Wan et al. (2023), arXiv 2310.09219 (threshold 10 on its command line; top and bottom 50).
What it is NOT: a test. Hundreds of words are ranked and the farthest are shown, so some lie far
    from 1 by luck. Words in one set only are left out, however telling they are. The study kept
    nouns and adjectives by a part-of-speech model; here the class is given as a function, by
    default every word but function words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evenhand.language.text import is_function_word, words


@dataclass(frozen=True, slots=True)
class WordOdds:
    """One word between two sets of texts.

    Attributes:
        word: In lower case.
        ratio: The odds ratio, first set over second.
        counts: In the first and the second set.
    """

    word: str
    ratio: float
    counts: tuple[int, int]


def _is_content(word: str) -> bool:
    return word[0].isalpha() and not is_function_word(word)


def _counted(texts: Iterable[str], keep: Callable[[str], bool]) -> Counter[str]:
    return Counter(word for text in texts for word in words(text) if keep(word))


def word_odds_ratios(
    texts_a: Iterable[str],
    texts_b: Iterable[str],
    *,
    threshold: int = 10,
    keep: Callable[[str], bool] = _is_content,
) -> tuple[WordOdds, ...]:
    """Every word often enough in both sets, from the most leaning to the first set downwards.

    Args:
        texts_a: First set.
        texts_b: Second set.
        threshold: Least count in either set.
        keep: Whether a lower-case word belongs to the class.

    Returns:
        Words by falling ratio, then by name; the last ones lean to the second set.
    """
    a, b = _counted(texts_a, keep), _counted(texts_b, keep)
    total_a, total_b = a.total(), b.total()
    found: list[WordOdds] = []
    for word in a.keys() & b.keys():
        here, there = a[word], b[word]
        if min(here, there) >= threshold and here < total_a and there < total_b:
            ratio = (here / (total_a - here)) / (there / (total_b - there))
            found.append(WordOdds(word, ratio, (here, there)))
    return tuple(sorted(found, key=lambda one: (-one.ratio, one.word)))
