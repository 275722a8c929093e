"""Frames of duties: every verb converted or none, no frame around what is no duty."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.config.schema import GatesConfig
from evenhand.language import duties
from evenhand.language.duties import (
    FRAMES,
    Frame,
    coordinated,
    framings,
    has_parser,
    is_imperative,
    may_be_imperative,
    misframed,
    split_frame,
    states_duty,
    unframed,
    with_forms,
)
from evenhand.language.gates import text_gates
from evenhand.language.lexicon import DUTY_VERBS
from evenhand.language.rewordings import framed
from evenhand.language.second_checker import second_check
from evenhand.language.span import Span
from evenhand.language.text import inflect

pytestmark = pytest.mark.skipif(not has_parser(), reason="needs the extra grammar")


def _named(text: str) -> dict[str, str]:
    return {name.removeprefix("frame: "): after for after, name in framings(text)}


@pytest.mark.parametrize(
    ("duty", "gerunds"),
    [
        ("Mix, pour, or weigh clay.", ""),
        (
            "Inspect, clean, or repair looms in the mill.",
            "Inspecting, cleaning, or repairing looms in the mill.",
        ),
        (
            "Report to the harbour master and keep the log.",
            "Reporting to the harbour master and keeping the log.",
        ),
        ("Operate pumps and debug sensors.", "Operating pumps and debugging sensors."),
        ("Collect fares, and record the number of riders.",
         "Collecting fares, and recording the number of riders."),
        ("Assess bridges to estimate loads and plan repairs.",
         ""),
        ("Write songs, such as ballads, hymns, or marches.",
         "Writing songs, such as ballads, hymns, or marches."),
        ("Compare plans and reports.", "Comparing plans and reports."),
        ("Provide training or counseling.", "Providing training or counseling."),
        ("Verify and swiftly correct the tide tables.",
         "Verifying and swiftly correcting the tide tables."),
    ],
)  # fmt: skip
def test_all_verbs_of_the_top_become_gerunds_or_none(duty: str, gerunds: str) -> None:
    assert _named(duty).get("gerund", "") == gerunds
    includes = _named(duty).get("your work includes", "")
    assert includes == (f"Your work includes {gerunds[0].lower()}{gerunds[1:]}" if gerunds else "")


@pytest.mark.parametrize(
    "unclear",
    [
        "Organize meetings, research and travel.",
        "Write notes that list faults and present options.",
        "Advise farmers, process and ship grain.",
        "Manage budgets, authorizing payments to mills.",
        "Gather samples and obfuscate the labels.",
    ],
)
def test_what_is_unclear_has_no_frame_with_a_gerund(unclear: str) -> None:
    found = _named(unclear)
    assert "you will" in found
    assert not any("ing" in name and "include" in name for name in found)
    assert "gerund" not in found


@pytest.mark.parametrize(
    "prose",
    [
        "Our team repairs looms for small mills.",
        "Design is at the heart of our mill.",
        "Send us your portfolio by Friday.",
        "Join a team of eight weavers in the mill.",
        "Research experience in textiles required",
        "You will receive a loom of your own.",
        "You will be part of a small mill.",
        "We ask you to complete a short form.",
        "Visit our website for pictures of the mill.",
        "What looms do you repair?",
    ],
)
def test_what_is_no_duty_gets_no_frame(prose: str) -> None:
    assert framings(prose) == ()


@pytest.mark.parametrize(
    "line",
    [
        "Repair of looms is part of the post.",
        "Tour guides are paid by the mill.",
        "Sort codes must be kept in the safe.",
        "Visit times between shifts are short.",
        "Talks with growers in Bergen are held each spring.",
        "Contact with growers in Bergen is part of the post.",
        "Travel between mills takes half of the day.",
        "Order books are kept by the clerk.",
        "Store managers meet each Tuesday.",
        "Plan for growth in our mill",
        "Market research",
        "Report writing and data entry",
        "Process engineers with a head for looms",
    ],
)
def test_a_noun_that_could_be_a_verb_gets_no_frame(line: str) -> None:
    assert framings(line) == ()
    assert not [after for after, _ in framed(line)]


def test_a_broken_sentence_in_a_frame_passes_no_gate() -> None:
    before, after = "Study of law is necessary.", "You will study of law is necessary."
    span = Span(0, len(before), before, "sentence")
    assert not all(gate(before, span, after).passed for gate in text_gates(GatesConfig()))


def test_without_the_parser_no_line_gets_a_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    for cached in (framings, is_imperative, may_be_imperative):
        cached.cache_clear()
    monkeypatch.setattr(duties, "has_parser", lambda: False)
    assert framings("Repair the looms and keep a log.") == ()
    assert framings("You will repair the looms.")
    monkeypatch.undo()
    for cached in (framings, is_imperative, may_be_imperative):
        cached.cache_clear()


def test_a_duty_is_offered_in_every_frame() -> None:
    found = _named("Repair looms and keep a log.")
    assert set(found) == {frame.name for frame in FRAMES} - {"base form"}
    assert found["third person"] == "Repairs looms and keeps a log."
    assert (
        found["it will be your task to"] == "It will be your task to repair looms and keep a log."
    )
    assert found["responsible for"] == "Responsible for repairing looms and keeping a log."


def test_the_frame_of_a_span_is_taken_off_first() -> None:
    found = _named("You will be responsible for repairing looms.")
    assert found["base form"] == "Repair looms."
    assert found["we ask you to"] == "We ask you to repair looms."
    assert "You will be responsible for repairing looms." not in found.values()


def test_a_duty_that_speaks_to_the_reader_keeps_the_reader() -> None:
    found = _named("Repair looms with your own tools.")
    assert (
        found["in this job, you will"] == "In this job, you will repair looms with your own tools."
    )
    assert {"third person", "the successful candidate will", "the work is to"}.isdisjoint(found)


@given(
    verbs=st.lists(st.sampled_from(sorted(DUTY_VERBS)), min_size=2, max_size=3, unique=True),
    form=st.sampled_from(["ing", "s"]),
)
@settings(max_examples=60, deadline=None)
def test_verbs_side_by_side_are_all_converted(verbs: list[str], form: str) -> None:
    duty = ", ".join(verbs[:-1]) + " and " + verbs[-1] + " the looms of the mill."
    assert coordinated(duty) is not None
    expected = ", ".join(inflect(verb, form) for verb in verbs[:-1])
    expected += f" and {inflect(verbs[-1], form)} the looms of the mill."
    assert with_forms(duty, form) == expected


@given(frame=st.sampled_from([frame for frame in FRAMES if frame.opening]))
@settings(deadline=None)
def test_taking_a_frame_off_undoes_putting_it_on(frame: Frame) -> None:
    duty = "Repair looms and keep a log."
    after = _named(duty)[frame.name]
    opening, rest = split_frame(after)
    assert opening == frame.opening.lower()
    assert after.endswith(rest)
    one, two = unframed(duty, after)
    assert one == duty
    assert two in {duty, "Repairing looms and keeping a log."}
    assert misframed(duty, after) == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Repair looms and keep a log.", "Your work includes repairing looms and keep a log."),
        ("Repair looms and keep a log.", "You will repair looms and keeping a log."),
        ("The mill repairs looms.", "You will repair looms."),
    ],
)
def test_a_wrong_frame_is_refused(before: str, after: str) -> None:
    assert misframed(before, after)


def test_a_duty_is_told_from_what_a_reader_is_asked_to_do() -> None:
    assert states_duty("Contact mills to sell looms.")
    assert not states_duty("Contact us to buy looms.")


@pytest.mark.parametrize(
    "duty",
    [
        "Repair looms and keep a log.",
        "Explain to weavers how looms work, such as hand looms.",
        "You will explain the prices of yarn to at least 12 mills.",
        "Inspecting yarn from Norwegian mills every week",
        "Supervise, train, or mentor young weavers.",
    ],
)
def test_every_frame_passes_the_gates_and_the_second_checker(duty: str) -> None:
    span = Span(0, len(duty), duty, "duty")
    assert len(framings(duty)) >= 20
    for after, _ in framings(duty):
        failed = [
            v for gate in text_gates(GatesConfig()) if not (v := gate(duty, span, after)).passed
        ]
        if not any("repeats" in verdict.reason for verdict in failed):
            assert failed == []
        assert second_check(duty, after).passed, after


@pytest.mark.parametrize(
    "unclear",
    ["Meet growers to renegotiate rents, reduce debts, or raise new loans."],
)
def test_verbs_of_an_aim_are_not_taken_for_duties(unclear: str) -> None:
    assert coordinated(unclear) is None
