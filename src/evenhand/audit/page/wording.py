"""The section on wording: what the ads say, beside what their lists do."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.definitions import all_definitions
from evenhand.audit.evidence.sentences import cell_name, name_of
from evenhand.audit.evidence.wording import (
    LEAN,
    SCORES,
    Agreement,
    StemAgreement,
    WordingEvidence,
)
from evenhand.audit.numbers import (
    UNDEFINED,
    count,
    decimal,
    p_value,
    percent,
    ratio,
    ratio_interval,
    signed,
    signed_interval,
)
from evenhand.audit.view import Block, Section, Table, Words
from evenhand.language.check import SEVERITIES, family
from evenhand.match.protocol import FloatArray
from evenhand.measure.bootstrap import LEVEL
from evenhand.measure.together import share_of

WORDS_SHOWN = 40
"""Most words that are listed on the page; the tables have all."""
STANDING_OUT = 12
"""Most ads that are listed one by one."""


def wording_sections(audit: Audit) -> list[Section]:
    """The section of an audit that has ads; none otherwise."""
    wording = audit.wording
    if wording is None:
        return []
    about = (
        "Rules found coded wording in the ads. A word list says nothing about who is shown: the "
        "tables below put its findings beside the lean of the lists of the same ads, and the two "
        "can disagree.",
    )
    blocks: list[Block] = [Words(about), _found(wording), _kinds(wording), _facts(wording)]
    if wording.agreements:
        blocks += [_agreement(wording.agreements), Words((_verdict(audit, wording.agreements),))]
    if wording.stems:
        blocks.append(_stems(wording.stems))
    blocks.append(_standing_out(audit, wording))
    return [Section("wording", "Wording of the ads", blocks)]


def _found(wording: WordingEvidence) -> Table:
    """The words themselves."""
    more = len(wording.words) - WORDS_SHOWN
    return Table(
        caption="The words that were found",
        columns=("Words", "What it is", "Ads", "Times", "Instead", "First in"),
        rows=tuple(
            (
                one.words,
                f"{SEVERITIES[one.severity]}, {family(one.kind, one.lean)}",
                f"{one.ads:,}",
                f"{one.times:,}",
                UNDEFINED if one.suggestion is None else one.suggestion or "leave it out",
                one.first,
            )
            for one in wording.words[:WORDS_SHOWN]
        ),
        words=(0, 1, 4, 5),
        notes=(
            *([f"And {more:,} more in tables/words.csv."] if more > 0 else []),
            "`evenhand check` shows the line of each, why it is named and what only a person can "
            "decide. Where nothing was found the rules found nothing, and no more.",
        ),
    )


def score_name(key: str) -> str:
    """A wording score's name for people."""
    return all_definitions()[key].name


def _kinds(wording: WordingEvidence) -> Table:
    return Table(
        caption=f"Findings per 100 words, {count(len(wording.profiles), 'ad')}",
        columns=("Kind", "Ads with any", "Share", "Median", "90th percentile", "Most"),
        rows=tuple(_kind_row(key, wording.scores(key)) for key in SCORES),
        notes=(
            "The gender lean is agentic less communal findings, so that a median of 0 and values "
            "on both sides are common. A stretch counts once; legal statements, negations and set "
            "phrases such as “competitive salary” don't count.",
        ),
    )


def _kind_row(key: str, scores: FloatArray) -> tuple[str, ...]:
    known = scores[np.isfinite(scores)]
    if not len(known):
        return (score_name(key), "0", *((UNDEFINED,) * 4))
    found = int((known != 0).sum())
    middle, high = np.quantile(known, (0.5, 0.9))
    return (
        score_name(key),
        f"{found:,}",
        percent(found / len(known)),
        decimal(float(middle), 2),
        decimal(float(high), 2),
        decimal(float(known.max()), 2),
    )


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
        (what, f"{sum(having):,}", percent(sum(having) / len(having)))
        for what, having in shares.items()
    ]
    middle = {
        "most years asked for, median": float(np.median(asked)) if asked else math.nan,
        "statements that must be met, median": _median([one.requirements.must for one in profiles]),
        "grade level, median": _median([one.readability.grade for one in profiles]),
    }
    rows += [(what, decimal(value, 1), "") for what, value in middle.items()]
    return Table(
        caption="What the ads ask and tell",
        columns=("What", "Ads, or value", "Share"),
        rows=tuple(rows),
        notes=("Read by rules; their share of wrong readings is in the guide.",),
    )


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else math.nan


