"""The ranked lists of every system: the original ads, and the ads as each system reworded them.

Not an engine. An ad that a system left alone keeps the original's list, and a text that was
ranked once isn't ranked again, so that systems which agree on an ad agree on its list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evenhand.match.protocol import FloatArray, IntArray, Matcher, Rankings
from evenhand.records.job import Job
from evenhand.records.pace import Progress, steps

Row = tuple[IntArray, FloatArray]
"""Positions and scores of one list."""


def rank_systems(
    matcher: Matcher,
    jobs: Sequence[Job],
    texts: Mapping[str, Sequence[str]],
    k: int,
    progress: Progress | None = None,
) -> dict[str, Rankings]:
    """Rank the same ads in the words of several systems.

    Args:
        matcher: The engine.
        jobs: The ads.
        texts: By system, one text a job.
        k: Length of the lists.
        progress: Called with the stage, the systems done and their number.

    Raises:
        MatcherError: The engine failed.
    """
    known: dict[tuple[str, str], Row] = {}
    ranked: dict[str, Rankings] = {}
    for name in steps(progress, "rank", [*texts]):
        ranked[name] = _rank(matcher, jobs, texts[name], k, known)
    return ranked


def _rank(
    matcher: Matcher,
    jobs: Sequence[Job],
    texts: Sequence[str],
    k: int,
    known: dict[tuple[str, str], Row],
) -> Rankings:
    keys = [(job.id, text) for job, text in zip(jobs, texts, strict=True)]
    new = [
        job.reworded(text)
        for job, text, key in zip(jobs, texts, keys, strict=True)
        if key not in known
    ]
    if new:
        ranked = matcher.rank(new, k)
        rows = zip(new, ranked.positions, ranked.scores, strict=True)
        known.update(((job.id, job.text), (positions, scores)) for job, positions, scores in rows)
    return Rankings(
        tuple(job.id for job in jobs),
        matcher.candidate_ids,
        np.stack([known[key][0] for key in keys]),
        np.stack([known[key][1] for key in keys]),
    )
