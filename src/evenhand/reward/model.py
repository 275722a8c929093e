"""The reward: what a rewording does to the lists that an engine would give, and nothing else.

Estimates the gap of every group of ads on training people (``gap``), then pays rewordings for the
part of it that they close, shrunk, cross-fitted and never past the target: where a change ``d``
and a target ``t`` are in spreads, an edit is paid ``|t| - |t - d|``, and nothing changed is worth
exactly 0. For a linear engine a text's row is its embedding and weights over people are folded
into the embedding space once; for any other a row holds everybody's score. Either way one dot
product is left per rewording. It judges no text and trains nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from evenhand.config.schema import RewardConfig
from evenhand.errors import BadInput, MatcherError, StorageError, boundary
from evenhand.language.span import BatchGate, Score, Span, Verdict
from evenhand.match.protocol import (
    BoolArray,
    FloatArray,
    IntArray,
    LinearMatcher,
    Matcher,
    Query,
    Rankings,
    ScoringMatcher,
)
from evenhand.records.job import Job
from evenhand.records.outputs import Progress, steps, tell
from evenhand.records.people import NO_OCCUPATION, Pool, qualification
from evenhand.reward.gap import ContrastTarget, Evidence, GroupTarget, estimate_group, spreads_of
from evenhand.reward.people import People, Pooling, weights_over_people
from evenhand.reward.sides import Contrast, contrasts_of

Work = Sequence[tuple[Job, Sequence[str]]]
CHUNK = 512
"""Texts per call of the engine."""


@dataclass(frozen=True, slots=True)
class Paid:
    """One contrast's part in a change.

    Attributes:
        delta: Change of the shrunk difference of mean scores, in spreads of the original ad.
        target: The change that would close the gap; 0 where this contrast abstained.
        closed: ``|target| - |target - delta|``: what it is worth by itself, on all people.
    """

    delta: float
    target: float
    closed: float

    @property
    def overshoots(self) -> bool:
        """Whether the change goes past its target."""
        return self.delta * self.target > self.target * self.target


@dataclass(frozen=True, slots=True)
class Change:
    """What a rewording does to the gap of its ad's group.

    Attributes:
        reward: Mean over folds minus one standard error, in spreads; exactly 0 for the original
            and wherever evenhand abstains.
        reward_folds: The reward on each fold's people; empty where it abstains.
        delta: Change of the lead contrast (the one with the largest target) on all people, in
            spreads; None where the group can't be judged.
        halves: The same change on the two halves of each random split of the people, split by
            split; empty where the group can't be judged.
        closure: ``delta`` over its target: 1 closes the gap, more overshoots; 0 where abstained.
        trace: What each contrast paid, by its name.
        abstained: Whether nothing may be paid: no detectable gap, or no evidence.
    """

    reward: float = 0.0
    reward_folds: tuple[float, ...] = ()
    delta: float | None = None
    halves: tuple[float, ...] = ()
    closure: float = 0.0
    trace: Mapping[str, Paid] = field(default_factory=dict[str, Paid])
    abstained: bool = True


def overshoot_verdict(change: Change) -> Verdict:
    """The gate ``overshoot``: no contrast may be moved past its target.

    The reason names no group, since verdicts travel with a rewording.
    """
    if change.abstained:
        return Verdict("overshoot", True, "no target to pass")
    over = any(paid.overshoots for paid in change.trace.values())
    share = max((p.delta / p.target for p in change.trace.values() if p.target), default=0.0)
    return Verdict("overshoot", not over, f"moves {share:.0%} of the way to the target")


class Engine:
    """A matcher as rewards use it, checked; people are in the order of its candidate ids.

    One that gives no scores is asked to rank everybody.
    """

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = _with_scores(matcher)
        self.linear = self.matcher if isinstance(self.matcher, LinearMatcher) else None

    @property
    def name(self) -> str:
        """The matcher's name."""
        return self.matcher.name

    @property
    def people(self) -> int:
        """How many people it searches."""
        return len(self.matcher.candidate_ids)

    @property
    def vectors(self) -> FloatArray | None:
        """The people in the engine's own space, ``(people, dimensions)``, where it shows one."""
        return None if self.linear is None else self.linear.candidate_vectors

    def scores(self, queries: Sequence[Query]) -> FloatArray:
        """Everybody's scores, ``(queries, people)``."""
        with boundary(MatcherError, f"the matcher {self.name!r}"):
            raw = np.asarray(self.matcher.scores(queries), dtype=np.float64)
        self._check(raw, (len(queries), self.people), "scores")
        return raw

    def rank(self, queries: Sequence[Query], k: int) -> Rankings:
        """The matcher's own top-k, of everybody where there are fewer people."""
        with boundary(MatcherError, f"the matcher {self.name!r}"):
            return self.matcher.rank(queries, min(k, self.people))

    def rows(self, queries: Sequence[Query]) -> FloatArray:
        """One row a text, ``(queries, dimensions)`` or ``(queries, people)``."""
        if self.linear is None:
            return self.scores(queries)
        with boundary(MatcherError, f"the matcher {self.name!r}"):
            rows = np.asarray(self.linear.encode_queries(queries), dtype=np.float64)
        self._check(rows, (len(queries), self.linear.candidate_vectors.shape[1]), "embeddings")
        return rows

    def fold_in(self, columns: FloatArray) -> FloatArray:
        """What to multiply rows with for the weights ``columns``, ``(people, n)``.

        For a linear engine constants of a query are left out: they cancel between two texts of
        one ad.
        """
        if self.linear is None:
            return columns
        return self.linear.candidate_vectors.T @ columns

    def original_scores(
        self, queries: Sequence[Query], rows: FloatArray, people: IntArray
    ) -> FloatArray:
        """Scores of some people from rows already at hand, ``(queries, len(people))``."""
        if self.linear is None:
            return rows[:, people]
        with boundary(MatcherError, f"the matcher {self.name!r}"):
            offsets = np.asarray(self.linear.query_offsets(queries), dtype=np.float64)
        whole = np.broadcast_to(offsets, (len(queries), self.people))
        return rows @ self.linear.candidate_vectors[people].T + whole[:, people]

    def _check(self, values: FloatArray, shape: tuple[int, int], what: str) -> None:
        if values.shape != shape:
            raise MatcherError(
                f"the matcher {self.name!r} gave {what} of shape {values.shape}, not {shape}; "
                "it must give one row a query over all its people"
            )
        if not np.isfinite(values).all():
            row = int(np.argwhere(~np.isfinite(values))[0][0])
            raise MatcherError(
                f"the matcher {self.name!r} gave {what} that aren't finite for query {row}; every "
                "text must get numbers"
            )


