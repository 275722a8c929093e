"""Stem lists, odds ratios and style tests: the published letters' golden numbers, and by hand."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evenhand.errors import MeasureError
from evenhand.language.style import (
    STEM_LISTS,
    Mode,
    odds_ratio,
    stem_counts,
    style_difference,
    word_odds_ratios,
)


def odds_between(texts_a, texts_b, stems, mode: Mode = "word_start", **luck):
    """The odds ratio of two sets of texts."""
    counts = [stem_counts(texts, stems, mode) for texts in (texts_a, texts_b)]
    return odds_ratio(*counts, mode, **luck)


SIZES = {
    "ability": 27, "standout": 15, "masculine": 39, "feminine": 34, "agentic": 10, "communal": 12,
    "career": 9, "family": 13, "leader": 4,
}  # fmt: skip
# list: substring ratio, word-start ratio (reference notes, 5.6)
GOLDEN = {
    "ability": (1.075, 1.028),
    "standout": (1.062, 1.051),
    "masculine": (1.254, 1.270),
    "feminine": (0.847, 0.847),
    "agentic": (1.185, 1.223),
    "communal": (0.912, 1.024),
    "career": (1.004, 0.997),
    "family": (0.843, 0.512),
    "leader": (1.068, 1.085),
}
GOLDEN_HITS = {"ability": (532, 508), "masculine": (199, 163), "feminine": (101, 122)}


def letters(folder: Path) -> tuple[list[str], list[str]]:
    with (folder / "letters" / "clg_letters.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    male, female = (
        [r["chatgpt_gen"] for r in rows if r["gender"] == g] for g in ("male", "female")
    )
    return male, female


def test_the_lists_have_their_published_sizes() -> None:
    assert {name: len(stems) for name, stems in STEM_LISTS.items()} == SIZES
    assert all(len(set(s)) == len(s) and s == tuple(map(str.lower, s)) for s in STEM_LISTS.values())


@pytest.mark.real_data
@pytest.mark.parametrize("name", GOLDEN)
def test_the_released_letters_reproduce_in_both_modes(name: str, shared_data: Path) -> None:
    male, female = letters(shared_data)
    modes: tuple[Mode, ...] = ("substring", "word_start")
    for mode, golden in zip(modes, GOLDEN[name], strict=True):
        found = odds_between(male, female, STEM_LISTS[name], mode, resamples=0, permutations=0)
        assert found.texts == (60, 60)
        assert round(found.ratio, 3) == golden
        if mode == "substring" and name in GOLDEN_HITS:
            assert found.hits == GOLDEN_HITS[name]


@pytest.mark.real_data
def test_no_list_of_the_letters_is_beyond_chance_when_letters_are_the_unit(
    shared_data: Path,
) -> None:
    male, female = letters(shared_data)
    found = {name: odds_between(male, female, stems) for name, stems in STEM_LISTS.items()}
    assert all(one.interval[0] < one.ratio < one.interval[1] for one in found.values())
    beyond = {name for name, one in found.items() if one.p_value < 0.05 / len(found)}
    assert beyond == set()
    assert found["masculine"] == odds_between(male, female, STEM_LISTS["masculine"])


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("column", "means", "t", "p"),
    [
        ("per_pos", (0.9805, 0.9741), 0.891, 0.187),
        ("per_for", (0.9282, 0.9278), 0.086, 0.466),
        ("per_ac", (0.1560, 0.1544), 0.083, 0.467),
    ],
)
def test_the_released_style_columns_reproduce(
    column: str, means: tuple[float, float], t: float, p: float, shared_data: Path
) -> None:
    path = shared_data / "letters" / "clg_letters_style.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    a, b = ([float(r[column]) for r in rows if r["gender"] == g] for g in ("male", "female"))
    found = style_difference(a, b)
    assert tuple(round(mean, 4) for mean in found.means) == means
    assert (round(found.study_t, 3), round(found.study_p, 3)) == (t, p)
    welch = stats.ttest_ind(a, b, equal_var=False)
    assert found.t == pytest.approx(welch.statistic)
    assert found.p_value == pytest.approx(welch.pvalue)
    assert found.interval == pytest.approx(tuple(welch.confidence_interval()))
    assert found.p_value > 0.3


def test_the_formula_by_hand() -> None:
    found = odds_between(["warm warm tea"], ["warm cold cold tea"], ["warm"], resamples=0)
    assert found.hits == (2, 1)
    assert found.words == (3, 4)
    assert found.ratio == pytest.approx((2.001 / 1.001) / (1.001 / 3.001))


@pytest.mark.parametrize(("mode", "hits"), [("substring", 6), ("word_start", 2), ("token", 2)])
def test_what_a_mode_counts(mode: Mode, hits: int) -> None:
    """Nested stems count twice and glued words are lost, except in the mode that cuts words."""
    text = "An outstanding person.<return><return>Outstanding lessons"
    assert stem_counts([text], ["outstand", "outstanding", "son"], mode).tolist()[0][0] == hits
    assert stem_counts(["Outstanding"], ["outstand", "outstanding"], mode).tolist() == (
        [[1, 1]] if mode == "token" else [[2, 1]]
    )


def test_a_set_without_words_is_undefined() -> None:
    found = odds_between([""], ["warm"], ["warm"])
    assert math.isnan(found.ratio)
    assert math.isnan(found.p_value)
    assert math.isnan(odds_between([], ["warm"], ["warm"]).ratio)


def test_a_mode_that_does_not_exist_is_refused() -> None:
    with pytest.raises(MeasureError, match="mode 'lemma'"):
        odds_between(["a"], ["b"], ["a"], "lemma")  # type: ignore[arg-type]
    with pytest.raises(MeasureError, match="0 stems"):
        odds_between(["a"], ["b"], [])


def test_texts_are_the_unit_not_words() -> None:
    """One letter that repeats a word forty times is one letter's whim; words would call it sure."""
    plain = ["calm words are here today"] * 12
    one = [*plain[:11], "warm " * 40]
    found = odds_between(one, [*plain[:11], "warm words are here today"], ["warm"])
    naive = stats.fisher_exact([[40, 55], [1, 59]]).pvalue
    assert naive < 1e-6
    assert found.p_value > 0.2


