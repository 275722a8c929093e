from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.match.protocol import Rankings
from lab.trace import Move, ShareChange, moves, share_changes

IDS = tuple(f"p{i}" for i in range(8))
LABELS = np.array(["f", "m", "f", "m", "f", "m", "x", ""])


def lists(*rows: list[int]) -> Rankings:
    positions = np.array(rows)
    scores = np.tile(-np.arange(positions.shape[1], dtype=float), (len(rows), 1))
    return Rankings(tuple(f"ad{i}" for i in range(len(rows))), IDS, positions, scores)


BEFORE = lists([1, 3, 5, 0, 2], [1, 0, 3, 4, 7])
AFTER = lists([0, 2, 4, 1, 3], [1, 0, 3, 4, 7])


def test_moves_count_who_came_and_went():
    assert moves(BEFORE, AFTER, 3) == [Move("ad0", 3, 3), Move("ad1", 0, 0)]
    assert moves(BEFORE, AFTER, 4) == [Move("ad0", 2, 2), Move("ad1", 0, 0)]


def test_moves_need_the_same_ads():
    with pytest.raises(MeasureError, match="same ads"):
        moves(BEFORE, lists([1, 0, 2, 3, 4]), 3)


def test_shares_are_summed_over_ads():
    qualified = np.ones((2, 8), bool)
    changes = share_changes(BEFORE, AFTER, qualified, LABELS, 4, least=1)
    assert [change.value for change in changes] == ["f", "m", "x"]
    assert changes[0] == ShareChange("f", 3 / 8, 5 / 8, False)
    assert changes[1] == ShareChange("m", 5 / 8, 3 / 8, False)


def test_small_groups_are_suppressed_and_never_alone():
    qualified = np.ones((2, 8), bool)
    changes = share_changes(BEFORE, AFTER, qualified, LABELS, 4, least=2)
    hidden = {change.value for change in changes if change.suppressed}
    assert "x" in hidden
    assert len(hidden) == 2
    assert all(c.before is None and c.after is None for c in changes if c.suppressed)


def test_lists_that_show_nobody_qualified():
    changes = share_changes(BEFORE, AFTER, np.zeros((2, 8), bool), LABELS, 4, least=0)
    assert all(change.before is None and not change.suppressed for change in changes)


def test_the_two_tables_cannot_be_joined():
    names = [{field.name for field in fields(kind)} for kind in (Move, ShareChange)]
    assert not names[0] & names[1]
    assert "value" not in names[0]
    assert "job_id" not in names[1]
