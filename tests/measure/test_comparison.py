import json
import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.match.protocol import Rankings
from evenhand.measure.compare import compare_rankings
from evenhand.measure.measures import measure_rankings


def _compare(market, systems, **options):
    settings = {"by": ["gender"], "resamples": 300, **options}
    return compare_rankings(
        market.rankings, systems, market.jobs, market.pool, market.qualified, **settings
    )


def _worse(market, share: float) -> Rankings:
    """Lists whose first places go to unqualified people in a share of the ads."""
    positions = market.rankings.positions.copy()
    rng = np.random.default_rng(0)
    for row in range(int(share * len(positions))):
        unqualified = np.flatnonzero(~market.qualified[row])
        positions[row] = rng.choice(unqualified, positions.shape[1], replace=False)
    return Rankings(
        market.rankings.query_ids,
        market.rankings.candidate_ids,
        positions,
        market.rankings.scores,
    )


def test_a_system_against_itself_changes_nothing(small_market):
    comparison = _compare(small_market, {"same": small_market.rankings})
    (pair,) = comparison.pairs
    assert {change.change for change in pair.changes} == {0.0}
    assert {change.interval for change in pair.changes} == {(0.0, 0.0)}
    assert all(change.p_value == 1.0 for change in pair.changes if change.top == 50)
    assert pair.quality_kept is True
    assert pair.hits_kept is True
    assert comparison.systems["same"].to_json() == comparison.systems["original"].to_json()


def test_systems_are_measured_as_they_are_alone(small_market):
    comparison = _compare(small_market, {"fairer": small_market.fairer})
    alone = measure_rankings(
        small_market.fairer,
        small_market.jobs,
        small_market.pool,
        small_market.qualified,
        by=["gender"],
        resamples=300,
    )
    assert comparison.systems["fairer"].to_json() == alone.to_json()


def test_a_fairer_system_is_closer_to_parity_at_equal_quality(small_market):
    comparison = _compare(small_market, {"fairer": small_market.fairer})
    primary = comparison.primary
    assert primary is not None
    assert (primary.scope, primary.top, primary.group) == ("overall", 50, "female")
    assert primary.change < 0
    assert primary.interval[1] < 0
    assert primary.p_value == pytest.approx(2 / 301)
    assert math.isnan(primary.p_holm)
    before = comparison.systems["original"].contrast("gender").ratio.value
    after = comparison.systems["fairer"].contrast("gender").ratio.value
    assert primary.change == pytest.approx(abs(math.log(after)) - abs(math.log(before)))
    secondary = [one for one in comparison.pairs[0].changes if not one.primary and one.top == 50]
    assert [one.scope for one in secondary] == ["cook", "nurse", "pilot", "macro"]
    assert all(one.p_holm >= one.p_value for one in secondary)
    beside = [one for one in comparison.pairs[0].changes if one.top == 20]
    assert len(beside) == 5
    assert all(math.isnan(one.p_value) and math.isnan(one.p_holm) for one in beside)
    hits = {check.value: check for check in comparison.pairs[0].hits if check.scope == "overall"}
    assert hits["female"].relative_change > 0
    assert hits["female"].non_inferior


def test_paired_intervals_are_narrower_than_unpaired_ones(small_market):
    comparison = _compare(small_market, {"milder": small_market.milder})
    low, high = comparison.primary.interval
    alone = [one.contrast("gender").ratio.interval for one in comparison.systems.values()]
    unpaired = math.hypot(*(math.log(upper / lower) for lower, upper in alone))
    assert high - low < 0.7 * unpaired


def test_showing_fewer_of_everybody_is_caught(small_market):
    worse = _worse(small_market, 0.4)
    (pair,) = _compare(small_market, {"worse": worse}).pairs
    assert pair.quality_kept is False
    assert pair.hits_kept is False
    overall = next(check for check in pair.quality if check.scope == "overall")
    assert overall.measure == "ndcg@20"
    assert overall.difference < -0.3
    assert overall.lower_bound <= overall.difference
    lost = next(check for check in pair.hits if check.scope == "overall")
    assert lost.after < lost.before
    assert lost.relative_change == pytest.approx(lost.after / lost.before - 1)


def test_groups_whose_original_quality_is_too_low_are_not_assessed(small_market):
    poor = _worse(small_market, 1.0)
    comparison = compare_rankings(
        poor,
        {"better": small_market.rankings},
        small_market.jobs,
        small_market.pool,
        small_market.qualified,
        by=["gender"],
        resamples=50,
        min_group=1,
    )
    assert comparison.pairs[0].quality_kept is None
    assert {check.non_inferior for check in comparison.pairs[0].quality} == {None}
    nobody_shown = [check for check in comparison.pairs[0].hits if check.before == 0]
    assert nobody_shown
    assert all(check.non_inferior for check in nobody_shown)
    assert all(math.isnan(check.relative_change) for check in nobody_shown)


def test_chosen_pairs_and_strict_json(small_market):
    systems = {"fairer": small_market.fairer, "same": small_market.rankings}
    comparison = _compare(
        small_market,
        systems,
        pairs=[("same", "fairer"), ("original", "same")],
        by=["gender", "age"],
    )
    assert [(pair.before, pair.after) for pair in comparison.pairs] == [
        ("same", "fairer"),
        ("original", "same"),
    ]
    assert sum(change.primary for pair in comparison.pairs for change in pair.changes) == 1
    assert comparison.pairs[0].changes[0].primary
    text = json.dumps(comparison.to_json(), allow_nan=False)
    assert json.loads(text)["margins"] == {"ndcg": 0.01, "ndcg_floor": 0.2, "hits": 0.05}


def test_too_few_resamples_for_holm_are_noted(small_market):
    few = _compare(small_market, {"fairer": small_market.fairer}, resamples=100)
    assert any("use 160 or more" in note for note in few.notes)
    enough = _compare(small_market, {"fairer": small_market.fairer}, resamples=200)
    assert not any("Holm" in note for note in enough.notes)


def test_wrong_systems_are_named(small_market):
    with pytest.raises(MeasureError, match="'original', which names"):
        _compare(small_market, {"original": small_market.rankings})
    with pytest.raises(MeasureError, match="the system 'tuned'"):
        _compare(small_market, {}, pairs=[("original", "tuned")])
    ranked = small_market.rankings
    other = Rankings(
        tuple(reversed(ranked.query_ids)), ranked.candidate_ids, ranked.positions, ranked.scores
    )
    with pytest.raises(MeasureError, match="rankings of 'tuned' are about other ads"):
        _compare(small_market, {"tuned": other})
