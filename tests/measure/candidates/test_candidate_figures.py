"""The figures of single candidates, and their level at random."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.match.protocol import Rankings
from evenhand.measure.families.people import MEASURES, Shown, candidate_figures
from evenhand.measure.figure import cards
from evenhand.measure.resample import draw_weights


def market(jobs: int, people: int, k: int, *, same: bool = False, seed: int = 0):
    rng = np.random.default_rng(seed)
    rows = [rng.permutation(people)[:k] for _ in range(1 if same else jobs)]
    positions = np.tile(rows[0], (jobs, 1)) if same else np.stack(rows)
    scores = np.tile(-np.arange(float(k)), (jobs, 1))
    ids = tuple(str(job) for job in range(jobs))
    rankings = Rankings(ids, tuple(str(p) for p in range(people)), positions, scores)
    occupation = np.arange(people) % 5
    return rankings, occupation == (np.arange(jobs) % 5)[:, None]


def test_every_figure_has_its_card_and_every_card_its_figure():
    figures = candidate_figures(*market(6, 40, 5), 5, draws=3)
    assert [figure.measure for figure in figures] == list(MEASURES)
    assert {figure.measure for figure in figures} == {card.key for card in cards("people")}
    assert all(card.family == "candidates" and card.trap for card in cards("people"))
    assert all(figure.unit == "people" and figure.n == 40 for figure in figures)


def test_values_are_those_of_the_toy(toy_rankings, toy_relevant):
    found = {f.measure: f for f in candidate_figures(toy_rankings, toy_relevant.table, 2, draws=0)}
    assert found["jain"].value == pytest.approx(0.581818, abs=1e-6)
    assert found["jain"].corrected == pytest.approx(0.353535, abs=1e-6)
    assert math.isnan(found["entropy"].value)
    assert "read the corrected" in found["entropy"].reason
    assert found["mme"].value == pytest.approx(0.125)
    assert math.isnan(found["jain"].chance_mean)
    assert "no level at random" in found["jain"].variant


def test_random_lists_lie_within_their_chance_and_one_list_for_all_does_not():
    keys = ("jain", "qualified_fairness", "entropy", "gini", "gini_weighted", "ai_d")
    blind = {f.measure: f for f in candidate_figures(*market(40, 100, 10), 10, draws=100)}
    same = {f.measure: f for f in candidate_figures(*market(40, 100, 10, same=True), 10, draws=100)}
    for key in keys:
        of_blind = blind[key].value if key != "entropy" else blind[key].corrected
        assert blind[key].chance[0] <= of_blind <= blind[key].chance[1], key
        observed = same[key].value if key != "entropy" else same[key].corrected
        assert not same[key].chance[0] <= observed <= same[key].chance[1], key


def test_they_describe_without_a_p_value():
    """Their yardstick, everybody drawn alike, is no null: lists of the qualified are far off."""
    figures = candidate_figures(*market(40, 100, 10, same=True), 10, draws=20)
    assert all(math.isnan(one.p_value) for one in figures)


def test_the_level_at_random_says_how_it_was_drawn_and_of_which_form():
    found = {f.measure: f for f in candidate_figures(*market(6, 400, 5), 5, draws=7)}
    assert "7 draws of every list from all people, of the value" in found["jain"].variant
    assert "of the corrected form" in found["entropy"].variant


def test_only_means_over_ads_have_an_interval():
    rankings, qualified = market(30, 60, 5)
    weights = draw_weights(60, ["all"] * 30, 200, 0)
    figures = candidate_figures(rankings, qualified, 5, weights=weights, draws=0)
    with_interval = {f.measure for f in figures if math.isfinite(f.interval[0])}
    assert with_interval == {"ii_f", "iaa"}
    for figure in figures:
        if figure.measure in with_interval:
            assert figure.interval[0] <= figure.value <= figure.interval[1]


def test_the_same_seed_gives_the_same_figures():
    first = candidate_figures(*market(8, 50, 5), 5, seed=3, draws=10)
    again = candidate_figures(*market(8, 50, 5), 5, seed=3, draws=10)
    other = candidate_figures(*market(8, 50, 5), 5, seed=4, draws=10)
    assert [f.to_json() for f in first] == [f.to_json() for f in again]
    assert [f.to_json() for f in first] != [f.to_json() for f in other]


def test_fewer_places_than_people_is_named():
    found = {f.measure: f for f in candidate_figures(*market(3, 100, 5), 5, draws=0)}
    assert found["satisfaction"].value == 1.0
    assert "everybody has it" in found["satisfaction"].reason


def test_envy_that_would_take_long_has_no_level_at_random(monkeypatch):
    monkeypatch.setattr("evenhand.measure.families.people._ADDITIONS", 10)
    found = {f.measure: f for f in candidate_figures(*market(6, 40, 5), 5, draws=30)}
    assert math.isnan(found["mme"].chance_mean)
    assert math.isfinite(found["jain"].chance_mean)


def test_bad_arguments_are_refused():
    rankings, qualified = market(6, 40, 5)
    with pytest.raises(MeasureError, match="0 or more"):
        candidate_figures(rankings, qualified, 5, draws=-1)
    with pytest.raises(MeasureError, match="both must be about the same"):
        candidate_figures(rankings, qualified[:, 1:], 5)
    with pytest.raises(MeasureError, match="bootstrap weights are of 3 ads"):
        candidate_figures(
            rankings, qualified, 5, weights=draw_weights(40, ["a"] * 3, 5, 0), draws=0
        )


def test_all_figures_of_200_ads_over_4000_people_take_seconds():
    rankings, qualified = market(200, 4000, 50)
    start = time.process_time()
    candidate_figures(rankings, qualified, 50)
    assert time.process_time() - start < 5


def test_vocd_of_1500_people_is_quick():
    rng = np.random.default_rng(0)
    shown = Shown(np.stack([rng.permutation(1500)[:50] for _ in range(300)]), 1500)
    assert (shown.counts > 0).sum() == 1500
    start = time.process_time()
    MEASURES["vocd"].original(shown)
    assert time.process_time() - start < 0.1
