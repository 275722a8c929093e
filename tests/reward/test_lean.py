from __future__ import annotations

import numpy as np
import pytest

from evenhand.errors import MeasureError, ModelError
from evenhand.language.span import Span
from evenhand.records.people import Candidate, Pool
from evenhand.reward.gates import LeanGate, encoded, fit_lean_gate

LETTERS = "abcdefghijklmnopqrstuvwxyz "


def letters(texts):
    """Mean-pooled letters: a window is exactly its share of the whole."""
    return np.array(
        [[text.count(letter) / max(1, len(text)) for letter in LETTERS] for text in texts]
    )


def people(seed: int = 0) -> Pool:
    """Women write more ``w`` and men more ``m``, occupations have letters of their own."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(240):
        gender, occupation = ("female", "male")[i % 2], "xyz"[i % 3]
        own = ("w" if gender == "female" else "m") * 4 + occupation * 8
        noise = "".join(rng.choice(list("abcde"), 20))
        found.append(
            Candidate(f"p{i}", own + noise, {"gender": gender, "occupation_group": occupation})
        )
    return Pool(tuple(found))


ADS = ["w" * n + "m" * (12 - n) + "abc" * 30 for n in range(12)]


def gate(**given) -> LeanGate:
    settings = {
        "attributes": ["gender"],
        "by": "occupation_group",
        "max_movement": 0.05,
        "window": None,
        **given,
    }
    return fit_lean_gate(letters, people(), ADS, **settings)


def span_of(ad: str, start: int, end: int) -> Span:
    return Span(start, end, ad[start:end], "sentence")


def test_the_direction_is_the_planted_one_and_not_an_occupation():
    direction = gate().directions[0]
    assert np.linalg.norm(direction) == pytest.approx(1)
    at = {letter: direction[LETTERS.index(letter)] for letter in "wmxyz"}
    assert at["w"] == pytest.approx(-at["m"], abs=0.1)
    assert at["w"] > 0.6
    assert max(abs(at[o]) for o in "xyz") < 0.1


def test_movement_is_bounded_both_ways():
    ad = ADS[6]
    verdicts = gate()(ad, span_of(ad, 12, 20), ["abcabcab", "wwwwwwww", "mmmmmmmm", ad[12:20]])
    assert [v.passed for v in verdicts] == [True, False, False, True]
    assert verdicts[3].reason.startswith("moves 0.000")
    assert not any("male" in v.reason for v in verdicts)


def test_movement_is_in_spreads_of_ads():
    built = gate()
    ad = ADS[6]
    along = letters([ad, "w" * 8 + ad[8:]]) @ built.directions[0]
    spread = (letters(ADS) @ built.directions[0]).std()
    moved = built.movement(ad, span_of(ad, 0, 8), ["w" * 8])
    assert moved[0, 0] == pytest.approx((along[1] - along[0]) / spread)


def test_a_window_stands_for_the_whole_ad():
    ad = ADS[6] * 5
    span, after = span_of(ad, 100, 110), ["wwwwwabcde", "abcdefghij"]
    whole, window = gate().movement(ad, span, after), gate(window=40).movement(ad, span, after)
    assert window == pytest.approx(whole, abs=1e-9)
    near_the_edge = span_of(ad, 0, 10)
    assert gate(window=40).movement(ad, near_the_edge, after) == pytest.approx(
        gate().movement(ad, near_the_edge, after), abs=1e-9
    )


def test_a_sample_of_people_is_taken_evenly_and_by_seed():
    asked: list[list[str]] = []

    def recording(texts):
        asked.append(list(texts))
        return letters(texts)

    for seed in (0, 0, 1):
        fit_lean_gate(
            recording,
            people(),
            ADS,
            attributes=["gender"],
            by="occupation_group",
            max_movement=0.05,
            per_cell=5,
            seed=seed,
        )
    assert len(asked[0]) == 5 * 3 * 2
    assert asked[0] == asked[2]
    assert asked[0] != asked[4]


def test_what_cannot_be_fitted():
    lone = Pool(
        tuple(Candidate(p.id, p.text, {**p.fields, "occupation_group": p.id}) for p in people())
    )
    given = {"attributes": ["gender"], "by": "occupation_group", "max_movement": 0.05}
    with pytest.raises(MeasureError, match="both sides"):
        fit_lean_gate(letters, lone, ADS, **given)
    with pytest.raises(MeasureError, match="don't differ"):
        fit_lean_gate(letters, people(), [ADS[0]] * 3, **given)
    with pytest.raises(MeasureError, match="equal vectors"):
        fit_lean_gate(lambda texts: np.ones((len(texts), 3)), people(), ADS, **given)


@pytest.mark.parametrize("broken", [np.ones(3), np.ones((2, 3)), np.full((3, 2), np.nan)])
def test_a_broken_encoder_is_told(broken):
    with pytest.raises(ModelError, match="second encoder"):
        encoded(lambda texts: broken, ["a", "b", "c"])
