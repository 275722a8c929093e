"""``evenhand audit`` and ``evenhand compare`` as they are typed."""

from __future__ import annotations

import csv
import json
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

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


def contents(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def people_csv(tmp_path: Path) -> Path:
    cells = {("f", "w"): (64, 17), ("m", "w"): (81, 40), ("f", "b"): (33, 5), ("m", "b"): (28, 9)}
    rows = people_of({**cells, ("", "b"): (11, 3)}, ("sex", "race"))
    return write_csv(tmp_path / "people.csv", rows)


@pytest.fixture
def lists(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Ads, people and lists."""
    jobs = ads_of({"sales": 3, "care": 2})
    cells = {(group, sex): 24 for group in ("sales", "care") for sex in "fm"}
    ranked = ranked_of(jobs, pool_of(cells))
    ads = write_jsonl(
        tmp_path / "ads.jsonl", [{"id": one.id, "text": one.text, **one.fields} for one in jobs]
    )
    people = write_jsonl(
        tmp_path / "pool.jsonl",
        [{"id": one.id, "text": one.text, **one.fields} for one in ranked.pool],
    )
    write_rankings(tmp_path / "lists.parquet", ranked.rankings)
    return ads, people, tmp_path / "lists.parquet"


OF_THE_RULE = {
    "Hispanic or Latino": (28, 18, 0.642, 1.00),
    "White": (40, 15, 0.375, 0.58),
    "Black": (32, 16, 0.500, 0.78),
    "Native Hawaiian / Pacific Islander": (8, 5, 0.625, 0.97),
    "Asian": (24, 10, 0.417, 0.65),
    "": (36, 20, None, None),
}
"""Applicants, those above the median, rate and ratio; the rate of the first is cut off, not rounded
(18 of 28 is .6429). The others are of unknown race, since there are 168 applicants by sex."""


def scores_of_the_rule() -> list[dict[str, object]]:
    above, below = [], []
    for race, (people, high, _, _) in OF_THE_RULE.items():
        above += [{"race": race}] * high
        below += [{"race": race}] * (people - high)
    rows: list[dict[str, object]] = []
    for side, men, start in ((above, 50, 600), (below, 42, 100)):
        for number, row in enumerate(side):
            sex = "male" if number < men else "female"
            rows.append({"id": f"a{len(rows)}", "sex": sex, **row, "score": start + number})
    return rows


def test_the_worked_example_of_the_rule_comes_out(evenhand, tmp_path):
    path = write_csv(tmp_path / "scores.csv", scores_of_the_rule())
    done = evenhand("audit", "--outcomes", path, "--by", "sex,race", "--out", tmp_path / "a")
    assert (done.code, done.err) == (0, "")
    tables = read_json(tmp_path / "a" / "audit.json")["scoring"]
    by_sex = tables["sex"]["cells"]
    assert [by_sex[sex]["n"] for sex in ("male", "female")] == [92, 76]
    assert [round(by_sex[sex]["rate"], 3) for sex in ("male", "female")] == [0.543, 0.447]
    assert [round(by_sex[sex]["ratio"], 2) for sex in ("male", "female")] == [1.0, 0.82]
    assert by_sex["female"]["verdict"] == "not below four-fifths, compatible with chance"
    for race, (people, high, rate, ratio) in OF_THE_RULE.items():
        if rate is not None and ratio is not None:
            cell = tables["race"]["cells"][race]
            assert (cell["n"], cell["above_median"]) == (people, high)
            assert cell["rate"] == pytest.approx(rate, abs=0.001)
            assert round(cell["ratio"], 2) == ratio
            assert cell["below_four_fifths"] is (ratio < 0.8)
    assert tables["race"]["unknown"]["n"] == 36
    assert tables["race"]["benchmark"] == "Hispanic or Latino"
    page = tables_in((tmp_path / "a" / "audit.html").read_text(encoding="utf-8"))
    row = next(
        row for row in page["Scoring above the median by race: 168 people"] if row[0] == "White"
    )
    assert row[:5] == ["White", "40", "15", "37.5%", "0.58"]


def test_what_is_printed_are_the_findings(evenhand, people_csv, tmp_path):
    done = evenhand(
        "audit", "--outcomes", people_csv, "--by", "sex,race,sex*race", "--out", tmp_path / "a"
    )
    assert done.code == 0
    paragraphs = done.out.strip().split("\n\n")
    found = read_json(tmp_path / "a" / "audit.json")
    assert paragraphs[:3] == found["verdicts"]
    assert paragraphs[-1] == f"written to {tmp_path / 'a'}"
    assert [said.split(":")[0] for said in paragraphs[:3]] == [
        "Selection by sex",
        "Selection by race",
        "Selection by sex × race",
    ]


def test_json_is_the_audit(evenhand, people_csv, tmp_path):
    done = evenhand(
        "audit", "--outcomes", people_csv, "--by", "sex", "--out", tmp_path / "a", "--json"
    )
    assert done.code == 0
    assert json.loads(done.out) == read_json(tmp_path / "a" / "audit.json")


def test_columns_are_mapped_and_unknown_values_named(evenhand, tmp_path):
    rows = people_of({("f",): (64, 17), ("m",): (81, 40), ("Not Stated",): (9, 3)})
    path = write_csv(
        tmp_path / "p.csv",
        [{"ref": row["id"], "Gender": row["sex"], "hired": row["selected"]} for row in rows],
    )
    asked = ("--map-outcomes", "Gender=sex", "--map-outcomes", "hired=selected", "--map", "ref=id")
    done = evenhand(
        "audit",
        "--outcomes",
        path,
        "--by",
        "sex",
        *asked,
        "--unknown",
        "not stated",
        "--out",
        tmp_path / "a",
    )
    assert done.code == 0, done.err
    table = read_json(tmp_path / "a" / "audit.json")["selection"]["sex"]
    assert set(table["cells"]) == {"f", "m"}
    assert table["unknown"]["n"] == 9


def run_really(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A printed command, run in another process with only the folder filled in."""
    words = shlex.split(command.replace("NEW_FOLDER", shlex.quote(str(folder))))
    assert words[0] == "evenhand"
    program = Path(sys.executable).with_name("evenhand")
    return subprocess.run([str(program), *words[1:]], capture_output=True, text=True, check=False)


def test_the_printed_command_gives_every_byte_again(evenhand, people_csv, tmp_path):
    odd = people_csv.rename(tmp_path / "the 'people' of $HOME.csv")
    done = evenhand(
        "audit", "--outcomes", odd, "--by", "sex,race", "--least", 3,
        "--title", 'Q3 "hires"; really',
        f"--out={tmp_path / 'first'}", "--seed", 7,
    )  # fmt: skip
    assert done.code == 0, done.err
    provenance = read_json(tmp_path / "first" / "provenance.json")
    again = run_really(provenance["command"], tmp_path / "second one")
    assert again.returncode == 0, again.stderr
    assert contents(tmp_path / "second one") == contents(tmp_path / "first")
    assert "Q3 &#34;hires&#34;; really" in (tmp_path / "first" / "audit.html").read_text()


def test_the_printed_command_of_lists_gives_every_byte_again(evenhand, lists, people_csv, tmp_path):
    ads, people, _ = lists
    done = evenhand(
        "audit", ads, "--pool", people, "--matcher", "lexical", "--top", 10, "--by", "sex",
        "--where-people", "occupation_group=sales", "--where", "occupation_group=sales",
        "--outcomes", people_csv, "--out", tmp_path / "first",
    )  # fmt: skip
    assert done.code == 0, done.err
    provenance = read_json(tmp_path / "first" / "provenance.json")
    again = run_really(provenance["command"], tmp_path / "second")
    assert again.returncode == 0, again.stderr
    assert contents(tmp_path / "second") == contents(tmp_path / "first")
    found = read_json(tmp_path / "first" / "audit.json")
    assert {"selection", "shown", "parity", "text"} <= set(found)
    assert found["parity"]["ads"] == 3


def test_lists_of_a_file_are_audited(evenhand, lists, tmp_path):
    ads, people, ranked = lists
    done = evenhand(
        "audit",
        ads,
        "--pool",
        people,
        "--rankings",
        ranked,
        "--top",
        5,
        "--by",
        "sex",
        "--out",
        tmp_path / "a",
    )
    assert done.code == 0, done.err
    found = read_json(tmp_path / "a" / "audit.json")
    assert found["parity"]["engine"]["name"] == "lists.parquet"
    assert "Lists by sex: no detectable gap between f and m" in done.out


def test_ads_alone_are_read(evenhand, lists, tmp_path):
    done = evenhand("audit", lists[0], "--out", tmp_path / "a")
    assert done.code == 0, done.err
    assert set(read_json(tmp_path / "a" / "audit.json")["text"]["ads"]) == {
        "sales-0", "sales-1", "sales-2", "care-0", "care-1",
    }  # fmt: skip


def test_an_audit_compared_with_itself_has_changed_nothing(evenhand, people_csv, tmp_path):
    assert (
        evenhand("audit", "--outcomes", people_csv, "--by", "sex", "--out", tmp_path / "a").code
        == 0
    )
    done = evenhand("compare", tmp_path / "a", tmp_path / "a", "--out", tmp_path / "c")
    assert (done.code, done.err) == (0, "")
    assert "1 ratio compared, 0 of them with a change" in done.out
    found = read_json(tmp_path / "c" / "comparison.json")
    assert found["rates"][0]["change"]["change"] == 1
    assert "comparison.html" in contents(tmp_path / "c")
    as_json = evenhand("compare", tmp_path / "a", tmp_path / "a", "--json")
    assert json.loads(as_json.out) == found


@pytest.mark.parametrize("verb", ["audit", "compare"])
def test_help_says_what_it_does(evenhand, verb):
    done = evenhand(verb, "--help")
    assert done.code == 0
    assert "Example: evenhand" in done.out


# Names that act on whoever reads them, and what the auditor says.

TRICKS = {
    "\x1b[31mWomen\x1b]0;x\x07": "\\x1b[31mWomen\\x1b]0;x\\x07",
    "Men\u202etxt\u2066": "Men\\u202etxt\\u2066",
    "＝HYPERLINK(1)": "\\uff1dHYPERLINK(1)",
    "[red]X[/red] :smile:": "[red]X[/red] :smile:",
    "=1+1": "=1+1",
}
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def texts_of(folder: Path) -> dict[str, str]:
    """Everything that an audit wrote, the parts of the workbook by themselves."""
    found = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.suffix in (".csv", ".html", ".json")
    }
    with zipfile.ZipFile(folder / "tables.xlsx") as book:
        for part in book.namelist():
            found[part] = book.read(part).decode()
    return found


def test_names_that_act_are_shown_as_escapes_wherever_they_are_read(evenhand, tmp_path):
    rows = people_of({(name,): (40, 9 + 5 * at) for at, name in enumerate(TRICKS)})
    for number, row in enumerate(rows):
        row["score"] = number * 37 % 101
    people = write_csv(tmp_path / "people.csv", rows)
    done = evenhand("audit", "--outcomes", people, "--by", "sex", "--auditor", "A\u202eB",
                    "--out", tmp_path / "a")  # fmt: skip
    assert done.code == 0, done.err
    texts = texts_of(tmp_path / "a")
    for where, text in {"terminal": done.out, "stderr": done.err, **texts}.items():
        assert not ACTING.findall(text), where
        # JSON holds the data: a name that only looks like a formula stays what it is there.
        assert where.endswith(".json") or "＝" not in text, where
    for shown in TRICKS.values():
        assert shown in done.out
        assert shown in "".join(json.loads(texts["audit.json"])["verdicts"])
        assert shown in texts["audit.html"]
        assert shown in texts["posting.html"]
        assert shown in texts["xl/sharedStrings.xml"]
        for table in ("tables/selection_sex.csv", "posting.csv"):
            fields = [field for row in csv.reader(texts[table].splitlines()) for field in row]
            assert (f"'{shown}" if shown.startswith("=") else shown) in fields
    assert "A\\u202eB" in texts["audit.html"]


def test_an_error_shows_names_as_escapes_too(evenhand, tmp_path, people_csv):
    done = evenhand(
        "audit", "--outcomes", people_csv, "--by", "s\x1b[31mx", "--out", tmp_path / "a"
    )
    assert done.code == 2
    assert "\x1b" not in done.err
    assert "s\\x1b[31mx" in done.err


TOLD = {
    "auditor": "Meyer & Roth <LLP>",
    "employer": "Northwind",
    "tool": "RankFit 4.2",
    "data_period": "2025",
    "audit_date": "2026-02-01",
    "distribution_date": "2024-06-01",
    "data_source": "export of all requisitions",
}


def test_what_the_auditor_says_is_on_page_and_posting_in_json_and_provenance(
    evenhand, tmp_path, people_csv
):
    flags = [word for name, text in TOLD.items() for word in (f"--{name.replace('_', '-')}", text)]
    done = evenhand("audit", "--outcomes", people_csv, "--by", "sex", *flags, "--out",
                    tmp_path / "a")  # fmt: skip
    assert done.code == 0, done.err
    texts = texts_of(tmp_path / "a")
    assert json.loads(texts["audit.json"])["particulars"] == TOLD
    rests_on = json.loads(texts["provenance.json"])["rests_on"]
    posted = next(csv.DictReader(texts["posting.csv"].splitlines()))
    for name, text in TOLD.items():
        assert text in rests_on.values()
        assert posted[name] == text
        for page in ("audit.html", "posting.html"):
            assert (
                text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                in (texts[page])
            )
    done = evenhand("audit", "--outcomes", people_csv, "--by", "sex", "--out", tmp_path / "b")
    texts = texts_of(tmp_path / "b")
    assert "particulars" not in json.loads(texts["audit.json"])
    assert "not given (--distribution-date)" in texts["posting.html"]


def test_rows_of_people_assessed_are_kept_by_a_value(evenhand, tmp_path):
    cells = {("f", "x"): (44, 11), ("m", "x"): (51, 30), ("f", "y"): (40, 29), ("m", "y"): (43, 5)}
    rows = people_of(cells, ("sex", "site"))
    write_csv(tmp_path / "all.csv", rows)
    write_csv(tmp_path / "x.csv", [row for row in rows if row["site"] == "x"])
    for name, more in (("all", ("--where", "Site= X")), ("x", ())):
        given = ("--outcomes", tmp_path / f"{name}.csv", "--by", "sex", *more)
        assert evenhand("audit", *given, "--out", tmp_path / name).code == 0
    kept, alone = (read_json(tmp_path / name / "audit.json") for name in ("all", "x"))
    assert kept["selection"] == alone["selection"]
    assert "Only rows where site is X are counted." in kept["notes"]
    done = evenhand("audit", *given[:4], "--where", "site=z", "--out", tmp_path / "z")
    assert (done.code, "no row has site=z; there are 'x'" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("chosen", "asked", "code"),
    [
        ((30, 50), (), 0),
        ((30, 50), ("below-four-fifths",), 3),
        ((30, 50), ("gap",), 3),
        ((30, 50), ("gap", "below-four-fifths"), 3),
        ((48, 50), ("gap", "below-four-fifths"), 0),
        ((4, 6), ("gap",), 0),
        ((4, 6), ("below-four-fifths",), 3),
    ],
)
def test_an_audit_fails_on_what_it_is_told_to(evenhand, tmp_path, chosen, asked, code):
    rows = people_of({("f",): (100, chosen[0]), ("m",): (100, chosen[1])})
    path = write_csv(tmp_path / "p.csv", rows)
    flags = [word for kind in asked for word in ("--fail-on", kind)]
    done = evenhand("audit", "--outcomes", path, "--by", "sex", *flags, "--out", tmp_path / "a")
    assert done.code == code
    assert (tmp_path / "a" / "audit.html").exists()
    said = f"--fail-on {', '.join(asked)}: Selection by sex: f {chosen[0] / chosen[1]:.2f}\n"
    assert done.err == (said if code else "")


def test_a_gap_between_large_groups_is_found_beside_a_small_benchmark(evenhand, tmp_path):
    """The benchmark has 20 people, so hardly anything is unlikely against it."""
    rows = people_of({("f",): (480, 115), ("m",): (480, 192), ("x",): (20, 9)})
    path = write_csv(tmp_path / "p.csv", rows)
    given = ("--outcomes", path, "--by", "sex", "--fail-on", "gap")
    done = evenhand("audit", *given, "--out", tmp_path / "a")
    assert done.code == 3
    said = "Unlikely by chance against everybody else: f (0.60, p < .001)"
    assert said in done.out
    page = (tmp_path / "a" / "audit.html").read_text(encoding="utf-8")
    assert "0.60 times everybody else" in page
    table = read_json(tmp_path / "a" / "audit.json")["selection"]["sex"]
    assert table["benchmark"] == "x"
    assert table["cells"]["f"]["unlikely_to_rest"] is True


def test_one_person_on_many_rows_is_no_group(evenhand, tmp_path):
    rows = people_of({("f",): (50, 20), ("m",): (50, 25)})
    for row in rows:
        row["job"] = "j0"
    rows += [{"id": "one", "sex": "x", "selected": 0, "job": f"j{n}"} for n in range(8)]
    path = write_csv(tmp_path / "p.csv", rows)
    given = ("--outcomes", path, "--by", "sex", "--out", tmp_path / "a")
    assert evenhand("audit", *given).code == 0
    cells = read_json(tmp_path / "a" / "audit.json")["selection"]["sex"]["cells"]
    assert cells["x"]["hidden"] is True
    assert "x,8" not in (tmp_path / "a" / "posting.csv").read_text()
