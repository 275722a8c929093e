"""Sections on selection, scoring and being shown: a forest plot and one table an attribute.

Tests, intervals and what else can be asked of a table are folded away beneath it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.masked import HIDDEN
from evenhand.audit.evidence.rates import QUANTILES, SCORING, SHOWN, RateEvidence, RateTable
from evenhand.audit.evidence.sentences import (
    cell_name,
    name_of,
    state_of,
    strata_sentences,
    table_sentence,
)
from evenhand.audit.evidence.strata import StratifiedRatio
from evenhand.audit.evidence.verdict import smallest_of, visible_cells
from evenhand.audit.marks import LEGEND, MARKS
from evenhand.audit.numbers import (
    UNDEFINED,
    count,
    decimal,
    figure,
    grouped,
    p_value,
    percent,
    places_for,
    ratio,
    ratio_interval,
    signed,
)
from evenhand.audit.page.findings import finding
from evenhand.audit.plots import NARROW, PlotRow, ratio_plot
from evenhand.audit.spreads import Spread, spread_plot
from evenhand.audit.view import Block, Figure, Fold, Heading, Section, Table, Words
from evenhand.measure.labels import UNKNOWN
from evenhand.measure.rates.assessment import BENCHMARK, TO_REST, CellAssessment

TITLES = {
    "selection": "Selection",
    SCORING: "Scoring above the median",
    SHOWN: "Being shown at all",
}
POSITIVE = {"selection": "Selected", SCORING: "Above median", SHOWN: "Shown"}
ABOUT = {
    "selection": "Selection rate: selected among assessed. Impact ratio: a group's rate by that "
    "of the benchmark.",
    SCORING: "Scoring rate: the share of a group's people whose score is strictly above the median "
    "of everybody, people of unknown group included.",
    SHOWN: "Of the people who are qualified for any of the ads, those who stand in the top of at "
    "least one of them. Lists have a fixed length, and R below compares within each ad: read both.",
}
BENCHMARKS = (
    "Every ratio is a group's rate by that of the benchmark, the group with the highest rate; "
    "verdicts and intervals know that the highest was picked. An interval leaves 1 out exactly "
    "where the verdict says unlikely by chance."
)
VERDICT = (
    "Four-fifths is compared in whole numbers. Unlikely by chance: so large a difference turns up "
    "anywhere on such a page in at most 5% of cases without any gap."
)
WITHOUT_UNKNOWN = "The unknown are hidden, so there are no bounds over them."
Cells = Callable[[CellAssessment], tuple[str, ...]]


def rate_sections(audit: Audit) -> list[Section]:
    """One section a kind of rate."""
    return [_section(audit, evidence) for evidence in audit.rates]


def _section(audit: Audit, evidence: RateEvidence) -> Section:
    blocks: list[Block | Fold] = [Words((ABOUT[evidence.measure], *_median(evidence)))]
    if evidence is audit.rates[0]:
        blocks.append(Words((BENCHMARKS, f"{LEGEND} {VERDICT}")))
    for table in evidence.tables.values():
        blocks += _attribute(audit, evidence, table)
    return Section(evidence.measure, TITLES[evidence.measure], blocks)


def _median(evidence: RateEvidence) -> tuple[str, ...]:
    found = evidence.median
    if found is None:
        return ()
    said = [
        f"The median of {count(found.people, 'score')} is {figure(found.median)}; "
        f"{percent(found.tied_share, 1)} of the people have exactly that score and count as not "
        "above it."
    ]
    if found.state:
        said.append(f"Mind: {found.state}.")
    if found.missing:
        said.append(f"{count(found.missing, 'row')} without a score are left out.")
    return tuple(said)


def _attribute(audit: Audit, evidence: RateEvidence, table: RateTable) -> list[Block | Fold]:
    name = name_of(table.attribute)
    said = [table_sentence(evidence, table), *strata_sentences(audit, evidence, table)]
    blocks: list[Block | Fold] = [
        Heading(f"By {name}"),
        finding(said),
        _headline(evidence, table),
    ]
    folded = [*_tables(evidence, table)]
    strata = [one for one in audit.strata
              if (one.measure, one.attribute) == (evidence.measure, table.attribute)]  # fmt: skip
    if strata:
        folded.append(_strata(evidence, strata, table.attribute))
    measure = TITLES[evidence.measure]
    if folded:
        blocks.append(Fold(f"{measure} by {name}: tests, intervals and other figures", folded))
    if evidence.spreads.get(table.attribute):
        spreads = _spreads(evidence, table.attribute)
        blocks.append(Fold(f"How the scores of each {name} lie", [spreads]))
    return blocks


def _tables(evidence: RateEvidence, table: RateTable) -> list[Block]:
    if table.assessment.benchmark is None:
        return []
    tests = _tests(evidence, table)
    return [*([tests] if tests.rows else []), _other_ratios(evidence, table)]


def _headline(evidence: RateEvidence, table: RateTable) -> Block:
    rows = [
        _plot_row(cell)
        for cell in visible_cells(table)
        if math.isfinite(cell.ratio) and cell.ratio > 0
    ]
    if not rows or table.assessment.benchmark is None:
        return _counts(evidence, table)
    name = name_of(table.attribute)
    draw = partial(
        ratio_plot,
        rows,
        key=f"{evidence.measure}-{table.attribute.replace('*', '-')}",
        title=f"Impact ratios by {name}",
        description="One row a group: its rate by the benchmark's, with its interval, on a "
        "logarithmic axis. The solid line is parity, the dashed one four-fifths; the ring is the "
        "benchmark. The table below has the numbers.",
        ends=("lower rate", "higher rate"),
        threshold=(0.8, "four-fifths"),
    )
    caption = (
        f"Each group's rate by that of {cell_name(table.assessment.benchmark)}, the benchmark: the "
        f"highest rate {table.assessment.rule}. Lines: intervals that hold for all groups on this "
        f"page together in 95%.{_without_mark(table)}"
    )
    return Figure(draw(), caption, _counts(evidence, table), draw(room=NARROW))


def _without_mark(table: RateTable) -> str:
    """A remark on groups that a logarithmic axis can't hold; empty for none."""
    nobody = any(cell.ratio == 0 for cell in visible_cells(table))
    return " Groups with a ratio of 0 have no mark." if nobody else ""


