from __future__ import annotations

import numpy as np
import pytest

from evenhand.reward.sides import (
    contrast_vector,
    heterogeneity,
    noise_of,
    occupation_vectors,
    own_share,
    shrunk_vector,
)


def market(sizes, *, tau, seed=0, ads=1, mean=0.4):
    """Scores with a difference between sides that varies over occupations with sd ``tau``."""
    rng = np.random.default_rng(seed)
    occupations = np.repeat([f"o{i}" for i in range(len(sizes))], sizes)
    sides = np.concatenate([np.arange(size) % 2 * 2 - 1 for size in sizes])
    true = mean + tau * rng.normal(size=len(sizes))
    gaps = np.repeat(true, sizes)
    return rng.normal(size=(ads, len(sides))) + gaps * sides / 2, sides, occupations, true


def own_vector(sides, occupations, name):
    vector = contrast_vector(sides, (occupations == name).astype(float))
    assert vector is not None
    return vector


def test_heterogeneity_is_recovered():
    found = [heterogeneity(*market([60] * 80, tau=0.5, seed=seed)[:3]) for seed in range(8)]
    assert np.mean(found) == pytest.approx(0.25, abs=0.06)


def test_no_heterogeneity_gives_about_none():
    found = [heterogeneity(*market([60] * 80, tau=0.0, seed=seed)[:3]) for seed in range(8)]
    assert np.mean(found) < 0.02


def test_one_ad_is_the_textbook_estimate():
    """DerSimonian and Laird 1986, equation 8, with variances ``v * u_o``."""
    scores, sides, occupations, _ = market([10, 20, 30, 40], tau=0.7, seed=4)
    gaps, noise, inside, freedom = [], [], 0.0, 0
    for name in np.unique(occupations):
        plus = scores[0, (occupations == name) & (sides > 0)]
        minus = scores[0, (occupations == name) & (sides < 0)]
        gaps.append(plus.mean() - minus.mean())
        noise.append(1 / len(plus) + 1 / len(minus))
        inside += ((plus - plus.mean()) ** 2).sum() + ((minus - minus.mean()) ** 2).sum()
        freedom += len(plus) + len(minus) - 2
    v = inside / freedom
    weights = 1 / (v * np.array(noise))
    q = (weights * (gaps - np.average(gaps, weights=weights)) ** 2).sum()
    tau2 = (q - 3) / (weights.sum() - (weights**2).sum() / weights.sum())
    assert tau2 > 0
    assert heterogeneity(scores, sides, occupations) == pytest.approx(tau2 / v)


def test_heterogeneity_does_not_depend_on_units():
    scores, sides, occupations, _ = market([30] * 12, tau=0.5, ads=4)
    assert heterogeneity(7 * scores + 3, sides, occupations) == pytest.approx(
        heterogeneity(scores, sides, occupations)
    )


def test_what_ads_have_in_common_is_no_change():
    scores, sides, occupations, _ = market([30] * 12, tau=0.5, ads=5)
    common = 9 * np.random.default_rng(3).normal(size=scores.shape[1])
    assert heterogeneity(scores + common, sides, occupations) == pytest.approx(
        heterogeneity(scores, sides, occupations)
    )


def test_two_occupations_are_nothing_to_lean_on():
    scores, sides, occupations, _ = market([30, 30], tau=0.5)
    assert heterogeneity(scores, sides, occupations) is None
    own = own_vector(sides, occupations, "o0")
    assert own_share(own, None) == 1.0
    assert shrunk_vector(own, sides, occupations, None, 1.0) is own


def test_shares_go_to_nothing_with_few_people_and_to_all_with_many():
    _, sides, occupations, _ = market([4, 4_000, 100], tau=0.2)
    shares = [own_share(own_vector(sides, occupations, f"o{i}"), 0.05) for i in (0, 2, 1)]
    assert shares == sorted(shares)
    assert shares[0] < 0.06
    assert shares[2] > 0.97
    assert own_share(own_vector(sides, occupations, "o0"), 0.0) == 0.0


def test_share_and_pool_are_the_formulas():
    scores, sides, occupations, _ = market([10, 20, 40], tau=0.4)
    h, own = 0.3, own_vector(sides, occupations, "o1")
    assert own_share(own, h) == pytest.approx(h / (h + 1 / 10 + 1 / 10))
    noise = np.array([1 / 5 + 1 / 5, 1 / 10 + 1 / 10, 1 / 20 + 1 / 20])
    vectors = occupation_vectors(sides, occupations)
    assert noise_of(vectors) == pytest.approx(noise)
    pool = ((scores[0] @ vectors) / (h + noise)).sum() / (1 / (h + noise)).sum()
    shrunk = shrunk_vector(own, sides, occupations, h, 0.25)
    assert scores[0] @ shrunk == pytest.approx(0.25 * (scores[0] @ own) + 0.75 * pool)


def test_shrinking_is_nearer_the_truth_than_either_extreme():
    errors = {"own": 0.0, "pool": 0.0, "shrunk": 0.0}
    for seed in range(60):
        scores, sides, occupations, true = market([12] * 20, tau=0.4, seed=seed)
        h = heterogeneity(scores, sides, occupations)
        assert h is not None
        own = own_vector(sides, occupations, "o0")
        for name, share in (("own", 1.0), ("pool", 0.0), ("shrunk", own_share(own, h))):
            estimate = scores[0] @ shrunk_vector(own, sides, occupations, h, share)
            errors[name] += (estimate - true[0]) ** 2
    assert errors["shrunk"] < errors["own"]
    assert errors["shrunk"] < errors["pool"]


def test_people_of_no_occupation_are_left_out():
    sides = np.array([1, -1, 1, -1, 1, -1])
    occupations = np.array(["", "", "other", "other", "nurse", "nurse"])
    vectors = occupation_vectors(sides, occupations)
    assert vectors[:4].tolist() == [[0.0]] * 4
    assert vectors.shape == (6, 1)
