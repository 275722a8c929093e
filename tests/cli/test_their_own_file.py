"""A person with a table of their own: what is read, said, asked and refused on the screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evenhand.records.files import read_json

from .conftest import Command, Done

ADS = [{"id": f"ad{n}", "text": f"We need nurse {n}.", "occupation_group": "nurse"} for n in (1, 2)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def audit(evenhand: Command, text: str, *more: object, name: str = "o.csv") -> Done:
    Path(name).write_text(text, encoding="utf-8")
    return evenhand("audit", "--outcomes", name, *more, "--out", "out")


def cells(measure: str = "selection", by: str = "sex") -> dict[str, tuple[int, int]]:
    table = read_json(Path("out") / "audit.json")[measure][by]["cells"]
    return {name: (cell["n"], cell["selected"]) for name, cell in table.items()}


def people(*groups: tuple[str, int, int]) -> str:
    rows = [
        f"{group},{int(number < chosen)}\n"
        for group, assessed, chosen in groups
        for number in range(assessed)
    ]
    return "sex,selected\n" + "".join(rows)


def test_the_version(evenhand: Command):
    done = evenhand("--version")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("evenhand ")


@pytest.mark.parametrize("value", ["nan", "N/A", "None", "-", "I choose not to disclose", "?"])
def test_no_answer_is_no_group_and_is_counted(evenhand: Command, folder: Path, value: str):
    text = people(("Male", 184, 69), ("Female", 166, 26), (value, 50, 30))
    done = audit(evenhand, text, "--by", "sex")
    assert (done.code, done.err) == (0, "")
    assert cells() == {"Male": (184, 69), "Female": (166, 26)}
    said = f"50 people gave no answer in sex ({value!r}) and are in no group."
    assert said in done.out
    assert "50 people gave no answer in sex" in (folder / "out" / "audit.html").read_text()
    kept = audit(evenhand, text, "--by", "sex", "--no-unknown", "--force")
    assert kept.code == 0
    assert cells()[value] == (50, 30)


def test_where_people_are_hidden_nobody_hidden_is_counted(evenhand: Command, folder: Path):
    text = people(("Male", 184, 69), ("Female", 166, 26), ("N/A", 2, 1))
    done = audit(evenhand, text, "--by", "sex")
    assert done.code == 0
    page = (folder / "out" / "audit.html").read_text()
    assert "gave no answer" not in done.out + page


def test_files_of_people_have_the_same_groups(evenhand: Command, folder: Path):
    rows = ADS
    (folder / "ads.jsonl").write_text("\n".join(map(json.dumps, rows)))
    values = ["Female", "FEMALE ", "male", "Male", "Unknown", "prefer not to say"]
    crowd = [
        {
            "id": f"p{n}",
            "text": "A nurse.",
            "occupation_group": "nurse",
            "sex": values[n % len(values)],
        }
        for n in range(120)
    ]
    (folder / "people.jsonl").write_text("\n".join(map(json.dumps, crowd)))
    files = ("ads.jsonl", "--pool", "people.jsonl", "--matcher", "lexical", "--top", 10)
    done = evenhand("measure", *files, "--by", "gender", "--out", "m.json", "--json")
    assert done.code == 0, done.err
    groups = {
        one["group"]
        for one in json.loads(done.out)["attributes"]["gender"]["cuts"]["10"]["scopes"]["overall"][
            "contrasts"
        ]
    }
    assert groups <= {"Female", "Male"}
    assert done.err.splitlines() == [
        "gender is read from the column 'sex'.",
        "In gender the spellings 'FEMALE ', 'Female' were read as 'Female'.",
        "In gender the spellings 'Male', 'male' were read as 'Male'.",
        "40 people gave no answer in gender ('Unknown', 'prefer not to say') and are in no group.",
    ]
    ages = [{**one, "age": 20 + n / 2} for n, one in enumerate(crowd)]
    (folder / "people.jsonl").write_text("\n".join(map(json.dumps, ages)))
    many = evenhand("measure", *files, "--by", "age", "--out", "n.json")
    assert many.code == 2
    assert "age has 120 different values" in many.err
    assert "bands" in many.err
    assert len(many.err.splitlines()) == 1


def test_people_assessed_in_the_place_of_ads(evenhand: Command, folder: Path):
    (folder / "o.csv").write_text("Id,Sex,IsSelected\n1,F,1\n2,M,0\n")
    done = evenhand("audit", "o.csv", "--by", "Sex", "--out", "out")
    assert done.code == 2
    assert "type: evenhand audit --outcomes o.csv --by Sex --out" in done.err
    assert len(done.err.splitlines()) == 1
    (folder / "f").mkdir()
    done = evenhand("audit", "--outcomes", "f", "--by", "sex", "--out", "out")
    assert (done.code, done.err) == (2, "f: is a folder; name a file in it\n")
    done = audit(evenhand, "Id,Sex,IsSelected\n1,F,1\n2,M,0\n", "--by", "Sxe")
    assert "did you mean 'Sex'?" in done.err
    assert "the columns are 'Id', 'Sex', 'IsSelected'" in done.err


FUNNEL = "id,sex,phone,onsite,offer\n" + "".join(
    f"{n},{sex},{'pass' if n < one else 'fail'},{int(n < two) if n < one else ''},"
    f"{('yes' if n < three else 'no') if n < two else ''}\n".replace(f"{n},", f"{sex}{n},", 1)
    for sex, one, two, three in (("f", 60, 30, 15), ("m", 80, 60, 45))
    for n in range(100)
)


def test_several_steps_on_one_page(evenhand: Command, folder: Path):
    done = audit(evenhand, FUNNEL, "--by", "sex", "--stage", "phone,onsite,offer")
    assert (done.code, done.err) == (0, "")
    assert cells() == {"f": (100, 15), "m": (100, 45)}
    steps = read_json(folder / "out" / "audit.json")["funnel"]["sex"]
    found = {(row["step"], row["cell"]): (row["assessed"], row["passed"]) for row in steps}
    assert found == {
        ("phone", "f"): (100, 60),
        ("phone", "m"): (100, 80),
        ("onsite", "f"): (60, 30),
        ("onsite", "m"): (80, 60),
        ("offer", "f"): (30, 15),
        ("offer", "m"): (60, 45),
        ("overall", "f"): (100, 15),
        ("overall", "m"): (100, 45),
    }
    ratios = [round(row["ratio"], 4) for row in steps if row["cell"] == "f"]
    assert ratios == [0.75, 0.6667, 0.6667, 0.3333]
    assert "Steps by sex (phone, onsite, offer): the smallest ratio of a step" in done.out
    assert "Step by step" in (folder / "out" / "audit.html").read_text()
    assert (folder / "out" / "tables" / "funnel.csv").read_text().count("\n") == 9


def test_a_step_of_one_or_blank_is_asked_about(evenhand: Command, folder: Path):
    text = FUNNEL.replace(",no\n", ",\n")
    done = audit(evenhand, text, "--by", "sex", "--stage", "phone,onsite,offer")
    assert done.code == 2
    assert "offer: every outcome that is known is 'yes'" in done.err
    done = audit(evenhand, text, "--by", "sex", "--stage", "phone,onsite,offer", "--blank-is", 0)
    assert (done.code, done.err) == (0, "")
    assert cells() == {"f": (100, 15), "m": (100, 45)}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--stage", "phone"), "name two different columns or more"),
        (("--stage", "phone,offer", "--selected", "onsite"), "--stage and --selected"),
        (("--selected", "offer", "--score", "offer"), "--score offer: it was mapped to selected"),
        (("--selected", "offer", "--map", "onsite=selected"), "are both named as selected"),
        (("--selected", "offer", "--blank-is", "no"), "write 0 (not selected) or unknown"),
        (("--selected", "ofer"), "did you mean 'offer'?"),
        (("--selected", "phone", "--sheet", "1"), "is no workbook"),
    ],
)
def test_options_that_contradict_each_other(evenhand: Command, folder: Path, more, said):
    done = audit(evenhand, FUNNEL, "--by", "sex", *more)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not (folder / "out").exists()


def test_an_audit_with_options_of_reading_can_be_compared(evenhand: Command, folder: Path):
    """What the options said is kept with the audit, so that its file is read again alike."""
    text = people(("Male", 100, 50), ("Female", 100, 30), ("left out", 10, 1))
    text = text.replace(",1\n", ",took\n").replace(",0\n", ",left\n").replace("selected", "end")
    named = ("--by", "sex", "--selected", "end", "--selected-is", "took", "--unknown", "left out")
    assert audit(evenhand, text, *named).code == 0
    (folder / "out").rename(folder / "before")
    assert audit(evenhand, text, *named).code == 0
    done = evenhand("compare", "before", "out")
    assert done.code == 0, done.err
    assert "1 ratio compared" in done.out


CASES = {
    "01-missing-unknown-is-a-group/o.csv": {
        "Female": (573_856, 271_434),
        "Male": (478_161, 222_823),
    },
    "25-tables-not-read/counts.csv": {"Male": (216, 82), "Female": (184, 28)},
    **{
        f"02-nan-na-declined-are-groups/{name}.csv": {"Male": (184, 69), "Female": (166, 26)}
        for name in ("nan", "na", "none", "dash", "declined", "pnts")
    },
}


@pytest.mark.real_data
@pytest.mark.parametrize("name", CASES)
def test_tables_that_failed(evenhand: Command, folder: Path, shared_data: Path, name: str):
    path = shared_data.parent / "cases" / name
    if not path.exists():
        pytest.skip("no shared cases here")
    done = evenhand("audit", "--outcomes", path, "--by", "sex", "--out", "out")
    assert (done.code, done.err) == (0, "")
    assert cells() == CASES[name]


@pytest.mark.parametrize(
    ("header", "rows", "more", "code", "said"),
    [
        ("race,applicants,selected,applicants,selected", "W,100,50,90,30", (), 2, "side by side"),
        ("race,applicants,hired,applicants 2,hired 2", "W,9,5,9,3", (), 2, "side by side"),
        ("race,Hired?,Selected?", "W,1,0|B,0,1", (), 2, "could all be meant"),
        ("race,selected,Selected", "W,1,0|B,0,1", (), 0, "not from 'Selected'"),
        ("race,hired", "W,1%|B,0%", (), 2, "is no outcome"),
        ("race,selected,weight", "W,1,60|B,0,99|W,0,9|B,1,9", (), 0, "A row counts for as many"),
        (
            "race,outcome",
            "W,Hired|B,Left",
            ("--selected-is", "Hired"),
            0,
            "not selected: 'Left",
        ),
        ("race,applicants,selected", "W,90,50|B,80,9", ("--score", "x"), 2, "--score: not read"),
        ("race,applicants,selected", "W,90,50|B,80,9", ("--blank-is", "0"), 2, "--blank-is: not"),
        ("race,selected", "Not specified (USA),1|W,1|B,0", (), 0, "gave no answer"),
    ],
)
def test_what_two_people_could_read_differently_is_asked_or_said(
    evenhand, tmp_path, header, rows, more, code, said
):
    path = tmp_path / "p.csv"
    path.write_text("\n".join((header, *rows.split("|"))) + "\n")
    given = ("--outcomes", path, "--by", "race", "--least", 1, *more)
    done = evenhand("audit", *given, "--out", tmp_path / "a")
    assert (done.code, said in done.out + done.err) == (code, True), done.out + done.err


@pytest.mark.parametrize("by", ["sex,sex", "sex*race,race*sex", "sex, race ,sex"])
def test_one_table_is_asked_for_once(evenhand: Command, folder: Path, by: str):
    done = audit(evenhand, people(("M", 9, 3), ("F", 9, 3)), "--by", by)
    assert done.code == 2
    assert "are the same table; name one of them" in done.err


def test_no_answer_that_nobody_gave_is_refused(evenhand: Command, folder: Path):
    done = audit(evenhand, people(("M", 9, 3), ("F", 9, 3)), "--by", "sex", "--unknown", "Other")
    assert done.code == 2
    assert "--unknown Other: no row has this value in sex; there are 'F', 'M'" in done.err


def test_what_is_said_where_all_are_hidden(evenhand: Command, folder: Path):
    text = "sex,score\n" + "".join(f"{group},{at}\n" for at in range(3) for group in "FMX")
    done = audit(evenhand, text, "--by", "sex")
    assert done.code == 0
    page = (folder / "out" / "audit.html").read_text()
    assert "nobody has a score" not in page + done.out
    assert "every group with scores has fewer than 5 people" in page


def test_an_empty_row_of_the_unknown_is_no_hidden_group(evenhand: Command, folder: Path):
    text = people(("F", 40, 20), ("M", 40, 20)) + "".join("d,1\n" for _ in range(2))
    done = audit(evenhand, text, "--by", "sex")
    assert "for your own eyes): 1 group." in done.out
    alone = audit(evenhand, people(("F", 40, 20), ("M", 40, 20), ("", 2, 1)), "--by", "sex",
                  "--force")  # fmt: skip
    assert "Hidden, because" not in alone.out
