"""What a reward must pass before it may teach or pay: gates that need people, trust, returns.

``lean``: a reward measured in one encoder could teach
a model to write in the latent accent of a group, so an ad's movement along the direction between
groups is bounded, both ways alike, in a second encoder. ``quality``: a whole rewording may not
spoil an ad's list for anybody. Reliability: would other people have paid the same edits the same?
And rewards as the returns that training gets. Estimates no gap.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.config.schema import RewardConfig
from evenhand.errors import BadInput, MeasureError, ModelError
from evenhand.language.span import Span, Verdict
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Matcher
from evenhand.measure.counts import ndcg, qualified_hits, top_positions
from evenhand.measure.resample import interval_of
from evenhand.records.job import Job
from evenhand.records.people import NO_OCCUPATION, Pool
from evenhand.reward.model import Engine, in_matcher_order
from evenhand.reward.sides import (
    LEAST_SIDE,
    contrasts_of,
    labels_of,
    noise_of,
    occupation_vectors,
    sides_of,
)

Encode = Callable[[Sequence[str]], NDArray[np.floating]]
"""Texts to vectors of shape ``(texts, dimensions)``."""
ROUNDING = 1e-6
"""Differences smaller than this part of the numbers themselves are rounding of an encoder."""
CUT = 20
"""Places over which nDCG is taken."""
LEAST_EDITS = 8
"""Fewest edits over which a correlation is reported."""
LEAST_ADS = 3
"""Fewest ads that edits must come from for an interval."""
TRIMMED = 0.025
"""Share of the rewards pulled in at each end before their deviation is taken."""


@dataclass(frozen=True)
class LeanGate:
    """The gate ``lean``, a ``BatchGate``.

    With a mean-pooling encoder an ad's vector is the length-weighted mean of its parts, so a
    window around the span is enough: the ad moves by the window's movement times the window's
    share of the ad's characters. With ``window`` None whole ads are encoded.

    Attributes:
        encode: The second encoder.
        directions: Unit vectors between groups within occupations, ``(contrasts, dimensions)``.
        spreads: Standard deviation of ads along each direction, ``(contrasts,)``, > 0.
        max_movement: Bound on the absolute movement, in spreads.
        window: Characters of context on each side of the span; None for the whole ad.
    """

    encode: Encode
    directions: FloatArray
    spreads: FloatArray
    max_movement: float
    window: int | None = 200

    def __call__(self, original: str, span: Span, replacements: Sequence[str]) -> list[Verdict]:
        """Judge replacements of one span; reasons name no group."""
        moved = self.movement(original, span, replacements)
        worst = np.abs(moved).max(axis=1, initial=0.0)
        bound = f"of {self.max_movement:.3f} spreads allowed in a second encoder"
        return [
            Verdict("lean", bool(amount <= self.max_movement), f"moves {amount:.3f} {bound}")
            for amount in worst
        ]

    def movement(self, original: str, span: Span, replacements: Sequence[str]) -> FloatArray:
        """How far each replacement moves the ad, in spreads, ``(replacements, contrasts)``."""
        start = 0 if self.window is None else max(0, span.start - self.window)
        end = len(original) if self.window is None else min(len(original), span.end + self.window)
        head, tail = original[start : span.start], original[span.end : end]
        texts = [head + after + tail for after in (span.text, *replacements)]
        along = encoded(self.encode, texts) @ self.directions.T / self.spreads
        share = (end - start) / max(1, len(original))
        return (along[1:] - along[0]) * share


def fit_lean_gate(
    encode: Encode,
    pool: Pool,
    ads: Sequence[str],
    *,
    attributes: Sequence[str],
    by: str,
    max_movement: float,
    per_cell: int = 20,
    window: int | None = 200,
    seed: int = 0,
) -> LeanGate:
    """Find the directions on a sample of training people and the spreads on training ads.

    Args:
        encode: The second encoder.
        pool: Training people.
        ads: Training ads (a sample is enough).
        attributes: Attributes whose contrasts give a direction each.
        by: Column with the occupation of people.
        max_movement: Bound on the absolute movement, in spreads.
        per_cell: Most people encoded of one occupation and one value.
        window: Characters of context on each side of a span; None for whole ads.
        seed: Decides the sample.
    """
    contrasts = contrasts_of(pool, attributes)
    occupations = pool.column(by)
    sides = np.stack([sides_of(c, labels_of(pool, c.attribute)) for c in contrasts])
    sample = _sample(occupations, sides, per_cell, seed)
    vectors = encoded(encode, [person.text for person in pool.take(sample)])
    directions = np.stack(
        [_direction(vectors, row[sample], occupations[sample], by) for row in sides]
    )
    along = encoded(encode, ads) @ directions.T
    spreads = along.std(axis=0)
    if (spreads <= ROUNDING * np.abs(along).max(initial=0.0)).any():
        raise MeasureError(
            f"{len(ads)} training ads don't differ in the second encoder; give more of them"
        )
    return LeanGate(encode, directions, spreads, max_movement, window)


def encoded(encode: Encode, texts: Sequence[str]) -> FloatArray:
    """Vectors of texts, checked."""
    vectors = np.asarray(encode(texts), dtype=np.float64)
    if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
        raise ModelError(
            f"the second encoder gave an array of shape {vectors.shape} for {len(texts)} texts; it "
            "must give one finite vector a text"
        )
    return vectors


def _sample(occupations: NDArray[np.str_], sides: IntArray, per_cell: int, seed: int) -> IntArray:
    """At most ``per_cell`` people of each occupation and combination of sides."""
    order = np.random.default_rng([seed, 4]).permutation(len(occupations))
    taken: dict[tuple[str, bytes], int] = {}
    chosen: list[int] = []
    for at in order:
        cell = (str(occupations[at]), sides[:, at].tobytes())
        if sides[:, at].any() and taken.get(cell, 0) < per_cell:
            taken[cell] = taken.get(cell, 0) + 1
            chosen.append(int(at))
    return np.array(sorted(chosen), dtype=np.int64)


def _direction(
    vectors: FloatArray, sides: IntArray, occupations: NDArray[np.str_], by: str
) -> FloatArray:
    """Unit vector of the precision-weighted mean difference within occupations."""
    differences = occupation_vectors(sides, occupations, LEAST_SIDE)
    if not differences.shape[1]:
        raise MeasureError(
            f"no value of {by!r} has {LEAST_SIDE} people on both sides of a contrast, so the "
            "second encoder can't tell a direction; give a larger pool"
        )
    weights = 1.0 / noise_of(differences)
    pooled = vectors.T @ differences @ (weights / weights.sum())
    length = float(np.linalg.norm(pooled))
    if length <= ROUNDING * np.abs(vectors).max(initial=0.0):
        raise MeasureError("the second encoder gives the groups equal vectors; use another one")
    return pooled / length


@dataclass(frozen=True, slots=True)
class _Standing:
    """An ad's list in figures: nDCG, and qualified people shown, on each side of each contrast."""

    ndcg: float
    shown: int
    sides: tuple[tuple[int, int], ...]


