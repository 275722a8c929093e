"""Figures of probes under swaps of subjects, swaps of order, relabelling and reordering."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from evenhand.mitigate.bias import (
    attribute_error,
    bias_consistency,
    bias_intensity,
    cells_of,
    comparative_bias,
    gamma_table,
    over_the_pair,
    positional_dependence,
    subject_biases,
)
from evenhand.mitigate.probes import Example, Prompt, Subject, hiring_probes, split

PROMPTS = (Prompt("", ""),) * 4
PAIRS = [("A", "B"), ("A", "C"), ("B", "C"), ("C", "D"), ("A", "D")]
EXAMPLES = [
    Example("some", "t.01", f"a.{n % 3}", Subject(one, one), Subject(two, two), PROMPTS)
    for n, (one, two) in enumerate(PAIRS * 4)
]
SCORES = arrays.arrays(np.float64, (len(EXAMPLES), 4, 2), elements=st.floats(0, 1, width=32))
FIGURES = (positional_dependence, attribute_error, comparative_bias)


def table_figures(scores: np.ndarray, examples: list[Example]) -> tuple[float, float]:
    table = gamma_table(comparative_bias(scores), cells_of(examples))
    return float(bias_intensity(table.gamma)), float(bias_consistency(table.eta))


@given(SCORES)
def test_ranges(scores: np.ndarray):
    for judged in (scores, over_the_pair(scores)):
        for figure in (positional_dependence, attribute_error):
            assert (figure(judged) >= 0).all()
            assert (figure(judged) <= 1 + 1e-12).all()
        assert (np.abs(comparative_bias(judged)) <= 1 + 1e-12).all()
        assert all(0 <= one <= 1 + 1e-12 for one in table_figures(judged, EXAMPLES))


@given(SCORES)
def test_swapping_the_subjects_turns_only_the_sign_of_c(scores: np.ndarray):
    # The other subject becomes x1: columns swap, and so do the orders 12 and 21.
    swapped = scores[:, [1, 0, 3, 2]][:, :, ::-1]
    np.testing.assert_allclose(comparative_bias(swapped), -comparative_bias(scores), atol=1e-12)
    for figure in (positional_dependence, attribute_error):
        np.testing.assert_allclose(figure(swapped), figure(scores), atol=1e-12)
    turned = [dataclasses.replace(e, first=e.second, second=e.first) for e in EXAMPLES]
    np.testing.assert_allclose(
        table_figures(swapped, turned), table_figures(scores, EXAMPLES), atol=1e-12
    )


@given(SCORES)
def test_swapping_the_orders_changes_nothing(scores: np.ndarray):
    for figure in FIGURES:
        np.testing.assert_allclose(figure(scores[:, [1, 0, 3, 2]]), figure(scores), atol=1e-12)


@given(SCORES)
def test_swapping_question_and_negation_turns_only_c(scores: np.ndarray):
    other = scores[:, [2, 3, 0, 1]]
    np.testing.assert_allclose(comparative_bias(other), -comparative_bias(scores), atol=1e-12)
    for figure in (positional_dependence, attribute_error):
        np.testing.assert_allclose(figure(other), figure(scores), atol=1e-12)


@given(SCORES)
def test_over_the_pair_b_is_c(scores: np.ndarray):
    judged = over_the_pair(scores)
    np.testing.assert_allclose(judged.sum(axis=2), 1)
    biases = subject_biases(judged)
    np.testing.assert_allclose(biases[:, 0], -biases[:, 1], atol=1e-9)
    np.testing.assert_allclose(comparative_bias(judged), biases[:, 0], atol=1e-9)


@given(SCORES, st.permutations(range(len(EXAMPLES))), st.permutations("PQRS"))
def test_order_and_names_do_not_matter(scores: np.ndarray, order: list[int], names: list[str]):
    new = dict(zip("ABCD", names, strict=True))
    renamed = [
        dataclasses.replace(
            EXAMPLES[k],
            first=Subject(new[EXAMPLES[k].first.text], new[EXAMPLES[k].first.cluster]),
            second=Subject(new[EXAMPLES[k].second.text], new[EXAMPLES[k].second.cluster]),
        )
        for k in order
    ]
    np.testing.assert_allclose(
        table_figures(scores[order], renamed), table_figures(scores, EXAMPLES), atol=1e-12
    )


@given(SCORES, st.floats(0.1, 1))
def test_mass_does_not_matter_over_the_pair(scores: np.ndarray, kept: float):
    scores = scores + 0.01
    np.testing.assert_allclose(over_the_pair(scores * kept), over_the_pair(scores), atol=1e-12)
    for figure in FIGURES:
        np.testing.assert_allclose(figure(scores * kept), figure(scores) * kept, atol=1e-12)


@given(SCORES)
def test_repeating_every_example_changes_no_figure(scores: np.ndarray):
    twice = np.concatenate([scores, scores])
    np.testing.assert_allclose(
        table_figures(twice, EXAMPLES * 2), table_figures(scores, EXAMPLES), atol=1e-12
    )


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["age", "religion", "institution"]), st.integers(0, 10_000), st.floats(0.2, 0.6)
)
def test_splits_share_nothing(kind: str, seed: int, share: float):
    train, test = split(hiring_probes(kind), seed, share)
    for of in ("templates", "subjects", "attributes"):
        assert not set(getattr(train, of)) & set(getattr(test, of))
    assert not set(train.examples(50, seed)) & set(test.examples(50, seed))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 400))
def test_draws_never_repeat(seed: int, n: int):
    drawn = hiring_probes("age").examples(n, seed)
    assert len(drawn) == len(set(drawn)) == n


def test_the_figures_are_not_symmetric_by_accident():
    scores = np.random.default_rng(0).random((len(EXAMPLES), 4, 2))
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(comparative_bias(scores), comparative_bias(scores[:, :, ::-1]))
