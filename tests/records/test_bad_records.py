"""Every way a file can be wrong is one sentence with file, line, field and remedy."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import RecordError
from evenhand.records.people import read_jobs, read_people

Writer = Callable[[Path, Sequence[Mapping[str, object]]], Path]

GOOD = b'{"id": "a", "text": "fine"}\n'
TOO_LONG = b"x" * (4 * 1024 * 1024 + 10)


def fails(path: Path, **options: Mapping[str, str]) -> str:
    """The one sentence, without the path; it must be the same for people."""
    with pytest.raises(RecordError) as caught:
        read_people(path, **options)
    sentence = str(caught.value)
    with pytest.raises(RecordError) as again:
        read_jobs(path, **options)
    assert str(again.value) == sentence
    assert sentence.startswith(str(path))
    assert "\n" not in sentence
    assert "; " in sentence, "a remedy follows the problem"
    return sentence.removeprefix(str(path))


JSONL = [
    (b"", ": the file is empty"),
    (b"\n  \n", ": the file holds no record"),
    (GOOD + b'{"id": "b", "text": "caf\xe9"}\n', ":2: the line is not UTF-8"),
    (GOOD + b"\n{oops}\n", ":3: is not valid JSON"),
    (GOOD + b'{"id": "b", "text": "cut off', ":2: is not valid JSON"),
    (b'{"id": "b", "text": NaN}\n', ":1: is not valid JSON (NaN is not JSON)"),
    (b'{"id": "b", "id": "c", "text": "x"}\n', ":1: is not valid JSON (the key 'id' stands twice)"),
    (b"[" * 100_000 + b"\n", ":1: is not valid JSON"),
    (b'["a", "b"]\n', ":1: is a list, not a JSON object"),
    (b"null\n", ":1: is null, not a JSON object"),
    (GOOD + GOOD, ":2: id: 'a' is also the id of line 1"),
    (GOOD + b'{"text": "x"}\n', ":2: id: is missing or blank"),
    (GOOD + b'{"id": " ", "text": "x"}\n', ":2: id: is missing or blank"),
    (GOOD + b'{"id": 1.5, "text": "x"}\n', ":2: id: is a number"),
    (GOOD + b'{"id": true, "text": "x"}\n', ":2: id: is true or false"),
    (GOOD + b'{"id": ["b"], "text": "x"}\n', ":2: id: is a list"),
    (GOOD + b'{"id": "b"}\n', ":2: text: is empty"),
    (GOOD + b'{"id": "b", "text": null}\n', ":2: text: is empty"),
    (GOOD + b'{"id": "b", "text": " \\n"}\n', ":2: text: is empty"),
    (GOOD + b'{"id": "b", "text": 12}\n', ":2: text: is a number; it must be text"),
    (GOOD + b'{"id": "b", "text": ["x"]}\n', ":2: text: is a list; it must be text"),
    (GOOD + b'{"id": "b", "text": {"x": 1}}\n', ":2: text: is an object; it must be text"),
    (GOOD + b'{"id": "b", "text": "half \\ud83d"}\n', ":2: text: is not UTF-8 text"),
    (GOOD + b'{"id": "b", "text": "x", "note": "\\udc00"}\n', ":2: note: is not UTF-8 text"),
    (b'{"id": "b", "text": "' + TOO_LONG + b'"}\n', ":1: the record is longer than 4 MiB"),
    (b'{"id": "b", "body": "x"}\n', ": text: there is no such column; map one to it"),
    (b'{"key": "b", "text": "x"}\n', ": id: there is no such column; map one to it"),
]


@pytest.mark.parametrize(("content", "start"), JSONL, ids=[start for _, start in JSONL])
def test_bad_json_lines(tmp_path: Path, content: bytes, start: str) -> None:
    path = tmp_path / "people.jsonl"
    path.write_bytes(content)
    assert fails(path).startswith(start)


CSV = [
    (b"", ": the file is empty"),
    (b"\n\n", ": the file holds no record"),
    (b"id,text\n", ": the file holds no record"),
    (b"id,text,text\na,x,y\n", ": text: two columns have this name"),
    (b"id,text\na,fin\xc3\xa9\nb,caf\xe9\n", ":3: is not UTF-8, and other lines are; save"),
    (b"id,text\na,x\0\n", ": is not text; give a table as text"),
    (b'id,text\na,"two\nlines"\nb,\n', ":4: text: is empty"),
    (b'id,text\na,"two\r\nlines"\n\n\na,x\n', ":6: id: 'a' is also the id of line 2"),
    (b"id,text\na,x\n,x\n", ":3: id: is missing or blank"),
    (b"id,text\na,x,y\n", ":2: has 3 values where the header names 2 columns"),
    (b"id,text\na\n", ":2: has 1 values where the header names 2 columns"),
    (b'id,text\na,"never closed\nb,x\n', ":2: is not valid CSV"),
    (b'id,text\na,"closed" too early"\n', ":2: is not valid CSV"),
    (b"id,text\na,x\nb," + TOO_LONG + b"\n", ":3: the record is longer than 4 MiB"),
    (b'id,text\na,x\nb,"' + b"line\n" * 900_000 + b'"\n', ":3: is not valid CSV (field larger"),
    (
        b'id,text,more\na,x,y\nb,"' + b"x\n" * 1_500_000 + b'","' + b"x\n" * 1_500_000 + b'"\n',
        ":3: the record is longer than 4 MiB",
    ),
    (b"id,body\na,x\n", ": text: there is no such column; map one to it (theirs=text); the"),
]


@pytest.mark.parametrize(("content", "start"), CSV, ids=[start for _, start in CSV])
def test_bad_csv(tmp_path: Path, content: bytes, start: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    assert fails(path).startswith(start)


PARQUET = [
    ({"id": ["a", "a"], "text": ["x", "y"]}, ":2: id: 'a' is also the id of line 1"),
    ({"id": ["a", "b"], "text": ["x", None]}, ":2: text: is empty"),
    ({"id": ["a", "b"], "text": [1, 2]}, ":1: text: is a number; it must be text"),
    ({"id": ["a"], "text": [["x"]]}, ":1: text: is a list; it must be text"),
    ({"id": [1.5], "text": ["x"]}, ":1: id: is a number"),
    ({"id": ["a"], "text": [b"\xff\xfe"]}, ": text: the column holds bytes and is not UTF-8"),
    ({"id": ["a", "b"], "text": ["x", TOO_LONG.decode()]}, ":2: text: is longer than 4 MiB"),
    ({"id": ["a"], "body": ["x"]}, ": text: there is no such column"),
    ({"id": [], "text": []}, ": the file holds no record"),
]


@pytest.mark.parametrize(("columns", "start"), PARQUET, ids=[start for _, start in PARQUET])
def test_bad_parquet(tmp_path: Path, columns: dict[str, list[object]], start: str) -> None:
    path = tmp_path / "people.parquet"
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    assert fails(path).startswith(start)


def test_parquet_that_is_none_or_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    path.write_bytes(b"PAR1 no more")
    assert fails(path).startswith(": is not a readable Parquet file")
    pyarrow.parquet.write_table(pyarrow.table({"id": ["a"], "text": ["x"]}), path)
    path.write_bytes(path.read_bytes()[:-20])
    assert fails(path).startswith(": is not a readable Parquet file")


def test_files_that_cannot_be(tmp_path: Path) -> None:
    assert fails(tmp_path / "none.jsonl") == ": no such file; check the path"
    (tmp_path / "folder.csv").mkdir()
    assert fails(tmp_path / "folder.csv") == ": is a folder; name a file in it"
    assert fails(tmp_path).startswith(": is a folder")
    (tmp_path / "people.xlsx").write_bytes(b"PK")
    assert fails(tmp_path / "people.xlsx").startswith(": is not a readable workbook")
    (tmp_path / "people.docx").write_bytes(b"PK")
    assert fails(tmp_path / "people.docx").startswith(": the suffix '.docx' is not known; give")
    (tmp_path / "people").write_bytes(GOOD)
    assert fails(tmp_path / "people").startswith(": the suffix '' is not known")


def test_mappings_that_cannot_be(tmp_path: Path, write: Writer) -> None:
    path = write(tmp_path / "people", [{"id": "a", "text": "x", "body": "y"}])
    assert fails(path, mapping={"bdy": "text"}).startswith(
        ": bdy: the mapping names this column, which isn't there; the columns are 'id', 'text'"
    )
    assert fails(path, mapping={"body": "text"}).startswith(
        ": text: the columns text and body would both have this name; map one of them"
    )


def test_filters_that_cannot_be(tmp_path: Path, write: Writer) -> None:
    rows = [{"id": str(n), "text": "x", "split": f"s{n}"} for n in range(12)]
    path = write(tmp_path / "people", rows)
    assert fails(path, where={"spilt": "s1"}).startswith(
        ": spilt: the filter spilt=s1 names no column; the columns are 'id', 'text', 'split'"
    )
    sentence = fails(path, where={"split": "test"})
    assert sentence.startswith(": split: no record has split=test; there are 's0', 's1'")
    assert sentence.endswith("and 4 more")


def test_bad_records_can_be_skipped(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    lines = [GOOD, b"{oops\n", GOOD, b'{"id": "b", "text": 3}\n', b'{"id": "c", "text": "x"}\n']
    path.write_bytes(b"".join(lines))
    skipped: list[RecordError] = []
    assert read_people(path, skip_bad=skipped).ids == ("a", "c")
    assert [(error.line, error.field) for error in skipped] == [(2, ""), (3, "id"), (4, "text")]
    assert all(str(error).startswith(f"{path}:") for error in skipped)


def test_a_csv_goes_on_after_a_bad_record(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b'id,text\na,x,y\nb,"bad" quote\nc,caf\xe9\nd,fine\n')
    skipped: list[RecordError] = []
    assert read_people(path, skip_bad=skipped).ids == ("c", "d")
    assert [error.line for error in skipped] == [2, 3]


def test_skipping_never_hides_a_bad_file(tmp_path: Path) -> None:
    skipped: list[RecordError] = []
    with pytest.raises(RecordError, match="no such file"):
        read_people(tmp_path / "none.csv", skip_bad=skipped)
    path = tmp_path / "people.jsonl"
    path.write_bytes(b'{"id": "a", "text": ""}\n{"id": "b", "text": 1}\n')
    with pytest.raises(RecordError, match="no record is good") as caught:
        read_people(path, skip_bad=skipped)
    assert caught.value.line == 1
    assert len(skipped) == 2


@given(st.binary(max_size=300))
@settings(deadline=None)
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_no_bytes_escape_the_boundary(
    kind: str, tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{kind}"
    path.write_bytes(content)
    with suppress(RecordError):
        assert len(read_people(path, skip_bad=[])) > 0


def test_the_interpreters_csv_limit_is_put_back(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    path = tmp_path / "people.csv"
    path.write_bytes(b"id,text\na,x\nb,\n")
    fails(path)
    assert csv.field_size_limit() == before


def test_deep_and_odd_values_of_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text(json.dumps({"id": "a", "text": "x", "deep": [[[[1]]]]}) + "\n")
    assert read_people(path).people[0].fields["deep"] == "[[[[1]]]]"
    table = pyarrow.table(
        {
            "id": ["a"],
            "text": ["x"],
            "when": pyarrow.array(np.array(["2024-03-01T10:00:00.5"], "datetime64[ns]")),
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "people.parquet")
    (one,) = read_people(tmp_path / "people.parquet")
    assert one.fields["when"].startswith("2024-03-01 10:00:00.5")
