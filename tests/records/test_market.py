"""The bundled market: what it promises, its size, and that nobody's group can be read off."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from evenhand.records.files import digest_of
from evenhand.records.market import (
    NOTICE,
    Dice,
    Market,
    load_market,
    load_occupations,
    load_phrases,
    make_ads,
    write_market,
)
from evenhand.records.people import qualification, read_jobs, read_people

WOMEN_PERCENT = {one.name: one.women_percent for one in load_occupations()}
SMALL = [one.name for one in load_occupations() if one.small]
SEED_0 = "b64d82a766f0570859df907b3ffb6ca1"

GENDERED = """
he him his himself she her hers herself they them their theirs mr mrs ms miss sir madam man men
male males woman women female females lady ladies gentleman gentlemen guy guys girl girls boy boys
mother mothers father fathers mom mum dad son sons daughter daughters brother brothers sister
sisters wife husband widow widower fraternity sorority uncle aunt nephew niece bachelor-girl
maternity paternity maternal paternal pregnant pregnancy chairman chairwoman spokesman
spokeswoman businessman businesswoman salesman saleswoman foreman fireman policeman waitress
actress stewardess hostess housewife manpower manmade masculine feminine queen king prince princess
i me my mine we us our
""".split()


def content(market: Market) -> object:
    return [
        [[job.id, job.title, job.text, dict(job.fields)] for job in market.jobs],
        [[one.id, one.text, dict(one.fields)] for one in market.pool],
    ]


def test_it_is_frozen(market: Market) -> None:
    """A change here is a new market: everything tuned or pinned on it starts again."""
    assert digest_of(content(market)) == SEED_0


def test_it_depends_on_the_seed_alone(market: Market) -> None:
    assert content(load_market(0)) == content(market)
    other = load_market(1)
    assert content(other) != content(market)
    assert len(other.pool) == len(market.pool)


def test_its_size(market: Market) -> None:
    groups = {job.group for job in market.jobs}
    assert len(groups) >= 12
    assert groups == set(WOMEN_PERCENT) == set(market.pool.column("occupation_group").tolist())
    assert len(market.jobs) >= 240
    assert len(market.pool) <= 4_200
    splits = Counter(job.fields["split"] for job in market.jobs)
    assert set(splits) == {"train", "validation", "test"}
    assert min(splits.values()) >= 30
    assert len({job.id for job in market.jobs}) == len(market.jobs)
    assert len(set(market.pool.ids)) == len(market.pool)
    assert len({job.text for job in market.jobs}) == len(market.jobs)
    assert len({one.text for one in market.pool}) > 0.999 * len(market.pool)


def test_eight_occupations_can_be_judged_in_both_folds(market: Market) -> None:
    cells = Counter(
        (one.fields["occupation_group"], one.fields["fold"], one.fields["gender"])
        for one in market.pool
    )
    judged = [
        name
        for name in WOMEN_PERCENT
        if min(cells[name, fold, who] for fold in ("train", "test") for who in ("female", "male"))
        >= 100
    ]
    assert len(judged) >= 8
    assert set(judged) == set(WOMEN_PERCENT) - set(SMALL)
    tests = Counter(job.group for job in market.jobs if job.fields["split"] == "test")
    assert min(tests[name] for name in judged) >= 12


def test_shares_of_women_are_the_published_ones(market: Market) -> None:
    group, gender = market.pool.column("occupation_group"), market.pool.column("gender")
    for name, percent in WOMEN_PERCENT.items():
        share = 100 * np.mean(gender[group == name] == "female")
        assert share == pytest.approx(percent, abs=1.2 if name in SMALL else 0.3)


@pytest.mark.real_data
def test_the_figures_stand_in_the_published_table(shared_data: Path) -> None:
    rows = {
        "accountant": "Accountants and auditors",
        "civil_engineer": "Civil engineers",
        "financial_analyst": "Financial and investment analysts",
        "graphic_designer": "Graphic designers",
        "human_resources": "Human resources workers",
        "lawyer": "Lawyers",
        "lecturer": "Postsecondary teachers",
        "marketing_manager": "Marketing managers",
        "pharmacist": "Pharmacists",
        "real_estate_agent": "Real estate brokers and sales agents",
        "registered_nurse": "Registered nurses",
        "software_developer": "Software developers",
    }
    table = (shared_data / "reference" / "bls_cpsaat11_2022.csv").read_text("utf-8")
    for name, row in rows.items():
        (line,) = [line for line in table.splitlines() if line.startswith(f"{row},")]
        assert float(line.split(",")[2]) == WOMEN_PERCENT[name]


def test_profiles_are_short_and_ads_of_usual_length(market: Market) -> None:
    words = np.array([len(one.text.split()) for one in market.pool])
    assert words.min() >= 30
    assert words.max() <= 70
    lengths = np.array([len(job.text.split()) for job in market.jobs])
    assert np.mean((lengths >= 90) & (lengths <= 230)) > 0.75
    assert np.sum(lengths > 260) >= 20, "some ads are longer than a window of 256 tokens"


def test_ads_have_a_header_duties_and_terms(market: Market) -> None:
    for job in market.jobs:
        lines = job.text.splitlines()
        assert lines[0].startswith(job.title)
        assert sum(line.startswith("- ") for line in lines) >= 5
        assert "$" in job.text
        assert ".example" in job.text
        assert "{" not in job.text


def test_profiles_name_no_gender(market: Market) -> None:
    words = {word for one in market.pool for word in re.findall(r"[a-z]+", one.text.lower())}
    assert words.isdisjoint(GENDERED)
    assert not any("{" in one.text for one in market.pool)


def test_no_phrase_belongs_to_one_gender(market: Market) -> None:
    """Every phrase of tone, spell and leisure that is used at all often is used by both."""
    bank = load_phrases("profiles")
    phrases = [text for statement in bank["style"] for text in statement.values()]
    phrases += [
        text for kind in ("agentic", "shared", "communal") for text in bank["outside"][kind]
    ]
    phrases += [text.split("{few}")[0] for kind in bank["spells"].values() for text in kind]
    phrases += [verb + " " for kind in bank["verbs"].values() for verb in kind]
    women = market.pool.column("gender") == "female"
    texts = [one.text for one in market.pool]
    for phrase in phrases:
        uses = np.array([phrase in text for text in texts])
        share = np.mean(women[uses])
        assert uses.sum() >= 30, phrase
        assert 0.1 < share < 0.93, f"{phrase}: {share:.2f} of {uses.sum()}"


def test_every_working_area_is_open_to_both(market: Market) -> None:
    for occupation in load_occupations():
        if occupation.small:
            continue
        people = [one for one in market.pool if one.fields["occupation_group"] == occupation.name]
        for kind in ("areas_more_men", "areas_mixed", "areas_more_women"):
            for area in occupation.phrases[kind]:
                who = Counter(one.fields["gender"] for one in people if area in one.text)
                assert min(who["female"], who["male"]) >= 5, f"{occupation.name}: {area}"


def test_order_and_ids_tell_no_group(market: Market) -> None:
    women = (market.pool.column("gender") == "female").astype(float)
    position = np.arange(len(women))
    assert abs(np.corrcoef(position, women)[0, 1]) < 0.05
    assert abs(np.corrcoef(women[:-1], women[1:])[0, 1]) < 0.06


def test_a_second_attribute_for_intersections(market: Market) -> None:
    cells: dict[tuple[str, str], int] = defaultdict(int)
    for one in market.pool:
        cells[one.fields["age_band"], one.fields["gender"]] += 1
    assert {age for age, _ in cells} == {"under_35", "35_54", "55_plus"}
    assert min(cells.values()) >= 200


def test_only_the_wording_of_ads_leans(market: Market) -> None:
    """With plain weights the same draws give the same ads in other words."""
    plain = make_ads(load_occupations(), 0, tone=(0, 1, 0))
    assert [job.id for job in plain] == [job.id for job in market.jobs]
    for leaning, other in zip(market.jobs, plain, strict=True):
        assert leaning.title == other.title
        assert dict(leaning.fields) == dict(other.fields)
        assert re.findall(r"\d[\d,]*", leaning.text) == re.findall(r"\d[\d,]*", other.text)
        assert len(leaning.text.splitlines()) == len(other.text.splitlines())
    tough = re.compile(r"crush|dominat|fierce|relentless|aggressive|fearless|brutal", re.IGNORECASE)
    assert not any(tough.search(job.text) for job in plain)
    lawyers = [job for job in market.jobs if job.group == "lawyer"]
    assert all(tough.search(job.text) for job in lawyers)
    accountants = [job for job in market.jobs if job.group == "accountant"]
    assert 0 < np.mean([bool(tough.search(job.text)) for job in accountants]) < 0.95


def test_leaning_statements_can_be_said_plainly(market: Market) -> None:
    """The text gates let the plain wording take the place of nearly every leaning statement."""
    from evenhand.config.schema import GatesConfig
    from evenhand.language.gates import text_gates
    from evenhand.language.span import Span

    gates, bank = text_gates(GatesConfig()), load_phrases("ads")
    pairs = [
        (statement[tone], statement["plain"])
        for kind in ("person", "team", "pace", "growth")
        for statement in bank[kind]
        for tone in ("agentic", "communal")
    ]
    assert len(pairs) >= 50
    refused: list[str] = []
    for leaning, plain in pairs:
        ad = next(job.text for job in market.jobs if leaning in job.text)
        start = ad.index(leaning)
        span = Span(start, start + len(leaning), leaning, "sentence")
        if not all(gate(ad, span, plain).passed for gate in gates):
            refused.append(leaning)
    assert len(refused) <= len(pairs) // 20, refused


def test_everybody_has_ads_and_every_ad_has_people(market: Market) -> None:
    qualified = qualification(market.jobs, market.pool)
    assert qualified.any(axis=0).all()
    assert qualified.sum(axis=1).min() >= 80


def test_it_is_written_and_read_back(tmp_path: Path, market: Market) -> None:
    jobs, people = write_market(tmp_path / "market")
    assert read_jobs(jobs) == market.jobs
    pool = read_people(people)
    assert pool == market.pool
    assert pool.digest == market.pool.digest
    assert (tmp_path / "market" / "NOTICE.txt").read_text().strip() == NOTICE


def test_the_notice_says_what_it_is() -> None:
    assert NOTICE.startswith("Synthetic")
    assert "never evidence" in NOTICE
    assert "U.S. Bureau of Labor Statistics, CPS table 11, 2022" in NOTICE


def test_it_is_made_in_two_seconds() -> None:
    start = time.process_time()
    load_market(3)
    assert time.process_time() - start < 2.0


def test_dice_fall_as_they_always_did() -> None:
    dice = Dice(0, 1)
    assert [dice.number(1, 6) for _ in range(8)] == [6, 4, 5, 6, 1, 2, 5, 1]
    assert sorted(Dice(3).several(range(9), 9)) == list(range(9))
    assert len(Dice(3).several(range(3), 9)) == 3
    drawn = Counter(Dice(5, at).weighted("ab", (3, 1)) for at in range(2_000))
    assert drawn["a"] == pytest.approx(1_500, abs=80)
    assert {Dice(6, at).weighted("abc", (0, 1, 0)) for at in range(200)} == {"b"}
    assert np.mean([Dice(7, at).chance(0.2) for at in range(2_000)]) == pytest.approx(0.2, abs=0.04)


def ads_of(name: str, tone: tuple[float, ...] | None) -> list[str]:
    return [
        job.text
        for job in make_ads(load_occupations(), 0, tone)
        if job.group == name and job.fields["split"] == "test"
    ]


@pytest.mark.slow
def test_a_real_encoder_shows_a_gap_that_plain_wording_narrows(market: Market) -> None:
    """R of women to men in the top 50, among the qualified of the test fold."""
    pytest.importorskip("sentence_transformers")
    from evenhand.match.dense import load_encoder

    name = "marketing_manager"
    pool = market.pool.where(
        lambda one: (one.fields["occupation_group"], one.fields["fold"]) == (name, "test")
    )
    leaning, plain = ads_of(name, None), ads_of(name, (0, 1, 0))
    vectors = load_encoder(cache_dir=None).encode([one.text for one in pool] + leaning + plain)
    people, ads = vectors[: len(pool)], vectors[len(pool) :]
    top = np.argsort(-(ads @ people.T), axis=1)[:, :50]
    women = pool.column("gender") == "female"
    chosen = women[top].sum(axis=1)
    ratios = [
        (part.sum() / women.sum()) / ((50 * len(part) - part.sum()) / (~women).sum())
        for part in (chosen[: len(leaning)], chosen[len(leaning) :])
    ]
    assert ratios[0] < 0.65
    assert 0.7 < ratios[1] < 1.3
