"""Wording rules: what they find in a text, and the rewordings they propose for a span.

The rules are data (``data/wording.toml``, ``plain_phrases``); this file joins what they
propose with the text gates, so that a rule never offers what a gate would refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial

from evenhand.config.schema import GatesConfig
from evenhand.language.finding import Finding
from evenhand.language.findings import find_wording
from evenhand.language.gates import text_gates
from evenhand.language.rephrasings import (
    dropped,
    phrased,
    rephrasings,
    verbs_swapped,
    without_responsible,
)
from evenhand.language.span import Gate, Span
from evenhand.language.wording_rules import Rule, all_rules

__all__ = ["Finding", "Rule", "all_rules", "find_wording", "plain_rewordings", "rule_rewordings"]

_STEPS = 6
"""Most times that one kind of rule is applied to a span."""


@lru_cache(maxsize=1)
def _gates() -> tuple[Gate, ...]:
    return tuple(text_gates(GatesConfig()))


def _passes(span: Span, text: str) -> bool:
    return all(gate(span.text, span, text).passed for gate in _gates())


def _proposals(span: Span) -> Iterator[tuple[str, str]]:
    """Single rewordings, then those that apply a second rule to one of them."""
    single = [(text, rule) for text, rule in rephrasings(span.text) if _passes(span, text)]
    yield from single
    for text, rule in single:
        for again, second in rephrasings(text, again=True):
            if second.partition(":")[0] != rule.partition(":")[0]:
                yield again, f"{rule} + {second}"


@lru_cache(maxsize=4096)
def _rewordings(span: Span, limit: int) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for text, rule in _proposals(span):
        if text not in found and _passes(span, text):
            found[text] = rule
        if len(found) >= limit:
            break
    return tuple(found.items())


def rule_rewordings(span: Span, limit: int = 12) -> list[tuple[str, str]]:
    """Rewordings of a span by rule: (text, name of the rule or rules), all of them gate-passing.

    Single applications come first, then pairs of rules, up to ``limit``.
    """
    return list(_rewordings(span, limit))


def plain_rewordings(span: Span) -> list[tuple[str, str]]:
    """The span in plain words, as (text, names of the rules); empty where it is plain already."""
    text, rules = span.text, list[str]()
    sources = (dropped, partial(phrased, plainer=True), partial(verbs_swapped, plainer=True))
    for source in (*sources, without_responsible):
        for _ in range(_STEPS):
            steps = (step for step in source(text) if step[0] != text and _passes(span, step[0]))
            step = next(steps, None)
            if step is None:
                break
            text = step[0]
            rules.append(step[1])
    return [(text, " + ".join(dict.fromkeys(rules)))] if rules else []
