"""The alternatives of a span: gated, distinct, varied, the same every time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.config.schema import GatesConfig
from evenhand.language.gates import text_gates
from evenhand.language.rewordings import alternatives
from evenhand.language.span import Gate, Span, Verdict

_DUTIES = (
    "Repair looms and keep a log.",
    "Conduct tests on yarn in order to find faults, and notify the buyers.",
    "You will evaluate a wide range of yarns for our passionate weavers.",
    "We are looking for a truly passionate weaver to join our team.",
    "Knowledge of natural dyes",
    "Ability to read patterns quickly",
    "The mill opened in 1907 beside the river.",
)


def _span(text: str) -> Span:
    return Span(0, len(text), text, "duty")


@given(text=st.sampled_from(_DUTIES), limit=st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_each_is_new_and_passes_every_gate(text: str, limit: int) -> None:
    gates = text_gates(GatesConfig())
    found = alternatives(text, _span(text), gates, limit)
    assert len(found) <= limit
    assert len({after for after, _ in found} | {text}) == len(found) + 1
    assert all(gate(text, _span(text), after).passed for after, _ in found for gate in gates)
    assert found == alternatives(text, _span(text), text_gates(GatesConfig()), limit)


def test_at_most_one_frame_and_two_other_rules() -> None:
    for text in _DUTIES:
        for _, rules in alternatives(text, _span(text), text_gates(GatesConfig()), 200):
            names = rules.split(" + ")
            frames = [name for name in names if name.startswith("frame: ")]
            assert len(frames) <= 1
            assert len(names) - len(frames) <= 2
            assert not frames or names[-1] == frames[0]


def test_a_low_limit_keeps_single_changes_and_different_frames() -> None:
    text = "Conduct tests on yarn in order to find faults, and notify the buyers."
    rules = [rule for _, rule in alternatives(text, _span(text), text_gates(GatesConfig()), 12)]
    assert all(" + " not in rule for rule in rules)
    assert any(not rule.startswith("frame: ") for rule in rules)
    assert len({rule for rule in rules if rule.startswith("frame: ")}) >= 8


def test_a_high_limit_composes_a_swap_with_a_frame() -> None:
    text = "Conduct tests on yarn in order to find faults."
    found = dict(alternatives(text, _span(text), text_gates(GatesConfig()), 200))
    assert "We ask you to carry out tests on yarn to find faults." in found
    assert "Your work includes conducting tests on yarn to find faults." in found


def test_a_gate_of_the_callers_own_is_asked() -> None:
    def no_you(ad: str, span: Span, after: str) -> Verdict:
        return Verdict("no you", "you" not in after.lower(), "speaks of the reader")

    gates: list[Gate] = [*text_gates(GatesConfig()), no_you]
    found = alternatives(_DUTIES[0], _span(_DUTIES[0]), gates)
    assert found
    assert not any("you" in after.lower() for after, _ in found)


@pytest.mark.parametrize("text", ["", "   ", "1907", "The mill opened in 1907 beside the river."])
def test_where_no_rule_fits_there_is_none(text: str) -> None:
    assert alternatives(text, _span(text), text_gates(GatesConfig())) == []


def test_what_the_reader_has_may_be_said_with_you() -> None:
    found = dict(alternatives(_DUTIES[4], _span(_DUTIES[4]), text_gates(GatesConfig())))
    assert "You have knowledge of natural dyes" in found
    required = "Knowledge of natural dyes is required."
    texts = dict(alternatives(required, _span(required), text_gates(GatesConfig())))
    assert not any(text.startswith("You have") for text in texts)
