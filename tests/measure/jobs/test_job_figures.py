"""The figures of single ads."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.measure.families.ads import job_figures
from evenhand.measure.figure import cards
from evenhand.measure.resample import draw_weights

RNG = np.random.default_rng(0)
VALUES = RNG.random(60)
GROUPS = ["cook", "nurse"] * 30


def test_every_figure_has_its_card_and_every_card_its_figure():
    figures = job_figures(VALUES, groups_of_jobs=GROUPS, utility=RNG.random((60, 60)))
    assert {figure.measure for figure in figures} == {card.key for card in cards("ads")}
    assert all(card.family == "jobs" and card.trap for card in cards("ads"))


def test_intervals_hold_their_value_and_ads_without_a_value_are_left_out():
    values = VALUES.copy()
    values[[3, 9]] = np.nan
    weights = draw_weights(10, ["all"] * 60, 400, 0)
    figures = job_figures(values, weights=weights, variant="ndcg@50")
    for figure in figures:
        assert figure.interval[0] < figure.value < figure.interval[1], figure.measure
        assert figure.variant.startswith("ndcg@50")
    assert {figure.n for figure in figures if figure.unit == "ads"} == {58}
    assert next(figure.n for figure in figures if figure.unit == "pairs") == 58 * 57 // 2


def test_the_split_names_its_cells():
    cells = [f for f in job_figures(VALUES, groups_of_jobs=GROUPS) if f.measure == "atkinson"]
    assert [f.cell for f in cells] == ["", "within groups", "between groups"]
    assert (1 - cells[1].value) * (1 - cells[2].value) == pytest.approx(1 - cells[0].value)


def test_puf_says_that_its_form_is_inferred():
    puf = next(f for f in job_figures(VALUES) if f.measure == "puf")
    assert "2602.02516" in puf.reason
    assert "inferred form" in puf.variant
    card = next(card for card in cards("ads") if card.key == "puf")
    assert "inferred" in card.trap
    assert "2602.02516" in card.source


def test_a_table_of_similarity_is_cut_to_the_ads_with_a_value():
    values = np.array([1.0, np.nan, 0.5, 0.0])
    table = np.ones((4, 4))
    table[np.ix_([0, 2, 3], [0, 2, 3])] = [[1, 0.8, 0.1], [0.8, 1, 0.4], [0.1, 0.4, 1]]
    puf = job_figures(values, similarity=table)[-1]
    assert puf.value == pytest.approx(0.233333, abs=1e-6)
    assert "with similarity" in puf.variant


def test_one_ad_and_no_quality_at_all_are_named():
    for figure in job_figures(np.array([0.5, np.nan]), groups_of_jobs=["a", "b"]):
        assert math.isnan(figure.value)
        assert "fewer than two ads" in figure.reason
    found = {f.measure: f for f in job_figures(np.zeros(5))}
    assert "nothing to share out" in found["gini_jobs"].reason
    assert found["standard_deviation"].value == 0.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"groups_of_jobs": ["a"]}, "give one an ad"),
        ({"similarity": np.ones((2, 2))}, "one row and one column"),
        ({"weights": draw_weights(3, ["a"] * 3, 5, 0)}, "weights are of 3 ads"),
    ],
)
def test_bad_arguments_are_refused(arguments, words):
    with pytest.raises(MeasureError, match=words):
        job_figures(VALUES, **arguments)
