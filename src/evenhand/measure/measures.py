"""Measure one engine's lists: parity by attribute with intervals and nulls, and ranking quality.

The front door of the room for reports and commands. In JSON an undefined number is ``null``, and
counts of a cell of fewer than five people are masked (``"<5"``). Totals over cells can still give a
masked count away: don't publish tables of small pools side by side.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, Rankings
from evenhand.measure.counts import (
    OVERALL,
    Relevance,
    Selection,
    divide,
    ndcg,
    precision,
    recall,
    reciprocal_rank,
)
from evenhand.measure.families.lists import absent, ndkl, paper_ratios, skew
from evenhand.measure.figure import as_json, fields_as_json
from evenhand.measure.resample import mean_interval, mean_where_defined, movable_share
from evenhand.measure.study import (
    MACRO,
    SMALL_CELL,
    Attended,
    Case,
    Design,
    Estimate,
    Options,
    RatioTable,
    Study,
    prepare_study,
)
from evenhand.records.job import Job
from evenhand.records.outputs import Progress, steps
from evenhand.records.people import Pool
from evenhand.records.result import Grid, Result, Row


@dataclass(frozen=True)
class Average:
    """A mean over ads with its 95 % interval (bootstrap over ads)."""

    value: float  # The mean; NaN where no ad has a value
    interval: tuple[float, float]  # Low and high
    ads: int  # Ads that have a value


@dataclass(frozen=True)
class ValueCounts:
    """What became of the people of one value (or of unknown value) in one scope."""

    value: str  # The value; ``""`` is unknown
    people: int  # Distinct people qualified for any ad of the scope
    pool: int  # Qualified (person, ad) pairs
    selected: int  # Those of them in the top k
    rate: float  # ``selected / pool``; NaN where the pool is empty
    skew: float  # Skew@k averaged over ads, smoothed by one person; NaN for the unknown
    ads_absent: int  # Ads whose top k shows nobody of the value though some are qualified

    def to_json(self) -> dict[str, Any]:
        """All fields; a cell of fewer than five people only says so."""
        if self.people < SMALL_CELL:
            return {"value": self.value, "people": f"<{SMALL_CELL}", "suppressed": True}
        return {**fields_as_json(self), "suppressed": False}


@dataclass(frozen=True)
class ContrastMeasures:
    """One group against its reference."""

    group: str
    reference: str  # Another value, or ``(rest)``
    judged: bool  # Whether both sides have enough people
    ratio: Estimate  # R; 1 is parity
    exposure_ratio: float = math.nan  # R of exposure in place of counts; NaN where not judged


@dataclass(frozen=True)
class ScopeMeasures:
    """One attribute in one scope (all ads, or one occupation group) at one cut."""

    ads: int  # Ads of the scope that somebody is qualified for
    counts: tuple[ValueCounts, ...]  # One row a value and, last, the unknown
    contrasts: tuple[ContrastMeasures, ...]  # The comparisons
    ndkl: float  # NDKL averaged over ads


@dataclass(frozen=True)
class CutMeasures:
    """One attribute at one cut."""

    scopes: Mapping[str, ScopeMeasures]  # ``overall`` and every occupation group
    macro: tuple[ContrastMeasures, ...]  # Mean R of judged groups, one entry a contrast


@dataclass(frozen=True)
class PaperRatio:
    """The papers' impact ratio of one value, averaged over ads, and its exact chance level."""

    value: str
    ratio: float
    chance: float


@dataclass(frozen=True)
class AttributeMeasures:
    """Everything about one attribute."""

    values: tuple[str, ...]  # The known values
    cuts: Mapping[int, CutMeasures]  # By k
    impact_ratio_paper: Mapping[str, tuple[PaperRatio, ...]]  # By scope; empty for lists below 50
    movable_share: float  # Share of the people whose label the permutation null could shuffle


