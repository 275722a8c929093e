"""Compare systems on the same ads and people: what changed, and was anything lost.

A system is a way to arrive at lists: the original ads, the ads as some rewriter reworded them, a
re-ranking. All of them are measured with the same resampling weights, so every difference is
paired. One comparison is the primary endpoint: the overall R of the first attribute's first
contrast at the headline cut, for the first pair. All other tested changes of R are secondary and
their p-values are adjusted by Holm.

The single checks stand in ``paired``. Not a way to try many ideas on test people: choose systems
on validation ads first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.estimates import OVERALL
from evenhand.measure.holm import holm
from evenhand.measure.paired import (
    HitsCheck,
    Margins,
    QualityCheck,
    RatioChange,
    hits_checks,
    quality_checks,
    ratio_changes,
)
from evenhand.measure.quality import Relevance
from evenhand.measure.results import Measures, fields_as_json
from evenhand.measure.rows import RowComparison, Rows, compare_rows
from evenhand.measure.study import Options, Study, prepare_study
from evenhand.measure.summary import Measured, measure_system
from evenhand.records.candidate import Pool
from evenhand.records.job import Job
from evenhand.records.pace import Progress, steps

ORIGINAL = "original"


@dataclass(frozen=True)
class PairMeasures:
    """One system against another.

    Attributes:
        before: Name of the first system.
        after: Name of the second.
        changes: Of every judged R, at every cut.
        quality: nDCG, overall and by group of ads.
        hits: Qualified people shown at the headline cut, by value, overall and by judged group.
        quality_kept: Whether every assessed nDCG is non-inferior; None where none is assessed.
        hits_kept: Whether the overall hits of every value are non-inferior.
    """

    before: str
    after: str
    changes: tuple[RatioChange, ...]
    quality: tuple[QualityCheck, ...]
    hits: tuple[HitsCheck, ...]
    quality_kept: bool | None
    hits_kept: bool


@dataclass(frozen=True)
class Comparison:
    """Several systems on the same ads and people.

    Attributes:
        systems: Measures of each, ``original`` first.
        pairs: The paired comparisons.
        margins: Of the non-inferiority checks.
        notes: What limits the comparison, one sentence each.
        rows: One row against all others, with repeats taken together; None if not asked for.
    """

    systems: Mapping[str, Measures]
    pairs: tuple[PairMeasures, ...]
    margins: Margins
    notes: tuple[str, ...]
    rows: RowComparison | None = None

    @property
    def primary(self) -> RatioChange | None:
        """The primary endpoint; None where overall R isn't judged, or nothing was paired."""
        changes = (change for pair in self.pairs for change in pair.changes)
        return next((change for change in changes if change.primary), None)

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON-able data."""
        return fields_as_json(self)


def compare_rankings(
    original: Rankings,
    systems: Mapping[str, Rankings],
    jobs: Sequence[Job],
    pool: Pool,
    qualified: BoolArray,
    *,
    by: Sequence[str],
    pairs: Sequence[tuple[str, str]] | None = None,
    top: int = 50,
    resamples: int = 2000,
    seed: int = 0,
    min_group: int = 20,
    also_top: int | None = 20,
    grouped_by: str = "occupation_group",
    reference: Mapping[str, str] | None = None,
    margins: Margins | None = None,
    relevance: Relevance | None = None,
    rows: Rows | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Measure several systems and what changed between pairs of them.

    Args:
        original: The lists of the ads as they were.
        systems: The lists of every other system, by name; same ads, people and order.
        jobs: The ads.
        pool: The people.
        qualified: Shape ``(jobs, people)``.
        by: Attributes, see ``measure_rankings``; the first one is the primary endpoint's.
        pairs: ``(before, after)`` names, the primary one first; by default the original against
            each system, in the order given.
        top: Places that count as shown.
        resamples: Of the bootstrap, and permutations of the nulls.
        seed: Of both.
        min_group: Fewest qualified people on either side for a scope to be judged.
        also_top: Another cut to show beside ``top`` where it is smaller; None for none.
        grouped_by: Field of the ads that holds their occupation group.
        reference: Attribute to the value that the others are set against.
        margins: Of the non-inferiority checks.
        relevance: Grades for nDCG, see ``measure_rankings``.
        rows: Compare these rows as well, repeats of a system taken together.
        progress: Called as ``progress(stage, done, total)``.

    Raises:
        MeasureError: As ``measure_rankings``, or if a pair or a row names an unknown system.
    """
    named = {ORIGINAL: original, **systems}
    wanted = [(ORIGINAL, name) for name in systems] if pairs is None else list(pairs)
    _check_names(systems, wanted)
    options = Options(
        tuple(by), top, also_top, resamples, seed, min_group, grouped_by, reference or {}
    )
    study = prepare_study(jobs, pool, qualified, options, relevance)
    measured = {
        name: measure_system(study, named[name], name)
        for name in steps(progress, "measuring", [*named])
    }
    limits = margins or Margins()
    found = [
        _compare(study, measured, pair, limits) for pair in steps(progress, "comparing", wanted)
    ]
    adjusted, notes = _adjust(found, resamples)
    return Comparison(
        {name: one.measures for name, one in measured.items()},
        tuple(adjusted),
        limits,
        study.notes + notes,
        None if rows is None else compare_rows(study, measured, rows, ORIGINAL, limits),
    )


def _check_names(systems: Mapping[str, Rankings], pairs: Sequence[tuple[str, str]]) -> None:
    if ORIGINAL in systems:
        raise MeasureError(f"a system is called {ORIGINAL!r}, which names the ads as they were")
    for name in (name for pair in pairs for name in pair):
        if name != ORIGINAL and name not in systems:
            raise MeasureError(
                f"a pair names the system {name!r}, which isn't among "
                f"{', '.join([ORIGINAL, *systems])}"
            )


def _compare(
    study: Study, measured: Mapping[str, Measured], pair: tuple[str, str], margins: Margins
) -> PairMeasures:
    before, after = measured[pair[0]], measured[pair[1]]
    quality = quality_checks(study, measured[ORIGINAL], before, after, margins)
    hits = [
        check
        for attribute in study.designs
        for check in hits_checks(study, attribute, before, after, margins)
    ]
    verdicts = [check.non_inferior for check in quality if check.assessed]
    return PairMeasures(
        pair[0],
        pair[1],
        tuple(ratio_changes(study, before, after)),
        tuple(quality),
        tuple(hits),
        all(verdicts) if verdicts else None,
        all(check.non_inferior for check in hits if check.scope == OVERALL),
    )


def _adjust(
    pairs: Sequence[PairMeasures], resamples: int
) -> tuple[list[PairMeasures], tuple[str, ...]]:
    """Mark the primary endpoint and adjust the p-values of all others."""
    changes = [change for pair in pairs for change in pair.changes]
    if changes and changes[0].scope == OVERALL:
        changes[0] = replace(changes[0], primary=True)
    raw = [math.nan if change.primary else change.p_value for change in changes]
    adjusted = [
        replace(change, p_holm=float(p)) for change, p in zip(changes, holm(raw), strict=True)
    ]
    tests = sum(not math.isnan(p) for p in raw)
    notes: tuple[str, ...] = ()
    if 2.0 * tests / (resamples + 1) > 0.05:
        notes = (
            f"{resamples} resamples can't take any of {tests} secondary comparisons below .05 "
            f"after Holm's adjustment; use {40 * tests} or more",
        )
    rows = iter(adjusted)
    return [replace(p, changes=tuple(next(rows) for _ in p.changes)) for p in pairs], notes
