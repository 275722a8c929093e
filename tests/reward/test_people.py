from __future__ import annotations

import numpy as np
import pytest

from evenhand.config.schema import RewardConfig
from evenhand.reward.people import People, Pooling, weights_over_people
from evenhand.reward.sides import HALF_SPLITS, Contrast, contrast_vector, own_share

GENDER = Contrast("gender", "female", "male")
POOLING = Pooling(0.05, (0.01, 0.02, 0.03, 0.04, None))


@pytest.fixture(scope="module")
def people(leaning) -> People:
    return People.of(leaning.pool, RewardConfig(), seed=0)


@pytest.fixture(scope="module")
def qualified(people) -> np.ndarray:
    return (people.occupations == "occupation2").astype(float)


@pytest.fixture(scope="module")
def columns(people, qualified) -> np.ndarray:
    found = weights_over_people(people, GENDER, qualified, POOLING)
    assert found is not None
    return found


def test_there_is_a_column_for_everybody_each_fold_and_each_half(people, columns):
    assert columns.shape == (len(people.ids), 1 + 5 + 2 * HALF_SPLITS)
    parts = [people.folds == fold for fold in range(5)]
    parts += [people.halves[s] == half for s in range(HALF_SPLITS) for half in (0, 1)]
    for part, column in zip(parts, columns.T[1:], strict=True):
        assert column[part].any()
        assert not column[~part].any()


def test_every_column_is_a_difference_of_two_means(people, columns):
    sides = people.sides(GENDER)
    for column in columns.T:
        assert column[sides > 0].sum() == pytest.approx(1)
        assert column[sides < 0].sum() == pytest.approx(-1)
        assert (column * sides >= 0).all()


def own_part(people, qualified, column, part) -> float:
    """Weight that a column gives to the group's own plus side beyond what the pool gives."""
    inside = part & (people.sides(GENDER) > 0)
    own, others = inside & (qualified > 0), inside & (qualified == 0)
    return float(column[own].sum() - column[others].sum() / 5)


def test_folds_shrink_as_the_other_folds_say(people, qualified, columns):
    """Occupations are alike here, so the pool gives each the same and the rest is the share."""
    sides = people.sides(GENDER)
    for fold in range(5):
        others = contrast_vector(sides * (people.folds != fold), qualified)
        assert others is not None
        share = own_share(others, POOLING.by_fold[fold])
        found = own_part(people, qualified, columns[:, 1 + fold], people.folds == fold)
        assert found == pytest.approx(share, abs=0.03)
    everybody = contrast_vector(sides, qualified)
    assert everybody is not None
    whole = own_share(everybody, POOLING.whole)
    assert own_part(people, qualified, columns[:, 0], people.folds >= 0) == pytest.approx(whole)
    assert own_share(others, 0.01) != pytest.approx(whole, abs=0.1)


def test_nobody_on_a_side_of_a_fold_is_no_contrast(people, qualified):
    few = qualified * ((people.folds != 2) | (people.sides(GENDER) < 0))
    assert weights_over_people(people, GENDER, few, POOLING) is None
    assert weights_over_people(people, GENDER, 0 * qualified, POOLING) is None


def test_counts_are_of_people_with_weight(people, qualified):
    assert people.counts(GENDER, qualified) == (60, 60)
    assert people.counts(GENDER, 0.5 * qualified) == (60, 60)
