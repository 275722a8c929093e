"""Lists at random: everybody equally often, nobody twice, lengths kept."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.resample import random_positions


@pytest.mark.parametrize("people", [4, 9, 40])
def test_lists_keep_their_length_and_show_nobody_twice(people):
    filled = np.arange(4) < np.array([4, 2, 0, 3])[:, None]
    rng = np.random.default_rng(0)
    for _ in range(50):
        drawn = random_positions(filled, people, rng)
        assert ((drawn >= 0) == filled).all()
        for row in drawn:
            shown = row[row >= 0]
            assert len(set(shown.tolist())) == len(shown)
            assert (shown < people).all()


@pytest.mark.parametrize("people", [5, 7])
def test_every_ordered_list_is_equally_likely(people):
    """Chi-square over all ordered lists of three, for both ways of drawing."""
    draws = 60_000
    drawn = random_positions(np.ones((draws, 3), dtype=np.bool_), people, np.random.default_rng(1))
    number = drawn @ np.array([people**2, people, 1])
    lists = list(itertools.permutations(range(people), 3))
    counts = np.array([(number == a * people**2 + b * people + c).sum() for a, b, c in lists])
    expected = draws / len(lists)
    statistic = ((counts - expected) ** 2 / expected).sum()
    freedom = len(lists) - 1
    assert abs(statistic - freedom) < 4 * math.sqrt(2 * freedom)


def test_too_long_lists_are_refused():
    with pytest.raises(MeasureError, match="can't fill a list of 3 places"):
        random_positions(np.ones((1, 3), dtype=np.bool_), 2, np.random.default_rng(0))
