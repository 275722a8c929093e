"""The report of an evaluation: one self-contained HTML page from it and its rewrites.

Nothing is measured here. Cells of fewer than five people are hidden as in ``evaluation.json``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from evenhand.audit.evaluation import Evaluation, ReadingGrade, Wording, why_no_figure
from evenhand.audit.suppression import hidden_cells
from evenhand.measure.compare import ORIGINAL, HitsCheck, PairMeasures, QualityCheck, RatioChange
from evenhand.measure.counts import OVERALL
from evenhand.measure.measures import Average, ContrastMeasures, ScopeMeasures
from evenhand.measure.study import SMALL_CELL, Estimate
from evenhand.records.files import AnyPath, write_text
from evenhand.records.job import Job
from evenhand.records.result import Row
from evenhand.report.numbers import (
    UNDEFINED,
    count,
    decimal,
    interval,
    number,
    p_value,
    percent,
    ratio,
    ratio_interval,
    ratio_range,
    signed,
    signed_interval,
    signed_percent,
)
from evenhand.report.page import (
    Block,
    Col,
    Figure,
    Page,
    Points,
    Section,
    Table,
    Texts,
    Tile,
    Words,
    cannot_say,
    new_page,
    render,
    words_col,
    written_cols,
)
from evenhand.report.pages.changes import changes_of
from evenhand.report.plots import NARROW, PlotRow, Shape, quality_plot, ratio_plot
from evenhand.report.verdicts import headline_change, ndcg_name, verdicts
from evenhand.rewrite.result import Rewrite

if TYPE_CHECKING:
    from rich.table import Table as Printed

SHOWN_ADS = 20
_say = Texts("evaluation")


def write_report(path: AnyPath, evaluation: Evaluation, **given: Any) -> None:
    """Write the report, whole or not at all; ``render_report`` says what is given.

    Raises:
        StorageError: The file could not be written.
    """
    write_text(path, render_report(evaluation, **given))


def render_report(
    evaluation: Evaluation,
    *,
    jobs: Sequence[Job],
    rewrites: Mapping[str, Sequence[Rewrite]],
    notice: str | None = None,
    provenance: Mapping[str, str] | None = None,
    show: int = SHOWN_ADS,
) -> str:
    """The report as HTML; the same input gives the same bytes; see ``report_page``."""
    page = report_page(
        evaluation, jobs=jobs, rewrites=rewrites, notice=notice, provenance=provenance, show=show
    )
    return render(page)


def report_page(
    evaluation: Evaluation,
    *,
    jobs: Sequence[Job],
    rewrites: Mapping[str, Sequence[Rewrite]],
    notice: str | None = None,
    provenance: Mapping[str, str] | None = None,
    show: int = SHOWN_ADS,
) -> Page:
    """The report before it is HTML.

    Args:
        evaluation: What was found.
        jobs: The ads; their titles head the changes.
        rewrites: By system; the changes of the system in question are shown.
        notice: Shown first and prominently (that the market is synthetic, say).
        provenance: More rows of what the result rests on: versions, config and run digests.
        show: Most ads to show with their changes.
    """
    focus = evaluation.focus or ""
    titles = {job.id: job.title for job in jobs if job.title}
    shown, changes = changes_of(focus, rewrites.get(focus, ()), titles, show)
    return page_of(evaluation, shown, changes, notice or "", provenance or {})


def page_of(
    evaluation: Evaluation,
    shown: Sequence[Block] = (),
    changes: Section | None = None,
    notice: str = "",
    provenance: Mapping[str, str] | None = None,
) -> Page:
    """The report as blocks: what ``shown`` holds follows the pictures that it leads with."""
    protocol = evaluation.protocol
    pictures = (_parity_figure(evaluation), _quality_figure(evaluation))
    points = Points(tuple(("", sentence) for sentence in verdicts(evaluation)))
    sections = [
        Section("findings", "Findings", (points, _systems_table(evaluation))),
        _compared(evaluation),
        _parity(evaluation),
        _quality(evaluation),
        _groups(evaluation),
        _facts(evaluation),
        _abstained(evaluation),
        changes,
        _refusals(evaluation),
        _cost(evaluation),
        _provenance(evaluation, provenance or {}),
        cannot_say("What this report can't say"),
    ]
    systems = count(len(evaluation.comparison.systems) - 1, "system")
    about = {"attribute": evaluation.attribute.replace("_", " "), "systems": systems}
    subtitle = _say("subtitle", ads=count(protocol.n_jobs, "ad"), protocol=protocol, **about)
    lead = Section("glance", "At a glance", (*pictures, *shown))
    tiles = _tiles(evaluation)
    return new_page(_say("title"), subtitle, sections, notice=notice, tiles=tiles, lead=lead)


def said_of(evaluation: Evaluation) -> Sequence[str]:
    """What must be said first, then what was found."""
    return [*(f"{each}." for each in evaluation.said), *verdicts(evaluation)]


def rows_of(evaluation: Evaluation) -> dict[str, list[Row]]:
    """One row a system at the headline cut, and every comparison of every system."""
    systems: list[Row] = [
        {"system": name, **{key: one for key, one in row.items() if not isinstance(one, dict)}}
        for name, row in evaluation.to_json()["systems"].items()
    ]
    contrasts: list[Row] = [
        {"system": name, **row}
        for name, measures in evaluation.comparison.systems.items()
        for row in measures.tables()["contrasts"]
    ]
    return {"systems": systems, "contrasts": contrasts}


# The key figures at the top.


def _sides(one: ContrastMeasures) -> str:
    return f"{one.group} against {one.reference.strip('()')}"


def _tiles(evaluation: Evaluation) -> Iterator[Tile]:
    focus = evaluation.focus
    if focus is None:
        return
    before, after = evaluation.headline(ORIGINAL), evaluation.headline(focus)
    moved = f"{ratio(before.ratio.value)} → {ratio(after.ratio.value)}"
    yield Tile(f"R, original to {focus}", moved, f"{_sides(before)}; 1 is parity")
    change, pair = evaluation.comparison.primary, evaluation.primary_pair
    if change is not None and pair is not None:
        note = _say("tiles.change", pair=pair, change=change)
        yield Tile("Change of |log R|", signed(change.change), note)
    ndcg = {one.name: decimal(one.ndcg.value) for one in _systems(evaluation)}
    kept = evaluation.kept.quality_kept if evaluation.kept is not None else None
    key = {None: "tiles.not_assessed", True: "tiles.kept", False: "tiles.not_kept"}[kept]
    note = _say(key, margin=evaluation.comparison.margins.ndcg)
    yield Tile(ndcg_name(evaluation.quality_name), f"{ndcg[ORIGINAL]} → {ndcg[focus]}", note)
    wording = evaluation.wording.get(focus)
    if wording is not None and wording.facts.read:
        flagged = f"{wording.facts.flagged} of {wording.facts.read:,}"
        yield Tile("Edits flagged", flagged, _say("tiles.facts"))


# Tables of one row a system.


@dataclass(frozen=True, slots=True)
class _System:
    """What stands in the tables of a system: its headline R, quality over all ads, its words."""

    name: str
    shape: Shape
    ratio: Estimate
    macro: Estimate
    beside: Estimate | None
    ndcg: Average
    mrr: Average
    recall: Average
    wording: Wording | None


def _systems(evaluation: Evaluation) -> list[_System]:
    attribute, pair = evaluation.attribute, evaluation.primary_pair
    top, beside = evaluation.protocol.top, evaluation.protocol.also_top
    shapes: dict[str, Shape] = {} if pair is None else {pair.before: "triangle"}
    shapes |= {evaluation.focus or "": "diamond", ORIGINAL: "ring"}
    found: list[_System] = []
    for name, measures in evaluation.comparison.systems.items():
        cuts, quality = measures.attributes[attribute].cuts, measures.quality[OVERALL]
        found.append(
            _System(
                name,
                shapes.get(name, "circle"),
                evaluation.headline(name).ratio,
                measures.contrast(attribute, scope="macro").ratio,
                evaluation.headline(name, top=beside).ratio if beside in cuts else None,
                quality[evaluation.quality_name],
                quality["mrr"],
                quality[f"recall@{top}"],
                evaluation.wording.get(name),
            )
        )
    return found


_NAME = Col("System", "name")
_RATIO = (
    Col("R", "ratio.value", ratio),
    Col("95% interval", "ratio.interval", ratio_interval),
    Col("Null, 95%", "ratio.null_interval", ratio_interval),
)
_CHANGED = (
    Col("Ads changed", "wording.ads_changed", percent),
    Col("Edits per ad", "wording.edits_per_ad", partial(decimal, places=2)),
)


def _by_system(
    evaluation: Evaluation, key: str, *columns: Col, reworded: bool = False, **more: Any
) -> Table:
    """A table of systems, the one in question set off; of those that reworded ads alone."""
    rows = [one for one in _systems(evaluation) if one.wording is not None or not reworded]
    return _say.table(key, (_NAME, *columns), rows, strong=[evaluation.focus or ""], **more)


def _systems_table(evaluation: Evaluation) -> Table:
    ndcg = Col(ndcg_name(evaluation.quality_name), "ndcg.value", decimal)
    passing = Col("Proposals passing gates", "wording.gate_pass_rate", percent)
    return _by_system(evaluation, "systems", *_RATIO, ndcg, *_CHANGED, passing)


def evaluation_table(evaluation: Evaluation) -> Printed:
    """A short table for the terminal: one row a system, the primary comparison beneath."""
    from rich.table import Table as Printed

    change, pair = evaluation.comparison.primary, evaluation.primary_pair
    caption = _say("terminal.none")
    if change is not None and pair is not None:
        caption = _say("terminal.primary", pair=pair, change=change)
    sides = _sides(evaluation.headline(ORIGINAL))
    title = _say("terminal.title", sides=sides, top=evaluation.protocol.top)
    table = Printed(title=title, title_justify="left", caption=caption, caption_justify="left")
    table.add_column("system", no_wrap=True)
    columns = (
        Col("R", "ratio.value", ratio),
        Col("95%", "ratio.interval", ratio_range),
        Col("null, 95%", "ratio.null_interval", ratio_range),
        Col(ndcg_name(evaluation.quality_name), "ndcg.value", decimal),
        Col("changed", "wording.ads_changed", percent),
        Col("edits", "wording.edits_per_ad", partial(decimal, places=2)),
    )
    for column in columns:
        table.add_column(column.heading, justify="right")
    for one in _systems(evaluation):
        style = "bold" if one.name == evaluation.focus else None
        table.add_row(one.name, *(column.of(one) for column in columns), style=style)
    return table


def _compared(evaluation: Evaluation) -> Section:
    """What was measured on whom, and how R is to be read."""
    protocol = evaluation.protocol
    judged = ""
    if protocol.judged_groups is not None:
        ads, groups = count(protocol.n_judged, "ad"), list(protocol.judged_groups)
        judged = _say("compared.judged", ads=ads, groups=groups)
    about = {"ads": count(protocol.n_jobs, "ad"), "by": protocol.grouped_by.replace("_", " ")}
    paragraphs = (
        _say("compared.ranked", **about, protocol=protocol, judged=judged),
        _say("compared.ratio"),
        _say("compared.qualified", **about, protocol=protocol),
    )
    blocks: list[Block] = [Words(paragraphs)]
    if evaluation.notes:
        blocks.append(Points(tuple(("", note) for note in evaluation.notes)))
    return Section("compared", "What was compared", blocks)


# Parity.


def _parity(evaluation: Evaluation) -> Section:
    """R of every system, what changed, other comparisons and the papers' ratio."""
    tables = (_other_contrasts(evaluation), _paper_table(evaluation))
    blocks = [_parity_table(evaluation), _paired_table(evaluation)]
    return Section("parity", "Parity", [*blocks, *(table for table in tables if table.rows)])


