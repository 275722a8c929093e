"""What is hidden stands nowhere, in no form: not in JSON, tables, page or sentences."""

from __future__ import annotations

import itertools
import json
import re
from fractions import Fraction

import pytest

from evenhand.audit.evidence.as_json import audit_json
from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.tables import tables_of

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
"""The third must be hidden, the fourth because the total would give the third away."""
SCORES = {"Rabe": 501.25, "Storch": 502.5, SMALL: 771.3125, BESIDE: 883.4375}
OF_HIDDEN_SCORES = ("771", "883", "771.3125", "771.31", "883.4375", "883.44", "883.438", "771.312")


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


def test_the_small_cell_and_one_beside_it_are_hidden(hidden):
    for measure in ("selection", "scoring"):
        assert hidden_in(hidden, measure) == {SMALL, BESIDE}


@pytest.mark.parametrize(
    "number",
    ["3", "2", "37", "23", "62.2%", "66.7%", "0.62", "1.58", "0.67", *OF_HIDDEN_SCORES],
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
    own = {"One person decides", "p over all groups"}
    said = [where for where, cell in cells if cell == number and where not in own]
    assert not said


def test_numbers_of_hidden_cells_stand_nowhere_in_the_json(hidden):
    """Looked for in what is about people, by value: shares with 37 or 3 below, and scores."""
    found = audit_json(hidden)
    for measure in ("selection", "scoring"):
        table = found[measure]["sex"]
        for name in (SMALL, BESIDE):
            assert set(table["cells"][name]) == {"hidden", "verdict", "state"}
        assert not {SMALL, BESIDE} & {*table.get("quantiles", {}), *table["within"]}
        assert table["minimum_ratio"]["cell"] not in (SMALL, BESIDE)
        exact = {23 / 37, 2 / 3, 37.0, 3.0, 23.0}
        assert not exact & set(numbers_in(table))
    scores = {number for number in numbers_in(found) if 700 < number < 900}
    assert not scores


def test_hidden_cells_keep_their_names_and_say_so(hidden):
    texts = published(hidden)
    for name in (SMALL, BESIDE):
        assert name in texts["audit.html"]
    rows = tables_in(texts["audit.html"])["Selection by sex: 424 people"]
    by_name = {row[0]: row[1:] for row in rows}
    assert set(by_name[SMALL]) == set(by_name[BESIDE]) == {"hidden"}
    csv = texts["selection_sex.csv"].splitlines()
    assert [line.count("true") for line in csv if line.startswith((SMALL, BESIDE))] == [1, 1]


def test_hidden_cells_are_counted_and_not_named_in_sentences(hidden):
    said = published(hidden)["stdout"]
    assert "Hidden, because few people are in them or beside them: 2 groups" in said
    assert SMALL not in said
    assert BESIDE not in said


def test_least_1_hides_nothing():
    found = audit_of(with_scores(), least=1)
    assert hidden_in(found) == hidden_in(found, "scoring") == set()
    assert table_of(found)["cells"][SMALL]["n"] == 3
    assert has_number(published(found)["audit.html"], "771")


def test_least_decides_what_is_small():
    cells = {("a",): (90, 30), ("b",): (80, 30), ("c",): (7, 3), ("d",): (9, 4)}
    assert hidden_in(audit_of(people_of(cells), least=5)) == set()
    assert hidden_in(audit_of(people_of(cells), least=10)) == {"c", "d"}
    assert hidden_in(audit_of(people_of(cells), least=8)) == {"c", "d"}


UNKNOWN = {("Rabe",): (211, 83), ("Storch",): (173, 59), (SMALL,): (37, 23), ("",): (3, 2)}


@pytest.fixture(scope="module")
def unknown_hidden() -> Audit:
    return audit_of(with_scores(UNKNOWN))


def test_few_unknown_people_are_hidden_with_the_smallest_group(unknown_hidden):
    assert hidden_in(unknown_hidden) == {SMALL, "(unknown)"}


def test_no_number_says_how_many_are_of_known_group(unknown_hidden):
    """Rates over everybody known, such as expected positives, would: 424 less 421 are unknown.

    421 is prime, so that a share of all known people can be told by its denominator.
    """
    for measure in ("selection", "scoring"):
        table = table_of(unknown_hidden, measure)
        people = {211 + 173 + 37: "known", 37: SMALL, 3: "unknown"}
        for number in numbers_in(table):
            below = Fraction(number).limit_denominator(500).denominator
            close = abs(float(Fraction(number).limit_denominator(500)) - number) < 1e-9
            assert not (close and below in people), (measure, number, people.get(below))
        for cell in table["cells"].values():
            if not cell["hidden"]:
                assert cell["expected"] is None
                assert cell["ratio_to_rest"] is None
                assert cell["unknown"] is None
                assert cell["unknown_repicked"] is None
        assert table["pooled_rate"] is None


def test_the_ratio_to_the_rest_is_kept_where_the_unknown_are_shown(hidden):
    assert table_of(hidden)["cells"]["Rabe"]["ratio_to_rest"] == pytest.approx(
        (83 / 211) / ((59 + 2 + 23) / (173 + 3 + 37))
    )


def test_page_and_notes_say_nothing_of_how_many_are_unknown(unknown_hidden):
    texts = published(unknown_hidden)
    for name, text in texts.items():
        if name != "definitions.csv":
            assert "of unknown group are outside" not in text, name
            assert not has_number(text, "421"), name
    tables = tables_in(texts["audit.html"])
    headline = {row[0]: row for row in tables["Selection by sex: 424 people"]}
    assert headline["Rabe"][6] == "–"
    assert headline["unknown"][1:4] == ["hidden"] * 3
    others = {row[0]: row for row in tables["Selection: other ways to look at it, by sex"]}
    assert others["Rabe"][1] == "–"
    bounds = {
        row[0]: row
        for row in tables["Selection: intervals of the ratio and what this sample can tell, by sex"]
    }
    assert bounds["Storch"][5] == "–"


def test_many_unknown_people_are_shown_with_bounds():
    cells = {**UNKNOWN, ("",): (40, 20)}
    found = audit_of(people_of(cells))
    assert hidden_in(found) == set()
    assert table_of(found)["unknown"]["n"] == 40
    low, high = table_of(found)["cells"]["Storch"]["unknown"]
    assert low < table_of(found)["cells"]["Storch"]["ratio"] < high
    assert "40 people of unknown group are outside the ratios" in published(found)["audit.html"]


def test_what_one_rate_hides_the_other_hides_too():
    """Of two groups of one size either would protect a third; both rates must choose alike."""
    cells = {("a",): (101, 40), ("b",): (3, 1), ("c",): (8, 1), ("d",): (8, 6)}
    rows = people_of(cells)
    for number, row in enumerate(rows):
        row["score"] = 90 + number if row["sex"] == "c" else number % 20
    found = audit_of(rows)
    assert hidden_in(found) == hidden_in(found, "scoring")
    assert "b" in hidden_in(found)


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


def test_intersections_cannot_be_had_from_their_margins():
    names = ("sex", "race")
    cells = {
        (sex, race): (60 + 7 * at, 20 + 3 * at)
        for at, (sex, race) in enumerate(itertools.product("fm", "wba"))
    }
    cells["f", "a"] = (2, 1)
    found = audit_of(people_of(cells, names), by=("sex", "race", "sex*race"))
    crossed = hidden_in(found, by="sex*race")
    assert "f*a" in crossed
    for sex in "fm":
        inside = [cell for cell in crossed if cell.startswith(f"{sex}*")]
        assert len(inside) != 1 or sex in hidden_in(found, by="sex")
    for race in "wba":
        inside = [cell for cell in crossed if cell.endswith(f"*{race}")]
        assert len(inside) != 1 or race in hidden_in(found, by="race")


def test_strata_leave_hidden_cells_out():
    rows = with_scores()
    for number, row in enumerate(rows):
        row |= {"period": "ab"[number % 2], "job": "xyz"[number % 3]}
    found = audit_of(rows)
    within = table_of(found)["within"]
    assert set(within) == {"period", "job"}
    for rows_within in within.values():
        assert set(rows_within) == {"Storch"}
    table = tables_in(published(found)["audit.html"])["Selection: within periods and jobs, by sex"]
    assert {row[0] for row in table[1:]} == {"Storch"}


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
    assert hidden_in(of_lists, "shown") == {SMALL, BESIDE}
    found = audit_json(of_lists)
    by = found["parity"]["by"]["sex"]
    assert set(by["depth"]) == {"Rabe", "Storch"}
    assert {one["contrast"]["group"] for one in by["pooled"]} == {"Rabe", "Storch"}
    for cuts in by["top"].values():
        for contrasts in cuts.values():
            assert not [name for name in contrasts if SMALL in name or BESIDE in name]
    for scope in by["shown"].values():
        assert scope[SMALL] == scope[BESIDE] == {"hidden": True}
    for attributes in found["text"]["agreement_with_lists"].values():
        assert set(attributes["sex"]) == {"Rabe vs rest", "Storch vs rest"}


def test_figures_of_hidden_values_only_say_that_they_are_hidden(of_lists):
    found = audit_json(of_lists)
    seen = 0
    for family in ("lists", "exposure"):
        for attributes in found[family].values():
            for cell, figure in attributes.get("sex", {}).items():
                if SMALL in cell or BESIDE in cell:
                    seen += 1
                    for one in (figure, *figure.get("variants", {}).values()):
                        assert one["reason"].startswith("hidden: ")
                        assert one["n"] == 0
                        assert not numbers_in(
                            {k: v for k, v in one.items() if k not in ("n", "variants")}
                        )
    assert seen > 10


def test_page_and_sentences_about_lists_name_no_hidden_value_with_a_number(of_lists):
    texts = published(of_lists)
    assert SMALL not in texts["stdout"]
    assert BESIDE not in texts["stdout"]
    for caption, rows in tables_in(texts["audit.html"]).items():
        for row in rows[1:]:
            if any(SMALL in cell or BESIDE in cell for cell in row):
                numbers = [
                    cell for cell in row[1:] if re.fullmatch(r"[<−+.\d, to%]*\d[\d%]*", cell)
                ]
                assert not numbers, (caption, row)


def test_the_first_comparison_is_no_key_figure_where_it_is_hidden():
    """Values are sorted, so that the hidden one is the first to be compared."""
    pool = {("sales", "Aa"): 3, ("sales", "Rabe"): 30, ("sales", "Storch"): 40, ("sales", "Zw"): 21}
    found = list_audit(ranked_of(ads_of({"sales": 6}), pool_of(pool)))
    hidden = hidden_in(found, "shown")
    assert "Aa" in hidden
    page = published(found)["audit.html"]
    tiles = page[page.index('class="tiles"') : page.index("</dl>")]
    assert "Rabe to rest" in tiles
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
    assert hidden_in(found, "shown") == {"Aa (not Bb)", "(x) vs (y)"}
    for family in ("lists", "exposure"):
        for attributes in audit_json(found)[family].values():
            for cell, figure in attributes.get("sex", {}).items():
                if "Aa" in cell or "(x)" in cell:
                    assert figure["value"] is None, cell
    reference = list_audit(
        ranked_of(ads_of({"sales": 6}), pool_of(pool)), reference={"sex": "Aa (not Bb)"}
    )
    for contrasts in audit_json(reference)["parity"]["by"]["sex"]["top"]["5"].values():
        assert contrasts == {}


def test_rows_by_occupation_group_cannot_be_had_from_ads_and_margins():
    """Quality by ad tells how many are qualified for every ad: the other value would give 3."""
    cells = {("sales", "f"): 33, ("sales", "m"): 40, ("care", "f"): 3, ("care", "m"): 45}
    cells |= {("law", "f"): 51, ("law", "m"): 60, ("art", "f"): 70, ("art", "m"): 80}
    jobs = ads_of(dict.fromkeys(("sales", "care", "law", "art"), 2))
    found = list_audit(ranked_of(jobs, pool_of(cells)))
    shown = audit_json(found)["parity"]["by"]["sex"]["shown"]
    assert shown["care"]["f"] == shown["care"]["m"] == {"hidden": True}
    for value in "fm":
        assert sum(shown[scope][value]["hidden"] for scope in shown) >= 2
        assert not shown["overall"][value]["hidden"]
    assert not all(shown[scope]["f"]["hidden"] for scope in shown)
    rows = tables_in(published(found)["audit.html"])["Who is shown in the top 5, by sex"]
    care = [row for row in rows if row[0] == "care"]
    assert [set(row[2:]) for row in care] == [{"hidden"}] * len(care)


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
    of_women = [shown["sex*race"]["f*w"], shown["sex"]["f"]]
    of_black = [shown["sex*race"]["m*b"], shown["race"]["b"]]
    for margin in (of_women, of_black):
        assert any(cell["hidden"] for cell in margin)


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
    for one in data["parity"]["by"]["sex"]["pooled"]:
        assert one["pairs"] is None
    exact = {113.0, 113.0 * 6, 3.0 / 116}
    people = {name: data[name] for name in ("shown", "parity", "lists", "exposure")}
    assert not exact & set(numbers_in(people))


def test_tables_for_spreadsheets_hide_what_the_json_hides(of_lists):
    for name, rows in tables_of(of_lists, audit_json(of_lists)).items():
        for row in rows:
            text = json.dumps(row, ensure_ascii=False)
            if name != "definitions" and (SMALL in text or BESIDE in text):
                assert row.get("hidden") is True or str(row.get("reason", "")).startswith("hidden")
