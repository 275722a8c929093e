"""What each line of an ad does to the groups' chances in an engine: left out, and asked again.

Formula: a person's move is the change of their score without the line, in standard deviations of
    the original ad's scores over its qualified people; a line's move of a contrast is the mean move
    of its plus side minus that of its minus side, among the qualified. Its interval is Welch's over
    people. By luck: sides dealt anew among the same people, the largest |t| of all lines of the ad
    kept each time, so that of an ad without any effect one in twenty shows a line as clear.
Range: any; above 0 the plus side gains when the line goes.
Undefined: a contrast with fewer qualified people of a side than ``least``, which isn't judged.
Source: leaving one out, as in Shapley values with one player; max-T, Westfall and Young 1993.
What it is NOT: a statement on the people's merit, on other ads, or on what a rewording would do;
    no line is cut here. Only figures of groups leave this file, and no share of a small cell.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evenhand.language.lines import KINDS, PROPOSALS, Line, LineKind, left_out, lines_of
from evenhand.language.span import apply_edits
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Matcher, top_k
from evenhand.measure.study import SMALL_CELL
from evenhand.records.job import Job
from evenhand.records.outputs import Progress, steps
from evenhand.records.people import Pool
from evenhand.reward.gap import NORMAL_95, spreads_of
from evenhand.reward.model import Engine, in_matcher_order
from evenhand.reward.sides import Contrast, contrasts_of, labels_of, sides_of

DEALS = 999
"""How often sides are dealt anew."""
LEAST_LINES = 2
"""An ad of fewer has nothing to leave out."""

Shares = tuple[float | None, float | None]
"""Of the qualified of the plus and of the minus side, who is in the list; None for a small cell."""


@dataclass(frozen=True, slots=True)
class Gap:
    """How a contrast stands before anything is left out.

    Attributes:
        contrast: Its name.
        people: Qualified people of the plus and of the minus side.
        gap: Mean score of the plus side minus that of the minus side, in spreads of the ad.
        interval: 95 % interval of the gap.
        shown: Shares of both sides in the list.
    """

    contrast: str
    people: tuple[int, int]
    gap: float
    interval: tuple[float, float]
    shown: Shares

    @property
    def clear(self) -> bool:
        """Whether the interval leaves parity out."""
        return self.interval[0] > 0.0 or self.interval[1] < 0.0


@dataclass(frozen=True, slots=True)
class Move:
    """What leaving one line out does to one contrast.

    Attributes:
        contrast: Its name.
        move: Change of the gap, in spreads of the original ad.
        interval: 95 % interval of the move.
        by_luck: What the largest move of all lines would pass by luck in one ad of twenty, at this
            line's noise.
        shown: Shares of both sides in the list without the line.
        closes: Share of the gap that it closes (negative: widens); None where no gap is clear.
    """

    contrast: str
    move: float
    interval: tuple[float, float]
    by_luck: float
    shown: Shares
    closes: float | None

    @property
    def clear(self) -> bool:
        """Whether the move is larger than luck would give."""
        return abs(self.move) > self.by_luck


@dataclass(frozen=True, slots=True)
class LineEffect:
    """One line of an ad: what it is, what it does, what may be done with it."""

    line: str
    text: str
    kind: LineKind
    moves: tuple[Move, ...]
    proposal: str

    @property
    def worst(self) -> Move:
        """The move that closes most, or else the largest."""
        return max(self.moves, key=lambda one: (one.closes or 0.0, abs(one.move)))


@dataclass(frozen=True, slots=True)
class Explained:
    """One ad, its worst lines first; ``not_judged`` says which contrasts had too few people."""

    id: str
    engine: str
    top: int
    gaps: tuple[Gap, ...]
    lines: tuple[LineEffect, ...]
    not_judged: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file, kinds and judgements in words."""
        found = asdict(self)
        for gap, saved in zip(self.gaps, found["gaps"], strict=True):
            saved["clear"] = gap.clear
        for line, saved in zip(self.lines, found["lines"], strict=True):
            saved["kind_in_words"] = KINDS[line.kind]
            for move, told in zip(line.moves, saved["moves"], strict=True):
                told["clear"] = move.clear
        return found


def explain_ads(
    jobs: Sequence[Job],
    pool: Pool,
    matcher: Matcher,
    qualified: BoolArray,
    *,
    by: Sequence[str],
    top: int,
    least: int,
    seed: int,
    progress: Progress | None = None,
) -> list[Explained]:
    """Leave out every line of every ad in turn.

    Args:
        jobs: The ads.
        pool: The people, grouped by ``by``.
        matcher: The engine, bound to exactly these people.
        qualified: Who is qualified, ``(jobs, people)`` in the pool's order.
        by: Attributes to compare.
        top: Length of the list.
        least: Fewest qualified people of a side for a contrast to be judged; never under 5.
        seed: Decides the deals.
        progress: Called as ``progress("lines", ads done, ads)``.
    """
    order = in_matcher_order(pool, matcher)
    people = pool.take(order)
    contrasts = [
        (one, sides_of(one, labels_of(people, one.attribute))) for one in contrasts_of(people, by)
    ]
    engine, least = Engine(matcher), max(least, SMALL_CELL)
    return [
        _explained(job, engine, qualified[at][order], contrasts, top, least, seed)
        for at, job in enumerate(steps(progress, "lines", jobs))
    ]


