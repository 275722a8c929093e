"""The quality gate: a whole rewording may not spoil an ad's list, for anybody.

Judged on training people with the engine itself: nDCG may not fall by more than a bound, and the
two sides of a contrast may not both lose (levelling down). Verdicts name no group, since they
travel with the rewording. Not a measure for reports; that is ``measure.quality``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from evenhand.config.schema import RewardConfig
from evenhand.errors import BadInput
from evenhand.language.span import Verdict
from evenhand.match.protocol import BoolArray, IntArray, Matcher, Rankings
from evenhand.measure.quality import ndcg
from evenhand.measure.selection import qualified_hits, top_positions
from evenhand.records.candidate import Pool
from evenhand.records.job import Job
from evenhand.records.qualification import NO_OCCUPATION
from evenhand.reward.contrasts import contrasts_of, labels_of, sides_of
from evenhand.reward.engine import Engine, in_matcher_order

CUT = 20
"""Places over which nDCG is taken."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """An ad's list in figures: nDCG, and people shown on each side of each contrast."""

    ndcg: float
    shown: int
    sides: tuple[tuple[int, int], ...]


class QualityJudge:
    """Makes the quality gate of each ad.

    Args:
        pool: Training people.
        matcher: The engine, bound to them.
        config: Attributes and the column that qualifies.
        top: Length of the lists.
        max_loss: Most nDCG that an ad may lose, in [0, 1].
        qualified: Rows of qualified people by job id, in pool order; by default whoever shares
            the ad's ``config.qualified_by``.

    Raises:
        BadInput: The engine searches other people than the pool's.
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
        """The gate ``quality`` of one ad: ``gate(original, reworded) -> Verdict``.

        Raises:
            BadInput: (the gate) It was asked about another ad.
            MatcherError: (the gate) The engine failed.
        """
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
        shown = _shown(lists, qualified, self._top)
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


def _shown(lists: Rankings, qualified: BoolArray, top: int) -> IntArray:
    """Positions of the qualified people in one list's top."""
    hits = qualified_hits(lists, qualified[None, :], top)[0]
    return np.asarray(top_positions(lists, top)[0][hits], dtype=np.int64)
