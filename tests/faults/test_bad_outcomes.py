"""Outcomes that can't be read are refused in one sentence; odd ones have a state in the report."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from evenhand.match.lists import write_rankings
from evenhand.records.files import read_json

from ..audit.evidence.made_up import (
    ads_of,
    people_of,
    pool_of,
    ranked_of,
    write_csv,
    write_jsonl,
)
from ..audit.evidence.reading import tables_in

Rows = list[dict[str, Any]]


def people(**cells: tuple[int, int]) -> Rows:
    return people_of({(name.replace("nobody", ""),): counts for name, counts in cells.items()})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command runs, so that sentences name files as they were typed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def refused(evenhand, folder):
    """Run an audit of some rows that must be refused, and give its sentence."""

    def run(rows: Rows | str, *more: object, by: str = "sex", name: str = "p.csv") -> str:
        path = folder / name
        if isinstance(rows, str):
            path.write_text(rows, encoding="utf-8")
        else:
            write_csv(path, rows)
        done = evenhand("audit", "--outcomes", name, "--by", by, *more, "--out", "out")
        assert done.code == 2, (done.out, done.err)
        assert done.out == ""
        assert done.err.count("\n") == 1, done.err
        assert not (folder / "out").exists()
        return done.err.strip()

    return run


@pytest.fixture
def audited(evenhand, folder):
    """Run an audit of some rows that must be made; give its JSON and its page."""

    def run(rows: Rows, *more: object, by: str = "sex") -> tuple[dict[str, Any], str]:
        path = write_csv(folder / "p.csv", rows)
        done = evenhand("audit", "--outcomes", path, "--by", by, *more, "--out", "out", "--force")
        assert (done.code, done.err) == (0, "")
        page = (folder / "out" / "audit.html").read_text(encoding="utf-8")
        return read_json(folder / "out" / "audit.json"), page

    return run


ROWS = people(f=(40, 11), m=(44, 20))


def with_column(name: str, at_first: object, otherwise: object) -> Rows:
    return [{**row, name: otherwise if number else at_first} for number, row in enumerate(ROWS)]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (with_column("score", "high", 1), "score: 'high' on line 2 is no number"),
        (with_column("score", "inf", 1), "score: the score on line 2 is infinite"),
        (with_column("weight", -1, 1), "weight: the weight on line 2 is negative"),
        (with_column("weight", 1.5, 1), "weight: the weight on line 2 is not a whole number"),
        (with_column("weight", "", 1), "weight: the weight on line 2 is blank"),
        (with_column("selected", "maybe", 1), "selected: 'maybe' on line 2 is no outcome"),
        (with_column("selected", 2, 1), "selected: '2' on line 2 is no outcome"),
    ],
)
def test_a_value_that_means_nothing_is_named_with_its_line(refused, rows, sentence):
    assert refused(rows).startswith(f"p.csv:2: {sentence}")


def test_rows_without_selection_and_score_are_refused(refused):
    rows = [{"id": row["id"], "sex": row["sex"]} for row in ROWS]
    assert "neither a column `selected` nor `score`" in refused(rows)


def test_a_missing_group_column_is_named_with_those_that_are_there(refused):
    said = refused(ROWS, by="race")
    assert said.startswith("p.csv: there is no such column as 'race'")
    assert "the columns are 'id', 'sex', 'selected'" in said


def test_an_id_given_twice_is_refused(refused):
    rows = [dict(row) for row in ROWS]
    rows[3]["id"] = rows[2]["id"]
    said = refused(rows)
    assert "p.csv:" in said
    assert "id" in said


def test_an_id_given_twice_never_stands_beside_a_group(refused):
    rows = [dict(row) for row in ROWS]
    rows[3]["id"] = rows[2]["id"] = "Unusual Name"
    rows[3]["sex"] = rows[2]["sex"] = "unusual group"
    assert "unusual group" not in refused(rows)


def test_an_empty_file_and_a_header_alone_are_refused(refused):
    assert "p.csv" in refused("")
    assert "no record" in refused("id,sex,selected\n")


def test_a_folder_for_a_file_is_refused(evenhand, folder):
    (folder / "p.csv").mkdir()
    done = evenhand("audit", "--outcomes", "p.csv", "--by", "sex", "--out", "out")
    assert done.code == 2
    assert done.err.startswith("p.csv: ")
    assert done.err.count("\n") == 1
    assert not (folder / "out").exists()


def test_an_absent_file_and_an_unknown_suffix_are_refused(evenhand, folder):
    (folder / "p.docx").write_bytes(b"")
    for name, said in (("absent.csv", "no such file"), ("p.docx", "suffix")):
        done = evenhand("audit", "--outcomes", name, "--by", "sex", "--out", "out")
        assert done.code == 2
        assert said in done.err
        assert done.err.count("\n") == 1


@pytest.mark.parametrize("by", ["", ",", " , "])
def test_no_attribute_is_refused(evenhand, folder, by):
    write_csv(folder / "p.csv", ROWS)
    done = evenhand("audit", "--outcomes", "p.csv", "--by", by, "--out", "out")
    assert done.code == 2
    assert "--by: name at least one attribute" in done.err


@pytest.mark.parametrize("by", ["sex*", "sex*sex", "*", "selected", "score"])
def test_what_is_no_attribute_is_refused(refused, by):
    assert refused(ROWS, by=by)


def test_nothing_to_audit_is_refused(evenhand, folder):
    done = evenhand("audit", "--out", "out")
    assert done.code == 2
    assert "nothing to audit" in done.err
    assert done.err.count("\n") == 1
    assert not (folder / "out").exists()


def test_people_without_ads_are_refused(evenhand, folder):
    done = evenhand("audit", "--pool", "pool.jsonl", "--out", "out")
    assert done.code == 2
    assert "--pool: not read, for no ads are given (JOBS)" in done.err


def test_lists_without_people_are_refused(evenhand, folder):
    write_csv(folder / "p.csv", ROWS)
    more = ("--outcomes", "p.csv", "--by", "sex")
    done = evenhand("audit", "--rankings", "lists.parquet", *more, "--out", "out")
    assert done.code == 2
    assert "--rankings: not read, for no ads are given (JOBS)" in done.err
    assert not (folder / "out").exists()


def lists_files(folder: Path, places: int = 12) -> tuple[str, str, str]:
    jobs = ads_of({"sales": 3, "care": 2})
    cells = {(group, sex): 24 for group in ("sales", "care") for sex in "fm"}
    ranked = ranked_of(jobs, pool_of(cells), places=places)
    write_jsonl(
        folder / "ads.jsonl",
        [{"id": one.id, "text": one.text, **one.fields} for one in jobs],
    )
    write_jsonl(
        folder / "pool.jsonl",
        [{"id": one.id, "text": one.text, **one.fields} for one in ranked.pool],
    )
    kept = ranked.rankings.__class__(
        ranked.rankings.query_ids[:4],
        ranked.rankings.candidate_ids,
        ranked.rankings.positions[:4],
        ranked.rankings.scores[:4],
    )
    write_rankings(folder / "few.parquet", kept)
    write_rankings(folder / "lists.parquet", ranked.rankings)
    return "ads.jsonl", "pool.jsonl", "lists.parquet"


def test_an_ad_without_a_list_is_named(evenhand, folder):
    ads, pool, _ = lists_files(folder)
    done = evenhand(
        "audit", ads, "--pool", pool, "--rankings", "few.parquet", "--by", "sex", "--out", "out"
    )
    assert done.code == 2
    assert "few.parquet: 1 of 5 ads have no list in it ('care-1' is the first)" in done.err
    assert not (folder / "out").exists()


def test_lists_that_are_too_short_are_refused(evenhand, folder):
    ads, pool, lists = lists_files(folder, places=3)
    done = evenhand(
        "audit",
        ads,
        "--pool",
        pool,
        "--rankings",
        lists,
        "--by",
        "sex",
        "--top",
        10,
        "--out",
        "out",
    )
    assert done.code in (1, 2)
    assert done.err.count("\n") == 1
    assert "3" in done.err
    assert not (folder / "out").exists()


def test_an_attribute_that_nobody_has_is_named(evenhand, folder):
    ads, pool, lists = lists_files(folder)
    done = evenhand(
        "audit", ads, "--pool", pool, "--rankings", lists, "--by", "race", "--out", "out"
    )
    assert done.code == 2
    assert "--by: pool.jsonl: there is no such column as 'race'" in done.err


def test_one_group_in_the_pool_cannot_be_compared(evenhand, folder):
    ads, pool, lists = lists_files(folder)
    lines = [json.loads(line) for line in (folder / pool).read_text().splitlines()]
    write_jsonl(folder / pool, [{**line, "sex": "f"} for line in lines])
    done = evenhand(
        "audit", ads, "--pool", pool, "--rankings", lists, "--by", "sex", "--out", "out"
    )
    assert done.code == 1
    assert "everybody of known value in the pool is 'f'" in done.err
    assert done.err.count("\n") == 1
    assert not (folder / "out").exists()


def test_a_file_for_a_folder_is_refused(evenhand, folder):
    write_csv(folder / "p.csv", ROWS)
    (folder / "out").write_text("mine")
    done = evenhand("audit", "--outcomes", "p.csv", "--by", "sex", "--out", "out")
    assert done.code == 2
    assert "--out out: is a file; name a folder" in done.err
    assert (folder / "out").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_named(evenhand, folder):
    write_csv(folder / "p.csv", ROWS)
    (folder / "locked").mkdir(mode=0o500)
    done = evenhand("audit", "--outcomes", "p.csv", "--by", "sex", "--out", "locked/out")
    assert done.code == 1
    assert "permission denied" in done.err


def test_a_folder_below_a_file_is_named(evenhand, folder):
    write_csv(folder / "p.csv", ROWS)
    done = evenhand("audit", "--outcomes", "p.csv", "--by", "sex", "--out", "p.csv/out")
    assert done.code == 2
    assert "a part of the path is a file, not a folder" in done.err
    assert done.err.count("\n") == 1
    assert done.out == ""


# What has a state in the report.


def test_people_of_unknown_group_have_a_row(audited):
    found, page = audited(people(f=(40, 11), m=(44, 20), nobody=(16, 8)))
    assert found["selection"]["sex"]["unknown"]["n"] == 16
    assert found["selection"]["sex"]["people"] == 100
    assert "16 people of unknown group are outside the ratios" in page


def test_nobody_of_known_group_is_said(audited):
    found, page = audited(people(nobody=(60, 20)))
    table = found["selection"]["sex"]
    assert table["cells"] == {}
    assert table["benchmark"] is None
    assert table["minimum_ratio"]["value"] is None
    assert table["unknown"]["n"] == 60
    assert "nobody's group is known" in found["verdicts"][0]
    assert "In sex no row has a known value" in page


def test_a_group_of_one_is_hidden_or_has_a_state(audited):
    rows = people(f=(40, 11), m=(44, 20), d=(1, 1))
    found, _ = audited(rows)
    assert found["selection"]["sex"]["cells"]["d"]["hidden"] is True
    found, _ = audited(rows, "--least", 1)
    cell = found["selection"]["sex"]["cells"]["d"]
    assert (cell["n"], cell["selected"], cell["rate"]) == (1, 1, 1.0)
    # Nothing is left out there, so it is what the others are set against, which the page says.
    assert cell["is_benchmark"] is True
    assert found["selection"]["sex"]["benchmark_rule"] == "of any group"
    assert cell["below_two_percent"] is True
    assert found["selection"]["sex"]["benchmark"] == "d"


def test_one_group_alone_has_no_ratio(audited):
    found, _ = audited(people(f=(40, 11)))
    table = found["selection"]["sex"]
    assert table["benchmark"] is None
    assert table["cells"]["f"]["state"] == "only one group"
    assert "nothing can be compared, for only one group" in found["verdicts"][0]


def test_everybody_selected_has_a_state(audited):
    found, _ = audited(people(f=(40, 40), m=(44, 44)))
    cell = found["selection"]["sex"]["cells"]["f"]
    assert cell["state"] == "everybody was selected"
    assert cell["verdict"] == "not below four-fifths, compatible with chance"
    assert cell["ratio"] == 1.0


def test_nobody_selected_has_a_state(audited):
    found, _ = audited(people(f=(40, 0), m=(44, 0)))
    table = found["selection"]["sex"]
    assert {cell["state"] for cell in table["cells"].values()} == {"nobody was selected"}
    assert {cell["verdict"] for cell in table["cells"].values()} == {None}
    assert "nobody was selected" in found["verdicts"][0]


def scored(score: object) -> Rows:
    rows = [{"id": row["id"], "sex": row["sex"]} for row in ROWS]
    return [{**row, "score": score} for row in rows]


def test_ties_everywhere_are_loud(audited):
    found, page = audited(scored(5))
    assert found["scoring"]["median"]["undefined"] is True
    assert found["scoring"]["median"]["tied_share"] == 1.0
    assert found["verdicts"][0].startswith("Scoring: ")
    assert found["scoring"]["median"]["state"] in page
    assert {cell["verdict"] for cell in found["scoring"]["sex"]["cells"].values()} == {None}


def test_ties_at_the_median_are_loud(audited):
    rows = [{**row, "score": number % 5} for number, row in enumerate(scored(0))]
    found, page = audited(rows)
    assert "ties at the median" in found["scoring"]["median"]["state"]
    assert "ties at the median" in page


def test_scores_that_are_none_are_left_out_and_counted(audited):
    rows = [{**row, "score": [1, 2, "", "NaN"][number % 4]} for number, row in enumerate(scored(0))]
    found, page = audited(rows)
    assert found["scoring"]["median"]["missing"] == 42
    assert "42 rows are without a score and left out of scoring." in page


def test_nobody_with_a_score_is_said(audited):
    found, _ = audited(scored(""))
    assert "nobody has a score" in found["verdicts"][0]


def test_outcomes_that_are_blank_are_left_out_and_counted(audited):
    rows = [
        {**row, "selected": "" if number < 7 else row["selected"]}
        for number, row in enumerate(ROWS)
    ]
    found, page = audited(rows)
    assert found["selection"]["sex"]["people"] == len(ROWS) - 7
    assert "7 rows are assessed without a known outcome" in page


def test_weights_stand_for_people(audited):
    rows = people(f=(2, 1), m=(2, 1))
    weights = (11, 29, 20, 24)
    found, _ = audited([{**row, "weight": weights[at]} for at, row in enumerate(rows)])
    cells = found["selection"]["sex"]["cells"]
    assert {name: (cell["n"], cell["selected"]) for name, cell in cells.items()} == {
        "f": (40, 11),
        "m": (44, 20),
    }


def test_a_file_of_200_columns_is_read_by_those_that_count(audited):
    more = {f"other {at}": "x" for at in range(200)}
    found, _ = audited([{**row, **more} for row in ROWS])
    cells = found["selection"]["sex"]["cells"]
    assert {name: cell["n"] for name, cell in cells.items()} == {"f": 40, "m": 44}


def test_a_third_gender_value_is_a_group_like_others(audited):
    found, page = audited(people(female=(40, 11), male=(44, 20), nonbinary=(12, 2)))
    cell = found["selection"]["sex"]["cells"]["nonbinary"]
    assert cell["n"] == 12
    assert cell["verdict"] is not None
    assert "nonbinary" in page


def test_values_that_differ_in_case_or_blanks_are_one_group_and_it_is_said(audited):
    rows = people(female=(40, 11), male=(44, 20))
    spellings = ("female", "Female ", " FEMALE")
    for number, row in enumerate(rows[:40]):
        row["sex"] = spellings[number % 3]
    found, page = audited(rows)
    cells = found["selection"]["sex"]["cells"]
    assert sorted(cell["n"] for cell in cells.values()) == [40, 44]
    assert len(found["notes"]) == 1
    assert "were read as" in found["notes"][0]
    assert "were read as" in page


def test_a_group_called_like_a_part_of_the_json_stays_a_group(audited):
    """Names that the report uses itself: nothing is mixed up."""
    found, page = audited(people(hidden=(40, 11), cells=(44, 20), unknown=(30, 9), rest=(33, 12)))
    table = found["selection"]["sex"]
    assert set(table["cells"]) == {"hidden", "cells", "rest"}
    assert table["unknown"]["n"] == 30
    rows = tables_in(page)["Selection by sex: 147 people"]
    assert [row[:3] for row in rows if row[0] == "hidden"] == [["hidden", "40", "11"]]
