"""Wording rules: what fires, what must not, and what they propose."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from evenhand.config.schema import GatesConfig
from evenhand.language.alternatives import alternatives
from evenhand.language.findings import find_wording
from evenhand.language.gates import text_gates
from evenhand.language.imperatives import has_parser
from evenhand.language.inflection import inflections
from evenhand.language.rephrasings import with_article
from evenhand.language.span import Span
from evenhand.language.wording import all_rules, rule_rewordings


def rules_in(text: str) -> list[str]:
    return [finding.rule for finding in find_wording(text)]


def test_there_are_many_rules_of_every_kind() -> None:
    rules = {(rule.kind, rule.name) for rule in all_rules() if rule.kind}
    kinds = Counter(kind for kind, _ in rules)
    assert len(rules) >= 80
    assert set(kinds) == {
        "gender-coded", "gendered", "age", "ableist", "culture", "jargon", "pronoun",
    }  # fmt: skip
    assert {rule.lean for rule in all_rules() if rule.kind == "gender-coded"} == {
        "agentic", "communal",
    }  # fmt: skip


def test_no_form_is_listed_twice_with_different_suggestions() -> None:
    listed: dict[tuple[str, ...], tuple[str, str | None]] = {}
    for rule in all_rules():
        assert listed.setdefault(rule.parts, (rule.kind, rule.suggestion)) == (
            rule.kind, rule.suggestion,
        ), rule.parts  # fmt: skip


def test_a_suggestion_is_not_itself_flagged() -> None:
    for rule in all_rules():
        if rule.suggestion:
            again = [
                f for f in find_wording(f"We use {rule.suggestion} here.") if f.kind != "jargon"
            ]
            assert not again, (rule.name, rule.suggestion)


def test_every_finding_has_a_place_and_a_reason() -> None:
    text = "We need an aggressive, nurturing rockstar chairman. He/she must utilize Python."
    found = find_wording(text)
    assert [text[f.start : f.end] for f in found] == [f.text for f in found]
    assert all(f.why and not f.why.endswith(".") for f in found)
    assert {f.lean for f in found} == {"agentic", "communal", None}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("We are aggressive.", "aggressive"),
        ("Dominate the market with us.", "dominate"),
        ("You are a rock-star coder.", "rockstar"),
        ("You are a Rock Star coder.", "rockstar"),
        ("We want a digital native.", "digital-native"),
        ("Join our young and energetic crew.", "young"),
        ("A recent graduate would fit.", "recent-graduate"),
        ("The chairman decides.", "chairman"),
        ("Plan manpower for the shift.", "manpower"),
        ("Talk to the guys in sales.", "guys"),
        ("We do crazy things.", "crazy"),
        ("You nurture leads.", "nurturing"),
        ("You are compassionate.", "compassionate"),
        ("He/she writes well.", "paired-pronoun"),
        ("The candidate knows his trade.", "generic-he"),
        ("You will wear many hats.", "jargon"),
        ("WE WANT AGGRESSIVE PEOPLE.", "aggressive"),
    ],
)
def test_a_rule_fires(text: str, rule: str) -> None:
    assert rule in rules_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "We pay a competitive salary.",
        "Lead times and responsibilities are clear.",
        "Administer Active Directory and force majeure clauses.",
        "Join the sales force as a self-employed agent.",
        "You lead, analyse, support and respond; we depend on you.",
        "We are not aggressive and never ruthless.",
        "No rockstars, please.",
        "You will teach young people and young adults.",
        "Ernst & Young audits us.",
        "We sell warm leads to Brave.",
        "Treat patients with emotional disorders.",
        "Obsessive-compulsive disorder is treated here.",
        "The scrum master holds a master's degree.",
        "We are an equal opportunity employer regardless of age, young or mature.",
        "Our founder sold his bakery.",
        "Your decision making is logical and independent.",
    ],
)
def test_a_rule_does_not_fire(text: str) -> None:
    assert rules_in(text) == []


def test_a_token_counts_once() -> None:
    found = find_wording("Our aggressive growth needs young and energetic people.")
    assert [(f.text, f.suggestion) for f in found] == [
        ("aggressive growth", "rapid growth"), ("young and energetic", "motivated"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("You are a ninja.", "expert"),
        ("You are ninjas.", "experts"),
        ("Ninjas wanted here.", "Experts"),
        ("SALESMEN wanted here.", "SALESPEOPLE"),
        ("You will be tackling claims.", "handling"),
        ("We utilised maps.", "used"),
    ],
)
def test_a_suggestion_agrees_in_number_form_and_case(text: str, suggestion: str) -> None:
    assert [f.suggestion for f in find_wording(text)] == [suggestion]


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("use", ("use", "uses", "using", "used")),
        ("carry out", ("carry out", "carries out", "carrying out", "carried out")),
        ("notify", ("notify", "notifies", "notifying", "notified")),
        ("begin", ("begin", "begins", "beginning", "began")),
        ("assess", ("assess", "assesses", "assessing", "assessed")),
        ("oversee", ("oversee", "oversees", "overseeing", "oversaw")),
    ],
)
def test_inflections(verb: str, forms: tuple[str, ...]) -> None:
    assert inflections(verb) == forms


def test_articles_fit_the_word_after_them() -> None:
    assert with_article("a editor and an map, A hour, an unit, a MBA") == (
        "an editor and a map, An hour, a unit, a MBA"
    )


SPANS = (
    "We are looking for an aggressive salesman to join our young team.",
    "You will be responsible for managing and training new clerks.",
    "Conduct interviews with patients in order to collect information about their needs.",
    "Utilizing spreadsheets to track the expenses of the studio.",
    "We're a team of passionate, talented people who love challenging work.",
    "Assist with the preparation of monthly statements, such as invoices and receipts.",
    "Ensure that files are kept in accordance with the rules of the archive.",
)


@pytest.mark.parametrize("text", SPANS)
def test_proposals_pass_every_gate_and_differ(text: str) -> None:
    span = Span(0, len(text), text, "sentence")
    found = rule_rewordings(span)
    assert len(found) >= 2
    assert len({after for after, _ in found}) == len(found)
    for after, rule in found:
        verdicts = [gate(text, span, after) for gate in text_gates(GatesConfig())]
        assert all(verdict.passed for verdict in verdicts), (after, rule)


def test_suggestions_come_singly_and_together() -> None:
    text = SPANS[0]
    proposals = dict(rule_rewordings(Span(0, len(text), text, "sentence")))
    single = "We are looking for an aggressive salesperson to join our young team."
    assert proposals[single] == "salesman"
    two = "Utilize tight plans so that the salesman can tackle claims."
    both = dict(rule_rewordings(Span(0, len(two), two, "duty")))
    assert both["Use tight plans so that the salesperson can handle claims."] == "all wording rules"


@pytest.mark.skipif(not has_parser(), reason="needs the extra grammar")
def test_frames_of_a_duty() -> None:
    text = "Review the contracts with vendors and record the changes."
    proposals = [after for after, _ in rule_rewordings(Span(0, len(text), text, "duty"))]
    assert "You will review the contracts with vendors and record the changes." in proposals


@pytest.mark.parametrize(
    "text",
    [
        "Hiring good people is our first task.",
        "Looking for someone who can draw.",
        "Our maps are printed in Porto.",
    ],
)
def test_no_frame_where_the_grammar_does_not_allow_it(text: str) -> None:
    proposals = [after for after, _ in rule_rewordings(Span(0, len(text), text, "sentence"))]
    assert not [after for after in proposals if after.startswith(("You will", "Hire", "Look "))]


def test_at_most_as_many_as_asked() -> None:
    text = SPANS[2]
    span = Span(0, len(text), text, "duty")
    assert rule_rewordings(span, 2) == rule_rewordings(span)[:2]


@pytest.mark.parametrize("opening", ["We are seeking", "We're seeking", "We want", "We need"])
def test_what_asks_for_a_thing_is_not_put_before_to(opening: str) -> None:
    text = f"{opening} to bring better tools to schools."
    span = Span(0, len(text), text, "sentence")
    found = [after for after, _ in alternatives(text, span, text_gates(GatesConfig()))]
    assert not [after for after in found if re.search(r"\b(for|find|seeks?) to\b", after)]
