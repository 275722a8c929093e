"""Nucleus sampling by inverse CDF."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import chisquare
from transformers import TopPLogitsWarper

from evenhand.generate.draw import draw, nucleus, uniforms

LOGITS = arrays(np.float32, st.integers(2, 60), elements=st.floats(-12, 12, width=32))


def softmax(logits: np.ndarray) -> np.ndarray:
    return torch.from_numpy(logits).softmax(-1).numpy()


@given(LOGITS, st.floats(0.05, 0.999))
def test_nucleus_is_the_smallest_likeliest_set(logits: np.ndarray, top_p: float) -> None:
    probabilities = softmax(logits)
    ids, mass = nucleus(probabilities, top_p)
    outside = np.delete(probabilities, ids)
    assert len(set(ids.tolist())) == len(ids)
    assert (np.diff(probabilities[ids]) <= 0).all()
    assert len(outside) == 0 or outside.max() <= probabilities[ids].min()
    assert len(ids) == 1 or mass[-2] < top_p
    assert mass[-1] >= top_p - 1e-5
    np.testing.assert_allclose(mass, np.cumsum(probabilities[ids], dtype=np.float64))


@pytest.mark.parametrize("top_p", [0.3, 0.8, 0.95])
def test_nucleus_is_that_of_transformers(top_p: float) -> None:
    logits = torch.randn(20, 500, generator=torch.Generator().manual_seed(0)) * 3
    warped = TopPLogitsWarper(top_p)(torch.zeros(1, 1, dtype=torch.long), logits.clone())
    for row, kept in zip(logits, warped, strict=True):
        ids, _ = nucleus(row.softmax(-1).numpy(), top_p)
        assert set(ids.tolist()) == set(torch.isfinite(kept).nonzero()[:, 0].tolist())


@given(LOGITS)
def test_everything_is_kept_at_one(logits: np.ndarray) -> None:
    ids, mass = nucleus(softmax(logits), 1.0)
    assert len(ids) == len(logits)
    assert mass[-1] == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("top_p", [0.9, 1.0])
def test_draws_have_the_renormalised_distribution(top_p: float) -> None:
    probabilities = softmax(np.array([2.0, 1.0, 0.5, 0.0, -1.0, -4.0], dtype=np.float32))
    ids, _ = nucleus(probabilities, top_p)
    numbers = np.random.default_rng(0).random(20_000)
    drawn = np.bincount([draw(probabilities, top_p, u) for u in numbers], minlength=6)
    assert drawn.sum() == drawn[ids].sum()
    wanted = probabilities[ids] / probabilities[ids].sum() * len(numbers)
    assert chisquare(drawn[ids], wanted, sum_check=False).pvalue > 0.01


@given(LOGITS, st.sampled_from([0.5, 1.0]), st.floats(0, 1, exclude_max=True))
def test_a_drawn_token_is_possible(logits: np.ndarray, top_p: float, uniform: float) -> None:
    logits[0] = -1e9
    assert draw(softmax(logits), top_p, uniform) != 0


ROUNDING = 1e-6


@given(
    LOGITS, st.sampled_from([0.5, 0.95, 1.0]), st.floats(0, 1, exclude_max=True), st.integers(0, 99)
)
def test_rounding_changes_no_draw_that_it_does_not_touch(
    logits: np.ndarray, top_p: float, uniform: float, seed: int
) -> None:
    """What ``drawing`` promises of probabilities that batch, threads or processor rounded."""
    exact = softmax(logits)
    ids, mass = nucleus(exact, top_p)
    touched = np.abs(mass / mass[-1] - uniform).min() <= 4 * ROUNDING
    if top_p < 1:
        likeliest = np.sort(exact)[::-1][: len(ids) + 1].astype(float)
        touched |= (-np.diff(likeliest) <= 4 * ROUNDING * likeliest[:-1]).any()
        touched |= np.abs(mass - top_p).min() <= 4 * ROUNDING
    factors = 1 + np.random.default_rng(seed).uniform(-0.9, 0.9, len(exact)) * ROUNDING
    rounded = (exact * factors).astype(np.float32)
    assert touched or draw(rounded, top_p, uniform) == draw(exact, top_p, uniform)


def test_streams_are_nested_and_apart() -> None:
    stream = uniforms(3, [1, 2, 3], 5, 40)
    assert np.array_equal(uniforms(3, [1, 2, 3], 5, 10), stream[:10])
    others = [
        uniforms(4, [1, 2, 3], 5, 40),
        uniforms(3, [1, 2], 5, 40),
        uniforms(3, [1, 2, 3], 6, 40),
    ]
    assert all(not np.array_equal(other, stream) for other in others)
    assert ((stream >= 0) & (stream < 1)).all()
