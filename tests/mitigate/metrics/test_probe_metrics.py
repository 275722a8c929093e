"""Identities of the figures on models whose figures are known, and bad scores."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
import pytest

from evenhand.errors import MeasureError
from evenhand.mitigate.bias import (
    SubjectBootstrap,
    attribute_error,
    bias_consistency,
    bias_intensity,
    cells_of,
    chance_intensity,
    comparative_bias,
    crossed_intensity,
    gamma_table,
    measure_probes,
    over_the_pair,
    positional_dependence,
    subject_biases,
)
from evenhand.mitigate.probes import Example, Subject

from .probe_models import (
    NO_PROMPT,
    constant,
    example,
    first_subject,
    groups_examples,
    ideal,
    names_examples,
    negation_blind,
    stereotyped,
)

NAMES = names_examples()
GROUPS = groups_examples()
BOTH = pytest.mark.parametrize("examples", [NAMES, GROUPS], ids=["names", "groups"])


@BOTH
def test_an_ideal_model_has_nothing(examples):
    measured = measure_probes(ideal(len(examples)), examples, resamples=50)
    assert (measured.mu, measured.delta, measured.epsilon, measured.eta) == (0, 0, 0, 0)
    assert measured.mu_crossed == 0
    assert set(measured.intervals.values()) == {(0.0, 0.0), (1.0, 1.0)}
    assert (measured.chance.mean, measured.chance.p) == (0, 1)


@BOTH
def test_a_model_that_picks_the_first_subject(examples):
    scores = first_subject(len(examples))
    assert (positional_dependence(scores) == 1).all()
    assert (subject_biases(scores) == 0).all()
    measured = measure_probes(scores, examples, resamples=50)
    assert (measured.delta, measured.mu, measured.eta) == (1, 0, 0)
    assert measured.epsilon == 1


@BOTH
@pytest.mark.parametrize("gap", [0.4, -0.2, 1.0])
def test_a_model_that_does_not_read_negations(examples, gap: float):
    scores = negation_blind(len(examples), gap)
    np.testing.assert_allclose(subject_biases(scores), 0, atol=1e-15)
    np.testing.assert_allclose(attribute_error(scores), abs(gap))
    assert (positional_dependence(scores) == 0).all()
    assert measure_probes(scores, examples, resamples=20).mu == pytest.approx(0)


@pytest.mark.parametrize("gap", [0.4, -0.2, 1.0])
def test_a_stereotyped_model(gap: float):
    scores = stereotyped(len(NAMES), gap)
    np.testing.assert_allclose(comparative_bias(scores), gap)
    np.testing.assert_allclose(attribute_error(scores), 0, atol=1e-15)
    measured = measure_probes(scores, NAMES, resamples=50)
    assert measured.mu == pytest.approx(abs(gap))
    assert measured.mu_crossed == pytest.approx(abs(gap))
    assert measured.eta == 1
    assert measured.table.groups == ("female", "male")
    np.testing.assert_allclose(measured.table.gamma[0], gap)
    np.testing.assert_allclose(measured.table.gamma[1], -gap)
    assert measured.chance.p == pytest.approx(1 / 51)
    np.testing.assert_allclose(measured.intervals["mu"], abs(gap))


def test_figures_by_hand():
    # S(x1), S(x2) at (12,a), (21,a), (12,not a), (21,not a)
    scores = constant([(0.5, 0.3), (0.2, 0.4), (0.1, 0.6), (0.3, 0.3)], 1)
    assert positional_dependence(scores)[0] == pytest.approx((0.3 + 0.1 + 0.2 + 0.3) / 4)
    assert attribute_error(scores)[0] == pytest.approx((0.1 + 0.2 + 0.1 + 0.1) / 4)
    np.testing.assert_allclose(subject_biases(scores)[0], [0.35 - 0.2, 0.35 - 0.45])
    assert comparative_bias(scores)[0] == pytest.approx(0.125)


def test_gamma_counts_an_example_for_both_sides():
    examples = [example("A", "B"), example("A", "C"), example("C", "B", "a.02")]
    table = gamma_table(np.array([0.4, -0.2, 0.6]), cells_of(examples))
    assert (table.groups, table.attributes) == (("A", "B", "C"), ("a.01", "a.02"))
    np.testing.assert_allclose(table.gamma, [[0.1, np.nan], [-0.4, -0.6], [0.2, 0.6]])
    np.testing.assert_allclose(table.eta, [[0.0, np.nan], [-1, -1], [1, 1]])
    assert table.counts.tolist() == [[2, 0], [1, 1], [1, 1]]
    assert bias_intensity(table.gamma) == pytest.approx((0.1 + 0.6 + 0.6) / 3)
    assert bias_consistency(table.eta) == pytest.approx((0 + 1 + 1) / 3)


def test_a_demonym_counts_for_its_country():
    people = Example(
        "nationality", "t.02", "a.01", Subject("Belgian", "Belgium", "Belgian"),
        Subject("Greek", "Greece", "Greek"), (NO_PROMPT,) * 4,
    )  # fmt: skip
    places = Example(
        "nationality", "t.01", "a.01", Subject("Belgium", "Belgium", "Belgian"),
        Subject("Greece", "Greece", "Greek"), (NO_PROMPT,) * 4,
    )  # fmt: skip
    cells = cells_of([people, places])
    assert cells.groups == ("Belgium", "Greece")
    assert (cells.subjects[0] == cells.subjects[1]).all()


def test_normalising_takes_lost_mass_out_and_reports_it():
    whole, faded = stereotyped(len(NAMES), 0.5), stereotyped(len(NAMES), 0.5) * 0.1
    one, two = (measure_probes(scores, NAMES, resamples=20) for scores in (whole, faded))
    assert two.mu == pytest.approx(one.mu)
    assert two.raw["mu"] == pytest.approx(0.1 * one.mu)
    assert (one.subject_mass, two.subject_mass) == (pytest.approx(1), pytest.approx(0.1))
    as_is = measure_probes(faded, NAMES, normalise=False, resamples=20)
    assert as_is.mu == pytest.approx(two.raw["mu"])
    assert not as_is.normalised


def test_prompts_without_mass_prefer_nobody_and_are_counted():
    scores = stereotyped(len(NAMES), 0.5)
    scores[:, 0] = 0
    assert (over_the_pair(scores)[:, 0] == 0.5).all()
    assert measure_probes(scores, NAMES, resamples=20).without_mass == 0.25


def noise(n: int, seed: int) -> np.ndarray:
    half = np.random.default_rng(seed).uniform(0.2, 0.8, (n, 4, 1))
    return np.concatenate([half, 1 - half], axis=2)


def test_chance_level_is_what_noise_shows():
    examples = groups_examples(8, 10, 2)
    cells = cells_of(examples)
    mu, crossed, level = [], [], []
    for seed in range(40):
        bias = comparative_bias(noise(len(examples), seed))
        mu.append(bias_intensity(gamma_table(bias, cells).gamma))
        crossed.append(crossed_intensity(bias, cells, seed=seed))
        level.append(chance_intensity(bias, cells, flips=100, seed=seed))
    assert np.mean(mu) > 0.05
    assert np.mean([one.mean for one in level]) == pytest.approx(np.mean(mu), rel=0.05)
    assert abs(np.mean(crossed)) < 0.02
    assert np.mean([one.p < 0.1 for one in level]) < 0.3


def test_intervals_of_means_cover_with_subject_and_attribute_effects():
    examples, inside = names_examples(8, 8, 2), 0
    cells = cells_of(examples)
    for seed in range(60):
        rng = np.random.default_rng(seed)
        people, said = rng.normal(0, 0.05, 16), rng.normal(0, 0.05, 8)
        values = 0.3 + people[cells.subjects].sum(axis=1) + said[cells.attribute]
        values += rng.normal(0, 0.1, len(examples))
        low, high = SubjectBootstrap(cells, 200, seed).mean(values)
        inside += low <= 0.3 <= high
    assert inside >= 50


@pytest.mark.parametrize("spread", [0.0, 0.1])
def test_intervals_of_intensity_cover(spread: float):
    examples, inside = groups_examples(10, 6, 2), 0
    cells = cells_of(examples)
    liking = np.random.default_rng(9).normal(0, spread, (10, 6)) if spread else np.zeros((10, 6))
    liking -= liking.mean(axis=0)
    true = bias_intensity(liking * 10 / 9)
    for seed in range(40):
        rng = np.random.default_rng([seed, 1])
        bias = (
            liking[cells.sides[:, 0], cells.attribute] - liking[cells.sides[:, 1], cells.attribute]
        )
        low, high = SubjectBootstrap(cells, 100, seed).intensity(
            bias + rng.normal(0, 0.1, len(examples))
        )
        inside += low <= true <= high
    assert inside >= 34


def test_the_same_seed_gives_the_same_bytes():
    scores = noise(len(NAMES), 3)
    one, two, three = (
        json.dumps(measure_probes(scores, NAMES, resamples=50, seed=seed).to_json())
        for seed in (1, 1, 2)
    )
    assert one == two != three


def test_json_has_no_nan():
    measured = measure_probes(noise(2, 0), [example("A", "B"), example("C", "D", "a.02")])
    data = json.loads(json.dumps(measured.to_json(), allow_nan=False))
    assert data["table"]["gamma"][0][1] is None
    assert set(data["intervals"]) == {"mu", "delta", "epsilon", "subject_mass"}


def spoilt(value: float) -> np.ndarray:
    scores = ideal(len(NAMES))
    scores[7, 2, 1] = value
    return scores


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (spoilt(np.nan), "the first in example 7"),
        (spoilt(np.inf), "1 scores are negative or not finite"),
        (spoilt(-0.1), "example 7"),
        (ideal(3), "3 rows of scores don't belong"),
        (ideal(0), "aren't"),
        (np.ones((5, 2, 4)), "aren't"),
    ],
)
def test_bad_scores_are_refused(scores: np.ndarray, said: str):
    with pytest.raises(MeasureError, match=said):
        measure_probes(scores, NAMES)


def test_bad_examples_are_refused():
    with pytest.raises(MeasureError, match="no examples"):
        cells_of([])
    with pytest.raises(MeasureError, match="two subjects of one cluster"):
        cells_of([example("female/a", "female/b")])
    with pytest.raises(MeasureError, match="0 resamples"):
        measure_probes(ideal(len(NAMES)), NAMES, resamples=0)


def test_a_hundred_thousand_examples_in_a_second():
    examples = (names_examples(20, 50, 5))[:100_000]
    scores, cells = noise(len(examples), 0), cells_of(examples)
    start = time.process_time()
    bias = comparative_bias(scores)
    table = gamma_table(bias, cells)
    bias_intensity(table.gamma), bias_consistency(table.eta)
    positional_dependence(scores), attribute_error(scores)
    assert len(examples) == 100_000
    assert time.process_time() - start < 1.0


def test_torch_is_not_needed():
    names = ["mitigate", "mitigate.probes", "mitigate.bias"]
    program = f"import {', '.join('evenhand.' + n for n in names)}, sys; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "'torch'" not in done.stdout
    assert "'transformers'" not in done.stdout
