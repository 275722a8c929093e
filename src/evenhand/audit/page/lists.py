"""Sections on lists: R and where it comes from, order, exposure, single people, single ads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from evenhand.audit.curves import Curve, curve_plot
from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.definitions import family_of
from evenhand.audit.evidence.lists import ListEvidence
from evenhand.audit.evidence.masked import (
    contrasts_shown,
    row_is_hidden,
    shown_figures,
)
from evenhand.audit.evidence.sentences import cell_name, name_of, parity_sentence
from evenhand.audit.numbers import (
    UNDEFINED,
    decimal,
    percent,
    ratio,
    ratio_interval,
)
from evenhand.audit.page.figures import SINGLE, figure_table
from evenhand.audit.page.findings import finding
from evenhand.audit.plots import NARROW, PlotRow, ratio_plot
from evenhand.audit.view import Block, Figure, Fold, Heading, Section, Table, Words
from evenhand.measure.estimates import OVERALL
from evenhand.measure.figure import Figure as Number
from evenhand.measure.lists.pooled_ratio import PooledRatio
from evenhand.measure.mantel_haenszel import side_in_words
from evenhand.measure.results import ContrastMeasures

DEPTHS = (1, 3, 5, 10, 20, 50, 100)
FAMILIES = (
    ("candidates", "Single candidates", "How evenly attention falls on single people, whatever "
     "their group. Original forms have ranges that mislead (their definitions say how); the "
     "corrected column runs from 0 to 1."),
    ("jobs", "Single ads", "How evenly the engine serves the ads: the spread of one value an ad."),
    ("quality", "Ranking quality", "How many of the qualified the lists show, and how early."),
)  # fmt: skip


def list_sections(audit: Audit) -> list[Section]:
    """The sections of an audit that has lists; none otherwise."""
    lists = audit.lists
    if lists is None:
        return []
    figures = shown_figures(audit)
    sections = [
        _parity(audit, lists),
        _of_attributes(lists, figures, "lists", "Order of the lists"),
    ]
    sections.append(_of_attributes(lists, figures, "exposure", "Exposure of groups"))
    for family, title, about in FAMILIES:
        found = [one for one in figures if family_of(one.measure) == family]
        if found:
            table = figure_table(found, f"{title}: measures", (SINGLE,))
            blocks = [Words((about,)), Fold(table.caption, [table])]
            sections.append(Section(family, title, blocks))
    return sections


def _parity(audit: Audit, lists: ListEvidence) -> Section:
    blocks: list[Block | Fold] = [
        Words(
            (
                "R compares qualified people within each ad: how often those of one group stand "
                f"in the top {lists.top}, against those of another (Mantel–Haenszel). Its interval "
                "draws people and ads anew; its level by chance shuffles groups among equally "
                "qualified people.",
            )
        )
    ]
    for name in lists.attributes:
        blocks += [Heading(f"By {name_of(name)}"), *_attribute(audit, lists, name)]
    return Section("parity", "Parity of the lists", blocks)


def _attribute(audit: Audit, lists: ListEvidence, attribute: str) -> list[Block | Fold]:
    shown = contrasts_shown(audit, attribute, OVERALL, lists.top)
    if not shown:
        return [Words((f"{name_of(attribute)}: every group is too small to be shown.",))]
    said = finding([parity_sentence(one, attribute, lists) for one in shown])
    pooled = lists.pooled[attribute]
    about = tuple(one.sentence for one in pooled if one.sentence)
    folded: list[Block] = [_depth(lists, attribute), _who(audit, lists, attribute)]
    return [
        said,
        _ratio_figure(audit, lists, attribute, shown),
        *([Words(about)] if about else []),
        Fold(
            f"Lists by {name_of(attribute)}: by depth, who is shown, the pooled ratio",
            [*folded, *([_pooled(pooled, attribute)] if pooled else [])],
        ),
    ]


def _ratio_figure(
    audit: Audit, lists: ListEvidence, attribute: str, shown: Sequence[ContrastMeasures]
) -> Block:
    """R over all ads, one row a contrast; with one contrast, the occupation groups beneath it."""
    scopes = lists.measures.attributes[attribute].cuts[lists.top].scopes
    rows = [("all ads", one) for one in shown]
    for scope in scopes:
        if scope != OVERALL:
            found = contrasts_shown(audit, attribute, scope, lists.top)
            rows += [(scope, one) for one in found if one.judged]
    table = _ratio_table(lists, attribute, rows)
    drawn = rows if len(shown) == 1 else rows[: len(shown)]
    plotted = [_row(name, one, len(shown) == 1) for name, one in drawn if one.ratio.value > 0]
    if not plotted:
        return table
    draw = partial(
        ratio_plot,
        plotted,
        key=f"parity-{attribute.replace('*', '-')}",
        title=f"R by {name_of(attribute)}",
        description="One row a comparison: R with its interval on a logarithmic axis. The line "
        "marks parity at 1, the shaded band what chance alone would give. The table below has the "
        "numbers.",
        ends=("shown less often", "shown more often"),
    )
    caption = "Diamonds: R with its interval. Shaded: what chance alone would give."
    return Figure(draw(), caption, table, draw(room=NARROW))


def _row(scope: str, one: ContrastMeasures, by_scope: bool) -> PlotRow:
    low, high = one.ratio.interval
    null = one.ratio.null_interval
    return PlotRow(
        scope.replace("_", " ") if by_scope else cell_name(one.group),
        one.ratio.value,
        (None, None) if math.isnan(low + high) else (low, high),
        null=null if math.isfinite(sum(null)) else None,
        shape="diamond",
        note=f"{ratio(one.ratio.value)}  ({ratio_interval(one.ratio.interval)})",
    )


def _ratio_table(
    lists: ListEvidence, attribute: str, rows: Sequence[tuple[str, ContrastMeasures]]
) -> Table:
    scopes = lists.measures.attributes[attribute].cuts[lists.top].scopes

    def ads(scope: str) -> str:
        return f"{scopes[OVERALL if scope == 'all ads' else scope].ads:,}"

    return Table(
        caption=f"R by {name_of(attribute)}, top {lists.top}",
        columns=("Ads", "Comparison", "n", "R", "Interval", "By chance", "Exposure ratio"),
        rows=tuple(
            (
                scope.replace("_", " "),
                f"{cell_name(one.group)} / {cell_name(side_in_words(one.reference))}",
                ads(scope),
                ratio(one.ratio.value),
                ratio_interval(one.ratio.interval),
                ratio_interval(one.ratio.null_interval),
                ratio(one.exposure_ratio),
            )
            for scope, one in rows
        ),
        words=(0, 1),
        notes=(
            "All ads: interval and level by chance hold for everything on this page together in "
            "95%; of single groups of ads each is for one R alone, and of many some lie outside by "
            "luck. n: ads that somebody is qualified for. Exposure ratio: the same with early "
            "places counting more. Groups of ads without enough people on both sides are left out; "
            "they count among all ads.",
        ),
    )


def _pooled(rows: Sequence[PooledRatio], attribute: str) -> Table:
    return Table(
        caption=f"The plain pooled ratio beside R, by {name_of(attribute)}",
        columns=("Comparison", "Pooled ratio", "From composition alone", "By chance, 95%", "R"),
        rows=tuple(
            (
                f"{cell_name(one.contrast.group)} / "
                f"{cell_name(side_in_words(one.contrast.reference))}",
                ratio(one.value),
                ratio(one.composition),
                ratio_interval(one.chance),
                ratio(one.stratified),
            )
            for one in rows
        ),
        notes=(
            "From composition alone: the pooled ratio that these lists would have with parity in "
            "every single ad, because groups are unevenly spread over ads. Where it isn't 1 the "
            "pooled ratio misleads and R doesn't.",
        ),
    )


def _depth(lists: ListEvidence, attribute: str) -> Figure:
    depths = lists.depths[attribute]
    columns = [
        (group, tuple(depths.ratio[:, index].tolist())) for index, group in enumerate(depths.groups)
    ]
    name = name_of(attribute)
    last = len(depths.ratio)
    places = sorted({place for place in DEPTHS if place <= last} | {last})
    return Figure(
        curve_plot(
            [Curve(cell_name(group), values) for group, values in columns],
            key=f"depth-{attribute.replace('*', '-')}",
            title=f"Shown by depth, by {name}",
            description="One line a group over the places of the lists: how often its qualified "
            "people stand in the first places, as a multiple of what parity within each ad would "
            "show. The table below has the numbers.",
        ),
        "Lines at 1 are parity down to that place. Early places rest on few people and jump.",
        Table(
            caption=f"Shown in the first places as a multiple of parity, by {name}",
            columns=(name.capitalize(), *(f"first {place}" for place in places)),
            rows=tuple(
                (cell_name(group), *(ratio(values[place - 1]) for place in places))
                for group, values in columns
            ),
        ),
    )


def _who(audit: Audit, lists: ListEvidence, attribute: str) -> Table:
    scopes = lists.measures.attributes[attribute].cuts[lists.top].scopes
    rows: list[tuple[str, ...]] = []
    for scope, measures in scopes.items():
        for one in measures.counts:
            if one.people:
                masked = row_is_hidden(audit, attribute, scope, one.value)
                cells = (f"{one.people:,}", f"{one.pool:,}", f"{one.selected:,}")
                rows.append(
                    (
                        "all ads" if scope == OVERALL else scope.replace("_", " "),
                        cell_name(one.value),
                        *(("hidden",) * 6 if masked else (*cells, *_shares(one.rate, one.skew))),
                        *(() if masked else (f"{one.ads_absent:,}",)),
                    )
                )
    return Table(
        caption=f"Who is shown in the top {lists.top}, by {name_of(attribute)}",
        columns=(
            "Ads",
            name_of(attribute).capitalize(),
            "Qualified people",
            "Pairs",
            "Shown",
            "Rate",
            "Skew",
            "Absent",
        ),
        rows=tuple(rows),
        words=(0, 1),
        notes=(
            "Pairs: of a qualified person and an ad. Skew: log of the share among those shown by "
            "the share of the pool, mean over ads, smoothed. Absent: ads that show nobody of the "
            "group though some are qualified. Cells of few people are hidden.",
        ),
    )


def _shares(rate: float, skew: float) -> tuple[str, str]:
    return percent(rate, 1), decimal(skew, 2) if math.isfinite(skew) else UNDEFINED


def _of_attributes(
    lists: ListEvidence, figures: Sequence[Number], family: str, title: str
) -> Section:
    found = [one for one in figures if family_of(one.measure) == family]
    blocks: list[Fold] = []
    for attribute in ("", *lists.attributes):
        rows = [one for one in found if one.attribute == attribute]
        if rows:
            by = f"by {name_of(attribute)}" if attribute else "over everybody"
            caption = f"{title}, {by}"
            blocks.append(Fold(caption, [figure_table(rows, caption, (SINGLE,))]))
    return Section(f"measures-{family}", title, blocks)
