"""Properties of spans, edits, diffs and gates that hold for every text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evenhand.config.schema import GatesConfig, SpansConfig
from evenhand.errors import BadInput
from evenhand.language.duties import states_duty
from evenhand.language.facts import facts_gate, facts_of
from evenhand.language.findings import find_wording
from evenhand.language.gates import text_gates
from evenhand.language.rewordings import rule_rewordings
from evenhand.language.second_checker import second_check
from evenhand.language.span import Edit, Span, apply_edits, word_diff
from evenhand.language.spans import editable_spans
from evenhand.language.text import sentences, tokens

WORDS = st.sampled_from(
    """We you the a draw maps reports clients managers must not may three 5+ years Python Porto last
    year or and for by with aggressive rockstar help only before , . ! \n - • ( ) $ % 10 🙂 שלום
    e.g. Inc. C++ [EMAIL] don't prepare review great team salesman he/she""".split(" ")
)
ADS = st.one_of(st.lists(WORDS, max_size=60).map(" ".join), st.text(max_size=200))
FIXED = settings(max_examples=60, deadline=None)


@FIXED
@given(ADS)
def test_offsets_are_exact_and_stretches_never_overlap(ad: str) -> None:
    assert all(ad[t.start : t.end] == t.text for t in tokens(ad))
    found = [*sentences(ad)]
    assert all(0 <= start < end <= len(ad) for start, end in found)
    assert all(a[1] <= b[0] for a, b in pairwise(found))
    assert all(ad[s:e] == ad[s:e].strip() for s, e in found)
    findings = find_wording(ad)
    assert all(ad[f.start : f.end] == f.text for f in findings)
    assert all(a.end <= b.start for a, b in pairwise(findings))


@FIXED
@given(ADS, st.integers(1, 6))
def test_spans_fit_the_ad(ad: str, per_ad: int) -> None:
    found = editable_spans(ad, SpansConfig(per_ad=per_ad))
    assert len(found) <= per_ad
    assert all(ad[s.start : s.end] == s.text for s in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert not any("\n" in span.text for span in found)
    inside = set(sentences(ad))
    assert all((span.start, span.end) in inside for span in found)


@FIXED
@given(ADS, st.data())
def test_nothing_outside_the_edited_spans_changes(ad: str, data: st.DataObject) -> None:
    stretches = data.draw(st.lists(st.sampled_from(sentences(ad)), unique=True) if sentences(ad)
                          else st.just([]))  # fmt: skip
    edits = [Edit(s, e, ad[s:e], data.draw(st.text(max_size=20))) for s, e in stretches]
    after = apply_edits(ad, edits)
    cursor = shift = 0
    for edit in sorted(edits, key=lambda e: e.start):
        assert after[cursor + shift : edit.start + shift] == ad[cursor : edit.start]
        assert after[edit.start + shift :].startswith(edit.after)
        shift += len(edit.after) - len(edit.before)
        cursor = edit.end
    assert after[cursor + shift :] == ad[cursor:]


def test_overlapping_or_foreign_edits_are_refused() -> None:
    with pytest.raises(BadInput):
        apply_edits("abc", [Edit(0, 2, "ab", "x"), Edit(1, 3, "bc", "y")])
    with pytest.raises(BadInput):
        apply_edits("abc", [Edit(0, 2, "xx", "y")])


@FIXED
@given(ADS)
def test_the_identity_keeps_every_fact(text: str) -> None:
    assert facts_gate(text, Span(0, len(text), text, "sentence"), text).passed
    assert second_check(text, text).passed


@FIXED
@given(ADS, ADS)
def test_the_facts_gate_is_symmetric_in_presence(one: str, other: str) -> None:
    # frames are taken off duties only, so with one of them on one side the sides aren't alike
    assume(not states_duty(one) and not states_duty(other))
    there = facts_gate(f"{one}\n{other}", Span(0, len(one), one, "sentence"), other)
    back = facts_gate(f"{one}\n{other}", Span(0, len(other), other, "sentence"), one)
    assert there.passed == back.passed


@FIXED
@given(ADS)
def test_facts_stand_inside_the_text(text: str) -> None:
    assert all(0 <= f.start < f.end <= len(text) for f in facts_of(text).facts)


@FIXED
@given(ADS, ADS)
def test_a_gate_answers_every_text_with_a_reason(before: str, after: str) -> None:
    span = Span(0, len(before), before, "sentence")
    for gate in text_gates(GatesConfig()):
        assert gate(before, span, after).reason


@FIXED
@given(ADS, ADS)
def test_a_diff_gives_both_texts_back(before: str, after: str) -> None:
    changes = word_diff(before, after)
    assert "".join(change.before for change in changes) == before
    assert "".join(change.after for change in changes) == after


@FIXED
@given(st.lists(WORDS, min_size=4, max_size=16).map(" ".join))
def test_rules_propose_only_what_passes_every_gate(text: str) -> None:
    span = Span(0, len(text), text, "sentence")
    for after, _ in rule_rewordings(span):
        assert all(gate(text, span, after).passed for gate in text_gates(GatesConfig()))
