import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.counts import encode_labels, labels_of
from evenhand.records.people import Candidate, Pool


def _pool(*rows: dict[str, str]) -> Pool:
    return Pool(tuple(Candidate(f"p{i}", "", fields) for i, fields in enumerate(rows)))


def test_unknown_comes_last_and_values_are_sorted():
    groups = encode_labels(np.array(["m", "", "f", "m"]))
    assert groups.columns == ("f", "m", "")
    assert groups.codes.tolist() == [1, 2, 0, 1]
    assert groups.indicators().sum(axis=0).tolist() == [1, 2, 1]


def test_a_pool_of_unknowns_has_no_values():
    assert encode_labels(np.array(["", ""])).values == ()


def test_crossed_attributes_are_unknown_where_any_part_is():
    pool = _pool({"g": "f", "a": "old"}, {"g": "f"}, {"g": "m", "a": "young"})
    assert labels_of(pool, "g*a").tolist() == ["f*old", "", "m*young"]


def test_an_absent_column_is_named():
    with pytest.raises(MeasureError, match="column 'age'"):
        labels_of(_pool({"g": "f"}), "g*age")
