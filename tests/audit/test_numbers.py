import math

import pytest

from evenhand.audit.rates import places_for
from evenhand.report import numbers


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


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"), (1e-17, "0"), (-2.5e-9, "−2.50×10⁻⁹"), (0.0000123, "1.23×10⁻⁵"),
        (0.00078, "0.000780"), (0.00123, "0.00123"), (0.01, "0.010"), (-0.5, "−0.500"),
        (30.28, "30.280"), (756.171, "756.2"), (1234.5, "1,234.5"), (12345.6, "12,346"),
        (math.inf, "–"), (math.nan, "–"),
    ],
)  # fmt: skip
def test_figures_of_any_size_keep_digits_that_say_something(value: float, shown: str):
    assert numbers.figure(value) == shown


@pytest.mark.parametrize(
    ("ends", "shown"),
    [
        ((0.0, 0.202), "0 to 0.202"),
        ((0.00667, 0.103), "0.007 to 0.103"),
        ((0.0001, 0.103), "0.000100 to 0.103"),
        ((97.438, 108.83), "97.4 to 108.8"),
        ((0.0321, 0.0323), "0.0321 to 0.0323"),
        ((1.33e-6, 1.46e-6), "1.33×10⁻⁶ to 1.46×10⁻⁶"),
        ((-0.056, 0.077), "−0.056 to 0.077"),
        ((0.5, 0.5), "0.500 to 0.500"),
        ((math.nan, 1.0), "–"),
    ],
)
def test_intervals_of_figures_show_that_their_ends_differ(ends: tuple[float, float], shown: str):
    assert numbers.figure_interval(ends) == shown


@pytest.mark.parametrize(
    ("values", "places"),
    [((0, 40), 1), ((0, 1), 2), ((0.2, 0.9), 3), ((1e6, 9e6), 0), ((5, 5), 3), ((0, 1e-9), 6)],
)
def test_columns_have_decimals_for_three_digits_of_their_range(
    values: tuple[float, float], places: int
):
    assert places_for(values) == places


def test_grouped_numbers_set_thousands_apart():
    assert numbers.grouped(-1234567.891, 2) == "−1,234,567.89"
    assert numbers.grouped(math.nan, 2) == "–"
