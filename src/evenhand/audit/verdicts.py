"""What an evaluation found, in sentences that a reader without statistics can use.

Each sentence follows from one interval or count by a fixed rule. Not a place for hope: where an
interval holds "no difference" the sentence says so, and where the engine shows no gap nothing is
claimed.
"""

from __future__ import annotations

import math

from evenhand.audit.abstention import has_gap, why_no_figure
from evenhand.audit.evaluation import Evaluation
from evenhand.audit.numbers import (
    count,
    listed,
    percent,
    ratio,
    ratio_interval,
    signed,
    signed_interval,
    signed_percent,
)
from evenhand.measure.comparison import ORIGINAL, PairMeasures
from evenhand.measure.estimates import OVERALL
from evenhand.measure.paired import RatioChange
from evenhand.measure.results import ContrastMeasures
from evenhand.rewrite.result import NOT_CHOSEN


def verdicts(evaluation: Evaluation) -> tuple[str, ...]:
    """The findings in order: the gap, the change, the primary comparison, what it cost."""
    gap = evaluation.headline(ORIGINAL)
    said = [gap_sentence(gap, evaluation)]
    focus = evaluation.focus
    if focus is None:
        return tuple(said)
    said += _change_sentences(evaluation, focus, has_gap(gap))
    kept = evaluation.pair(ORIGINAL, focus)
    if kept is not None:
        said += [_quality_sentence(evaluation, kept), _hits_sentence(evaluation, kept)]
    said += _facts_sentence(evaluation, focus)
    return tuple(said)


def _sides(contrast: ContrastMeasures) -> tuple[str, str]:
    reference = contrast.reference
    return contrast.group, "everybody else" if reference == "(rest)" else reference


def gap_sentence(gap: ContrastMeasures, evaluation: Evaluation) -> str:
    """Whether the engine shows a gap for the ads as they were."""
    estimate, (group, reference) = gap.ratio, _sides(gap)
    if not math.isfinite(estimate.value) or not math.isfinite(sum(estimate.interval)):
        why = why_no_figure(gap, evaluation.protocol.min_group) or "the ratio is undefined"
        return f"Whether this engine shows a gap can't be said: {why}."
    figure = f"R = {ratio(estimate.value)}, 95% interval {ratio_interval(estimate.interval)}"
    if not has_gap(gap):
        power = ""
        if math.isfinite(estimate.detectable):
            low = ratio(1 / estimate.detectable)
            power = f"; it could have shown one of {ratio(estimate.detectable)} (or {low})"
        return (
            f"This engine shows no detectable gap between {group} and {reference} for these ads "
            f"({figure}{power}), so no effect of rewording is claimed."
        )
    less = group if estimate.value < 1 else reference
    more = reference if estimate.value < 1 else group
    return (
        f"For the ads as they were, this engine puts qualified {less} people into its top "
        f"{evaluation.protocol.top} less often than qualified {more} people ({group} against "
        f"{reference}: {figure}; 1 is parity)."
    )


def _change_sentences(evaluation: Evaluation, focus: str, gap: bool) -> list[str]:
    said: list[str] = []
    for pair in evaluation.comparison.pairs:
        change = headline_change(pair)
        if change is None or focus not in (pair.after, pair.before):
            continue
        if change.primary or pair.before == ORIGINAL:
            said.append(_change_sentence(evaluation, pair, change, gap))
    return said


def headline_change(pair: PairMeasures) -> RatioChange | None:
    """The change of the headline R; None where overall R isn't judged."""
    first = next(iter(pair.changes), None)
    return first if first is not None and first.scope == OVERALL else None