class QualityJudge:
    """Makes the quality gate of each ad, on training people with the engine itself.

    nDCG may not fall by more than ``max_loss``, and the two sides of a contrast may not both lose
    (levelling down). Verdicts name no group. ``qualified`` are rows of qualified people by job id,
    in the pool's order; by default whoever shares the ad's ``config.qualified_by``.
    """

    def __init__(
        self,
        pool: Pool,
        matcher: Matcher,
        config: RewardConfig,
        *,
        top: int,
        max_loss: float,
        qualified: Mapping[str, BoolArray] | None = None,
    ) -> None:
        order = in_matcher_order(pool, matcher)
        ordered = pool.take(order)
        self._engine, self._config = Engine(matcher), config
        self._top, self._max_loss = top, max_loss
        self._offered = ordered.column(config.qualified_by)
        self._given = {job: row[order] for job, row in (qualified or {}).items()}
        self._sides = [
            sides_of(contrast, labels_of(ordered, contrast.attribute))
            for contrast in contrasts_of(ordered, config.attributes)
        ]

    def gate(self, job: Job) -> Callable[[str, str], Verdict]:
        """The gate ``quality`` of one ad: ``gate(original, reworded) -> Verdict``."""
        standing: dict[str, _Standing] = {}

        def gate(original: str, reworded: str) -> Verdict:
            if original != job.text:
                raise BadInput(f"the gate of job {job.id!r} was asked about another ad")
            qualified = self._qualified(job)
            if not qualified.any():
                return Verdict("quality", True, "nobody is qualified to judge this ad's list with")
            for text in (original, reworded):
                if text not in standing:
                    standing[text] = self._standing(job.reworded(text), qualified)
            return self._verdict(standing[original], standing[reworded])

        return gate

    def _qualified(self, job: Job) -> BoolArray:
        if job.id in self._given:
            return self._given[job.id]
        name = job.fields.get(self._config.qualified_by, "")
        return (self._offered == name) & (name not in NO_OCCUPATION)

    def _standing(self, job: Job, qualified: BoolArray) -> _Standing:
        lists = self._engine.rank([job], max(self._top, CUT))
        hits = qualified_hits(lists, qualified[None, :], self._top)[0]
        shown = top_positions(lists, self._top)[0][hits]
        counts = tuple(
            (int((sides[shown] > 0).sum()), int((sides[shown] < 0).sum())) for sides in self._sides
        )
        return _Standing(float(ndcg(lists, qualified[None, :], CUT)[0]), len(shown), counts)

    def _verdict(self, before: _Standing, after: _Standing) -> Verdict:
        loss = before.ndcg - after.ndcg
        figures = (
            f"nDCG@{CUT} {before.ndcg:.3f} to {after.ndcg:.3f}, qualified people shown "
            f"{before.shown} to {after.shown}"
        )
        if loss > self._max_loss + 1e-12:
            return Verdict("quality", False, f"{figures}: more than {self._max_loss} lost")
        levelled = any(
            now[0] < was[0] and now[1] < was[1]
            for was, now in zip(before.sides, after.sides, strict=True)
        )
        return Verdict("quality", not levelled, f"{figures}{': levels down' if levelled else ''}")


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far the reward of one group of ads can be trusted.

    Attributes:
        group: The group of ads.
        edits: Edits it was measured on (originals left out).
        ads: Ads they come from.
        half: Correlation between halves of the people, in [-1, 1]; None with too few edits.
        interval: 95 % interval of ``half``, resampling ads; None where ``half`` is.
        whole: Expected correlation between two pools of full size, ``2 r / (1 + r)``
            (Spearman 1910, Brown 1910); None where ``half`` is None or not above 0.
        times_people: How many times as many people would bring ``half`` to the floor,
            ``floor (1 - r) / (r (1 - floor))``; at most 1 where it is there; None where unknown.
        kept: Whether ``half`` is at least the floor.
        reason: One sentence.
    """

    group: str
    edits: int
    ads: int
    half: float | None
    interval: tuple[float, float] | None
    whole: float | None
    times_people: float | None
    kept: bool
    reason: str


def reliability_table(
    groups: Sequence[str],
    ads: Sequence[str],
    halves: Sequence[Sequence[float]],
    *,
    floor: float,
    resamples: int,
    seed: int,
) -> list[Reliability]:
    """Reliability of every group of ads, sorted by name.

    The correlation, over gate-passing edits, of the change of a score gap on two disjoint halves of
    the people, averaged over random splits. A reward without it teaches luck.

    Args:
        groups: Group of the ad of each edit.
        ads: Ad of each edit.
        halves: ``Change.halves`` of each edit: a pair a split. Rows without entries (not judged)
            and rows of zeros (originals) are left out.
        floor: Least correlation for a group to be kept, ``config.min_reliability``.
        resamples: Resamples of ads behind each interval.
        seed: Decides the resamples.
    """
    usable = [at for at, row in enumerate(halves) if any(value != 0.0 for value in row)]
    table: list[Reliability] = []
    for name in sorted({groups[at] for at in range(len(groups)) if groups[at]}):
        rows = [at for at in usable if groups[at] == name]
        values = np.array([halves[at] for at in rows], dtype=np.float64)
        table.append(_reliability(name, [ads[at] for at in rows], values, floor, resamples, seed))
    return table


def _reliability(
    group: str, ads: list[str], values: FloatArray, floor: float, resamples: int, seed: int
) -> Reliability:
    names, members = np.unique(np.array(ads, dtype=np.str_), return_inverse=True)
    once = np.ones((1, len(ads)))
    found = float(split_half(values, once)[0]) if len(ads) >= LEAST_EDITS else float("nan")
    if len(names) < LEAST_ADS or np.isnan(found):
        reason = (
            f"{group}: {len(ads)} edits of {len(names)} ads are too few to say whether its reward "
            f"is reliable; at least {LEAST_EDITS} edits of {LEAST_ADS} ads are needed."
        )
        return Reliability(group, len(ads), len(names), None, None, None, None, False, reason)
    rng = np.random.default_rng([seed, 3])
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    interval = interval_of(split_half(values, drawn[:, members].astype(np.float64)))
    return _described(group, len(ads), len(names), found, interval, floor)


def _described(
    group: str, edits: int, ads: int, found: float, interval: tuple[float, float], floor: float
) -> Reliability:
    whole = spearman_brown(found, 2.0) if found > 0.0 else None
    times = times_needed(found, floor)
    measured = f"{group}: reliability {found:.2f} [{interval[0]:.2f}, {interval[1]:.2f}]"
    if found >= floor:
        reason = f"{measured} over {edits} edits, at or above the floor of {floor:.2f}."
    else:
        need = "no number of people is known" if times is None else f"about {times:.1f} times"
        reason = (
            f"{measured} over {edits} edits, under the floor of {floor:.2f}; it is left out: "
            + (f"{need} that would do." if times is None else f"it needs {need} as many people.")
        )
    return Reliability(group, edits, ads, found, interval, whole, times, found >= floor, reason)


def split_half(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted Pearson correlation of the two halves, averaged over splits, ``(resamples,)``.

    ``values`` are ``(edits, 2 * splits)``, the halves of a split side by side; ``weights``
    ``(resamples, edits)``, >= 0. NaN where a half doesn't vary.
    """
    scale = np.abs(values).max(initial=0.0)
    scaled = values / scale if scale > 0.0 else values
    first, second = scaled[:, 0::2], scaled[:, 1::2]
    shares = weights / weights.sum(axis=1, keepdims=True)
    means = (shares @ first, shares @ second)
    covariance = shares @ (first * second) - means[0] * means[1]
    variances = [
        np.maximum(shares @ np.square(half) - np.square(mean), 0.0)
        for half, mean in zip((first, second), means, strict=True)
    ]
    product = np.sqrt(variances[0] * variances[1])
    varies = np.minimum(*variances) > 1e-14
    correlations = np.where(varies, covariance / np.where(varies, product, 1.0), np.nan)
    return np.clip(correlations, -1.0, 1.0).mean(axis=1)


