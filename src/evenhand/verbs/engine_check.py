"""``evenhand engine check``: whether an engine can be trusted, and whether tuning on it can work.

Asked before hours of rollouts, on a sample of the ads, without a language model: the rewordings
tried are those of the wording rules. Judges no person and no quality of matching; what holds for
these rewordings need not hold for a model's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from evenhand.align.runs import RunFolder
from evenhand.config.schema import Config
from evenhand.errors import BadInput, MatcherError, need
from evenhand.language.rewordings import rule_rewordings
from evenhand.language.span import Edit, apply_edits
from evenhand.language.spans import editable_spans
from evenhand.match.check import Finding, check_matcher, trusted
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.resample import interval_of
from evenhand.records.job import Job
from evenhand.records.outputs import Progress, duration, tell
from evenhand.records.people import Pool
from evenhand.reward.gates import Reliability, reliability_table
from evenhand.reward.model import RewardModel
from evenhand.rewrite.result import Rewrite
from evenhand.verbs.engine import AnyEngine, bind
from evenhand.verbs.inputs import grouped, refuse_text

SAMPLE = 40
"""Ads that rewordings by rule are tried on."""
REWORDINGS = 4
"""Rewordings of an ad that are tried, each of another span."""
WhyNot = Callable[[Job], str]
"""Why an ad isn't reworded for even lists, in a sentence; empty where it is."""


@dataclass(frozen=True)
class Trusted:
    """Groups of ads whose reward is reliable."""

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
    """What was found out about each group of ads and what was done, a sentence or two a group."""
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


CONFORMANCE_ADS = 12
RESAMPLES = 1000
STAGE = "trying the engine"


@dataclass(frozen=True)
class Moved:
    """How far lists move: the mean share of the places that somebody else holds.

    Attributes:
        value: In [0, 1]; NaN where nothing was asked.
        interval: 95 %, resampling ads.
        ads: Ads that it was measured on.
        lists: Pairs of lists.
    """

    value: float
    interval: tuple[float, float]
    ads: int
    lists: int


@dataclass(frozen=True)
class EngineCheck:
    """What was found out about an engine.

    Attributes:
        engine: Its name.
        ads: Ads that were tried, of how many ``all_ads``.
        people: In the pool.
        findings: Of the conformance kit.
        repeats: How far lists move when the same is asked again.
        wording: How far they move when one span is reworded.
        gaps: A sentence a group of ads: its gap, or what is missing to judge it.
        reliability: Of the groups that have something to close.
        seconds: Of the engine, for each list that is asked for.
        calls: Lists that rollouts over all the ads would ask for at most.
    """

    engine: str
    ads: int
    all_ads: int
    people: int
    findings: tuple[Finding, ...]
    repeats: Moved
    wording: Moved
    gaps: tuple[str, ...]
    reliability: tuple[Reliability, ...]
    seconds: float
    calls: int

    @property
    def conforms(self) -> bool:
        """Whether every check of the kit passed."""
        return trusted(self.findings)

    @property
    def can_tune(self) -> bool:
        """Whether there is a group with a gap to close whose reward other people would confirm."""
        heard = self.wording.interval[0] > self.repeats.value
        return self.conforms and heard and any(one.kept for one in self.reliability)

    def sentences(self) -> Iterator[str]:
        """All of it in words, the verdict last."""
        for finding in self.findings:
            yield f"{'ok' if finding.passed else 'FAILS'}: {finding.check}: {finding.detail}."
        if self.repeats.lists:
            yield (
                f"Asked again, {self.repeats.value:.1%} of a list's places change "
                f"({self.repeats.lists} lists)."
            )
        if self.wording.lists:
            low, high = self.wording.interval
            yield (
                f"With one sentence reworded by rule, {self.wording.value:.1%} of them change "
                f"[{low:.1%} to {high:.1%}] ({self.wording.lists} rewordings of "
                f"{self.wording.ads} ads)."
            )
        yield from self.gaps
        yield from (one.reason for one in self.reliability)
        yield (
            f"Rollouts over all {self.all_ads} ads ask for at most {self.calls:,} lists, "
            f"{duration(self.calls * self.seconds)} of the engine's time at the pace of these, "
            "and the language model's own time beside it."
        )
        yield self._verdict()

    def _verdict(self) -> str:
        if not self.conforms:
            return "Tuning can't work: the engine fails a check above; mend it and ask again."
        if not self.wording.interval[0] > self.repeats.value:
            return (
                "Tuning can't work: rewording a sentence moves the lists no more than asking again "
                "does."
            )
        if not self.reliability:
            return "There is nothing to tune: no group of these ads has a detectable gap."
        if not self.can_tune:
            return (
                "Tuning would abstain: other people wouldn't confirm what a rewording is worth; "
                "more people are needed, as said above."
            )
        kept = ", ".join(one.group for one in self.reliability if one.kept)
        return f"Tuning can work here, for: {kept}. Whether it does, only `evaluate` can say."

    def to_json(self) -> dict[str, object]:
        """Everything, with the verdict in words."""
        return {
            **asdict(self),
            "conforms": self.conforms,
            "can_tune": self.can_tune,
            "say": list(self.sentences()),
        }


