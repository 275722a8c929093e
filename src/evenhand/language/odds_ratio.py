"""Odds ratio of a stem list between two sets of texts, with texts as the unit of chance.

Formula: OR = ((a + .001) / (A - a + .001)) / ((b + .001) / (B - b + .001)); a and b are the hits
    of the list in the first and second set, A and B their words.
Range: above 0; 1 is parity, 2 means twice the odds in the first set. With no hit at all in one
    set the smoothing decides the size, and only the direction can be read.
Undefined: NaN where either set has no words.
Source: Wan et al. (2023), arXiv 2310.09219; smoothing and counting as in its released code.
What it is NOT: a finding about a person or about one text. Words of one text hang together, so
    the interval resamples texts and the p-value relabels texts; the study gave neither.

A hit is a pair of a word and a stem. Modes: ``substring`` as released ("son" hits "personal");
``word_start`` where the word, cut at white space, begins with the stem; ``token`` where words are
cut at everything but letters and count once a list, however many of its stems they begin with.
The study's ``<return>`` marks glue words in the first two modes, as they did in the study.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError

Mode = Literal["substring", "word_start", "token"]
SMOOTHING = 0.001
_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_MARKS = re.compile(r"<[^<>\s]{1,12}>")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class StemOdds:
    """One list between two sets of texts.

    Attributes:
        ratio: The odds ratio, first set over second; NaN where a set has no words.
        hits: Hits in the first and the second set.
        words: Words in the first and the second set.
        texts: Texts in the first and the second set.
        interval: 95 % percentile interval over resampled texts; NaN without resamples.
        p_value: Two-sided, over relabelled texts; NaN without permutations.
        mode: How words were matched.
    """

    ratio: float
    hits: tuple[int, int]
    words: tuple[int, int]
    texts: tuple[int, int]
    interval: tuple[float, float]
    p_value: float
    mode: Mode


def _pieces(text: str, mode: Mode) -> list[str]:
    if mode == "token":
        return _LETTERS.findall(_MARKS.sub(" ", text.lower()))
    return text.lower().split()


def _hits_of(stems: Sequence[str], mode: Mode) -> Callable[[str], int]:
    if mode == "substring":
        return lambda word: sum(stem in word for stem in stems)
    if mode == "word_start":
        return lambda word: sum(word.startswith(stem) for stem in stems)
    starts = tuple(stems)
    return lambda word: word.startswith(starts)


def stem_counts(texts: Iterable[str], stems: Sequence[str], mode: Mode = "word_start") -> Floats:
    """Hits and words of each text.

    Args:
        texts: The texts.
        stems: Lower-case stems of one list.
        mode: How words are matched.

    Returns:
        Shape (texts, 2): hits, words.

    Raises:
        MeasureError: If the mode is unknown or no stem is given.
    """
    if mode not in ("substring", "word_start", "token") or not stems:
        raise MeasureError(f"mode {mode!r} with {len(stems)} stems can't be counted: choose mode "
                           "substring, word_start or token and give at least one stem")  # fmt: skip
    hits_in = _hits_of(stems, mode)
    rows: list[tuple[int, int]] = []
    for text in texts:
        found = _pieces(text, mode)
        rows.append((sum(map(hits_in, found)), len(found)))
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def smoothed_odds_ratio(a: Floats, b: Floats) -> Floats:
    """OR of sums of (hits, words); shape (..., 2) each, result shape (...)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        first = (a[..., 0] + SMOOTHING) / (a[..., 1] - a[..., 0] + SMOOTHING)
        second = (b[..., 0] + SMOOTHING) / (b[..., 1] - b[..., 0] + SMOOTHING)
        return np.where((a[..., 1] > 0) & (b[..., 1] > 0), first / second, math.nan)


def _resampled(rows: Floats, resamples: int, rng: np.random.Generator) -> Floats:
    """Sums over texts drawn with replacement, shape (resamples, 2)."""
    count = len(rows)
    weights = rng.multinomial(count, np.full(count, 1 / count), size=resamples)
    return weights.astype(np.float64) @ rows


def _interval(a: Floats, b: Floats, resamples: int, seed: int) -> tuple[float, float]:
    if not resamples:
        return math.nan, math.nan
    rng = np.random.default_rng([seed, 1])
    ratios = smoothed_odds_ratio(_resampled(a, resamples, rng), _resampled(b, resamples, rng))
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)


def _p_value(a: Floats, b: Floats, permutations: int, seed: int) -> float:
    """Share of relabellings at least as far from 1 on the log scale, the observed one counted."""
    if not permutations:
        return math.nan
    rng = np.random.default_rng([seed, 2])
    rows = np.concatenate([a, b])
    labels = np.broadcast_to(np.arange(len(rows)) < len(a), (permutations, len(rows)))
    first = rng.permuted(labels, axis=1).astype(np.float64) @ rows
    drawn = np.abs(np.log(smoothed_odds_ratio(first, rows.sum(axis=0) - first)))
    observed = abs(math.log(float(smoothed_odds_ratio(a.sum(axis=0), b.sum(axis=0)))))
    return (1 + int((drawn >= observed - 1e-12).sum())) / (1 + permutations)


def odds_ratio(
    texts_a: Sequence[str],
    texts_b: Sequence[str],
    stems: Sequence[str],
    mode: Mode = "word_start",
    *,
    resamples: int = 2000,
    permutations: int = 2000,
    seed: int = 0,
) -> StemOdds:
    """The odds ratio of one stem list between two sets of texts.

    Args:
        texts_a: First set (the study: letters about men).
        texts_b: Second set.
        stems: Lower-case stems, for example ``STEM_LISTS["ability"]``.
        mode: How words are matched.
        resamples: Bootstrap resamples of texts within each set; 0 for no interval.
        permutations: Relabellings of texts; 0 for no p-value.
        seed: Of both.

    Returns:
        Ratio, counts, interval and p-value; NaN where a set has no words.

    Raises:
        MeasureError: If the mode is unknown or no stem is given.
    """
    a, b = stem_counts(texts_a, stems, mode), stem_counts(texts_b, stems, mode)
    total_a, total_b = a.sum(axis=0), b.sum(axis=0)
    ratio = float(smoothed_odds_ratio(total_a, total_b))
    defined = not math.isnan(ratio)
    return StemOdds(
        ratio=ratio,
        hits=(int(total_a[0]), int(total_b[0])),
        words=(int(total_a[1]), int(total_b[1])),
        texts=(len(a), len(b)),
        interval=_interval(a, b, resamples, seed) if defined else (math.nan, math.nan),
        p_value=_p_value(a, b, permutations, seed) if defined else math.nan,
        mode=mode,
    )
