"""The reward: what a rewording does to the lists that an engine would give, and nothing else.

Estimates the gap of every group of ads on training people (``gap``), then pays rewordings for the
part of it that they close, shrunk, cross-fitted and never past the target. It judges no text and
trains nothing; gates are applied by whoever collects rollouts or rewrites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evenhand.config.schema import RewardConfig
from evenhand.errors import BadInput, StorageError
from evenhand.language.span import BatchGate, Score, Span, Verdict
from evenhand.match.protocol import BoolArray, FloatArray, Matcher
from evenhand.records.candidate import Pool
from evenhand.records.job import Job
from evenhand.records.pace import Progress, steps
from evenhand.reward.change import Change, Paid, overshoot_verdict
from evenhand.reward.combine import cautious_mean, closed, combined
from evenhand.reward.engine import Engine, in_matcher_order
from evenhand.reward.people import People
from evenhand.reward.projection import Projector, Work
from evenhand.reward.setting import Setting, rows_by_group
from evenhand.reward.targets import GroupTarget


class RewardModel:
    """Pays rewordings of ads for parity in an engine's lists.

    Build it with ``fit`` (training ads and people) or ``with_targets`` (saved targets and the
    people at hand).

    Attributes:
        targets: What was found for every group of ads.
        config: The settings it was built with.
    """

    def __init__(
        self,
        targets: Mapping[str, GroupTarget],
        weights: Mapping[str, FloatArray],
        people: People,
        engine: Engine,
        config: RewardConfig,
    ) -> None:
        self.targets = dict(targets)
        self.config = config
        self._projector = Projector(self.targets, weights, people, engine, config)

    @classmethod
    def fit(
        cls,
        jobs: Sequence[Job],
        pool: Pool,
        matcher: Matcher,
        config: RewardConfig,
        *,
        top: int,
        seed: int,
        qualified: BoolArray | None = None,
        progress: Progress | None = None,
    ) -> RewardModel:
        """Estimate the gap of every group of training ads on training people.

        Args:
            jobs: Training ads; ads without a group are left out.
            pool: Training people.
            matcher: The engine, bound to exactly these people.
            config: Attributes, folds, floors.
            top: Length of the lists that parity is about.
            seed: Decides folds, halves and resamples.
            qualified: Who is qualified for which ad, ``(jobs, people)`` in the order given; by
                default whoever shares the ad's ``config.qualified_by``.
            progress: Called with ``("gap", groups done, groups)``.

        Raises:
            BadInput: No ad has a group, an attribute is unknown, or the engine searches others.
            MatcherError: The engine failed.
        """
        setting = Setting.of(jobs, pool, matcher, config, seed, qualified)
        targets = {
            group: setting.target(group, top, seed)
            for group in steps(progress, "gap", [*setting.groups])
        }
        return cls(targets, setting.weights(), setting.people, setting.engine, config)

    @classmethod
    def with_targets(
        cls,
        saved: Mapping[str, Any],
        pool: Pool,
        matcher: Matcher,
        config: RewardConfig,
        *,
        seed: int,
        jobs: Sequence[Job] = (),
        qualified: BoolArray | None = None,
    ) -> RewardModel:
        """Use saved targets with the people at hand, estimating nothing anew.

        Args:
            saved: What ``to_json`` gave.
            pool: People to score rewordings with.
            matcher: The engine, bound to these people.
            config: The settings of the run; its folds must be those of the targets.
            seed: The seed of the run.
            jobs: Ads that ``qualified`` is about; without ``qualified`` not needed.
            qualified: Who is qualified for which ad, ``(jobs, people)``; by default whoever
                shares the group's name in ``config.qualified_by``.

        Raises:
            StorageError: The targets were saved for another engine or other folds.
            BadInput: The engine searches other people than the pool's.
        """
        targets = {name: GroupTarget.from_json(found) for name, found in saved["groups"].items()}
        if saved["matcher"] != matcher.name or saved["folds"] != config.folds:
            raise StorageError(
                f"the targets were found with the matcher {saved['matcher']!r} and "
                f"{saved['folds']} folds, not {matcher.name!r} and {config.folds}; results lapse "
                "when the engine changes: tune again"
            )
        order = in_matcher_order(pool, matcher)
        pool = pool.take(order)
        people = People.of(pool, config, seed)
        if qualified is None:
            weights = {name: (people.occupations == name).astype(np.float64) for name in targets}
        else:
            rows = rows_by_group(jobs, config.qualified_by)
            weights = {name: qualified[at][:, order].mean(axis=0) for name, at in rows.items()}
        return cls(targets, weights, people, Engine(matcher), config)

    def to_json(self) -> dict[str, Any]:
        """Targets of all groups, aggregates only, for ``with_targets``."""
        return {
            "matcher": self._projector.engine.name,
            "folds": self.config.folds,
            "groups": {name: target.to_json() for name, target in sorted(self.targets.items())},
        }

    def group_of(self, job: Job) -> str:
        """The group of ads that a job belongs to; ``""`` where it has none."""
        return self._projector.group_of(job)

    def abstains(self, job: Job) -> bool:
        """Whether nothing is paid for any rewording of this ad."""
        target = self._projector.target(self.group_of(job))
        return target is None or target.abstained

    def reason(self, job: Job) -> str:
        """Why it abstains from this ad, or what there is to close, in sentences."""
        group = self.group_of(job)
        if group not in self.targets:
            named = f"the group {group!r} was not among the training ads" if group else "no group"
            return f"This ad has {named}, so its gap is unknown and nothing is claimed."
        if self.targets[group].contrasts and self._projector.target(group) is None:
            return (
                f"The people at hand are too few in {group} to score a rewording; at least "
                f"{self.config.min_group} qualified people of every value are needed."
            )
        return self.targets[group].reason

    def changes(self, job: Job, texts: Sequence[str]) -> list[Change]:
        """What rewordings of one ad are worth, in order; see ``changes_many``."""
        return self.changes_many([(job, texts)])[0]

    def changes_many(self, work: Work, progress: Progress | None = None) -> list[list[Change]]:
        """What rewordings of many ads are worth.

        Args:
            work: Ads with whole rewordings of each. Texts of all ads go to the engine together.
            progress: Called with ``("reward", texts done, texts)``.

        Returns:
            One list an ad, one ``Change`` a text; the original's is exactly 0.

        Raises:
            MatcherError: The engine failed.
        """
        moved = self._projector.changes(work, progress)
        return [
            [self._change(self._projector.target(self.group_of(job)), array) for array in arrays]
            for (job, _), arrays in zip(work, moved, strict=True)
        ]

    def scorer(self, job: Job) -> Score:
        """An opaque worth of whole rewordings of one ad; the original is exactly 0.

        Where evenhand abstains everything is worth 0 and the engine isn't asked.
        """
        if self.abstains(job):
            return lambda texts: [0.0] * len(texts)
        return lambda texts: [change.reward for change in self.changes(job, texts)]

    def overshoot_gate(self, job: Job) -> BatchGate:
        """The gate that no single replacement moves a contrast of this ad past its target."""

        def gate(original: str, span: Span, replacements: Sequence[str]) -> list[Verdict]:
            if original != job.text:
                raise BadInput(f"the gate of job {job.id!r} was asked about another ad")
            if self.abstains(job):
                return [overshoot_verdict(Change()) for _ in replacements]
            texts = [
                original[: span.start] + after + original[span.end :] for after in replacements
            ]
            return [overshoot_verdict(change) for change in self.changes(job, texts)]

        return gate

    def _change(self, target: GroupTarget | None, moved: FloatArray | None) -> Change:
        """What a change of score differences is worth, per contrast: everybody, folds, halves."""
        if target is None or moved is None:
            return Change()
        folds = self.config.folds
        shifts = np.array([found.shift for found in target.contrasts])
        worth = closed(shifts, moved[:, 0])
        trace = {
            found.contrast.name: Paid(float(moved[at, 0]), found.shift, float(worth[at]))
            for at, found in enumerate(target.contrasts)
        }
        lead = target.lead or 0
        delta, halves = float(moved[lead, 0]), tuple(map(float, moved[lead, 1 + folds :]))
        if target.abstained:
            return Change(delta=delta, halves=halves, trace=trace)
        by_fold = combined(
            np.array([found.fold_shifts for found in target.contrasts]),
            moved[None, :, 1 : 1 + folds],
            np.array(
                [self._attribute_weight(found.contrast.attribute) for found in target.contrasts]
            ),
            self.config.combine,
        )[0]
        return Change(
            reward=float(cautious_mean(by_fold)),
            reward_folds=tuple(map(float, by_fold)),
            delta=delta,
            halves=halves,
            closure=delta / float(shifts[lead]),
            trace=trace,
            abstained=False,
        )

    def _attribute_weight(self, attribute: str) -> float:
        return self.config.weights.get(attribute, 1.0)
