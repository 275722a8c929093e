"""The page of an audit: its numbers are those of the JSON, and nothing from outside is markup."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser

import pytest

from evenhand.audit.audit import Audit, make_audit
from evenhand.records.job import Job
from evenhand.report import numbers
from evenhand.report.columns import Row, as_csv, audit_json, tables_of
from evenhand.report.page import render

from ..evidence.made_up import (
    FEW,
    ads_of,
    audit_of,
    list_audit,
    numbers_in,
    outcomes_of,
    people_of,
    pool_of,
    ranked_of,
)
from ..evidence.reading import tables_in

NUMBER = re.compile(r"[<−+]? ?(?:\d[\d,]*)?\.?\d+%?")


@pytest.fixture(scope="module")
def assessed() -> Audit:
    cells = {("f",): (64, 17), ("m",): (81, 40), ("x",): (23, 9), ("d",): (2, 1), ("",): (11, 3)}
    rows = people_of({**cells, ("e",): (7, 3)})
    for number, row in enumerate(rows):
        row |= {"score": (number * 37) % 101 / 7, "period": "xyz"[number % 3]}
    return audit_of(rows)


def _tables(audit: Audit) -> dict[str, list[Row]]:
    return tables_of(audit, audit_json(audit))


def forms(number: float) -> set[str]:
    """The ways in which the page may write a number of the JSON."""
    said = {numbers.ratio(number), numbers.p_value(number), numbers.figure(number)}
    said |= {numbers.decimal(number, places) for places in (0, 1, 2, 3)}
    said |= {numbers.signed(number, 2), numbers.percent(number), numbers.percent(number, 1)}
    return said | ({f"{int(number):,}"} if number == int(number) else set())


def test_every_number_of_the_tables_of_rates_stands_in_the_json(assessed):
    data = audit_json(assessed)
    tables = tables_in(render(assessed.page()))
    of_rates = {
        caption: rows
        for caption, rows in tables.items()
        if "by sex" in caption and not caption.startswith("Definitions")
    }
    assert len(of_rates) == 9
    known = {
        form
        for measure in ("selection", "scoring")
        for n in numbers_in(data[measure])
        for form in forms(n)
    }
    checked = 0
    for caption, rows in of_rates.items():
        for row in rows[1:]:
            for cell in row[1:]:
                for token in NUMBER.findall(cell.replace("under 2%", "")):
                    checked += 1
                    assert token.strip() in known, (caption, row[0], cell)
    assert checked > 120


def test_a_number_that_is_not_in_the_json_would_be_found(assessed):
    """The check above can fail: 0.123 and 12,345 are no forms of any number of this audit."""
    data = audit_json(assessed)
    known = {form for n in numbers_in(data["selection"]) for form in forms(n)}
    assert "12,345" not in known
    assert "77.7%" not in known
    said = "0.87 to 1.13; −1.06 < .001 39.3% 1,570"
    found = [token.strip() for token in NUMBER.findall(said)]
    assert found == ["0.87", "1.13", "−1.06", "< .001", "39.3%", "1,570"]


def test_verdict_sentences_and_notes_are_on_the_page(assessed):
    page = render(assessed.page())
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    for cell in audit_json(assessed)["selection"]["sex"]["cells"].values():
        if not cell["hidden"] and cell["verdict"]:
            assert cell["verdict"] in text
    assert "11 people of unknown group are outside the ratios" in text


@pytest.mark.parametrize(
    "word", ["compliant", "certified", "passes", "passed", "violat", "illegal"]
)
def test_the_page_gives_no_clearance(assessed, word):
    assert word not in render(assessed.page()).lower()


NASTY = "<script>alert('x')</script>"
QUOTES = '"onmouseover="alert(1)\' & <b>Ünï</b>'


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> _Tags:
    found = _Tags()
    found.feed(page)
    return found


def nasty_lists() -> Audit:
    ads = ads_of({NASTY: 3, QUOTES: 3})
    jobs = [
        Job(f"{NASTY}{at}", f"{ad.text} {QUOTES} ambitious {at}", NASTY, ad.fields)
        for at, ad in enumerate(ads)
    ]
    cells = {(group, sex): 25 for group in (NASTY, QUOTES) for sex in (NASTY, QUOTES, "m")}
    return list_audit(ranked_of(jobs, pool_of(cells)))


def nasty_outcomes() -> Audit:
    cells = {
        (NASTY,): (40, 11),
        (QUOTES,): (44, 20),
        ("=cmd|'/c calc'!A1",): (30, 9),
        ("",): (9, 2),
    }
    rows = people_of(cells)
    for number, row in enumerate(rows):
        row |= {"score": number, "job": [NASTY, QUOTES][number % 2]}
    return audit_of(rows)


@pytest.mark.parametrize("make", [nasty_lists, nasty_outcomes])
def test_nothing_from_outside_is_markup(make):
    found = make()
    page = read(render(found.page()))
    assert not {"script", "b", "iframe", "img", "object", "link"} & page.tags
    assert not [name for name in page.attributes if name.startswith("on")]
    text = "".join(page.text)
    assert NASTY in text
    assert QUOTES in text


def test_the_title_and_file_names_are_escaped():
    rows = people_of({("f",): (40, 11), ("m",): (44, 20)})
    found = make_audit(FEW, outcomes=outcomes_of(rows), title=NASTY, notes=(QUOTES,))
    page = read(render(found.page()))
    assert not {"script", "b"} & page.tags
    assert NASTY in "".join(page.text)


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_field_of_a_table_is_a_formula(start):
    group = f"{start}HYPERLINK(1)"
    rows = people_of({(group,): (40, 11), ("m",): (44, 20)})
    tables = _tables(audit_of(rows))
    cells = [row["cell"] for row in csv.DictReader(io.StringIO(as_csv(tables["selection_sex"])))]
    assert f"'{group}" in cells
    pool = pool_of({("sales", group): 25, ("sales", "m"): 30})
    jobs = [
        Job(f"{start}{at}", ad.text, "", ad.fields) for at, ad in enumerate(ads_of({"sales": 4}))
    ]
    for rows_of in _tables(list_audit(ranked_of(jobs, pool))).values():
        for row in csv.reader(io.StringIO(as_csv(rows_of))):
            for field in row:
                is_number = re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", field)
                assert is_number or not field.startswith(("=", "+", "-", "@")), field


def test_tables_have_names_that_any_disk_takes():
    names = ("../up", "sex/gender", "sex_gender", "a*b".replace("*", ":"))
    rows = people_of({("f", "g", "h", "i"): (40, 11), ("m", "n", "o", "p"): (44, 20)}, names)
    tables = [name for name in _tables(audit_of(rows, by=names)) if name != "definitions"]
    assert len(tables) == len(names)
    assert all(re.fullmatch(r"[\w .()+-]+", name) for name in tables)
    assert tables[1:3] == ["selection_sex_gender", "selection_sex_gender_2"]


def test_the_page_is_about_what_was_asked():
    """No section, tile or sentence on lists where there are none, and the other way round."""
    outcomes = render(audit_of(people_of({("f",): (40, 11), ("m",): (44, 20)})).page())
    assert "Parity of the lists" not in outcomes
    assert "Wording of the ads" not in outcomes
    jobs = ads_of({"sales": 3})
    ranked = ranked_of(jobs, pool_of({("sales", "f"): 30, ("sales", "m"): 30}))
    lists = render(list_audit(ranked).page())
    assert "Parity of the lists" in lists
    assert "people assessed" not in lists
    alone = render(make_audit(FEW, jobs=jobs).page())
    assert "What do the ads say? 3 ads, read by rules." in alone
    assert "Parity of the lists" not in alone
