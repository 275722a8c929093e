"""One ad's profile: which wording counts, how often, and what is passed over."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import pytest

from evenhand.language.findings import all_rules, find_wording
from evenhand.language.style import KINDS, TEXT_DEFINITIONS, profile

AD = """Bold Maps, Porto
We are a young team of rockstars and seek an ambitious chairman. He/she will hit the ground running.
Requirements:
- 3+ years of experience with maps
- Must be able to lift 30 kg; native speaker
Nice to have: kindness and a warm voice
"""


def kinds_in(text: str) -> list[str]:
    return [one.kind for one in profile(text).found]


def test_every_kind_is_found_with_place_and_reason() -> None:
    found = profile(AD).found
    assert {one.kind for one in found} == set(KINDS)
    assert all(AD[one.start : one.end] == one.text and one.why and one.rule for one in found)


def test_counts_rates_and_the_lean_follow_the_formula() -> None:
    one = profile(AD)
    assert one.counts == {**dict.fromkeys(KINDS, 1), "communal": 2}
    assert one.per_100_words["age"] == pytest.approx(100 / one.words)
    assert one.gender_lean == pytest.approx(100 * (1 - 2) / one.words)
    assert one.words == one.readability.words


def test_a_text_without_words_has_no_rates() -> None:
    one = profile("12 + 3 🙂")
    assert one.words == 0
    assert one.found == ()
    assert math.isnan(one.gender_lean)
    assert all(math.isnan(rate) for rate in one.per_100_words.values())


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("You are target-driven.", "agentic"),
        ("We love overachievers.", "agentic"),
        ("You bring empathy.", "communal"),
        ("Male candidates are preferred.", "gendered"),
        ("Linemen climb poles.", "gendered"),
        ("We ask for final year students or a final year student.", "age"),
        ("A dynamic, young crowd.", "age"),
        ("Ability to stand for long hours.", "disability"),
        ("A valid driver's license is needed.", "disability"),
        ("You fit our culture.", "culture"),
        ("We have a pool table.", "culture"),
        ("Only native English writers.", "origin"),
        ("US citizens only.", "origin"),
        ("A native speaker is wanted.", "origin"),
        ("You hit the ground running.", "jargon"),
    ],
)
def test_wording_that_an_audit_shows(text: str, kind: str) -> None:
    assert kind in kinds_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Your responsibilities include support of analysts.",
        "Strong interpersonal skills.",
        "We have team spirit.",
        "We pay a competitive salary and benefits.",
        "We are an equal opportunity employer regardless of age, young or mature.",
        "We are not aggressive and never ruthless.",
        "Write apps in React Native.",
        "Fly unmanned aircraft over fields.",
        "Give patients supportive care.",
        "Our founder said he likes tea.",
        "Read the maturity model.",
        "Mr. Young leads the team at Ernst & Young.",
    ],
)
def test_wording_that_does_not_count(text: str) -> None:
    assert kinds_in(text) == []


def test_one_count_a_token() -> None:
    found = profile("A fiercely independent, native English speaker with strong opinions.").found
    assert [one.text for one in found] == [
        "fiercely independent", "native English speaker", "strong opinions",
    ]  # fmt: skip


def test_the_rewriter_does_not_learn_what_an_audit_shows() -> None:
    text = "Able to lift boxes; overachievers with empathy."
    assert find_wording(text) == []
    assert len(find_wording(text, shown=True)) == 3


def test_no_form_is_both_shown_and_mended_or_undone_by_chance() -> None:
    shown = {(rule.parts, rule.kind) for rule in all_rules() if rule.shown}
    assert not shown & {(rule.parts, rule.kind) for rule in all_rules() if not rule.shown}
    harmless = {rule.parts for rule in all_rules() if not rule.kind}
    assert not harmless & {rule.parts for rule in all_rules() if rule.kind}


def test_every_kind_has_a_card() -> None:
    keys = [one.key for one in TEXT_DEFINITIONS]
    assert len(keys) == len(set(keys))
    assert {
        *KINDS, "gender_lean", "reading_ease", "grade", "requirements", "years", "degrees",
        "salary", "location", "odds_ratio", "percentile",
    } <= set(keys)  # fmt: skip
    for one in TEXT_DEFINITIONS:
        fields = (one.name, one.formula, one.range, one.undefined, one.trap, one.source)
        assert all(fields), one.key
        assert one.better in {"higher", "lower", "1", "0", "none"}


@pytest.mark.real_data
def test_real_ads_are_read_fast_and_every_kind_occurs(hiring_bench: Path) -> None:
    lines = (hiring_bench / "jobs.jsonl").read_text(encoding="utf-8").strip().split("\n")[::10]
    texts = [json.loads(line)["text"] for line in lines]
    profile("Warm up.")
    start = time.process_time()
    found = [profile(text) for text in texts]
    spent = time.process_time() - start
    assert {kind for one in found for kind, n in one.counts.items() if n} == set(KINDS)
    assert len(texts) / spent > 60  # 250 a second on an idle core; here other tests may run
