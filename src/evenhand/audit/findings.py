"""The measured part of a report: sections of words and tables made from an ``Evaluation``.

Not measuring and not layout. Cells of fewer than five people are masked as they are in
``evaluation.json``.
"""

from __future__ import annotations

import math

from evenhand.audit.by_group import scope_name
from evenhand.audit.evaluation import Evaluation
from evenhand.audit.figures import parity_table, quality_table
from evenhand.audit.numbers import (
    UNDEFINED,
    count,
    decimal,
    listed,
    p_value,
    percent,
    ratio,
    ratio_interval,
    signed,
    signed_interval,
)
from evenhand.audit.verdicts import headline_change, verdicts
from evenhand.audit.view import Points, Section, Table, Tile, Words
from evenhand.measure.comparison import ORIGINAL
from evenhand.measure.estimates import OVERALL
from evenhand.measure.paired import QualityCheck


def tiles(evaluation: Evaluation) -> tuple[Tile, ...]:
    """The key figures at the top."""
    focus = evaluation.focus
    if focus is None:
        return ()
    found = [_ratio_tile(evaluation, focus)]
    change, pair = evaluation.comparison.primary, evaluation.primary_pair
    if change is not None and pair is not None:
        note = f"{pair.after} against {pair.before}; 95% {signed_interval(change.interval)}; "
        found.append(
            Tile("Change of |log R|", signed(change.change), note + "below 0 is closer to parity")
        )
    found.append(_quality_tile(evaluation, focus))
    wording = evaluation.wording.get(focus)
    if wording is not None and wording.facts.read:
        facts = wording.facts
        note = "accepted edits; a second program looked for changed facts, and nobody read them"
        found.append(Tile("Edits flagged", f"{facts.flagged} of {facts.read:,}", note))
    return tuple(found)


def _ratio_tile(evaluation: Evaluation, focus: str) -> Tile:
    before, after = evaluation.headline(ORIGINAL), evaluation.headline(focus)
    sides = f"{before.group} against {before.reference.strip('()')}"
    return Tile(
        "R, original to " + focus,
        f"{ratio(before.ratio.value)} → {ratio(after.ratio.value)}",
        f"{sides}; 1 is parity",
    )


def _quality_tile(evaluation: Evaluation, focus: str) -> Tile:
    name = evaluation.quality_name
    before, after = (
        evaluation.comparison.systems[each].quality[OVERALL][name].value
        for each in (ORIGINAL, focus)
    )
    pair = evaluation.pair(ORIGINAL, focus)
    kept = pair.quality_kept if pair is not None else None
    margin = f"{evaluation.comparison.margins.ndcg:g}"
    note = {
        True: f"kept: a loss of {margin} is ruled out in every group assessed",
        False: f"a loss of {margin} is not ruled out everywhere",
        None: "not assessed",
    }[kept]
    return Tile(name.replace("ndcg", "nDCG"), f"{decimal(before)} → {decimal(after)}", note)


def summary_section(evaluation: Evaluation) -> Section:
    """Findings in sentences, and the systems side by side."""
    points = Points(tuple(("", sentence) for sentence in verdicts(evaluation)))
    return Section("findings", "Findings", (points, _systems_table(evaluation)))


def _systems_table(evaluation: Evaluation) -> Table:
    name = evaluation.quality_name
    rows: list[tuple[str, ...]] = []
    for system, measures in evaluation.comparison.systems.items():
        estimate = evaluation.headline(system).ratio
        wording = evaluation.wording.get(system)
        words = (UNDEFINED,) * 3
        if wording is not None:
            words = (
                percent(wording.ads_changed),
                decimal(wording.edits_per_ad, 2),
                percent(wording.gate_pass_rate),
            )
        rows.append(
            (
                system,
                ratio(estimate.value),
                ratio_interval(estimate.interval),
                ratio_interval(estimate.null_interval),
                decimal(measures.quality[OVERALL][name].value),
                *words,
            )
        )
    return Table(
        caption="The systems side by side",
        columns=(
            "System",
            "R",
            "95% interval",
            "Null, 95%",
            name.replace("ndcg", "nDCG"),
            "Ads changed",
            "Edits per ad",
            "Proposals passing gates",
        ),
        rows=tuple(rows),
        strong=frozenset({evaluation.focus or ""}),
        notes=(
            "Null: where 95% of R would lie by chance alone, the labels being shuffled among "
            f"equally qualified people. {UNDEFINED} means that there is no such figure.",
        ),
    )


def compared_section(evaluation: Evaluation) -> Section:
    """What was measured on whom, and how R is to be read."""
    protocol = evaluation.protocol
    judged = ""
    if protocol.judged_groups is not None:
        judged = (
            f" Parity is judged on {count(protocol.n_judged, 'ad')} of the groups "
            f"{listed(list(protocol.judged_groups))}; words, facts and nDCG on all."
        )
    first = f"{count(protocol.n_jobs, 'ad')} were ranked by {protocol.engine} against "
    paragraphs = (
        f"{first}{protocol.n_people:,} people; the first {protocol.top} places of a list count as "
        f"shown. Every system reworded the same ads.{judged}",
        "R is the Mantel–Haenszel ratio of selection rates: among people qualified for the same "
        "ad, how often those of one group are shown for each time that those of the other are. "
        "1 is parity; 0.5 and 2 are equally far from it, so distances are measured as |log R|.",
        "A person counts as qualified for an ad by a proxy: "
        f"the same {protocol.grouped_by.replace('_', ' ')}, or judgements where they were given. "
        f"Figures are given where at least {protocol.min_group} qualified people stand on either "
        f"side. Intervals and nulls rest on {protocol.resamples:,} resamples.",
    )
    notes = tuple(("", note) for note in evaluation.notes)
    blocks = (Words(paragraphs), *((Points(notes),) if notes else ()))
    return Section("compared", "What was compared", blocks)