def _with_scores(matcher: Matcher) -> ScoringMatcher:
    if isinstance(matcher, ScoringMatcher):
        return matcher
    from evenhand.match.protocol import with_scores

    return with_scores(matcher)


def in_matcher_order(pool: Pool, matcher: Matcher) -> IntArray:
    """Positions in the pool of everybody the matcher searches, in the matcher's order."""
    at = {candidate: position for position, candidate in enumerate(pool.ids)}
    wanted = matcher.candidate_ids
    if len(wanted) != len(at) or any(candidate not in at for candidate in wanted):
        raise BadInput(
            f"the matcher {matcher.name!r} searches {len(wanted)} people, which aren't the "
            f"{len(at)} of the pool; build it on the same people"
        )
    return np.array([at[candidate] for candidate in wanted], dtype=np.int64)


@dataclass(frozen=True)
class Setting:
    """Training ads against training people, in the engine's order, group by group."""

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
        """Put everything into the engine's order."""
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
        """Estimate one group's target."""
        rows, top = self.groups[group], min(top, self.engine.people)
        jobs = [self.jobs[int(row)] for row in rows]
        scores, lists = self.engine.scores(jobs), self.engine.rank(jobs, top)
        qualified, vectors = self.qualified[rows], self.engine.vectors
        evidence = Evidence(group, scores, qualified, lists, self.people, top, vectors)
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


def closed(targets: FloatArray, changes: FloatArray) -> FloatArray:
    """``|t| - |t - d|`` elementwise (broadcast), in spreads; at most ``|t|``."""
    return np.abs(targets) - np.abs(targets - changes)


def combined(
    targets: FloatArray,
    changes: FloatArray,
    weights: FloatArray,
    how: Literal["worst", "weighted"],
) -> FloatArray:
    """One payment for several contrasts, ``(texts, folds)``.

    Args:
        targets: ``(contrasts, folds)``.
        changes: ``(texts, contrasts, folds)``.
        weights: ``(contrasts,)``, used by ``weighted``.
        how: ``worst``: how much smaller the largest remaining gap gets, ``max |t| - max |t - d|``;
            ``weighted``: the weighted sum of what each contrast closes.
    """
    if how == "weighted":
        return np.einsum("c,tcf->tf", weights, closed(targets, changes))
    return np.abs(targets).max(axis=0) - np.abs(targets - changes).max(axis=1)


def cautious_mean(by_fold: FloatArray) -> FloatArray:
    """Mean minus one standard error over folds (last axis)."""
    count = by_fold.shape[-1]
    return by_fold.mean(axis=-1) - by_fold.std(axis=-1, ddof=1) / math.sqrt(count)


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