def _parity_figure(evaluation: Evaluation) -> Figure:
    """R of every system with its interval and null."""
    first = evaluation.headline(ORIGINAL)
    reference = "the rest" if first.reference == "(rest)" else first.reference
    sides = {"group": first.group, "reference": reference}
    draw = partial(
        ratio_plot,
        [_ratio_row(one) for one in _systems(evaluation)],
        key="parity-plot",
        title=_say("parity.title", **sides),
        description=_say("parity.description", **sides),
        ends=(f"{first.group} shown less often", f"{first.group} shown more often"),
    )
    table = _parity_table(evaluation)
    return Figure(draw(), _say("parity.reading"), table, draw(room=NARROW), table_in="parity")


def _parity_table(evaluation: Evaluation) -> Table:
    """The numbers of the picture."""
    beside, least = evaluation.protocol.also_top, evaluation.protocol.min_group
    columns = [*_RATIO, Col("p", "ratio.p_value", p_value), Col("Macro R", "macro.value", ratio)]
    if beside in next(iter(evaluation.original.attributes.values())).cuts:
        columns.append(Col(f"R, top {beside}", "beside.value", ratio))
    headlines = (evaluation.headline(name) for name in evaluation.comparison.systems)
    reasons = {why_no_figure(one, least) for one in headlines} - {""}
    about: dict[str, Any] = {
        "sides": _sides(evaluation.headline(ORIGINAL)),
        "top": evaluation.protocol.top,
    }
    return _by_system(evaluation, "parity", *columns, after=sorted(reasons), **about)


