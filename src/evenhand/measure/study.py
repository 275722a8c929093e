"""What is held fixed while lists are measured, and R with all that luck could have made of it.

A ``Design`` says who is compared with whom over which ads, ``estimate_ratios`` gives every R of a
set of lists with interval, null and p-value; ``Attended`` are lists with what places are worth in
place of counts. ``Case`` is one attribute at one cut, for the families; ``Study`` is every
attribute and the weights that all systems share: it leaves out ads that nobody is qualified for and
says so. Formulas of single measures stand elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.counts import (
    Codes,
    Groups,
    Labels,
    Lists,
    Prefixes,
    Relevance,
    Scopes,
    Selection,
    check_labels,
    count_prefixes,
    discounts,
    divide,
    encode_labels,
    labels_of,
    make_scopes,
    prepare_lists,
    qualified_hits,
    relabelled_counts,
    relabelled_pool,
    top_positions,
    weighted_counts,
)
from evenhand.measure.figure import NO_INTERVAL, Figure
from evenhand.measure.ratio import (
    Contrast,
    Ratio,
    Sides,
    contrasts_of,
    corrected_log_ratio,
    macro_ratio,
    ratio_from_sums,
    sides_of,
    stratified_ratio,
    stratum_terms,
)
from evenhand.measure.resample import (
    ResampleWeights,
    deviation,
    draw_weights,
    interval_of,
    mean_figures,
    movable_share,
    permutation_p,
    permutation_strata,
    permuted_codes,
    resampled,
    under_null,
)
from evenhand.records.job import Job
from evenhand.records.people import Pool

State = TypeVar("State")
MACRO = "macro"
SMALL_CELL = 5
"""Cells of fewer people are masked."""
POWER_OF_80 = 0.841621
"""Standard errors beyond the edge of chance at which an effect is seen in 80 % of cases."""
_POWER = 1.959964 + POWER_OF_80
"""Standard errors between parity and an effect seen at .05, two-sided, with 80 % power."""
SHUFFLES = 200
"""Most shuffles that measures are recomputed for."""


@dataclass(frozen=True)
class Design:
    """Who is compared with whom, over which ads: all that doesn't depend on a ranking."""

    qualified: BoolArray  # Shape ``(jobs, people)``
    groups: Groups
    scopes: Scopes
    contrasts: tuple[Contrast, ...]
    min_group: int  # Fewest qualified people on either side for a scope to be judged
    null_codes: NDArray[np.int16]  # Shape ``(permutations, people)``: shuffled labels

    @cached_property
    def people(self) -> IntArray:
        """Distinct qualified people, shape ``(scopes, groups)``."""
        members, scopes = self.groups.indicators(), self.scopes.membership.T
        found = [members[self.qualified[ads].any(axis=0)].sum(axis=0) for ads in scopes]
        return np.array(found, dtype=np.int64)

    @cached_property
    def sides(self) -> Sides:
        """The contrasts as columns over groups."""
        return sides_of(self.groups.columns, self.contrasts)

    @property
    def labels(self) -> Labels:
        """The labels that it was made of, shape ``(people,)``."""
        return np.array(self.groups.columns, dtype=np.str_)[self.groups.codes]

    @property
    def smaller_side(self) -> IntArray:
        """Qualified people on the smaller side, shape ``(contrasts, scopes)``."""
        sides = self.sides
        smaller = np.minimum(self.people @ sides.group, self.people @ sides.reference)
        return smaller.T.astype(np.int64)

    @property
    def judged(self) -> BoolArray:
        """Which scopes have enough people for each contrast, shape ``(contrasts, scopes)``."""
        return self.smaller_side >= self.min_group


def make_design(
    labels: Labels,
    qualified: BoolArray,
    groups_of_jobs: Sequence[str],
    *,
    reference: str = "",
    min_group: int = 20,
    permutations: int = 1000,
    seed: int = 0,
) -> Design:
    """Lay out a comparison, without contrasts for a single value; ``reference`` as there."""
    groups = encode_labels(labels)
    alone = len(groups.values) < 2 and not reference
    strata = permutation_strata(qualified, groups)
    return Design(
        qualified,
        groups,
        make_scopes(groups_of_jobs),
        () if alone else contrasts_of(groups.values, reference),
        min_group,
        permuted_codes(groups, strata, permutations, seed),
    )


