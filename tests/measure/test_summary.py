import json
import math
from dataclasses import replace

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.counts import count_selection, ndcg
from evenhand.measure.measures import measure_rankings
from evenhand.measure.ratio import Contrast, macro_ratio, mantel_haenszel
from evenhand.records.job import Job
from evenhand.records.people import Candidate, Pool

from ..ratio_tables import by_job_group


def _measure(market, **options):
    settings = {"by": ["gender"], "resamples": 100, **options}
    return measure_rankings(market.rankings, market.jobs, market.pool, market.qualified, **settings)


def test_headline_and_counts(small_market):
    measures = _measure(small_market)
    counted = count_selection(
        small_market.rankings, small_market.qualified, small_market.pool.column("gender"), 50
    )
    found = measures.contrast("gender")
    assert (found.group, found.reference, found.judged) == ("female", "male", True)
    expected = mantel_haenszel(counted, Contrast("female", "male")).value
    assert found.ratio.value == pytest.approx(expected)
    assert 0 < found.ratio.value < 1
    assert found.exposure_ratio < 1
    overall = measures.attributes["gender"].cuts[50].scopes["overall"]
    selected, pool = counted.totals()
    assert [row.selected for row in overall.counts] == selected.tolist()
    assert [row.pool for row in overall.counts] == pool.tolist()
    assert overall.counts[0].rate == pytest.approx(selected[0] / pool[0])
    assert overall.counts[0].skew < 0 < overall.counts[1].skew
    assert overall.counts[2].value == ""
    assert overall.ads == 30
    assert overall.ndkl > 0


def test_both_cuts_all_scopes_and_quality(small_market):
    measures = _measure(small_market)
    assert list(measures.attributes["gender"].cuts) == [50, 20]
    assert list(measures.attributes["gender"].cuts[20].scopes) == [
        "overall",
        "cook",
        "nurse",
        "pilot",
    ]
    counted = count_selection(
        small_market.rankings, small_market.qualified, small_market.pool.column("gender"), 20
    )
    groups = [job.group or "" for job in small_market.jobs]
    expected = macro_ratio(by_job_group(counted, Contrast("female", "male"), groups)).value
    macro = measures.contrast("gender", scope="macro", top=20).ratio.value
    assert macro == pytest.approx(expected)
    assert macro != measures.contrast("gender", top=20).ratio.value
    quality = measures.quality["overall"]
    assert set(quality) == {
        "mrr",
        *(f"{name}@{cut}" for name in ("ndcg", "recall", "precision") for cut in (50, 20)),
    }
    gain = quality["ndcg@20"]
    assert gain.interval[0] <= gain.value <= gain.interval[1] <= 1
    assert (gain.ads, measures.quality["cook"]["mrr"].ads) == (30, 10)
    paper = measures.attributes["gender"].impact_ratio_paper["overall"]
    assert [row.value for row in paper] == ["female", "male"]
    assert all(0 < row.ratio <= 1 and 0 < row.chance < 1 for row in paper)


def test_quality_of_a_group_is_that_of_its_ads(small_market):
    positions = small_market.rankings.positions.copy()
    for row in (0, 3, 6):
        unqualified = np.flatnonzero(~small_market.qualified[row])
        positions[row] = unqualified[: positions.shape[1]]
    measures = _measure(
        replace(small_market, rankings=replace(small_market.rankings, positions=positions))
    )
    cooks = np.take_along_axis(small_market.qualified[::3], positions[::3, :20], axis=1)
    pilots = np.take_along_axis(small_market.qualified[2::3], positions[2::3, :20], axis=1)
    assert cooks.mean() < pilots.mean()
    for group, shown in (("cook", cooks), ("pilot", pilots)):
        assert measures.quality[group]["precision@20"].value == pytest.approx(shown.mean())


def test_graded_relevance_changes_ndcg_and_nothing_else(small_market):
    grades = small_market.qualified * np.arange(1, 4).repeat(200)
    graded, plain = _measure(small_market, relevance=grades), _measure(small_market)
    assert graded.contrast("gender").ratio == plain.contrast("gender").ratio
    expected = np.nanmean(ndcg(small_market.rankings, grades, 20))
    assert graded.quality["overall"]["ndcg@20"].value == pytest.approx(expected)
    assert graded.quality["overall"]["ndcg@20"] != plain.quality["overall"]["ndcg@20"]
    assert graded.quality["overall"]["recall@20"] == plain.quality["overall"]["recall@20"]
    with pytest.raises(MeasureError, match="relevance and qualification disagree"):
        _measure(small_market, relevance=grades[::-1])


def test_more_than_two_values_are_each_set_against_the_rest(small_market):
    measures = _measure(small_market, by=["age", "gender*age"], also_top=None)
    found = measures.attributes["age"].cuts[50].scopes["overall"].contrasts
    assert [(one.group, one.reference) for one in found] == [
        ("middle", "(rest)"),
        ("old", "(rest)"),
        ("young", "(rest)"),
    ]
    crossed = measures.attributes["gender*age"]
    assert len(crossed.values) == 6
    assert crossed.cuts[50].scopes["overall"].counts[-1].people == 12


def test_a_named_reference(small_market):
    measures = _measure(small_market, reference={"gender": "female"})
    turned = measures.contrast("gender")
    straight = _measure(small_market).contrast("gender")
    assert (turned.group, turned.reference) == ("male", "female")
    assert turned.ratio.value == pytest.approx(1 / straight.ratio.value)
    assert turned.ratio.p_value == straight.ratio.p_value


