"""Which stretches of an ad may be reworded, on ads of our own."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from evenhand.config.schema import SpansConfig
from evenhand.language.spans import editable_spans, left_alone

CONFIG = SpansConfig()
WIDE = SpansConfig(per_ad=50)
PROSE = "We are a small studio that draws careful maps for hikers and cyclists."


def texts(ad: str, config: SpansConfig = WIDE) -> list[str]:
    return [span.text for span in editable_spans(ad, config)]


def test_prose_and_duties_are_found_with_their_kind() -> None:
    ad = (
        "Map maker\n"
        f"{PROSE} You will join a friendly team of four people who care about detail.\n"
        "Your duties:\n"
        "- Draw new maps from survey data\n"
        "* Check finished maps with the editors.\n"
        "Prepare monthly reports for the publisher.\n"
    )
    found = editable_spans(ad, WIDE)
    assert [ad[s.start : s.end] for s in found] == [s.text for s in found]
    assert [(s.kind, s.text.split()[0]) for s in found] == [
        ("sentence", "We"), ("sentence", "You"), ("duty", "Draw"), ("duty", "Check"),
        ("duty", "Prepare"),
    ]  # fmt: skip


def test_a_duty_list_has_its_title_left_out() -> None:
    ad = "Tax Preparers and Related Clerks\nInterview clients to obtain details of their income.\n"
    assert texts(ad) == ["Interview clients to obtain details of their income."]


@pytest.mark.parametrize(
    "line",
    [
        "Acme Maps | Porto | Full-time | Remote",
        "Acme Maps - Porto, Portugal - Full time",
        "WE ARE HIRING MAP MAKERS RIGHT NOW.",
        "About Our Friendly Map Making Studio Today",
        "What you will do with us every day:",
        "Location: our studio near the old harbour.",
        "The salary is between 40,000 and 50,000 euros a year.",
        "We pay $50 for every map that you finish.",
        "We offer health insurance and other benefits to all of you.",
        "Send your resume and two sample maps to our studio.",
        "Write to us at jobs@example.org with two sample maps.",
        "Please write to [EMAIL] and show us two maps.",
        "See https://example.org/maps to view our finished maps.",
        "Look at example.org to view some of our finished maps.",
        "Call +1 555 010 0199 to ask about maps we draw.",
        "We are an equal opportunity employer and welcome everyone.",
        "All applicants are considered without regard to age or religion.",
        "You must be authorized to work in this country now.",
        "A background check is part of the way we hire.",
        "Python, Django, Postgres, Redis, Docker, Kubernetes, Terraform, React",
        "We use Python, Django, Postgres, Redis and Docker here.",
        "Wir zeichnen sorgfältige Karten für Wanderer und Radfahrer.",
        "Nous dessinons des cartes pour notre studio et nos clients.",
        "Acme Maps of Porto and Braga in Portugal, Spain.",
        "continued from the line above about our careful maps.",
        "We draw maps (and also print them in our studio.",
        "Too short.",
        "Draw the maps of our region with care and skill1 year of work",
        "Draw the maps of our region for the BBC.Print them in time.",
        "Draw the maps of our region -Print them in our studio",
        "Your Responsibilities: Draw the maps of our region with care.",
        "Please include two maps that you have drawn with care.",
    ],
)
def test_what_must_be_left_alone(line: str) -> None:
    assert texts(f"Map maker\n{PROSE}\n{line}\n") == [PROSE]


def test_a_first_line_of_prose_is_no_title() -> None:
    assert texts(PROSE) == [PROSE]


def test_length_bounds_are_kept() -> None:
    narrow = SpansConfig(per_ad=50, min_words=10, max_words=13)
    assert texts(f"Title\n{PROSE}\nWe draw maps for many hikers.\n", narrow) == [PROSE]


def test_at_most_as_many_as_asked_spread_over_the_ad() -> None:
    lines = [f"Draw the maps of region {chr(97 + i)} for patient hikers." for i in range(20)]
    ad = "Map maker\n" + "\n".join(lines)
    found = editable_spans(ad, CONFIG)
    assert len(found) == CONFIG.per_ad
    quarters = [span.start * 4 // len(ad) for span in found]
    assert quarters == [0, 1, 2, 3]


def test_a_span_with_a_tone_is_preferred() -> None:
    plain = "Draw the maps of the region for hikers."
    loud = "Aggressively draw amazing maps of the region for hikers."
    for order in ([plain, loud], [loud, plain]):
        ad = "Map maker\n" + "\n".join(order)
        assert texts(ad, SpansConfig(per_ad=1)) == [loud]


def test_a_repeated_sentence_is_chosen_once() -> None:
    assert texts(f"Title\n{PROSE}\n{PROSE}\n{PROSE}\n") == [PROSE]


def test_the_choice_is_deterministic() -> None:
    ad = "Title\n" + "\n".join(f"Draw map {i} for our patient readers." for i in range(9))
    assert editable_spans(ad, CONFIG) == editable_spans(ad, CONFIG)


@pytest.mark.parametrize(
    "ad", ["", " \n ", "Wir suchen eine Person für unser Team.", "🙂 🙂", "עברית"]
)
def test_no_spans(ad: str) -> None:
    assert editable_spans(ad, CONFIG) == []


def test_emoji_and_right_to_left_lines_beside_prose() -> None:
    ad = f"Title\n🙂 🙂 🙂 🙂 🙂 🙂\nדרוש מעצב מפות עם ניסיון רב מאוד\n{PROSE}\n"
    assert texts(ad) == [PROSE]


@pytest.mark.parametrize("joint", ["\n", " "])
def test_an_ad_of_thirty_thousand_words(joint: str) -> None:
    ad = joint.join(f"Draw the maps of region {i} for our patient readers." for i in range(3334))
    assert len(ad.split()) > 30_000
    started = time.process_time()
    found = editable_spans(ad, CONFIG)
    assert time.process_time() - started < 15
    assert len(found) == CONFIG.per_ad


@pytest.mark.real_data
def test_real_ads_give_sensible_spans(hiring_bench: Path) -> None:
    lines = (hiring_bench / "jobs.jsonl").read_text(encoding="utf-8").strip().split("\n")
    rows = [json.loads(line) for line in lines]
    ads = [row for row in rows if row["split"] == "train"][::40]
    found = {row["id"]: editable_spans(row["text"], CONFIG) for row in ads}
    spans = [(row["text"], span) for row in ads for span in found[row["id"]]]
    assert all(text[span.start : span.end] == span.text for text, span in spans)
    assert sum(bool(chosen) for chosen in found.values()) >= 0.85 * len(ads)
    assert not [s.text for _, s in spans if "|" in s.text or "@" in s.text or "[" in s.text]
    duties = [r for r in ads if r["source"] == "onet_duties"]
    assert all(len(found[row["id"]]) >= 3 for row in duties)


def test_a_long_first_line_without_a_full_stop_is_prose_and_may_be_the_whole_ad() -> None:
    ad = (
        "Baker wanted for our mill shop in Ludlow: you knead and bake the morning bread, weigh the "
        "flour for the next day, clean the ovens after each shift, keep the shop tidy and greet "
        "the first guests; we offer early hours, a free loaf a day and two free Mondays a month"
    )
    found = texts(ad)
    assert [text.split()[0] for text in found] == ["you", "we"]
    assert all(text in ad for text in found)


@pytest.mark.parametrize("heading", ["How to apply", "Benefits:", "## What we offer", "Legal note"])
def test_what_stands_under_such_a_heading_is_left_alone(heading: str) -> None:
    kept = f"{heading}\n{PROSE}\nDraw one map of your own town for us."
    ad = f"Map maker\n\n{kept}\n\nYour day\n{PROSE}"
    found = editable_spans(ad, WIDE)
    assert [ad.rindex(span.text) == span.start for span in found] == [True]


def test_words_that_stay_are_counted_by_why() -> None:
    ad = f"Map maker\n{PROSE}\nThe salary is between 40,000 and 50,000 euros a year.\nToo short.\n"
    found = left_alone(ad, WIDE)
    assert found == {"pay, contact, law or a label": 10, "title": 2, "short": 2}


def test_statements_that_run_into_each_other_are_cut_apart() -> None:
    ad = (
        "Map maker\nDraw the maps of our region with care.Print them for the shops of the town.\n"
        "- keep the stock of paper in good order;\n- answer the letters of hikers and cyclists,\n"
    )
    assert texts(ad) == [
        "Draw the maps of our region with care.", "Print them for the shops of the town.",
        "keep the stock of paper in good order", "answer the letters of hikers and cyclists",
    ]  # fmt: skip
