import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.counts import Selection
from evenhand.measure.ratio import (
    REST,
    Contrast,
    contrasts_of,
    macro_ratio,
    mantel_haenszel,
)

from ..ratio_tables import by_job_group

FEMALE = Contrast("f", "m")


def _selection(selected, pool, groups=("f", "m", "")) -> Selection:
    ids = tuple(str(index) for index in range(len(selected)))
    return Selection(groups, np.array(selected), np.array(pool), ids)


def test_one_ad_is_the_ratio_of_rates():
    ratio = mantel_haenszel(_selection([[10, 40, 3]], [[50, 100, 9]]), FEMALE)
    assert ratio.value == pytest.approx(0.5)
    assert ratio.log == pytest.approx(math.log(0.5))
    assert ratio.corrected_log == pytest.approx(math.log(0.5))
    assert ratio.reason == ""


def test_strata_of_different_composition_do_not_mix():
    # Equal rates within each ad; the plain pooled ratio would say .40 / .175 = 2.3.
    counted = _selection([[40, 5, 0], [2, 18, 0]], [[80, 10, 0], [20, 180, 0]])
    assert mantel_haenszel(counted, FEMALE).value == pytest.approx(1.0)
    plain = (42 / 100) / (23 / 190)
    assert plain > 3


def test_unknown_people_change_nothing():
    with_unknown = _selection([[3, 5, 9], [1, 2, 4]], [[10, 20, 30], [7, 9, 40]])
    without = _selection([[3, 5, 0], [1, 2, 0]], [[10, 20, 0], [7, 9, 0]])
    assert mantel_haenszel(with_unknown, FEMALE) == mantel_haenszel(without, FEMALE)


def test_against_the_rest_joins_all_other_known_groups():
    three = _selection([[3, 5, 2, 9]], [[10, 20, 10, 30]], ("a", "b", "c", ""))
    two = _selection([[3, 7, 9]], [[10, 30, 30]], ("a", "z", ""))
    rest = mantel_haenszel(three, Contrast("a", REST))
    assert rest.value == mantel_haenszel(two, Contrast("a", "z")).value
    named = mantel_haenszel(three, Contrast("a", "c"))
    assert named.value == pytest.approx((3 / 10) / (2 / 10))


def test_nobody_of_the_group_shown_is_zero_with_a_reason():
    ratio = mantel_haenszel(_selection([[0, 5, 0]], [[10, 10, 0]]), FEMALE)
    assert ratio.value == 0
    assert ratio.log == -math.inf
    # One selection split by size: (0 + 1/2) / 10 over (5 + 1/2) / 10.
    assert ratio.corrected_log == pytest.approx(math.log(0.5 / 5.5))
    assert ratio.reason == "nobody of f was shown"


@pytest.mark.parametrize(
    ("selected", "pool", "reason"),
    [
        ([[5, 0, 0]], [[10, 10, 0]], "nobody of the reference"),
        ([[0, 0, 0]], [[10, 10, 0]], "nobody of either side"),
        ([[5, 0, 0], [0, 3, 0]], [[10, 0, 0], [0, 8, 0]], "no ad has qualified people of both"),
    ],
)
def test_undefined_is_nan_with_a_reason(selected, pool, reason):
    ratio = mantel_haenszel(_selection(selected, pool), FEMALE)
    assert math.isnan(ratio.value)
    assert math.isnan(ratio.log)
    assert reason in ratio.reason


def test_the_correction_is_neutral_at_parity_whatever_the_composition():
    ratio = mantel_haenszel(_selection([[0, 0, 0]], [[5, 95, 0]]), FEMALE)
    assert ratio.corrected_log == pytest.approx(0.0)


def test_macro_is_the_geometric_mean_and_names_zeros():
    counted = _selection([[1, 2, 0], [4, 2, 0], [0, 5, 0]], [[10, 10, 0]] * 3)
    ratios = by_job_group(counted, FEMALE, ["x", "y", ""])
    assert list(ratios) == ["x", "y"]
    assert macro_ratio(ratios).value == pytest.approx(1.0)
    with_zero = macro_ratio(by_job_group(counted, FEMALE, ["x", "y", "z"]))
    assert with_zero.value == pytest.approx((0.5 * 2 * (0.5 / 5.5)) ** (1 / 3))
    assert with_zero.reason == "z: nobody of f was shown"


def test_macro_of_nothing_is_undefined():
    assert math.isnan(macro_ratio({}).value)


def test_contrasts():
    assert contrasts_of(["m", "f"]) == (Contrast("f", "m"),)
    assert [str(one) for one in contrasts_of(["a", "c", "b"])] == [
        "a vs rest",
        "b vs rest",
        "c vs rest",
    ]
    assert contrasts_of(["a", "b", "c"], "b") == (Contrast("a", "b"), Contrast("c", "b"))


def test_impossible_contrasts_are_refused():
    with pytest.raises(MeasureError, match="only known value is f"):
        contrasts_of(["f"])
    with pytest.raises(MeasureError, match="'x' is no known value"):
        contrasts_of(["f", "m"], "x")
    counted = _selection([[1, 1, 0]], [[2, 2, 0]])
    with pytest.raises(MeasureError, match="nobody has"):
        mantel_haenszel(counted, Contrast("x", "m"))
    with pytest.raises(MeasureError, match="nobody has"):
        mantel_haenszel(counted, Contrast("", "m"))
    with pytest.raises(MeasureError, match="against itself"):
        mantel_haenszel(counted, Contrast("m", "m"))
