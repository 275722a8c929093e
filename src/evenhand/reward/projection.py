"""Rewordings to changes of score differences: one call of the engine, one dot product a text.

Knows contrasts as columns of weights over people and nothing of targets or payment (``model``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evenhand.config.schema import RewardConfig
from evenhand.match.protocol import FloatArray, IntArray
from evenhand.records.job import Job
from evenhand.records.pace import Progress, tell
from evenhand.reward.engine import Engine
from evenhand.reward.people import People, Pooling, weights_over_people
from evenhand.reward.shift import spreads_of
from evenhand.reward.targets import ContrastTarget, GroupTarget

Work = Sequence[tuple[Job, Sequence[str]]]
CHUNK = 512
"""Texts per call of the engine."""


@dataclass(frozen=True)
class _Ready:
    """A group that can be judged on this pool.

    Attributes:
        target: The group's target, less the contrasts that this pool has too few people for.
        who: Positions of people qualified for any of its ads.
        weights: How far each of them is qualified.
        folded: Weights of all contrasts, ready for the engine's rows, contrast after contrast.
    """

    target: GroupTarget
    who: IntArray
    weights: FloatArray
    folded: FloatArray


@dataclass(frozen=True)
class _Original:
    """An original ad: its projected row and its spread over qualified people."""

    projected: FloatArray
    spread: float


class Projector:
    """Turns rewordings into changes, remembering originals.

    Args:
        targets: The contrasts of every group, with the estimates that decide their shrinkage.
        weights: How far each person is qualified for each group's ads, ``(people,)`` by group.
        people: The pool, in the engine's order.
        engine: The engine.
        config: Where the group stands in an ad, folds and floors.
    """

    def __init__(
        self,
        targets: Mapping[str, GroupTarget],
        weights: Mapping[str, FloatArray],
        people: People,
        engine: Engine,
        config: RewardConfig,
    ) -> None:
        self.engine = engine
        self._targets, self._weights, self._people = targets, weights, people
        self._config = config
        self._ready: dict[str, _Ready | None] = {}
        self._originals: dict[tuple[str, str], _Original] = {}

    def group_of(self, job: Job) -> str:
        """The group of ads that a job belongs to; ``""`` where it has none."""
        return job.fields.get(self._config.qualified_by, "")

    def target(self, group: str) -> GroupTarget | None:
        """A group's target, less the contrasts that this pool has too few people for.

        None where that leaves nothing.
        """
        ready = self._prepared(group)
        return None if ready is None else ready.target

    def changes(
        self, work: Work, progress: Progress | None = None
    ) -> list[list[FloatArray | None]]:
        """Changes of score differences, in spreads of the original ad.

        Args:
            work: Ads with whole rewordings of each.
            progress: Called with ``("reward", texts done, texts)``.

        Returns:
            One array a text, ``(contrasts of target(), 1 + folds + 2 * splits)`` as in
            ``people.weights_over_people``; exactly 0 for the original; None where the group can't
            be judged or the engine gives all qualified people the same score.

        Raises:
            MatcherError: The engine failed.
        """
        asked = self._project(self._queries(work), progress)
        return [[self._change(job, text, asked) for text in texts] for job, texts in work]

    def _change(
        self, job: Job, text: str, asked: Mapping[tuple[str, str], FloatArray]
    ) -> FloatArray | None:
        ready = self._prepared(self.group_of(job))
        if ready is None:
            return None
        original = self._originals[job.id, job.text]
        if original.spread == 0.0:
            return None
        if text == job.text:
            moved = np.zeros_like(original.projected)
        else:
            moved = (asked[job.id, text] - original.projected) / original.spread
        return moved.reshape(len(ready.target.contrasts), -1)

    def _queries(self, work: Work) -> list[tuple[Job, Job]]:
        """Pairs of an ad and a query for each distinct text that the engine must be asked about.

        Queries get ids of their own, since an engine may tell queries of one call by them.
        """
        wanted: dict[tuple[str, str], Job] = {}
        for job, texts in work:
            if texts and self._prepared(self.group_of(job)) is not None:
                for text in (job.text, *texts):
                    if text != job.text or (job.id, text) not in self._originals:
                        wanted.setdefault((job.id, text), job)
        return [
            (job, Job(f"{job.id}#{number}", text, job.title, job.fields))
            for number, ((_, text), job) in enumerate(wanted.items())
        ]

    def _project(
        self, queries: Sequence[tuple[Job, Job]], progress: Progress | None
    ) -> dict[tuple[str, str], FloatArray]:
        """Projected rows by (job id, text); originals are remembered on the way."""
        found: dict[tuple[str, str], FloatArray] = {}
        for start in range(0, len(queries), CHUNK):
            tell(progress, "reward", start, len(queries))
            part = queries[start : start + CHUNK]
            rows = self.engine.rows([query for _, query in part])
            for (job, query), row in zip(part, rows, strict=True):
                ready = self._prepared(self.group_of(job))
                assert ready is not None
                projected = row @ ready.folded
                found[job.id, query.text] = projected
                if query.text == job.text:
                    spread = self._spread(query, row, ready)
                    self._originals[job.id, job.text] = _Original(projected, spread)
        tell(progress, "reward", len(queries), len(queries))
        return found

    def _spread(self, query: Job, row: FloatArray, ready: _Ready) -> float:
        scores = self.engine.original_scores([query], row[None, :], ready.who)
        return float(spreads_of(scores, ready.weights)[0])

    def _prepared(self, group: str) -> _Ready | None:
        if group not in self._ready:
            self._ready[group] = self._prepare(group)
        return self._ready[group]

    def _prepare(self, group: str) -> _Ready | None:
        target, weights = self._targets.get(group), self._weights.get(group)
        if target is None or weights is None or not target.contrasts:
            return None
        blocks = [(found, self._block(found, weights)) for found in target.contrasts]
        usable = [(found, block) for found, block in blocks if block is not None]
        if not usable:
            return None
        folded = self.engine.fold_in(np.concatenate([block for _, block in usable], axis=1))
        target = replace(target, contrasts=tuple(found for found, _ in usable))
        who = np.flatnonzero(weights > 0.0)
        return _Ready(target, who, weights[who], folded)

    def _block(self, found: ContrastTarget, weights: FloatArray) -> FloatArray | None:
        """Weights over people of one contrast; None where this pool has too few people for it."""
        if min(self._people.counts(found.contrast, weights)) < self._config.min_group:
            return None
        pooling = Pooling(found.heterogeneity, found.fold_heterogeneity)
        return weights_over_people(self._people, found.contrast, weights, pooling)
