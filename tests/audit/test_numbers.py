import math

import pytest

from evenhand.audit import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1.00"), (0.734, "0.73"), (0.0123, "0.012"), (0.0, "0.00"), (math.nan, "–")],
)
def test_ratio(value: float, text: str):
    assert numbers.ratio(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1234, "+0.123"), (-0.1234, "−0.123"), (0.0, "0.000"), (-0.0001, "0.000"), (math.inf, "–")],
)
def test_signed(value: float, text: str):
    assert numbers.signed(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(-0.237, "−23.7%"), (1.571, "+157.1%"), (0.0, "0.0%"), (math.nan, "–")]
)
def test_signed_percent(value: float, text: str):
    assert numbers.signed_percent(value) == text


def test_shares_and_intervals():
    assert numbers.percent(0.0414, 1) == "4.1%"
    assert numbers.ratio_interval((0.5, 2.0)) == "0.50 to 2.00"
    assert numbers.ratio_range((0.5, 2.0)) == "0.50–2.00"
    assert numbers.signed_interval((-0.5, 0.25)) == "−0.500 to +0.250"
    assert numbers.interval((0.5, 0.75)) == "0.500 to 0.750"
    nothing = (math.nan, math.nan)
    assert numbers.ratio_interval(nothing) == numbers.signed_interval(nothing) == "–"


@pytest.mark.parametrize(
    ("value", "text"), [(0.0004, "< .001"), (0.039, ".039"), (1.0, "1.000"), (math.nan, "–")]
)
def test_p_value(value: float, text: str):
    assert numbers.p_value(value) == text


def test_counts_and_lists():
    assert numbers.count(1, "ad") == "1 ad"
    assert numbers.count(1204, "ad") == "1,204 ads"
    assert numbers.listed(["a"]) == "a"
    assert numbers.listed(["a", "b", "c"]) == "a, b and c"
