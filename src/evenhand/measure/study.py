"""What is held fixed while lists are measured: ads, people, groups, cuts, weights.

Checks that rankings, jobs, pool and qualification are about the same ads and people, leaves out
ads that nobody is qualified for, and says in notes what it left out. Not a measure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.bootstrap import ResampleWeights, draw_weights
from evenhand.measure.estimates import Design, Scopes, make_design, make_scopes
from evenhand.measure.labels import encode_labels, labels_of
from evenhand.measure.mantel_haenszel import contrasts_of
from evenhand.measure.permutation import movable_share
from evenhand.measure.quality import Relevance
from evenhand.records.candidate import Pool
from evenhand.records.job import Job

_FEW_MOVABLE = 0.5


@dataclass(frozen=True)
class Options:
    """How to measure.

    Attributes:
        by: Attributes, each a column of the people or several joined by ``*``.
        top: The headline cut.
        also_top: Another cut beside it where it is smaller; None for none.
        resamples: Of the bootstrap, and permutations of the null.
        seed: Of both.
        min_group: Fewest qualified people on either side for a scope to be judged.
        grouped_by: Field of the ads that holds their occupation group.
        reference: Attribute to the value that the others are set against.
    """

    by: tuple[str, ...]
    top: int
    also_top: int | None
    resamples: int
    seed: int
    min_group: int
    grouped_by: str
    reference: Mapping[str, str]

    def within(self, people: int) -> Options:
        """The same with no list longer than there are people."""
        return replace(self, top=min(self.top, people))

    @property
    def cuts(self) -> tuple[int, ...]:
        """The cuts, the headline first."""
        beside = self.also_top
        return (self.top, beside) if beside is not None and beside < self.top else (self.top,)


@dataclass(frozen=True)
class Study:
    """Ads, people and weights, ready for any rankings of them.

    Attributes:
        options: How to measure.
        job_ids: Ids of all ads, in order.
        people: Ids of the pool, in order.
        keep: Shape ``(all ads,)``: ads that somebody is qualified for.
        qualified: Shape ``(kept ads, people)``.
        relevance: Shape ``(kept ads, people)``: what nDCG gains.
        scopes: Over the kept ads.
        designs: By attribute.
        weights: Of the bootstrap, shared by all systems.
        notes: What was left out or isn't judged.
    """

    options: Options
    job_ids: tuple[str, ...]
    people: tuple[str, ...]
    keep: BoolArray
    qualified: BoolArray
    relevance: Relevance
    scopes: Scopes
    designs: Mapping[str, Design]
    weights: ResampleWeights
    notes: tuple[str, ...]

    def lists(self, rankings: Rankings, name: str = "") -> Rankings:
        """The rankings of the kept ads.

        Raises:
            MeasureError: If they aren't about the ads and people of the study.
        """
        of = f" of {name!r}" if name else ""
        if rankings.query_ids != self.job_ids:
            raise MeasureError(
                f"the rankings{of} are about other ads, or in another order, than the jobs given; "
                "rank these jobs again"
            )
        if rankings.candidate_ids != self.people:
            raise MeasureError(
                f"the rankings{of} are over other people, or in another order, than the pool "
                "given; rank this pool again"
            )
        ids = tuple(job for job, kept in zip(self.job_ids, self.keep, strict=True) if kept)
        return Rankings(ids, self.people, rankings.positions[self.keep], rankings.scores[self.keep])


def prepare_study(
    jobs: Sequence[Job],
    pool: Pool,
    qualified: BoolArray,
    options: Options,
    relevance: Relevance | None = None,
) -> Study:
    """Lay out a measurement.

    Args:
        jobs: The ads, in the order of the rankings.
        pool: The people.
        qualified: Shape ``(jobs, people)``.
        options: How to measure.
        relevance: Grades for nDCG, of the same shape; by default the qualified are relevant.

    Raises:
        MeasureError: If shapes don't fit, relevance disagrees with qualification, nobody is
            qualified for any ad, or an attribute is absent or has fewer than two values.
    """
    if not options.by:
        raise MeasureError("no attribute was named; name at least one column of the people")
    if qualified.shape != (len(jobs), len(pool)):
        raise MeasureError(
            f"the qualification table has shape {qualified.shape} for {len(jobs)} ads and "
            f"{len(pool)} people; it must have a row an ad and a column a person"
        )
    if relevance is not None and not np.array_equal(relevance > 0, qualified):
        raise MeasureError(
            "relevance and qualification disagree; the people of relevance above 0 must be the "
            "qualified ones"
        )
    notes = notes_on_length(options.top, len(pool))
    options = options.within(len(pool))
    keep: BoolArray = np.asarray(qualified.any(axis=1), dtype=np.bool_)
    if not keep.any():
        raise MeasureError(
            f"nobody in the pool is qualified for any of the {len(jobs)} ads; check which column "
            "or judgements say who is qualified"
        )
    kept = [job for job, one in zip(jobs, keep, strict=True) if one]
    groups = [job.fields.get(options.grouped_by, "") for job in kept]
    designs = {name: _design(name, pool, qualified[keep], groups, options) for name in options.by}
    notes += _notes_on_ads(jobs, keep)
    for name, design in designs.items():
        notes += _notes_on_people(name, design)
    return Study(
        options=options,
        job_ids=tuple(job.id for job in jobs),
        people=pool.ids,
        keep=keep,
        qualified=qualified[keep],
        relevance=qualified[keep] if relevance is None else relevance[keep],
        scopes=make_scopes(groups),
        designs=designs,
        weights=draw_weights(len(pool), groups, options.resamples, options.seed),
        notes=tuple(notes),
    )


def _design(
    attribute: str, pool: Pool, qualified: BoolArray, groups: Sequence[str], options: Options
) -> Design:
    """The comparison of one attribute; its errors name the attribute."""
    labels = labels_of(pool, attribute)
    reference = options.reference.get(attribute, "")
    try:
        contrasts_of(encode_labels(labels).values, reference)
    except MeasureError as error:
        raise MeasureError(f"{attribute}: {error}") from None
    return make_design(
        labels,
        qualified,
        groups,
        reference=reference,
        min_group=options.min_group,
        permutations=options.resamples,
        seed=options.seed,
    )


def notes_on_length(top: int, people: int) -> list[str]:
    """A sentence where lists are to be longer than there are people."""
    if top <= people:
        return []
    return [
        f"lists of {top:,} were asked for and there are {people:,} people, so lists are of "
        f"{people:,} and hold everybody"
    ]


def _notes_on_ads(jobs: Sequence[Job], keep: BoolArray) -> list[str]:
    left_out = [job.id for job, kept in zip(jobs, keep, strict=True) if not kept]
    if not left_out:
        return []
    more = f" and {len(left_out) - 5} more" if len(left_out) > 5 else ""
    return [
        f"{len(left_out)} of {len(jobs)} ads have no qualified people and are left out: "
        f"{', '.join(left_out[:5])}{more}"
    ]


def _notes_on_people(attribute: str, design: Design) -> list[str]:
    notes: list[str] = []
    unknown, known = int(design.people[0, -1]), int(design.people[0, :-1].sum())
    if unknown:
        share = unknown / (unknown + known)
        notes.append(
            f"{attribute}: unknown for {share:.0%} of the qualified people; they have a row of "
            "their own and are in no comparison"
        )
    for index, contrast in enumerate(design.contrasts):
        names = np.array(design.scopes.names)[~design.judged[index]]
        if len(names):
            notes.append(
                f"{attribute}, {contrast}: not judged in {', '.join(names)} (fewer than "
                f"{design.min_group} qualified people on one side)"
            )
    movable = movable_share(design.qualified, design.groups)
    if movable < _FEW_MOVABLE:
        notes.append(
            f"{attribute}: only {movable:.0%} of the qualified people share their qualifications "
            "with somebody of another value, so the permutation null says little"
        )
    return notes
