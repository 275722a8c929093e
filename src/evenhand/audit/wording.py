"""What the ads say, beside what the lists do: lexicon findings never stand alone.

An ad's wording (``language.style``) is set against its own occupation, and against how far
its list leans. The two can disagree, and which of them is right is no question that a lexicon can
answer: the lists are what people get.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evenhand.audit.rates import AuditSettings
from evenhand.language.check import SEVERITIES, check
from evenhand.language.span import Finding, Severity
from evenhand.language.style import (
    KINDS,
    LEAN,
    STEM_LISTS,
    OccupationPercentiles,
    StemOdds,
    TextProfile,
    against_occupation,
    odds_ratio,
    profile,
    stem_counts,
)
from evenhand.match.protocol import FloatArray, IntArray
from evenhand.measure.resample import Correlation, WithinGroups
from evenhand.records.job import Job
from evenhand.records.outputs import Progress, steps

SCORES = (LEAN, *KINDS)
"""What is set against the lists: the gender lean, and findings of each kind per 100 words."""


@dataclass(frozen=True)
class Agreement:
    """One kind of wording against the lean of the lists of the same ads, within occupations.

    A positive lean is to the group of the contrast.
    """

    score: str
    attribute: str
    contrast: str
    correlation: Correlation


@dataclass(frozen=True)
class StemAgreement:
    """A stem list in ads whose lists lean to a group, against ads whose lists lean away."""

    stems: str
    attribute: str
    contrast: str
    odds: StemOdds


@dataclass(frozen=True)
class FoundWords:
    """Words that were found in ads, in lower case: in how many, how often, in which first.

    ``kind`` is their family, or the ground of discrimination. ``suggestion`` could stand there
    (empty to leave it out, None for nothing), ``decision`` is the question for a person, both as
    first found.
    """

    words: str
    severity: Severity
    kind: str
    lean: str | None
    ads: int
    times: int
    suggestion: str | None
    decision: str
    first: str


@dataclass(frozen=True)
class WordingEvidence:
    """What the ads say.

    One profile an ad, every score's percentile within its occupation group, the words themselves
    (the gravest and most frequent first) and, where there are lists, how both go together: stem
    lists for the first comparison of every attribute.
    """

    job_ids: tuple[str, ...]
    groups: tuple[str, ...]
    profiles: tuple[TextProfile, ...]
    percentiles: Mapping[str, OccupationPercentiles]
    words: tuple[FoundWords, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    stems: tuple[StemAgreement, ...] = ()

    def scores(self, key: str) -> FloatArray:
        """One score of every ad, shape ``(ads,)``."""
        return np.array([score_of(one, key) for one in self.profiles], dtype=np.float64)


def score_of(profile: TextProfile, key: str) -> float:
    """One of ``SCORES`` of one ad; NaN without words."""
    return profile.gender_lean if key == LEAN else profile.per_100_words[key]


def wording_evidence(
    jobs: Sequence[Job], grouped_by: str, progress: Progress | None = None
) -> WordingEvidence:
    """Profile every ad and set it against its occupation."""
    profiles = tuple(profile(job.text) for job in steps(progress, "reading ads", jobs))
    groups = tuple(job.fields.get(grouped_by, "") for job in jobs)
    percentiles = against_occupation(profiles, groups)
    ids = tuple(job.id for job in jobs)
    return WordingEvidence(ids, groups, profiles, percentiles, _words(jobs, progress))


def _words(jobs: Sequence[Job], progress: Progress | None) -> tuple[FoundWords, ...]:
    """Everything found in the ads, titles included, by the words."""
    found: dict[tuple[str, str, str], list[tuple[str, Finding]]] = {}
    for job in steps(progress, "checking ads", jobs):
        said = "" if job.text.startswith(job.title) else f"{job.title}\n\n"
        for one in check(said + job.text):
            words = " ".join(one.text.lower().split())
            found.setdefault((words, one.severity, one.kind), []).append((job.id, one))
    rows: list[FoundWords] = []
    for (words, _, kind), hits in found.items():
        ads, (first, one) = len({ad for ad, _ in hits}), hits[0]
        new, ask = one.suggestion, one.decision
        row = FoundWords(words, one.severity, kind, one.lean, ads, len(hits), new, ask, first)
        rows.append(row)
    rank = list(SEVERITIES)
    return tuple(sorted(rows, key=lambda one: (rank.index(one.severity), -one.ads, one.words)))


def with_effects(
    wording: WordingEvidence,
    jobs: Sequence[Job],
    effects: Mapping[str, Mapping[str, FloatArray]],
    settings: AuditSettings,
    progress: Progress | None = None,
) -> WordingEvidence:
    """The same with how each score goes together with the lean of the lists."""
    place = {job: index for index, job in enumerate(wording.job_ids)}
    rows: IntArray = np.array([place[job.id] for job in jobs], dtype=np.int64)
    within = WithinGroups(
        [wording.groups[int(row)] for row in rows], settings.resamples, settings.seed
    )
    scores = {key: wording.scores(key)[rows] for key in SCORES}
    found = tuple(
        Agreement(key, attribute, contrast, within.correlation(values, lean))
        for attribute, contrasts in effects.items()
        for contrast, lean in contrasts.items()
        for key, values in scores.items()
    )
    stems = _stems([job.text for job in jobs], effects, settings, progress)
    return replace(wording, agreements=found, stems=stems)


def _stems(
    texts: Sequence[str],
    effects: Mapping[str, Mapping[str, FloatArray]],
    settings: AuditSettings,
    progress: Progress | None,
) -> tuple[StemAgreement, ...]:
    """Every stem list, for the first contrast of attributes with ads on both sides."""
    draws, seed = settings.resamples, settings.seed
    firsts = [
        (name, contrast, lean)
        for name, contrasts in effects.items()
        for contrast, lean in [*contrasts.items()][:1]
        if (lean > 0).any() and (lean < 0).any()
    ]
    if not firsts:
        return ()
    counts = {
        name: stem_counts(texts, stems)
        for name, stems in steps(progress, "wording and lists", [*STEM_LISTS.items()])
    }
    return tuple(
        StemAgreement(
            name,
            attribute,
            contrast,
            odds_ratio(
                rows[lean > 0], rows[lean < 0], resamples=draws, permutations=draws, seed=seed
            ),
        )
        for attribute, contrast, lean in firsts
        for name, rows in counts.items()
    )
