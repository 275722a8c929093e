import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import MeasureError
from evenhand.measure.compare import Logs, Rows, compare_rankings, row_change, row_distance

LOGS = st.lists(st.floats(-2, 2), min_size=7, max_size=7)


def logs_of(**systems: list[float]) -> Logs:
    """The first number of each is the point, the others are replicates."""
    return {name: (numbers[0], np.array(numbers[1:])) for name, numbers in systems.items()}


def compared(market, systems, rows: Rows, **options):
    chosen = {"by": ["gender"], "resamples": 300, **options}
    return compare_rankings(
        market.rankings, systems, market.jobs, market.pool, market.qualified, rows=rows, **chosen
    )


@given(LOGS, LOGS)
@settings(deadline=None)
def test_equal_repeats_are_one(before, after):
    logs = logs_of(a=before, b=after, b1=after, b2=after, a1=before, a2=before)
    one, three = row_change(logs, ["a"], ["b"]), row_change(logs, ["a", "a1", "a2"], list("b") * 3)
    assert three.change == pytest.approx(one.change, abs=1e-15)
    assert three.interval == pytest.approx(one.interval, abs=1e-15)
    assert three.p_value == one.p_value
    assert three.deviation == pytest.approx(0.0, abs=1e-15)
    assert math.isnan(one.deviation)
    assert one.change == abs(after[0]) - abs(before[0])


@given(st.permutations(range(3)), LOGS, LOGS, LOGS, LOGS)
@settings(deadline=None)
def test_the_order_of_repeats_does_not_matter(order, first, second, third, before):
    logs = logs_of(a=before, b0=first, b1=second, b2=third)
    names = ["b0", "b1", "b2"]
    straight, shuffled = (
        row_change(logs, ["a"], row) for row in (names, [names[at] for at in order])
    )
    assert shuffled.change == straight.change
    assert shuffled.interval == straight.interval
    assert shuffled.p_value == straight.p_value
    assert shuffled.deviation == pytest.approx(straight.deviation)
    left, right = (row_distance(logs, row, "a") for row in (names, [names[at] for at in order]))
    assert left.distance == right.distance
    assert left.closed_interval == pytest.approx(right.closed_interval, abs=0, rel=0, nan_ok=True)


def test_the_mean_of_noisy_seeds_is_told_better_than_one_seed():
    rng = np.random.default_rng(3)
    truth, people = -0.1, rng.normal(0, 0.05, 2000)
    systems = {"a": 0.5 + people * 4}
    for seed in range(3):
        systems[f"b{seed}"] = 0.5 + people * 4 + truth + rng.normal(0, 0.06, 2000)
    points = {"a": 0.5, "b0": 0.38, "b1": 0.40, "b2": 0.45}
    logs = {name: (point, systems[name]) for name, point in points.items()}
    mean = row_change(logs, ["a"], ["b0", "b1", "b2"])
    alone = row_change(logs, ["a"], ["b0"])
    assert mean.change == pytest.approx(np.mean([0.38, 0.40, 0.45]) - 0.5)
    assert mean.deviation == pytest.approx(np.std([0.38, 0.40, 0.45], ddof=1))
    width, width_alone = np.ptp(mean.interval), np.ptp(alone.interval)
    assert width == pytest.approx(width_alone / math.sqrt(3), rel=0.1)
    assert [(one.before, one.after) for one in mean.repeats] == [("a", f"b{n}") for n in range(3)]
    assert mean.repeats[0].interval == alone.interval


def test_the_share_closed_is_of_the_originals_distance():
    logs = logs_of(original=[-0.8, -0.8, -0.4], half=[0.4, -0.4, 0.2], whole=[0.0, 0.0, 0.0])
    half = row_distance(logs, ["half"], "original")
    assert (half.distance, half.closed) == (pytest.approx(0.4), pytest.approx(0.5))
    assert half.closed_interval == pytest.approx((0.5, 0.5))
    assert half.ratios == {"half": pytest.approx(math.exp(0.4))}
    both = row_distance(logs, ["half", "whole"], "original")
    assert both.closed == pytest.approx(0.75)
    assert math.isnan(row_distance(logs, ["half"], "whole").closed)
    assert math.isnan(row_distance(logs, ["half"], "whole").closed_interval[0])


def test_repeats_that_cannot_be_paired_are_refused():
    logs = logs_of(**{name: [0.1, 0.2] for name in "abcde"})
    with pytest.raises(MeasureError, match="2 repeats of a and 3 of c can't be paired"):
        row_change(logs, list("ab"), list("cde"))