class RewardModel:
    """Pays rewordings of ads for parity in an engine's lists.

    Build it with ``fit`` (training ads and people) or ``with_targets`` (saved targets and the
    people at hand). ``targets`` says what was found for every group of ads.
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
        self._weights, self._people, self._engine = weights, people, engine
        self._ready: dict[str, _Ready | None] = {}
        # Projected row of an original, and the spread of its scores over qualified people.
        self._originals: dict[tuple[str, str], tuple[FloatArray, float]] = {}

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
        """Use what ``to_json`` saved with the people at hand, estimating nothing anew.

        ``config``, with the same folds, and ``seed`` are of the run. ``jobs`` are the ads that
        ``qualified`` is about, ``(jobs, people)``; by default whoever shares the group's name in
        ``config.qualified_by`` is qualified.
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
            "matcher": self._engine.name,
            "folds": self.config.folds,
            "groups": {name: target.to_json() for name, target in sorted(self.targets.items())},
        }

    def group_of(self, job: Job) -> str:
        """The group of ads that a job belongs to; ``""`` where it has none."""
        return job.fields.get(self.config.qualified_by, "")

    def abstains(self, job: Job) -> bool:
        """Whether nothing is paid for any rewording of this ad."""
        target = self._target(self.group_of(job))
        return target is None or target.abstained

    def reason(self, job: Job) -> str:
        """Why it abstains from this ad, or what there is to close, in sentences."""
        group = self.group_of(job)
        if group not in self.targets:
            named = f"the group {group!r} was not among the training ads" if group else "no group"
            return f"This ad has {named}, so its gap is unknown and nothing is claimed."
        if self.targets[group].contrasts and self._target(group) is None:
            return (
                f"The people at hand are too few in {group} to score a rewording; at least "
                f"{self.config.min_group} qualified people of every value are needed."
            )
        return self.targets[group].reason

    def changes(self, job: Job, texts: Sequence[str]) -> list[Change]:
        """What rewordings of one ad are worth, in order."""
        return self.changes_many([(job, texts)])[0]

    def changes_many(self, work: Work, progress: Progress | None = None) -> list[list[Change]]:
        """What rewordings of many ads are worth: a list an ad, the original exactly 0.

        Texts of all ads go to the engine together.
        """
        asked = self._project(self._queries(work), progress)
        return [[self._change(job, text, asked) for text in texts] for job, texts in work]

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

    def _change(self, job: Job, text: str, asked: Mapping[tuple[str, str], FloatArray]) -> Change:
        """What one text is worth, per contrast: on everybody, on folds, on halves."""
        ready = self._prepared(self.group_of(job))
        moved = None if ready is None else self._moved(job, text, asked)
        if ready is None or moved is None:
            return Change()
        target, folds = ready.target, self.config.folds
        moved = moved.reshape(len(target.contrasts), -1)
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
        weights = [
            self.config.weights.get(found.contrast.attribute, 1.0) for found in target.contrasts
        ]
        by_fold = combined(
            np.array([found.fold_shifts for found in target.contrasts]),
            moved[None, :, 1 : 1 + folds],
            np.array(weights),
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

    def _moved(
        self, job: Job, text: str, asked: Mapping[tuple[str, str], FloatArray]
    ) -> FloatArray | None:
        """Changes of score differences in spreads of the original ad, contrast after contrast.

        Of each contrast as in ``weights_over_people``. None where the engine gives all qualified
        people the same score.
        """
        original, spread = self._originals[job.id, job.text]
        if spread == 0.0:
            return None
        if text == job.text:
            return np.zeros_like(original)
        return (asked[job.id, text] - original) / spread

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
            rows = self._engine.rows([query for _, query in part])
            for (job, query), row in zip(part, rows, strict=True):
                ready = self._prepared(self.group_of(job))
                assert ready is not None
                projected = row @ ready.folded
                found[job.id, query.text] = projected
                if query.text == job.text:
                    scores = self._engine.original_scores([query], row[None, :], ready.who)
                    spread = float(spreads_of(scores, ready.weights)[0])
                    self._originals[job.id, job.text] = (projected, spread)
        tell(progress, "reward", len(queries), len(queries))
        return found

    def _target(self, group: str) -> GroupTarget | None:
        """A group's target as far as this pool can judge it; None where that leaves nothing."""
        ready = self._prepared(group)
        return None if ready is None else ready.target

    def _prepared(self, group: str) -> _Ready | None:
        if group not in self._ready:
            self._ready[group] = self._prepare(group)
        return self._ready[group]

    def _prepare(self, group: str) -> _Ready | None:
        target, weights = self.targets.get(group), self._weights.get(group)
        if target is None or weights is None or not target.contrasts:
            return None
        blocks = [(found, self._block(found, weights)) for found in target.contrasts]
        usable = [(found, block) for found, block in blocks if block is not None]
        if not usable:
            return None
        folded = self._engine.fold_in(np.concatenate([block for _, block in usable], axis=1))
        target = replace(target, contrasts=tuple(found for found, _ in usable))
        who = np.flatnonzero(weights > 0.0)
        return _Ready(target, who, weights[who], folded)

    def _block(self, found: ContrastTarget, weights: FloatArray) -> FloatArray | None:
        """Weights over people of one contrast; None where this pool has too few people for it."""
        if min(self._people.counts(found.contrast, weights)) < self.config.min_group:
            return None
        pooling = Pooling(found.heterogeneity, found.fold_heterogeneity)
        return weights_over_people(self._people, found.contrast, weights, pooling)