def _explained(
    job: Job,
    engine: Engine,
    qualified: BoolArray,
    contrasts: Sequence[tuple[Contrast, IntArray]],
    top: int,
    least: int,
    seed: int,
) -> Explained:
    every = lines_of(job.text)
    kept = every if len(every) >= LEAST_LINES else []
    texts = [job.text, *(apply_edits(job.text, left_out(job.text, [one])) for one in kept)]
    queries = [Job(f"{job.id}#{n}", text, job.title, job.fields) for n, text in enumerate(texts)]
    scores = engine.scores(queries)
    spread = float(spreads_of(scores[:1], qualified.astype(np.float64))[0])
    listed = np.zeros(scores.shape, dtype=np.bool_)
    positions, _ = top_k(scores, engine.matcher.candidate_ids, min(top, engine.people))
    np.put_along_axis(listed, positions, True, axis=1)
    gaps: list[Gap] = []
    moves: list[list[Move]] = [[] for _ in kept]
    few: list[str] = []
    for contrast, sides in contrasts:
        who = qualified & (sides != 0)
        plus = sides[who] > 0
        if min(plus.sum(), (~plus).sum()) < least or spread == 0.0:
            few.append(_too_few(contrast, least, spread))
            continue
        at = scores[:, who] / spread
        gap = _gap(contrast.name, at[0], plus, listed[0, who])
        gaps.append(gap)
        for found, move in zip(moves, _moves(gap, at, plus, listed[:, who], seed), strict=True):
            found.append(move)
    lines = [_effect(job.text, *pair) for pair in zip(kept, moves, strict=True)] if gaps else []
    lines.sort(key=lambda one: (-(one.worst.closes or 0.0), -abs(one.worst.move)))
    return Explained(job.id, engine.name, top, tuple(gaps), tuple(lines), tuple(few))


def _gap(name: str, scores: FloatArray, plus: BoolArray, listed: BoolArray) -> Gap:
    gap, ends = _difference(scores, plus)
    counts = (int(plus.sum()), int((~plus).sum()))
    return Gap(name, counts, gap, ends, _shares(listed, plus))


def _moves(
    gap: Gap, scores: FloatArray, plus: BoolArray, listed: BoolArray, seed: int
) -> list[Move]:
    """One a line; row 0 of ``scores`` and ``listed`` is the ad as it stands."""
    moved = scores[1:] - scores[0]
    if not len(moved):
        return []
    noise = moved.std(axis=1) * math.sqrt(1.0 / plus.sum() + 1.0 / (~plus).sum())
    noise = np.where(noise > 0.0, noise, np.inf)
    most = float(np.quantile(_by_luck(moved, plus, noise, seed), 0.95))
    found: list[Move] = []
    for row, one in enumerate(moved):
        move, ends = _difference(one, plus)
        luck = most * float(noise[row]) if math.isfinite(noise[row]) else 0.0
        closes = -move / gap.gap if gap.clear else None
        shares = _shares(listed[row + 1], plus)
        found.append(Move(gap.contrast, move, ends, luck, shares, closes))
    return found


def _by_luck(moved: FloatArray, plus: BoolArray, noise: FloatArray, seed: int) -> FloatArray:
    """The largest |t| of all lines, for each deal of the sides, ``(DEALS,)``."""
    rng = np.random.default_rng(seed)
    dealt = np.stack([rng.permutation(plus) for _ in range(DEALS)], axis=1)
    weights = dealt / plus.sum() - ~dealt / (~plus).sum()
    return (np.abs(moved @ weights) / noise[:, None]).max(axis=0)


def _difference(values: FloatArray, plus: BoolArray) -> tuple[float, tuple[float, float]]:
    """Difference of the sides' means, and its 95 % interval by Welch."""
    one, two = values[plus], values[~plus]
    difference = float(one.mean() - two.mean())
    reach = NORMAL_95 * math.sqrt(one.var(ddof=1) / len(one) + two.var(ddof=1) / len(two))
    return difference, (difference - reach, difference + reach)


def _shares(listed: BoolArray, plus: BoolArray) -> Shares:
    """Who is listed of each side; withheld for both where a count of either is small."""
    counts = [(int(listed[side].sum()), int(side.sum())) for side in (plus, ~plus)]
    if any(0 < some < SMALL_CELL or 0 < all_ - some < SMALL_CELL for some, all_ in counts):
        return None, None
    (one, ones), (two, twos) = counts
    return one / ones, two / twos


def _too_few(contrast: Contrast, least: int, spread: float) -> str:
    if spread == 0.0:
        return f"{contrast.name}: the engine gives all qualified people the same score"
    return f"{contrast.name}: fewer than {least} qualified people on a side"


def _effect(ad: str, line: Line, moves: Sequence[Move]) -> LineEffect:
    told = [one.closes for one in moves if one.clear and one.closes is not None]
    way = "widens" if min(told, default=0.0) < 0.0 else "closes"
    what = PROPOSALS[way] if line.kind == "praise" and told else ""
    text = " ".join(ad[line.start : line.end].split())
    return LineEffect(line.number, text, line.kind, tuple(moves), what)
