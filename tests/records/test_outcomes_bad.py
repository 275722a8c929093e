"""Outcomes that can't be read: one sentence each, with the place, and no id beside a group."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from evenhand.errors import RecordError
from evenhand.records.outcomes import Reading, outcomes_from_arrays, read_outcomes

Writer = Callable[[Path, Sequence[Mapping[str, object]]], Path]
GOOD: Mapping[str, object] = {"id": "p1", "g": "secret", "selected": "1", "score": "2"}


def refused(
    path: Path, by: Sequence[str] = ("g",), mapping: Mapping[str, str] | None = None
) -> RecordError:
    with pytest.raises(RecordError) as raised:
        read_outcomes(path, by=by, reading=Reading(mapping or {}))
    error = raised.value
    assert str(error).startswith(str(path))
    assert "\n" not in error.problem
    assert "secret" not in str(error)
    return error


def csv(folder: Path, text: str | bytes, name: str = "outcomes.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("selected", "maybe", "'maybe' on {place} is no outcome"),
        ("selected", "2", "'2' on {place} is no outcome"),
        ("score", "high", "'high' on {place} is no number"),
        ("score", "1,5,2", "'1,5,2' on {place} is no number"),
        ("score", "5%", "'5%' on {place} is with a percent sign"),
        ("score", "inf", "the score on {place} is infinite"),
        ("score", "-Infinity", "the score on {place} is infinite"),
        ("weight", "-1", "the weight on {place} is negative"),
        ("weight", "1.5", "the weight on {place} is not a whole number"),
        ("weight", "", "the weight on {place} is blank"),
        ("weight", "inf", "the weight on {place} is not a whole number"),
        ("weight", "many", "'many' on {place} is no number"),
        ("id", " ", "the id on {place} is missing or blank"),
        ("id", "p1", "'p1' on {place} is also the id of"),
    ],
)
def test_the_first_bad_value_and_its_place(
    tmp_path: Path, writers: Mapping[str, Writer], field: str, value: str, said: str
):
    good = {**GOOD, "weight": "1"}
    rows = [good, {**good, "id": "p2"}, {**good, "id": "p3", field: value}, {**good, "id": "p4"}]
    for kind, write in writers.items():
        error = refused(write(tmp_path / kind, rows))
        number, word = (4, "line") if kind == "csv" else (3, "line" if kind == "jsonl" else "row")
        assert error.problem.startswith(said.replace("{place}", f"{word} {number}"))
        assert (error.line, error.field) == (number, field)


def test_places_count_lines_that_fields_span_and_blank_ones(tmp_path: Path):
    text = 'id,g,selected\n1,"a\nb",1\n\n,,\n2,c,maybe\n'
    assert refused(csv(tmp_path, text)).line == 6
    lines = [json.dumps({**GOOD, "selected": value}) for value in ("1", "maybe")]
    assert refused(csv(tmp_path, "\n\n".join(lines), "o.jsonl")).line == 3


@pytest.mark.parametrize("total", [[2**53, 1], [2**62, 2**62]])
def test_more_people_than_can_be_counted(total: list[int]):
    with pytest.raises(RecordError, match="the weights add up to"):
        outcomes_from_arrays({"g": ["a", "b"]}, selected=[1, 0], weight=total)


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        (b"", None, "the file is empty"),
        (b"\xef\xbb\xbf", None, "the file holds no record"),
        (b"\n\n", None, "the file holds no record"),
        (b"id,g,selected\n", None, "the file holds no record"),
        (b"id,g,selected\n,,\n", None, "the file holds no record"),
        (b"id,g,selected\n1,a,1\n2,secret\n", 3, "has 2 values where the header names 3"),
        (b"id,g,selected\n1,a,1\n2,secret,0,1\n", 3, "has 4 values where the header names 3"),
        (b"id,g,selected\n1,\xc3\xa9,1\n2,\xe9,0\n", 3, "is not UTF-8, and other lines are"),
        (b'id,g,selected\n1,a,1\n2,"secret,0\n3,b,1\n', 3, "is not valid CSV"),
        (b"id,g,g,selected\n1,a,b,1\n", None, "two columns have this name"),
        (b"id,g,selected\n1,a,1\n" + b"x" * (13 << 20) + b",b,1\n", 3, "longer than 4 MiB"),
    ],
)
def test_files_that_are_damaged(tmp_path: Path, content: bytes, line: int | None, said: str):
    error = refused(csv(tmp_path, content))
    assert said in error.problem
    assert error.line == line


def test_stray_quotes_that_would_swallow_rows(tmp_path: Path):
    """pyarrow alone joins lines 3 to 5 into one row and says nothing."""
    text = 'id,selected,g\n1,1,a\n2,0,"secret\n3,1,b\n4,1,"secret\n5,0,c\n'
    assert refused(csv(tmp_path, text)).line == 3
    text = 'id,selected,g\n1,1,a\n2,0,"secret\n3,1,b\n'
    assert "not valid CSV" in refused(csv(tmp_path, text)).problem


def test_ids_as_long_as_a_page_are_ids(tmp_path: Path):
    path = csv(tmp_path, f"id,g,selected\n{'x' * 1_000_000},a,1\n{'x' * 1_000_000},b,1\n")
    assert len(refused(path).problem) < 300


@pytest.mark.parametrize("name", ["o.jsonl", "o.parquet", "o.csv.gz", "o.xlsx", "none.csv"])
def test_files_of_no_use(tmp_path: Path, name: str):
    path = tmp_path / name
    if name != "none.csv":
        path.write_bytes(b"{secret")
    said = {
        "o.jsonl": "is not valid JSON",
        "o.parquet": "is not a readable Parquet file",
        "o.csv.gz": "is not a readable .gz file",
        "o.xlsx": "is not a readable workbook",
        "none.csv": "no such file",
    }
    assert said[name] in refused(path).problem
    if name == "o.csv.gz":
        path.write_bytes(gzip.compress(b"id,g,selected\n" + b"1,secret,1\n" * 99)[:-12])
        assert said[name] in refused(path).problem


def test_jsonl_and_parquet_without_records(tmp_path: Path):
    assert "is empty" in refused(csv(tmp_path, "", "o.jsonl")).problem
    assert "holds no record" in refused(csv(tmp_path, "\n", "o.jsonl")).problem
    pyarrow.parquet.write_table(pyarrow.table({"g": [], "selected": []}), tmp_path / "o.parquet")
    assert "holds no record" in refused(tmp_path / "o.parquet").problem
    (tmp_path / "e.parquet").write_bytes(b"")
    assert "is empty" in refused(tmp_path / "e.parquet").problem


def test_lists_in_parquet(tmp_path: Path):
    table = pyarrow.table({"g": [["secret"]], "selected": [1]})
    pyarrow.parquet.write_table(table, tmp_path / "o.parquet")
    error = refused(tmp_path / "o.parquet")
    assert (error.field, "convert it" in error.problem) == ("g", True)


def test_columns_that_are_missing_are_named_with_those_there(tmp_path: Path, write: Writer):
    path = write(tmp_path / "o", [GOOD])
    error = refused(path, by=["sex", "g", "race*age"])
    assert "'sex', 'race', 'age'" in error.problem
    assert "the columns are 'id', 'g', 'selected', 'score'" in error.problem
    assert "no such column as 'sex'" in refused(path, by=["sex"]).problem
    error = refused(path, mapping={"hired": "selected"})
    assert "there is no such column as 'hired'" in error.problem
    assert error.field == "hired"


def test_neither_outcome_nor_score(tmp_path: Path, write: Writer):
    path = write(tmp_path / "o", [{"id": "p1", "g": "secret", "taken": "1"}])
    assert "neither a column `selected` nor `score`" in refused(path).problem
    assert read_outcomes(path, by=["g"], reading=Reading({"taken": "selected"})).rows == 1


@pytest.mark.parametrize("by", [[], ["g*"], ["g*g"], ["id"], ["selected"], ["g", "score*g"]])
def test_attributes_that_are_none(tmp_path: Path, by: list[str]):
    refused(csv(tmp_path, "id,g,selected\n1,a,1\n"), by=by)


def test_values_that_hold_the_joining_sign(tmp_path: Path):
    path = csv(tmp_path, "id,g,h,selected\n1,a*b,c,1\n")
    assert read_outcomes(path, by=["g", "h"]).groups["g"].values == ("a*b",)
    with pytest.raises(RecordError, match="joins the values of an intersection"):
        read_outcomes(path, by=["g*h"])


def test_intersections_without_end_and_attributes_not_read():
    many = [str(number) for number in range(20)]
    read = outcomes_from_arrays(dict.fromkeys("ghij", many), score=range(20))
    assert len(read.crossed("g*h").values) == 400
    with pytest.raises(RecordError, match="160000 cells"):
        read.crossed("g*h*i*j")
    with pytest.raises(RecordError, match="was not read; those read are 'g', 'h', 'i', 'j'"):
        read.crossed("g*k")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"groups": {"g": ["a", "b"]}, "score": [1]}, "not of one length"),
        ({"groups": {"g": []}, "score": []}, "there is no row"),
        ({"groups": {}, "score": [1]}, "no group column"),
        ({"groups": {"g": ["a"]}, "score": [1], "by": ["h"]}, "no such group"),
        ({"groups": {"g": ["a"]}}, "neither"),
        ({"groups": {"g": ["a", "b"]}, "selected": [1, "x"]}, "'x' on row 2 is no outcome"),
        ({"groups": {"g": ["a", "b"]}, "score": [1, "x"]}, "'x' on row 2 is no number"),
        ({"groups": {"g": ["a", "b"]}, "score": [1, 2], "ids": [7, 7]}, "also the id of row 1"),
    ],
)
def test_arrays_are_checked_as_files_are(given: dict[str, object], said: str):
    with pytest.raises(RecordError, match=said):
        outcomes_from_arrays(**given)