@dataclass(frozen=True)
class Estimate:
    """A figure with what luck could have made of it."""

    value: float  # NaN where undefined or not judged
    interval: tuple[float, float] = NO_INTERVAL  # 95 %, two-way bootstrap
    null_interval: tuple[float, float] = NO_INTERVAL  # Of 95 % of the figures by chance alone
    p_value: float = math.nan  # Two-sided, from the permutation null
    # The ratio above 1 that would be told from parity with 80 % power (its reciprocal below 1
    # likewise), from the bootstrap's standard error
    detectable: float = math.nan
    reason: str = ""  # Why the value is 0, undefined or withheld; empty otherwise


@dataclass(frozen=True)
class RatioTable:
    """R of every contrast in every scope; the last scope is the macro ratio."""

    design: Design
    scopes: tuple[str, ...]
    ratios: tuple[tuple[Ratio, ...], ...]  # ``ratios[contrast][scope]``
    replicates: FloatArray  # Corrected logs, shape ``(resamples, contrasts, scopes)``
    null: FloatArray  # The same under shuffled labels

    @property
    def logs(self) -> FloatArray:
        """Corrected logs of the point values, shape ``(contrasts, scopes)``."""
        return np.array([[ratio.corrected_log for ratio in row] for row in self.ratios])

    def judged(self, contrast: int, scope: int) -> bool:
        """Whether there are enough people; the macro ratio needs one judged group."""
        judged = self.design.judged[contrast]
        return bool(judged[1:].any()) if scope == len(judged) else bool(judged[scope])

    def estimate(self, contrast: int, scope: int) -> Estimate:
        """One R with its interval, null and p-value; withheld where it isn't judged."""
        ratio = self.ratios[contrast][scope]
        if not self.judged(contrast, scope):
            return Estimate(math.nan, reason=self._why_not_judged(contrast, scope))
        if math.isnan(ratio.corrected_log):
            return Estimate(math.nan, reason=ratio.reason)
        replicates, null = self.replicates[:, contrast, scope], self.null[:, contrast, scope]
        # Resampling people can't invent a hit: where a sum is 0 there is no honest interval.
        whole = math.isfinite(ratio.log) or self.scopes[scope] == MACRO
        return Estimate(
            ratio.value,
            exp_interval(replicates) if whole else NO_INTERVAL,
            exp_interval(null),
            float(permutation_p(np.array(ratio.corrected_log), null)),
            math.exp(min(700.0, _POWER * deviation(replicates))) if whole else math.nan,
            ratio.reason,
        )

    def _why_not_judged(self, contrast: int, scope: int) -> str:
        if scope == len(self.design.scopes.names):
            return "no group of ads has enough people to be judged"
        people = int(self.design.smaller_side[contrast, scope])
        # A handful of people is never counted out loud: the same cells are masked in reports.
        shown = f"fewer than {SMALL_CELL}" if people < SMALL_CELL else str(people)
        return (
            f"not judged: {shown} qualified people on the smaller side, "
            f"{self.design.min_group} needed"
        )


def exp_interval(logs: FloatArray) -> tuple[float, float]:
    """The percentile interval of logs, as ratios."""
    low, high = interval_of(logs)
    return math.exp(low), math.exp(high)


def estimate_ratios(
    design: Design, rankings: Rankings, k: int, weights: ResampleWeights
) -> RatioTable:
    """R of every contrast and scope in one set of lists.

    ``weights`` of the bootstrap are the same for all systems that are compared.
    """
    lists = prepare_lists(rankings, design.qualified, design.groups, k)
    return ratios_of(design, lists, weights)


def ratios_of(design: Design, lists: Lists, weights: ResampleWeights) -> RatioTable:
    """The same of lists that were prepared already."""
    selected, pool = weighted_counts(lists, np.ones((1, len(design.groups.codes))))
    scopes = design.scopes.membership
    points = _sums(selected, pool, design.sides, scopes[None].astype(np.float64))[:, 0]
    boot = resampled_logs(lists, weights, design.sides, scopes)
    null = relabelled_logs(lists, design.null_codes, design.sides, scopes, pool)
    return RatioTable(
        design,
        (*design.scopes.names, MACRO),
        tuple(_point_ratios(design, points, index) for index in range(len(design.contrasts))),
        _with_macro(design, boot),
        _with_macro(design, null),
    )


