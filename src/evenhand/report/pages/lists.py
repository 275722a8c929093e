"""The sections of an audit on lists and on wording, which load many measures and word lists.

On lists: R and where it comes from, order, exposure, single people, single ads. On wording: what
the ads say, beside what their lists do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np

from evenhand.audit.audit import Audit, all_definitions, family_of
from evenhand.audit.lists import ListEvidence
from evenhand.audit.rates import HIDDEN, RateEvidence
from evenhand.audit.wording import LEAN, SCORES, Agreement, WordingEvidence
from evenhand.language.check import SEVERITIES, family
from evenhand.match.protocol import FloatArray
from evenhand.measure.counts import OVERALL
from evenhand.measure.figure import Figure as Number
from evenhand.measure.measures import ContrastMeasures, ScopeMeasures, ValueCounts
from evenhand.measure.ratio import side_in_words
from evenhand.measure.resample import LEVEL, share_of
from evenhand.report.numbers import (
    UNDEFINED,
    count,
    decimal,
    figure,
    figure_interval,
    number,
    percent,
    ratio,
    ratio_interval,
    signed,
    signed_interval,
)
from evenhand.report.page import (
    Block,
    Col,
    Figure,
    Fold,
    Heading,
    Section,
    Table,
    Texts,
    Words,
    make_table,
    words_col,
    written_cols,
)
from evenhand.report.plots import NARROW, Curve, PlotRow, curve_plot, ratio_plot
from evenhand.report.sentences import (
    cell_name,
    finding,
    measure_name,
    name_of,
    parity_sentence,
)

DEPTHS = (1, 3, 5, 10, 20, 50, 100)
WORDS_SHOWN = 40
"""Most words that are listed on the page; the tables have all."""
STANDING_OUT = 12
"""Most ads that are listed one by one."""
_say = Texts("lists")


def list_sections(lists: ListEvidence, shown: RateEvidence | None) -> list[Section]:
    """The sections of an audit that has lists."""
    blocks: list[Block | Fold] = [Words((_say("parity.about", top=lists.top),))]
    for name in lists.attributes:
        blocks += [Heading(f"By {name_of(name)}"), *_attribute(lists, shown, name)]
    sections = [
        Section("parity", "Parity of the lists", blocks),
        _of_attributes(lists, "lists", "Order of the lists"),
        _of_attributes(lists, "exposure", "Exposure of groups"),
    ]
    for kind in ("candidates", "jobs", "quality"):
        found = [one for one in lists.figures if family_of(one.measure) == kind]
        if found:
            title = _say(f"families.{kind}.title")
            table = figure_table(found, f"{title}: measures", (_say("single"),))
            about = Words((_say(f"families.{kind}.about"),))
            sections.append(Section(kind, title, [about, Fold(table.caption, [table])]))
    return sections


def _attribute(
    lists: ListEvidence, shown: RateEvidence | None, attribute: str
) -> Iterator[Block | Fold]:
    name, pooled = name_of(attribute), lists.pooled[attribute]
    contrasts = _scopes(lists, attribute)[OVERALL].contrasts
    if not contrasts:
        yield Words((_say("parity.too_small", name=name),))
        return
    yield finding([parity_sentence(one, attribute, lists) for one in contrasts])
    yield _ratio_figure(lists, attribute, contrasts)
    about = tuple(one.sentence for one in pooled if one.sentence)
    if about:
        yield Words(about)
    folded: list[Block] = [_depth(lists, attribute), _who(lists, shown, attribute)]
    if pooled:
        folded.append(_say.table("pooled", _POOLED, pooled, name=name))
    yield Fold(_say("parity.fold", name=name), folded)


def _scopes(lists: ListEvidence, attribute: str) -> Mapping[str, ScopeMeasures]:
    return lists.measures.attributes[attribute].cuts[lists.top].scopes


def _ads(scope: str) -> str:
    return "all ads" if scope == OVERALL else scope.replace("_", " ")


def _sides(group: str, reference: str) -> str:
    return f"{cell_name(group)} / {cell_name(side_in_words(reference))}"


_RATIOS = (
    Col("Ads", lambda row: _ads(row[0])),
    words_col("Comparison", lambda row: _sides(row[2].group, row[2].reference)),
    Col("n", lambda row: row[1], number),
    Col("R", lambda row: row[2].ratio.value, ratio),
    Col("Interval", lambda row: row[2].ratio.interval, ratio_interval),
    Col("By chance", lambda row: row[2].ratio.null_interval, ratio_interval),
    Col("Exposure ratio", lambda row: row[2].exposure_ratio, ratio),
)
_POOLED = (
    Col("Comparison", lambda one: _sides(one.contrast.group, one.contrast.reference)),
    Col("Pooled ratio", "value", ratio),
    Col("From composition alone", "composition", ratio),
    Col("By chance, 95%", "chance", ratio_interval),
    Col("R", "stratified", ratio),
)


def _ratio_figure(lists: ListEvidence, attribute: str, shown: Sequence[ContrastMeasures]) -> Block:
    """R over all ads, one row a contrast; with one contrast, the occupation groups beneath it."""
    name = name_of(attribute)
    rows = [
        (scope, found.ads, one)
        for scope, found in _scopes(lists, attribute).items()
        for one in found.contrasts
        if scope == OVERALL or one.judged
    ]
    table = _say.table("parity", _RATIOS, rows, name=name, top=lists.top)
    alone = len(shown) == 1
    plotted = [
        _plot_row(_ads(scope) if alone else cell_name(one.group), one)
        for scope, _, one in (rows if alone else rows[: len(shown)])
        if one.ratio.value > 0
    ]
    if not plotted:
        return table
    draw = partial(
        ratio_plot,
        plotted,
        key=f"parity-{attribute.replace('*', '-')}",
        title=_say("parity.title", name=name),
        description=_say("parity.description"),
        ends=("shown less often", "shown more often"),
    )
    return Figure(draw(), _say("parity.reading"), table, draw(room=NARROW))


def _plot_row(name: str, one: ContrastMeasures) -> PlotRow:
    low, high = one.ratio.interval
    null = one.ratio.null_interval
    return PlotRow(
        name,
        one.ratio.value,
        (None, None) if math.isnan(low + high) else (low, high),
        null=null if math.isfinite(sum(null)) else None,
        shape="diamond",
        note=f"{ratio(one.ratio.value)}  ({ratio_interval(one.ratio.interval)})",
    )


def _depth(lists: ListEvidence, attribute: str) -> Figure:
    name, depths = name_of(attribute), lists.depths[attribute]
    curves = [
        Curve(cell_name(group), tuple(depths.ratio[:, index].tolist()))
        for index, group in enumerate(depths.groups)
    ]
    last = len(depths.ratio)
    places = sorted({place for place in DEPTHS if place <= last} | {last})
    columns = [
        Col(f"first {place}", lambda row, at=place - 1: row.values[at], ratio) for place in places
    ]
    picture = curve_plot(
        curves,
        key=f"depth-{attribute.replace('*', '-')}",
        title=_say("depth.title", name=name),
        description=_say("depth.description"),
    )
    first = Col(name.capitalize(), "name")
    table = _say.table("depth", (first, *columns), curves, name=name)
    return Figure(picture, _say("depth.reading"), table)


def _who(lists: ListEvidence, shown: RateEvidence | None, attribute: str) -> Table:
    hidden = frozenset[tuple[str, str]]() if shown is None else shown.hidden_rows[attribute]
    name = name_of(attribute)
    rows = [
        (scope, one)
        for scope, measures in _scopes(lists, attribute).items()
        for one in measures.counts
        if one.people
    ]

    def told(heading: str, value: Callable[[ValueCounts], str]) -> Col:
        return Col(
            heading, lambda row: HIDDEN if (row[0], row[1].value) in hidden else value(row[1])
        )

    columns = (
        Col("Ads", lambda row: _ads(row[0])),
        words_col(name.capitalize(), lambda row: cell_name(row[1].value)),
        told("Qualified people", lambda one: number(one.people)),
        told("Pairs", lambda one: number(one.pool)),
        told("Shown", lambda one: number(one.selected)),
        told("Rate", lambda one: percent(one.rate, 1)),
        told("Skew", lambda one: decimal(one.skew, 2)),
        told("Absent", lambda one: number(one.ads_absent)),
    )
    return _say.table("who", columns, rows, name=name, top=lists.top)


def _of_attributes(lists: ListEvidence, kind: str, title: str) -> Section:
    found = [one for one in lists.figures if family_of(one.measure) == kind]
    folds: list[Fold] = []
    for attribute in ("", *lists.attributes):
        rows = [one for one in found if one.attribute == attribute]
        if rows:
            by = f"by {name_of(attribute)}" if attribute else "over everybody"
            caption = f"{title}, {by}"
            folds.append(Fold(caption, [figure_table(rows, caption, (_say("single"),))]))
    return Section(f"measures-{kind}", title, folds)


# Tables of figures: one row a measure, its value with interval, chance level and n.

_BETTER = {"1": "near 1", "0": "near 0", "none": ""}
_LONG, _LETTERS = 40, "abcdefghij"
"""Remarks longer than this that several rows share go under the table, with a letter."""
_SPLIT = re.compile(r"[;,] (?!of the )(?![^(]*\))")


def figure_table(figures: Sequence[Number], caption: str, notes: Sequence[str] = ()) -> Table:
    """One row a figure, of one family and attribute; columns that would be empty are left out."""
    abouts, shared = _abouts(figures)
    columns = [
        Col("Measure", lambda row: _measure(row[0])),
        words_col("About", lambda row: row[1]),
        words_col("Better", lambda row: _better(row[0].measure)),
        Col("Value", lambda row: figure(row[0].value)),
        Col("Corrected", lambda row: figure(row[0].corrected)),
        Col("95% interval", lambda row: figure_interval(row[0].interval)),
        Col("By chance", lambda row: _by_chance(row[0])),
        Col("n", lambda row: f"{row[0].n:,} {row[0].unit}" if row[0].n else UNDEFINED),
    ]
    empty = {"About": not any(abouts), "Corrected": not any(_corrected(one) for one in figures)}
    kept = [column for column in columns if not empty.get(column.heading)]
    rows = zip(figures, abouts, strict=True)
    return make_table(caption, kept, rows, (*shared, *_reasons(figures), *notes))


def _corrected(one: Number) -> bool:
    return math.isfinite(one.corrected)


def _measure(one: Number) -> str:
    return measure_name(one.measure) + ("\u00a0*" if one.reason else "")


def _better(measure: str) -> str:
    better = all_definitions()[measure].better
    return _BETTER.get(better, better)


def _by_chance(one: Number) -> str:
    known = math.isfinite(sum(one.chance))
    return figure_interval(one.chance) if known else figure(one.chance_mean)


def _abouts(figures: Sequence[Number]) -> tuple[list[str], list[str]]:
    """What each row is about, without what all rows share; that and long remarks as notes."""
    parts = [_parts(one) for one in figures]
    common = [part for part in parts[0] if all(part in other for other in parts)]
    if len(figures) == 1:
        common = []
    own = [[part for part in each if part not in common] for each in parts]
    every = [part for each in own for part in each]
    long = [part for part in dict.fromkeys(every) if len(part) > _LONG and every.count(part) > 1]
    letters = {part: f"({letter})" for part, letter in zip(long, _LETTERS, strict=False)}
    abouts = [", ".join(letters.get(part, part) for part in each) for each in own]
    notes = [f"All rows: {', '.join(common)}."] if common else []
    return abouts, [*notes, *(f"{letter} {part}." for part, letter in letters.items())]


def _parts(one: Number) -> list[str]:
    """Cell and choices of a figure, in words."""
    scope = "" if one.scope == OVERALL else one.scope.replace("_", " ")
    variant = one.variant.replace("<=", "≤").replace("k=", "k = ")
    parts = (cell_name(one.cell) if one.cell else "", scope, *_SPLIT.split(variant))
    return [part for part in parts if part]


def _reasons(figures: Sequence[Number]) -> list[str]:
    """Why starred values are undefined or must be read with care, each reason once."""
    found: dict[str, dict[str, None]] = {}
    for one in figures:
        if one.reason:
            found.setdefault(one.reason, {})[measure_name(one.measure)] = None
    return [f"* {', '.join(names)}: {reason}." for reason, names in found.items()]


# Wording.


def wording_section(audit: Audit, wording: WordingEvidence) -> Section:
    """The section of an audit that has ads."""
    ads = count(len(wording.profiles), "ad")
    more = len(wording.words) - WORDS_SHOWN
    blocks: list[Block] = [
        Words((_say("wording.about"),)),
        _say.table(
            "words",
            _WORDS,
            wording.words[:WORDS_SHOWN],
            before=[_say("words.more", more=more)] if more > 0 else [],
        ),
        _say.table("kinds", _KINDS, [_kind(key, wording.scores(key)) for key in SCORES], ads=ads),
        _facts(wording),
    ]
    if wording.agreements:
        known = [one for one in wording.agreements if math.isfinite(one.correlation.value)]
        blocks.append(_say.table("agreement", _AGREEMENT, known))
        blocks.append(Words((_verdict(audit, wording.agreements),)))
    if wording.stems:
        blocks.append(_say.table("stems", _STEMS, wording.stems))
    blocks.append(_strongest(audit, wording))
    return Section("wording", "Wording of the ads", blocks)


def _side(contrast: str) -> str:
    group, _, reference = contrast.partition(" vs ")
    return f"{cell_name(group)} over {cell_name(reference)}"


def _both(pair: tuple[int, int]) -> str:
    return " / ".join(map(number, pair))


_WORDS = (
    Col("Words", "words"),
    words_col(
        "What it is", lambda one: f"{SEVERITIES[one.severity]}, {family(one.kind, one.lean)}"
    ),
    Col("Ads", "ads", number),
    Col("Times", "times", number),
    words_col("Instead", "suggestion", lambda new: str(new or "leave it out")),
    words_col("First in", "first"),
)
_KINDS = written_cols("Kind", "Ads with any", "Share", "Median", "90th percentile", "Most")
_AGREEMENT = (
    Col("Wording", "score", measure_name),
    words_col("Lists lean to", "contrast", _side),
    words_col("By", "attribute", name_of),
    Col("Correlation", "correlation.value", partial(signed, places=2)),
    Col("95% interval", "correlation.interval", partial(signed_interval, places=2)),
    Col("Ads", "correlation.n", number),
)
_STEMS = (
    Col("Words", "stems"),
    words_col("Lists lean to", "contrast", _side),
    Col("Odds ratio", "odds.ratio", ratio),
    Col("95% interval", "odds.interval", ratio_interval),
    Col("Hits", "odds.hits", _both),
    Col("Ads", "odds.texts", _both),
)


def _kind(key: str, scores: FloatArray) -> tuple[str, ...]:
    known = scores[np.isfinite(scores)]
    if not len(known):
        return (measure_name(key), "0", *((UNDEFINED,) * 4))
    found = int((known != 0).sum())
    middle, high = np.quantile(known, (0.5, 0.9))
    values = (decimal(float(value), 2) for value in (middle, high, known.max()))
    return (measure_name(key), number(found), percent(found / len(known)), *values)


def _facts(wording: WordingEvidence) -> Table:
    profiles = wording.profiles
    years = [one.requirements.most_years for one in profiles]
    asked = [value for value in years if math.isfinite(value)]
    shares = {
        "pay is named": [bool(one.presence.salary) for one in profiles],
        "a place is named": [bool(one.presence.place) for one in profiles],
        "remote work is named": [bool(one.presence.remote) for one in profiles],
        "equal opportunity is stated": [bool(one.presence.equal_opportunity) for one in profiles],
        "a degree is asked for": [bool(one.requirements.degrees) for one in profiles],
        "years of experience are asked for": [math.isfinite(value) for value in years],
    }
    rows = [
        (what, number(sum(having)), percent(sum(having) / len(having)))
        for what, having in shares.items()
    ]
    middles = {
        "most years asked for, median": asked,
        "statements that must be met, median": [one.requirements.must for one in profiles],
        "grade level, median": [one.readability.grade for one in profiles],
    }
    for what, values in middles.items():
        middle = float(np.median(values)) if values else math.nan
        rows.append((what, decimal(middle, 1), ""))
    return _say.table("facts", written_cols("What", "Ads, or value", "Share"), rows)


def _verdict(audit: Audit, found: Sequence[Agreement]) -> str:
    """Whether the gender lean and the lists agree, in one sentence."""
    lean = next((one for one in found if one.score == LEAN), None)
    if lean is None or not math.isfinite(lean.correlation.value):
        return _say("wording.too_few")
    # This is one of the things that the page may be wrong about, and has its part of the 5 %.
    p = min(1.0, lean.correlation.p_value / share_of("wording", audit.families))
    group, value = lean.contrast.partition(" vs ")[0], lean.correlation.value
    about = {"rho": value, "p": p, "ads": count(lean.correlation.n, "ad"), "group": group}
    side = "to" if value > 0 else "away from"
    return _say("wording.no_relation" if p > 1 - LEVEL else "wording.agrees", **about, side=side)


def _strongest(audit: Audit, wording: WordingEvidence) -> Table:
    """The ads with the strongest gender lean, with the lean of their lists beside."""
    lean = wording.scores(LEAN)
    leaning: list[int] = np.flatnonzero(np.isfinite(lean) & (lean != 0)).tolist()
    order = sorted(leaning, key=lambda row: (-abs(lean[row]), row))[:STANDING_OUT]
    effects = _first_effects(audit)
    percentiles = wording.percentiles[LEAN].percentiles
    columns = written_cols(
        "Ad", "Group of ads", "Lean", "Percentile", "Wording", "Lean of its list", words=(1, 4)
    )
    rows = [
        (
            wording.job_ids[row],
            wording.groups[row].replace("_", " ") or UNDEFINED,
            signed(float(lean[row]), 2),
            decimal(float(percentiles[row]), 0),
            ", ".join(_words(wording, row)),
            signed(effects.get(wording.job_ids[row], math.nan), 1),
        )
        for row in order
    ]
    return _say.table("strongest", columns, rows)


def _words(wording: WordingEvidence, row: int) -> list[str]:
    found = [each for each in wording.profiles[row].found if each.kind in ("agentic", "communal")]
    return list(dict.fromkeys(each.text.lower() for each in found))[:6]


def _first_effects(audit: Audit) -> dict[str, float]:
    """The lean of every ad's list by the first comparison of the first attribute."""
    lists = audit.lists
    if lists is None:
        return {}
    effects = [each for contrasts in lists.effects.values() for each in contrasts.values()]
    return {
        job: lean
        for values in effects[:1]
        for job, lean in zip(lists.lists.query_ids, values.tolist(), strict=True)
    }
