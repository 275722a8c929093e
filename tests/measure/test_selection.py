import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.counts import count_selection, qualified_hits


def test_only_qualified_people_are_counted_and_unknown_has_its_own_column(make_rankings):
    rankings = make_rankings([[0, 1, 2, 3], [3, 4, 5]], 6)
    labels = np.array(["f", "m", "", "f", "m", "m"])
    qualified = np.array([[1, 1, 1, 0, 1, 0], [0, 0, 0, 1, 0, 1]], dtype=bool)
    counted = count_selection(rankings, qualified, labels, 3)
    assert counted.groups == ("f", "m", "")
    assert counted.selected.tolist() == [[1, 1, 1], [1, 1, 0]]
    assert counted.pool.tolist() == [[1, 2, 1], [1, 1, 0]]
    assert counted.rates[0].tolist() == [1.0, 0.5, 1.0]
    assert np.isnan(counted.rates[1, 2])
    assert [part.tolist() for part in counted.totals(np.array([True, False]))] == [
        [1, 1, 1],
        [1, 2, 1],
    ]


def test_padding_is_nobody(make_rankings):
    rankings = make_rankings([[2], [0, 1, 2]], 3)
    hits = qualified_hits(rankings, np.ones((2, 3), dtype=bool), 3)
    assert hits.tolist() == [[True, False, False], [True, True, True]]


def test_short_lists_are_refused_unless_they_hold_the_whole_pool(make_rankings):
    rankings = make_rankings([[0, 1]], 3)
    with pytest.raises(MeasureError, match="hold 2 places and the measure needs 5"):
        qualified_hits(rankings, np.ones((1, 3), dtype=bool), 5)
    whole = make_rankings([[0, 1, 2]], 3)
    assert qualified_hits(whole, np.ones((1, 3), dtype=bool), 5).sum() == 3


@pytest.mark.parametrize("k", [0, -1])
def test_a_cut_below_one_is_refused(make_rankings, k):
    with pytest.raises(MeasureError, match="1 or more"):
        qualified_hits(make_rankings([[0]], 1), np.ones((1, 1), dtype=bool), k)


def test_shapes_must_fit(make_rankings):
    rankings = make_rankings([[0, 1]], 2)
    with pytest.raises(MeasureError, match="qualification table"):
        count_selection(rankings, np.ones((2, 2), dtype=bool), np.array(["f", "m"]), 1)
    with pytest.raises(MeasureError, match="one label"):
        count_selection(rankings, np.ones((1, 2), dtype=bool), np.array(["f"]), 1)
