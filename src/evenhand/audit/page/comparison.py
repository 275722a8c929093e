"""Two audits side by side, as a page and as tables for the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.metadata import version

from evenhand.audit.evidence.comparison import (
    QUALITY_MARGIN,
    AuditComparison,
    ParityChange,
    QualityChange,
    RateChange,
)
from evenhand.audit.evidence.sentences import HEADINGS, cell_name, name_of
from evenhand.audit.numbers import (
    count,
    decimal,
    figure_interval,
    p_value,
    ratio,
    ratio_interval,
    signed,
    signed_interval,
)
from evenhand.audit.page.figures import measure_name
from evenhand.audit.page.findings import findings
from evenhand.audit.plots import PlotRow, ratio_plot
from evenhand.audit.rendering import render
from evenhand.audit.statements import STATEMENTS
from evenhand.audit.view import Block, Figure, Heading, Page, Points, Section, Table, Words
from evenhand.measure.rates.change import RatioChange

_CHANGED = 0.05


def render_comparison(found: AuditComparison) -> str:
    """The comparison as HTML; the same comparison gives the same bytes."""
    return render(page_of(found))


def page_of(found: AuditComparison) -> Page:
    """The page as blocks."""
    sections = [
        Section("found", "What changed", (findings(sentences(found)),)),
        Section("tables", "Before and after", comparison_tables(found)),
        Section("notes", "What could not be compared or paired", (Words(_notes(found)),)),
        Section(
            "cannot-say",
            "What this comparison can't say",
            (Points(tuple((each.title, each.text) for each in STATEMENTS)),),
        ),
    ]
    return Page(
        title="Before and after" if found.titles[0] == found.titles[1] else "Two audits compared",
        subtitle=f"A: {found.names[0]}, “{found.titles[0]}”; B: {found.names[1]}, "
        f"“{found.titles[1]}”",
        notice=found.notice,
        tiles=(),
        sections=tuple(section for section in sections if section.blocks),
        version=version("evenhand"),
    )


def sentences(found: AuditComparison) -> tuple[str, ...]:
    """What changed, in plain sentences; what didn't detectably change is counted."""
    said = [_rate_sentence(one) for one in found.rates if one.change.p_value < _CHANGED]
    said += [_parity_sentence(one) for one in found.parity if one.p_value < _CHANGED]
    compared = sum(math.isfinite(one.change.p_value) for one in found.rates)
    compared += sum(math.isfinite(one.p_value) for one in found.parity)
    said.append(
        f"{count(compared, 'ratio')} compared, {len(said)} of them with a change that chance "
        "alone would seldom make (p below .05, not adjusted for their number: one in twenty "
        "would be expected where nothing changed)."
    )
    said += [_quality_sentence(one) for one in found.quality if one.measure.startswith("ndcg")]
    return tuple(said)


def _notes(found: AuditComparison) -> tuple[str, ...]:
    notes = tuple(f"{note[0].upper()}{note[1:]}.".replace("*", " × ") for note in found.notes)
    return notes or ("Everything was compared.",)


def _rate_sentence(one: RateChange) -> str:
    change = one.change
    way = "rose" if change.change > 1 else "fell"
    return (
        f"{HEADINGS[one.measure]} by {name_of(one.attribute)}: the ratio of "
        f"{cell_name(change.cell)} to {cell_name(change.benchmark)} {way} from "
        f"{ratio(change.before)} to {ratio(change.after)} (change × {ratio(change.change)}, 95% "
        f"interval {ratio_interval(change.interval)}, p {p_value(change.p_value)})."
    )


def _parity_sentence(one: ParityChange) -> str:
    way = "rose" if one.change > 1 else "fell"
    return (
        f"Lists by {name_of(one.attribute)}: R of {cell_name(one.contrast)} {way} from "
        f"{ratio(one.before)} to {ratio(one.after)} (change × {ratio(one.change)}, 95% interval "
        f"{ratio_interval(one.interval)}, p {p_value(one.p_value)})."
    )


def _quality_sentence(one: QualityChange) -> str:
    return (
        f"Ranking quality ({one.measure.replace('ndcg', 'nDCG')}): {decimal(one.before)} to "
        f"{decimal(one.after)} over {count(one.equivalence.pairs, 'ad')}, "
        f"{one.equivalence.sentence} (p of no change {p_value(one.test.p_value)})."
    )


def comparison_tables(found: AuditComparison) -> tuple[Block, ...]:
    """The pictures and tables that have rows."""
    tables = (_parity(found), _similarity(found), _quality(found))
    return (*_rates(found), *(table for table in tables if table.rows))


