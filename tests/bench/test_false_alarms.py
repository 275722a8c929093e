"""Pages made up and read: few of each kind, for the program; its results are in docs/results."""

from __future__ import annotations

import json
from pathlib import Path

from lab import false_alarms

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results" / "false_alarms.json"


def test_pages_are_made_and_read():
    people = false_alarms.people_without_a_gap(3, 99, 0)
    lists = false_alarms.lists_without_bias(1, 60, 0)
    for found in (people, lists):
        assert found["contradictions"] == 0
        assert 0 <= found["alarm"]["share"] <= 1
    assert people["strata_p_of_strata"]["n"] > 0
    assert false_alarms.found_gaps(3, 99, 0, among_four=True)["n"] == 3
    assert false_alarms.covered(3, 99, 0)["cells_missed"]["n"] > 3


def test_published_pages_keep_to_their_error_and_see_what_there_is():
    found = json.loads(RESULTS.read_text())
    for kind in ("people", "lists"):
        assert found[kind]["alarm"]["share"] <= 0.06, kind
        assert found[kind]["contradictions"] == 0
    assert found["people"]["anything"]["share"] <= 0.06
    assert found["power"]["one attribute"]["interval"][1] >= 0.83
    assert found["coverage"]["pages_with_any_missed"]["share"] <= 0.05
