"""The gap of a group of ads on training people: is there one, and what would close it?

Where the interval of R holds parity the target is 0 and evenhand abstains, saying which gap it
could have shown. Otherwise the target is the shift of scores at which R is 1, the same for all
ads of the group. A shift moves the two sides of a contrast apart by ``delta`` spreads of each ad.
How it spreads over people matters, since lists are about the best few: words move whoever reads
like the other group, of either side. Where the engine shows along which direction the sides
differ, people move in proportion to their place along it; where it doesn't, each side moves as
one block, keeping the mean score of the qualified. Targets are aggregates: no ids and no figure of
any one person. Rewordings aren't looked at here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from evenhand.config.schema import RewardConfig
from evenhand.errors import StorageError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.counts import encode_labels, prepare_lists, weighted_counts
from evenhand.measure.ratio import Contrast as Comparison
from evenhand.measure.ratio import corrected_log_ratio, sides_of, stratum_terms
from evenhand.measure.resample import ResampleWeights, draw_weights, interval_of
from evenhand.measure.study import SMALL_CELL
from evenhand.reward.people import People
from evenhand.reward.sides import Contrast, contrast_vector, heterogeneity, own_share

LARGEST_SHIFT = 8.0
"""Spreads; a gap that no smaller shift closes gets this target."""
HALVINGS = 40
LEAST_SEPARATION = 0.2
"""Least difference of the sides' mean leans, in standard deviations of the leans of an ad's
qualified people, for a shift to follow the leans (a small effect by the usual measure); with
less, following them would move everybody about for the sake of a hair's breadth."""
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
class Shifted:
    """The top-k of some ads as a function of a shift between two sides.

    Attributes:
        scores: Scores of the original ads, ``(ads, people)``, columns in order of candidate id
            (that order breaks ties).
        qualified: Who is qualified for which ad, ``(ads, people)``.
        sides: +1, -1 or 0 a person, ``(people,)``.
        spreads: Standard deviation of each ad's scores over its qualified people, ``(ads,)``.
        k: Length of the lists.
        leans: Place of each person along the direction in which the sides differ, ``(people,)``;
            None where it isn't known.
    """

    scores: FloatArray
    qualified: BoolArray
    sides: IntArray
    spreads: FloatArray
    k: int
    leans: FloatArray | None = None

    @cached_property
    def _plus(self) -> BoolArray:
        return self.qualified & (self.sides > 0)

    @cached_property
    def _minus(self) -> BoolArray:
        return self.qualified & (self.sides < 0)

    @cached_property
    def _shares(self) -> tuple[FloatArray, FloatArray]:
        """Each side's share of the qualified people of each ad; 0 where there is nobody."""
        plus, minus = self._plus.sum(axis=1), self._minus.sum(axis=1)
        total = np.maximum(plus + minus, 1)
        return plus / total, minus / total

    @cached_property
    def _steps(self) -> FloatArray:
        """What one spread of shift adds to every score, ``(ads, people)``."""
        plus, minus = self._shares
        blocks = self._plus * minus[:, None] - self._minus * plus[:, None]
        steps = blocks.astype(np.float64)
        if self.leans is not None:
            apart = self._mean(self._plus) - self._mean(self._minus)
            compared = (self._plus | self._minus).astype(np.float64)
            leans = np.broadcast_to(self.leans, self.scores.shape)
            follow = apart > LEAST_SEPARATION * spreads_of(leans, compared)
            steps[follow] = self.leans / apart[follow, None]
        return steps * self.spreads[:, None]

    def _mean(self, who: BoolArray) -> FloatArray:
        """Mean lean of some people of every ad, ``(ads,)``."""
        leans = np.zeros(who.shape[1]) if self.leans is None else self.leans
        return (who @ leans) / np.maximum(who.sum(axis=1), 1)

    def counts(self, delta: float) -> tuple[IntArray, IntArray]:
        """How many of the plus and of the minus side are in each ad's top-k, ``(ads,)`` each."""
        top = top_mask(self.scores + delta * self._steps, self.k)
        return (top & self._plus).sum(axis=1), (top & self._minus).sum(axis=1)

    def balance(self, delta: float, ratio: float = 1.0) -> float:
        """``sum_j a_j M_j / N_j - ratio * sum_j b_j F_j / N_j``; 0 where R equals ``ratio``."""
        selected_plus, selected_minus = self.counts(delta)
        share_plus, share_minus = self._shares
        return float(selected_plus @ share_minus - ratio * (selected_minus @ share_plus))

    def shift_to(self, ratio: float = 1.0) -> float:
        """The shift at which R crosses ``ratio``, by bisection, within ±``LARGEST_SHIFT``.

        Where sides move as blocks R never falls as the shift grows; where people follow their
        leans it rises but for single places, and the crossing found is one between two shifts
        on either side of ``ratio``. Where it is flat at ``ratio``, the shift nearest to 0 of that
        stretch is found from its side.
        """
        at_zero = self.balance(0.0, ratio)
        if at_zero == 0.0:
            return 0.0
        sign = -1.0 if at_zero > 0.0 else 1.0
        inner, outer = 0.0, 0.25
        while sign * self.balance(sign * outer, ratio) < 0.0:
            inner, outer = outer, outer * 2.0
            if outer > LARGEST_SHIFT:
                return sign * LARGEST_SHIFT
        for _ in range(HALVINGS):
            middle = (inner + outer) / 2.0
            if sign * self.balance(sign * middle, ratio) < 0.0:
                inner = middle
            else:
                outer = middle
        return sign * outer