def test_json_is_strict_masked_and_the_same_for_the_same_seed(small_market):
    first, again = _measure(small_market), _measure(small_market)
    text = json.dumps(first.to_json(), allow_nan=False)
    assert text == json.dumps(again.to_json(), allow_nan=False)
    assert text != json.dumps(_measure(small_market, seed=1).to_json(), allow_nan=False)
    scope = first.to_json()["attributes"]["gender"]["cuts"]["50"]["scopes"]["nurse"]
    unknown = next(row for row in scope["counts"] if row["value"] == "")
    people = first.attributes["gender"].cuts[50].scopes["nurse"].counts[2].people
    if people < 5:
        assert unknown == {"value": "", "people": "<5", "suppressed": True}
    else:
        assert unknown["people"] == people
    assert scope["counts"][0]["suppressed"] is False


def test_small_cells_are_masked(small_market):
    people = tuple(
        Candidate(p.id, p.text, {**p.fields, "gender": p.fields["gender"] if i < 560 else ""})
        if i > 3
        else Candidate(p.id, p.text, {**p.fields, "gender": "third"})
        for i, p in enumerate(small_market.pool)
    )
    measures = measure_rankings(
        small_market.rankings,
        small_market.jobs,
        Pool(people),
        small_market.qualified,
        by=["gender"],
        resamples=20,
    )
    rows = measures.to_json()["attributes"]["gender"]["cuts"]["50"]["scopes"]["overall"]["counts"]
    assert rows[2] == {"value": "third", "people": "<5", "suppressed": True}
    third = measures.contrast("gender", "third")
    assert not third.judged
    assert math.isnan(third.ratio.value)
    assert any("third vs rest: not judged in overall" in note for note in measures.notes)


def test_an_ad_without_qualified_people_is_left_out_and_named(small_market):
    odd = small_market.qualified.copy()
    odd[[3, 17]] = False
    measures = measure_rankings(
        small_market.rankings,
        small_market.jobs,
        small_market.pool,
        odd,
        by=["gender"],
        resamples=20,
    )
    assert measures.ads == 28
    assert measures.notes[0].startswith("2 of 30 ads have no qualified people")
    assert "job-3, job-17" in measures.notes[0]
    keep = odd.any(axis=1)
    counted = count_selection(small_market.rankings, odd, small_market.pool.column("gender"), 50)
    expected = mantel_haenszel(counted, Contrast("female", "male"), keep).value
    assert measures.contrast("gender").ratio.value == pytest.approx(expected)


def test_groups_under_the_minimum_are_not_judged_and_said_so(small_market):
    measures = _measure(small_market, min_group=95)
    note = next(note for note in measures.notes if "not judged in" in note)
    unjudged = [
        scope
        for scope in ("cook", "nurse", "pilot")
        if not measures.contrast("gender", scope=scope).judged
    ]
    assert unjudged
    assert all(scope in note for scope in unjudged)
    assert measures.contrast("gender").judged


def test_short_lists_leave_out_the_papers_ratio_and_say_so(small_market):
    rankings = small_market.rankings.top(30)
    measures = measure_rankings(
        rankings,
        small_market.jobs,
        small_market.pool,
        small_market.qualified,
        by=["gender"],
        top=30,
        resamples=20,
    )
    assert measures.attributes["gender"].impact_ratio_paper == {}
    assert any("impact_ratio_paper is left out" in note for note in measures.notes)
    with pytest.raises(MeasureError, match="hold 30 places"):
        measure_rankings(
            rankings,
            small_market.jobs,
            small_market.pool,
            small_market.qualified,
            by=["gender"],
            resamples=20,
        )


def test_judgements_that_nobody_shares_are_noted(small_market):
    rng = np.random.default_rng(0)
    qualified = rng.random((30, 600)) < 0.3
    measures = measure_rankings(
        small_market.rankings,
        small_market.jobs,
        small_market.pool,
        qualified,
        by=["gender"],
        resamples=20,
    )
    assert any("permutation null says little" in note for note in measures.notes)
    assert measures.attributes["gender"].movable_share < 0.5


def test_bad_input_is_one_sentence(small_market):
    with pytest.raises(MeasureError, match="column 'religion'"):
        _measure(small_market, by=["religion"])
    with pytest.raises(MeasureError, match="no attribute"):
        _measure(small_market, by=[])
    with pytest.raises(MeasureError, match="gender: the reference 'x'"):
        _measure(small_market, reference={"gender": "x"})
    nobody = replace(small_market, qualified=np.zeros((30, 600), dtype=bool))
    with pytest.raises(MeasureError, match="nobody in the pool is qualified for any"):
        _measure(nobody)
    wrong = replace(small_market, qualified=np.ones((3, 600), dtype=bool))
    with pytest.raises(MeasureError, match="qualification table"):
        _measure(wrong)
    other_jobs = [Job(job.id + "x", job.text, fields=job.fields) for job in small_market.jobs]
    with pytest.raises(MeasureError, match="about other ads"):
        _measure(replace(small_market, jobs=other_jobs))
    other_people = Pool(tuple(reversed(small_market.pool.people)))
    with pytest.raises(MeasureError, match="over other people"):
        _measure(replace(small_market, pool=other_people))


def test_nobody_of_one_value_anywhere_is_an_error(small_market):
    men = Pool(
        tuple(Candidate(p.id, p.text, {**p.fields, "gender": "male"}) for p in small_market.pool)
    )
    with pytest.raises(MeasureError, match=r"gender: .*only known value is male"):
        _measure(replace(small_market, pool=men))


def test_what_was_not_measured_is_named(small_market):
    measures = _measure(small_market)
    with pytest.raises(MeasureError, match="wasn't measured"):
        measures.contrast("age")
    with pytest.raises(MeasureError, match="wasn't measured"):
        measures.contrast("gender", "male")
