"""What the ads say, beside what the lists do: lexicon findings never stand alone.

An ad's wording (``language.text_profile``) is set against its own occupation, and against how far
its list leans. The two can disagree, and which of them is right is no question that a lexicon can
answer: the lists are what people get.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.audit.evidence.settings import AuditSettings
from evenhand.language.percentiles import LEAN, OccupationPercentiles, against_occupation
from evenhand.language.text_profile import KINDS, TextProfile, profile
from evenhand.match.protocol import FloatArray, IntArray
from evenhand.measure.rank_correlation import Correlation, rank_correlation
from evenhand.records.job import Job

SCORES = (LEAN, *KINDS)
"""What is set against the lists: the gender lean, and findings of each kind per 100 words."""


@dataclass(frozen=True)
class Agreement:
    """One kind of wording against the lean of the lists of the same ads.

    Attributes:
        score: Key of the wording score.
        attribute: Attribute of the people.
        contrast: Whose lean; positive leans to its group.
        correlation: Over ads, within occupation groups.
    """

    score: str
    attribute: str
    contrast: str
    correlation: Correlation


@dataclass(frozen=True)
class WordingEvidence:
    """What the ads say.

    Attributes:
        job_ids: Of the ads, in order.
        groups: Occupation group of every ad; ``""`` for none.
        profiles: One an ad.
        percentiles: Of every score of an ad within its occupation group.
        agreements: With the lists, where there are lists.
    """

    job_ids: tuple[str, ...]
    groups: tuple[str, ...]
    profiles: tuple[TextProfile, ...]
    percentiles: Mapping[str, OccupationPercentiles]
    agreements: tuple[Agreement, ...] = ()

    def scores(self, key: str) -> FloatArray:
        """One score of every ad, shape ``(ads,)``."""
        return np.array([score_of(one, key) for one in self.profiles], dtype=np.float64)


def score_of(profile: TextProfile, key: str) -> float:
    """One of ``SCORES`` of one ad; NaN without words."""
    return profile.gender_lean if key == LEAN else profile.per_100_words[key]


def wording_evidence(jobs: Sequence[Job], grouped_by: str) -> WordingEvidence:
    """Profile every ad and set it against its occupation.

    Args:
        jobs: The ads.
        grouped_by: Field that holds the occupation group.
    """
    profiles = tuple(profile(job.text) for job in jobs)
    groups = tuple(job.fields.get(grouped_by, "") for job in jobs)
    return WordingEvidence(
        tuple(job.id for job in jobs), groups, profiles, against_occupation(profiles, groups)
    )


def with_effects(
    wording: WordingEvidence,
    job_ids: Sequence[str],
    effects: Mapping[str, Mapping[str, FloatArray]],
    settings: AuditSettings,
) -> WordingEvidence:
    """The same with how each score goes together with the lean of the lists.

    Args:
        wording: Of all ads.
        job_ids: The ads that the effects are about, a part of them.
        effects: By attribute and contrast, shape ``(ads,)``.
        settings: Resamples and seed.
    """
    place = {job: index for index, job in enumerate(wording.job_ids)}
    rows: IntArray = np.array([place[job] for job in job_ids], dtype=np.int64)
    groups = [wording.groups[int(row)] for row in rows]
    found = tuple(
        Agreement(
            key,
            attribute,
            contrast,
            rank_correlation(
                wording.scores(key)[rows],
                values,
                groups,
                resamples=settings.resamples,
                seed=settings.seed,
            ),
        )
        for attribute, contrasts in effects.items()
        for contrast, values in contrasts.items()
        for key in SCORES
    )
    return WordingEvidence(
        wording.job_ids, wording.groups, wording.profiles, wording.percentiles, found
    )
