"""What is hidden stands nowhere, in no form: not in JSON, tables, page or sentences."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from evenhand.audit.audit import Audit, Ranked
from evenhand.audit.suppression import without
from evenhand.report.columns import audit_json, tables_of

from .made_up import (
    ads_of,
    audit_of,
    list_audit,
    numbers_in,
    people_of,
    pool_of,
    ranked_of,
)
from .reading import has_number, published, tables_in

SMALL, BESIDE = "Ulmer", "Zwickel"
CELLS = {("Rabe",): (211, 83), ("Storch",): (173, 59), (SMALL,): (3, 2), (BESIDE,): (37, 23)}
"""The third must be hidden; no large one beside it."""
SCORES = {"Rabe": 501.25, "Storch": 502.5, SMALL: 771.3125, BESIDE: 883.4375}
OF_HIDDEN_SCORES = ("771", "771.3125", "771.31", "771.312")
NOBODY = "(unknown)"
"""Hidden too: that nobody is unknown is told nowhere, for somebody may be."""


def with_scores(cells=CELLS) -> list[dict]:
    rows = people_of(cells)
    for number, row in enumerate(rows):
        row["score"] = SCORES.get(row["sex"], 500.0) + (number % 2) / 1024
    return rows


@pytest.fixture(scope="module")
def hidden() -> Audit:
    return audit_of(with_scores())


def table_of(audit: Audit, measure: str = "selection", by: str = "sex") -> dict:
    return audit_json(audit)[measure][by]


def hidden_in(audit: Audit, measure: str = "selection", by: str = "sex") -> set[str]:
    table = table_of(audit, measure, by)
    found = {name for name, cell in table["cells"].items() if cell["hidden"]}
    return found | ({"(unknown)"} if table["unknown"]["hidden"] else set())


def test_the_small_cell_is_hidden_and_no_large_one(hidden):
    for measure in ("selection", "scoring"):
        assert hidden_in(hidden, measure) == {SMALL, NOBODY}


@pytest.mark.parametrize(
    "number",
    ["3", "2", "424", "66.7%", "0.67", *OF_HIDDEN_SCORES],
)
def test_counts_rates_and_scores_of_hidden_cells_stand_nowhere_in_tables(hidden, number):
    """Cells of tables only: prose holds such numbers for other reasons (95%, 2%, top 5)."""
    cells = [
        (caption, cell)
        for caption, rows in tables_in(published(hidden)["audit.html"]).items()
        for row in rows[1:]
        if not caption.startswith("Definitions")
        for cell in row
    ]
    own = {"One person decides", "p over the page"}
    said = [where for where, cell in cells if cell == number and where not in own]
    assert not said


def test_numbers_of_hidden_cells_stand_nowhere_in_the_json(hidden):
    """Looked for in what is about people, by value: shares, totals with them, and scores."""
    found = audit_json(hidden)
    for measure in ("selection", "scoring"):
        table = found[measure]["sex"]
        assert set(table["cells"][SMALL]) == {"hidden", "verdict", "state"}
        assert SMALL not in {*table.get("quantiles", {}), *table["within"]}
        assert table["minimum_ratio"]["cell"] != SMALL
        exact = {2 / 3, 3.0, 2.0, 424.0, 167.0, 167 / 424}
        assert not exact & set(numbers_in(table))
    scores = {number for number in numbers_in(found) if 771 <= number <= 772}
    assert not scores


def test_hidden_cells_keep_their_names_and_say_so(hidden):
    texts = published(hidden)
    rows = tables_in(texts["audit.html"])["Selection by sex: 421 people of groups that are shown"]
    by_name = {row[0]: row[1:] for row in rows}
    assert set(by_name[SMALL]) == {"hidden"}
    assert by_name[BESIDE][:2] == ["37", "23"]
    csv = texts["selection_sex.csv"].splitlines()
    assert [line.count("true") for line in csv if line.startswith(SMALL)] == [1]


def test_hidden_cells_are_counted_and_not_named_in_sentences(hidden):
    said = published(hidden)["stdout"]
    assert (
        "Hidden, because fewer than 5 people are in them or nobody (--least 1 shows all, for your "
        "own eyes): 1 group." in said
    )
    assert SMALL not in said


def test_least_1_hides_nothing():
    found = audit_of(with_scores(), least=1)
    assert hidden_in(found) == hidden_in(found, "scoring") == set()
    assert table_of(found)["cells"][SMALL]["n"] == 3
    assert has_number(published(found)["audit.html"], "771")


def test_least_decides_what_is_small():
    cells = {("a",): (90, 30), ("b",): (80, 30), ("c",): (7, 3), ("d",): (9, 4)}
    assert hidden_in(audit_of(people_of(cells), least=5)) == set()
    assert hidden_in(audit_of(people_of(cells), least=10)) == {"c", "d", NOBODY}
    assert hidden_in(audit_of(people_of(cells), least=8)) == {"c", NOBODY}


UNKNOWN = {("Rabe",): (211, 83), ("Storch",): (173, 59), (SMALL,): (37, 23), ("",): (3, 2)}


@pytest.fixture(scope="module")
def unknown_hidden() -> Audit:
    return audit_of(with_scores(UNKNOWN))


def test_few_unknown_people_are_hidden_alone(unknown_hidden):
    assert hidden_in(unknown_hidden) == {NOBODY}
    cell = table_of(unknown_hidden)["cells"]["Rabe"]
    assert (cell["n"], cell["selected"]) == (211, 83)
    assert cell["ratio_to_rest"] == pytest.approx((83 / 211) / (82 / 210))
    assert cell["expected"] == pytest.approx(211 * 165 / 421)


def test_bounds_over_hidden_unknown_people_are_left_out(unknown_hidden):
    for cell in table_of(unknown_hidden)["cells"].values():
        assert cell["unknown"] is None
        assert cell["unknown_repicked"] is None
    texts = published(unknown_hidden)
    for name, text in texts.items():
        if name != "definitions.csv":
            assert "of unknown group are outside" not in text, name
            assert not has_number(text, "424"), name
    tables = tables_in(texts["audit.html"])
    rows = tables["Selection by sex: 421 people of groups that are shown"]
    assert {row[0]: row for row in rows}["unknown"][1:4] == ["hidden"] * 3
    bounds = {
        row[0]: row
        for row in tables[
            "Selection: tests against the benchmark and what this page can tell, by sex"
        ]
    }
    assert bounds["Storch"][4] == "–"


def test_many_unknown_people_are_shown_with_bounds():
    cells = {**UNKNOWN, ("",): (40, 20)}
    found = audit_of(people_of(cells))
    assert hidden_in(found) == set()
    assert table_of(found)["unknown"]["n"] == 40
    low, high = table_of(found)["cells"]["Storch"]["unknown"]
    assert low < table_of(found)["cells"]["Storch"]["ratio"] < high
    assert "40 people of unknown group are outside the ratios" in published(found)["audit.html"]


def test_what_few_have_a_score_for_is_hidden_in_scores_alone():
    """How many are without a score would tell how many of a shown group have one."""
    rows = people_of({("a",): (101, 40), ("b",): (43, 11), ("c",): (44, 21)})
    for number, row in enumerate(rows):
        row["score"] = None if row["sex"] == "b" and number % 15 else float(number % 20)
    found = audit_of(rows)
    assert hidden_in(found) == set()
    assert hidden_in(found, "scoring") == {"b", NOBODY}
    assert "Number not given: rows are without a score and left out of scoring." in found.notes


def test_spellings_that_are_merged_say_nothing_of_how_many_there_are():
    rows = people_of({("f",): (40, 11), ("m",): (44, 20), ("other",): (9, 2)})
    for row in rows[-2:]:
        row["sex"] = " Other"
    rows += people_of({("Not told ",): (2, 1), ("not told",): (1, 0)})
    for number, row in enumerate(rows):
        row["id"] = f"q{number}"
    found = audit_of(rows)
    assert "not told" in hidden_in(found) | {name.lower() for name in hidden_in(found)}
    merged = [note for note in found.notes if "were read as" in note]
    assert len(merged) == 2
    assert not any(character.isdigit() for note in merged for character in note)


def test_margins_are_those_of_shown_intersections():
    names = ("sex", "race")
    cells = {
        (sex, race): (60 + 7 * at, 20 + 3 * at)
        for at, (sex, race) in enumerate(itertools.product("fm", "wba"))
    }
    cells["f", "a"] = (2, 1)
    found = audit_of(people_of(cells, names), by=("sex", "race", "sex*race"))
    assert hidden_in(found, by="sex*race") == {"f*a", NOBODY}
    tables = audit_json(found)["selection"]
    crossed = tables["sex*race"]["cells"]
    for name, part in (("sex", 0), ("race", 1)):
        for value, cell in tables[name]["cells"].items():
            inside = [one for key, one in crossed.items() if key.split("*")[part] == value]
            for number in ("n", "selected"):
                assert cell[number] == sum(one.get(number, 0) for one in inside)


def test_a_table_of_mostly_small_groups_is_not_given_and_the_others_are_whole():
    rows = people_of({(sex, f"t{at}"): (3, 1) for sex in "fm" for at in range(20)}, ("sex", "town"))
    found = audit_of(rows, by=("sex", "town", "sex*town"))
    assert set(found.rate("selection").tables) == {"sex", "town"}
    assert hidden_in(found) == set()
    assert table_of(found)["cells"]["f"]["n"] == 60
    assert any(note.startswith("sex*town is not shown, for too many") for note in found.notes)
    assert "sex*town is not shown" in published(found)["audit.html"]


RACES = ("white", "black", "asian", *(f"r{at}" for at in range(9)))


def of_many_races() -> list[dict]:
    """Two sexes and twelve races, of which most hold a few people of each sex."""
    large = {("f", "white"): (62, 14), ("m", "white"): (58, 26), ("f", "black"): (33, 5)}
    large |= {("m", "black"): (31, 11), ("m", "asian"): (27, 9)}
    few = {(sex, race): (3, 1) for sex in "fm" for race in RACES[3:]}
    return people_of({**large, ("f", "asian"): (4, 1), **few}, ("sex", "race"))


def test_large_groups_of_a_table_of_mostly_small_ones_are_shown():
    """A group of 62 doesn't vanish with the groups of 3; those are one rest, which says nothing."""
    found = audit_of(of_many_races(), by=("sex", "race", "sex*race"))
    table = table_of(found, by="sex*race")
    shown = {"f*white", "m*white", "f*black", "m*black", "m*asian"}
    assert set(table["cells"]) == shown
    assert table["others_too_few_to_show"]
    assert table["cells"]["f*black"]["n"] == 33
    assert table["people"] == sum(cell["n"] for cell in table["cells"].values())
    texts = published(found)
    assert "Selection by sex × race: the highest rate of a group with" in texts["stdout"]
    assert "Others: too few to show." in texts["stdout"]
    assert any("groups of 20 people or more are shown" in note for note in found.notes)
    assert "r3" not in json.dumps(table)
    assert "f*r3" not in "".join(texts.values())
    # Only the rest of asian, which is that group of four alone, would be told by a subtraction.
    whole = sum(1 for row in of_many_races() if row["sex"] == "f") - 4
    assert table_of(found)["cells"]["f"]["n"] == whole
    assert table_of(found, by="race")["cells"]["r3"]["n"] == 6