def spearman_brown(reliability: float, times: float) -> float:
    """Reliability with ``times`` as many people: ``k r / (1 + (k - 1) r)``."""
    return times * reliability / (1.0 + (times - 1.0) * reliability)


def times_needed(reliability: float, floor: float) -> float | None:
    """How many times as many people bring a reliability to ``floor``; None where none would."""
    if reliability <= 0.0 or floor >= 1.0:
        return None
    if reliability >= 1.0:
        return 0.0
    return max(0.0, floor * (1.0 - reliability) / (reliability * (1.0 - floor)))


@dataclass(frozen=True, slots=True)
class Scale:
    """From rewards in spreads to returns.

    Attributes:
        deviation: Root mean square of passing rewards about the original's 0, > 0.
        clip: Largest absolute return of a passing edit.
        failed_gate: Return where a gate failed.
    """

    deviation: float
    clip: float
    failed_gate: float

    @classmethod
    def fit(cls, rewards: FloatArray, *, clip: float, failed_gate: float) -> Scale:
        """Take the deviation from passing edits (originals left out), outliers pulled in.

        It is 1 where no reward differs from 0.
        """
        if not len(rewards):
            return cls(1.0, clip, failed_gate)
        low, high = np.quantile(rewards, [TRIMMED, 1.0 - TRIMMED])
        deviation = float(np.sqrt(np.square(np.clip(rewards, low, high)).mean()))
        if deviation == 0.0:
            deviation = float(np.sqrt(np.square(rewards).mean()))
        return cls(deviation or 1.0, clip, failed_gate)

    def returns(self, rewards: FloatArray, passed: BoolArray) -> FloatArray:
        """Returns of edits; ``rewards`` are ignored (may be NaN) where a gate failed."""
        scaled = np.clip(np.where(passed, rewards, 0.0) / self.deviation, -self.clip, self.clip)
        return np.where(passed, scaled, self.failed_gate)