def top_mask(scores: FloatArray, k: int) -> BoolArray:
    """Who is in each row's top-k, ``(rows, people)``; of equal scores the earlier columns win."""
    count = scores.shape[1]
    if k >= count:
        return np.ones(scores.shape, dtype=np.bool_)
    cut = np.partition(scores, count - k, axis=1)[:, count - k, None]
    above, level = scores > cut, scores == cut
    room = k - above.sum(axis=1, keepdims=True)
    return above | (level & (np.cumsum(level, axis=1) <= room))


def spreads_of(scores: FloatArray, weights: FloatArray) -> FloatArray:
    """Standard deviation of each row's scores over the people with weight, shape ``(rows,)``.

    ``weights`` say who counts how much, >= 0: ``(people,)``, or ``(rows, people)``. 0 where nobody
    counts or all counted scores are equal.
    """
    weights = np.broadcast_to(weights, scores.shape)
    total = weights.sum(axis=1)
    shares = weights / np.where(total > 0.0, total, 1.0)[:, None]
    means = (scores * shares).sum(axis=1, keepdims=True)
    spreads = np.sqrt((np.square(scores - means) * shares).sum(axis=1))
    scale = np.abs(scores).max(axis=1, initial=0.0)
    return np.where(spreads > 1e-12 * scale, spreads, 0.0)


@dataclass(frozen=True, slots=True)
class ContrastTarget:
    """One contrast of one group of ads, measured on training people.

    Attributes:
        contrast: Which people are compared.
        people: Qualified people on the plus and on the minus side.
        ratio: Mantel-Haenszel ratio R of selection rates, plus over minus; 1 is parity.
        interval: Two-way 95 % interval of R.
        detectable: Ratios below the first or above the second would have been told from parity
            four times in five: ``exp(-/+ (1.96 + 0.84) se)``, ``se`` the interval's half-width
            on the log scale over 1.96.
        gap: Mean over ads of the difference of mean scores, in spreads of the ad.
        shift: The target: how far the difference should move, in spreads; 0 where abstained.
        shift_interval: The shifts that the ends of R's interval would ask for.
        fold_shifts: The target of every fold, from the people of the other folds.
        heterogeneity: ``h`` of ``sides``; None where nothing could be pooled.
        fold_heterogeneity: The same from the people of the other folds.
        share: Weight that the group's own difference keeps against the pooled one, in [0, 1].
        abstained: Whether nothing is to be closed.
        reason: One sentence on what was decided.
    """

    contrast: Contrast
    people: tuple[int, int]
    ratio: float
    interval: tuple[float, float]
    detectable: tuple[float, float]
    gap: float
    shift: float
    shift_interval: tuple[float, float]
    fold_shifts: tuple[float, ...]
    heterogeneity: float | None
    fold_heterogeneity: tuple[float | None, ...]
    share: float
    abstained: bool
    reason: str


@dataclass(frozen=True, slots=True)
class GroupTarget:
    """What was found of one group of ads; ``left_out`` says which contrasts couldn't be judged."""

    group: str
    ads: int
    contrasts: tuple[ContrastTarget, ...]
    left_out: tuple[str, ...]

    @property
    def abstained(self) -> bool:
        """Whether no contrast has anything to close."""
        return all(contrast.abstained for contrast in self.contrasts)

    @property
    def reason(self) -> str:
        """What was decided and why, in sentences."""
        return " ".join([*(found.reason for found in self.contrasts), *self.left_out])

    @property
    def lead(self) -> int | None:
        """Index of the contrast with the largest target; None where nothing was judged."""
        sizes = [abs(found.shift) for found in self.contrasts]
        return sizes.index(max(sizes)) if sizes else None

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> GroupTarget:
        """Read ``to_json`` back."""
        try:
            return _SAVED.validate_python(saved)
        except ValidationError as cause:
            where = ".".join(str(part) for part in cause.errors()[0]["loc"])
            raise StorageError(
                f"the saved targets can't be read ({where}: {cause.errors()[0]['msg']}); tune "
                "again to write them anew"
            ) from cause