def _agreement(found: Sequence[Agreement]) -> Table:
    return Table(
        caption="Does wording go together with who is shown? Rank correlation within occupations",
        columns=("Wording", "Lists lean to", "By", "Correlation", "95% interval", "Ads"),
        rows=tuple(
            (
                score_name(one.score),
                _leaning(one),
                name_of(one.attribute),
                signed(one.correlation.value, 2),
                signed_interval(one.correlation.interval, 2),
                f"{one.correlation.n:,}",
            )
            for one in found
            if math.isfinite(one.correlation.value)
        ),
        words=(0, 1, 2),
        notes=(
            "1: the more of this wording an ad has, the more its list leans to the group; −1: to "
            "the others; 0: no relation. Kinds that no ad varies in are left out. Each interval "
            "is for one row alone: of many, some miss 0 by luck.",
        ),
    )


def _stems(found: Sequence[StemAgreement]) -> Table:
    return Table(
        caption="Stem lists of the reference-letter study: odds of their words in ads whose lists "
        "lean to a group, against ads whose lists lean away",
        columns=("Words", "Lists lean to", "Odds ratio", "95% interval", "Hits", "Ads"),
        rows=tuple(
            (
                one.stems,
                _side_of(one.contrast),
                ratio(one.odds.ratio),
                ratio_interval(one.odds.interval),
                " / ".join(f"{hits:,}" for hits in one.odds.hits),
                " / ".join(f"{ads:,}" for ads in one.odds.texts),
            )
            for one in found
        ),
        words=(0, 1),
        notes=(
            "1: no difference. Ads are drawn and shuffled whole. Occupations aren't held apart "
            "here, unlike above, so that a difference may be one between occupations.",
        ),
    )


def _leaning(one: Agreement) -> str:
    return _side_of(one.contrast)


def _side_of(contrast: str) -> str:
    group, _, reference = contrast.partition(" vs ")
    return f"{cell_name(group)} over {cell_name(reference)}"


def _verdict(audit: Audit, found: Sequence[Agreement]) -> str:
    """Whether the gender lean and the lists agree, in one sentence."""
    lean = next((one for one in found if one.score == LEAN), None)
    if lean is None or not math.isfinite(lean.correlation.value):
        return (
            "Whether the gender lean and the lists agree can't be said: too few ads vary in both."
        )
    # This is one of the things that the page may be wrong about, and has its part of the 5 %.
    p = min(1.0, lean.correlation.p_value / share_of("wording", audit.families))
    figure = (
        f"ρ = {signed(lean.correlation.value, 2)}, p {p_value(p)} over this page, "
        f"{count(lean.correlation.n, 'ad')}"
    )
    if p <= 1 - LEVEL:
        side = "to" if lean.correlation.value > 0 else "away from"
        group = cell_name(lean.contrast.partition(" vs ")[0])
        return f"Ads with more agentic wording have lists that lean {side} {group} ({figure})."
    return (
        "For these ads the gender lean of the wording says nothing detectable about who is shown "
        f"({figure}): changing coded words alone should not be expected to change the lists."
    )


def _standing_out(audit: Audit, wording: WordingEvidence) -> Table:
    """The ads with the strongest gender lean, with the lean of their lists beside."""
    lean = wording.scores(LEAN)
    leaning: list[int] = np.flatnonzero(np.isfinite(lean) & (lean != 0)).tolist()
    order = sorted(leaning, key=lambda row: (-abs(lean[row]), row))
    effects = _first_effects(audit)
    rows = [
        (
            wording.job_ids[row],
            wording.groups[row].replace("_", " ") or UNDEFINED,
            signed(float(lean[row]), 2),
            decimal(float(wording.percentiles[LEAN].percentiles[row]), 0),
            ", ".join(_words(wording, row)),
            signed(effects.get(wording.job_ids[row], math.nan), 1),
        )
        for row in order[:STANDING_OUT]
    ]
    return Table(
        caption="Ads with the strongest gender lean",
        columns=("Ad", "Group of ads", "Lean", "Percentile", "Wording", "Lean of its list"),
        rows=tuple(rows),
        words=(0, 1, 4),
        notes=(
            "Percentile: within the same group of ads, where it has 20 or more. Lean of its list: "
            "standard deviations from a fair draw, first comparison; ±2 is within chance.",
        ),
    )


def _words(wording: WordingEvidence, row: int) -> list[str]:
    found = [each for each in wording.profiles[row].found if each.kind in ("agentic", "communal")]
    return list(dict.fromkeys(each.text.lower() for each in found))[:6]


def _first_effects(audit: Audit) -> dict[str, float]:
    """The lean of every ad's list by the first comparison of the first attribute."""
    lists = audit.lists
    if lists is None:
        return {}
    first = [each for contrasts in lists.effects.values() for each in contrasts.values()][:1]
    return {
        job: lean
        for values in first
        for job, lean in zip(lists.lists.query_ids, values.tolist(), strict=True)
    }
