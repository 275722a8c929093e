"""Cochran-Mantel-Haenszel across periods."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.rates.counts import Counts
from evenhand.measure.rates.tests import cochran_mantel_haenszel


def period(f: tuple[int, int], m: tuple[int, int]) -> Counts:
    """Positive and assessed of women and men."""
    return Counts(("f", "m"), np.array([f[1], m[1]]), np.array([f[0], m[0]]))


# 8 of 80 against 2 of 20, and 10 of 20 against 40 of 80: parity in each, .43 when thrown together.
SIMPSON = [period((8, 80), (2, 20)), period((10, 20), (40, 80))]


def test_the_common_ratio_is_not_fooled_by_composition():
    found = cochran_mantel_haenszel(SIMPSON, "f", "m")
    assert found.ratio == pytest.approx(1.0)
    assert found.odds_ratio == pytest.approx(1.0)
    assert found.p_value == pytest.approx(1.0)
    assert found.breslow_day_p == pytest.approx(1.0)
    assert found.interval[0] < 1 < found.interval[1]
    assert (18 / 100) / (42 / 100) < 0.8


def test_opposite_gaps_cancel_and_homogeneity_says_so():
    opposite = [period((10, 100), (40, 100)), period((40, 100), (10, 100))]
    found = cochran_mantel_haenszel(opposite, "f", "m")
    assert found.p_value == pytest.approx(1.0)
    assert found.breslow_day_p < 1e-8


def test_one_period_is_the_plain_ratio():
    found = cochran_mantel_haenszel([period((10, 50), (40, 100))], "f", "m")
    assert found.ratio == pytest.approx(0.5)
    # Greenland and Robins's interval of one stratum is Katz's.
    assert found.interval == pytest.approx((0.273283, 0.914804), abs=5e-7)
    assert math.isnan(found.breslow_day_p)


def test_periods_that_say_nothing_are_left_out():
    nobody, missing = period((0, 5), (0, 5)), Counts(("f",), np.array([3]), np.array([1]))
    found = cochran_mantel_haenszel([*SIMPSON, nobody, missing], "f", "m")
    assert found == cochran_mantel_haenszel(SIMPSON, "f", "m")
    assert found.strata == 2


def test_no_period_says_anything():
    for strata in ([], [period((0, 5), (0, 5))], [period((0, 0), (1, 5))]):
        found = cochran_mantel_haenszel(strata, "f", "m")
        assert math.isnan(found.p_value)
        assert "no period" in found.reason


def test_a_side_without_positives():
    found = cochran_mantel_haenszel([period((0, 5), (2, 5)), period((0, 9), (3, 9))], "f", "m")
    assert found.ratio == 0
    assert math.isnan(found.interval[0])
    assert math.isnan(found.breslow_day_p)
    assert 0 < found.p_value < 0.1
    assert cochran_mantel_haenszel([period((2, 5), (0, 5))], "f", "m").ratio == math.inf


def test_a_cell_against_itself():
    with pytest.raises(MeasureError, match="itself"):
        cochran_mantel_haenszel(SIMPSON, "f", "f")
