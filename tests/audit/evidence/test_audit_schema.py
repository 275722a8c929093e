"""``audit.json`` is what its schema says, whatever was audited; every measure has its card."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from evenhand.audit.audit import Audit, all_definitions, definitions_of
from evenhand.language.style import TEXT_DEFINITIONS
from evenhand.measure.families.attention import MEASURES as EXPOSURE_MEASURES
from evenhand.measure.families.lists import MEASURES as LIST_MEASURES
from evenhand.measure.figure import cards
from evenhand.measure.rates.assess import BENCHMARK, VERDICTS
from evenhand.report.columns import audit_json

from .made_up import ads_of, audit_of, list_audit, numbers_in, people_of, pool_of, ranked_of

CELL = {
    "hidden": bool,
    "n": int,
    "rate": float,
    "ratio": float,
    "ratio_of_not": float,
    "ratio_to_rest": float,
    "expected": float,
    "is_benchmark": bool,
    "below_two_percent": bool,
    "below_four_fifths": bool,
    "shortfall": int,
    "z": float,
    "z_ratio": float,
    "fisher": float,
    "familywise": float,
    "z_to_rest": float,
    "familywise_to_rest": float,
    "unlikely_to_rest": bool,
    "koopman": list,
    "unknown": list,
    "unknown_repicked": list,
    "one_person": bool,
    "detectable": float,
    "needed_for_four_fifths": int,
    "verdict": str,
    "state": str,
}
TABLE = {
    "cells": dict,
    "unknown": dict,
    "benchmark": str,
    "benchmark_rule": str,
    "reach": float,
    "others_too_few_to_show": bool,
    "minimum_ratio": dict,
    "smoothed_edf": float,
    "pooled_rate": float,
    "people": int,
    "notes": list,
    "within": dict,
}
MINIMUM = {
    "value": float,
    "cell": str,
    "chance": list,
    "chance_median": float,
    "chance_below_four_fifths": float,
    "permutations": int,
    "reason": str,
    "called": str,
}
FIGURE = {
    "value": float,
    "interval": list,
    "chance": list,
    "chance_mean": float,
    "p_value": float,
    "n": int,
    "unit": str,
    "corrected": float,
    "variant": str,
    "reason": str,
}
NEVER_NULL = {"hidden", "n", "people", "notes", "cells", "unit", "variant", "reason", "state"}
BETTER = {"higher", "lower", "1", "0", "none"}
FAMILIES = (
    ("selection and scoring", cards("rates")),
    ("lists", cards("lists")),
    ("exposure", cards("attention")),
    ("candidates", cards("people")),
    ("jobs", (*cards("ads"), *cards("similarity"))),
    ("quality", cards("quality")),
)


@pytest.fixture(scope="module")
def assessed() -> Audit:
    rows = people_of({("f",): (60, 17), ("m",): (80, 40), ("x",): (3, 1), ("",): (9, 2)})
    for number, row in enumerate(rows):
        row |= {"score": (number * 37) % 101, "job": "ab"[number % 2], "period": "xy"[number % 2]}
    return audit_of(rows)


@pytest.fixture(scope="module")
def listed() -> Audit:
    cells = {("sales", "f"): 30, ("sales", "m"): 34, ("sales", "x"): 12, ("care", "f"): 25}
    cells |= {("care", "m"): 26, ("care", "x"): 11, ("care", ""): 7, ("", "f"): 4}
    return list_audit(ranked_of(ads_of({"sales": 4, "care": 3}), pool_of(cells), lean="m"))


def check(found: dict[str, Any], schema: dict[str, type], *, more: tuple[str, ...] = ()) -> None:
    assert set(found) == {*schema, *more}
    for name, kind in schema.items():
        value = found[name]
        if value is None:
            assert name not in NEVER_NULL, name
        elif kind is float:
            assert isinstance(value, int | float), (name, value)
            assert not isinstance(value, bool), (name, value)
        else:
            assert type(value) is kind, (name, value)


@pytest.mark.parametrize(
    ("measure", "positive"), [("selection", "selected"), ("scoring", "above_median")]
)
def test_rates_are_keyed_by_measure_attribute_and_cell(assessed, measure, positive):
    table = audit_json(assessed)[measure]["sex"]
    check(table, TABLE, more=("quantiles",) if measure == "scoring" else ())
    check(table["minimum_ratio"], MINIMUM)
    assert set(table["cells"]) == {"f", "m", "x"}
    for name in ("f", "m"):
        cell = table["cells"][name]
        if not cell["hidden"]:
            check({**cell, positive: 0}, {**CELL, positive: int})
            assert cell["rate"] == cell[positive] / cell["n"]
            assert cell["verdict"] in (BENCHMARK, *VERDICTS)
    assert table["cells"]["x"] == {
        "hidden": True,
        "verdict": None,
        "state": "hidden: too few people, or none",
    }


def test_the_unknown_row_has_its_own_place(assessed):
    rows = people_of({("f",): (60, 17), ("m",): (80, 40), ("",): (9, 2)})
    unknown = audit_json(audit_of(rows))["selection"]["sex"]["unknown"]
    assert unknown == {"hidden": False, "n": 9, "selected": 2, "rate": 2 / 9, "share": 9 / 149}


def test_every_shown_cell_says_the_same_of_tests_by_name(assessed):
    rows = people_of({("f",): (60, 12), ("m",): (80, 40)})
    cell = audit_json(audit_of(rows))["selection"]["sex"]["cells"]["f"]
    check(cell, CELL, more=("selected",))
    assert cell["ratio"] == 0.4
    assert cell["verdict"] == "below four-fifths and unlikely by chance"
    assert cell["fisher"] < 0.01
    assert cell["koopman"][0] < 0.4 < cell["koopman"][1] < 0.8
    assert cell["unknown"] == pytest.approx([0.4, 0.4])


def test_lists_are_keyed_by_family_measure_attribute_and_cell(listed):
    found = audit_json(listed)
    for measure in LIST_MEASURES:
        assert set(found["lists"][measure]) == {"sex"}
    for family in ("lists", "exposure", "candidates", "jobs", "quality"):
        for measure, attributes in found[family].items():
            for cells in attributes.values():
                for figure in cells.values():
                    more = tuple({"variants", "by_scope"} & set(figure))
                    check(figure, FIGURE, more=more)
                    for variant in figure.get("variants", {}).values():
                        check(variant, FIGURE)
            assert all_definitions()[measure].family == family


def test_no_figure_is_lost_on_the_way_to_json(listed):
    """Every value of a figure that may be shown stands in the JSON, as often as it was found."""
    found = audit_json(listed)
    families = {
        name: found[name] for name in ("lists", "exposure", "candidates", "jobs", "quality")
    }
    there = Counter(numbers_in(families))
    hidden = listed.rate("shown").tables["sex"].hidden
    assert not hidden
    asked = Counter(one.value for one in listed.lists.figures if one.value == one.value)
    assert not {value for value, times in asked.items() if there[value] < times}


def test_the_wording_of_every_ad_is_there(listed):
    text = audit_json(listed)["text"]
    assert set(text["ads"]) == set(listed.wording.job_ids)
    assert all(row["words"] > 0 for row in text["ads"].values())
    assert set(text["agreement_with_lists"]) <= set(all_definitions())


def test_every_measure_that_a_family_gives_has_a_definition(listed):
    given = {one.measure for one in listed.lists.figures} | {*LIST_MEASURES, *EXPOSURE_MEASURES}
    assert given <= set(all_definitions())
    assert {one.measure for one in listed.lists.figures} <= {d.key for d in definitions_of(listed)}


def test_every_number_of_a_rate_has_a_definition(assessed):
    """The page prints no column that the definitions don't explain."""
    keys = {each.key for each in cards("rates")}
    wanted = {"selection_rate", "scoring_rate", "impact_ratio"}
    assert wanted <= keys
    assert {each.key for each in definitions_of(assessed)} == keys


@pytest.mark.parametrize("family", [name for name, _ in FAMILIES])
def test_definitions_are_whole(family):
    of_family = dict(FAMILIES)[family]
    assert of_family
    for each in of_family:
        assert each.family == family, each.key
        assert each.better in BETTER, each.key
        for part in ("key", "name", "formula", "range", "undefined", "source"):
            assert getattr(each, part).strip(), (each.key, part)


def test_definitions_of_text_are_whole():
    for each in TEXT_DEFINITIONS:
        assert each.better in BETTER, each.key
        for part in ("key", "name", "formula", "range", "source"):
            assert getattr(each, part).strip(), (each.key, part)


def test_no_two_measures_share_a_key_or_a_name_within_a_family():
    keys = [each.key for _, of_family in FAMILIES for each in of_family]
    keys += [each.key for each in TEXT_DEFINITIONS]
    assert [key for key, times in Counter(keys).items() if times > 1] == []
    assert len(all_definitions()) == len(keys)
    for _, of_family in FAMILIES:
        names = [each.name for each in of_family]
        assert len(set(names)) == len(names)
