"""What an evaluation found, in sentences that a reader without statistics can use.

Each sentence follows from one interval or count by a fixed rule. Not a place for hope: where an
interval holds "no difference" the sentence says so, and where the engine shows no gap nothing is
claimed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from evenhand.audit.evaluation import Evaluation, why_no_figure
from evenhand.audit.shown import has_gap
from evenhand.measure.compare import ORIGINAL, PairMeasures, RatioChange
from evenhand.measure.counts import OVERALL
from evenhand.measure.measures import ContrastMeasures
from evenhand.report.numbers import count
from evenhand.report.page import Texts
from evenhand.rewrite.result import NOT_CHOSEN

_say = Texts("evaluation")


def verdicts(evaluation: Evaluation) -> tuple[str, ...]:
    """The findings in order: the gap, the change, the primary comparison, what it cost."""
    gap = evaluation.headline(ORIGINAL)
    said = [_gap_sentence(gap, evaluation)]
    focus, kept = evaluation.focus, evaluation.kept
    if focus is None:
        return tuple(said)
    for pair in evaluation.comparison.pairs:
        change = headline_change(pair)
        if change is None or focus not in (pair.after, pair.before):
            continue
        if change.primary or pair.before == ORIGINAL:
            said.append(_change_sentence(evaluation, pair, change, has_gap(gap)))
    if kept is not None:
        said += [_quality_sentence(evaluation, kept), _hits_sentence(evaluation, kept)]
    return (*said, *_facts_sentence(evaluation, focus))


def _gap_sentence(gap: ContrastMeasures, evaluation: Evaluation) -> str:
    """Whether the engine shows a gap for the ads as they were."""
    estimate, group, reference = gap.ratio, gap.group, gap.reference
    if reference == "(rest)":
        reference = "everybody else"
    if not math.isfinite(estimate.value) or not math.isfinite(sum(estimate.interval)):
        why = why_no_figure(gap, evaluation.protocol.min_group) or "the ratio is undefined"
        return _say("gap.unknown", why=why)
    about = {"group": group, "reference": reference, "found": estimate}
    if not has_gap(gap):
        known = math.isfinite(estimate.detectable)
        power = _say("gap.power", found=estimate, low=1 / estimate.detectable) if known else ""
        return _say("gap.none", **about, power=power)
    less, more = (group, reference) if estimate.value < 1 else (reference, group)
    return _say("gap.found", **about, less=less, more=more, top=evaluation.protocol.top)


def headline_change(pair: PairMeasures) -> RatioChange | None:
    """The change of the headline R; None where overall R isn't judged."""
    first = next(iter(pair.changes), None)
    return first if first is not None and first.scope == OVERALL else None


def _change_sentence(
    evaluation: Evaluation, pair: PairMeasures, change: RatioChange, gap: bool
) -> str:
    before, after = (evaluation.headline(name).ratio for name in (pair.before, pair.after))
    original, (low, high) = evaluation.headline(ORIGINAL).ratio, change.interval
    # Past parity by its own interval.
    crossed = (original.value - 1) * (after.value - 1) < 0
    overshoot = gap and crossed and has_gap(evaluation.headline(pair.after))
    notes = (
        _say("change.overshoot") if overshoot else "",
        _say("change.primary") if change.primary else "",
        "" if gap else _say("change.no_claim"),
        _same_words(evaluation, pair) if change.primary else "",
    )
    return _say(
        "change.said",
        after=pair.after,
        against="the original ads" if pair.before == ORIGINAL else pair.before,
        verdict=_say(f"change.{'closer' if high < 0 else 'further' if low > 0 else 'same'}"),
        moved=(before.value, after.value),
        change=change,
        notes="".join(notes),
    )


def _same_words(evaluation: Evaluation, pair: PairMeasures) -> str:
    """Why two systems don't differ, where one wrote what the other did for most ads."""
    wording, alike = evaluation.wording.get(pair.after), evaluation.alike
    if wording is None or alike is None or 2 * alike <= evaluation.protocol.n_jobs:
        return ""
    refused = dict(wording.refused)
    counts = {"worthless": refused.pop(NOT_CHOSEN, 0), "refused": sum(refused.values())}
    ads = count(evaluation.protocol.n_jobs, "ad")
    return _say("change.alike", pair=pair, alike=alike, ads=ads, wording=wording, **counts)


def ndcg_name(name: str) -> str:
    """A measure of quality as people write it."""
    return name.replace("ndcg", "nDCG")


def _quality_sentence(evaluation: Evaluation, kept: PairMeasures) -> str:
    name, margin = ndcg_name(evaluation.quality_name), evaluation.comparison.margins.ndcg
    key = {None: "unknown", True: "kept", False: "lost"}[kept.quality_kept]
    where = [check.scope for check in kept.quality if check.non_inferior is False]
    return _say(f"quality_kept.{key}", name=name, margin=margin, where=where)


def _hits_sentence(evaluation: Evaluation, kept: PairMeasures) -> str:
    here = (OVERALL, evaluation.attribute)
    checks = [check for check in kept.hits if (check.scope, check.attribute) == here]
    lost = [_say("levelling.group", check=check) for check in checks if not check.non_inferior]
    before, after = sum(c.before for c in checks), sum(c.after for c in checks)
    about = {"margin": evaluation.comparison.margins.hits, "before": before, "after": after}
    return _say("levelling.lost" if lost else "levelling.kept", **about, groups=lost)


def _facts_sentence(evaluation: Evaluation, focus: str) -> Iterator[str]:
    wording = evaluation.wording.get(focus)
    if wording is not None:
        key = "facts_said.some" if wording.facts.read else "facts_said.none"
        edits = count(wording.facts.read, "accepted edit")
        yield _say(key, focus=focus, wording=wording, edits=edits)