def _rates(found: AuditComparison) -> list[Block]:
    """Heading, picture and table for each kind of rate, attribute and group compared with."""
    kinds: dict[tuple[str, str, str], list[RateChange]] = {}
    for one in found.rates:
        kinds.setdefault((one.measure, one.attribute, one.change.benchmark), []).append(one)
    blocks: list[Block] = []
    for (measure, attribute, benchmark), changes in kinds.items():
        blocks.append(Heading(f"{HEADINGS[measure]} by {name_of(attribute)}"))
        blocks.append(_rate_figure(measure, attribute, benchmark, changes))
    return blocks


def _rate_figure(
    measure: str, attribute: str, benchmark: str, changes: Sequence[RateChange]
) -> Block:
    name = name_of(attribute)
    table = Table(
        caption=f"{HEADINGS[measure]} by {name}: ratios to {cell_name(benchmark)}",
        columns=(name.capitalize(), "A", "B", "Change ×", "95% interval", "p", "People", "Paired"),
        rows=tuple(_rate_row(one.change) for one in changes),
        words=(0, 7),
        notes=(
            "Change ×: ratio in B by ratio in A, both against the group with the highest rate in "
            "A. Paired: the same people in both.",
        ),
    )
    plotted = [_change_row(one.change) for one in changes if 0 < one.change.change < math.inf]
    if not plotted:
        return table
    picture = ratio_plot(
        plotted,
        key=f"change-{measure}-{attribute}-{benchmark}",
        title=f"{HEADINGS[measure]} by {name}: how ratios changed",
        description="One row a group: its ratio in B by its ratio in A with the 95% interval, on a "
        "logarithmic axis. The line marks no change. The table below has the numbers.",
        ends=("ratio fell", "ratio rose"),
        parity="no change",
    )
    caption = (
        "Ratio in B by ratio in A, with its 95% interval. Filled: a change that chance alone "
        "would seldom make (p below .05); hollow: any other."
    )
    return Figure(picture, caption, table)


def _change_row(change: RatioChange) -> PlotRow:
    low, high = change.interval
    return PlotRow(
        cell_name(change.cell),
        change.change,
        (low if 0 < low < math.inf else None, high if 0 < high < math.inf else None),
        shape="diamond" if change.p_value < _CHANGED else "hollow-diamond",
        note=f"{ratio(change.before)} → {ratio(change.after)}",
    )


def _rate_row(change: RatioChange) -> tuple[str, ...]:
    return (
        cell_name(change.cell),
        ratio(change.before),
        ratio(change.after),
        ratio(change.change),
        ratio_interval(change.interval),
        p_value(change.p_value),
        " / ".join(f"{each:,}" for each in change.people),
        "yes" if change.paired else change.reason or "no",
    )


def _parity(found: AuditComparison) -> Table:
    return Table(
        caption="R of the lists",
        columns=("By", "Comparison", "A", "B", "Change ×", "95% interval", "p", "Paired"),
        rows=tuple(
            (
                name_of(one.attribute),
                cell_name(one.contrast),
                ratio(one.before),
                ratio(one.after),
                ratio(one.change),
                ratio_interval(one.interval),
                p_value(one.p_value),
                "yes" if one.paired else "no",
            )
            for one in found.parity
        ),
        words=(0, 1, 7),
        notes=(
            "Paired: the same ads and people, drawn anew together in both. Unpaired intervals come "
            "from those of the audits and are wider than need be where people are shared.",
        ),
    )


def _similarity(found: AuditComparison) -> Table:
    return Table(
        caption="How alike the lists of the same ads are",
        columns=("Measure", "Mean", "95% interval", "Ads"),
        rows=tuple(
            (
                measure_name(one.measure),
                decimal(one.value),
                figure_interval(one.interval),
                f"{one.n:,}",
            )
            for one in found.similarity
        ),
        notes=("1: identical lists. 0: nobody in common (for Kendall's tau about −.67).",),
    )


def _quality(found: AuditComparison) -> Table:
    return Table(
        caption="Ranking quality on the ads that are in both",
        columns=(
            "Measure",
            "Ads",
            "A",
            "B",
            "Difference",
            "90% interval",
            "p of no change",
            "Better / same / worse",
            f"Loss of {QUALITY_MARGIN:g}",
        ),
        rows=tuple(
            (
                one.measure.replace("ndcg", "nDCG").replace("mrr", "MRR"),
                f"{one.equivalence.pairs:,}",
                decimal(one.before),
                decimal(one.after),
                signed(one.equivalence.difference),
                signed_interval(one.equivalence.interval),
                p_value(one.test.p_value),
                f"{one.test.wins} / {one.test.ties} / {one.test.losses}",
                one.equivalence.verdict.replace("margin", f"{QUALITY_MARGIN:g}"),
            )
            for one in found.quality
        ),
        words=(0, 8),
        notes=(
            "p: paired randomisation test over ads. Last column: two one-sided tests (TOST); a "
            "difference that isn't significant is no proof that nothing was lost.",
        ),
    )
