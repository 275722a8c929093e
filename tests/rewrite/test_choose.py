"""Choosing among passing proposals, under scores whose answer is known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.language.span import Span, Verdict, apply_edits
from evenhand.rewrite import Guarded, Proposal
from evenhand.rewrite.rewriter import as_edit, at_random, greedy, likeliest

ORIGINAL = "aaaa bbbb cccc dddd"
SPANS = [Span(at, at + 4, ORIGINAL[at : at + 4], "sentence") for at in (0, 5, 10, 15)]
PASS = (Verdict("facts", True, "nothing to compare"),)


def option(span: Span, after: str, source: str = "model", likelihood: float = 0.0) -> Guarded:
    return Guarded(Proposal(span, after, source, likelihood, 0), PASS)


def choices(per_span: int = 1) -> list[list[Guarded]]:
    """Replacement ``2`` of span ``b`` is ``B2``."""
    return [
        [option(span, f"{span.text[0].upper()}{number}") for number in range(per_span)]
        for span in SPANS
    ]


class Known:
    """Singles add up, pairs interact; remembers what it was asked."""

    def __init__(self, singles: dict[str, float], pairs: dict[frozenset[str], float]) -> None:
        self.singles, self.pairs = singles, pairs
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> list[float]:
        self.asked += texts
        return [self.of(text) for text in texts]

    def of(self, text: str) -> float:
        there = [word for word in text.split() if word in self.singles]
        total = sum(self.singles[word] for word in there)
        return total + sum(worth for pair, worth in self.pairs.items() if pair <= set(there))


def test_effects_that_add_up_all_go_in():
    score = Known({"A0": 1.0, "B0": 2.0, "C0": 0.5, "D0": 0.1}, {})
    assert [edit.after for edit in greedy(ORIGINAL, choices(), score)] == ["A0", "B0", "C0", "D0"]


def test_a_composition_that_falls_is_refused_however_good_its_parts():
    score = Known({"A0": 1.0, "B0": 0.9, "C0": -1.0, "D0": 0.2}, {frozenset({"A0", "B0"}): -1.5})
    assert [edit.after for edit in greedy(ORIGINAL, choices(), score)] == ["A0", "D0"]


def test_the_composition_is_scored_again_and_never_assumed():
    score = Known({"A0": 1.0, "B0": 0.9, "C0": 0.8, "D0": 0.7}, {})
    greedy(ORIGINAL, choices(), score)
    together = ["A0 B0 cccc dddd", "A0 B0 C0 dddd", "A0 B0 C0 D0"]
    first = [score.asked.index(text, 4) for text in together]
    assert first == sorted(first)


def test_the_best_of_a_span_goes_in_with_its_gain():
    score = Known({"A0": 0.1, "A1": 0.4, "A2": 0.3}, {})
    (edit,) = greedy(ORIGINAL, choices(3), score)
    assert (edit.after, edit.proof["gain"]) == ("A1", 0.4)


@pytest.mark.parametrize("worth", [0.0, -0.5, 1e-12])
def test_what_gains_nothing_stays_out(worth):
    assert greedy(ORIGINAL, choices(), Known({"A0": worth, "B0": worth}, {})) == []
    assert greedy(ORIGINAL, [], Known({}, {})) == []
    assert greedy(ORIGINAL, [[], []], Known({}, {})) == []


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_step_falls_and_the_result_beats_its_parts(seed):
    rng = np.random.default_rng(seed)
    words = [f"{letter}{number}" for letter, number in product("ABCD", range(2))]
    pairs = {
        frozenset({one, two}): float(rng.normal(0, 1))
        for one, two in product(words, words)
        if one[0] < two[0]
    }
    score = Known({word: float(rng.normal(0, 1)) for word in words}, pairs)
    edits = greedy(ORIGINAL, choices(2), score)
    assert list(edits) == sorted(edits, key=lambda edit: edit.start)
    worth = score.of(apply_edits(ORIGINAL, edits))
    every = [as_edit(option) for options in choices(2) for option in options]
    singles = [score.of(apply_edits(ORIGINAL, [edit])) for edit in every]
    assert worth >= max(0.0, *singles)
    assert (worth > 0) == bool(edits)


def test_an_early_choice_answers_to_a_later_one():
    """A0 is best alone; beside B0, which goes in later, A1 is better."""
    score = Known({"A0": 1.0, "A1": 0.9, "B0": 0.5}, {frozenset({"A1", "B0"}): 0.5})
    edits = greedy(ORIGINAL, choices(2), score)
    assert [edit.after for edit in edits] == ["A1", "B0"]


def test_likelihood_takes_the_likeliest_sample_and_a_rule_where_there_is_none():
    first, second, third = SPANS[:3]
    found = likeliest(
        [
            [option(first, "x", likelihood=-0.1), option(first, "y", "rule:plain")],
            [option(second, "x", likelihood=-2.0), option(second, "y", likelihood=-0.5)],
            [option(third, "x", "rule:plain")],
            [],
        ]
    )
    assert [edit.after for edit in found] == ["x", "y", "x"]


def test_random_draws_only_from_what_passed():
    drawn = {at_random(choices(3), seed=str(seed))[0].after for seed in range(40)}
    assert drawn == {"A0", "A1", "A2"}
    assert at_random([[], []], seed="0") == []
