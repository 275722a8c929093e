"""Protected facts: what is found, in which canonical form, and how the gate explains itself."""

from __future__ import annotations

import pytest

from evenhand.language.facts import facts_gate, facts_of, number_facts, number_value
from evenhand.language.span import Span


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3), ("3.5", 3.5), ("1,500", 1500), ("80k", 80000), ("1.5 million", 1.5e6),
        ("twenty-five", 25), ("two hundred and ten", 210), ("three thousand", 3000),
        ("a dozen", None), ("dozen", 12),
    ],
)  # fmt: skip
def test_number_value(text: str, value: float | None) -> None:
    assert number_value(text) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 years", ["number >=3 year", "number 3 year"][1:]),
        ("3+ yrs", ["number >=3 year"]),
        ("at least three years", ["number >=3 year"]),
        ("three or more years", ["number >=3 year"]),
        ("a minimum of 3 years", ["number >=3 year"]),
        ("up to 25% of the time", ["number <=25 percent"]),
        ("no more than five people", ["number <=5 person"]),
        ("between 5 and 10 days", ["number 5-10 day"]),
        ("3 or 4 days", ["number 3|4 day"]),
        ("$80k-$100k", ["money $80000-100000"]),
        ("80,000 to 100,000 usd", ["money $80000-100000"]),
        ("€20k", ["money €20000"]),
        ("since 2005", ["date 2005"]),
        ("9am to 5:30 pm on mondays", ["date 9:00 am", "date 5:30 pm", "date monday"]),
        ("the second of june", ["number #2", "date june"]),
        ("24/7", ["number 24", "number 7"]),
        ("a five-year plan", ["number 5 year"]),
        ("b2b and s3", []),
        ("no one", []),
        ("it may rain", []),
    ],
)
def test_numbers_have_one_canonical_form(text: str, expected: list[str]) -> None:
    assert [f"{fact.kind} {fact.value}" for fact in number_facts(text)] == expected


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("You need a CPA licence.", "credential", "cpa"),
        ("You hold a Ph.D. in physics.", "credential", "phd"),
        ("You are a licensed nurse.", "credential", "licen"),
        ("We write C# every day.", "skill", "c#"),
        ("We write python every day.", "skill", "python"),
        ("We use Spring for this.", "name", "Spring"),
        ("You report to Will each week.", "name", "Will"),
        ("We store scans in S3 here.", "name", "S3"),
        ("The IT desk is open.", "name", "IT"),
        ("We are in Porto and Braga.", "name", "Porto"),
        ("Zyxwera makes maps.", "name", "Zyxwera"),
        ("Write to [EMAIL] today.", "contact", "[EMAIL]"),
        ("Write to jobs@example.org today.", "contact", "jobs@example.org"),
        ("See https://example.org/a for more.", "contact", "https://example.org/a"),
        ("A degree isn't required.", "negation", "not requir"),
        ("Dutch is a plus.", "requirement", "preferred"),
        ("You must drive.", "requirement", "required"),
        ("You will help nurses.", "rank", "assist"),
        ("Report on figures weekly.", "frequency", "week"),
        ("We opened a lab last year.", "time", "last"),
        ("We opened a lab last year.", "tense", "past"),
        ("Work with the design team.", "relation", "with team"),
        ("Costs stay below plan.", "direction", "below"),
        ("Speak French or Dutch.", "conjunction", "or"),
        ("You may work from home.", "modality", "possible"),
        ("Order parts as needed.", "condition", "as-needed"),
    ],
)
def test_facts_are_found(text: str, kind: str, value: str) -> None:
    assert (kind, value) in facts_of(text).keys


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("We need a swift answer.", "name"),
        ("Will you join?", "name"),
        ("Manage the ledgers.", "name"),
        ("Lead times are short.", "rank"),
        ("Not only maps but also books.", "negation"),
        ("Prepare files, such as drawings or maps.", "conjunction"),
        ("You will draw maps.", "modality"),
        ("We are looking for an editor.", "relation"),
        ("Order parts as needed.", "requirement"),
    ],
)
def test_lookalikes_are_no_facts(text: str, kind: str) -> None:
    assert kind not in {fact.kind for fact in facts_of(text).facts}


def test_facts_stand_where_they_say() -> None:
    text = "You must have 3+ years of Python at Acme in Porto."
    held = {text[fact.start : fact.end] for fact in facts_of(text).facts}
    assert {"must have", "3+ years", "Python", "Acme", "Porto"} <= held


def test_the_rest_of_the_ad_says_what_a_name_is() -> None:
    ad = "We love our product Bloom. Bloom helps gardeners. You will keep Bloom growing."
    span = Span(27, 50, "Bloom helps gardeners.", "sentence")
    assert not facts_gate(ad, span, "We help gardeners.").passed
    assert "Bloom" in facts_gate(ad, span, "The product helps gardeners.").reason


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("You need 3 years of practice.", "You need some practice.", "loses the number '3 years'"),
        ("You need practice.", "You need practice in Porto.", "adds the name 'Porto'"),
        ("Managers train clients.", "Clients train managers.", "who does what"),
        ("We help you.", "You help us.", "you"),
    ],
)
def test_a_refusal_says_what_changed(before: str, after: str, said: str) -> None:
    verdict = facts_gate(before, Span(0, len(before), before, "sentence"), after)
    assert verdict.gate == "facts"
    assert not verdict.passed
    assert said in verdict.reason


def test_a_pass_says_how_much_was_compared() -> None:
    before = "You must have 3+ years of Python."
    span = Span(0, len(before), before, "sentence")
    assert facts_gate(before, span, before).reason == "3 facts kept"
