"""What gaps are estimated on: training ads and people, in the engine's order, group by group.

Only gathers; ``gap`` estimates and ``model`` pays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.config.schema import RewardConfig
from evenhand.errors import BadInput
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Matcher
from evenhand.records.candidate import Pool
from evenhand.records.job import Job
from evenhand.records.qualification import NO_OCCUPATION, qualification
from evenhand.reward.contrasts import Contrast, contrasts_of
from evenhand.reward.engine import Engine, in_matcher_order
from evenhand.reward.gap import Evidence, estimate_group
from evenhand.reward.people import People
from evenhand.reward.targets import GroupTarget


@dataclass(frozen=True)
class Setting:
    """Training ads against training people.

    Attributes:
        jobs: The ads.
        groups: Rows of each group of ads, by name.
        qualified: ``(ads, people)``, people in the engine's order.
        people: The pool, in the engine's order.
        contrasts: What to compare.
        engine: The engine.
        config: Attributes, folds, floors.
    """

    jobs: Sequence[Job]
    groups: dict[str, IntArray]
    qualified: BoolArray
    people: People
    contrasts: list[Contrast]
    engine: Engine
    config: RewardConfig

    @classmethod
    def of(
        cls,
        jobs: Sequence[Job],
        pool: Pool,
        matcher: Matcher,
        config: RewardConfig,
        seed: int,
        qualified: BoolArray | None,
    ) -> Setting:
        """Put everything into the engine's order.

        Raises:
            BadInput: No ad has a group, shapes don't fit, or the engine searches other people.
        """
        groups = rows_by_group(jobs, config.qualified_by)
        if not groups:
            raise BadInput(
                f"none of the {len(jobs)} ads has a value in {config.qualified_by!r}; a gap is "
                "estimated per group of ads: name their column in reward.qualified_by"
            )
        if qualified is None:
            qualified = qualification(jobs, pool, config.qualified_by)
        if qualified.shape != (len(jobs), len(pool)):
            raise BadInput(
                f"the qualification has shape {qualified.shape} for {len(jobs)} ads and "
                f"{len(pool)} people; give one row an ad and one column a person"
            )
        order = in_matcher_order(pool, matcher)
        pool = pool.take(order)
        people = People.of(pool, config, seed)
        contrasts = contrasts_of(pool, config.attributes)
        return cls(jobs, groups, qualified[:, order], people, contrasts, Engine(matcher), config)

    def target(self, group: str, top: int, seed: int) -> GroupTarget:
        """Estimate one group's target.

        Raises:
            MatcherError: The engine failed.
        """
        rows, top = self.groups[group], min(top, self.engine.people)
        jobs = [self.jobs[int(row)] for row in rows]
        evidence = Evidence(
            group,
            self.engine.scores(jobs),
            self.qualified[rows],
            self.engine.rank(jobs, top),
            self.people,
            top,
            self.engine.vectors,
        )
        return estimate_group(evidence, self.contrasts, self.config, seed)

    def weights(self) -> dict[str, FloatArray]:
        """How far each person is qualified for each group's ads, 0 to 1, by group."""
        return {group: self.qualified[rows].mean(axis=0) for group, rows in self.groups.items()}


def rows_by_group(jobs: Sequence[Job], column: str) -> dict[str, IntArray]:
    """Positions of the ads of every group, by name; ads without a group are left out."""
    rows: dict[str, list[int]] = {}
    for row, job in enumerate(jobs):
        name = job.fields.get(column, "")
        if name not in NO_OCCUPATION:
            rows.setdefault(name, []).append(row)
    return {name: np.array(found, dtype=np.int64) for name, found in sorted(rows.items())}
