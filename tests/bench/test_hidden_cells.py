"""The attack on hidden cells: it finds what is there to be found, and in audits finds nothing."""

from __future__ import annotations

import numpy as np

from evenhand.measure.rates.assess import assess
from evenhand.measure.rates.counts import Counts
from lab.hidden_cells import Reader, Tally, attack, attack_by_programs, attack_from_outside

ROWS = [
    {"sex": sex, "selected": int(at < chosen)}
    for sex, people, chosen in (("f", 60, 21), ("m", 70, 30), ("x", 3, 2), ("", 4, 1))
    for at in range(people)
]


def leaking() -> dict:
    """Two cells hidden whose people are in the total and in every test."""
    counts = Counts(("f", "m", "x"), np.array([60, 70, 3]), np.array([21, 30, 2]), 4, 1)
    found = assess(counts, permutations=99, hidden=frozenset({"x", ""}))
    cells = {
        one.name: {"hidden": one.name == "x", "n": one.assessed, "selected": one.positive}
        | {"familywise": one.to_json()["familywise"]}
        for one in found.cells
    }
    table = {"cells": cells, "unknown": {"hidden": True}, "people": 137, "pooled_rate": None}
    smallest = found.to_json()["minimum_ratio"]
    return {"selection": {"sex": {**table, "minimum_ratio": smallest}}, "notes": []}


def test_the_attack_recovers_what_tests_over_everybody_tell():
    found, targets = leaking(), [("sex", "x"), ("sex", "")]
    programs, outsider = Tally(), Tally()
    left = attack_by_programs(Reader(found, None), targets, ROWS, programs)
    assert left["sex", "x"][0] == range(1, 7)
    settings = {"least": 5, "permutations": 99, "seed": 0}
    attack_from_outside(found, left, ROWS, settings, outsider)
    assert outsider.attempted == 2
    assert outsider.recovered["size"] == 2
    assert not outsider.wrong


def test_published_audits_tell_nothing_of_hidden_cells():
    found = attack(audits=1, seed=3, insiders=1, draws=8)
    assert found["hidden_cells_of_1_to_4"] > 0
    assert found["insider"]["audit.json"]["attempted"] >= 1
    for name in ("programs", "outsider"):
        assert not any(found[name]["recovered"].values()), name
    for tally in found["insider"].values():
        assert not any(tally["recovered"].values())
    assert not found["one_person_removed"]["hidden"].get("outcome")