def resampled_logs(
    lists: Lists, weights: ResampleWeights, sides: Sides, scopes: BoolArray
) -> FloatArray:
    """Corrected logs with other people and ads, shape ``(resamples, contrasts, scopes)``."""

    def logs(shown: FloatArray, pool: FloatArray, ads: FloatArray) -> FloatArray:
        return corrected_log_ratio(_sums(shown, pool, sides, ads[:, :, None] * scopes))

    return resampled(lists, weights, logs)


def relabelled_logs(
    lists: Lists, codes: Codes, sides: Sides, scopes: BoolArray, pool: FloatArray | None = None
) -> FloatArray:
    """Corrected logs with other labels, shape ``(shuffles, contrasts, scopes)``.

    ``pool`` is given where labels were shuffled within pools, which leaves those as they are.
    """
    once = scopes[None].astype(np.float64)

    def logs(labelled: Codes) -> FloatArray:
        brought = relabelled_pool(lists, labelled) if pool is None else pool
        return corrected_log_ratio(_sums(relabelled_counts(lists, labelled), brought, sides, once))

    return np.concatenate(under_null(codes, logs, lists.chunk_size()))


def _sums(selected: FloatArray, pool: FloatArray, sides: Sides, ads: FloatArray) -> FloatArray:
    """Terms of R summed over weighted ads, shape ``(4, resamples, contrasts, scopes)``."""
    terms = stratum_terms(selected, pool, sides)
    return np.asarray(terms.transpose(0, 1, 3, 2) @ ads, dtype=np.float64)


def _with_macro(design: Design, logs: FloatArray) -> FloatArray:
    """The logs and, last, their mean over the judged groups of ads."""
    judged = design.judged.copy()
    judged[:, 0] = False
    count = judged.sum(axis=1)
    total: FloatArray = np.where(judged, logs, 0.0).sum(axis=2)
    macro = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return np.concatenate([logs, macro[:, :, None]], axis=2)


def _point_ratios(design: Design, sums: FloatArray, index: int) -> tuple[Ratio, ...]:
    """R of one contrast in every scope, and the macro ratio over the judged groups."""
    contrast, names = design.contrasts[index], design.scopes.names
    ratios = [ratio_from_sums(sums[:, index, scope], contrast) for scope in range(len(names))]
    judged = {
        name: ratio
        for name, ratio, enough in zip(names, ratios, design.judged[index], strict=True)
        if enough and name != names[0]
    }
    return (*ratios, macro_ratio(judged))


@dataclass(frozen=True)
class Attended(Lists):
    """Lists in which a place gives attention and people bring what should earn it.

    ``(A_g / B_g) / (A_r / B_r)`` in one ad; A sums what the places of a group's people are worth, B
    what the group brings. Over ads it is R with A for people shown and B for people in the pool, so
    that ads where one side brings nothing drop out.
    """

    nothing: str = "nobody is qualified for any ad"  # What to say where nobody brings anything

    @property
    def means(self) -> FloatArray:
        """Attention for what is brought, shape ``(jobs, groups)``."""
        return divide(*self.sums)

    def ratio(self, contrast: Contrast, jobs: BoolArray | None = None) -> Ratio:
        """The ratio of one contrast over ads (a mask; all by default)."""
        found = stratified_ratio(*self.sums, self.groups.columns, contrast, jobs)
        if math.isnan(found.corrected_log):
            return replace(found, reason=f"{self.nothing} on both sides of {contrast}")
        return found


def attend(
    rankings: Rankings,
    counted: BoolArray,
    worth: FloatArray,
    brought: Relevance,
    labels: Labels,
    nothing: str,
) -> Attended:
    """Lists for sums of attention over ``counted`` people, ``(jobs, people)``.

    Places 1 to k are worth the same in every ad (``(k,)``) or not (``(jobs, k)``).
    """
    check_labels(labels, len(rankings.candidate_ids))
    k = worth.shape[-1]
    hits = qualified_hits(rankings, counted, k)
    if brought.shape != counted.shape or bool((brought < 0).any()):
        raise MeasureError(
            f"relevance must be 0 or more and of shape {counted.shape}, one number an ad and "
            f"person; it has shape {brought.shape}"
        )
    positions = np.where(hits, top_positions(rankings, k), 0)
    gains = np.broadcast_to(worth[..., : hits.shape[1]], hits.shape) * hits
    return Attended(positions, gains, brought, encode_labels(labels), nothing)


