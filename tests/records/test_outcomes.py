"""Outcomes as they should be: what is read, merged, left blank and noted."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from evenhand.errors import RecordError
from evenhand.records.columns import Unknown
from evenhand.records.files import digest_file
from evenhand.records.outcomes import (
    Coded,
    Outcome,
    Reading,
    outcomes_from_arrays,
    read_outcomes,
    same_people,
)

Writer = Callable[[Path, Sequence[Mapping[str, object]]], Path]

ROWS = [
    {"id": "p1", "sex": "Female", "race": "B", "selected": "yes", "score": "0.5"},
    {"id": "p2", "sex": "female", "race": "A", "selected": "0", "score": ""},
    {"id": "p3", "sex": " Female ", "race": "", "selected": "", "score": "nan"},
    {"id": "p4", "sex": "Unknown", "race": "A", "selected": "TRUE", "score": "1e-2"},
    {"id": "p5", "sex": "non  binary", "race": "B", "selected": "1.0", "score": "-3"},
]


def csv(folder: Path, text: str | bytes, name: str = "outcomes.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def decoded(column: Coded) -> list[str | None]:
    return [(*column.values, None)[code] for code in column.codes]


def test_all_formats_read_alike(tmp_path: Path, write: Writer):
    path = write(tmp_path / "outcomes", ROWS)
    read = read_outcomes(path, by=["sex", "race", "sex*race"])
    assert decoded(read.groups["sex"]) == ["Female", "Female", "Female", None, "non binary"]
    assert decoded(read.groups["race"]) == ["B", "A", None, "A", "B"]
    assert decoded(read.groups["sex*race"]) == ["Female*B", "Female*A", None, None, "non binary*B"]
    assert read.selected is not None
    assert read.score is not None
    assert read.selected.tolist() == [True, False, False, True, True]
    assert read.outcome_missing.tolist() == [False, False, True, False, False]
    np.testing.assert_array_equal(read.score, [0.5, np.nan, np.nan, 0.01, -3.0])
    assert read.ids.tolist() == ["p1", "p2", "p3", "p4", "p5"]
    assert (read.rows, read.people, read.weight.tolist()) == (5, 5, [1] * 5)
    assert read.digest == digest_file(path)
    assert read.path == str(path)


def test_what_was_done_is_said_with_counts(tmp_path: Path, write: Writer):
    notes = read_outcomes(write(tmp_path / "outcomes", ROWS), by=["sex", "race"]).notes
    assert notes == (
        "1 row is assessed without a known outcome (`selected` is blank) and left out of "
        "selection.",
        "2 rows are without a score and left out of scoring.",
        "In sex the spellings ' Female ', 'Female', 'female' were read as 'Female'.",
        "1 person gave no answer in sex ('Unknown') and is in no group.",
        "1 person gave no answer in race (blank) and is in no group.",
    )


def test_the_most_frequent_spelling_wins_by_people(tmp_path: Path):
    text = "g,selected,weight\nX,1,1\nx,0,5\nX,1,2\ny,1,0\n"
    read = read_outcomes(csv(tmp_path, text), by=["g"])
    assert read.groups["g"].values == ("x", "y")
    assert read.people == 8
    assert read.weight.tolist() == [1, 5, 2, 0]


def test_values_of_a_number_column_are_text(tmp_path: Path, writers: Mapping[str, Writer]):
    rows = [{"id": 1, "g": 2, "selected": 1}, {"id": 2, "g": 10, "selected": 0}]
    for kind, write in writers.items():
        read = read_outcomes(write(tmp_path / kind, rows), by=["g"])
        assert read.groups["g"].values == ("10", "2")
        assert read.ids.tolist() == ["1", "2"]


def test_parquet_of_every_kind(tmp_path: Path):
    table = pyarrow.table(
        {
            "id": pyarrow.array([1.0, 2.0, 3.0]),
            "group": pyarrow.array(["b", None, "a"]).dictionary_encode(),
            "code": pyarrow.array([1.0, None, float("nan")]),
            "flag": pyarrow.array([True, False, None]),
            "selected": pyarrow.array([1.0, 0.0, float("nan")], pyarrow.float32()),
            "score": pyarrow.array([1, None, 3], pyarrow.int16()),
            "weight": pyarrow.array([1, 2, 3], pyarrow.uint8()),
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "o.parquet")
    read = read_outcomes(tmp_path / "o.parquet", by=["group", "code", "flag"])
    assert decoded(read.groups["group"]) == ["b", None, "a"]
    assert decoded(read.groups["code"]) == ["1", None, None]
    assert decoded(read.groups["flag"]) == ["true", "false", None]
    assert read.outcome_missing.tolist() == [False, False, True]
    assert read.ids.tolist() == ["1", "2", "3"]
    assert read.weight.tolist() == [1, 2, 3]


def test_jsonl_with_values_of_several_kinds_and_dates(tmp_path: Path):
    lines = '{"g": 1, "selected": true, "period": "2024-01-01"}\n\n{"g": "x", "selected": 0}\n'
    read = read_outcomes(csv(tmp_path, lines, "o.jsonl"), by=["g"])
    assert decoded(read.groups["g"]) == ["1", "x"]
    assert read.period is not None
    assert read.period.values == ("2024-01-01",)
    late = '{"g": "a", "score": 1}\n' * 300 + '{"g": "b", "score": 2, "job": "j"}\n'
    read = read_outcomes(csv(tmp_path, late, "late.jsonl"), by=["g"])
    assert read.job is not None
    assert read.job.values == ("j",)
    assert read.selected is None


def test_csv_with_mark_blank_lines_spanning_fields_and_gz(tmp_path: Path):
    text = codecs.BOM_UTF8 + b'"id", g ,"no\nte",selected\r\n1,"a\nb",x,1\r\n\r\n2,c,"y\n",0\r\n'
    path = csv(tmp_path, text)
    packed = csv(tmp_path, gzip.compress(text), "outcomes.csv.gz")
    for each in (path, packed):
        read = read_outcomes(each, by=["g"])
        assert decoded(read.groups["g"]) == ["a b", "c"]
        assert read.digest == digest_file(each)


def test_mapping_and_columns_that_are_not_needed(tmp_path: Path):
    text = "who,note,note,gender,hired\n1,\xff,b,f,1\n2,c,d,m,0\n".encode("latin-1")
    mapping = {"who": "id", "gender": "sex", "hired": "selected"}
    read = read_outcomes(csv(tmp_path, text), by=["sex"], reading=Reading(mapping))
    assert decoded(read.groups["sex"]) == ["f", "m"]
    assert read.notes == (
        "The file is not UTF-8; it was read as Windows-1252 (Latin-1).",
        "Columns not used: 'note', 'note'.",
    )


def test_unknown_words_are_the_callers(tmp_path: Path):
    path = csv(tmp_path, "id,g,score\n1,N/A,1\n2,n/a,2\n3,unknown,3\n")
    read = read_outcomes(path, by=["g"], reading=Reading(unknown=Unknown(("n/a",), listed=False)))
    assert decoded(read.groups["g"]) == [None, None, "unknown"]


def test_a_column_without_a_known_value_is_said(tmp_path: Path):
    read = read_outcomes(csv(tmp_path, "id,g,score\n1,,1\n2, ,2\n"), by=["g"])
    assert read.groups["g"] == read.groups["g"]
    assert read.groups["g"].values == ()
    assert read.notes == ("In g no row has a known value; there is nothing to compare by it.",)


def test_without_ids_it_is_said_and_empty_rows_of_a_sheet_are_left_out(tmp_path: Path):
    without = read_outcomes(csv(tmp_path, "g,score\na,1\n"), by=["g"])
    assert without.ids is None
    assert "no id column" in without.notes[-1]
    read = read_outcomes(csv(tmp_path, "id,g,score\n1,a,1\n,,\n , ,\n"), by=["g"])
    assert read.rows == 1
    assert read.notes[0] == "2 rows are without any value left out."


def test_an_id_may_stand_once_for_each_job_and_period(tmp_path: Path):
    text = "id,g,score,job,period\n1,a,1,x,1\n1,a,1,y,1\n1,a,2,x,2\n2,b,3,x,1\n"
    read = read_outcomes(csv(tmp_path, text), by=["g"])
    assert read.notes[-1].startswith("2 ids stand on 4 rows")
    assert read.job is not None
    assert read.job.values == ("x", "y")


def test_crossing_lists_every_combination():
    read = outcomes_from_arrays(
        {"sex": ["f", "m", "", "f"], "race": ["b", "a", "a", None]}, score=[1, 2, 3, 4]
    )
    crossed = read.crossed("race * sex")
    assert crossed.values == ("a*f", "a*m", "b*f", "b*m")
    assert crossed.codes.tolist() == [2, 1, 4, 4]
    assert crossed.unknown == 4
    assert read.crossed("sex") is read.groups["sex"]


def test_crossed_values_are_sorted_as_they_read():
    read = outcomes_from_arrays({"x": ["a", "a b"], "y": ["1", "1"]}, score=[1, 2], by=["x*y"])
    crossed = read.groups["x*y"]
    assert list(crossed.values) == sorted(crossed.values)
    assert decoded(crossed) == ["a*1", "a b*1"]
    assert list(read.groups) == ["x*y", "x", "y"]


def test_arrays_read_as_files_do():
    groups = {"sex": np.array(["f", "m", "x"]), "level": np.array([1.0, np.nan, 2.0])}
    read = outcomes_from_arrays(
        groups, selected=[True, None, 0], score=np.array([1.5, np.nan, 2]), ids=[3, "b", 1]
    )
    assert decoded(read.groups["level"]) == ["1", None, "2"]
    assert read.outcome_missing.tolist() == [False, True, False]
    assert read.ids.tolist() == ["3", "b", "1"]
    again = outcomes_from_arrays(
        groups, selected=[True, None, 0], score=[1.5, None, 2], ids=[3, "b", 1]
    )
    assert read.digest == again.digest
    assert read.digest != outcomes_from_arrays(groups, selected=[1, 1, 0]).digest


def test_pairs_by_id_and_job():
    def outcomes(ids: list[str], jobs: list[str] | None):
        return outcomes_from_arrays(
            {"g": ["a"] * len(ids)}, score=[1] * len(ids), ids=ids, job=jobs
        )

    before, after = outcomes(["c", "a", "b"], None), outcomes(["b", "x", "c"], None)
    assert [list(rows) for rows in same_people(before, after)] == [[0, 2], [2, 0]]
    before = outcomes(["a", "a", "b"], ["x", "y", "z"])
    after = outcomes(["a", "b", "a"], ["y", "x", "z"])
    assert [list(rows) for rows in same_people(before, after)] == [[1], [0]]
    # Without jobs on both sides the twice assessed can't be told apart and stay out.
    assert [list(r) for r in same_people(before, outcomes(["a", "b"], None))] == [[2], [1]]
    nobody = outcomes_from_arrays({"g": ["a"]}, score=[1])
    assert [list(rows) for rows in same_people(nobody, after)] == [[], []]


def notes_of(folder: Path, header: str, rows: Sequence[str], by: Sequence[str] = ("sex",)) -> str:
    """What is said of a file of people."""
    return " ".join(read_outcomes(csv(folder, "\n".join([header, *rows])), by=by).notes)


def test_groups_that_are_perhaps_one_are_offered_and_not_merged(tmp_path: Path):
    path = csv(tmp_path, "sex,selected\nM,1\nMale,0\nF,1\nWoman,0\nmale,1\n")
    found = read_outcomes(path, by=["sex"])
    assert len(found.groups["sex"].values) == 4
    (said,) = [note for note in found.notes if "perhaps the same" in note]
    assert "'M' and 'Male'" in said
    assert "'F' and 'Woman'" in said
    rows = ["W,1", "White,0", "African-American,1", "African American,1", "Asian,0"]
    said = notes_of(tmp_path, "race,selected", rows, ["race"])
    assert "'W' and 'White'" in said
    assert "'African American' and 'African-American'" in said
    assert "'Asian'" not in said
    assert "perhaps" not in notes_of(tmp_path, "sex,selected", ["Male,1", "Female,0", "X,1"])


def test_ids_in_several_groups_are_counted_and_not_named(tmp_path: Path):
    rows = ["p1,M,a,1", "p1,F,b,0", "p2,M,a,1", "p2,M,b,1", "p3,F,a,0", "p3,,b,0"]
    said = notes_of(tmp_path, "id,sex,job,selected", rows)
    assert "1 id has rows with different values of sex: each row counts as it says." in said
    assert "p1" not in said


def test_single_days_are_no_periods_unless_they_are_named(tmp_path: Path):
    rows = [f"M,{at % 2},2024-{at % 12 + 1:02}-{at // 12 + 1:02}" for at in range(24)]
    path = csv(tmp_path, "sex,selected,date\n" + "\n".join(rows))
    found = read_outcomes(path, by=["sex"])
    assert found.period is None
    assert any("holds 24 single days; write months or quarters" in note for note in found.notes)
    named = read_outcomes(path, by=["sex"], reading=Reading({"date": "period"}))
    assert named.period is not None
    months = csv(tmp_path, "sex,selected,date\n" + "\n".join(row[:-3] for row in rows))
    assert read_outcomes(months, by=["sex"]).period is not None


def test_whoever_has_a_date_was_selected(tmp_path: Path):
    path = csv(tmp_path, "sex,Hire Date\nM,2024-03-01\nF,\nM,3/4/2024\nF,1 May 2024\nM,N/A\n")
    for mapping, said in (
        ({}, "--selected 'Hire Date' --selected-is any --blank-is 0"),
        ({"Hire Date": "selected"}, "is a date and no outcome .* --selected-is any --blank-is 0"),
    ):
        with pytest.raises(RecordError, match=said):
            read_outcomes(path, by=["sex"], reading=Reading(mapping))
    asked = Reading({"Hire Date": "selected"}, outcome=Outcome(("any",)))
    with pytest.raises(RecordError, match="the other 2 rows are blank: were these not selected"):
        read_outcomes(path, by=["sex"], reading=asked)
    asked = Reading({"Hire Date": "selected"}, outcome=Outcome(("any",), "0"))
    found = read_outcomes(path, by=["sex"], reading=asked)
    assert found.selected is not None
    assert found.selected.tolist() == [True, False, True, True, False]
    assert not found.outcome_missing.any()


def test_no_answers_that_nobody_has_are_refused(tmp_path: Path):
    path = csv(tmp_path, "sex,selected\nM,1\nF,0\nOther,1\n")
    other = read_outcomes(path, by=["sex"], reading=Reading(unknown=Unknown(("other",))))
    assert other.groups["sex"].values == ("F", "M")
    with pytest.raises(RecordError, match="--unknown Nobody: no row has this value in sex; there"):
        read_outcomes(path, by=["sex"], reading=Reading(unknown=Unknown(("Nobody",))))
