"""The one floor under rewording for even lists: which groups of ads it is done for, and why not.

The same with a run and without: a gap that the engine shows on enough ads (``reward.gap``), and a
reward that other people confirm (``reward.reliability``). A run found out the second from its
rollouts; without one it is found out here, from rewordings that the wording rules make of the ads
given, and no language model is asked. Coded wording is mended whatever the floor says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evenhand.config.schema import Config
from evenhand.language.span import Edit, apply_edits
from evenhand.language.spans import editable_spans
from evenhand.language.wording import rule_rewordings
from evenhand.learn.runfolder import RunFolder
from evenhand.match.protocol import IntArray
from evenhand.records.job import Job
from evenhand.reward.model import RewardModel
from evenhand.reward.reliability import Reliability, reliability_table
from evenhand.rewrite.result import Rewrite

SAMPLE = 40
"""Ads that rewordings by rule are tried on."""
REWORDINGS = 4
"""Rewordings of an ad that are tried, each of another span."""
WhyNot = Callable[[Job], str]
"""Why an ad isn't reworded for even lists, in a sentence; empty where it is."""


@dataclass(frozen=True)
class Trusted:
    """Groups of ads whose reward is reliable.

    Attributes:
        kept: Their names.
        left: For every other group that was looked at, why not, in a sentence.
    """

    kept: frozenset[str]
    left: Mapping[str, str]

    @classmethod
    def of_run(cls, run: Path) -> Trusted:
        """What a run found out from its rollouts."""
        saved = RunFolder(run).read_finished()
        return cls(frozenset(saved["kept"]), dict(saved["abstained"]))

    @classmethod
    def by_rule(cls, jobs: Sequence[Job], reward: RewardModel, settings: Config) -> Trusted:
        """What rewordings by rule tell of the groups that have a gap to close."""
        groups: dict[str, list[Job]] = {}
        for job in jobs:
            if not reward.abstains(job):
                groups.setdefault(reward.group_of(job), []).append(job)
        tried = [job for ads in groups.values() for job in spread_over(ads, SAMPLE)]
        found = confirmed(reward, tried, *by_rule(tried, settings), settings)
        left = {name: f"{name}: no rewording of its ads could be tried." for name in groups}
        left |= {one.group: one.reason for one in found}
        kept = frozenset(one.group for one in found if one.kept)
        return cls(kept, {name: why for name, why in left.items() if name not in kept})

    def why_not(self, reward: RewardModel) -> WhyNot:
        """The floor, with people to measure effects on."""

        def asked(job: Job) -> str:
            group = reward.group_of(job)
            if reward.abstains(job):
                return reward.reason(job)
            return "" if group in self.kept else self.left.get(group, f"{group}: was not tuned on.")

        return asked


def spread_over(jobs: Sequence[Job], most: int) -> list[Job]:
    """At most so many ads, spread over the file."""
    places = np.linspace(0, len(jobs) - 1, min(most, len(jobs))).round().astype(int)
    return [jobs[int(place)] for place in np.unique(places)]


def by_rule(sample: Sequence[Job], settings: Config) -> tuple[IntArray, list[Job]]:
    """Whole ads with one span reworded by rule, and which ad of the sample each is of."""
    rows: list[int] = []
    reworded: list[Job] = []
    for row, job in enumerate(sample):
        for number, span in enumerate(editable_spans(job.text, settings.spans)[:REWORDINGS]):
            for after, _ in rule_rewordings(span, 1):
                text = apply_edits(job.text, [Edit(span.start, span.end, span.text, after)])
                rows.append(row)
                reworded.append(Job(f"{job.id}#{number}", text, job.title, job.fields))
    return np.array(rows, dtype=np.int64), reworded


def confirmed(
    reward: RewardModel,
    sample: Sequence[Job],
    rows: IntArray,
    reworded: Sequence[Job],
    settings: Config,
) -> tuple[Reliability, ...]:
    """Of the groups with something to close, whether other people would pay rewordings the same."""
    work = [
        (job, [reworded[int(at)].text for at in np.flatnonzero(rows == row)])
        for row, job in enumerate(sample)
        if not reward.abstains(job)
    ]
    changes = [
        (reward.group_of(job), job.id, change.halves)
        for (job, _), found in zip(work, reward.changes_many(work), strict=True)
        for change in found
    ]
    found = reliability_table(
        [group for group, _, _ in changes],
        [ad for _, ad, _ in changes],
        [halves for _, _, halves in changes],
        floor=settings.reward.min_reliability,
        resamples=settings.reward.resamples,
        seed=settings.seed,
    )
    return tuple(found)


def by_group(
    jobs: Sequence[Job],
    rewrites: Sequence[Rewrite],
    group_of: Callable[[Job], str],
    why_not: WhyNot,
    found: Callable[[Job], str],
) -> list[str]:
    """What was found out about each group of ads and what was done, a sentence or two a group.

    Args:
        jobs: The ads.
        rewrites: What became of them, in order.
        group_of: The group of an ad.
        why_not: The floor.
        found: What there is to close in an ad's group.
    """
    groups: dict[str, list[tuple[Job, Rewrite]]] = {}
    for job, rewrite in zip(jobs, rewrites, strict=True):
        groups.setdefault(group_of(job), []).append((job, rewrite))
    said: list[str] = []
    for name, ads in sorted(groups.items()):
        first, changed = ads[0][0], sum(bool(rewrite.edits) for _, rewrite in ads)
        why = why_not(first)
        done = (
            f"left alone but for findings, which changed {changed} of {len(ads)} ads"
            if why
            else f"{changed} of {len(ads)} ads changed"
        )
        said.append(f"{name or 'ads without a group'}: {done}. {why or found(first)}")
    return said