def count_exposure(lists: Lists) -> Attended:
    """Exposure of qualified people: place r is worth ``1 / log2(1 + r)``, nothing beyond k.

    Its ratio is R with these amounts for counts (demographic parity of exposure, Singh and Joachims
    2018, stratified by ad). It takes a logarithmic reader for granted; R does not.
    """
    worth = lists.worth * discounts(lists.worth.shape[1])
    return Attended(lists.positions, worth, lists.brought, lists.groups)


@dataclass(frozen=True)
class Depths:
    """Observed over expected, by place and group."""

    groups: tuple[str, ...]  # The known values, sorted
    ratio: FloatArray  # Shape ``(places, groups)``


def shown_by_depth(lists: Lists) -> Depths:
    """How often each group is shown in the first 1, 2, … places, as a multiple of parity.

    ``D_g(r) = Σ_j a_jg(r) / Σ_j n_j(r) F_jg / N_j``: the first r places of ad j hold ``a_jg(r)``
    qualified people of group g and ``n_j(r)`` of any known group, its pool ``F_jg`` and ``N_j``.
    Not a test: it shows *where* in the lists a gap lies. NaN where nobody is shown yet.
    """
    known = lists.groups.indicators()[:, :-1]
    shown = (known[lists.positions] * lists.worth[:, :, None]).cumsum(axis=1)
    pool = lists.brought @ known
    share = np.nan_to_num(divide(pool, pool.sum(axis=1, keepdims=True)))
    expected = np.einsum("jk,jg->kg", shown.sum(axis=2), share)
    return Depths(lists.groups.values, divide(shown.sum(axis=0), expected))


def ad_effects(selection: Selection, contrast: Contrast) -> FloatArray:
    """How far each ad's list leans to the group, in standard deviations of a fair draw.

    ``(a - E) / sd`` with mean and variance of the hypergeometric distribution of the places; NaN
    without people of both sides, or where the list shows nobody or everybody. One ad says little:
    it is made for setting many ads against something else that they have.
    """
    sides = sides_of(selection.groups, [contrast])
    both = np.concatenate([sides.group, sides.reference], axis=1)
    shown, pool = selection.selected @ both, selection.pool @ both
    places, people = shown.sum(axis=1), pool.sum(axis=1)
    share = divide(pool[:, 0], people)
    left = divide(people - places, np.maximum(people - 1.0, 1.0))
    variance = places * share * (1.0 - share) * left
    return divide(shown[:, 0] - places * share, np.sqrt(np.where(variance > 0, variance, 0.0)))


