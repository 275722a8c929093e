"""The engine with a known gap, and the fit of its direction."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand.errors import MatcherError, MeasureError
from evenhand.match.check import check_matcher, trusted
from evenhand.match.dense import DenseMatcher, Encoder
from evenhand.match.known_gap import KnownGapMatcher, fit_centres, fit_lean
from evenhand.match.protocol import LinearMatcher
from evenhand.records.job import Job
from evenhand.records.people import Document

CENTRES = {"accounting": 0.1, "writing": -0.05, "counselling": 0.0}


@pytest.fixture
def base(encoder: Encoder, documents: list[Document]) -> DenseMatcher:
    return DenseMatcher(encoder, documents)


@pytest.fixture
def direction(base: DenseMatcher) -> np.ndarray:
    difference = base.candidate_vectors[4] - base.candidate_vectors[5]
    return difference / np.linalg.norm(difference)


@pytest.fixture
def matcher(base: DenseMatcher, direction: np.ndarray) -> KnownGapMatcher:
    return KnownGapMatcher(base, direction, CENTRES)


def test_scores_are_the_formula(matcher: KnownGapMatcher, base: DenseMatcher, jobs: list[Job]):
    ads, people, w = base.encode_queries(jobs), base.candidate_vectors, matcher.direction
    scores = matcher.scores(jobs)
    for row, job in enumerate(jobs):
        for column in range(len(people)):
            tilt = (ads[row] @ w - CENTRES[str(job.group)]) * (people[column] @ w)
            assert scores[row, column] == pytest.approx(ads[row] @ people[column] + 15 * tilt)


def test_it_is_linear(matcher: KnownGapMatcher, jobs: list[Job]):
    assert isinstance(matcher, LinearMatcher)
    rebuilt = matcher.encode_queries(jobs) @ matcher.candidate_vectors.T
    rebuilt = rebuilt + matcher.query_offsets(jobs)
    np.testing.assert_allclose(rebuilt, matcher.scores(jobs), atol=1e-13)


def test_without_strength_it_is_its_base(base: DenseMatcher, direction: np.ndarray, jobs):
    plain = KnownGapMatcher(base, direction, CENTRES, strength=0.0)
    assert (plain.scores(jobs) == base.scores(jobs)).all()


def test_it_conforms(matcher: KnownGapMatcher, jobs: list[Job]):
    findings = check_matcher(matcher, jobs)
    assert trusted(findings), [finding for finding in findings if not finding.passed]


def test_an_ad_past_the_centre_lifts_the_plus_side(base: DenseMatcher, direction: np.ndarray):
    job = Job("j", "Listen to pupils.", fields={"occupation_group": "g"})
    lean = float(base.encode_queries([job])[0] @ direction)
    leans = base.candidate_vectors @ direction
    for centre, sign in ((lean - 0.1, 1), (lean + 0.1, -1)):
        lifted = KnownGapMatcher(base, direction, {"g": centre}).scores([job]) - base.scores([job])
        np.testing.assert_array_equal(np.sign(lifted[0]), sign * np.sign(leans))


def test_equal_profiles_tie(encoder: Encoder, direction: np.ndarray, jobs: list[Job]):
    same = DenseMatcher(encoder, [Document(f"p{n:02d}", "A text.") for n in range(40)][::-1])
    ranked = KnownGapMatcher(same, direction, CENTRES).rank(jobs, 9)
    assert ranked.ids_of(0) == [f"p{n:02d}" for n in range(9)]


def test_restricting_keeps_the_scores(matcher: KnownGapMatcher, jobs: list[Job]):
    part = matcher.restrict([6, 1])
    assert (part.scores(jobs) == matcher.scores(jobs)[:, [6, 1]]).all()
    assert part.restrict([0, 1]).digest == part.digest != matcher.digest


def test_every_setting_changes_the_digest(base: DenseMatcher, direction: np.ndarray, matcher):
    others = [
        KnownGapMatcher(base, -direction, CENTRES),
        KnownGapMatcher(base, direction, {**CENTRES, "writing": 0.0}),
        KnownGapMatcher(base, direction, CENTRES, strength=10.0),
    ]
    assert len({matcher.digest, *(other.digest for other in others)}) == 4


def test_a_group_without_a_centre_is_named(matcher: KnownGapMatcher):
    job = Job("j7", "text", fields={"occupation_group": "music"})
    with pytest.raises(MatcherError, match=r"'j7' has the occupation group 'music'.*'writing'"):
        matcher.scores([job])


@pytest.mark.parametrize("bad", [np.ones(3), np.ones(384)])
def test_what_is_no_unit_direction_is_refused(base: DenseMatcher, bad: np.ndarray):
    with pytest.raises(MatcherError, match="direction"):
        KnownGapMatcher(base, bad, CENTRES)


def planted(seed: int = 0) -> tuple[np.ndarray, list[int], list[str], np.ndarray]:
    """People whose vectors hold their occupation, a planted direction by label, and noise."""
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal(20)
    truth /= np.linalg.norm(truth)
    occupations = [f"o{n % 5}" for n in range(2000)]
    shares = {"o0": 0.9, "o1": 0.7, "o2": 0.5, "o3": 0.3, "o4": 0.1}
    labels = [1 if rng.random() < shares[o] else -1 for o in occupations]
    places = {o: 5 * rng.standard_normal(20) for o in shares}
    noise = 0.3 * rng.standard_normal((2000, 20))
    vectors = np.stack([places[o] + s * truth for o, s in zip(occupations, labels, strict=True)])
    return vectors + noise, labels, occupations, truth


def test_the_fit_finds_the_direction_within_occupations():
    vectors, labels, occupations, truth = planted()
    direction = fit_lean(vectors, labels, occupations)
    assert np.linalg.norm(direction) == pytest.approx(1)
    assert direction @ truth > 0.99
    signs = np.array(labels)
    naive = vectors[signs == 1].mean(axis=0) - vectors[signs == -1].mean(axis=0)
    assert naive @ truth / np.linalg.norm(naive) < 0.8


def test_excluded_and_unknown_occupations_do_not_count():
    vectors, labels, occupations, _ = planted()
    before = fit_lean(vectors, labels, occupations, {"o0", "o1"})
    out = np.isin(occupations, ["o0", "o1"])
    changed = np.where(out[:, None], vectors + np.outer(labels, np.arange(20)), vectors)
    assert (fit_lean(changed, labels, occupations, {"o0", "o1"}) == before).all()
    blank = ["" if o in ("o0", "o1") else o for o in occupations]
    assert (fit_lean(changed, labels, blank) == before).all()
    unlabelled = [0 if hidden else label for hidden, label in zip(out, labels, strict=True)]
    assert (fit_lean(changed, unlabelled, occupations) == before).all()


def test_no_occupation_with_both_groups_is_undefined():
    with pytest.raises(MeasureError, match="no occupation has people of both groups"):
        fit_lean(np.eye(4), [1, 1, -1, -1], ["a", "a", "b", "b"])


def test_centres_are_means_plus_the_shift():
    vectors = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8], [0.6, 0.8]])
    centres = fit_centres(vectors, ["a", "a", "b", ""], np.array([1.0, 0.0]))
    assert centres == pytest.approx({"a": 0.6, "b": 0.7})
