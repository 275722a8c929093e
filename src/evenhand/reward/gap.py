"""The gap of a group of ads on training people: is there one, and what would close it?

Where the interval of R holds parity the target is 0 and evenhand abstains, saying which gap it
could have shown. Otherwise the target is the shift of scores at which R is 1, the same for all
ads of the group; it follows the direction in which the groups differ in the engine's own space
where the engine shows one (``shift``). Rewordings aren't looked at here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evenhand.config.schema import RewardConfig
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.bootstrap import ResampleWeights, draw_weights, percentile_interval
from evenhand.measure.estimates import SMALL_CELL
from evenhand.measure.labels import encode_labels
from evenhand.measure.mantel_haenszel import (
    Contrast as Comparison,
)
from evenhand.measure.mantel_haenszel import (
    corrected_log_ratio,
    sides_of,
    stratum_terms,
)
from evenhand.measure.recount import prepare_lists, weighted_counts
from evenhand.reward.contrasts import Contrast, contrast_vector
from evenhand.reward.people import People
from evenhand.reward.shift import Shifted, spreads_of
from evenhand.reward.shrinkage import heterogeneity, own_share
from evenhand.reward.targets import ContrastTarget, GroupTarget

LEAST_ADS = 8
"""Fewest ads of a group, with a run and without. A judgement: of ads of the bundled market drawn at
random 3.5 % of fives showed a gap that all 26 don't and 0.7 % of eights in the lexical engine, 2.1
and 2.8 % in the dense one."""
PLACES = 10
"""Decimals of leans and of ``h``: the last digits of float sums differ by the number of threads."""
NORMAL_95 = 1.96
NORMAL_POWER_80 = 0.84
_SIDES = Comparison("plus", "minus")


@dataclass(frozen=True)
class Evidence:
    """The original ads of one group against the training people.

    Attributes:
        group: The group's name.
        scores: ``(ads, people)``.
        qualified: ``(ads, people)``.
        rankings: The engine's own lists for these ads, people in the same order.
        people: The pool.
        top: Length of the lists.
        vectors: The people in the engine's own space, ``(people, dimensions)``; None where the
            engine has none to show.
    """

    group: str
    scores: FloatArray
    qualified: BoolArray
    rankings: Rankings
    people: People
    top: int
    vectors: FloatArray | None = None

    @property
    def ads(self) -> int:
        """Number of ads."""
        return len(self.scores)

    @cached_property
    def weights(self) -> FloatArray:
        """Share of the ads that each person is qualified for, ``(people,)``."""
        return self.qualified.mean(axis=0)

    @cached_property
    def by_id(self) -> IntArray:
        """Positions of the people in order of id: how engines break ties."""
        return np.array(sorted(range(len(self.people.ids)), key=self.people.ids.__getitem__))

    def shifted(self, sides: IntArray, fold: int | None = None) -> Shifted:
        """Lists as a function of a shift; without one fold's people where ``fold`` is given.

        Lists are then shorter in proportion, so that they reach as deep into the pool.
        """
        keep = self.by_id if fold is None else self.by_id[self.people.folds[self.by_id] != fold]
        scores, qualified = self.scores[:, keep], self.qualified[:, keep]
        top = max(1, round(self.top * len(keep) / len(self.by_id)))
        spreads = spreads_of(scores, qualified.astype(np.float64))
        leans = self.leans(sides, fold)
        kept = None if leans is None else leans[keep]
        return Shifted(scores, qualified, sides[keep], spreads, top, kept)

    def leans(self, sides: IntArray, fold: int | None = None) -> FloatArray | None:
        """Each person's place along the direction between the sides' means, ``(people,)``.

        The direction is found without the person's own fold (else everybody would seem to lean
        to the side they are on) and without ``fold``, whose people get 0. None where the engine
        shows no vectors or a part has nobody on one side.
        """
        if self.vectors is None:
            return None
        leans = np.zeros(len(sides))
        for part in sorted({int(found) for found in self.people.folds} - {fold}):
            inside = self.people.folds == part
            vector = contrast_vector(sides * ~inside * (self.people.folds != fold), self.weights)
            direction = None if vector is None else vector @ self.vectors
            if direction is None or not direction.any():
                return None
            direction = np.round(direction / np.linalg.norm(direction), PLACES)
            leans[inside] = np.round(self.vectors[inside] @ direction, PLACES)
        return leans

    def pooling(self, sides: IntArray, fold: int | None = None) -> float | None:
        """``h`` of ``shrinkage``; without one fold's people where ``fold`` is given."""
        kept = np.ones(len(sides), dtype=np.bool_) if fold is None else self.people.folds != fold
        spreads = spreads_of(self.scores, (self.qualified & kept).astype(np.float64))
        scores = self.scores[spreads > 0.0] / spreads[spreads > 0.0, None]
        if not len(scores):
            return None
        found = heterogeneity(scores, sides * kept, self.people.occupations)
        return None if found is None else round(found, PLACES)

    def mean_gap(self, vector: FloatArray) -> float:
        """Mean over ads of the difference of mean scores, in spreads of the ad."""
        spreads = spreads_of(self.scores, self.qualified.astype(np.float64))
        gaps = (self.scores @ vector)[spreads > 0.0] / spreads[spreads > 0.0]
        return float(gaps.mean()) if len(gaps) else 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """R of one contrast with its interval, on the log scale (continuity corrected)."""

    log: float
    low: float
    high: float

    @property
    def holds_parity(self) -> bool:
        """Whether the interval holds R = 1."""
        return self.low <= 0.0 <= self.high

    @property
    def detectable(self) -> float:
        """Smallest absolute log R that is told from parity four times in five."""
        return (self.high - self.low) / 2.0 * (NORMAL_95 + NORMAL_POWER_80) / NORMAL_95