def test_a_strong_difference_is_found() -> None:
    found = odds_between(["warm kind words"] * 20, ["cold hard words warm"] * 20, ["warm", "kind"])
    assert found.p_value < 0.01
    assert found.interval[0] > 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["warm tea", "lead on", "a b c", "kind kin"]), min_size=1, max_size=6),
    st.lists(st.sampled_from(["warm tea", "lead on", "a b c", "kind kin"]), min_size=1, max_size=6),
    st.sampled_from(["substring", "word_start", "token"]),
)
def test_swapping_the_sets_inverts_the_ratio(a: list[str], b: list[str], mode: Mode) -> None:
    there = odds_between(a, b, ["kin", "lead", "warm"], mode, resamples=0, permutations=99)
    back = odds_between(b, a, ["kin", "lead", "warm"], mode, resamples=0, permutations=99)
    assert there.ratio == pytest.approx(1 / back.ratio)
    turned = odds_between(a[::-1], b, ["kin", "lead", "warm"], mode, resamples=0, permutations=0)
    assert turned.ratio == there.ratio


def test_salient_words_by_hand() -> None:
    a, b = ["leader leader leader warm calm"], ["warm warm warm leader calm"]
    found = word_odds_ratios(a, b, threshold=1)
    assert [one.word for one in found] == ["leader", "calm", "warm"]
    assert found[0].ratio == pytest.approx((3 / 2) / (1 / 4))
    assert found[1].ratio == pytest.approx(1.0)
    assert [one.word for one in word_odds_ratios(a, b, threshold=2)] == []
    assert [one.word for one in word_odds_ratios(a, b, threshold=1, keep="warm".__eq__)] == []


def test_style_without_spread_or_people_is_undefined() -> None:
    assert math.isnan(style_difference([1.0], [1.0, 2.0]).t)
    assert math.isnan(style_difference([1.0, 1.0], [1.0, 1.0]).t)
    found = style_difference([1.0, 2.0, np.nan], [1.0, 3.0])
    assert found.n == (2, 2)