@dataclass(frozen=True)
class Measures(Result):
    """What one engine's lists show."""

    top: int  # The headline cut
    ads: int  # Ads that somebody is qualified for
    people: int  # People in the pool
    resamples: int  # Of the bootstrap, and permutations of the null
    seed: int  # Of both
    min_group: int  # Fewest qualified people on either side for a scope to be judged
    attributes: Mapping[str, AttributeMeasures]  # By name
    quality: Mapping[str, Mapping[str, Average]]  # By scope, then by measure (``ndcg@20``)
    notes: tuple[str, ...]  # What was left out, not judged or unusual, one sentence each

    def contrast(
        self, attribute: str, group: str = "", *, scope: str = OVERALL, top: int | None = None
    ) -> ContrastMeasures:
        """One comparison."""
        try:
            cut = self.attributes[attribute].cuts[self.top if top is None else top]
            found = cut.macro if scope == "macro" else cut.scopes[scope].contrasts
            return next(one for one in found if group in ("", one.group))
        except (KeyError, StopIteration):
            raise MeasureError(
                f"{attribute} {group} in {scope} at top {top or self.top} wasn't measured"
            ) from None

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON-able data, small cells masked."""
        return fields_as_json(self)

    def sentences(self) -> Sequence[str]:
        """R over all ads at the headline cut, then what was left out, not judged or unusual."""
        said = [
            f"R of {one['group']} against {one['reference']} ({one['attribute']}), top {self.top}: "
            f"{one['R']:.2f}, 95 % interval {_between(one['R_interval'])}; 1 is parity."
            for one in self._contrasts()
            if (one["top"], one["scope"]) == (self.top, OVERALL) and one["R"] is not None
        ]
        return (*said, *self.notes)

    def tables(self) -> dict[str, list[Row]]:
        """Every comparison at every cut, and quality by scope; what isn't judged has no figures."""
        quality: list[Row] = [
            {"scope": scope, "measure": name, **fields_as_json(found)}
            for scope, measures in self.quality.items()
            for name, found in measures.items()
        ]
        return {"contrasts": [*self._contrasts()], "quality": quality}

    def shown_table(self) -> Grid:
        """One row a contrast of each scope, at the headline cut."""
        columns = ("scope", "compared", "ads", "R", "95 % interval", "null 95 %", "nDCG@20")
        rows: list[tuple[str, ...]] = []
        for one in self._contrasts():
            if one["top"] != self.top or one["scope"] == "macro":
                continue
            figures = ("not judged", "", "")
            if one["R"] is not None:
                ends = (_between(one[name]) for name in ("R_interval", "null_interval"))
                figures = (f"{one['R']:.2f}", *ends)
            quality = self.quality.get(one["scope"], {}).get("ndcg@20")
            compared = f"{one['group']} / {one['reference']}"
            shown = "" if quality is None else f"{quality.value:.3f}"
            rows.append((one["scope"], compared, str(one["ads"]), *figures, shown))
        return columns, rows

    def _contrasts(self) -> Iterator[Row]:
        for attribute, measures in self.attributes.items():
            for top, cut in measures.cuts.items():
                every = [(name, scope.ads, scope.contrasts) for name, scope in cut.scopes.items()]
                for name, ads, contrasts in (*every, ("macro", None, cut.macro)):
                    for one in contrasts:
                        where = {"attribute": attribute, "top": top, "scope": name, "ads": ads}
                        yield {**where, **_contrast_row(one)}


def _between(ends: Sequence[float | None] | None) -> str:
    """An interval in words; an end that isn't defined is open."""
    low, high = ("…" if end is None else f"{end:.2f}" for end in ends or (None, None))
    return f"{low} to {high}"


def _contrast_row(one: ContrastMeasures) -> Row:
    """A comparison with its figures, all of them None where it isn't judged."""
    known, ratio = one.judged and math.isfinite(one.ratio.value), one.ratio
    figures = {
        "R": ratio.value,
        "R_interval": ratio.interval,
        "null_interval": ratio.null_interval,
        "p_value": ratio.p_value,
        "detectable": ratio.detectable,
        "exposure_ratio": one.exposure_ratio,
    }
    return {
        "group": one.group,
        "reference": one.reference,
        "judged": one.judged,
        **{name: as_json(value) if known else None for name, value in figures.items()},
    }


PAPER_RETRIEVED = 50
SKEW_PRIOR = 1.0
"""People of the pool's composition that smooth the reported Skew@k."""


