"""Two audits side by side, as a page and as sentences for the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

from evenhand.audit.comparison import (
    QUALITY_MARGIN,
    AuditComparison,
    ParityChange,
    QualityChange,
    RateChange,
)
from evenhand.measure.figure import fields_as_json
from evenhand.measure.rates.tests import RatioChange
from evenhand.records.result import Row
from evenhand.report.numbers import (
    count,
    decimal,
    figure_interval,
    number,
    p_value,
    ratio,
    ratio_interval,
    signed,
    signed_interval,
)
from evenhand.report.page import (
    Block,
    Col,
    Figure,
    Heading,
    Page,
    Section,
    Texts,
    Words,
    cannot_say,
    new_page,
    render,
    words_col,
)
from evenhand.report.plots import PlotRow, ratio_plot
from evenhand.report.sentences import HEADINGS, cell_name, findings, measure_name, name_of

_CHANGED = 0.05
_say = Texts("comparison")


def render_comparison(found: AuditComparison) -> str:
    """The comparison as HTML; the same comparison gives the same bytes."""
    return render(page_of(found))


def page_of(found: AuditComparison) -> Page:
    """The page as blocks."""
    notes = tuple(f"{note[0].upper()}{note[1:]}.".replace("*", " × ") for note in found.notes)
    return new_page(
        "Before and after" if found.titles[0] == found.titles[1] else "Two audits compared",
        _say("subtitle", names=found.names, titles=found.titles),
        [
            Section("found", "What changed", (findings(sentences(found)),)),
            Section("tables", "Before and after", _tables(found)),
            Section(
                "notes",
                "What could not be compared or paired",
                (Words(notes or (_say("everything"),)),),
            ),
            cannot_say("What this comparison can't say"),
        ],
        notice=found.notice,
    )


def said_of(found: AuditComparison) -> Sequence[str]:
    """What changed, the notice first."""
    return [*filter(None, (found.notice, *sentences(found)))]


def rows_of(found: AuditComparison) -> dict[str, list[Row]]:
    """The lists of ``comparison.json``, those that aren't empty; nested fields stand in it."""
    fields = fields_as_json(found)
    names = ("rates", "parity", "quality", "similarity")
    return {name: [*map(_flat, fields[name])] for name in names if fields[name]}


def _flat(row: Mapping[str, Any]) -> Row:
    """A row with the fields of what is nested in it, under their own names."""
    nested = [cast(Row, value) for value in row.values() if isinstance(value, Mapping)]
    flat = {name: value for name, value in row.items() if not isinstance(value, Mapping)}
    for each in nested:
        flat |= {name: value for name, value in each.items() if name not in flat}
    return flat


def sentences(found: AuditComparison) -> tuple[str, ...]:
    """What changed, in plain sentences; what didn't detectably change is counted."""
    said = [_rate_sentence(one) for one in found.rates if one.change.p_value < _CHANGED]
    moved = (one for one in found.parity if one.p_value < _CHANGED)
    said += [_say("said.parity", one=one, moved=_moved(one)) for one in moved]
    tested = (*(one.change for one in found.rates), *found.parity)
    compared = sum(math.isfinite(one.p_value) for one in tested)
    said.append(_say("said.compared", ratios=count(compared, "ratio"), changed=len(said)))
    said += [_quality_sentence(one) for one in found.quality if one.measure.startswith("ndcg")]
    return tuple(said)


def _moved(change: RatioChange | ParityChange) -> str:
    return _say("said.moved", way="rose" if change.change > 1 else "fell", one=change)


def _title(measure: str, attribute: str) -> str:
    return f"{HEADINGS[measure]} by {name_of(attribute)}"


def _rate_sentence(one: RateChange) -> str:
    title = _title(one.measure, one.attribute)
    return _say("said.rate", title=title, one=one.change, moved=_moved(one.change))


def _quality_name(measure: str) -> str:
    return measure.replace("ndcg", "nDCG").replace("mrr", "MRR")


