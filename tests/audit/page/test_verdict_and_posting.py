"""The top of the page, the folds beneath it, the posting, and the workbook of all tables."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from evenhand.audit.audit import Audit
from evenhand.measure.rates.assess import VERDICTS
from evenhand.report.columns import audit_json, tables_of, write_workbook
from evenhand.report.numbers import ratio
from evenhand.report.page import render
from evenhand.report.pages.audit import postings_of
from evenhand.report.plots import MARKS, mark_of
from evenhand.report.sentences import smallest_of, tiles_of, verdict_of, weightiest

from ..evidence.made_up import ads_of, audit_of, list_audit, people_of, pool_of, ranked_of
from ..evidence.reading import tables_in

NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
CELLS = {("f",): (300, 60), ("m",): (320, 140), ("d",): (4, 1), ("",): (30, 9)}
ONE = {"permutations": 200}


@pytest.fixture(scope="module")
def gap() -> Audit:
    """A plain gap; few people of a third group, who are left out."""
    rows = people_of(CELLS)
    for number, row in enumerate(rows):
        row |= {"score": number * 37 % 101 / 7, "period": "xy"[number % 2]}
    return audit_of(rows, **ONE)


def test_the_page_says_first_what_was_found_and_how_sure_it_is(gap):
    page = render(gap.page())
    top = page.index('id="in-short"')
    assert top < page.index('class="tiles"') < page.index("<nav") < page.index('id="selection"')
    said = verdict_of(gap)
    assert said is not None
    ((_, lines),) = said.findings
    assert lines[0] == (
        f"{VERDICTS[0].capitalize()}: by sex, 20.0% of f (ratio 0.46) are selected, "
        "against 43.8% of m."
    )
    assert mark_of(lines[0]) == "diamond"
    assert len(lines) <= 4


def test_every_tile_has_its_verdict_in_words_and_a_sign(gap):
    for tile in tiles_of(gap):
        assert any(tile.verdict.startswith(words) for words in MARKS)
        assert mark_of(tile.verdict)
    page = render(gap.page())
    tiles = page[page.index('class="tiles"') : page.index("<nav")]
    assert tiles.count('class="sign sign-') == tiles.count('class="found"') == 1


def test_lists_have_tiles_and_sentences_of_their_own():
    cells = {(group, sex): 40 for group in ("sales", "care") for sex in "fm"}
    found = list_audit(ranked_of(ads_of({"sales": 8, "care": 8}), pool_of(cells), lean="m"))
    said = verdict_of(found)
    assert said is not None
    assert any("lists by sex, f" in line for line in said.findings[0][1])
    assert [tile.label for tile in tiles_of(found)] == ["Lists, sex"]
    assert mark_of(tiles_of(found)[0].verdict)


def test_where_groups_are_hidden_nothing_is_called_the_smallest(gap):
    hiding, showing = gap, audit_of(people_of(CELLS), least=1, **ONE)
    for audit, called in ((hiding, "smallest ratio shown"), (showing, "smallest ratio")):
        table = audit.rates[0].tables["sex"]
        least = smallest_of(table)
        assert least.called.startswith(called)
        assert (least.called == "smallest ratio shown") is bool(table.hidden)
        value, page = ratio(least.value), render(audit.page())
        in_json = audit_json(audit)["selection"]["sex"]["minimum_ratio"]
        assert (in_json["called"], ratio(in_json["value"])) == (least.called, value)
        (tile,) = tiles_of(audit)
        assert tile.value == value
        assert tile.note.startswith(f"{least.called}: f, against m")
        words = f"{least.called[0].upper()}{least.called[1:]}: {value}, f."
        assert words in page
        if table.hidden:
            assert "smallest ratio " not in page.lower().replace("smallest ratio shown", "")


def test_a_smaller_ratio_of_a_tiny_group_is_no_contradiction():
    rows = people_of({("f",): (600, 240), ("m",): (600, 250), ("d",): (12, 1)})
    table = audit_of(rows, **ONE).rates[0].tables["sex"]
    assert smallest_of(table).called == "smallest ratio of a group with at least 2% of the people"
    assert smallest_of(table).cell is table.assessment.cell("f")


def test_the_weightiest_verdict_names_its_groups_the_smallest_ratio_first():
    rows = people_of({("a",): (400, 40), ("b",): (400, 60), ("c",): (400, 160), ("d",): (40, 12)})
    verdict, cells = weightiest(audit_of(rows, **ONE).rates[0].tables["sex"])
    assert verdict == VERDICTS[0]
    assert [cell.name for cell in cells] == ["a", "b"]


class _Folds(HTMLParser):
    """Captions of tables in folds and outside them."""

    def __init__(self) -> None:
        super().__init__()
        self.depth, self.open, self.within = 0, 0, False
        self.tables: dict[bool, list[str]] = {True: [], False: []}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag == "details"
        self.open += tag == "details" and "open" in dict(attrs)
        self.within = tag == "caption"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "details"
        self.within = self.within and tag != "caption"

    def handle_data(self, data: str) -> None:
        if self.within:
            self.tables[self.depth > 0].append(data)


def test_one_table_an_attribute_is_open_and_the_tests_are_folded(gap):
    found = _Folds()
    found.feed(render(gap.page()))
    plain = [caption for caption in found.tables[False] if "by sex" in caption]
    assert [caption.split(" by sex")[0] for caption in plain] == [
        "Selection", "Scoring above the median",
    ]  # fmt: skip
    folded = found.tables[True]
    assert any("tests against" in caption for caption in folded)
    assert any("within periods" in caption for caption in folded)
    assert any(caption.startswith("Definitions") for caption in folded)
    assert found.open == 0


def test_the_benchmark_is_explained_where_it_is_used(gap):
    page = render(gap.page())
    caption = page[page.index("<figcaption>") : page.index("</figcaption>")]
    assert "by that of m, the benchmark: the highest rate of a group with at least 2%" in caption


# The posting.


def test_the_posting_has_counts_rates_ratios_and_unknowns(gap):
    shown = audit_of(people_of(CELLS), least=1, **ONE)
    posting = postings_of(shown)
    rows = tables_in(posting["posting.html"])["Selection rates and impact ratios by sex"]
    assert rows == [
        ["Sex", "Applicants", "Selected", "Selection rate", "Impact ratio"],
        ["d", "4", "1", "25.0%", "0.57"],
        ["f", "300", "60", "20.0%", "0.46"],
        ["m", "320", "140", "43.8%", "1.00"],
        ["unknown", "30", "9", "30.0%", "–"],
    ]
    assert "30 applicants of unknown sex are in no ratio." in posting["posting.html"]
    assert "own eyes" in posting["posting.html"]
    table = [*csv.DictReader(io.StringIO(posting["posting.csv"]))]
    assert [(row["category"], row["applicants"], row["selected"]) for row in table] == [
        ("d", "4", "1"), ("f", "300", "60"), ("m", "320", "140"), ("(unknown)", "30", "9"),
    ]  # fmt: skip
    assert float(table[1]["impact_ratio"]) == pytest.approx(60 / 300 / (140 / 320))


def test_a_posting_that_leaves_people_out_says_so_and_how_to_count_everybody(gap):
    posting = postings_of(gap)
    assert "are left out of every count here" in posting["posting.html"]
    assert "--least 1" in posting["posting.html"]
    assert "d" not in [
        row["category"] for row in csv.DictReader(io.StringIO(posting["posting.csv"]))
    ]
    assert "are left out" not in postings_of(audit_of(people_of(CELLS), least=1))["posting.html"]


def test_scores_are_posted_with_their_median_and_lists_are_not_posted(gap):
    page = postings_of(gap)["posting.html"]
    assert "Scoring rates and impact ratios by sex" in tables_in(page)
    assert "a score above the median of all applicants" in page
    cells = {("sales", sex): 30 for sex in "fm"}
    assert postings_of(list_audit(ranked_of(ads_of({"sales": 3}), pool_of(cells)))) == {}


def test_a_posting_says_that_a_combination_is_asked_for():
    rows = people_of({("f", "a"): (90, 30), ("m", "b"): (90, 40)}, ("sex", "race"))
    alone = postings_of(audit_of(rows, ("sex", "race")))["posting.html"]
    crossed = postings_of(audit_of(rows, ("sex", "race", "sex*race")))["posting.html"]
    assert "add sex*race to --by" in alone
    assert "to --by" not in crossed


@pytest.mark.parametrize("word", ["compliant", "certif", "violat", "unlawful"])
def test_the_posting_gives_no_clearance(gap, word):
    assert word not in postings_of(gap)["posting.html"].lower()


# The workbook.

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets_of(path: Path) -> dict[str, list[list[object]]]:
    """Every sheet of a workbook: numbers as numbers, texts as texts, empty cells left out."""
    with zipfile.ZipFile(path) as book:
        texts = ["".join(item.itertext())
                 for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))]  # fmt: skip
        names = [
            each.get("name", "")
            for each in ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{SHEET}sheet")
        ]
        found: dict[str, list[list[object]]] = {}
        for number, name in enumerate(names, start=1):
            sheet = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            assert not [*sheet.iter(f"{SHEET}f")], "a formula"
            found[name] = [[_value(cell, texts) for cell in row.iter(f"{SHEET}c")]
                           for row in sheet.iter(f"{SHEET}row")]  # fmt: skip
    return found


def _value(cell: ElementTree.Element, texts: list[str]) -> object:
    value = cell.findtext(f"{SHEET}v") or ""
    if cell.get("t") == "s":
        return texts[int(value)]
    return value == "1" if cell.get("t") == "b" else float(value or "nan")


def test_a_workbook_has_a_sheet_a_table_with_numbers_as_numbers(gap, tmp_path):
    tables = tables_of(gap, audit_json(gap))
    sheets = sheets_of(write_workbook(tmp_path / "t.xlsx", tables))
    assert set(sheets) == set(tables)
    head, *rows = sheets["selection_sex"]
    assert head[0] == "cell"
    row = next(row for row in rows if row[0] == "f")
    cell = gap.rates[0].tables["sex"].assessment.cell("f")
    for value in (300.0, 60.0, cell.rate, cell.ratio, *cell.koopman):
        assert any(isinstance(one, float) and one == pytest.approx(value) for one in row)


def test_the_same_tables_make_the_same_workbook(gap, tmp_path):
    tables = tables_of(gap, audit_json(gap))
    first, second = (write_workbook(tmp_path / name, tables) for name in ("a.xlsx", "b.xlsx"))
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as book:
        assert {part.date_time[0] for part in book.infolist()} == {1980}
        assert b"1980-01-01" in book.read("docProps/core.xml")


def test_texts_of_a_workbook_are_never_formulas_and_names_of_sheets_fit(tmp_path):
    long = "selection_" + "x" * 60
    tables = {f"{long}{end}": [{"cell": "=1+1", "at": 1}] for end in ("a", "b")}
    tables |= {"history": [{"cell": "@x", "at": None}], "a/b:[c]": [{"cell": "-1", "at": True}]}
    sheets = sheets_of(write_workbook(tmp_path / "t.xlsx", tables))
    assert len(sheets) == 4
    assert all(len(name) <= 31 for name in sheets)
    cells = [row[0] for rows in sheets.values() for row in rows[1:]]
    assert cells == ["=1+1", "=1+1", "@x", "-1"]


def test_an_audit_of_own_eyes_says_so_on_page_and_posting():
    found = replace(audit_of(people_of(CELLS), least=1, **ONE))
    for page in (render(found.page()), postings_of(found)["posting.html"]):
        assert 'class="notice"' in page