@dataclass(frozen=True)
class Measured:
    """The measures of one system and what pairing it with another needs."""

    measures: Measures  # The figures
    cases: Mapping[tuple[str, int], Case]  # By attribute and cut, R with its replicates in them
    quality: Mapping[str, FloatArray]  # By measure, one value an ad, shape ``(kept ads,)``
    lists: Rankings  # The rankings of the kept ads


def measure_rankings(
    rankings: Rankings,
    jobs: Sequence[Job],
    pool: Pool,
    qualified: BoolArray,
    *,
    by: Sequence[str],
    top: int = 50,
    resamples: int = 1000,
    seed: int = 0,
    min_group: int = 20,
    also_top: int | None = 20,
    grouped_by: str = "occupation_group",
    reference: Mapping[str, str] | None = None,
    relevance: Relevance | None = None,
    progress: Progress | None = None,
) -> Measures:
    """Measure the parity and quality of an engine's lists.

    Args:
        rankings: The lists, one a job, over the whole pool.
        jobs: The ads, in the order of the rankings.
        pool: The people, in the order of the rankings.
        qualified: Shape ``(jobs, people)``: who is qualified for which ad.
        by: Attributes: columns of the people, or several joined by ``*`` for intersections.
        top: Places that count as shown.
        resamples: Of the bootstrap, and permutations of the null.
        seed: Of both; same input and seed, same figures.
        min_group: Fewest qualified people on either side for a scope to be judged.
        also_top: Another cut to show beside ``top`` where it is smaller; None for none.
        grouped_by: Field of the ads that holds their occupation group.
        reference: Attribute to the value that the others are set against; see ``contrasts_of``.
        relevance: Grades for nDCG, ``(jobs, people)``, above 0 for the qualified.
        progress: Called as ``progress(stage, done, total)``.

    Raises:
        MeasureError: If the inputs aren't about the same ads and people, nobody is qualified for
            any ad, an attribute is absent or has fewer than two values, or lists are too short.
    """
    options = Options(
        tuple(by), top, also_top, resamples, seed, min_group, grouped_by, reference or {}
    )
    study = prepare_study(jobs, pool, qualified, options, relevance)
    return measure_system(study, rankings, progress=progress).measures


def measure_system(
    study: Study, rankings: Rankings, name: str = "", progress: Progress | None = None
) -> Measured:
    """Measure one system's rankings within a study."""
    options = study.options
    lists = study.lists(rankings, name)
    quality = quality_values(lists, study.relevance, options.cuts)
    wanted = [(attribute, cut) for attribute in study.designs for cut in options.cuts]
    cases = {which: study.case(lists, *which) for which in wanted}
    for which in steps(progress, f"measuring {name}".strip(), wanted):
        _ = cases[which].table  # Takes long, and is kept
    attributes = {
        attribute: _measure_attribute(
            design, lists, {cut: cases[attribute, cut] for cut in options.cuts}
        )
        for attribute, design in study.designs.items()
    }
    measures = Measures(
        top=options.top,
        ads=len(lists.query_ids),
        people=len(lists.candidate_ids),
        resamples=options.resamples,
        seed=options.seed,
        min_group=options.min_group,
        attributes=attributes,
        quality=_average_quality(study, quality),
        notes=study.notes + _notes_on_lists(lists, cases),
    )
    return Measured(measures, cases, quality, lists)


def quality_values(
    rankings: Rankings, relevance: Relevance, cuts: Sequence[int]
) -> dict[str, FloatArray]:
    """Quality of every ad by measure: ``mrr`` at the longest cut, the others at every cut."""
    values = {"mrr": reciprocal_rank(rankings, relevance, max(cuts))}
    for cut in cuts:
        values[f"ndcg@{cut}"] = ndcg(rankings, relevance, cut)
        values[f"recall@{cut}"] = recall(rankings, relevance, cut)
        values[f"precision@{cut}"] = precision(rankings, relevance, cut)
    return values


