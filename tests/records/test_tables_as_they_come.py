"""Tables as people have them: every kind of file, header and way to write a value reads alike."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from evenhand.errors import RecordError
from evenhand.records.columns import Unknown, is_no_answer
from evenhand.records.outcomes import Coded, Outcome, Outcomes, Reading, read_outcomes
from evenhand.records.people import read_people

HEADER = ("Applicant ID", "Sex", "Race/Ethnicity", "Hired?", "Test Score")
ROWS = [
    ("a1", "Female", "White", "Y", "68.5"),
    ("a2", "male", "Black", "N", "70"),
    ("a3", "FEMALE ", "Two or more", "n", "71.25"),
    ("a4", "Male", "Prefer not to say", "Yes", ""),
    ("a5", "n/a", "White", "No", "9.5"),
]


def joined(mark: str, end: str = "\n", rows: Sequence[Sequence[str]] = ROWS) -> str:
    return "".join(mark.join(row) + end for row in (HEADER, *rows))


def decoded(column: Coded) -> list[str | None]:
    return [(*column.values, None)[code] for code in column.codes]


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, by: Sequence[str] = ("sex", "race"), **said: object) -> Outcomes:
    return read_outcomes(path, by=by, reading=Reading(**said))


def sheet(rows: Sequence[Sequence[object]], *more: Sequence[Sequence[object]]) -> bytes:
    """A workbook as Excel would write it, made of the few parts that one needs."""
    names = "".join(
        f'<sheet name="Sheet {n}" sheetId="{n}" r:id="r{n}"/>' for n in range(1, len(more) + 2)
    )
    links = "".join(
        f'<Relationship Id="r{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        f'relationships/worksheet" Target="worksheets/s{n}.xml"/>'
        for n in range(1, len(more) + 2)
    )
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as book:
        book.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
        book.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
            'relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        book.writestr(
            "xl/workbook.xml",
            '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            f"<sheets>{names}</sheets></workbook>",
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f"{links}</Relationships>",
        )
        for number, one in enumerate((rows, *more), start=1):
            lines = "".join(
                f"<row r='{at}'>{''.join(_cell(value) for value in row)}</row>"
                for at, row in enumerate(one, start=1)
            )
            book.writestr(
                f"xl/worksheets/s{number}.xml",
                '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                f"<sheetData>{lines}</sheetData></worksheet>",
            )
    return held.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    text = str(value).replace("&", "&amp;").replace("<", "&lt;")
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def records() -> list[dict[str, str]]:
    return [dict(zip(HEADER, row, strict=True)) for row in ROWS]


def parquet(folder: Path) -> Path:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(records()), folder / "o.parquet")
    return folder / "o.parquet"


FILES: Mapping[str, Callable[[Path], Path]] = {
    "comma": lambda folder: write(folder, "o.csv", joined(",")),
    "semicolon": lambda folder: write(folder, "o.csv", joined(";")),
    "tab": lambda folder: write(folder, "o.csv", joined("\t")),
    "bar": lambda folder: write(folder, "o.txt", joined("|")),
    "tsv": lambda folder: write(folder, "o.tsv", joined("\t")),
    "CR": lambda folder: write(folder, "o.csv", joined(",", "\r")),
    "CRLF": lambda folder: write(folder, "o.csv", joined(";", "\r\n")),
    "BOM": lambda folder: write(folder, "o.csv", joined(",").encode("utf-8-sig")),
    "UTF-16": lambda folder: write(folder, "o.csv", joined("\t").encode("utf-16")),
    "UTF-16-LE": lambda folder: write(folder, "o.csv", joined(",").encode("utf-16-le")),
    "UTF-16-BE": lambda folder: write(folder, "o.txt", joined("\t", "\r\n").encode("utf-16-be")),
    "sep=": lambda folder: write(folder, "o.csv", "sep=;\r\n" + joined(";", "\r\n")),
    "gzip": lambda folder: write(folder, "o.csv.gz", gzip.compress(joined(",").encode())),
    "quoted": lambda folder: write(
        folder, "o.csv", joined(",").replace("Two or more", '"Two or\nmore"')
    ),
    "title above": lambda folder: write(
        folder, "o.csv", "Applicants of 2026\n\nExported,by me\n" + joined(",")
    ),
    "padded title": lambda folder: write(folder, "o.csv", "Applicants;;;;\n;;;;\n" + joined(";")),
    "trailing commas": lambda folder: write(folder, "o.csv", joined(",", ",,\n")),
    "decimal commas": lambda folder: write(folder, "o.csv", joined(";").replace(".", ",")),
    "percent": lambda folder: write(
        folder,
        "o.csv",
        joined(",", rows=[(*row[:4], row[4] and row[4] + "%") for row in ROWS]),
    ),
    "xlsx": lambda folder: write(folder, "o.xlsx", sheet([HEADER, *ROWS])),
    "xlsx with a title": lambda folder: write(
        folder, "o.xlsx", sheet([["Applicants", "", "", "", ""], [""] * 5, HEADER, *ROWS])
    ),
    "json": lambda folder: write(folder, "o.json", json.dumps(records())),
    "json in an object": lambda folder: write(
        folder, "o.json", json.dumps({"made": "today", "rows": records()})
    ),
    "json by column": lambda folder: write(
        folder,
        "o.json",
        json.dumps({name: [row[name] for row in records()] for name in HEADER}),
    ),
    "jsonl": lambda folder: write(folder, "o.jsonl", "\n".join(map(json.dumps, records()))),
    "jsonl.gz": lambda folder: write(
        folder, "o.jsonl.gz", gzip.compress("\n".join(map(json.dumps, records())).encode())
    ),
    "json in UTF-16": lambda folder: write(
        folder, "o.json", json.dumps(records()).encode("utf-16")
    ),
    "parquet": parquet,
    "parquet.gz": lambda folder: write(
        folder, "o.parquet.gz", gzip.compress(parquet(folder).read_bytes())
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_every_way_to_write_a_table_reads_alike(tmp_path: Path, kind: str):
    found = read(FILES[kind](tmp_path))
    assert decoded(found.groups["sex"]) == ["Female", "Male", "Female", "Male", None]
    assert decoded(found.groups["race"]) == ["White", "Black", "Two or more", None, "White"]
    assert found.selected is not None
    assert found.selected.tolist() == [True, False, False, True, False]
    assert found.score is not None
    np.testing.assert_array_equal(found.score, [68.5, 70, 71.25, np.nan, 9.5])
    assert found.ids is not None
    assert found.ids.tolist() == ["a1", "a2", "a3", "a4", "a5"]
    said = " ".join(found.notes)
    assert "selected is read from the column 'Hired?'." in said
    assert "score is read from the column 'Test Score'." in said
    assert "1 person gave no answer in sex ('n/a') and is in no group." in said
    assert ("The header stands in" in said) == ("title" in kind)


def test_latin_1_is_read_and_said_and_a_mixture_is_refused(tmp_path: Path):
    text = "id;Geschlecht;eingestellt\n1;Männlich;ja\n2;Weiblich;nein\n3;k. A.;nein\n"
    found = read(write(tmp_path, "o.csv", text.encode("cp1252")), by=("gender",))
    assert decoded(found.groups["gender"]) == ["Männlich", "Weiblich", None]
    assert found.notes[0] == "The file is not UTF-8; it was read as Windows-1252 (Latin-1)."
    assert "gender is read from the column 'Geschlecht'." in found.notes
    mixed = (text + "4;").encode() + "Männlich;ja\n".encode("cp1252")
    with pytest.raises(RecordError, match="is not UTF-8, and other lines are") as refused:
        read(write(tmp_path, "o.csv", mixed), by=("gender",))
    assert refused.value.line == 5


def test_a_sheet_of_several_is_asked_for_by_name(tmp_path: Path):
    path = write(tmp_path, "o.xlsx", sheet([["notes"], ["of mine"]], [HEADER, *ROWS]))
    with pytest.raises(RecordError, match=r"several sheets \('Sheet 1', 'Sheet 2'\); name one"):
        read(path)
    assert read(path, sheet="sheet2").rows == 5
    with pytest.raises(RecordError, match="there is no such sheet; there are 'Sheet 1', 'Sheet 2'"):
        read(path, sheet="People")


def test_numbers_of_a_sheet_are_as_they_look(tmp_path: Path):
    rows = [["id", "sex", "selected", "score"], [1, "f", 1, 0.5], [2, "m", 0, 2]]
    found = read(write(tmp_path, "o.xlsx", sheet(rows)), by=("sex",))
    assert found.ids is not None
    assert found.ids.tolist() == ["1", "2"]
    assert found.selected is not None
    assert found.selected.tolist() == [True, False]


@pytest.mark.parametrize(
    "value",
    "unknown|Missing/Unknown|NaN|n/a|NA|None|null|-|--|?|.|—|Prefer not to say|prefer not to answer"
    "|I choose not to disclose|Decline to self-identify|Declined|Not Specified|undisclosed|WITHHELD"
    "|I do not wish to answer|I don't wish to disclose|No answer|Not stated|Not disclosed|Refused"
    "|keine Angabe|k. A.|möchte ich nicht angeben|Non renseigné|ne souhaite pas répondre"
    "|No contesta|prefiero no decirlo|#N/A|<NA>|(blank)|Unk|U| |Not Self-Identified".split("|"),
)
def test_no_answer_is_no_group(value: str):
    assert is_no_answer(value)


@pytest.mark.parametrize(
    "value",
    "Two or more|Other|Non-binary|None of the above|Native American|X|Nonbinary|Not Hispanic|+|0|No"
    "|Not a veteran|Unitarian|Nanai|I have a disability|Divers|Autre|Otro|Decorated|Missouri"
    "|Nullipara|Not Hispanic or Latino|NHPI|Una".split("|"),
)
def test_what_is_an_answer_is_a_group(value: str):
    assert not is_no_answer(value)


def test_more_values_are_no_answer_or_all_are_groups(tmp_path: Path):
    path = write(tmp_path, "o.csv", "g,selected\na,1\nX,0\nN/A,1\n,0\n")
    assert decoded(read(path, ("g",)).groups["g"]) == ["a", "X", None, None]
    more = read(path, ("g",), unknown=Unknown(("x",)))
    assert decoded(more.groups["g"]) == ["a", None, None, None]
    assert "3 people gave no answer in g (blank, 'N/A', 'X') and are in no group." in more.notes
    every = read(path, ("g",), unknown=Unknown(listed=False))
    assert decoded(every.groups["g"]) == ["a", "X", "N/A", "(blank)"]


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("Hired", "Rejected"),
        ("Selected", "Not selected"),
        ("Pass", "Fail"),
        ("ja", "nein"),
        ("oui", "non"),
        ("T", "F"),
        ("Advanced", "not advanced"),
        ("1.0", "0"),
        ("TRUE", "false"),
    ],
)
def test_words_for_an_outcome(tmp_path: Path, yes: str, no: str):
    found = read(write(tmp_path, "o.csv", f"g,result\na,{yes}\nb,{no}\nb,N/A\n"), by=("g",))
    assert found.selected is not None
    assert found.selected.tolist() == [True, False, False]
    assert found.outcome_missing.tolist() == [False, False, True]


def test_words_of_their_own_are_named(tmp_path: Path):
    path = write(tmp_path, "o.csv", "g,status\na,Offer out\nb,Phone screen\nb,\na,Talent pool\n")
    with pytest.raises(RecordError, match=r"'Offer out' on line 2 is no outcome \(as are") as no:
        read(path, ("g",))
    assert "--selected-is" in str(no.value)
    found = read(path, ("g",), outcome=Outcome(("offer out", "Talent pool")))
    assert found.selected is not None
    assert found.selected.tolist() == [True, False, False, True]
    assert found.outcome_missing.tolist() == [False, False, True, False]
    with pytest.raises(RecordError, match="--selected-is Hired: no row has this value"):
        read(path, ("g",), outcome=Outcome(("Hired",)))


def test_one_or_blank_is_a_question(tmp_path: Path):
    path = write(tmp_path, "o.csv", "g,selected\na,1\nb,\nb,\na,\n")
    with pytest.raises(RecordError, match="the other 3 rows are blank: were these not selected"):
        read(path, ("g",))
    no = read(path, ("g",), outcome=Outcome(blank="0"))
    assert (no.selected is not None, no.outcome_missing.any()) == (True, False)
    assert "3 rows are blank in `selected` and counted as not selected." in no.notes
    unknown = read(path, ("g",), outcome=Outcome(blank="unknown"))
    assert unknown.outcome_missing.sum() == 3
    with pytest.raises(RecordError, match="no outcome is blank"):
        read(write(tmp_path, "p.csv", "g,selected\na,1\nb,0\n"), ("g",), outcome=Outcome(blank="0"))


def test_many_values_ask_for_bands(tmp_path: Path):
    rows = "".join(f"{20 + at},{at % 2},{at % 3}\n" for at in range(40))
    path = write(tmp_path, "o.csv", "age,sex,selected\n" + rows.replace(",2\n", ",1\n"))
    with pytest.raises(RecordError, match=r"age has 40 different values.*bands \(20–29") as no:
        read(path, ("age", "sex"))
    assert "\n" not in str(no.value)
    assert "--by" in str(no.value)


def test_a_crossing_of_many_cells_is_no_column_of_many_values(tmp_path: Path):
    rows = "".join(f"a{at % 15},b{at % 14},{at % 2}\n" for at in range(420))
    found = read(write(tmp_path, "o.csv", "g,h,selected\n" + rows), ("g*h",))
    assert len(found.groups["g*h"].values) == 210


def test_two_columns_that_could_be_meant_are_a_question(tmp_path: Path):
    path = write(tmp_path, "o.csv", "legal sex,gender identity,hired,offer\na,b,1,0\n")
    with pytest.raises(RecordError) as refused:
        read(path, ("gender",))
    said = str(refused.value).splitlines()
    assert len(said) == 2
    assert "'legal sex' and 'gender identity' could be meant" in said[0]
    assert "'hired' and 'offer' could all be meant; name one with --selected hired" in said[1]
    assert "--stage hired,offer" in said[1]
    found = read(path, ("legal-sex",), mapping={"Offer": "selected"})
    assert found.selected is not None
    assert found.selected.tolist() == [False]
    assert "Columns not used: 'gender identity', 'hired'." in found.notes


def test_everything_that_is_wrong_is_in_one_message(tmp_path: Path):
    text = "id,sex,selected,score\n1,f,maybe,1\n2,m,1,high\n1,f,0,2\n3,m\n"
    with pytest.raises(RecordError) as refused:
        read(write(tmp_path, "o.csv", text), ("sex", "race", "secx"))
    said = [line.removeprefix(f"{tmp_path}/o.csv") for line in str(refused.value).splitlines()]
    assert [line.split(": ")[0] for line in said] == ["", ":2", ":3", ":4", ":5"]
    assert "no such columns as 'race', 'secx'; did you mean 'sex'?" in said[0]
    assert "'maybe' on line 2 is no outcome" in said[1]
    assert "'high' on line 3 is no number" in said[2]
    assert "'1' on line 4 is also the id of line 2" in said[3]
    assert "has 2 values where the header names 4 columns" in said[4]


def test_people_come_in_the_same_files(tmp_path: Path):
    text = "id;text;Gender\n1;Nurse;F\n2;Driver;f \n3;Cook;Declined\n"
    pool = read_people(write(tmp_path, "p.csv", text.encode("utf-16"))).grouped(["gender"])
    assert pool.column("gender").tolist() == ["F", "F", ""]
    assert pool.notes == (
        "In gender the spellings 'F', 'f ' were read as 'F'.",
        "1 person gave no answer in gender ('Declined') and is in no group.",
    )
    rows = [row.split(";") for row in text.splitlines()]
    book = read_people(write(tmp_path, "p.xlsx", sheet(rows)), unknown=Unknown(("f",)))
    with pytest.raises(RecordError, match="nobody in the pool has a value"):
        book.grouped(["sex"])
