"""Change of an impact ratio between audits, against simulation and against each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.errors import MeasureError
from evenhand.measure.rates.counts import Counts
from evenhand.measure.rates.tests import Twice, paired_ratio_change, ratio_change


def counts(f: tuple[int, int], m: tuple[int, int]) -> Counts:
    return Counts(("f", "m"), np.array([f[1], m[1]]), np.array([f[0], m[0]]))


def test_by_hand():
    found = ratio_change(counts((10, 50), (40, 100)), counts((20, 50), (40, 100)), "f", "m")
    assert (found.before, found.after, found.change) == pytest.approx((0.5, 1.0, 2.0))
    spread = math.sqrt(1 / 10 - 1 / 50 + 1 / 20 - 1 / 50 + 2 * (1 / 40 - 1 / 100))
    assert found.interval == pytest.approx(
        (2 * math.exp(-1.959964 * spread), 2 * math.exp(1.959964 * spread)), rel=1e-6
    )
    assert not found.paired


def test_swapping_the_audits_inverts_the_change():
    one, other = counts((10, 50), (40, 100)), counts((12, 40), (30, 90))
    there, back = ratio_change(one, other, "f", "m"), ratio_change(other, one, "f", "m")
    assert there.change == pytest.approx(1 / back.change)
    assert there.p_value == pytest.approx(back.p_value)


def test_independent_answers_make_pairing_worthless_and_like_ones_narrow():
    rates = {"f": 0.3, "m": 0.5}
    independent = np.array(
        [[[(1 - p) ** 2, (1 - p) * p], [p * (1 - p), p * p]] for p in rates.values()]
    )
    people = 10_000
    twice = Twice(("f", "m"), (independent * people).round().astype(np.int64))
    unpaired = ratio_change(*([counts((3000, people), (5000, people))] * 2), "f", "m")
    paired = paired_ratio_change(twice, "f", "m")
    assert paired.interval == pytest.approx(unpaired.interval, rel=1e-3)
    alike = np.array([[[7000, 0], [0, 3000]], [[5000, 0], [0, 5000]]])
    same = paired_ratio_change(Twice(("f", "m"), alike), "f", "m")
    assert same.interval == pytest.approx((1.0, 1.0))
    assert same.p_value == 1.0


@pytest.mark.parametrize("paired", [False, True])
def test_the_interval_covers(paired: bool):
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(600):
        shares = ((200, [0.5, 0.1, 0.1, 0.3]), (300, [0.4, 0.1, 0.1, 0.4]))
        joint = np.stack([rng.multinomial(n, p) for n, p in shares]).reshape(2, 2, 2)
        if paired:
            found = paired_ratio_change(Twice(("f", "m"), joint), "f", "m")
        else:
            a = counts((rng.binomial(200, 0.4), 200), (rng.binomial(300, 0.5), 300))
            b = counts((rng.binomial(200, 0.4), 200), (rng.binomial(300, 0.5), 300))
            found = ratio_change(a, b, "f", "m")
        held += found.interval[0] <= 1.0 <= found.interval[1]
    assert 0.92 <= held / 600 <= 0.98


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 50), st.integers(1, 50))
def test_the_interval_holds_the_change(a: int, b: int, c: int, d: int):
    found = ratio_change(counts((a, 50), (b, 50)), counts((c, 50), (d, 50)), "f", "m")
    assert found.interval[0] <= found.change * (1 + 1e-9)
    assert found.change <= found.interval[1] * (1 + 1e-9)
    assert 0 <= found.p_value <= 1


def test_undefined_says_why():
    one = counts((0, 50), (40, 100))
    assert "nobody selected" in ratio_change(one, counts((1, 50), (4, 10)), "f", "m").reason
    assert "isn't in both" in ratio_change(one, one, "x", "m").reason
    empty = Twice(("f", "m"), np.array([[[5, 0], [0, 0]], [[1, 1], [1, 1]]]))
    assert "nobody selected" in paired_ratio_change(empty, "f", "m").reason
    assert "isn't in both" in paired_ratio_change(empty, "x", "m").reason
    with pytest.raises(MeasureError, match="with itself"):
        ratio_change(one, one, "f", "f")