@dataclass(frozen=True, eq=False)
class Case:
    """One attribute's lists at one cut, with what families of measures count in them: each once."""

    design: Design
    rankings: Rankings
    k: int
    weights: ResampleWeights
    attribute: str
    seed: int = 0  # Of what is drawn beyond weights and shuffled labels
    shuffles: int = SHUFFLES
    by_scope: bool = False  # Whether families give figures of every group of ads too

    @cached_property
    def lists(self) -> Lists:
        """The lists, whose qualified people are counted."""
        return prepare_lists(self.rankings, self.design.qualified, self.design.groups, self.k)

    @cached_property
    def selection(self) -> Selection:
        """Who is shown of every group, and who could be."""
        return self.lists.selection()

    @cached_property
    def prefixes(self) -> Prefixes:
        """What stands in the first places of every list."""
        return count_prefixes(self.lists, self.seed)

    @cached_property
    def exposure(self) -> Attended:
        """Exposure of qualified people."""
        return count_exposure(self.lists)

    @cached_property
    def table(self) -> RatioTable:
        """R of every contrast and scope of the design."""
        return ratios_of(self.design, self.lists, self.weights)

    @cached_property
    def shuffled(self) -> FloatArray:
        """Who is shown under shuffled labels, shape ``(shuffles, jobs, groups)``."""
        return relabelled_counts(self.lists, self.null_codes)

    @property
    def null_codes(self) -> NDArray[np.int16]:
        """Shuffled labels that measures are recomputed for."""
        return self.design.null_codes[: self.shuffles]

    @property
    def scopes(self) -> Scopes:
        """The sets of ads that families give figures of."""
        return self.design.scopes if self.by_scope else self.design.scopes.overall

    def not_comparable(self, measures: Sequence[str]) -> list[Figure]:
        """Why groups can't be compared, for each measure; empty where they can."""
        values = self.design.groups.values
        if len(values) > 1:
            return []
        known = f"the only known value is {values[0]}" if values else "nobody's value is known"
        reason = f"groups can't be compared: {known}"
        return [Figure(measure, math.nan, self.attribute, reason=reason) for measure in measures]

    def figure(self, measure: str, variant: str = "") -> Figure:
        """A figure of this attribute and cut, still without a value."""
        return Figure(measure, math.nan, self.attribute, variant=f"top {self.k}{variant}")

    def cells(self) -> Iterator[tuple[int, int, str, str]]:
        """Every contrast and scope: their places and names."""
        for index, contrast in enumerate(self.design.contrasts):
            for scope, name in enumerate(self.scopes.names):
                yield index, scope, str(contrast), name

    def averaged(
        self,
        measures: Sequence[AdMeasure[State]],
        state: Callable[[Codes], State],
        step: int,
    ) -> list[Figure]:
        """The means over ads of measures that have one value an ad.

        Args:
            measures: They share a state, which is found once for all of them.
            state: What labels (codes of ``(..., people)``) make of the lists.
            step: Shuffles at once.
        """

        def values(codes: Codes) -> list[FloatArray]:
            found = state(codes)
            return [one.values(found) for one in measures]

        design, figures = self.design, list[Figure]()
        shuffled = under_null(self.null_codes, values, step)
        drawn = [np.concatenate(null) for null in zip(*shuffled, strict=True)]
        for one, observed, null in zip(measures, values(design.groups.codes), drawn, strict=True):
            template = self.figure(one.measure, one.variant)
            given = one.cells, observed, null, self.scopes, self.weights
            figures += mean_figures(template, *given, one.undefined)
        return figures


@dataclass(frozen=True)
class AdMeasure(Generic[State]):
    """A measure that has one value an ad and cell."""

    measure: str
    variant: str
    cells: tuple[str, ...]
    values: Callable[[State], FloatArray]  # Of shape ``(..., jobs, cells)``
    undefined: str  # The reason where no ad has a value


_FEW_MOVABLE = 0.5


@dataclass(frozen=True)
class Options:
    """How to measure."""

    by: tuple[str, ...]  # Attributes, each a column of the people or several joined by ``*``
    top: int  # The headline cut
    also_top: int | None  # Another cut beside it where it is smaller; None for none
    resamples: int  # Of the bootstrap, and permutations of the null
    seed: int  # Of both
    min_group: int  # Fewest qualified people on either side for a scope to be judged
    grouped_by: str  # Field of the ads that holds their occupation group
    reference: Mapping[str, str]  # Attribute to the value that the others are set against
    shuffles: int = SHUFFLES  # Most shuffles that measures are recomputed for

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
    """Ads, people and weights, ready for any rankings of them."""

    options: Options  # How to measure
    job_ids: tuple[str, ...]  # Ids of all ads, in order
    people: tuple[str, ...]  # Ids of the pool, in order
    keep: BoolArray  # Shape ``(all ads,)``: ads that somebody is qualified for
    qualified: BoolArray  # Shape ``(kept ads, people)``
    relevance: Relevance  # Shape ``(kept ads, people)``: what nDCG gains
    scopes: Scopes  # Over the kept ads
    designs: Mapping[str, Design]  # By attribute
    weights: ResampleWeights  # Of the bootstrap, shared by all systems
    notes: tuple[str, ...]  # What was left out or isn't judged

    def case(self, rankings: Rankings, attribute: str, cut: int) -> Case:
        """One attribute at one cut of rankings of the kept ads."""
        luck = self.weights, attribute, self.options.seed, self.options.shuffles
        return Case(self.designs[attribute], rankings, cut, *luck)

    def lists(self, rankings: Rankings, name: str = "") -> Rankings:
        """The rankings of the kept ads."""
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
    """Lay out a measurement."""
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