def _change_sentence(
    evaluation: Evaluation, pair: PairMeasures, change: RatioChange, gap: bool
) -> str:
    before = evaluation.headline(pair.before).ratio.value
    after = evaluation.headline(pair.after).ratio.value
    against = "the original ads" if pair.before == ORIGINAL else pair.before
    low, high = change.interval
    verdict = "no detectable difference in the distance from parity"
    if high < 0:
        verdict = "closer to parity"
    elif low > 0:
        verdict = "further from parity"
    role = " This is the primary comparison." if change.primary else ""
    claim = "" if gap else " No effect is claimed, since there was no detectable gap to close."
    return (
        f"{pair.after} against {against}: {verdict} (R {ratio(before)} to {ratio(after)}; change "
        f"of |log R| {signed(change.change)}, 95% interval {signed_interval(change.interval)}, "
        f"below 0 is closer).{_overshoot(evaluation, pair.after, gap)}{role}{claim}"
        f"{_same_words(evaluation, pair) if change.primary else ''}"
    )


def _same_words(evaluation: Evaluation, pair: PairMeasures) -> str:
    """Why two systems don't differ, where one wrote what the other did for most ads."""
    wording, alike = evaluation.wording.get(pair.after), evaluation.alike
    if wording is None or alike is None or 2 * alike <= evaluation.protocol.n_jobs:
        return ""
    refused = dict(wording.refused)
    worthless = refused.pop(NOT_CHOSEN, 0)
    return (
        f" The reason: {pair.after} wrote what {pair.before} wrote for {alike:,} of "
        f"{count(evaluation.protocol.n_jobs, 'ad')}. Of the {wording.proposals:,} rewordings that "
        f"it weighed, {worthless:,} were worth no more in this engine than the words that stood "
        f"there, and the gates refused {sum(refused.values()):,}."
    )


def _overshoot(evaluation: Evaluation, system: str, gap: bool) -> str:
    """A warning where a system went past parity, by its own interval."""
    before, after = evaluation.headline(ORIGINAL), evaluation.headline(system)
    crossed = (before.ratio.value - 1) * (after.ratio.value - 1) < 0
    return " It went past parity, which is a loss." if gap and crossed and has_gap(after) else ""


def _quality_sentence(evaluation: Evaluation, kept: PairMeasures) -> str:
    margin = evaluation.comparison.margins.ndcg
    name = evaluation.quality_name.replace("ndcg", "nDCG")
    if kept.quality_kept is None:
        return (
            f"Whether ranking quality ({name}) was kept can't be said: no group of ads ranks well "
            "enough, or has enough ads, to be assessed."
        )
    if kept.quality_kept:
        return (
            f"Ranking quality ({name}) was kept in every group of ads assessed: a loss of "
            f"{margin:g} or more is ruled out."
        )
    where = listed([check.scope for check in kept.quality if check.non_inferior is False])
    return f"Ranking quality ({name}): a loss of {margin:g} or more can't be ruled out in {where}."


def _hits_sentence(evaluation: Evaluation, kept: PairMeasures) -> str:
    margin = percent(evaluation.comparison.margins.hits)
    checks = [
        check
        for check in kept.hits
        if check.scope == OVERALL and check.attribute == evaluation.attribute
    ]
    lost = [
        f"{check.value} {check.before:,} to {check.after:,} "
        f"({signed_percent(check.relative_change)}, at worst {signed_percent(check.lower_bound)})"
        for check in checks
        if not check.non_inferior
    ]
    total = f"{sum(c.before for c in checks):,} to {sum(c.after for c in checks):,}"
    if not lost:
        return (
            f"No levelling down: a loss of {margin} or more of the qualified people shown is ruled "
            f"out for every group (all groups together: {total})."
        )
    return (
        f"Check for levelling down: a loss of {margin} or more of the qualified people shown isn't "
        f"ruled out for {listed(lost)}; all groups together: {total}."
    )


def _facts_sentence(evaluation: Evaluation, focus: str) -> list[str]:
    wording = evaluation.wording.get(focus)
    if wording is None:
        return []
    facts = wording.facts
    changed = f"{focus} changed {percent(wording.ads_changed)} of the ads"
    if not facts.read:
        return [f"{changed}; there was no edit to check for facts."]
    return [
        f"{changed}. A second, independent checker flagged {facts.flagged} of "
        f"{count(facts.read, 'accepted edit')} as changing a fact. It is a program and overlooks "
        "some; nobody has read the edits, so read them."
    ]