def _ratio_row(one: _System) -> PlotRow:
    low, high = one.ratio.null_interval
    return PlotRow(
        one.name,
        _defined(one.ratio.value),
        _ends(one.ratio.interval),
        (low, high) if math.isfinite(low + high) else None,
        one.shape,
        f"{ratio(one.ratio.value)}  ({ratio_interval(one.ratio.interval)})",
    )


def _defined(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _ends(ends: tuple[float, float]) -> tuple[float | None, float | None]:
    return _defined(ends[0]), _defined(ends[1])


def _paired_table(evaluation: Evaluation) -> Table:
    rows = [
        (f"{pair.after} against {pair.before}", headline_change(pair))
        for pair in evaluation.comparison.pairs
    ]
    strong = [name for name, change in rows if change is not None and change.primary]
    return _say.table("paired", _PAIRED, rows, strong=strong)


def _direction(change: RatioChange | None) -> str:
    if change is None:
        return "not judged"
    low, high = change.interval
    if not math.isfinite(low + high):
        return "undefined"
    return "closer" if high < 0 else "further" if low > 0 else "no detectable change"


def _tested(change: RatioChange | None) -> tuple[str, str]:
    """The p-value of a change, and what kind of test it is from."""
    if change is None:
        return UNDEFINED, UNDEFINED
    if change.primary:
        return p_value(change.p_value), "primary"
    return p_value(change.p_holm), "secondary, Holm"


_PAIRED = (
    Col("Comparison", lambda row: row[0]),
    Col("Change", lambda row: row[1] and row[1].change, signed),
    Col("95% interval", lambda row: row[1] and row[1].interval, signed_interval),
    Col("p", lambda row: _tested(row[1])[0]),
    words_col("Test", lambda row: _tested(row[1])[1]),
    words_col("Reading", lambda row: _direction(row[1])),
)


def _before_after(focus: str, *before: Col) -> tuple[Col, ...]:
    """Columns of rows that end with R of the original and that of another system."""
    found = list(before)
    for at, name in ((-2, "original"), (-1, focus)):
        found += [
            Col(f"R, {name}", lambda row, at=at: row[at].value, ratio),
            Col("95% interval", lambda row, at=at: row[at].interval, ratio_interval),
            Col("Null, 95%", lambda row, at=at: row[at].null_interval, ratio_interval),
        ]
    return tuple(found)


def _other_contrasts(evaluation: Evaluation) -> Table:
    """Every other contrast, of every attribute, original beside focus."""
    focus = evaluation.focus or ORIGINAL
    start, end = evaluation.original, evaluation.comparison.systems[focus]
    rows = [
        (
            f"{attribute}: {_sides(one)}",
            *(each.contrast(attribute, one.group).ratio for each in (start, end)),
        )
        for attribute, measured in start.attributes.items()
        for one in measured.cuts[start.top]
        .scopes[OVERALL]
        .contrasts[int(attribute == evaluation.attribute) :]
    ]
    columns = _before_after(focus, Col("Comparison", lambda row: row[0]))
    return _say.table("others", columns, rows)


def _paper_table(evaluation: Evaluation) -> Table:
    """The papers' impact ratio beside its chance level."""
    focus = evaluation.focus or ORIGINAL
    before, after = (
        evaluation.comparison.systems[name]
        .attributes[evaluation.attribute]
        .impact_ratio_paper.get(OVERALL, ())
        for name in (ORIGINAL, focus)
    )
    columns = (
        Col("Group", lambda row: row[0].value),
        Col("original", lambda row: row[0].ratio, decimal),
        Col("by chance", lambda row: row[0].chance, decimal),
        Col(focus, lambda row: row[1].ratio, decimal),
        Col("by chance", lambda row: row[1].chance, decimal),
    )
    return _say.table("paper", columns, zip(before, after, strict=True))


# Quality: nDCG of every system, and whether the focus kept it in every group of ads.


def _quality(evaluation: Evaluation) -> Section:
    pair, margins = evaluation.kept, evaluation.comparison.margins
    checks = (*(pair.quality if pair is not None else ()), *evaluation.other_quality)
    blocks = [_quality_table(evaluation)]
    if checks:
        columns = (
            Col("Ads", lambda check: scope_name(evaluation, check.scope)),
            Col("Number", "ads", number),
            Col("original", "before", decimal),
            Col(str(evaluation.focus), "after", decimal),
            Col("Difference", "difference", signed),
            Col("At worst", "lower_bound", signed),
            words_col("Kept?", lambda check: _quality_kept(check, margins.ndcg)),
        )
        about: dict[str, Any] = {"name": ndcg_name(evaluation.quality_name)}
        about |= {"focus": evaluation.focus, "margin": margins.ndcg, "floor": margins.ndcg_floor}
        blocks.append(_say.table("checks", columns, checks, **about))
    return Section("quality", "Ranking quality", blocks)


def _quality_kept(check: QualityCheck, margin: float) -> str:
    if check.non_inferior is False and check.difference <= -margin:
        return "no"
    return {True: "yes", False: "not established", None: "not assessed"}[check.non_inferior]


def _quality_figure(evaluation: Evaluation) -> Figure:
    """NDCG of every system with its interval, and the least that counts as kept."""
    name, margin = ndcg_name(evaluation.quality_name), evaluation.comparison.margins.ndcg
    systems = _systems(evaluation)
    base = systems[0].ndcg.value
    draw = partial(
        quality_plot,
        [
            PlotRow(
                one.name,
                _defined(one.ndcg.value),
                _ends(one.ndcg.interval),
                shape=one.shape,
                note=f"{decimal(one.ndcg.value)}  ({interval(one.ndcg.interval)})",
            )
            for one in systems
        ],
        key="quality-plot",
        title=_say("quality.title", name=name),
        description=_say("quality.description", name=name, margin=margin),
        floor=base - margin if math.isfinite(base) else None,
        floor_label=f"original − {margin:g}",
    )
    caption, table = _say("quality.reading", name=name), _quality_table(evaluation)
    return Figure(draw(), caption, table, draw(room=NARROW), table_in="quality")


def _quality_table(evaluation: Evaluation) -> Table:
    """The numbers of the picture."""
    columns = (
        Col(ndcg_name(evaluation.quality_name), "ndcg.value", decimal),
        Col("95% interval", "ndcg.interval", interval),
        Col("MRR", "mrr.value", decimal),
        Col(f"Recall@{evaluation.protocol.top}", "recall.value", decimal),
    )
    return _by_system(evaluation, "quality", *columns)


# Group by group: R, who is shown, and levelling down.


def scope_name(evaluation: Evaluation, scope: str) -> str:
    """A scope in words."""
    everything = "all ads" if evaluation.protocol.judged_groups is None else "all judged ads"
    return everything if scope == OVERALL else scope


def _groups(evaluation: Evaluation) -> Section:
    focus = evaluation.focus or ORIGINAL
    start, end = (_scopes(evaluation, name) for name in (ORIGINAL, focus))
    rows = [
        (name, scope.ads, scope.contrasts[0].ratio, end[name].contrasts[0].ratio)
        for name, scope in start.items()
        if name != OVERALL
    ]
    first = (
        Col("Group of ads", lambda row: row[0]),
        Col("Ads", lambda row: row[1], number),
    )
    about: dict[str, Any] = {
        "sides": _sides(evaluation.headline(ORIGINAL)),
        "least": evaluation.protocol.min_group,
    }
    by_group = _say.table("groups", _before_after(focus, *first), rows, **about)
    hidden = hidden_cells(start)
    blocks = [by_group, _shown_table(evaluation, start, end, hidden)]
    if evaluation.kept is not None:
        blocks.append(_hits_table(evaluation, evaluation.kept, hidden))
    return Section("groups", "Group by group", blocks)


def _scopes(evaluation: Evaluation, system: str) -> Mapping[str, ScopeMeasures]:
    measures = evaluation.comparison.systems[system]
    return measures.attributes[evaluation.attribute].cuts[measures.top].scopes


def _shown_table(
    evaluation: Evaluation,
    start: Mapping[str, ScopeMeasures],
    end: Mapping[str, ScopeMeasures],
    hidden: frozenset[tuple[str, str]],
) -> Table:
    """Qualified people by value and group of ads, small cells hidden."""
    rows: list[tuple[str, ...]] = []
    for scope in start:
        for one, other in zip(start[scope].counts, end[scope].counts, strict=True):
            cells = (number(one.people), number(one.selected), percent(one.rate, 1))
            cells = (*cells, number(other.selected), percent(other.rate, 1))
            if (scope, one.value) in hidden:
                cells = ("hidden",) * 5
            if one.people:
                rows.append((scope_name(evaluation, scope), one.value or "unknown", *cells))
    focus, attribute = evaluation.focus or ORIGINAL, evaluation.attribute
    shown = ("Qualified people", "Shown, original", "Rate", f"Shown, {focus}", "Rate")
    columns = written_cols("Group of ads", attribute, *shown, words=(1,))
    about: dict[str, Any] = {
        "top": evaluation.protocol.top,
        "attribute": attribute,
        "small": SMALL_CELL,
    }
    return _say.table("shown", columns, rows, **about)


def _hits_table(
    evaluation: Evaluation, pair: PairMeasures, hidden: frozenset[tuple[str, str]]
) -> Table:
    """The headline attribute by group of ads; other attributes over all ads."""
    checks = [
        check
        for check in pair.hits
        if check.scope == OVERALL
        or (check.attribute == evaluation.attribute and (check.scope, check.value) not in hidden)
    ]
    margin = evaluation.comparison.margins.hits
    columns = (
        Col("Ads", lambda check: scope_name(evaluation, check.scope)),
        words_col("Value", lambda check: f"{check.attribute}: {check.value}"),
        Col("original", "before", number),
        Col(pair.after, "after", number),
        Col("Change", "relative_change", signed_percent),
        Col("At worst", "lower_bound", signed_percent),
        words_col("Kept?", lambda check: _hits_kept(check, margin)),
    )
    return _say.table("hits", columns, checks, after_=pair.after, margin=percent(margin))


def _hits_kept(check: HitsCheck, margin: float) -> str:
    if check.non_inferior:
        return "yes"
    return "not established" if check.relative_change > -margin else "no"


# How far to trust it: facts, abstentions, refusals, cost, provenance.


def _facts(evaluation: Evaluation) -> Section | None:
    """Facts checked by the second checker, for every system."""
    if not evaluation.wording:
        return None
    columns = (
        Col("Edits checked", "wording.facts.read", number),
        Col("Flagged", "wording.facts.flagged", number),
        words_col("Kinds of fact", "wording.facts.reasons", _kinds),
    )
    table = _by_system(evaluation, "facts", *columns, reworded=True)
    return Section("facts", "Facts", (Words((_say("facts.about"),)), table))


def _kinds(reasons: Sequence[tuple[str, int]]) -> str:
    return "; ".join(f"{why} ({times})" for why, times in reasons[:3]) or "none"


def _refusals(evaluation: Evaluation) -> Section | None:
    """Refused proposals of the focus by gate; None where nothing was refused."""
    name = evaluation.focus or ""
    wording = evaluation.wording.get(name)
    if wording is None or not wording.refused:
        return None
    total = sum(times for _, times in wording.refused)
    gates = dict(_say.pairs("gates"))
    columns = (
        Col("Gate", lambda row: row[0]),
        words_col("What it means", lambda row: gates.get(row[0], UNDEFINED)),
        Col("Proposals", lambda row: row[1], number),
        Col("Share", lambda row: row[1] / total, percent),
    )
    table = _say.table("refused", columns, wording.refused, system=name)
    about = _say("refused.about", proposals=wording.proposals, passed=wording.passed)
    return Section("refused", "Refused proposals", (Words((about,)), table))


_ABSTAINED = (
    Col("Comparison", lambda each: f"{each.attribute}: {_sides(each)}"),
    Col("R", "ratio", ratio),
    Col("95% interval", "interval", ratio_interval),
    Col(
        "Could have shown",
        "detectable",
        lambda value: (
            f"{ratio(value)} or {ratio(1 / value)}" if math.isfinite(value) else UNDEFINED
        ),
    ),
    words_col("Why", lambda each: each.reason or _say("abstained.holds")),
)


def _abstained(evaluation: Evaluation) -> Section | None:
    """Where no effect may be claimed; None where every comparison shows a gap."""
    if not evaluation.abstained:
        return None
    first, *others = _ABSTAINED
    ads = words_col("Ads", lambda each: scope_name(evaluation, each.scope))
    table = _say.table("abstained", (first, ads, *others), evaluation.abstained)
    about = Words((_say("abstained.about"),))
    return Section("abstained", "Where nothing is claimed", (about, table))


def _grades(found: ReadingGrade) -> str:
    return f"{decimal(found.before, 1)} → {decimal(found.after, 1)}"


_COST = (
    *_CHANGED,
    Col("Proposals", "wording.proposals", number),
    Col("Passed all gates", "wording.gate_pass_rate", percent),
    Col("Samples a span", "wording.samples"),
    Col("Seconds per ad", "wording.seconds_per_ad", partial(decimal, places=1)),
    Col("Grade level, before → after", "wording.readability", _grades),
)


def _cost(evaluation: Evaluation) -> Section | None:
    """What rewording took and what it did to the ads as texts."""
    if not evaluation.wording:
        return None
    table = _by_system(evaluation, "cost", *_COST, reworded=True)
    return Section("cost", "What the rewording did and took", (table,))


def _provenance(evaluation: Evaluation, provenance: Mapping[str, str]) -> Section:
    """Digests, versions, settings: what must be the same for the result to hold."""
    protocol = evaluation.protocol
    rows = {
        "evenhand": version("evenhand"),
        "matching engine": protocol.engine,
        "digest of the engine": protocol.engine_digest,
        "digest of the people's texts": protocol.pool_digest,
        "digest of the ads": protocol.jobs_digest,
        "seed": str(protocol.seed),
        "resamples": f"{protocol.resamples:,}",
        **provenance,
    }
    table = _say.table("provenance", written_cols("What", "Which", words=(1,)), rows.items())
    return Section("provenance", "Provenance", (table,))
