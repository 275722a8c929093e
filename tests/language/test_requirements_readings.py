"""Requirements, years, degrees, certificates, pay, place: what is read and what must not be."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from pathlib import Path

import pytest

from evenhand.language.posting import presence, requirements, statements

AD = """Map editor
About us:
We have drawn maps for 30 years.
What you will do:
- Draw maps of rivers
- Check the work of others
Requirements:
- 3+ years of experience with maps
- Bachelor's degree in geography
- Fluent Portuguese
Nice to have:
- A driving licence
- Experience with boats
Benefits:
- Free tea
"""


def test_an_ad_by_hand() -> None:
    found = requirements(AD)
    assert (found.must, found.nice) == (3, 2)
    assert found.years == (3.0,)
    assert found.most_years == 3.0
    assert found.degrees == ("bachelor",)
    assert found.certificates == ("driving licence",)
    assert all(AD[one.start : one.end] == one.text for one in found.readings)
    assert {one.kind: one.strength for one in found.readings} == {
        "years": "must", "degree": "must", "certificate": "nice",
    }  # fmt: skip


def test_an_ad_that_asks_nothing() -> None:
    found = requirements("We draw maps.\nOur office is in Porto.")
    assert (found.must, found.nice, found.years, found.degrees) == (0, 0, (), ())
    assert math.isnan(found.most_years)
    assert requirements("").readings == ()


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("At least 5 years of experience in sales.", (5.0,)),
        ("You have three years' experience with maps.", (3.0,)),
        ("2-4 yrs experience in Python", (2.0,)),
        ("5 to 8 years professional experience required", (5.0,)),
        ("Minimum of 6 months customer service experience required", (0.5,)),
        ("10+ years in accounting and 3+ years as a manager", (10.0, 3.0)),
        ("Equivalent (GED) required2 years experience supervising a team", (2.0,)),
        ("One (1) year of experience in a kitchen is required.", (1.0,)),
        ("We have over 30 years of experience in maps.", ()),
        ("Founded ten years ago, we draw maps.", ()),
        ("Our revenue doubled in the last 3 years.", ()),
        ("You must be 18 years old.", ()),
        ("A 2 year contract with a stock option plan.", ()),
        ("A four-year degree is required.", ()),
    ],
)
def test_years_asked(text: str, years: tuple[float, ...]) -> None:
    assert requirements(text).years == years


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("BS/MS in Computer Science required.", ("master", "bachelor")),
        ("You have a PhD in physics.", ("doctorate",)),
        ("MBA preferred.", ("master",)),
        ("High school diploma or equivalent required", ("secondary",)),
        ("A university degree is a plus.", ("bachelor",)),
        ("Must have a degree in law", ("degree",)),
        ("Advanced degree in statistics required", ("master",)),
        ("No degree required.", ()),
        ("We don't care whether you have a PhD.", ()),
        ("Our founders hold PhDs from Porto.", ()),
        ("A high degree of autonomy is a must.", ()),
        ("You must know MS Office and MS Excel.", ()),
        ("The scrum master must plan sprints.", ()),
    ],
)
def test_degrees_asked(text: str, degrees: tuple[str, ...]) -> None:
    assert requirements(text).degrees == degrees


@pytest.mark.parametrize(
    ("text", "certificates"),
    [
        ("Valid driver's license required.", ("driver's license",)),
        ("CPA required; CFA a plus.", ("cpa", "cfa")),
        ("You must be licensed to practice in the state.", ("licensed to practice",)),
        ("You must know CPC, CPM and CPA bidding.", ()),
        ("We are a certified B Corp.", ()),
        ("Must manage gift certificates and licensed content.", ()),
        ("Issue birth certificates.", ()),
    ],
)
def test_certificates_asked(text: str, certificates: tuple[str, ...]) -> None:
    assert requirements(text).certificates == certificates


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("Python is required.", "must"),
        ("You must speak Greek.", "must"),
        ("Experience with maps", "must"),
        ("Knowledge of boats is a plus.", "nice"),
        ("Ideally, you can sail.", "nice"),
        ("Greek is desirable but not required.", "nice"),
        ("We draw maps of rivers.", ""),
        ("Please send your CV to us.", ""),
        ("If you have any questions, write.", ""),
        ("No cover letter required.", ""),
        ("Maps | Remote preferred | Porto", ""),
        ("Is Greek required?", ""),
        ("Do this as required by the manager.", ""),
        ("Requires a calm voice.", "must"),
        ("Strong communication skills", "must"),
        ("We would love to talk to you!", ""),
        ("Requirements: Project experience with boats", "must"),
        ("Hope this is helpful!", ""),
    ],
)
def test_how_strongly_a_statement_asks(text: str, strength: str) -> None:
    assert statements(text)[0].strength == strength


@pytest.mark.parametrize(
    "text",
    [
        "Salary: $80,000 - $100,000 per year", "Pay is $16.00-$17.00/hour.", "Maps | Porto | €44K",
        "We offer £30-37k per annum.", "SALARY: 60k-90k EUR", "Starting pay is $8.50 an hour.",
        "$110k - $160k, 0.5% equity", "Base of 45.000 € a year",
    ],
)  # fmt: skip
def test_pay_is_named(text: str) -> None:
    assert presence(text).has_salary


@pytest.mark.parametrize(
    "text",
    [
        "We pay a competitive salary.", "We raised $5M in funding.", "Our revenue is $600k.",
        "Benefits: 401k, dental", "Over 200k users and 30k customers", "$500 referral bonus",
        "We manage $2,000,000 of assets.", "Deals of $50,000 are common with our customers.",
        "Save 3 hours a day.", "",
    ],
)  # fmt: skip
def test_pay_is_not_named(text: str) -> None:
    assert not presence(text).has_salary


@pytest.mark.parametrize(
    ("text", "place", "remote"),
    [
        ("Bold Maps | Map editor | Porto | Onsite", True, False),
        ("We are based in Lille and draw maps.", True, False),
        ("Location: Upper Valley", True, False),
        ("The job is in Springfield, IL.", True, False),
        ("This is a remote job.", False, True),
        ("You may work from home on Fridays.", False, True),
        ("Maps are our life. No remote, please.", False, False),
        ("We use remote sensing to draw maps.", False, False),
        ("Draw maps.\nCheck them.\nOur readers love articles about Paris.", False, False),
    ],
)
def test_place_and_remote_work(text: str, place: bool, remote: bool) -> None:
    found = presence(text)
    assert (bool(found.place), bool(found.remote)) == (place, remote)
    assert found.has_location == (place or remote)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("We are an equal opportunity employer.", True),
        ("EOE/M/F", True),
        ("We hire regardless of race, gender or age.", True),
        ("We do not discriminate.", True),
        ("Everyone gets an equal opportunity to speak.", False),
        ("Regardless of the weather, we sail.", False),
    ],
)
def test_equal_opportunity(text: str, said: bool) -> None:
    assert presence(text).has_equal_opportunity == said


@pytest.mark.real_data
def test_how_often_real_ads_name_what(hiring_bench: Path) -> None:
    """Duty lists name nothing of the kind; whole ads do, by source in plausible shares."""
    named: dict[str, list[tuple[bool, bool, bool, bool]]] = defaultdict(list)
    for line in (hiring_bench / "jobs.jsonl").read_text(encoding="utf-8").strip().split("\n")[::6]:
        job = json.loads(line)
        asked, terms = requirements(job["text"]), presence(job["text"])
        named[job["source"]].append(
            (terms.has_salary, terms.has_location, bool(asked.degrees), bool(asked.years))
        )
    shares = {s: [sum(c) / len(rows) for c in zip(*rows, strict=True)] for s, rows in named.items()}
    assert max(shares["onet_duties"]) < 0.03
    assert 0.02 < shares["hn_2013_2018"][0] < 0.08
    assert shares["hn_2013_2018"][1] > 0.9
    assert 0.25 < shares["emscad"][2] < 0.5
    assert 0.4 < shares["emscad"][3] < 0.7