@pytest.mark.parametrize("seed", range(12))
def test_what_is_left_of_a_group_after_a_coarse_table_is_none_or_enough(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.choice([0, 1, 2, 3, 4, 7, 25, 40, 60], (3, 10), p=[0.2, *[0.13] * 4, *[0.07] * 4])
    cells = {
        (f"s{sex}", f"t{town}"): (int(n), int(n) // 3)
        for (sex, town), n in np.ndenumerate(sizes)
        if n
    }
    rows = people_of(cells, ("sex", "town"))
    for row in rows[::5]:
        row["town"] = ""
    found = audit_of(rows, by=("sex", "town", "sex*town")).rate("selection")
    names = {"sex": 0, "town": 1}
    if "sex*town" in found.coarse:
        crossed = found.tables["sex*town"].counts
        for name, part in names.items():
            counts = found.tables[name].counts
            for cell, people in zip(counts.cells, counts.assessed.tolist(), strict=True):
                inside = sum(
                    n
                    for key, n in zip(crossed.cells, crossed.assessed.tolist(), strict=True)
                    if key.split("*")[part] == cell
                )
                assert people - inside == 0 or people - inside >= 5, (name, cell)
    # A large group is there, whatever is beside it.
    for name in names:
        counts = found.tables[name].counts
        for value, people in zip(counts.cells, counts.assessed.tolist(), strict=True):
            there = sum(1 for row in rows if row[name] == value)
            assert there < 30 or people >= 5, (name, value)


def test_people_spread_over_small_combinations_keep_their_large_group():
    """32 people of one race in groups of four by age: the table is coarse, they are not hidden."""
    cells = {(race, f"a{at}"): (4, 2) for race in ("asian", "native") for at in range(8)}
    cells |= {(race, f"a{at}"): (30, 9 + at) for race in ("black", "white") for at in range(8)}
    found = audit_of(people_of(cells, ("race", "age")), by=("race", "age", "race*age"))
    assert table_of(found, by="race")["cells"]["asian"]["n"] == 32
    assert table_of(found, by="race*age")["others_too_few_to_show"]
    assert len(table_of(found, by="race*age")["cells"]) == 16


def test_no_visible_minimum_is_called_the_smallest_where_groups_are_not_shown():
    for by, rows in ((("sex",), with_scores()), (("sex", "race", "sex*race"), of_many_races())):
        page = published(audit_of(rows, by=by))["audit.html"]
        tiles = page[page.index('class="tiles"') : page.index("</dl>")]
        assert "smallest ratio shown" in tiles
        assert "smallest ratio is" not in page
    everybody = people_of({("f",): (100, 30), ("m",): (100, 40)})
    page = published(audit_of(everybody))["audit.html"]
    assert "smallest ratio: f, against m" in page
    rare = people_of({("f",): (500, 150), ("m",): (500, 200), ("x",): (9, 1)})
    page = published(audit_of(rare))["audit.html"]
    assert "smallest ratio of a group with at least 2% of the people: f, against m" in page


def test_own_eyes_count_every_category_in_the_ratios():
    rows = people_of({("f",): (280, 90), ("m",): (300, 80), ("x",): (3, 2), ("y",): (2, 0)})
    found = audit_of(rows, least=1)
    table = table_of(found)
    assert table["benchmark"] == "x"
    assert table["benchmark_rule"] == "of any group"
    assert table["minimum_ratio"]["cell"] == "y"
    assert table["cells"]["x"]["below_two_percent"]
    texts = published(found)
    assert "the highest rate of any group is that of x" in texts["stdout"]
    for name in ("audit.json", "audit.html"):
        assert "those under 2% of the people too" in texts[name], name


def test_scores_of_a_few_people_have_no_quantiles():
    """The five quantiles of five scores are the five scores."""
    rows = people_of({("a",): (5, 2), ("b",): (43, 11), ("c",): (64, 21)})
    for number, row in enumerate(rows):
        row["score"] = 100 + number * 1.23456789
    quantiles = table_of(audit_of(rows), "scoring")["quantiles"]
    assert set(quantiles) == {"b", "c"}
    assert all(value == round(value) for values in quantiles.values() for value in values.values())
    assert "a" in table_of(audit_of(rows, least=1), "scoring")["quantiles"]


def test_what_hides_nothing_says_on_everything_that_it_is_for_own_eyes():
    texts = published(audit_of(with_scores(), least=1))
    for name in ("audit.json", "audit.html"):
        assert "for the auditor's own eyes" in texts[name].replace("&#39;", "'"), name
    assert "own eyes and" not in published(audit_of(with_scores()))["audit.html"]


def test_strata_leave_hidden_cells_out():
    rows = with_scores()
    for number, row in enumerate(rows):
        row |= {"period": "ab"[number % 2], "job": "xyz"[number % 3]}
    found = audit_of(rows)
    within = table_of(found)["within"]
    assert set(within) == {"period", "job"}
    for rows_within in within.values():
        assert set(rows_within) == {"Rabe", "Storch"}
    table = tables_in(published(found)["audit.html"])["Selection: within periods and jobs, by sex"]
    assert {row[0] for row in table[1:]} == {"Rabe", "Storch"}


# Lists.

POOL = {
    ("sales", "Rabe"): 53,
    ("sales", "Storch"): 47,
    ("sales", SMALL): 2,
    ("sales", BESIDE): 11,
    ("care", "Rabe"): 41,
    ("care", "Storch"): 43,
    ("care", SMALL): 1,
    ("care", BESIDE): 13,
}


@pytest.fixture(scope="module")
def of_lists() -> Audit:
    ranked = ranked_of(ads_of({"sales": 4, "care": 4}), pool_of(POOL), lean="Storch")
    return list_audit(ranked)


def test_hidden_values_of_lists_are_in_no_number(of_lists):
    assert hidden_in(of_lists, "shown") == {SMALL, NOBODY}
    found = audit_json(of_lists)
    by = found["parity"]["by"]["sex"]
    assert set(by["depth"]) == {"Rabe", "Storch", BESIDE}
    assert {one["contrast"]["group"] for one in by["pooled"]} == {"Rabe", "Storch", BESIDE}
    for part in ("parity", "lists", "exposure", "text"):
        assert SMALL not in json.dumps(found[part]), part


def test_lists_are_those_without_the_people_who_are_hidden(of_lists):
    """Whatever is published is what an audit of the others alone gives."""
    shown = {key: people for key, people in POOL.items() if key[1] != SMALL}
    everybody = ranked_of(ads_of({"sales": 4, "care": 4}), pool_of(POOL), lean="Storch")
    pool = everybody.pool
    stay = np.array([person.fields["sex"] != SMALL for person in pool])
    alone = Ranked(
        without(everybody.rankings, stay),
        everybody.jobs,
        pool.take(np.flatnonzero(stay)),
        everybody.qualified[:, stay],
        everybody.engine,
    )
    assert sum(shown.values()) == len(alone.pool) == of_lists.lists.people
    found, other = audit_json(of_lists), audit_json(list_audit(alone))
    for part in ("lists", "exposure", "candidates", "jobs", "quality", "quality_by_ad"):
        assert found[part] == other[part], part
    assert found["parity"]["by"]["sex"]["top"] == other["parity"]["by"]["sex"]["top"]
    assert SMALL not in published(of_lists)["stdout"]


def test_the_first_comparison_is_no_key_figure_where_it_is_hidden():
    """Values are sorted, so that the hidden one is the first to be compared."""
    pool = {("sales", "Aa"): 3, ("sales", "Rabe"): 30, ("sales", "Storch"): 40, ("sales", "Zw"): 21}
    found = list_audit(ranked_of(ads_of({"sales": 6}), pool_of(pool)))
    hidden = hidden_in(found, "shown")
    assert "Aa" in hidden
    page = published(found)["audit.html"]
    tiles = page[page.index('class="tiles"') : page.index("</dl>")]
    assert "R of Rabe to everybody else" in tiles
    assert "Aa" not in tiles
    effects = found.lists.effects["sex"]
    assert set(effects) == {f"{name} vs rest" for name in {"Rabe", "Storch", "Zw"} - hidden}


def test_values_with_brackets_are_hidden_like_others():
    pool = {
        ("sales", "Aa (not Bb)"): 2,
        ("sales", "Rabe"): 30,
        ("sales", "Storch"): 41,
        ("sales", "(x) vs (y)"): 12,
    }
    found = list_audit(ranked_of(ads_of({"sales": 6}), pool_of(pool)))
    assert hidden_in(found, "shown") == {"Aa (not Bb)", NOBODY}
    assert "Aa" not in json.dumps(audit_json(found)["lists"])
    reference = list_audit(
        ranked_of(ads_of({"sales": 6}), pool_of(pool)), reference={"sex": "Aa (not Bb)"}
    )
    for contrasts in audit_json(reference)["parity"]["by"]["sex"]["top"]["5"].values():
        assert not any("Aa" in name for name in contrasts)


def test_rows_by_occupation_group_cannot_be_had_from_ads_and_margins():
    """Quality by ad tells how many are qualified for every ad: the other value would give 3."""
    cells = {("sales", "f"): 33, ("sales", "m"): 40, ("care", "f"): 3, ("care", "m"): 45}
    cells |= {("law", "f"): 51, ("law", "m"): 60, ("art", "f"): 70, ("art", "m"): 80}
    jobs = ads_of(dict.fromkeys(("sales", "care", "law", "art"), 2))
    found = list_audit(ranked_of(jobs, pool_of(cells)))
    shown = audit_json(found)["parity"]["by"]["sex"]["shown"]
    assert shown["care"]["f"] == {"hidden": True}
    assert shown["care"]["m"]["people"] == 45
    for value, people in (("f", 33 + 51 + 70), ("m", 40 + 45 + 60 + 80)):
        assert shown["overall"][value]["people"] == people
    rows = tables_in(published(found)["audit.html"])["Who is shown in the top 5, by sex"]
    assert {row[1] for row in rows if row[0] == "care"} == {"m"}


def test_rows_of_intersections_by_occupation_group_cannot_be_had_from_single_attributes():
    names = ("occupation_group", "sex", "race")
    cells = {
        (group, sex, race): 21 + 3 * at
        for at, (group, sex, race) in enumerate(
            itertools.product(("sales", "care", "law"), "fm", "wb")
        )
    }
    cells["care", "f", "b"] = 2
    jobs = ads_of(dict.fromkeys(("sales", "care", "law"), 2))
    found = list_audit(ranked_of(jobs, pool_of(cells, names)), by=("sex", "race", "sex*race"))
    by = audit_json(found)["parity"]["by"]
    assert by["sex*race"]["shown"]["care"]["f*b"] == {"hidden": True}
    shown = {name: by[name]["shown"]["care"] for name in by}
    assert shown["sex"]["f"]["people"] == shown["sex*race"]["f*w"]["people"]
    assert shown["race"]["b"]["people"] == shown["sex*race"]["m*b"]["people"]


def test_least_is_about_rows_by_occupation_group_too():
    cells = {("sales", "f"): 9, ("sales", "m"): 40, ("care", "f"): 44, ("care", "m"): 45}
    ranked = ranked_of(ads_of({"sales": 3, "care": 3}), pool_of(cells))
    for least, hides in ((1, False), (5, False), (10, True)):
        by = audit_json(list_audit(ranked, least=least))["parity"]["by"]["sex"]
        assert by["shown"]["sales"]["f"]["hidden"] is hides, least
        assert (by["top"]["5"]["sales"] == {}) is hides, least


def test_one_person_is_shown_with_least_1():
    cells = {("sales", "f"): 1, ("sales", "m"): 40, ("care", "f"): 44, ("care", "m"): 45}
    ranked = ranked_of(ads_of({"sales": 3, "care": 3}), pool_of(cells))
    shown = audit_json(list_audit(ranked, least=1))["parity"]["by"]["sex"]["shown"]
    assert shown["sales"]["f"]["people"] == 1


def test_reasons_do_not_count_people():
    """A comparison that isn't judged says how many are needed, not how many there are."""
    cells = {("sales", "f"): 13, ("sales", "m"): 40, ("care", "f"): 17, ("care", "m"): 45}
    found = list_audit(ranked_of(ads_of({"sales": 3, "care": 3}), pool_of(cells)), min_group=31)
    texts = published(found)
    reason = "not judged: fewer than 31 qualified people on the smaller side"
    assert reason in texts["audit.json"]
    assert "13 qualified" not in texts["audit.json"]
    assert "30 qualified" not in "".join(texts.values())


def test_few_unknown_people_of_lists_are_told_by_no_number():
    pool = {("sales", "Rabe"): 47, ("sales", "Storch"): 53, ("sales", "Zw"): 13, ("sales", ""): 3}
    found = list_audit(ranked_of(ads_of({"sales": 6}), pool_of(pool)))
    assert "(unknown)" in hidden_in(found, "shown")
    data = audit_json(found)
    assert not [note for note in data["parity"]["notes"] if "unknown" in note]
    assert data["parity"]["people"] == 113
    exact = {116.0, 116.0 * 6, 3.0 / 116}
    people = {name: data[name] for name in ("shown", "parity", "lists", "exposure")}
    assert not exact & set(numbers_in(people))


def test_tables_for_spreadsheets_hide_what_the_json_hides(of_lists):
    for name, rows in tables_of(of_lists, audit_json(of_lists)).items():
        for row in rows:
            if name != "definitions" and SMALL in json.dumps(row, ensure_ascii=False):
                assert row.get("hidden") is True
