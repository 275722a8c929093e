"""Other constructions of a sentence: what each kind makes, what it leaves, and what gates see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.config.schema import GatesConfig
from evenhand.language.constructions import as_told, constructions
from evenhand.language.duties import has_parser
from evenhand.language.gates import text_gates
from evenhand.language.lexicon import rows
from evenhand.language.phrases import phrased
from evenhand.language.rewordings import alternatives
from evenhand.language.span import Span

needs_parser = pytest.mark.skipif(not has_parser(), reason="the parser isn't installed")
GATES = tuple(text_gates(GatesConfig()))


def made(text: str, kind: str) -> list[str]:
    return [after for after, rule in constructions(text) if rule.startswith(kind)]


def refused(before: str, after: str) -> list[str]:
    span = Span(0, len(before), before, "sentence")
    return [v.gate for v in (gate(before, span, after) for gate in GATES) if not v.passed]


@needs_parser
@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        (
            "order",
            "You will keep the shop stocked with screws and nails.",
            "You will keep the shop stocked with nails and screws.",
        ),
        (
            "order",
            "We run a calm and orderly kitchen for a school.",
            "We run an orderly and calm kitchen for a school.",
        ),
        (
            "relative",
            "We build pumps for a system that cools small hospitals.",
            "We build pumps for a system which cools small hospitals.",
        ),
        (
            "infinitive",
            "Our workshop helps farmers repair their old tractors.",
            "Our workshop helps farmers to repair their old tractors.",
        ),
        (
            "fragment",
            "Thorough knowledge of bread ovens",
            "You have thorough knowledge of bread ovens",
        ),
        (
            "fragment",
            "Good eye for uneven seams and loose threads",
            "You have a good eye for uneven seams and loose threads",
        ),
        (
            "fragment",
            "Familiar with the rules for food stores",
            "You are familiar with the rules for food stores",
        ),
        (
            "person",
            "We build wooden boats for the lakes of the north.",
            "Our company builds wooden boats for the lakes of the north.",
        ),
        (
            "split",
            "We print maps for hikers, and we sell them in forty shops.",
            "We print maps for hikers. We sell them in forty shops.",
        ),
    ],
)
def test_each_kind_makes_a_sentence_that_the_gates_let_through(
    kind: str, before: str, after: str
) -> None:
    assert after in made(before, kind)
    assert refused(before, after) == []


@needs_parser
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("order", "You will wash and dry the dishes."),
        ("order", "You keep the books for shops and other small firms."),
        ("order", "We need cost effective and fast repairs for our pumps."),
        ("order", "We sell red bricks and tiles to builders in the town."),
        ("relative", "You will work with a team that cooks for schools."),
        ("fragment", "Senior engineer for the pump room"),
        ("fragment", "Generous budget for tools and training"),
        ("fragment", "Experience is what counts in our bakery."),
        ("person", "We know that our bakers start early in the morning."),
        ("person", "We are proud bakers with a small shop."),
        ("person", "We honour careful work, value honest talk, and avoid haste."),
        ("that", "It is late (so in a way it helps our bakers)."),
        ("split", "If you bake, you start at four and you leave at noon."),
        ("infinitive", "Please help with the orders of the morning."),
    ],
)
def test_what_can_not_be_told_safely_is_left(kind: str, text: str) -> None:
    assert made(text, kind) == []


@needs_parser
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "We build wooden boats for the lakes of the north.",
            "Our company builds wooden ships for the lakes of the north.",
        ),
        (
            "We print maps for hikers, and we sell them in forty shops.",
            "We print maps for hikers. We sell them in fifty shops.",
        ),
        (
            "Thorough knowledge of bread ovens",
            "You have thorough knowledge of bread ovens and mixers",
        ),
        (
            "Our goal is to feed every school child in the town.",
            "We aim to feed most school children in the town.",
        ),
    ],
)
def test_a_construction_hides_no_other_change(before: str, after: str) -> None:
    assert refused(before, after)


def test_the_gates_see_a_span_with_the_phrases_of_its_rewording() -> None:
    before = "Our goal is to bake bread that keeps for a week."
    after = "We aim to bake bread that keeps for a week."
    assert after in dict(phrased(before))
    assert as_told(before, after) == after
    assert refused(before, after) == []


def test_no_phrase_is_listed_twice_or_becomes_itself() -> None:
    pairs = [(which, frozenset((one, other))) for which, one, _, other in rows("phrases.tsv")]
    assert all(len(pair) == 2 for _, pair in pairs)
    assert len(pairs) == len(set(pairs))


@needs_parser
def test_rewordings_of_different_kinds_are_put_together() -> None:
    text = "We are looking for a cook who helps the guests choose their dishes."
    found = dict(alternatives(text, Span(0, len(text), text, "sentence"), GATES))
    kinds = {frozenset(r.partition(":")[0] for r in rule.split(" + ")) for rule in found.values()}
    assert frozenset({"plain phrase", "infinitive"}) in kinds


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_told_as_itself_or_in_a_listed_way(before: str, after: str) -> None:
    told = as_told(before, after)
    ways = {text for text, _ in (*constructions(before), *phrased(before))}
    assert told == before or ways
