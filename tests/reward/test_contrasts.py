from __future__ import annotations

import numpy as np
import pytest

from evenhand.errors import ConfigError
from evenhand.records.people import Candidate, Pool
from evenhand.reward.sides import Contrast, contrast_vector, contrasts_of, labels_of, sides_of


def pool_of(*rows: dict[str, str]) -> Pool:
    return Pool(tuple(Candidate(f"p{i}", "text", row) for i, row in enumerate(rows)))


PEOPLE = pool_of(
    {"gender": "male", "age_band": "20-39"},
    {"gender": "female", "age_band": "40-59"},
    {"gender": "", "age_band": "60+"},
    {"gender": "female"},
)


def test_two_values_are_one_contrast_first_minus_other():
    (contrast,) = contrasts_of(PEOPLE, ["gender"])
    assert contrast == Contrast("gender", "female", "male")
    assert contrast.name == "gender: female - male"
    assert sides_of(contrast, labels_of(PEOPLE, "gender")).tolist() == [-1, 1, 0, 1]


def test_more_values_are_each_set_against_the_rest():
    contrasts = contrasts_of(PEOPLE, ["age_band"])
    assert [c.value for c in contrasts] == ["20-39", "40-59", "60+"]
    assert all(c.other is None for c in contrasts)
    sides = sides_of(contrasts[1], labels_of(PEOPLE, "age_band"))
    assert sides.tolist() == [-1, 1, -1, 0]


def test_intersections_are_unknown_where_a_part_is():
    labels = labels_of(PEOPLE, "gender*age_band")
    assert [bool(label) for label in labels] == [True, True, False, False]
    assert labels[0] != labels[1]


def test_a_contrast_vector_is_a_difference_of_weighted_means():
    sides, weights = np.array([1, 1, -1, 0, -1]), np.array([1.0, 0.5, 1.0, 1.0, 0.0])
    scores = np.array([3.0, 6.0, 1.0, 100.0, 50.0])
    vector = contrast_vector(sides, weights)
    assert vector is not None
    assert scores @ vector == pytest.approx((3 + 0.5 * 6) / 1.5 - 1)
    assert vector.sum() == pytest.approx(0)
    assert contrast_vector(np.array([1, 1, 0, 0, -1]), weights) is None


@pytest.mark.parametrize(
    ("rows", "attribute", "said"),
    [
        ([{"gender": "a"}, {"gender": "b"}], "height", "height"),
        ([{"gender": "a"}, {"gender": "a"}], "gender", "no groups to compare"),
        ([{"gender": str(i)} for i in range(60)], "gender", "60 values"),
    ],
)
def test_attributes_that_are_no_grouping(rows, attribute, said):
    with pytest.raises(ConfigError, match=said):
        contrasts_of(pool_of(*rows), [attribute])