def _quality_sentence(one: QualityChange) -> str:
    ads = count(one.equivalence.pairs, "ad")
    return _say("said.quality", one=one, measure=_quality_name(one.measure), ads=ads)


_MOVED = (
    Col("A", "before", ratio),
    Col("B", "after", ratio),
    Col("Change ×", "change", ratio),
    Col("95% interval", "interval", ratio_interval),
    Col("p", "p_value", p_value),
)
_RATES = (
    *_MOVED,
    Col("People", "people", lambda people: " / ".join(map(number, people))),
    words_col("Paired", lambda one: "yes" if one.paired else one.reason or "no"),
)
_PARITY = (
    Col("By", "attribute", name_of),
    words_col("Comparison", "contrast", cell_name),
    *_MOVED,
    words_col("Paired", lambda one: "yes" if one.paired else "no"),
)
_SIMILARITY = (
    Col("Measure", "measure", measure_name),
    Col("Mean", "value", decimal),
    Col("95% interval", "interval", figure_interval),
    Col("Ads", "n", number),
)


def _with_margin(verdict: str) -> str:
    return verdict.replace("margin", f"{QUALITY_MARGIN:g}")


_QUALITY = (
    Col("Measure", "measure", _quality_name),
    Col("Ads", "equivalence.pairs", number),
    Col("A", "before", decimal),
    Col("B", "after", decimal),
    Col("Difference", "equivalence.difference", signed),
    Col("90% interval", "equivalence.interval", signed_interval),
    Col("p of no change", "test.p_value", p_value),
    Col(
        "Better / same / worse",
        "test",
        lambda test: f"{test.wins} / {test.ties} / {test.losses}",
    ),
    words_col(
        f"Loss of {QUALITY_MARGIN:g}",
        "equivalence.verdict",
        _with_margin,
    ),
)


def _tables(found: AuditComparison) -> list[Block]:
    """The pictures and tables that have rows: rates by kind, attribute and group compared with."""
    kinds: dict[tuple[str, str, str], list[RatioChange]] = {}
    for one in found.rates:
        kind = (one.measure, one.attribute, one.change.benchmark)
        kinds.setdefault(kind, []).append(one.change)
    blocks: list[Block] = []
    for (measure, attribute, benchmark), changes in kinds.items():
        blocks.append(Heading(_title(measure, attribute)))
        blocks.append(_rate_figure(measure, attribute, benchmark, changes))
    tables = (
        _say.table("parity", _PARITY, found.parity),
        _say.table("similarity", _SIMILARITY, found.similarity),
        _say.table("quality", _QUALITY, found.quality),
    )
    return [*blocks, *(table for table in tables if table.rows)]


def _rate_figure(
    measure: str, attribute: str, benchmark: str, changes: Sequence[RatioChange]
) -> Block:
    title = _title(measure, attribute)
    first = Col(name_of(attribute).capitalize(), "cell", cell_name)
    table = _say.table(
        "rates", (first, *_RATES), changes, title=title, benchmark=cell_name(benchmark)
    )
    plotted = [_change_row(change) for change in changes if 0 < change.change < math.inf]
    if not plotted:
        return table
    picture = ratio_plot(
        plotted,
        key=f"change-{measure}-{attribute}-{benchmark}",
        title=_say("rates.title", title=title),
        description=_say("rates.description"),
        ends=("ratio fell", "ratio rose"),
        parity="no change",
    )
    return Figure(picture, _say("rates.reading"), table)


def _change_row(change: RatioChange) -> PlotRow:
    low, high = change.interval
    return PlotRow(
        cell_name(change.cell),
        change.change,
        (low if 0 < low < math.inf else None, high if 0 < high < math.inf else None),
        shape="diamond" if change.p_value < _CHANGED else "hollow-diamond",
        note=f"{ratio(change.before)} → {ratio(change.after)}",
    )
