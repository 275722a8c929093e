"""All measures of single candidates of one engine's lists, as figures.

At random, every list draws its people from the whole pool (``random_lists``): a yardstick, and no
null. An engine that shows the qualified, without any bias, is far from it nearly always, so there
is no p-value: these figures describe.

There are bootstrap intervals for the two means over ads (II-F and IAA) only. The other measures
look at all lists at once, and an ad drawn twice makes them more uneven by itself: a bootstrap of
ads would miss the value it is about. Their yardstick is the level at random.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, Rankings
from evenhand.measure.bootstrap import ResampleWeights, percentile_interval
from evenhand.measure.candidates.better_worse_off import (
    better_worse_off,
    better_worse_off_corrected,
)
from evenhand.measure.candidates.disparity import amortised_disparity, individual_disparity
from evenhand.measure.candidates.entropy import entropy, entropy_corrected
from evenhand.measure.candidates.fairness_to_relevance import (
    amortised_fairness,
    individual_fairness,
    individual_fairness_by_list,
    individual_fairness_corrected,
)
from evenhand.measure.candidates.gini import (
    gini,
    gini_corrected,
    gini_weighted,
    gini_weighted_corrected,
)
from evenhand.measure.candidates.individual_attention import (
    individual_attention,
    individual_attention_by_list,
    individual_attention_corrected,
)
from evenhand.measure.candidates.jain import jain, jain_corrected
from evenhand.measure.candidates.mme import envy_cost, mean_max_envy
from evenhand.measure.candidates.qualified_fairness import (
    qualified_fairness,
    qualified_fairness_corrected,
)
from evenhand.measure.candidates.relevant import Relevant
from evenhand.measure.candidates.satisfaction import satisfaction, satisfaction_corrected
from evenhand.measure.candidates.shown import Shown, show
from evenhand.measure.candidates.vocd import vocd
from evenhand.measure.figure import NO_INTERVAL, Figure
from evenhand.measure.mean_interval import mean_interval
from evenhand.measure.random_lists import random_positions

_ADDITIONS = 2_000_000_000
"""What the level at random of MME may cost."""
_FEWEST_DRAWS = 20
_SALT = 11

_UNSHOWN = "somebody is shown by no list, and the original has no value then; read the corrected"
_ONE_PLACE = "the original has no value for lists of one place; read the corrected"
_NOBODY = "somebody is relevant to no ad, and the original has no value then; read the corrected"
_SAME = "every list could come out in one way only, so there is nothing to set the value between"
_FEW_PLACES = "there are fewer places than people, so an even share is 0 and everybody has it"
_PAIR = "fewer than two people are shown"
_CONSTANT = "full lists of these lengths all have this value; read AI-D"


@dataclass(frozen=True)
class _Measure:
    """One measure: the original, the corrected form and what to say where one has no value."""

    original: Callable[[Shown, Relevant], float]
    corrected: Callable[[Shown, Relevant], float] | None = None
    reason: str = ""


def _plain(measure: Callable[[Shown], float]) -> Callable[[Shown, Relevant], float]:
    return lambda shown, _: measure(shown)


MEASURES: Mapping[str, _Measure] = {
    "jain": _Measure(_plain(jain), _plain(jain_corrected)),
    "qualified_fairness": _Measure(
        _plain(qualified_fairness), _plain(qualified_fairness_corrected)
    ),
    "entropy": _Measure(_plain(entropy), _plain(entropy_corrected), _UNSHOWN),
    "gini": _Measure(_plain(gini), _plain(gini_corrected)),
    "gini_weighted": _Measure(_plain(gini_weighted), _plain(gini_weighted_corrected)),
    "satisfaction": _Measure(_plain(satisfaction), _plain(satisfaction_corrected)),
    "vocd": _Measure(_plain(vocd), None, _PAIR),
    "ii_d": _Measure(_plain(individual_disparity)),
    "ai_d": _Measure(_plain(amortised_disparity)),
    "ii_f": _Measure(individual_fairness, individual_fairness_corrected),
    "ai_f": _Measure(amortised_fairness),
    "iaa": _Measure(individual_attention, individual_attention_corrected, _ONE_PLACE),
    "ibo": _Measure(
        lambda shown, relevant: better_worse_off(shown, relevant)[0],
        lambda shown, relevant: better_worse_off_corrected(shown, relevant)[0],
        _NOBODY,
    ),
    "iwo": _Measure(
        lambda shown, relevant: better_worse_off(shown, relevant)[1],
        lambda shown, relevant: better_worse_off_corrected(shown, relevant)[1],
        _NOBODY,
    ),
    "mme": _Measure(mean_max_envy),
}
"""By key, in the order of reports."""

OVER_ADS = {"ii_f": individual_fairness_by_list, "iaa": individual_attention_by_list}
"""Measures that are a mean over ads, which a bootstrap of ads can resample."""


def candidate_figures(
    rankings: Rankings,
    qualified: BoolArray,
    k: int,
    *,
    weights: ResampleWeights | None = None,
    seed: int = 0,
    draws: int = 200,
) -> list[Figure]:
    """The figures of every measure, original and corrected, with their level at random.

    ``chance`` and ``chance_mean`` are about ``value``; where the original has no value (mostly
    entropy, IBO and IWO) they are about ``corrected``, and the variant says so.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``: who is relevant to which ad.
        k: Places that are seen.
        weights: Of the bootstrap over ads, for the intervals of II-F and IAA; None for none.
        seed: Of the random lists.
        draws: How many sets of random lists give the level at random; 0 for none.

    Raises:
        MeasureError: If the shapes don't belong together, the lists are too short or show nobody,
            or ``draws`` is negative.
    """
    if draws < 0:
        raise MeasureError(f"{draws} draws can't give a level at random; use 0 or more")
    shown, relevant = show(rankings, k), Relevant(qualified)
    relevant.hits(shown)
    values = {key: one.original(shown, relevant) for key, one in MEASURES.items()}
    forms = {key: _form(MEASURES[key], value) for key, value in values.items()}
    chance = _at_random(shown, relevant, forms, seed, draws)
    return [
        _figure(key, value, shown, relevant, chance[key], weights) for key, value in values.items()
    ]


def _form(measure: _Measure, value: float) -> Callable[[Shown, Relevant], float]:
    """The form that is set against chance: the corrected one where the original has no value."""
    if math.isnan(value) and measure.corrected is not None:
        return measure.corrected
    return measure.original


def _figure(
    key: str,
    value: float,
    shown: Shown,
    relevant: Relevant,
    chance: FloatArray,
    weights: ResampleWeights | None,
) -> Figure:
    measure = MEASURES[key]
    corrected = measure.corrected(shown, relevant) if measure.corrected else math.nan
    low_high, level = NO_INTERVAL, math.nan
    if len(chance):
        bounds = percentile_interval(chance)
        low_high, level = (float(bounds[0]), float(bounds[1])), float(chance.mean())
    return Figure(
        measure=key,
        value=value,
        interval=_interval(key, shown, relevant, weights),
        chance=low_high,
        chance_mean=level,
        n=shown.people,
        unit="people",
        corrected=corrected,
        variant=f"k={shown.k}; {_chance_words(len(chance), value)}",
        reason=_reason(key, shown, value, corrected),
    )


def _chance_words(draws: int, value: float) -> str:
    if not draws:
        return "no level at random"
    about = "corrected form" if math.isnan(value) else "value"
    return f"at random: {draws} draws of every list from all people, of the {about}"


def _reason(key: str, shown: Shown, value: float, corrected: float) -> str:
    if math.isnan(value):
        return MEASURES[key].reason
    if key == "ii_d":
        return _CONSTANT
    if key == "satisfaction" and shown.total < shown.people:
        return _FEW_PLACES
    has_corrected = MEASURES[key].corrected is not None
    return _SAME if has_corrected and math.isnan(corrected) else ""


def _interval(
    key: str, shown: Shown, relevant: Relevant, weights: ResampleWeights | None
) -> tuple[float, float]:
    if weights is None or key not in OVER_ADS:
        return NO_INTERVAL
    return mean_interval(OVER_ADS[key](shown, relevant), weights)


def _at_random(
    shown: Shown,
    relevant: Relevant,
    forms: Mapping[str, Callable[[Shown, Relevant], float]],
    seed: int,
    draws: int,
) -> Mapping[str, FloatArray]:
    """Values of every measure in sets of random lists; fewer, or none, where they'd take long."""
    affordable = min(draws, _ADDITIONS // max(envy_cost(shown, relevant), 1))
    wanted = dict.fromkeys(forms, draws)
    wanted["mme"] = affordable if affordable >= min(draws, _FEWEST_DRAWS) else 0
    found: dict[str, list[float]] = {key: [] for key in forms}
    rng = np.random.default_rng([seed, _SALT])
    for draw in range(draws):
        lists = Shown(random_positions(shown.filled, shown.people, rng), shown.people)
        for key, form in forms.items():
            if draw < wanted[key]:
                found[key].append(form(lists, relevant))
    return {key: _where_defined(values) for key, values in found.items()}


def _where_defined(values: list[float]) -> FloatArray:
    """The values; none of them where any is NaN."""
    found = np.array(values, dtype=np.float64)
    return found if np.isfinite(found).all() else np.empty(0)