def estimate_group(
    evidence: Evidence, contrasts: Sequence[Contrast], config: RewardConfig, seed: int
) -> GroupTarget:
    """The target of one group of ads, or why there is none.

    Args:
        evidence: Original ads against training people.
        contrasts: What to compare.
        config: Floors, folds and resamples.
        seed: Decides the resamples.
    """
    if evidence.ads < LEAST_ADS:
        few = (
            f"{evidence.group} has {evidence.ads} ads; at least {LEAST_ADS} are needed "
            "to estimate a gap."
        )
        return GroupTarget(evidence.group, evidence.ads, (), (few,))
    drawn = draw_weights(
        len(evidence.people.ids), [evidence.group] * evidence.ads, config.resamples, seed
    )
    judged: list[ContrastTarget] = []
    left_out: list[str] = []
    for contrast in contrasts:
        found = _estimate(evidence, contrast, config, drawn)
        if isinstance(found, str):
            left_out.append(found)
        else:
            judged.append(found)
    return GroupTarget(evidence.group, evidence.ads, tuple(judged), tuple(left_out))


def ratio_with_interval(
    evidence: Evidence, sides: IntArray, drawn: ResampleWeights
) -> Estimate | None:
    """R of the plus side over the minus side with its two-way percentile interval.

    Returns:
        The estimate; None where nobody qualified of either side is in any list.
    """
    names = np.array(["", "plus", "minus"])[sides]
    lists = prepare_lists(evidence.rankings, evidence.qualified, encode_labels(names), evidence.top)
    if not (lists.hits & (sides[lists.positions] != 0)).any():
        return None
    once = np.ones((1, len(sides)), dtype=np.int64)
    point = _log_ratios(
        lists.groups.columns, *weighted_counts(lists, once), np.ones((1, len(lists.hits)))
    )
    step = lists.chunk_size()
    replicates = [
        _log_ratios(
            lists.groups.columns,
            *weighted_counts(lists, drawn.people[start : start + step]),
            drawn.ads[start : start + step].astype(np.float64),
        )
        for start in range(0, drawn.resamples, step)
    ]
    low, high = percentile_interval(np.concatenate(replicates))
    return Estimate(float(point[0]), float(low), float(high))


def _log_ratios(
    columns: Sequence[str], selected: FloatArray, pool: FloatArray, ads: FloatArray
) -> FloatArray:
    terms = stratum_terms(selected, pool, sides_of(columns, [_SIDES]))[..., 0]
    return corrected_log_ratio((terms * ads).sum(axis=-1))


