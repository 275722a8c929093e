"""What rewording does to the shape of ads: length, variety, repetition, readability.

Also the mean over ads with its interval, which the programs beside it share. No ad text comes out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evenhand.language.style import readability
from evenhand.language.text import lemma, words
from evenhand.measure.resample import draw_weights, percentile_interval, resampled_means
from evenhand.records.job import Job
from evenhand.rewrite.result import Rewrite

RESAMPLES = 2000


def wear(jobs: Sequence[Job], rewrites: Sequence[Rewrite], seed: int) -> dict[str, Any]:
    """Length, variety, repetition and readability of the ads after, minus before."""
    before = [_shape(job.text) for job in jobs]
    after = [_shape(found.rewritten) for found in rewrites]
    strata = [str(job.group) for job in jobs]
    return {
        name: {
            "before": rounded(np.mean([row[name] for row in before])),
            **mean_over_ads(
                [a[name] - b[name] for a, b in zip(after, before, strict=True)], strata, seed
            ),
        }
        for name in before[0]
    }


def mean_over_ads(values: Sequence[float], strata: Sequence[str], seed: int) -> dict[str, Any]:
    """Mean with its 95 % interval, ads drawn within their groups; NaN leaves an ad out."""
    column = np.asarray(values, dtype=np.float64)
    drawn = draw_weights(1, strata, RESAMPLES, seed, over="ads")
    low, high = percentile_interval(resampled_means(column, drawn))
    defined = column[~np.isnan(column)]
    mean = float(defined.mean()) if len(defined) else float("nan")
    return {"mean": rounded(mean), "interval": [rounded(low), rounded(high)], "ads": len(defined)}


def rounded(value: Any) -> float | None:
    """Five places; None for what isn't finite, so that it can be written as JSON."""
    number = float(value)
    return round(number, 5) if np.isfinite(number) else None


def _shape(text: str) -> dict[str, float]:
    found, score = words(text), readability(text)
    openings = Counter(o for o in (_opening(line) for line in text.splitlines()) if o)
    triples = Counter(zip(found, found[1:], found[2:], strict=False))
    return {
        "words": float(len(found)),
        "distinct_lemmas": float(len(set(map(lemma, found)))),
        "lines_sharing_an_opening": _repeated(openings),
        "repeated_triples": _repeated(triples),
        "reading_ease": score.reading_ease,
        "grade": score.grade,
    }


def _opening(line: str) -> tuple[str, ...]:
    """The first three words of a line of four or more; nothing for shorter ones."""
    found = words(line)
    return tuple(found[:3]) if len(found) > 3 else ()


def _repeated(counts: Mapping[Any, int]) -> float:
    """Share of the items that occur more than once."""
    total = sum(counts.values())
    return sum(n for n in counts.values() if n > 1) / total if total else 0.0