def parity_section(evaluation: Evaluation) -> Section:
    """R of every system, what changed, other comparisons and the papers' ratio."""
    blocks = [parity_table(evaluation), _paired_table(evaluation)]
    others = _other_contrasts(evaluation)
    if others.rows:
        blocks.append(others)
    paper = _paper_table(evaluation)
    if paper.rows:
        blocks.append(paper)
    return Section("parity", "Parity", blocks)


def _paired_table(evaluation: Evaluation) -> Table:
    rows: list[tuple[str, ...]] = []
    strong: set[str] = set()
    for pair in evaluation.comparison.pairs:
        change = headline_change(pair)
        name = f"{pair.after} against {pair.before}"
        if change is None:
            rows.append((name, *(UNDEFINED,) * 4, "not judged"))
            continue
        p = p_value(change.p_value if change.primary else change.p_holm)
        kind = "primary" if change.primary else "secondary, Holm"
        if change.primary:
            strong.add(name)
        moved = (signed(change.change), signed_interval(change.interval))
        rows.append((name, *moved, p, kind, _direction(change.interval)))
    return Table(
        caption="Change of the distance from parity, |log R|, paired on the same people and ads",
        columns=("Comparison", "Change", "95% interval", "p", "Test", "Reading"),
        rows=tuple(rows),
        words=(0, 4, 5),
        strong=frozenset(strong),
        notes=(
            "Below 0 is closer to parity; going past parity counts as distance. Only the primary "
            "comparison stands by itself; p-values of all others are adjusted by Holm over every "
            "comparison tested.",
        ),
    )


def _direction(interval: tuple[float, float]) -> str:
    low, high = interval
    if not math.isfinite(low + high):
        return "undefined"
    return "closer" if high < 0 else "further" if low > 0 else "no detectable change"


def _other_contrasts(evaluation: Evaluation) -> Table:
    """Every other contrast, of every attribute, original beside focus."""
    focus = evaluation.focus or ORIGINAL
    start, end = (evaluation.comparison.systems[name] for name in (ORIGINAL, focus))
    rows: list[tuple[str, ...]] = []
    for attribute, measured in start.attributes.items():
        contrasts = measured.cuts[start.top].scopes[OVERALL].contrasts
        headline = attribute == evaluation.attribute
        for one in contrasts[1:] if headline else contrasts:
            before, after = (each.contrast(attribute, one.group).ratio for each in (start, end))
            rows.append(
                (
                    f"{attribute}: {one.group} against {one.reference.strip('()')}",
                    ratio(before.value),
                    ratio_interval(before.interval),
                    ratio_interval(before.null_interval),
                    ratio(after.value),
                    ratio_interval(after.interval),
                    ratio_interval(after.null_interval),
                )
            )
    figures = ("95% interval", "Null, 95%")
    columns = ("Comparison", "R, original", *figures, f"R, {focus}", *figures)
    return Table("Other groups and attributes", columns, tuple(rows))


def _paper_table(evaluation: Evaluation) -> Table:
    """The papers' impact ratio beside its chance level."""
    focus = evaluation.focus or ORIGINAL
    found = [
        evaluation.comparison.systems[name].attributes[evaluation.attribute].impact_ratio_paper
        for name in (ORIGINAL, focus)
    ]
    before, after = (each.get(OVERALL, ()) for each in found)
    rows = tuple(
        (
            first.value,
            decimal(first.ratio),
            decimal(first.chance),
            decimal(second.ratio),
            decimal(second.chance),
        )
        for first, second in zip(before, after, strict=True)
    )
    return Table(
        caption="The impact ratio of the papers, for comparison only",
        columns=("Group", "original", "by chance", focus, "by chance"),
        rows=rows,
        notes=(
            "Top 10 of the retrieved 50 over the best group's rate, per ad, then averaged. It "
            "can't exceed 1, so even a fair draw stays below: read it against its chance level. "
            "It is never optimised.",
        ),
    )


def quality_section(evaluation: Evaluation) -> Section:
    """NDCG of every system, and whether the focus kept it in every group of ads."""
    focus = evaluation.focus
    pair = evaluation.pair(ORIGINAL, focus) if focus else None
    checks = (*(pair.quality if pair is not None else ()), *evaluation.other_quality)
    blocks = [quality_table(evaluation)]
    if not checks:
        return Section("quality", "Ranking quality", blocks)
    margins = evaluation.comparison.margins
    table = Table(
        caption=f"Was {evaluation.quality_name.replace('ndcg', 'nDCG')} kept? {focus} against the "
        "original, paired",
        columns=("Ads", "Number", "original", str(focus), "Difference", "At worst", "Kept?"),
        words=(0, 6),
        rows=tuple(_quality_row(evaluation, check) for check in checks),
        notes=(
            f"Kept: the one-sided 95% bound of the difference lies above −{margins.ndcg:g}. "
            f"Groups whose original value is below {margins.ndcg_floor:g} aren't assessed.",
        ),
    )
    return Section("quality", "Ranking quality", (*blocks, table))


def _quality_row(evaluation: Evaluation, check: QualityCheck) -> tuple[str, ...]:
    verdict = {True: "yes", False: "not established", None: "not assessed"}[check.non_inferior]
    if check.non_inferior is False and check.difference <= -evaluation.comparison.margins.ndcg:
        verdict = "no"
    return (
        scope_name(evaluation, check.scope),
        f"{check.ads:,}",
        decimal(check.before),
        decimal(check.after),
        signed(check.difference),
        signed(check.lower_bound),
        verdict,
    )
