from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from evenhand.audit import evaluate
from evenhand.errors import StorageError
from evenhand.language.span import Edit, apply_edits
from evenhand.records.job import Job
from evenhand.report import STATEMENTS, render_report, write_report
from evenhand.rewrite.result import Refusal, Rewrite

from .conftest import Example
from .example import ToneEngine, example_evaluation, example_jobs, example_pool, unchanged

SVG = "{http://www.w3.org/2000/svg}"
ATTACK = '<script>alert("x")</script><img src=x onerror=alert(1)>'
REMOTE = re.compile(r"""(?:src|href|action|data|poster|xlink:href)\s*=|url\(|@import""")


def tree(page: str) -> ET.Element:
    """The page as XML: it is written so that both kinds of parser read it alike."""
    return ET.fromstring(page.removeprefix("<!DOCTYPE html>"))


def words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def section(page: str, key: str) -> ET.Element:
    found = [s for s in tree(page).iter("section") if s.get("aria-labelledby") == key]
    assert len(found) == 1
    return found[0]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in {"meta", "br", "img", "link", "input"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_for_both_parsers(page: str):
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    root = tree(page)
    assert root.get("lang") == "en"
    assert [each.tag for each in root] == ["head", "body"]


def test_nothing_comes_from_elsewhere(page: str):
    assert "<script" not in page
    assert "<link" not in page
    links = [a.get("href", "") for a in tree(page).iter("a")]
    assert links
    assert all(link.startswith("#") for link in links)
    assert [m for m in REMOTE.findall(page) if not m.startswith("href")] == []
    assert re.findall(r"https?://[^\s\"']+", page).count("http://www.w3.org/2000/svg") == len(
        re.findall(r"https?://", page)
    )


def test_headings_come_in_order_and_links_lead_somewhere(page: str):
    root = tree(page)
    levels = [int(each.tag[1]) for each in root.iter() if re.fullmatch(r"h[1-6]", each.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    assert {a.get("href", "")[1:] for a in root.iter("a")} <= set(ids)
    for each in root.iter():
        for target in (each.get("aria-labelledby") or "").split():
            assert target in ids


def test_every_picture_has_a_name_a_description_and_a_table_of_its_numbers(page: str):
    root = tree(page)
    pictures = list(root.iter(f"{SVG}svg"))
    assert len(pictures) == 4, "two, each for a wide screen and for a telephone"
    for picture in pictures:
        assert picture.get("role") == "img"
        assert words(picture.find(f"{SVG}title"))  # type: ignore[arg-type]
        assert words(picture.find(f"{SVG}desc"))  # type: ignore[arg-type]
    for figure in root.iter("figure"):
        link = figure.find("figcaption/a")
        assert link is not None
        table = next(section(page, link.get("href", "")[1:]).iter("table"))
        shown = {t.text for t in figure.iter(f"{SVG}text") if t.get("class") == "row-label"}
        assert shown == {th.text for th in table.iter("th") if th.get("scope") == "row"}


def test_it_leads_with_two_pictures_and_one_ad_before_and_after(page: str):
    first = next(tree(page).iter("section"))
    assert [each.tag for each in first] == ["h2", "figure", "figure", "h3", "article"]
    assert {each.tag for each in first.iter()} >= {"del", "ins"}
    assert page.index('id="glance"') < page.index('class="tiles"')


def test_tables_have_captions_scopes_and_full_rows(page: str):
    tables = list(tree(page).iter("table"))
    assert len(tables) >= 10
    for table in tables:
        assert words(table.find("caption"))  # type: ignore[arg-type]
        head, body = table.find("thead"), table.find("tbody")
        assert head is not None
        assert body is not None
        columns = [each.get("scope") for each in head.iter("th")]
        assert set(columns) == {"col"}
        for row in body:
            assert row[0].get("scope") == "row"
            assert len(row) == len(columns)


def test_the_notice_stands_before_every_figure(page: str):
    main = tree(page).find("body/main")
    assert main is not None
    assert main[0].get("class") == "notice"
    assert words(main[0]) == "All of this is made up."


def test_without_a_notice_there_is_none(example: Example):
    found = render_report(example[0], jobs=example_jobs(), rewrites=example[1])
    assert 'class="notice"' not in found


def test_it_ends_with_what_it_cannot_say(page: str):
    last = list(tree(page).iter("section"))[-1]
    assert last.get("aria-labelledby") == "cannot-say"
    for statement in STATEMENTS:
        assert statement.text in words(last)


def test_marked_changes_give_both_texts_back(page: str, example: Example):
    shown = list(section(page, "changes").iter("article"))
    by_heading = {f"{job.title} ({job.id})": job.id for job in example_jobs()}
    rewrites = {each.id: each for each in example[1]["tuned"]}
    assert len(shown) == 20
    for article in shown:
        rewrite = rewrites[by_heading[words(article[0])]]
        text = next(each for each in article if each.get("class") == "text")
        before, after = read_back(text)
        assert before.split() == rewrite.original.split()
        assert after.split() == rewrite.rewritten.split()


def read_back(text: ET.Element) -> tuple[str, str]:
    """The text before and after, from the marks."""
    before = after = text.text or ""
    for mark in text:
        said = mark.text or ""
        before += said if mark.tag == "del" else ""
        after += said if mark.tag == "ins" else ""
        before, after = before + (mark.tail or ""), after + (mark.tail or "")
    return before, after


def test_reasons_stand_beneath_every_change(page: str):
    article = next(section(page, "changes").iter("article"))
    reasons = next(each for each in article.iter("ol"))
    assert len(reasons) == 3
    assert words(reasons[2]).startswith(
        "Change 3, by the language model; worth +0.0300 to the score when it was chosen"
    )
    assert "meaning: 0.93, at least 0.80" in words(reasons)


def test_ads_with_the_largest_effect_come_first_and_the_rest_is_said(example: Example):
    found = render_report(example[0], jobs=example_jobs(), rewrites=example[1], show=2)
    changes = section(found, "changes")
    assert len(list(changes.iter("article"))) == 2
    assert "changed 40 of 40 ads. Shown are 2" in words(changes)
    assert len(list(next(changes.iter("article")).iter("sup"))) == 3


def hostile() -> tuple[list[Job], dict[str, list[Rewrite]]]:
    jobs = [
        Job(f"id{ATTACK}{n}", f"{ATTACK} Run it.", ATTACK, {"occupation_group": "nursing"})
        for n in range(4)
    ]
    rewrites: list[Rewrite] = []
    for job in jobs:
        start = job.text.index("Run")
        proof = {"source": ATTACK, "gates": {ATTACK: ATTACK}, "gain": 0.1}
        edit = Edit(start, start + 3, "Run", f"Lead{ATTACK}", proof)
        refused = Refusal(start, start + 3, "Run", ATTACK, ATTACK, ATTACK)
        text = apply_edits(job.text, [edit])
        rewrites.append(Rewrite(job.id, job.text, text, (edit,), (refused,), 2, 1))
    return jobs, {f"s{ATTACK}": rewrites}


def test_ads_names_and_reasons_are_escaped():
    jobs, rewrites = hostile()
    pool = example_pool()
    evaluation = evaluate(jobs, pool, ToneEngine(pool), rewrites, by=["gender"], resamples=20)
    found = render_report(
        evaluation, jobs=jobs, rewrites=rewrites, notice=ATTACK, provenance={ATTACK: ATTACK}
    )
    tags = Tags()
    tags.feed(found)
    assert not {"script", "img"} & set(tags.seen)
    assert found.count("&lt;script&gt;alert") > 10
    assert ATTACK in "".join(tree(found).itertext())


def test_no_count_of_few_people_is_shown(page: str):
    groups = section(page, "groups")
    rows = [[words(cell) for cell in row] for row in groups.iter("tr")]
    few = [row for row in rows if row[:2] == ["surveying", "female"]]
    assert few == [["surveying", "female", *["hidden"] * 5]]
    # Three women in surveying: the one other hidden cell keeps subtraction from finding them.
    hidden = [row[:2] for row in rows if "hidden" in row]
    assert len(hidden) == 2
    everything = words(tree(page))
    assert "3 qualified people" not in everything


def test_no_person_is_named(page: str):
    assert not [person.id for person in example_pool() if re.search(rf"\b{person.id}\b", page)]


NEVER_SAID = ["biased", "compliant", "bias-free", "neutral ai"]


@pytest.mark.parametrize("word", NEVER_SAID)
def test_words_that_no_report_uses(page: str, word: str):
    assert word not in page.lower()


def test_the_same_input_gives_the_same_page(page: str):
    evaluation, rewrites = example_evaluation()
    again = render_report(
        evaluation, jobs=example_jobs(), rewrites=rewrites, notice="All of this is made up."
    )
    assert again == page


def test_where_nothing_changed_there_is_nothing_to_show():
    jobs, pool = example_jobs(each=2), example_pool()
    rewrites = {"tuned": [unchanged(job) for job in jobs]}
    evaluation = evaluate(jobs, pool, ToneEngine(pool), rewrites, by=["gender"], resamples=20)
    found = render_report(evaluation, jobs=jobs, rewrites=rewrites)
    keys = [each.get("aria-labelledby") for each in tree(found).iter("section")]
    assert "changes" not in keys
    assert "refused" not in keys
    assert "no edit to check for facts" in words(section(found, "findings"))


def test_the_original_alone_can_be_reported():
    jobs, pool = example_jobs(each=2), example_pool()
    evaluation = evaluate(jobs, pool, ToneEngine(pool), {}, by=["gender"], resamples=20)
    found = render_report(evaluation, jobs=jobs, rewrites={})
    keys = [each.get("aria-labelledby") for each in tree(found).iter("section")]
    assert {"findings", "parity", "cannot-say"} <= set(keys)
    assert not {"changes", "facts", "cost"} & set(keys)


def test_long_unchanged_stretches_are_shortened_and_said():
    before, after = "We crush it.", "We do it."
    text = f"Start. {'padding ' * 200}{before}{' filler' * 200} End."
    start = text.index(before)
    edit = Edit(start, start + len(before), before, after)
    jobs = [Job("long", text, fields={"occupation_group": "nursing"})]
    rewrites = {"s": [Rewrite("long", text, apply_edits(text, [edit]), (edit,), (), 1, 1)]}
    pool = example_pool()
    evaluation = evaluate(jobs, pool, ToneEngine(pool), rewrites, by=["gender"], resamples=20)
    changes = section(render_report(evaluation, jobs=jobs, rewrites=rewrites), "changes")
    skipped = [words(each) for each in changes.iter("span") if each.get("class") == "skipped"]
    assert len(skipped) == 2
    assert all("unchanged characters" in each for each in skipped)
    assert len(words(changes)) < 1500


def test_a_report_is_written_whole_or_not_at_all(example: Example, tmp_path: Path, page: str):
    evaluation, rewrites = example
    target = tmp_path / "deep" / "report.html"
    write_report(
        target, evaluation, jobs=example_jobs(), rewrites=rewrites, notice="All of this is made up."
    )
    assert target.read_text(encoding="utf-8") == page
    assert [each.name for each in target.parent.iterdir()] == ["report.html"]
    with pytest.raises(StorageError):
        write_report(target / "x.html", evaluation, jobs=[], rewrites=rewrites)