def _average_quality(
    study: Study, quality: Mapping[str, FloatArray]
) -> dict[str, dict[str, Average]]:
    def average(values: FloatArray, members: BoolArray) -> Average:
        inside = np.where(members, values, np.nan)
        interval = mean_interval(inside, study.weights)
        return Average(mean_where_defined(inside), interval, int(members.sum()))

    return {
        name: {measure: average(values, members) for measure, values in quality.items()}
        for name, members in study.scopes.items()
    }


def _measure_attribute(
    design: Design, rankings: Rankings, cases: Mapping[int, Case]
) -> AttributeMeasures:
    return AttributeMeasures(
        values=design.groups.values,
        cuts={cut: _measure_cut(case) for cut, case in cases.items()},
        impact_ratio_paper=_paper(design, rankings),
        movable_share=movable_share(design.qualified, design.groups),
    )


def _measure_cut(case: Case) -> CutMeasures:
    design, table, divergence = case.design, case.table, ndkl(case.lists)
    scopes = {
        name: ScopeMeasures(
            ads=int(members.sum()),
            counts=_counts(design, case.selection, index),
            contrasts=_contrasts(table, index, case.exposure),
            ndkl=mean_where_defined(divergence[members]),
        )
        for index, (name, members) in enumerate(design.scopes.items())
    }
    return CutMeasures(scopes, _contrasts(table, table.scopes.index(MACRO), None))


def _contrasts(
    table: RatioTable, scope: int, exposure: Attended | None
) -> tuple[ContrastMeasures, ...]:
    """The comparisons of one scope; without exposure for the macro ratio."""
    found: list[ContrastMeasures] = []
    for index, contrast in enumerate(table.design.contrasts):
        judged, ratio = table.judged(index, scope), math.nan
        if judged and exposure is not None:
            ratio = exposure.ratio(contrast, table.design.scopes.membership[:, scope]).value
        sides, estimate = (contrast.group, contrast.reference), table.estimate(index, scope)
        found.append(ContrastMeasures(*sides, judged, estimate, ratio))
    return tuple(found)


def _counts(design: Design, selection: Selection, scope: int) -> tuple[ValueCounts, ...]:
    """One row a value and, last, the unknown."""
    jobs = design.scopes.membership[:, scope]
    selected, pool = selection.totals(jobs)
    rates = divide(selected, pool)
    skews = [mean_where_defined(column) for column in skew(selection, prior=SKEW_PRIOR)[jobs].T]
    missing = [int(count) for count in absent(selection)[jobs].sum(axis=0)]
    return tuple(
        ValueCounts(
            value,
            int(design.people[scope, index]),
            int(pool[index]),
            int(selected[index]),
            float(rates[index]),
            [*skews, float("nan")][index],
            [*missing, 0][index],
        )
        for index, value in enumerate(selection.groups)
    )


def _paper(design: Design, rankings: Rankings) -> dict[str, tuple[PaperRatio, ...]]:
    """The papers' ratio by scope; nothing where the lists are too short for it."""
    if not _long_enough_for_paper(rankings):
        return {}
    paper = paper_ratios(rankings, design.labels, retrieved=PAPER_RETRIEVED)
    found: dict[str, tuple[PaperRatio, ...]] = {}
    for name, jobs in design.scopes.items():
        ratios, chance = paper.means(jobs)
        rows = zip(paper.groups, ratios.tolist(), chance.tolist(), strict=True)
        found[name] = tuple(PaperRatio(*row) for row in rows)
    return found


def _long_enough_for_paper(lists: Rankings) -> bool:
    return lists.k >= min(PAPER_RETRIEVED, len(lists.candidate_ids))


def _notes_on_lists(lists: Rankings, cases: Mapping[tuple[str, int], Case]) -> tuple[str, ...]:
    notes: list[str] = []
    if not _long_enough_for_paper(lists):
        notes.append(
            f"impact_ratio_paper is left out: it needs lists of {PAPER_RETRIEVED} places and "
            f"these hold {lists.k}"
        )
    for (attribute, cut), case in cases.items():
        table = case.table
        for contrast, row in enumerate(table.ratios):
            for scope, name in enumerate(table.design.scopes.names):
                if table.judged(contrast, scope) and row[scope].reason:
                    notes.append(f"{attribute}, {name}, top {cut}: {row[scope].reason}")
    return tuple(notes)