def engine_check(
    jobs: Sequence[Job],
    pool: Pool,
    config: Config | None = None,
    *,
    engine: AnyEngine | None = None,
    qualified: BoolArray | None = None,
    progress: Progress | None = None,
) -> EngineCheck:
    """Try an engine on a sample of ads.

    Args:
        jobs: Training ads.
        pool: Training people.
        config: ``matcher``, ``spans``, ``sampling`` and ``reward`` count; the defaults if None.
        engine: The user's own, instead of ``config.matcher.name``; see ``verbs.engine``.
        qualified: Who is qualified, ``(jobs, people)``; by ``config.reward.qualified_by`` if None.
        progress: Called as ``progress(stage, done, total)``.

    Raises:
        BadInput: There are fewer than two different ads.
        MatcherError: The engine can't be built.
    """
    need("trying an engine", "match", "words")
    refuse_text(jobs=jobs, pool=pool, config=config)
    settings = config or Config()
    different = {job.text: job for job in jobs}
    if len(different) < 2:
        raise BadInput("an engine is tried on two different ads at least; give more ads")
    pool = grouped(pool, settings.reward.attributes, "reward.attributes")
    matcher = bind(pool, settings.matcher, engine, progress)
    sample = spread_over(list(different.values()), SAMPLE)
    findings = tuple(check_matcher(matcher, sample[:CONFORMANCE_ADS], settings.seed))
    top = min(settings.matcher.top, len(pool))
    spans = settings.spans.per_ad * settings.sampling.samples
    nothing = Moved(float("nan"), (float("nan"), float("nan")), 0, 0)
    about = (matcher.name, len(sample), len(jobs), len(pool), findings)
    calls = len(jobs) * (1 + spans)
    seed = settings.seed
    try:
        began = time.monotonic()
        tell(progress, STAGE, 0, 3)
        before = matcher.rank(sample, top)
        seconds = (time.monotonic() - began) / len(sample)
        tell(progress, STAGE, 1, 3)
        repeats = _moved(before, matcher.rank(sample, top), np.arange(len(sample)), seed)
        rows, reworded = by_rule(sample, settings)
        wording = _moved(before, matcher.rank(reworded, top), rows, seed) if reworded else nothing
        tell(progress, STAGE, 3, 3)
    except MatcherError:  # the findings say what it does
        return EngineCheck(*about, nothing, nothing, (), (), float("nan"), calls)
    if not trusted(findings):
        return EngineCheck(*about, repeats, wording, (), (), seconds, calls)
    reward = RewardModel.fit(
        jobs,
        pool,
        matcher,
        settings.reward,
        top=settings.matcher.top,
        seed=seed,
        qualified=qualified,
        progress=progress,
    )
    gaps = tuple(f"{name}: {found.reason}" for name, found in sorted(reward.targets.items()))
    reliability = confirmed(reward, sample, rows, reworded, settings)
    return EngineCheck(*about, repeats, wording, gaps, reliability, seconds, calls)


def _moved(before: Rankings, after: Rankings, rows: IntArray, seed: int) -> Moved:
    """Lists of the sample against other lists of the same ads, ``rows`` telling which."""
    shares = np.array(
        [
            1 - len({*_listed(before, row)} & {*_listed(after, at)}) / max(1, before.k)
            for at, row in enumerate(rows)
        ]
    )
    ads = np.unique(rows)
    means: FloatArray = np.array([shares[rows == ad].mean() for ad in ads])
    drawn = np.random.default_rng([seed, len(ads)]).integers(0, len(ads), (RESAMPLES, len(ads)))
    interval = interval_of(means[drawn].mean(axis=1))
    return Moved(float(means.mean()), interval, len(ads), len(rows))


def _listed(rankings: Rankings, row: int) -> list[int]:
    return [int(position) for position in rankings.positions[row] if position >= 0]
