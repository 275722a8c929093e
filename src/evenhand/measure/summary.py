"""Measure one engine's lists: parity by attribute, with intervals and nulls, and ranking quality.

The front door of the room for reports and commands. Comparing systems is ``comparison``'s
business; the formulas stand in the files of the single measures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import BoolArray, FloatArray, Rankings
from evenhand.measure.estimates import MACRO, Design, RatioTable, estimate_ratios
from evenhand.measure.exposure import Exposure, count_exposure, exposure_ratio
from evenhand.measure.impact_ratio_paper import paper_ratios
from evenhand.measure.mean_interval import mean_interval
from evenhand.measure.ndkl import ndkl
from evenhand.measure.permutation import movable_share
from evenhand.measure.quality import Relevance, ndcg, precision, recall, reciprocal_rank
from evenhand.measure.results import (
    AttributeMeasures,
    Average,
    ContrastMeasures,
    CutMeasures,
    Measures,
    PaperRatio,
    ScopeMeasures,
    ValueCounts,
)
from evenhand.measure.selection import Selection, count_selection, divide
from evenhand.measure.skew import absent, skew
from evenhand.measure.study import Options, Study, prepare_study
from evenhand.records.candidate import Pool
from evenhand.records.job import Job
from evenhand.records.pace import Progress, steps

PAPER_RETRIEVED = 50
SKEW_PRIOR = 1.0
"""People of the pool's composition that smooth the reported Skew@k."""


@dataclass(frozen=True)
class Measured:
    """The measures of one system and what pairing it with another needs.

    Attributes:
        measures: The figures.
        tables: R with its replicates, by attribute and cut.
        quality: By measure, one value an ad, shape ``(kept ads,)``.
        lists: The rankings of the kept ads.
    """

    measures: Measures
    tables: Mapping[tuple[str, int], RatioTable]
    quality: Mapping[str, FloatArray]
    lists: Rankings


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
        reference: Attribute to the value that the others are set against; by default two values
            are set against each other and more than two each against the rest.
        relevance: Grades for nDCG, shape ``(jobs, people)``, above 0 for the qualified; by default
            everybody qualified is equally relevant.
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
    """Measure one system's rankings within a study.

    Args:
        study: Ads, people and weights.
        rankings: The lists of all ads of the study.
        name: Of the system, for error texts and for who listens to progress.
        progress: Called as ``progress(stage, done, total)``.

    Raises:
        MeasureError: If the rankings don't belong to the study, or are too short.
    """
    options = study.options
    lists = study.lists(rankings, name)
    quality = quality_values(lists, study.relevance, options.cuts)
    wanted = [(attribute, cut) for attribute in study.designs for cut in options.cuts]
    tables = {
        (attribute, cut): estimate_ratios(study.designs[attribute], lists, cut, study.weights)
        for attribute, cut in steps(progress, f"measuring {name}".strip(), wanted)
    }
    attributes = {
        attribute: _measure_attribute(
            design, lists, {cut: tables[attribute, cut] for cut in options.cuts}
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
        notes=study.notes + _notes_on_lists(lists, tables),
    )
    return Measured(measures, tables, quality, lists)


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


def mean_where_defined(values: FloatArray) -> float:
    """Mean of the numbers that are finite; NaN where none is."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")


def _average_quality(
    study: Study, quality: Mapping[str, FloatArray]
) -> dict[str, dict[str, Average]]:
    averages: dict[str, dict[str, Average]] = {}
    for name, members in zip(study.scopes.names, study.scopes.membership.T, strict=True):
        averages[name] = {}
        for measure, values in quality.items():
            inside = np.where(members, values, np.nan)
            interval = mean_interval(inside, study.weights)
            averages[name][measure] = Average(
                mean_where_defined(inside), interval, int(members.sum())
            )
    return averages


def _measure_attribute(
    design: Design, lists: Rankings, tables: Mapping[int, RatioTable]
) -> AttributeMeasures:
    labels = np.array(design.groups.columns)[design.groups.codes]
    return AttributeMeasures(
        values=design.groups.values,
        cuts={cut: _measure_cut(design, lists, labels, cut, tables[cut]) for cut in tables},
        impact_ratio_paper=_paper(design, lists, labels),
        movable_share=movable_share(design.qualified, design.groups),
    )


def _measure_cut(
    design: Design, lists: Rankings, labels: NDArray[np.str_], cut: int, table: RatioTable
) -> CutMeasures:
    selection = count_selection(lists, design.qualified, labels, cut)
    exposure = count_exposure(lists, design.qualified, labels, cut)
    divergence = ndkl(lists, design.qualified, labels, cut)
    scopes = {
        name: ScopeMeasures(
            ads=int(design.scopes.membership[:, index].sum()),
            counts=_counts(design, selection, index),
            contrasts=_contrasts(table, index, exposure),
            ndkl=mean_where_defined(divergence[design.scopes.membership[:, index]]),
        )
        for index, name in enumerate(design.scopes.names)
    }
    return CutMeasures(scopes, _contrasts(table, table.scopes.index(MACRO), None))


def _contrasts(
    table: RatioTable, scope: int, exposure: Exposure | None
) -> tuple[ContrastMeasures, ...]:
    """The comparisons of one scope; without exposure for the macro ratio."""
    found: list[ContrastMeasures] = []
    for index, contrast in enumerate(table.design.contrasts):
        judged = table.judged(index, scope)
        ratio = float("nan")
        if judged and exposure is not None:
            jobs = table.design.scopes.membership[:, scope]
            ratio = exposure_ratio(exposure, contrast, jobs).value
        found.append(
            ContrastMeasures(
                contrast.group, contrast.reference, judged, table.estimate(index, scope), ratio
            )
        )
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


def _paper(
    design: Design, lists: Rankings, labels: NDArray[np.str_]
) -> dict[str, tuple[PaperRatio, ...]]:
    """The papers' ratio by scope; nothing where the lists are too short for it."""
    if not _long_enough_for_paper(lists):
        return {}
    paper = paper_ratios(lists, labels, retrieved=PAPER_RETRIEVED)
    found: dict[str, tuple[PaperRatio, ...]] = {}
    for name, jobs in zip(design.scopes.names, design.scopes.membership.T, strict=True):
        ratios, chance = paper.means(jobs)
        rows = zip(paper.groups, ratios.tolist(), chance.tolist(), strict=True)
        found[name] = tuple(PaperRatio(*row) for row in rows)
    return found


def _long_enough_for_paper(lists: Rankings) -> bool:
    return lists.k >= min(PAPER_RETRIEVED, len(lists.candidate_ids))


def _notes_on_lists(
    lists: Rankings, tables: Mapping[tuple[str, int], RatioTable]
) -> tuple[str, ...]:
    notes: list[str] = []
    if not _long_enough_for_paper(lists):
        notes.append(
            f"impact_ratio_paper is left out: it needs lists of {PAPER_RETRIEVED} places and "
            f"these hold {lists.k}"
        )
    for (attribute, cut), table in tables.items():
        for contrast, row in enumerate(table.ratios):
            for scope, name in enumerate(table.design.scopes.names):
                if table.judged(contrast, scope) and row[scope].reason:
                    notes.append(f"{attribute}, {name}, top {cut}: {row[scope].reason}")
    return tuple(notes)
