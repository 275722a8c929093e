"""All exposure measures of one attribute at once."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.match.protocol import Rankings
from evenhand.measure.counts import lists_of, make_scopes
from evenhand.measure.families.attention import (
    MEASURES,
    exposure_figures,
    individual_exposure_figures,
)
from evenhand.measure.figure import Figure, cards
from evenhand.measure.ratio import Contrast
from evenhand.measure.resample import draw_weights
from evenhand.measure.study import Case, count_exposure, make_design


class Market:
    """40 ads of two occupations, 400 people; women score a little lower."""

    def __init__(
        self, labels: tuple[str, ...] = ("female", "male"), unfair: float = 0.8, seed: int = 1
    ) -> None:
        rng = np.random.default_rng(seed)
        ads, people = 40, 400
        self.strata = ["cook"] * 20 + ["pilot"] * 20
        self.qualified = np.zeros((ads, people), dtype=bool)
        self.qualified[:20, :180] = self.qualified[20:, 150:330] = True
        self.grades = self.qualified * rng.integers(1, 4, (ads, people))
        self.labels = rng.choice(labels, people)
        self.labels[:10] = ""
        score = rng.normal(size=(ads, people)) + rng.normal(size=people)
        score += 2 * self.qualified - unfair * (self.labels == labels[0])
        order = np.argsort(-score, axis=1)[:, :30]
        ids = tuple(f"p{index}" for index in range(people))
        jobs = tuple(f"j{index}" for index in range(ads))
        self.rankings = Rankings(jobs, ids, order, np.take_along_axis(score, order, axis=1))
        self.weights = draw_weights(people, self.strata, 200, 0)

    def figures(self, k: int = 20, relevance=None, **options) -> list[Figure]:
        design = make_design(self.labels, self.qualified, self.strata, permutations=100)
        case = Case(design, self.rankings, k, self.weights, "gender", **options)
        return exposure_figures(case, relevance)

    def individual(self, k: int = 20, by_scope: bool = False) -> list[Figure]:
        scopes = make_scopes(self.strata)
        return individual_exposure_figures(
            self.rankings,
            self.qualified,
            k,
            scopes=scopes if by_scope else scopes.overall,
            weights=self.weights,
        )


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


def test_every_measure_has_figures_and_a_definition(market, figures):
    assert {figure.measure for figure in figures} == set(MEASURES)
    single = {figure.measure for figure in market.individual()}
    assert {definition.key for definition in cards("attention")} == single | set(MEASURES)
    assert len({definition.key for definition in cards("attention")}) == len(cards("attention"))


def test_parity_is_the_exposure_ratio_of_the_room(market, figures):
    found = _one(figures, "exposure_parity")
    exposure = count_exposure(lists_of(market.rankings, market.qualified, market.labels, 20))
    assert found.value == pytest.approx(exposure.ratio(Contrast("female", "male")).value)
    assert found.interval[0] < found.value < found.interval[1]


def test_an_unfair_engine_is_outside_its_chance_level(figures):
    for measure in ("exposure_parity", "disparate_treatment", "awrf", "favoured_pairs"):
        figure = _one(figures, measure)
        assert figure.p_value <= 0.02, measure
        assert not figure.chance[0] <= figure.value <= figure.chance[1]
    assert _one(figures, "favoured_pairs").chance_mean == pytest.approx(0.5, abs=0.02)
    assert _one(figures, "disparate_treatment").chance_mean == pytest.approx(1.0, abs=0.05)


def test_even_engines_are_inside_it_as_often_as_they_should():
    found = [figure for seed in range(12) for figure in Market(unfair=0.0, seed=seed).figures()]
    p_values = np.array([figure.p_value for figure in found if math.isfinite(figure.p_value)])
    assert 0.35 < p_values.mean() < 0.65
    assert (p_values <= 0.05).mean() < 0.15


def test_grades_change_what_looks_at_merit_and_nothing_else(market, figures):
    graded = market.figures(relevance=market.grades)
    for measure in ("exposure_parity", "awrf", "favoured_pairs"):
        assert _one(graded, measure).value == _one(figures, measure).value
    for measure in ("disparate_treatment", "disparate_impact", "expected_exposure_loss"):
        assert _one(graded, measure).value != _one(figures, measure).value
    for grades in (-market.grades, market.grades[:, :5]):
        with pytest.raises(MeasureError, match="relevance"):
            market.figures(relevance=grades)


def test_scopes_are_those_of_the_ads(market):
    found = market.figures(by_scope=True)
    for measure in MEASURES:
        assert {f.scope for f in found if f.measure == measure} == {"overall", "cook", "pilot"}
    exposure = count_exposure(lists_of(market.rankings, market.qualified, market.labels, 20))
    cooks = np.arange(40) < 20
    expected = exposure.ratio(Contrast("female", "male"), cooks)
    assert _one(found, "exposure_parity", scope="cook").value == pytest.approx(expected.value)
    alone = _one(market.individual(by_scope=True), "equity_of_attention", scope="pilot")
    assert alone.n == 20
    assert 0 < alone.corrected < 1


def test_three_values_are_each_set_against_the_rest():
    found = Market(("a", "b", "c")).figures()
    wanted = {"a vs rest", "b vs rest", "c vs rest"}
    assert {f.cell for f in found if f.measure == "disparate_treatment"} == wanted
    assert {f.cell for f in found if f.measure == "favoured_pairs"} == wanted
    assert {f.cell for f in found if f.measure == "pairwise_accuracy"} == {"a", "b", "c"}


@pytest.mark.parametrize("labels", [("",), ("only",)])
def test_nothing_to_compare_is_said_and_raises_nothing(labels):
    found = Market(labels).figures()
    assert [figure.measure for figure in found] == MEASURES
    assert all(math.isnan(figure.value) and figure.reason for figure in found)


def test_nobody_qualified_is_undefined_with_reasons():
    empty = Market()
    empty.qualified[:] = False
    for figure in [*empty.figures(), *empty.individual()]:
        assert math.isnan(figure.value), figure.measure
        assert figure.reason, figure.measure
    assert "utility is 0" in _one(empty.figures(), "disparate_treatment").reason


def test_k_beyond_the_pool_and_padding(market):
    small = Market()
    positions = np.tile(np.arange(400), (40, 1))
    positions[3, 5:] = -1
    positions[4] = -1
    small.rankings = Rankings(
        small.rankings.query_ids, small.rankings.candidate_ids, positions, -positions.astype(float)
    )
    for figure in [*small.figures(k=1000), *small.individual(k=1000)]:
        assert math.isfinite(figure.value), figure.measure
    with pytest.raises(MeasureError, match="places"):
        market.figures(k=31)


def test_a_number_that_no_ad_can_change_has_no_interval(market):
    spread = _one(market.individual(), "expected_exposure_disparity")
    assert math.isnan(spread.interval[0])
    assert "all ads have the same value" in spread.reason


def test_the_same_input_gives_the_same_figures(market, figures):
    for ours, again in zip(figures, market.figures(), strict=True):
        assert ours.to_json() == again.to_json()


def test_a_large_audit_takes_seconds():
    start = time.process_time()
    large = Market()
    large.weights = draw_weights(400, large.strata, 1000, 0)
    large.figures(k=30)
    assert time.process_time() - start < 3.0
