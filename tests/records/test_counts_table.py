"""Tables of counts, as audits are published: the same figures as the people they count."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from evenhand.errors import RecordError
from evenhand.records.outcomes import Outcomes, Reading, read_outcomes


def read(folder: Path, text: str, by: Sequence[str], **mapping: str) -> Outcomes:
    path = folder / "counts.csv"
    path.write_text(text, encoding="utf-8")
    theirs = {name: ours for ours, name in mapping.items()}
    return read_outcomes(path, by=by, reading=Reading(theirs))


def counts(found: Outcomes, attribute: str) -> dict[str, tuple[int, int]]:
    """People and selected by group; of the unknown under ``""``."""
    column = found.crossed(attribute)
    assert found.selected is not None
    people = np.bincount(column.codes, found.weight, len(column.values) + 1)
    chosen = np.bincount(column.codes, found.weight * found.selected, len(column.values) + 1)
    rows = zip((*column.values, ""), people.tolist(), chosen.tolist(), strict=True)
    return {name: (int(n), int(k)) for name, n, k in rows if n}


SEX = {"Female": (184, 28), "Male": (216, 82)}


@pytest.mark.parametrize(
    "text",
    [
        "sex,applicants,selected\nMale,216,82\nFemale,184,28\n",
        "Sex;# of Applicants;# Selected;Selection Rate;Impact Ratio\n"
        "Male;216;82;38 %;1,00\nFemale;184;28;15 %;0,40\nTotal;400;110;;\n",
        "Gender,Number of applicants,Hires\nMale,216,82\nFemale,184,28\n",
        "Category,Total,Selected\nMale,216,82\nFemale,184,28\nTotal,400,110\n",
        "sex,selected,not selected\nMale,82,134\nFemale,28,156\n",
        "sex,applicants,rejected\nMale,216,134\nFemale,184,156\n",
        "Bias audit 2026,,\n,,\nSex categories,Applicants,Selected\nMale,216,82\nFemale,184,28\n",
        "characteristic,category,applicants,selected\nSex,Male,216,82\nSex,Female,184,28\n"
        "Race,White,300,90\nRace,Black,100,20\n",
        "Category,Applicants,Selected\nSex,,\nMale,216,82\nFemale,184,28\n"
        "Race/Ethnicity,,\nWhite,300,90\nBlack,100,20\n",
        "Sex,Applicants,Selected\nMale,216,82\nFemale,184,28\n,,\n"
        "Race,Applicants,Selected\nWhite,300,90\nBlack,100,20\n",
        "sex,race,applicants,selected\nMale,,216,82\nFemale,All,184,28\n,White,300,90\n"
        "All,Black,100,20\nAll,All,400,110\n",
        'sex,applicants,selected\nMale,"1,216",82\nFemale,184,28\n'.replace("1,216", "216"),
    ],
)
def test_a_table_of_counts_is_recognised(tmp_path: Path, text: str):
    found = read(tmp_path, text, ["sex"])
    assert counts(found, "sex") == SEX
    assert any("is a table of counts" in note for note in found.notes)
    assert ("not used: 'Selection Rate', 'Impact Ratio'" in str(found.notes)) == ("Ratio" in text)
    assert not any("id column" in note for note in found.notes)


def test_thousands_and_people_without_an_answer(tmp_path: Path):
    text = 'sex,applicants,selected\nMale,"1,216",82\nFemale,184,28\nUnknown,50,30\n'
    found = read(tmp_path, text, ["gender"])
    assert counts(found, "gender") == {"Female": (184, 28), "Male": (1216, 82), "": (50, 30)}
    assert "50 people gave no answer in gender ('Unknown') and are in no group." in found.notes


CROSSED = """sex,race,applicants,selected
Male,White,120,50
Male,Black,80,25
Female,White,100,20
Female,Black,60,5
Male,,216,82
Female,,184,28
,White,222,71
,Black,150,33
"""


def test_crossed_and_single_tables_are_all_kept(tmp_path: Path):
    """Who has one answer and not the other is in one table alone, and in no other twice."""
    found = read(tmp_path, CROSSED, ["sex", "race", "sex*race"])
    known = {name: pair for name, pair in counts(found, "sex").items() if name}
    assert known == SEX
    known = {name: pair for name, pair in counts(found, "race").items() if name}
    assert known == {"White": (222, 71), "Black": (150, 33)}
    assert counts(found, "sex*race")["Male*Black"] == (80, 25)


def test_tables_that_disagree_are_said(tmp_path: Path):
    text = CROSSED.replace("Male,,216,82", "Male,,116,82")
    found = read(tmp_path, text, ["sex", "sex*race"])
    assert any("don't agree" in note for note in found.notes)
    assert counts(found, "sex")["Male"] == (200, 75)


def test_tables_of_their_own_are_compared_one_by_one(tmp_path: Path):
    text = "".join(
        line + "\n" for line in CROSSED.splitlines() if "," * 2 in line or line[0] == ","
    )
    text = "sex,race,applicants,selected\n" + text
    found = read(tmp_path, text, ["sex", "race"])
    assert {name: pair for name, pair in counts(found, "sex").items() if name} == SEX
    race = {name: pair for name, pair in counts(found, "race").items() if name}
    assert race == {"White": (222, 71), "Black": (150, 33)}
    assert found.people == 400
    with pytest.raises(RecordError, match="no table crosses sex and race"):
        read(tmp_path, text, ["sex*race"])


def test_columns_are_named_where_they_are_not_recognised(tmp_path: Path):
    text = "sex,tried,got it\nMale,216,82\nFemale,184,28\n"
    with pytest.raises(RecordError):
        read(tmp_path, text, ["sex"])
    found = read(tmp_path, text, ["sex"], applicants="tried", selected="got it")
    assert counts(found, "sex") == SEX


def test_people_are_no_counts(tmp_path: Path):
    found = read(tmp_path, "sex,count,selected\nMale,3,1\nFemale,5,0\n", ["sex"])
    assert counts(found, "sex") == {"Male": (3, 3), "Female": (5, 0)}
    assert "weight is read from the column 'count'." in found.notes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sex,applicants,selected\nMale,216,282\n", "282 selected of 216 people can't be"),
        ("sex,applicants,selected\nMale,216,<5\n", "'<5' says that whoever published"),
        ("sex,total,selected\nMale,216,fewer than 5\n", "withheld the number; ask for it"),
        ("sex,applicants,selected\nMale,2,1\nMale,3,1\n", "has counts in line 2 already"),
        ("sex,applicants,selection rate\nMale,216,38%\n", "how many were selected"),
        ("race,applicants,selected\nWhite,2,1\n,3,1\n", "no table has this attribute"),
    ],
)
def test_counts_that_cannot_be(tmp_path: Path, text: str, said: str):
    by = ["sex", "age"] if text.startswith("race") else ["sex"]
    with pytest.raises(RecordError, match=said):
        read(tmp_path, text, by)


def test_a_total_that_does_not_add_up_is_said(tmp_path: Path):
    rows = "sex,applicants,selected\nMale,216,82\nFemale,184,28\nTotal,{},110\n"
    right = read(tmp_path, rows.format(400), ["sex"])
    wrong = read(tmp_path, rows.format(410), ["sex"])
    assert not [note for note in right.notes if "not the sum" in note]
    (said,) = [note for note in wrong.notes if "not the sum" in note]
    assert "The total in line 4 is not the sum of the rows above" in said
    assert counts(wrong, "sex") == SEX


def test_totals_of_parts_and_of_all_add_up(tmp_path: Path):
    text = (
        "sex,race,applicants,selected\nMale,White,10,4\nMale,Black,20,5\nMale,Total,30,9\n"
        "Female,White,7,3\nFemale,Black,8,1\nFemale,Total,15,4\nTotal,,45,13\n"
    )
    found = read(tmp_path, text, ["sex", "race"])
    assert not [note for note in found.notes if "not the sum" in note]
    assert counts(found, "sex") == {"Male": (30, 9), "Female": (15, 4)}


def test_merged_cells_keep_the_name_of_the_group(tmp_path: Path):
    text = (
        "sex,race,applicants,selected\nMale,White,10,4\n,Black,20,5\n,Total,30,9\n"
        "Female,White,7,3\n,Black,8,1\n"
    )
    found = read(tmp_path, text, ["sex", "sex*race"])
    assert counts(found, "sex*race")["Male*Black"] == (20, 5)
    assert counts(found, "sex")["Female"] == (15, 4)
    assert any("as where cells are merged" in note for note in found.notes)
    of_attributes = (
        "attribute,category,applicants,selected\nSex,Male,216,82\n,Female,184,28\n"
        "Race,White,300,100\n,Black,100,10\n"
    )
    assert counts(read(tmp_path, of_attributes, ["sex", "race"]), "sex") == SEX


def test_blanks_where_names_are_repeated_are_totals(tmp_path: Path):
    text = (
        "sex,race,applicants,selected\nMale,White,10,4\nMale,Black,20,5\nFemale,White,7,3\n"
        "Female,Black,8,1\n,White,17,7\n,Black,28,6\n"
    )
    found = read(tmp_path, text, ["sex", "race"])
    assert counts(found, "sex") == {"Male": (30, 9), "Female": (15, 4)}
    assert not any("merged" in note for note in found.notes)


@pytest.mark.parametrize(
    ("by", "values"), [("gender", ("White", "Black")), ("race", ("Female", "Male"))]
)
def test_groups_of_another_attribute_are_refused(tmp_path: Path, by: str, values: tuple[str, str]):
    text = f"Category,applicants,selected\n{values[0]},216,82\n{values[1]},184,28\n"
    with pytest.raises(RecordError, match=rf"evidently of (race|sex), not of {by}; ask for --by"):
        read(tmp_path, text, [by])


def test_a_column_without_an_attribute_is_named_plainly(tmp_path: Path):
    text = "Category,applicants,selected\nFemale,184,28\nMale,216,82\n"
    found = read(tmp_path, text, ["gender"])
    said = "'Category' names no attribute; its groups ('Female', 'Male') were taken for gender"
    assert any(said in note for note in found.notes)


@pytest.mark.parametrize("outcome", [("Yes", "No"), ("1", "0")])
def test_people_who_applied_several_times_are_people(tmp_path: Path, outcome: tuple[str, str]):
    rows = [f"p{at},{'FM'[at % 2]},{at % 4 + 1},{outcome[at % 3 > 0]}\n" for at in range(30)]
    found = read(tmp_path, "ID,sex,Number of Applications,Hired\n" + "".join(rows), ["sex"])
    assert counts(found, "sex") == {"F": (15, 5), "M": (15, 5)}
    without = "".join(row.partition(",")[2] for row in rows)
    found = read(tmp_path, "sex,Number of Applications,Hired\n" + without, ["sex"])
    assert found.people == 30
