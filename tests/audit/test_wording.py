import math

import pytest

from evenhand.audit.evaluation import settle_rewrites, wording_of
from evenhand.errors import BadInput
from evenhand.language.second_checker import second_check
from evenhand.language.span import Edit
from evenhand.language.style import readability
from evenhand.records.job import Job
from evenhand.rewrite.result import Refusal, Rewrite

JOBS = [Job("a", "Crush it."), Job("b", "Be kind."), Job("c", "Lead us.")]


def rewrite(job: Job, *edits: Edit, refused: int = 0, proposals: int = 0, passed: int = 0):
    text = edits[0].after if edits else job.text
    refusals = tuple(Refusal(0, 1, "C", "D", gate, "why") for gate in ["facts"] * refused)
    return Rewrite(job.id, job.text, text, edits, refusals, proposals, passed)


def edited(job: Job, after: str) -> Rewrite:
    return rewrite(job, Edit(0, len(job.text), job.text, after), refused=2, proposals=4, passed=1)


def test_rewrites_come_back_in_the_order_of_the_jobs_and_others_are_left_out():
    given = [rewrite(job) for job in reversed(JOBS)] + [Rewrite("z", "x", "x")]
    assert [each.id for each in settle_rewrites("s", JOBS, given)] == ["a", "b", "c"]


def test_a_missing_ad_is_named_with_its_system():
    with pytest.raises(BadInput, match=r"^tuned: the ad 'b' is missing"):
        settle_rewrites("tuned", JOBS, [rewrite(JOBS[0]), rewrite(JOBS[2])])


def test_another_original_is_named_with_its_system():
    given = [rewrite(JOBS[0]), rewrite(Job("b", "Be nice.")), rewrite(JOBS[2])]
    with pytest.raises(BadInput, match=r"^tuned: the ad 'b' was reworded from another text"):
        settle_rewrites("tuned", JOBS, given)


def test_a_repeated_ad_is_named():
    with pytest.raises(BadInput, match=r"^tuned: the ad 'a' is there twice"):
        settle_rewrites("tuned", JOBS, [rewrite(JOBS[0]), rewrite(JOBS[0])])


def test_shares_are_of_judged_ads_and_gates_of_all():
    given = [edited(JOBS[0], "Do it."), rewrite(JOBS[1]), edited(JOBS[2], "Guide us.")]
    found = wording_of(given, {"a", "b"}, second_check, {"seconds": 6.0, "ads": 3, "samples": 4})
    assert (found.ads, found.ads_changed, found.edits_per_ad) == (2, 0.5, 0.5)
    assert (found.proposals, found.passed, found.gate_pass_rate) == (8, 2, 0.25)
    assert found.refused == (("facts", 4),)
    assert found.facts.read == 2
    assert (found.seconds_per_ad, found.samples) == (2.0, 4)


def test_reading_grades_are_means_over_judged_ads():
    given = [edited(JOBS[0], "Accomplish everything beautifully."), rewrite(JOBS[1])]
    grades = wording_of(given, {"a", "b"}, second_check).readability
    second = readability(JOBS[1].text).grade
    assert grades.before == pytest.approx((readability(JOBS[0].text).grade + second) / 2)
    after = readability("Accomplish everything beautifully.").grade
    assert grades.after == pytest.approx((after + second) / 2)
    assert grades.after > grades.before


def test_what_was_not_recorded_is_undefined():
    found = wording_of([rewrite(JOBS[0])], {"a"}, second_check)
    assert math.isnan(found.gate_pass_rate)
    assert math.isnan(found.seconds_per_ad)
    assert found.samples is None
