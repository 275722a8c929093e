"""The gates as a list: names, order, bounds from the config, approved statements, speed."""

from __future__ import annotations

import time

import pytest

from evenhand.config.schema import GatesConfig
from evenhand.language.gates import fit_to_span, text_gates
from evenhand.language.span import Span, Verdict

TEXT = "You will prepare monthly reports for the clients of our studio."
SPAN = Span(0, len(TEXT), TEXT, "sentence")


def verdicts(after: str, config: GatesConfig | None = None, **more: object) -> dict[str, Verdict]:
    gates = text_gates(config or GatesConfig(), **more)  # type: ignore[arg-type]
    return {v.gate: v for v in (gate(TEXT, SPAN, after) for gate in gates)}


def test_every_gate_has_its_name_and_a_reason() -> None:
    found = verdicts("You will draft monthly reports for the clients of our studio.")
    assert list(found) == ["unchanged", "language", "fluency", "facts", "neutrality", "new_words"]
    assert all(verdict.passed and verdict.reason for verdict in found.values())


def test_length_bounds_come_from_the_config() -> None:
    after = "You will draft monthly reports for the clients of our studio."
    assert not verdicts(after, GatesConfig(min_length_ratio=1.1))["fluency"].passed
    assert not verdicts(after, GatesConfig(max_length_ratio=0.9))["fluency"].passed


def test_the_least_overlap_comes_from_the_config() -> None:
    after = "You will draft monthly reports for the clients of our studio."
    assert verdicts(after, GatesConfig(min_lemma_overlap=1.0))["new_words"].passed
    shorter = "We are looking for a truly great clerk with passion."
    span = Span(0, len(shorter), shorter, "sentence")
    for least, passed in ((0.4, True), (0.9, False)):
        gate = text_gates(GatesConfig(min_lemma_overlap=least))[-1]
        assert gate(shorter, span, "We are looking for a clerk.").passed is passed


def test_words_of_tone_may_come_from_the_ad_and_nowhere_else() -> None:
    gate = text_gates(GatesConfig())[-1]
    after = "You will prepare excellent monthly reports for the clients of our studio."
    assert not gate(TEXT, SPAN, after).passed
    assert gate(TEXT + " We do excellent work.", SPAN, after).passed


def test_an_approved_statement_may_be_added_and_only_that() -> None:
    approved = "Flexible hours are welcome."
    after = f"{TEXT} {approved}"
    assert not all(v.passed for v in verdicts(after).values())
    assert all(v.passed for v in verdicts(after, approved_statements=(approved,)).values())
    sneaked = f"{TEXT} Remote work is possible. {approved}"
    assert not all(v.passed for v in verdicts(sneaked, approved_statements=(approved,)).values())


def test_gates_are_pure() -> None:
    after = "You will draft weekly reports for the clients of our studio."
    assert verdicts(after) == verdicts(after)


def test_gates_are_fast_once_loaded() -> None:
    afters = [
        TEXT.replace("monthly", f"monthly {word}") for word in "great big new old odd".split()
    ]
    verdicts(TEXT)
    started = time.process_time()
    for after in afters * 20:
        verdicts(after + " ")
        verdicts(after)
    assert (time.process_time() - started) / (len(afters) * 40) < 0.006


@pytest.mark.parametrize(
    ("before", "reply", "fitted"),
    [
        ("Draw maps", '"Draw careful maps."', "Draw careful maps"),
        ("Draw maps.", "Reworded: draw careful maps", "Draw careful maps."),
        ("Draw maps.", "Here is a reworded version: Draw maps.\n\nI hope it helps.", "Draw maps."),
        ("Draw maps!", "Draw maps", "Draw maps!"),
        ("Draw maps?", "Draw maps.", "Draw maps."),
        ("Draw maps.", "  \n ", ""),
        ("We draw “good” maps.", "We draw “fine” maps.", "We draw “fine” maps."),
    ],
)
def test_fit_to_span(before: str, reply: str, fitted: str) -> None:
    assert fit_to_span(before, reply) == fitted
