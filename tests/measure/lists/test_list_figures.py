"""All list measures of one attribute at once."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.match.protocol import Rankings
from evenhand.measure.counts import count_selection, lists_of
from evenhand.measure.families.lists import MEASURES, list_figures, ndkl, skew
from evenhand.measure.figure import Figure, cards
from evenhand.measure.resample import draw_weights
from evenhand.measure.study import Case, make_design

from ...ratio_tables import ratio_table


class Market:
    """40 ads of two occupations, 400 people; women score a little lower."""

    def __init__(
        self, labels: tuple[str, ...] = ("female", "male"), unfair: float = 0.8, seed: int = 1
    ) -> None:
        rng = np.random.default_rng(seed)
        ads, people = 40, 400
        self.strata = ["cook"] * 20 + ["pilot"] * 20
        self.qualified = np.zeros((ads, people), dtype=bool)
        self.qualified[:20, :220] = self.qualified[20:, 180:] = True
        self.labels = rng.choice(labels, people)
        self.labels[:10] = ""
        score = rng.normal(size=(ads, people)) + rng.normal(size=people)
        score += 2 * self.qualified - unfair * (self.labels == labels[0])
        order = np.argsort(-score, axis=1)[:, :30]
        ids = tuple(f"p{index}" for index in range(people))
        jobs = tuple(f"j{index}" for index in range(ads))
        self.rankings = Rankings(jobs, ids, order, np.take_along_axis(score, order, axis=1))
        self.weights = draw_weights(people, self.strata, 200, 0)

    def figures(self, k: int = 20, **options) -> list[Figure]:
        given = self.labels, self.qualified, self.strata
        design = make_design(*given, permutations=100)
        return list_figures(Case(design, self.rankings, k, self.weights, "gender", **options))


@pytest.fixture(scope="module")
def market() -> Market:
    return Market()


@pytest.fixture(scope="module")
def figures(market) -> list[Figure]:
    return market.figures()


def _one(figures: list[Figure], measure: str, **wanted) -> Figure:
    return next(
        figure
        for figure in figures
        if figure.measure == measure
        and all(getattr(figure, name) == value for name, value in wanted.items())
    )


def test_every_measure_has_figures_and_a_definition(figures):
    assert {figure.measure for figure in figures} == set(MEASURES)
    assert len(cards("lists")) == len(MEASURES)
    assert {definition.key for definition in cards("lists")} == set(MEASURES)
    assert len({(f.measure, f.cell, f.scope, f.variant) for f in figures}) == len(figures)


def test_values_are_those_of_the_single_measures(market, figures):
    given = market.rankings, market.qualified, market.labels, 20
    assert _one(figures, "ndkl").value == pytest.approx(float(ndkl(lists_of(*given)).mean()))
    skews = skew(count_selection(*given), prior=1.0).mean(axis=0)
    assert _one(figures, "skew", cell="female").value == pytest.approx(float(skews[0]))
    table = ratio_table(
        market.rankings,
        market.qualified,
        market.labels,
        market.strata,
        market.weights,
        top=20,
        seed=0,
    )
    estimate, ours = table.estimate(0, 0), _one(figures, "mantel_haenszel")
    assert ours.value == pytest.approx(estimate.value)
    assert ours.interval == pytest.approx(estimate.interval)


def test_an_unfair_engine_is_outside_its_chance_level(figures):
    for measure in ("mantel_haenszel", "pooled_ratio", "ndkl", "rnd", "min_skew"):
        figure = _one(figures, measure)
        assert figure.p_value <= 0.02, measure
        assert not figure.chance[0] <= figure.value <= figure.chance[1]
        assert figure.interval[0] <= figure.value <= figure.interval[1]
    few = _one(figures, "prefix_test")
    assert "too few at the cut" in few.variant
    assert few.value > few.chance[1]


def test_even_engines_are_inside_it_as_often_as_they_should():
    found = [figure for seed in range(12) for figure in Market(unfair=0.0, seed=seed).figures()]
    p_values = np.array([figure.p_value for figure in found if math.isfinite(figure.p_value)])
    assert 0.35 < p_values.mean() < 0.65
    assert (p_values <= 0.05).mean() < 0.15


def test_the_top_k_ratio_comes_with_its_four_intervals_and_people(figures):
    found = [figure for figure in figures if figure.measure == "top_k_ratio"]
    assert [figure.unit for figure in found] == ["pairs"] * 4 + ["people"]
    widths = [math.log(figure.interval[1] / figure.interval[0]) for figure in found[:4]]
    assert widths[0] >= widths[2] > widths[3]  # both, people, independent pairs


def test_scopes_are_those_of_the_ads(market):
    found = market.figures(by_scope=True)
    assert {figure.scope for figure in found} == {"overall", "cook", "pilot"}
    for measure in MEASURES:
        assert {f.scope for f in found if f.measure == measure} == {"overall", "cook", "pilot"}
    cooks = _one(found, "ndkl", scope="cook")
    assert cooks.n == 20
    values = ndkl(lists_of(market.rankings, market.qualified, market.labels, 20))
    assert cooks.value == pytest.approx(float(values[:20].mean()))


def test_three_values_are_each_set_against_the_rest():
    found = Market(("a", "b", "c")).figures()
    assert {f.cell for f in found if f.measure == "rnd"} == {"a vs rest", "b vs rest", "c vs rest"}
    assert {f.cell for f in found if f.measure == "skew"} == {"a", "b", "c"}


@pytest.mark.parametrize("labels", [("",), ("only",)])
def test_nothing_to_compare_is_said_and_raises_nothing(labels):
    market = Market(labels)
    found = market.figures()
    assert [figure.measure for figure in found] == MEASURES
    assert all(math.isnan(figure.value) for figure in found)
    assert all("groups can't be compared" in figure.reason for figure in found)


def test_nobody_qualified_is_undefined_with_reasons(market):
    empty = Market()
    empty.qualified[:] = False
    for figure in empty.figures():
        assert math.isnan(figure.value), figure.measure
        assert figure.reason, figure.measure


def test_lists_shorter_than_k_are_refused_unless_the_pool_is(market):
    with pytest.raises(MeasureError, match="places"):
        market.figures(k=31)
    small = Market()
    positions = np.tile(np.arange(400), (40, 1))
    small.rankings = Rankings(
        small.rankings.query_ids, small.rankings.candidate_ids, positions, -positions.astype(float)
    )
    found = small.figures(k=5000)
    assert _one(found, "mantel_haenszel").value == pytest.approx(1.0)
    assert _one(found, "ndkl").n == 40


def test_absent_groups_are_named():
    market = Market(unfair=8.0)
    figure = _one(market.figures(k=10), "skew", cell="female")
    assert math.isfinite(figure.value)
    assert "female is absent from" in figure.reason
    assert "minus infinity" in figure.reason
    assert (
        "all ads have the same value"
        in _one(market.figures(k=10), "prefix_test", variant=_many_at_the_cut(10)).reason
    )


def _many_at_the_cut(k: int) -> str:
    return f"top {k}, share of ads with p <= 0.05: too many at the cut"


def test_the_same_input_gives_the_same_figures(market, figures):
    for ours, again in zip(figures, market.figures(), strict=True):
        assert ours.to_json() == again.to_json()


def test_a_large_audit_takes_seconds():
    rng = np.random.default_rng(0)
    ads, people, k = 50, 4000, 50
    occupation, wanted = rng.integers(0, 10, people), rng.integers(0, 10, ads)
    qualified = occupation == wanted[:, None]
    labels = rng.choice(["a", "b"], people)
    score = rng.normal(size=(ads, people)) + 3 * qualified
    order = np.argsort(-score, axis=1)[:, :k]
    rankings = Rankings(
        tuple(map(str, range(ads))), tuple(map(str, range(people))), order, -order.astype(float)
    )
    strata = [str(name) for name in wanted]
    design = make_design(labels, qualified, strata, permutations=200)
    weights = draw_weights(people, strata, 1000, 0)
    start = time.process_time()
    list_figures(Case(design, rankings, k, weights, "x"))
    assert time.process_time() - start < 5.0