def _plot_row(cell: CellAssessment) -> PlotRow:
    low, high = cell.koopman
    note = f"{ratio(cell.ratio)}  ({ratio_interval(cell.koopman)})"
    return PlotRow(
        cell_name(cell.name),
        cell.ratio,
        (_end(low), _end(high)),
        shape=MARKS.get(cell.verdict or "", "triangle"),
        note=BENCHMARK if cell.is_benchmark else note,
    )


def _end(value: float) -> float | None:
    """An end of an interval on a logarithmic axis; open at 0 and infinity."""
    return value if 0 < value < math.inf else None


def _rows(
    table: RateTable, cells: Cells, width: int, *, benchmark: bool = True
) -> tuple[tuple[str, ...], ...]:
    """One row a cell, with or without that of the highest rate; hidden ones say so."""
    return tuple(
        (cell_name(cell.name), *((HIDDEN,) * width if cell.name in table.hidden else cells(cell)))
        for cell in table.assessment.cells
        if benchmark or not cell.is_benchmark
    )


def _counts(evidence: RateEvidence, table: RateTable) -> Table:
    def cells(cell: CellAssessment) -> tuple[str, ...]:
        return (
            f"{cell.assessed:,}",
            f"{cell.positive:,}",
            percent(cell.rate, 1),
            ratio(cell.ratio),
            ratio_interval(cell.koopman),
            _verdict(evidence, cell),
        )

    unknown = table.assessment.unknown
    last = ("unknown", f"{unknown.assessed:,}", f"{unknown.positive:,}", percent(unknown.rate, 1))
    if UNKNOWN in table.hidden:
        last = ("unknown", *((HIDDEN,) * 3))
    unknown_row = (*last, *((UNDEFINED,) * 2), "in no ratio")
    return Table(
        caption=f"{TITLES[evidence.measure]} by {name_of(table.attribute)}: "
        f"{count(table.counts.everybody, 'person').replace('persons', 'people')}"
        f"{' of groups that are shown' if table.hidden else ''}",
        columns=(
            name_of(table.attribute).capitalize(),
            "People",
            POSITIVE[evidence.measure],
            "Rate",
            "Ratio",
            "Interval",
            "Verdict",
        ),
        rows=(*_rows(table, cells, 6), *([] if table.coarse else [unknown_row])),
        words=(0, 6),
        strong=frozenset({cell_name(table.assessment.benchmark or "")}),
        notes=(
            *_smallest(table),
            *(["Others: too few to show."] if table.coarse else []),
            *(f"{each}." for each in _notes(table)),
            *([WITHOUT_UNKNOWN] if UNKNOWN in table.hidden and not table.coarse else []),
        ),
    )


def _smallest(table: RateTable) -> tuple[str, ...]:
    least = smallest_of(table)
    if least.cell is None:
        return ()
    called = f"{least.called[0].upper()}{least.called[1:]}"
    return (f"{called}: {ratio(least.value)}, {cell_name(least.cell.name)}. The benchmark "
            "is set in bold.",)  # fmt: skip


def _notes(table: RateTable) -> tuple[str, ...]:
    cells = tuple(cell_name(cell.name) for cell in table.assessment.cells)
    said = [cell_name(each) for each in table.assessment.notes]
    return tuple(
        each if each.startswith(cells) else f"{each[0].upper()}{each[1:]}" for each in said
    )


def _verdict(evidence: RateEvidence, cell: CellAssessment) -> str:
    state = state_of(evidence.measure, cell)
    marks = [cell.verdict or "no verdict", TO_REST if cell.only_to_rest else "", state]
    marks += ["under 2%" if cell.below_two_percent else ""]
    return "; ".join(mark for mark in marks if mark)


