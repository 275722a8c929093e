"""The hard reward: who is in one ad's list, on all training people, as it stands.

What one would write first, and what the method avoids: no shrinkage, no cross-fitting, no share
of a group's gap, no abstention. A list of fifty holds a handful of qualified women, so a change
of one of them is luck; the halves of the people show it. For the overfit row alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from evenhand.config.schema import RewardConfig
from evenhand.language.span import Score
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Matcher
from evenhand.records.job import Job
from evenhand.records.people import Pool, qualification
from evenhand.reward.gap import top_mask
from evenhand.reward.model import Engine, in_matcher_order
from evenhand.reward.people import People
from evenhand.reward.sides import contrasts_of

CHUNK = 512
"""Texts per call of the engine."""
CORRECTION = 0.5


@dataclass(frozen=True, slots=True)
class HardChange:
    """What one rewording is worth.

    Attributes:
        reward: ``|log r(original)| - |log r(rewording)|`` on everybody, where ``r`` is the ratio
            of the two selection rates of this ad's list; above 0 towards parity.
        halves: The same on the two halves of each random split of the people, split by split,
            lists half as long.
    """

    reward: float
    halves: tuple[float, ...]


@dataclass(frozen=True)
class _Part:
    """Some of the people, and how long their list is."""

    columns: IntArray
    top: int


class HardReward:
    """Pays rewordings of ads for the list of that ad alone.

    Args:
        pool: Training people.
        matcher: The engine, bound to them.
        config: Attributes (the first contrast counts) and the column that qualifies.
        top: Length of the lists.
        seed: Decides the halves.

    Raises:
        BadInput: The engine searches other people than the pool's.
    """

    def __init__(
        self, pool: Pool, matcher: Matcher, config: RewardConfig, *, top: int, seed: int
    ) -> None:
        ordered = pool.take(in_matcher_order(pool, matcher))
        self._by_id = np.argsort(np.array(ordered.ids, dtype=np.str_), kind="stable")
        """Columns in order of id, which breaks ties as engines do."""
        self._pool = ordered.take(self._by_id)
        self._by = config.qualified_by
        self._engine = Engine(matcher)
        people = People.of(self._pool, config, seed)
        self._sides = people.sides(contrasts_of(self._pool, config.attributes)[0])
        self._parts = [_Part(np.arange(len(self._sides)), top)]
        self._parts += [
            _Part(np.flatnonzero(split == half), max(1, top // 2))
            for split in people.halves
            for half in (0, 1)
        ]
        self._masks: dict[str, BoolArray] = {}
        self._originals: dict[tuple[str, str], FloatArray] = {}

    def comparable(self, job: Job) -> bool:
        """Whether somebody is qualified on each side; else there is nothing to compare."""
        sides = self._sides[self._qualified(job)]
        return bool((sides > 0).any() and (sides < 0).any())

    def changes(self, work: Mapping[str, tuple[Job, Sequence[str]]]) -> dict[str, list[HardChange]]:
        """What rewordings are worth.

        Args:
            work: By any key, a comparable ad and whole rewordings of it.

        Returns:
            By the same keys, one change a text; the original's is exactly 0.

        Raises:
            MatcherError: The engine failed.
        """
        known = self._originals
        asked = {
            (job.id, text): (job, text)
            for job, texts in work.values()
            for text in (job.text, *texts)
            if (job.id, text) not in known
        }
        found = {**known, **dict(zip(asked, self._distances(list(asked.values())), strict=True))}
        known |= {(job.id, job.text): found[job.id, job.text] for job, _ in work.values()}
        return {
            name: [_change(found[job.id, job.text], found[job.id, text]) for text in texts]
            for name, (job, texts) in work.items()
        }

    def scorer(self, job: Job) -> Score | None:
        """The worth of whole rewordings of one ad; None where nothing can be compared."""
        if not self.comparable(job):
            return None
        return lambda texts: [
            change.reward for change in self.changes({job.id: (job, texts)})[job.id]
        ]

    def _distances(self, asked: Sequence[tuple[Job, str]]) -> Iterator[FloatArray]:
        """``|log r|`` of every text, one number a part of the people."""
        rest = iter(asked)
        while part := list(islice(rest, CHUNK)):
            queries = [
                Job(f"{job.id}#{number}", text, job.title, job.fields)
                for number, (job, text) in enumerate(part)
            ]
            scores = self._engine.scores(queries)[:, self._by_id]
            qualified = np.stack([self._qualified(job) for job, _ in part])
            columns = [self._distance(scores, qualified, people) for people in self._parts]
            yield from np.stack(columns, axis=1)

    def _distance(self, scores: FloatArray, qualified: BoolArray, people: _Part) -> FloatArray:
        """``|log((a + .5)/(F + .5)) - log((b + .5)/(M + .5))|``, shape ``(texts,)``."""
        counted = qualified[:, people.columns]
        listed = top_mask(scores[:, people.columns], people.top) & counted
        plus, minus = self._sides[people.columns] > 0, self._sides[people.columns] < 0
        return np.abs(
            _log_rate(listed[:, plus], counted[:, plus])
            - _log_rate(listed[:, minus], counted[:, minus])
        )

    def _qualified(self, job: Job) -> BoolArray:
        group = job.fields.get(self._by, "")
        if group not in self._masks:
            self._masks[group] = qualification([job], self._pool, self._by)[0]
        return self._masks[group]


def _log_rate(listed: BoolArray, counted: BoolArray) -> FloatArray:
    return np.log((listed.sum(axis=1) + CORRECTION) / (counted.sum(axis=1) + CORRECTION))


def _change(original: FloatArray, reworded: FloatArray) -> HardChange:
    moved = original - reworded
    return HardChange(float(moved[0]), tuple(map(float, moved[1:])))
