"""What an engine's lists show: parity, order, exposure, single people, single ads and quality.

Puts the families of measures together over one set of rankings; every figure has its interval
and its level by chance from the same weights and shuffles. Nothing is computed or masked here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evenhand.audit.audit import Engine, Ranked
from evenhand.audit.rates import AuditSettings, ShownAtAll, Unit
from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray, Rankings
from evenhand.measure.counts import OVERALL, encode_labels, labels_of, ndcg
from evenhand.measure.families.ads import job_figures, list_utility
from evenhand.measure.families.attention import exposure_figures, individual_exposure_figures
from evenhand.measure.families.lists import list_figures
from evenhand.measure.families.people import candidate_figures
from evenhand.measure.families.quality import quality_figures
from evenhand.measure.families.ratios import PooledRatio, pooled_ratio
from evenhand.measure.figure import Figure
from evenhand.measure.measures import Measures, measure_system
from evenhand.measure.resample import Together, share_of, together
from evenhand.measure.study import (
    POWER_OF_80,
    Depths,
    Estimate,
    Options,
    RatioTable,
    Study,
    ad_effects,
    prepare_study,
    shown_by_depth,
)
from evenhand.records.outputs import Progress, steps, tell
from evenhand.records.people import Pool

MOST_ADS_IN_PAIRS = 2000
"""Ads up to which every ad is set against every other (envy, unfairness between like ads)."""
_RATIO = "R"


@dataclass(frozen=True)
class ListEvidence:
    """What the lists show.

    Attributes:
        engine: Where they came from.
        top: Places that count as shown.
        ads: Ads given.
        people: People in the pool.
        study: What was held fixed: the ads that somebody is qualified for, people, weights.
        lists: The rankings of those ads.
        measures: R by attribute, occupation group and cut, with counts of people. Over all ads
            at ``top`` each R has the interval that holds for everything on the page together.
        per_ad: Quality of every ad by measure, shape ``(ads,)``; NaN where undefined.
        figures: Everything else.
        pooled: The plain pooled ratio beside R, by attribute, one a contrast.
        depths: Who is shown at every depth, by attribute.
        effects: How far each ad's list leans, by attribute and contrast, shape ``(ads,)``.
        ratios: R over all ads at ``top``, with its draws, by attribute.
        notes: What was left out or isn't judged, one sentence each.
    """

    engine: Engine
    top: int
    ads: int
    people: int
    study: Study
    lists: Rankings
    measures: Measures
    per_ad: Mapping[str, FloatArray]
    figures: tuple[Figure, ...]
    pooled: Mapping[str, tuple[PooledRatio, ...]]
    depths: Mapping[str, Depths]
    effects: Mapping[str, Mapping[str, FloatArray]]
    ratios: Mapping[str, RatioTable]
    notes: tuple[str, ...]

    @property
    def attributes(self) -> tuple[str, ...]:
        """Attributes that can be compared."""
        return tuple(self.study.designs)


def list_evidence(
    ranked: Ranked, settings: AuditSettings, progress: Progress | None = None
) -> ListEvidence:
    """Measure one set of lists in every way that evenhand knows.

    Raises:
        MeasureError: If the inputs aren't about the same ads and people, nobody is qualified for
            any ad, no attribute has two values to compare, or the lists are too short.
    """
    by, notes = comparable(ranked.pool, settings.by)
    options = _options(settings, by)
    study = prepare_study(ranked.jobs, ranked.pool, ranked.qualified, options)
    settings = replace(settings, top=study.options.top)
    measured = measure_system(study, ranked.rankings, progress=progress)
    top, lists = settings.top, measured.lists
    cases = {name: measured.cases[name, top] for name in by}
    figures: list[Figure] = []
    for case in steps(progress, "order and exposure", [*cases.values()]):
        figures += list_figures(case)
        figures += exposure_figures(case, study.relevance)
    tell(progress, "single people and ads", 0, 1)
    figures += _of_nobody(study, lists, settings)
    tell(progress, "single people and ads", 1, 1)
    pooled: dict[str, tuple[PooledRatio, ...]] = {}
    effects: dict[str, dict[str, FloatArray]] = {}
    for name, case in steps(progress, "pooled ratios", [*cases.items()]):
        sides, counted = case.design.contrasts, case.selection
        pooled[name] = tuple(pooled_ratio(counted, contrast, case.shuffled) for contrast in sides)
        effects[name] = {str(contrast): ad_effects(counted, contrast) for contrast in sides}
    return ListEvidence(
        engine=ranked.engine,
        top=top,
        ads=len(ranked.jobs),
        people=len(ranked.pool),
        study=study,
        lists=lists,
        measures=measured.measures,
        per_ad=measured.quality,
        figures=tuple(figures),
        pooled=pooled,
        depths={name: shown_by_depth(case.lists) for name, case in cases.items()},
        effects=effects,
        ratios={name: case.table for name, case in cases.items()},
        notes=(*notes, *measured.measures.notes),
    )


@dataclass(frozen=True, eq=False)
class _Luck:
    """One R over all ads: its log, its deviations, and its draws under no bias in units of one."""

    log: float
    centre: float
    drawn: float
    by_chance: float
    null: FloatArray

    @property
    def deviation(self) -> float:
        """The larger one: of people and ads drawn anew, and under no bias."""
        return max(self.drawn, self.by_chance)

    @property
    def statistic(self) -> float:
        """How far R is from parity, in deviations."""
        return abs(self.log) / self.deviation


def _luck_of(table: RatioTable) -> dict[int, _Luck]:
    """By contrast; those that aren't judged, or can't vary, are left out."""
    found: dict[int, _Luck] = {}
    for index in range(len(table.design.contrasts)):
        log, null = float(table.logs[index, 0]), table.null[:, index, 0]
        if not table.judged(index, 0) or not math.isfinite(log) or np.isnan(null).all():
            continue
        centre, by_chance = float(np.nanmean(null)), float(np.nanstd(null, ddof=1))
        drawn = float(np.nanstd(table.replicates[:, index, 0], ddof=1))
        if by_chance > 0 and math.isfinite(drawn):
            far = np.nan_to_num(np.abs(null - centre) / by_chance)
            found[index] = _Luck(log, centre, drawn, by_chance, far)
    return found


def lists_together(
    lists: ListEvidence, shown: ShownAtAll, present: frozenset[str] = frozenset()
) -> Together[Unit]:
    """Every R over all ads and who is shown at all, under one error.

    Labels are shuffled in the same way for all of them, so that they move as one.
    """
    observed: dict[Unit, float] = {
        unit: one.furthest for unit, one in shown.tables.items() if unit in shown.null
    }
    null: dict[Unit, FloatArray] = {unit: one.furthest for unit, one in shown.null.items()}
    for name, table in lists.ratios.items():
        luck = _luck_of(table)
        if luck:
            unit = (_RATIO, name)
            observed[unit] = max(one.statistic for one in luck.values())
            null[unit] = np.max([one.null for one in luck.values()], axis=0)
    return together(observed, null, share_of("lists", present))


def with_page(lists: ListEvidence, page: Together[Unit]) -> ListEvidence:
    """The same with the intervals of R over all ads as wide as the page has it.

    So an interval leaves parity out exactly where R is unlikely over everything on the page.
    """
    found = dict(lists.measures.attributes)
    for name, table in lists.ratios.items():
        luck = _luck_of(table)
        cuts = found[name].cuts[lists.top]
        contrasts = tuple(
            replace(one, ratio=_widened(one.ratio, luck[at], page, name)) if at in luck else one
            for at, one in enumerate(cuts.scopes[OVERALL].contrasts)
        )
        scope = replace(cuts.scopes[OVERALL], contrasts=contrasts)
        wide = replace(cuts, scopes={**cuts.scopes, OVERALL: scope})
        found[name] = replace(found[name], cuts={**found[name].cuts, lists.top: wide})
    return replace(lists, measures=replace(lists.measures, attributes=found))


def _widened(estimate: Estimate, luck: _Luck, page: Together[Unit], name: str) -> Estimate:
    """One R with its interval, its range by chance and its p over everything on the page."""
    reach = page.reach((_RATIO, name))

    def around(log: float, deviation: float) -> tuple[float, float]:
        return math.exp(log - reach * deviation), math.exp(log + reach * deviation)

    whole = math.isfinite(sum(estimate.interval))
    return replace(
        estimate,
        interval=around(luck.log, luck.deviation) if whole else estimate.interval,
        null_interval=around(luck.centre, luck.by_chance),
        p_value=page.p_value((_RATIO, name), luck.statistic),
        detectable=math.exp(min(700.0, (reach + POWER_OF_80) * luck.deviation))
        if whole
        else estimate.detectable,
    )


def comparable(pool: Pool, by: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """The attributes that have two values or more, and a sentence on each of the others."""
    kept: list[str] = []
    notes: list[str] = []
    for name in by:
        values = encode_labels(labels_of(pool, name)).values
        if len(values) > 1:
            kept.append(name)
        else:
            notes.append(
                f"{name}: everybody of known value in the pool is {values[0]!r}, so the lists "
                "can't be compared by it"
                if values
                else f"{name}: nobody's value is known, so the lists can't be compared by it"
            )
    if not kept:
        raise MeasureError(
            f"the lists can't be compared: {'; '.join(notes)}; name an attribute with two values "
            "or more"
        )
    return tuple(kept), notes


def _options(settings: AuditSettings, by: tuple[str, ...]) -> Options:
    return Options(
        by=by,
        top=settings.top,
        also_top=settings.also_top,
        resamples=settings.resamples,
        seed=settings.seed,
        min_group=settings.min_group,
        grouped_by=settings.grouped_by,
        reference=settings.reference,
        shuffles=settings.shuffles,
    )


def groups_of_jobs(study: Study) -> list[str]:
    """The occupation group of every kept ad; ``""`` for none."""
    membership, names = study.scopes.membership[:, 1:], study.scopes.names[1:]
    return [next((names[i] for i in np.flatnonzero(row)), "") for row in membership]


def _of_nobody(study: Study, lists: Rankings, settings: AuditSettings) -> list[Figure]:
    """Single people, single ads and quality: what looks at no attribute."""
    groups, weights = groups_of_jobs(study), study.weights
    top, seed = settings.top, settings.seed
    served = ndcg(lists, study.relevance, top)
    pairs = len(groups) <= MOST_ADS_IN_PAIRS
    return [
        *individual_exposure_figures(
            lists, study.qualified, top, scopes=study.scopes.overall, weights=weights
        ),
        *candidate_figures(lists, study.qualified, top, weights=weights, seed=seed),
        *job_figures(
            served,
            groups_of_jobs=groups,
            weights=weights,
            similarity=_same_occupation(groups) if pairs else None,
            alike="pairs of ads of one occupation group",
            utility=list_utility(lists, study.qualified, top) if pairs else None,
            seed=seed,
            variant=f"ndcg@{top}",
        ),
        *quality_figures(lists, study.relevance, study.options.cuts, weights=weights, seed=seed),
    ]


def _same_occupation(groups: Sequence[str]) -> FloatArray | None:
    """1 for two ads of the same occupation group, else 0; None without groups."""
    names = np.array(groups, dtype=np.str_)
    if not (names != "").any():
        return None
    same = (names[:, None] == names[None, :]) & (names != "")
    return same.astype(np.float64)
