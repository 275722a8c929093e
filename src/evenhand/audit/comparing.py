"""Which systems are compared with which, and over which ads.

Not a measure: ``measure.comparison`` does the comparing. This file picks the ads that parity is
judged on, names the pairs and cuts the lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.errors import BadInput
from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.comparison import ORIGINAL, Comparison, compare_rankings
from evenhand.measure.paired import Margins, QualityCheck
from evenhand.measure.rows import Rows
from evenhand.records.candidate import Pool
from evenhand.records.job import Job
from evenhand.records.pace import Progress

Pair = tuple[str, str]
"""Names of the systems before and after."""


@dataclass(frozen=True)
class Settings:
    """What the measures are told; see ``evaluation.evaluate``."""

    by: tuple[str, ...]
    top: int
    also_top: int | None
    resamples: int
    seed: int
    min_group: int
    grouped_by: str
    margins: Margins | None


@dataclass(frozen=True)
class Material:
    """Ads, people and the lists of every system.

    Attributes:
        jobs: The ads given.
        pool: The people.
        qualified: Shape ``(jobs, people)``.
        lists: By system, ``original`` among them, over all ads given.
    """

    jobs: Sequence[Job]
    pool: Pool
    qualified: BoolArray
    lists: Mapping[str, Rankings]

    def where(self, keep: BoolArray, systems: Sequence[str]) -> Material:
        """Some of the ads and systems."""
        return Material(
            [job for job, one in zip(self.jobs, keep, strict=True) if one],
            self.pool,
            self.qualified[keep],
            {name: _rows(self.lists[name], keep) for name in systems},
        )


def check_names(words: Mapping[str, object], lists: Mapping[str, object]) -> None:
    """Refuse names that are taken.

    Raises:
        BadInput: A system is called ``original``, or two have the same name.
    """
    for name in [*words, *lists]:
        if name == ORIGINAL:
            raise BadInput(f"{ORIGINAL!r} names the ads as they were; give the system another name")
        if name in words and name in lists:
            raise BadInput(f"two systems are called {name!r}; give one of them another name")


def judged_ads(jobs: Sequence[Job], groups: Sequence[str] | None, grouped_by: str) -> BoolArray:
    """Which ads the parity figures rest on, shape ``(jobs,)``.

    Raises:
        BadInput: There are no ads, or none is of the groups named.
    """
    if not jobs:
        raise BadInput("there are no ads to evaluate; check the file and its filters")
    if groups is None:
        return np.ones(len(jobs), dtype=np.bool_)
    judged = np.array([job.fields.get(grouped_by, "") in groups for job in jobs], dtype=np.bool_)
    if not judged.any():
        raise BadInput(
            f"no ad is of the judged groups {', '.join(groups)}; name groups that the ads have in "
            f"{grouped_by!r}"
        )
    return judged


def pairs_of(systems: Sequence[str], primary: Pair) -> list[Pair]:
    """The comparisons, the primary one first.

    Where a system of ``primary`` is absent, every system is compared with the original.

    Args:
        systems: Names, ``original`` not among them.
        primary: The system that the claim is about and the one it must beat (which may be
            ``original``).
    """
    focus, rival = primary
    if focus not in systems or rival not in (ORIGINAL, *systems):
        return [(ORIGINAL, name) for name in systems]
    others = [name for name in (ORIGINAL, *systems) if name not in primary]
    return [(rival, focus), *((name, focus) for name in others)]


def first_repeats(systems: Sequence[str], rows: Rows | None) -> list[str]:
    """The systems without the further repeats of a row, which aren't compared by themselves."""
    repeats = [] if rows is None else list(rows.repeats.values())
    further = {name for names in repeats for name in names[1:]}
    return [name for name in systems if name not in further]


def compare(
    material: Material,
    pairs: Sequence[Pair],
    settings: Settings,
    rows: Rows | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Measure every system and what changed between the pairs, and between rows if given.

    Raises:
        MeasureError: A measure is undefined for these ads and people.
    """
    lists = dict(material.lists)
    return compare_rankings(
        lists.pop(ORIGINAL),
        lists,
        material.jobs,
        material.pool,
        material.qualified,
        by=settings.by,
        pairs=pairs,
        top=settings.top,
        resamples=settings.resamples,
        seed=settings.seed,
        min_group=settings.min_group,
        also_top=settings.also_top,
        grouped_by=settings.grouped_by,
        margins=settings.margins,
        rows=rows,
        progress=progress,
    )


def quality_elsewhere(
    material: Material, judged: BoolArray, focus: str, settings: Settings
) -> tuple[QualityCheck, ...]:
    """NDCG of one system against the original on groups of ads that parity isn't judged on."""
    keep = ~judged & material.qualified.any(axis=1)
    if not keep.any():
        return ()
    two = material.where(keep, [ORIGINAL, focus])
    return compare(two, [(ORIGINAL, focus)], settings).pairs[0].quality[1:]


def _rows(rankings: Rankings, keep: BoolArray) -> Rankings:
    ids = tuple(job for job, one in zip(rankings.query_ids, keep, strict=True) if one)
    return Rankings(ids, rankings.candidate_ids, rankings.positions[keep], rankings.scores[keep])