def _tests(evidence: RateEvidence, table: RateTable) -> Table:
    def cells(cell: CellAssessment) -> tuple[str, ...]:
        bounds = cell.unknown_bounds if UNKNOWN not in table.hidden else (math.nan, math.nan)
        return (
            signed(cell.z_difference, 2),
            p_value(cell.familywise),
            "yes" if cell.one_person else "no",
            ratio_interval(bounds),
            ratio(cell.detectable),
        )

    smallest = table.assessment.minimum_ratio
    return Table(
        caption=f"{TITLES[evidence.measure]}: tests against the benchmark and what this page can "
        f"tell, by {name_of(table.attribute)}",
        columns=(
            name_of(table.attribute).capitalize(),
            "z",
            "p over the page",
            "One person decides",
            "If the unknown were known",
            "Could detect",
        ),
        rows=_rows(table, cells, 5, benchmark=False),
        notes=(
            f"The {smallest_of(table).called} is {ratio(smallest.value)}: by chance alone it lies "
            f"between {ratio_interval(smallest.chance)} (median {ratio(smallest.chance_median)}) "
            "and is below four-fifths in "
            f"{percent(smallest.chance_below_four_fifths)} of samples ({smallest.permutations:,} "
            "draws, the benchmark picked again in each).",
            f"p over the page: how often chance alone gives something as rare anywhere on this "
            "page; it knows of all its tables and groups and that benchmarks were picked. Here "
            f"|z| above {decimal(table.assessment.reach, 2)} is unlikely by chance. One person "
            "decides: moving one selection reverses the order of the two rates.",
            "If the unknown were known: least and greatest ratio over every way of sharing out "
            "the people of unknown group. Could detect: the true ratio nearest to 1 that this page "
            "would find in 80% of cases; none where there is a dash.",
        ),
    )


def _other_ratios(evidence: RateEvidence, table: RateTable) -> Table:
    def cells(cell: CellAssessment) -> tuple[str, ...]:
        missing = f"{cell.shortfall:,}" if math.isfinite(cell.ratio) else UNDEFINED
        needed = cell.needed_for_four_fifths
        return (
            ratio(cell.ratio_to_rest),
            ratio(cell.ratio_of_not),
            decimal(cell.expected, 1),
            missing,
            UNDEFINED if needed is None else f"{needed:,}",
        )

    return Table(
        caption=f"{TITLES[evidence.measure]}: other ways to look at it, by "
        f"{name_of(table.attribute)}",
        columns=(
            name_of(table.attribute).capitalize(),
            "Ratio to everybody else",
            "Ratio of not being chosen",
            "Expected",
            "People short of four-fifths",
            "People needed to find .8",
        ),
        rows=_rows(table, cells, 5),
        notes=(
            "Ratio of not being chosen: above 1 means chosen less often; it can be far from 1 "
            "where the impact ratio is near it. Expected: positives at the common rate. Needed: "
            "people of the group at the same rates.",
        ),
    )


def _spreads(evidence: RateEvidence, attribute: str) -> Figure:
    found = {cell_name(cell): values for cell, values in evidence.spreads[attribute].items()}
    state = evidence.median
    middle = state.median if state is not None else math.nan
    places = places_for([value for values in found.values() for value in values])
    spreads = [
        Spread(
            cell,
            (each[0], each[1], each[2], each[3], each[4]),
            f"median {grouped(each[2], places)}",
        )
        for cell, each in found.items()
    ]
    name = name_of(attribute)
    return Figure(
        spread_plot(
            spreads,
            median=middle,
            key=f"scores-{attribute.replace('*', '-')}",
            title=f"Scores by {name}",
            description="One box a group: the middle half of its scores, their median, and "
            "whiskers over the middle nine tenths. The dashed line is the median of everybody. "
            "The table below has the numbers.",
        ),
        "Box: the middle half of a group's scores; stroke: their median; whiskers: the middle 90%.",
        Table(
            caption=f"Quantiles of the scores by {name}",
            columns=(name.capitalize(), *(percent(each) for each in QUANTILES)),
            rows=tuple(
                (cell, *(grouped(each, places) for each in values))
                for cell, values in found.items()
            ),
        ),
    )


def _strata(evidence: RateEvidence, strata: Sequence[StratifiedRatio], attribute: str) -> Table:
    return Table(
        caption=f"{TITLES[evidence.measure]}: within periods and jobs, by {name_of(attribute)}",
        columns=(
            name_of(attribute).capitalize(),
            "Within",
            "Strata",
            "Ratio to everybody else",
            "Interval",
            "Test p",
            "Same everywhere? p",
        ),
        rows=tuple(
            (
                cell_name(one.result.cell),
                one.within,
                f"{one.result.strata:,}",
                ratio(one.result.ratio),
                ratio_interval(one.result.interval),
                p_value(one.result.p_value),
                p_value(one.result.breslow_day_p),
            )
            for one in strata
        ),
        words=(0, 1),
        notes=(
            "Cochran–Mantel–Haenszel: rates are compared within each period or job and put "
            "together, with those of everybody else, as the benchmark was picked for being high. "
            "Intervals (95%) and p hold for all such rows of this page together. Same everywhere: "
            "the Breslow–Day test; a small p means that the ratio "
            "differs between periods or jobs, so that one figure hides something.",
        ),
    )
