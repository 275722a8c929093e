"""Rates against scipy, statsmodels, fairlearn, aedt-audit and holisticai.

Where a peer differs, the test shows both values and says why.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    power_proportions_2indep,
    proportions_ztest,
)

from evenhand.measure.rates.assess import assess
from evenhand.measure.rates.counts import (
    Counts,
    above_median,
    below_four_fifths,
    count,
    find_benchmark,
    impact_ratios,
    shortfall,
)
from evenhand.measure.rates.tests import (
    chi_square_tail,
    cochran_mantel_haenszel,
    detectable_ratio,
    fisher,
    koopman,
    z_difference,
    z_ratio,
)


def tables(seed: int, number: int = 60, most: int = 80) -> list[tuple[int, int, int, int]]:
    """Random 2 x 2 tables as (positive, people) of both sides."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, most, (number, 2))
    chosen = rng.binomial(sizes, rng.uniform(0.02, 0.98, (number, 2)))
    return [(int(x), int(n), int(y), int(m)) for (n, m), (x, y) in zip(sizes, chosen, strict=True)]


def people(seed: int, number: int = 600, race: int = 4) -> tuple[Any, Any, Any]:
    """Codes, outcomes and scores of people."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(race, number, p=np.arange(1, race + 1) / (race * (race + 1) / 2))
    scores = rng.normal(size=number) + 0.2 * codes
    return codes, scores > 0.8, scores


def test_fisher_is_that_of_scipy():
    sizes = [
        *tables(1, 300),
        *tables(2, 40, 5000),
        (10, 50, 40, 100),
        (0, 3, 5, 5),
        (45, 50, 10, 10**6),
    ]
    for x, n, y, m in sizes:
        expected = stats.fisher_exact([[x, y], [n - x, m - y]]).pvalue
        assert fisher(x, n, y, m) == pytest.approx(expected, rel=1e-9, abs=1e-290)


def test_fisher_of_a_million_people_is_that_of_scipy():
    x, n, y, m = 150_000, 500_000, 151_500, 500_000
    expected = stats.fisher_exact([[x, y], [n - x, m - y]]).pvalue
    assert fisher(x, n, y, m) == pytest.approx(expected, rel=1e-7)


def test_scipys_fisher_underflows_where_ours_stays_above_zero():
    x, n, y, m = 10**7, 10**8, 2 * 10**7, 10**8
    assert stats.fisher_exact([[x, y], [n - x, m - y]]).pvalue == 0.0
    assert fisher(x, n, y, m) > 0.0


def test_score_intervals_are_those_of_statsmodels():
    for x, n, y, m in tables(4, 60, 200):
        if not (0 < x < n and 0 < y < m):
            continue
        expected = confint_proportions_2indep(
            x, n, y, m, compare="ratio", method="score", correction=False
        )
        assert koopman(x, n, y, m).tolist() == pytest.approx(list(expected), rel=1e-6)


def test_score_intervals_without_positives_are_those_of_statsmodels():
    peer = confint_proportions_2indep(
        0, 20, 5, 20, compare="ratio", method="score", correction=False
    )
    assert koopman(0, 20, 5, 20).tolist() == pytest.approx(list(peer), abs=1e-9)


def test_statsmodels_score_interval_is_wrong_where_everybody_was_selected():
    # The point is .35; statsmodels gives [.675, .675], which doesn't even hold it: its statistic is
    # 0/0 there. Ours is checked by maximising the likelihood on a grid.
    peer = confint_proportions_2indep(
        7, 20, 20, 20, compare="ratio", method="score", correction=False
    )
    ours = koopman(7, 20, 20, 20).tolist()
    assert list(peer) == pytest.approx([0.675, 0.675], abs=1e-6)
    assert ours == pytest.approx([0.181192, 0.567146], abs=1e-6)
    grid = np.linspace(1e-6, 1.0, 400_001)
    for ratio in ours:
        likelihood = 7 * np.log(ratio * grid) + 13 * np.log1p(-ratio * grid) + 20 * np.log(grid)
        best = float(grid[likelihood.argmax()])
        own = ratio * best
        spread = own * (1 - own) / 20 + ratio**2 * best * (1 - best) / 20
        assert abs(7 / 20 - ratio) / math.sqrt(spread) == pytest.approx(1.959964, abs=1e-4)
    # And where everybody of both was selected it gives complex numbers.
    peer = confint_proportions_2indep(
        20, 20, 20, 20, compare="ratio", method="score", correction=False
    )
    assert any(isinstance(end, complex) for end in peer)
    assert koopman(20, 20, 20, 20).tolist() == pytest.approx([0.838875, 1.192073], abs=1e-6)


def test_z_is_that_of_statsmodels():
    for x, n, y, m in tables(6):
        if 0 < x + y < n + m:
            expected = proportions_ztest([x, y], [n, m])[0]
            assert z_difference(x, n, y, m) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_the_detectable_ratio_has_the_power_of_statsmodels():
    for size, among, rate in ((50, 100, 0.4), (200, 90, 0.2), (3000, 1000, 0.7)):
        ratio = detectable_ratio(size, among, rate)
        found = power_proportions_2indep(rate * (ratio - 1), rate, size, ratio=among / size)
        # statsmodels adds the far tail, which is a few in a million here.
        assert found.power == pytest.approx(0.8, abs=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_strata_are_those_of_statsmodels(seed: int):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(5, 60, (7, 2))
    chosen = rng.binomial(sizes, [[0.3, 0.45]] * 7)
    ours = cochran_mantel_haenszel(
        [Counts(("f", "m"), n, x) for n, x in zip(sizes, chosen, strict=True)], "f", "m"
    )
    peer = StratifiedTable(
        [np.stack([x, n - x], axis=1).astype(float) for n, x in zip(sizes, chosen, strict=True)]
    )
    test = peer.test_null_odds(correction=False)
    equal = peer.test_equal_odds(adjust=False)
    assert ours.ratio == pytest.approx(peer.riskratio_pooled)
    assert ours.odds_ratio == pytest.approx(peer.oddsratio_pooled)
    assert (ours.statistic, ours.p_value) == pytest.approx((test.statistic, test.pvalue))
    assert (ours.breslow_day, ours.breslow_day_p) == pytest.approx((equal.statistic, equal.pvalue))


def test_chi_square_tail_is_that_of_scipy():
    for degrees in (1, 2, 3, 4, 7, 30, 101):
        for value in (1e-9, 0.3, 2.0, 11.0, 90.0, 400.0):
            expected = stats.chi2.sf(value, degrees)
            assert chi_square_tail(value, degrees) == pytest.approx(expected, rel=1e-10, abs=1e-300)


@pytest.mark.parametrize("seed", range(4))
def test_ratios_are_those_of_fairlearn(seed: int):
    metrics = pytest.importorskip("fairlearn.metrics", reason="the peer isn't installed")
    codes, positive, _ = people(seed)
    table = count(codes, ["0", "1", "2", "3"], positive)
    zeros = np.zeros(len(codes))
    frame = metrics.MetricFrame(
        metrics=metrics.selection_rate, y_true=zeros, y_pred=positive, sensitive_features=codes
    )
    assert table.rates == pytest.approx(frame.by_group.to_numpy(dtype=float))
    assessed = assess(table, permutations=9)
    assert assessed.minimum_ratio.value == pytest.approx(frame.ratio(method="between_groups"))
    ratio = metrics.demographic_parity_ratio(zeros, positive, sensitive_features=codes)
    assert assessed.minimum_ratio.value == pytest.approx(ratio)


def test_fairlearn_lets_one_person_be_the_benchmark():
    metrics = pytest.importorskip("fairlearn.metrics", reason="the peer isn't installed")
    codes = np.repeat([0, 1, 2], [100, 100, 1])
    positive = np.repeat([True, False, True, False, True], [30, 70, 40, 60, 1])
    ratio = metrics.demographic_parity_ratio(np.zeros(201), positive, sensitive_features=codes)
    ours = assess(count(codes, ["0", "1", "2"], positive), permutations=9)
    # One selected person of a third group has the rate 1; fairlearn has no rule of 2 %.
    assert ratio == pytest.approx(0.3)
    assert ours.minimum_ratio.value == pytest.approx(0.75)


@pytest.mark.parametrize("seed", range(4))
def test_tables_are_those_of_aedt_audit(seed: int):
    aedt = pytest.importorskip("aedt_audit", reason="the peer isn't installed")
    pandas = pytest.importorskip("pandas", reason="the peer's tables need it")
    codes, positive, scores = people(seed, 500)
    data = pandas.DataFrame({"race": [f"g{c}" for c in codes], "hit": positive, "score": scores})
    cells = [f"g{c}" for c in range(4)]
    above, scored, state = above_median(scores)
    rates = aedt.scoring_rates(data, by=["race"], score="score")
    assert rates.attrs["sample_median"] == state.median
    assert scored.all()
    for peer, outcome in (
        (aedt.selection_rates(data, by=["race"], outcome="hit"), positive),
        (rates, above),
    ):
        table = count(codes, cells, outcome)
        peer = aedt.significance(aedt.four_fifths(aedt.impact_ratios(peer)))
        peer = peer.set_index("race").loc[cells]
        best = find_benchmark(table).index
        assert best is not None
        sides = (table.positive, table.assessed, table.positive[best], table.assessed[best])
        assert table.rates == pytest.approx(peer["rate"].to_numpy())
        ratios = impact_ratios(table, best).selected
        assert ratios == pytest.approx(peer["impact_ratio"].to_numpy())
        assert below_four_fifths(*sides).tolist() == peer["adverse_impact_eeoc"].tolist()
        assert shortfall(*sides).tolist() == peer["selections_to_four_fifths"].tolist()
        assert z_difference(*sides) == pytest.approx(peer["z_score"].to_numpy(), abs=1e-12)


def test_aedt_audit_flags_a_group_exactly_on_four_fifths():
    aedt = pytest.importorskip("aedt_audit", reason="the peer isn't installed")
    pandas = pytest.importorskip("pandas", reason="the peer's tables need it")
    data = pandas.DataFrame(
        {"sex": ["f"] * 5 + ["m"] * 4, "hit": [True] * 3 + [False] * 2 + [True] * 3 + [False]}
    )
    peer = aedt.significance(
        aedt.four_fifths(aedt.selection_rates(data, by=["sex"], outcome="hit"))
    )
    row = peer.set_index("sex").loc["f"]
    # It divides floats: .6 / .75 = .7999999999999999 < .8, while its own integers say 0 missing.
    assert bool(row["adverse_impact_eeoc"])
    assert row["selections_to_four_fifths"] == 0
    assert not below_four_fifths(3, 5, 3, 4)


def test_aedt_audit_is_silent_about_ties_at_the_median():
    aedt = pytest.importorskip("aedt_audit", reason="the peer isn't installed")
    pandas = pytest.importorskip("pandas", reason="the peer's tables need it")
    scores = np.array([1.0] + [7.0] * 9)
    data = pandas.DataFrame({"sex": ["f"] * 5 + ["m"] * 5, "score": scores})
    peer = aedt.four_fifths(aedt.impact_ratios(aedt.scoring_rates(data, by=["sex"], score="score")))
    # Every rate is 0 and every ratio NaN, and NaN < .8 is False: no flag at all.
    assert peer["impact_ratio"].isna().all()
    assert not peer["adverse_impact_eeoc"].any()
    _, _, state = above_median(scores)
    assert state.undefined
    assert "nobody is strictly above" in state.state


@pytest.mark.parametrize("seed", range(4))
def test_two_groups_are_those_of_holisticai(seed: int):
    peer = pytest.importorskip("holisticai.bias.metrics", reason="the peer isn't installed")
    codes, positive, scores = people(seed, 300, 2)
    table = count(codes, ["0", "1"], positive)
    first, second = codes == 0, codes == 1
    sides = (
        *(int(v) for v in (table.positive[0], table.assessed[0])),
        int(table.positive[1]),
        int(table.assessed[1]),
    )
    hits = positive.astype(int)
    assert impact_ratios(table, 1).selected[0] == pytest.approx(
        peer.disparate_impact(first, second, hits)
    )
    assert z_difference(*sides) == pytest.approx(peer.z_test_diff(first, second, hits))
    assert z_ratio(*sides) == pytest.approx(peer.z_test_ratio(first, second, hits))
    above, _, _ = above_median(scores)
    scoring = impact_ratios(count(codes, ["0", "1"], above), 1).selected[0]
    assert scoring == pytest.approx(
        float(peer.disparate_impact_regression(first, second, scores, q=0.5))
    )


def test_holisticai_counts_scores_on_the_median_as_above():
    peer = pytest.importorskip("holisticai.bias.metrics", reason="the peer isn't installed")
    codes = np.array([0] * 5 + [1] * 5)
    scores = np.array([1.0, 2, 7, 7, 9, 7, 7, 7, 8, 9])
    above, _, state = above_median(scores)
    ours = impact_ratios(count(codes, ["0", "1"], above), 1).selected[0]
    theirs = float(peer.disparate_impact_regression(codes == 0, codes == 1, scores, q=0.5))
    # 5 of 10 scores are the median itself; the rule says strictly above, holisticai takes >=.
    assert ours == pytest.approx((1 / 5) / (2 / 5))
    assert theirs == pytest.approx((3 / 5) / (5 / 5))
    assert "50% of the people have exactly the median" in state.state


def test_holisticai_gives_infinity_where_the_reference_has_no_positives():
    peer = pytest.importorskip("holisticai.bias.metrics", reason="the peer isn't installed")
    codes, hits = np.array([0] * 6 + [1] * 6), np.array([1, 0, 1, 0, 0, 0] + [0] * 6)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        assert peer.disparate_impact(codes == 0, codes == 1, hits) == math.inf
    # Ours picks the highest rate as the benchmark, so the ratio is 0 the other way round.
    found = assess(count(codes, ["0", "1"], hits > 0), permutations=9)
    assert found.benchmark == "0"
    assert found.cell("1").ratio == 0.0