def _estimate(
    evidence: Evidence, contrast: Contrast, config: RewardConfig, drawn: ResampleWeights
) -> ContrastTarget | str:
    """The target of one contrast, or the sentence that says why it can't be judged."""
    sides = evidence.people.sides(contrast)
    counts = evidence.people.counts(contrast, evidence.weights)
    vector = contrast_vector(sides, evidence.weights)
    too_few = _too_few(evidence.group, contrast, counts, max(config.min_group, config.folds))
    if too_few or vector is None or not _in_every_fold(evidence, sides, config.folds):
        return too_few or _unfoldable(evidence.group, contrast)
    ratio = ratio_with_interval(evidence, sides, drawn)
    if ratio is None:
        return (
            f"{contrast.name} can't be judged in {evidence.group}: nobody qualified is in a top "
            f"{evidence.top}."
        )
    shifts = _shifts(evidence, sides, ratio, config.folds)
    spread = evidence.pooling(sides)
    return ContrastTarget(
        contrast=contrast,
        people=counts,
        ratio=math.exp(ratio.log),
        interval=(math.exp(ratio.low), math.exp(ratio.high)),
        detectable=(math.exp(-ratio.detectable), math.exp(ratio.detectable)),
        gap=evidence.mean_gap(vector),
        shift=shifts.whole,
        shift_interval=shifts.interval,
        fold_shifts=shifts.by_fold,
        heterogeneity=spread,
        fold_heterogeneity=tuple(evidence.pooling(sides, fold) for fold in range(config.folds)),
        share=own_share(vector, spread),
        abstained=ratio.holds_parity,
        reason=_reason(evidence.group, contrast, ratio),
    )


@dataclass(frozen=True, slots=True)
class _Shifts:
    whole: float
    interval: tuple[float, float]
    by_fold: tuple[float, ...]


def _shifts(evidence: Evidence, sides: IntArray, ratio: Estimate, folds: int) -> _Shifts:
    """Targets from everybody, from the interval's ends, and without each fold's people."""
    everybody = evidence.shifted(sides)
    ends = [everybody.shift_to(math.exp(ratio.log - end)) for end in (ratio.low, ratio.high)]
    interval = (min(ends), max(ends))
    if ratio.holds_parity:
        return _Shifts(0.0, interval, (0.0,) * folds)
    by_fold = tuple(evidence.shifted(sides, fold).shift_to() for fold in range(folds))
    return _Shifts(everybody.shift_to(), interval, by_fold)


def _in_every_fold(evidence: Evidence, sides: IntArray, folds: int) -> bool:
    """Whether both sides have qualified people in each fold and in each half."""
    parts: list[NDArray[np.bool_]] = [evidence.people.folds == fold for fold in range(folds)]
    parts += [half == which for half in evidence.people.halves for which in (0, 1)]
    return all(contrast_vector(sides * part, evidence.weights) is not None for part in parts)


def _too_few(group: str, contrast: Contrast, counts: tuple[int, int], least: int) -> str:
    names = (contrast.value, "the rest" if contrast.other is None else contrast.other)
    short = [
        f"{_missing(least, count)} more with the value {name}"
        for name, count in zip(names, counts, strict=True)
        if count < least
    ]
    if not short:
        return ""
    return (
        f"{contrast.name} can't be judged in {group}: it takes at least {least} qualified people "
        f"on each side, so {' and '.join(short)}."
    )


def _missing(least: int, count: int) -> str:
    """How many people are missing, without giving away a count of a handful."""
    return str(least - count) if count >= SMALL_CELL else f"over {least - SMALL_CELL}"


def _unfoldable(group: str, contrast: Contrast) -> str:
    return (
        f"{contrast.name} can't be judged in {group}: its people can't be spread over all folds; "
        "use fewer folds or more people."
    )


def _reason(group: str, contrast: Contrast, ratio: Estimate) -> str:
    value, low, high = (f"{math.exp(x):.2f}" for x in (ratio.log, ratio.low, ratio.high))
    found = f"R {value}, 95 % interval {low} to {high}"
    if not ratio.holds_parity:
        return f"{contrast.name} in {group}: this engine shows a gap ({found})."
    least, most = math.exp(-ratio.detectable), math.exp(ratio.detectable)
    return (
        f"{contrast.name} in {group}: this engine shows no detectable gap for these ads ({found}); "
        f"four times in five it would have shown one below {least:.2f} or above {most:.2f}."
    )