@dataclass(frozen=True, slots=True)
class VarianceShares:
    """Shares of the variance of returns; they sum to 1, or are all 0 where nothing varies.

    Attributes:
        pass_fail: Between edits that pass and edits that fail a gate.
        between_ads: Between ads, among passing edits.
        between_states: Between the spans of an ad, among passing edits.
        within_state: Among the passing replacements of one span: what can teach wording.
    """

    pass_fail: float
    between_ads: float
    between_states: float
    within_state: float


def variance_shares(
    returns: FloatArray, passed: BoolArray, ads: Sequence[Hashable], states: Sequence[Hashable]
) -> VarianceShares:
    """Decompose the variance of returns by sums of squares, nested; a span belongs to one ad."""
    total = float(np.square(returns - returns.mean()).sum()) if len(returns) else 0.0
    # What is left of equal returns is what their mean was rounded by.
    if total <= len(returns) * (8 * np.finfo(float).eps * np.abs(returns).max(initial=0.0)) ** 2:
        return VarianceShares(0.0, 0.0, 0.0, 0.0)
    kept = [at for at, fine in enumerate(passed) if fine]
    failed = [at for at, fine in enumerate(passed) if not fine]
    values = returns[kept]
    by_pass = _fitted(returns, [bool(p) for p in passed])
    by_ad = _fitted(values, [ads[at] for at in kept])
    by_state = _fitted(values, [(ads[at], states[at]) for at in kept])
    rest = float(np.square(returns[failed] - by_pass[failed]).sum())
    parts = (
        float(np.square(by_pass - returns.mean()).sum()) + rest,
        float(np.square(by_ad - by_pass[kept]).sum()),
        float(np.square(by_state - by_ad).sum()),
        float(np.square(values - by_state).sum()),
    )
    return VarianceShares(*(part / total for part in parts))


def _fitted(values: FloatArray, labels: Sequence[Hashable]) -> FloatArray:
    """The mean of each value's class."""
    number: dict[Hashable, int] = {}
    codes = np.array([number.setdefault(label, len(number)) for label in labels], dtype=np.int64)
    if not len(codes):
        return np.zeros(0)
    sums = np.bincount(codes, weights=values)
    return (sums / np.bincount(codes))[codes]