_SAVED = TypeAdapter(GroupTarget)


@dataclass(frozen=True)
class Evidence:
    """The original ads of one group against the training people, ``(ads, people)``.

    ``rankings`` are the engine's own lists for these ads, people in the same order, ``top`` their
    length; ``vectors`` the people in the engine's own space, None where it has none to show.
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
        """``h`` of ``sides``; without one fold's people where ``fold`` is given."""
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
    group, ads = evidence.group, evidence.ads
    if ads < LEAST_ADS:
        few = f"{group} has {ads} ads; at least {LEAST_ADS} are needed to estimate a gap."
        return GroupTarget(group, ads, (), (few,))
    drawn = draw_weights(len(evidence.people.ids), [group] * ads, config.resamples, seed)
    found = [_estimate(evidence, contrast, config, drawn) for contrast in contrasts]
    judged = tuple(each for each in found if not isinstance(each, str))
    return GroupTarget(group, ads, judged, tuple(each for each in found if isinstance(each, str)))


def ratio_with_interval(
    evidence: Evidence, sides: IntArray, drawn: ResampleWeights
) -> Estimate | None:
    """R of the plus side over the minus side with its two-way percentile interval.

    None where nobody qualified of either side is in any list.
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
    return Estimate(float(point[0]), *interval_of(np.concatenate(replicates)))


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
        return too_few or (
            f"{contrast.name} can't be judged in {evidence.group}: its people can't be spread over "
            "all folds; use fewer folds or more people."
        )
    ratio = ratio_with_interval(evidence, sides, drawn)
    if ratio is None:
        return (
            f"{contrast.name} can't be judged in {evidence.group}: nobody qualified is in a top "
            f"{evidence.top}."
        )
    shift, shift_interval, fold_shifts = _shifts(evidence, sides, ratio, config.folds)
    spread = evidence.pooling(sides)
    return ContrastTarget(
        contrast=contrast,
        people=counts,
        ratio=math.exp(ratio.log),
        interval=(math.exp(ratio.low), math.exp(ratio.high)),
        detectable=(math.exp(-ratio.detectable), math.exp(ratio.detectable)),
        gap=evidence.mean_gap(vector),
        shift=shift,
        shift_interval=shift_interval,
        fold_shifts=fold_shifts,
        heterogeneity=spread,
        fold_heterogeneity=tuple(evidence.pooling(sides, fold) for fold in range(config.folds)),
        share=own_share(vector, spread),
        abstained=ratio.holds_parity,
        reason=_reason(evidence.group, contrast, ratio),
    )


def _shifts(
    evidence: Evidence, sides: IntArray, ratio: Estimate, folds: int
) -> tuple[float, tuple[float, float], tuple[float, ...]]:
    """Targets from everybody, from the interval's ends, and without each fold's people."""
    everybody = evidence.shifted(sides)
    ends = [everybody.shift_to(math.exp(ratio.log - end)) for end in (ratio.low, ratio.high)]
    interval = (min(ends), max(ends))
    if ratio.holds_parity:
        return 0.0, interval, (0.0,) * folds
    by_fold = tuple(evidence.shifted(sides, fold).shift_to() for fold in range(folds))
    return everybody.shift_to(), interval, by_fold


def _in_every_fold(evidence: Evidence, sides: IntArray, folds: int) -> bool:
    """Whether both sides have qualified people in each fold and in each half."""
    parts: list[NDArray[np.bool_]] = [evidence.people.folds == fold for fold in range(folds)]
    parts += [half == which for half in evidence.people.halves for which in (0, 1)]
    return all(contrast_vector(sides * part, evidence.weights) is not None for part in parts)


def _too_few(group: str, contrast: Contrast, counts: tuple[int, int], least: int) -> str:
    names = (contrast.value, "the rest" if contrast.other is None else contrast.other)
    # How many are missing mustn't give away a count of a handful.
    short = [
        f"{least - count if count >= SMALL_CELL else f'over {least - SMALL_CELL}'} more with the "
        f"value {name}"
        for name, count in zip(names, counts, strict=True)
        if count < least
    ]
    if not short:
        return ""
    return (
        f"{contrast.name} can't be judged in {group}: it takes at least {least} qualified people "
        f"on each side, so {' and '.join(short)}."
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
