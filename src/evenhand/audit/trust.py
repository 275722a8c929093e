"""The part of a report that says how far to trust it: facts, abstentions, cost, provenance."""

from __future__ import annotations

import math
from collections.abc import Mapping

from evenhand.audit.by_group import scope_name
from evenhand.audit.evaluation import Evaluation
from evenhand.audit.numbers import UNDEFINED, decimal, percent, ratio, ratio_interval
from evenhand.audit.statements import STATEMENTS
from evenhand.audit.view import Points, Section, Table, Words

GATES = {
    "facts": "a fact would be lost, added or changed",
    "new_words": "it would say something that the ad didn't",
    "neutrality": "it would name or target a group, or add coded wording",
    "fluency": "it isn't a finished, readable sentence",
    "language": "it isn't in the ad's language",
    "unchanged": "it changes nothing",
    "meaning": "the meaning moved too far",
    "perplexity": "it reads worse than the original",
    "lean": "it would lean towards a group",
    "finished": "the model stopped before the sentence ended",
    "overshoot": "the ad would go past parity",
    "quality": "the ad would rank qualified people worse, or level a group down",
    "choice": "it passed every gate and was worth less than what was chosen",
}
"""What a refusal by each gate means."""


def facts_section(evaluation: Evaluation) -> Section:
    """Facts checked by the second checker, for every system."""
    rows = tuple(
        (
            name,
            f"{wording.facts.read:,}",
            f"{wording.facts.flagged:,}",
            "; ".join(f"{why} ({times})" for why, times in wording.facts.reasons[:3]) or "none",
        )
        for name, wording in evaluation.wording.items()
    )
    words = Words(
        (
            "Every accepted edit was read once more by a second checker, which shares no code "
            "with the gate that let it through. It is a program and can be wrong in both "
            "directions: an edit that it doesn't flag may have changed a fact all the same, so no "
            "bound follows from it. The changes below are there to be read.",
        )
    )
    table = Table(
        caption="Facts checked",
        columns=("System", "Edits checked", "Flagged", "Kinds of fact"),
        rows=rows,
        words=(0, 3),
        strong=frozenset({evaluation.focus or ""}),
    )
    return Section("facts", "Facts", (words, table))


def refusals_section(evaluation: Evaluation) -> Section | None:
    """Refused proposals of the focus by gate; None where nothing was refused."""
    name = evaluation.focus or ""
    wording = evaluation.wording.get(name)
    if wording is None or not wording.refused:
        return None
    total = sum(times for _, times in wording.refused)
    table = Table(
        caption=f"Proposals that {name} did not use, by the first gate that refused",
        columns=("Gate", "What it means", "Proposals", "Share"),
        rows=tuple(
            (gate, GATES.get(gate, UNDEFINED), f"{times:,}", percent(times / total))
            for gate, times in wording.refused
        ),
        words=(0, 1),
    )
    words = Words(
        (
            f"{wording.proposals:,} replacements were proposed and {wording.passed:,} passed every "
            "gate. Where none passed, the original words stay.",
        )
    )
    return Section("refused", "Refused proposals", (words, table))


def abstained_section(evaluation: Evaluation) -> Section | None:
    """Where no effect may be claimed; None where every comparison shows a gap."""
    if not evaluation.abstained:
        return None
    rows = tuple(
        (
            f"{each.attribute}: {each.group} against {each.reference.strip('()')}",
            scope_name(evaluation, each.scope),
            ratio(each.ratio),
            ratio_interval(each.interval),
            f"{ratio(each.detectable)} or {ratio(1 / each.detectable)}"
            if math.isfinite(each.detectable)
            else UNDEFINED,
            each.reason or "the interval holds parity",
        )
        for each in evaluation.abstained
    )
    words = Words(
        (
            "For these comparisons this engine shows no detectable gap with the ads as they were. "
            "No effect is claimed there, whatever the figures of the systems look like.",
        )
    )
    table = Table(
        caption="No detectable gap",
        columns=("Comparison", "Ads", "R", "95% interval", "Could have shown", "Why"),
        rows=rows,
        words=(0, 1, 5),
        notes=("Could have shown: the ratio that 80% of such evaluations would tell from 1.",),
    )
    return Section("abstained", "Where nothing is claimed", (words, table))


def cost_section(evaluation: Evaluation) -> Section:
    """What rewording took and what it did to the ads as texts."""
    table = Table(
        caption="Rewording, by system",
        columns=(
            "System",
            "Ads changed",
            "Edits per ad",
            "Proposals",
            "Passed all gates",
            "Samples a span",
            "Seconds per ad",
            "Grade level, before → after",
        ),
        rows=tuple(
            (
                name,
                percent(wording.ads_changed),
                decimal(wording.edits_per_ad, 2),
                f"{wording.proposals:,}",
                percent(wording.gate_pass_rate),
                UNDEFINED if wording.samples is None else str(wording.samples),
                decimal(wording.seconds_per_ad, 1),
                f"{decimal(wording.readability.before, 1)} → "
                f"{decimal(wording.readability.after, 1)}",
            )
            for name, wording in evaluation.wording.items()
        ),
        strong=frozenset({evaluation.focus or ""}),
    )
    return Section("cost", "What the rewording did and took", (table,))


def provenance_section(
    evaluation: Evaluation, version: str, provenance: Mapping[str, str]
) -> Section:
    """Digests, versions, settings: what must be the same for the result to hold."""
    protocol = evaluation.protocol
    rows = {
        "evenhand": version,
        "matching engine": protocol.engine,
        "digest of the engine": protocol.engine_digest,
        "digest of the people's texts": protocol.pool_digest,
        "digest of the ads": protocol.jobs_digest,
        "seed": str(protocol.seed),
        "resamples": f"{protocol.resamples:,}",
        **provenance,
    }
    table = Table(
        caption="What this result rests on",
        columns=("What", "Which"),
        rows=tuple(rows.items()),
        words=(0, 1),
        notes=("When a digest changes, the result lapses.",),
    )
    return Section("provenance", "Provenance", (table,))


def cannot_say_section() -> Section:
    """The last section of every report."""
    points = Points(tuple((each.title, each.text) for each in STATEMENTS))
    return Section("cannot-say", "What this report can't say", (points,))