def test_rows_of_one_system_agree_with_the_pairs(small_market):
    systems = {"fairer": small_market.fairer, "milder": small_market.milder}
    pairs = [("milder", "fairer"), ("original", "fairer")]
    found = compared(small_market, systems, Rows("fairer"), pairs=pairs)
    assert found.rows is not None
    changes = {change.before: change for change in found.rows.scopes["overall"].changes}
    assert list(changes) == ["original", "milder"]
    for pair in found.pairs:
        head, row = pair.changes[0], changes[pair.before]
        assert row.change == pytest.approx(head.change)
        assert row.interval == pytest.approx(head.interval)
        assert row.p_value == head.p_value
    original = next(pair for pair in found.pairs if pair.before == "original")
    assert found.rows.quality == original.quality
    json.dumps(found.to_json(), allow_nan=False)


def test_a_row_with_repeats_is_their_mean_in_every_scope(small_market):
    systems = {
        "fairer": small_market.fairer,
        "milder": small_market.milder,
        "fairer_seed1": small_market.milder,
    }
    rows = Rows("fairer", {"fairer": ["fairer", "fairer_seed1"]}, {"two": ["cook", "nurse"]})
    found = compared(small_market, systems, rows).rows
    assert found is not None
    assert list(found.repeats) == ["original", "fairer", "milder"]
    assert list(found.scopes) == ["overall", "two"]
    for scope in found.scopes.values():
        parts = [math.log(ratio) for ratio in scope.rows["fairer"].ratios.values()]
        assert scope.rows["fairer"].distance == pytest.approx(np.mean(np.abs(parts)))
        assert scope.rows["original"].closed == 0.0
        assert 0 < scope.rows["fairer"].closed < 1
    alone = [
        compare_rankings(
            small_market.rankings,
            {name: systems[name]},
            small_market.jobs,
            small_market.pool,
            small_market.qualified,
            by=["gender"],
            resamples=50,
        )
        for name in ("fairer", "milder")
    ]
    means = [
        next(check for check in one.pairs[0].quality if check.scope == "overall").after
        for one in alone
    ]
    assert found.quality[0].after == pytest.approx(np.mean(means))


def test_a_scope_of_some_groups_is_measured_as_if_it_were_all(small_market):
    keep = np.array([job.group != "pilot" for job in small_market.jobs])
    jobs = [job for job, one in zip(small_market.jobs, keep, strict=True) if one]

    def cut(rankings):
        ids = tuple(job.id for job in jobs)
        kept = rankings.positions[keep], rankings.scores[keep]
        return type(rankings)(ids, rankings.candidate_ids, *kept)

    part = compare_rankings(
        cut(small_market.rankings),
        {"fairer": cut(small_market.fairer)},
        jobs,
        small_market.pool,
        small_market.qualified[keep],
        by=["gender"],
        resamples=20,
    )
    rows = Rows("fairer", within={"two": ["nurse", "cook"]})
    whole = compared(small_market, {"fairer": small_market.fairer}, rows).rows
    assert whole is not None
    (change,) = whole.scopes["two"].changes
    assert part.primary is not None
    assert change.change == pytest.approx(part.primary.change)
    assert whole.scopes["two"].groups == ("nurse", "cook")


def test_a_scope_with_too_few_people_is_left_out(small_market):
    rows = Rows("fairer", within={"one": ["pilot"]})
    found = compared(small_market, {"fairer": small_market.fairer}, rows, min_group=120).rows
    assert found is not None
    assert list(found.scopes) == ["overall"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (Rows("a"), "'a' isn't one of the rows original, fairer, milder"),
        (Rows("fairer", {"fairer": ["fairer", "x"]}), "a row names x, which isn't among"),
        (Rows("fairer", {"fairer": ["milder"]}), "must be 'fairer' itself"),
        (Rows("fairer", {"fairer": []}), "must be 'fairer' itself"),
        (
            Rows("fairer", {"fairer": ["fairer", "milder"], "milder": ["milder"]}),
            "a system is in two rows",
        ),
        (Rows("fairer", within={"overall": ["cook"]}), "a name that is taken"),
        (Rows("fairer", within={"none": ["baker"]}), "of baker has no ads"),
        (Rows("fairer", within={"none": []}), "of no groups has no ads"),
    ],
)
def test_rows_that_cannot_be_laid_out_are_named(small_market, rows, said):
    systems = {"fairer": small_market.fairer, "milder": small_market.milder}
    with pytest.raises(MeasureError, match=said):
        compared(small_market, systems, rows, resamples=20)
