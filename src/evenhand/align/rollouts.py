"""The counterfactual set: every editable span with the identity and real alternatives, judged.

Gates come first and nothing is paid to what failed; gates and reward are given. Collected in shards
of so few ads that a kill costs little, each written whole or not at all: an interrupted collection
goes on where it was, and the result is the same to the byte. What is learned from it are two
returns: ``parity`` on passing rewordings of groups whose reward is reliable, and ``gate`` on
everything; one return for both teaches the gates and not the direction. Rows name ads, never
people; a summary holds numbers and no text of any ad.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from evenhand.align.runs import check_same
from evenhand.align.states import (
    IDENTITY,
    MODEL,
    Action,
    Prompts,
    Sampler,
    State,
    propose,
    sampler_settings,
    states_of,
)
from evenhand.config.schema import Config, RewardConfig
from evenhand.errors import Abstained, BadInput, FolderRefused, StorageError
from evenhand.language.span import BatchGate, Gate, Span, Verdict
from evenhand.records.files import digest_of, read_json, write_json, write_parquet
from evenhand.records.integrity import every_file, read_sealed, write_sealed
from evenhand.records.job import Job
from evenhand.records.outputs import Progress, keeps, tell, writes
from evenhand.reward.gap import GroupTarget
from evenhand.reward.gates import Reliability, Scale, reliability_table, variance_shares
from evenhand.reward.model import Change, overshoot_verdict

if TYPE_CHECKING:
    import pyarrow as pa

WORK = "work"
"""Of whoever prepares a collection: what is saved there may be there before the rest."""
_MANIFEST, _TARGETS, _SUMMARY = "manifest.json", "targets.json", "summary.json"
_AGAIN = "collect the rollouts again"
_SETTINGS = ("seed", "model", "spans", "sampling", "gates", "reward")
_PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|\d+(?:[.,]\d+)*")
"""Quoted words and figures, which would make every reason its own."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """One replacement of one span of one ad, with all that was found out about it.

    Attributes:
        job_id: The ad.
        group: Its occupation group; ``""`` where unknown.
        start: Offset of the span in the ad.
        end: Offset after the span.
        kind: ``sentence`` or ``duty``.
        before: The span.
        after: The replacement.
        source: ``identity``, ``rule:<name>``, ``approved`` or ``model``.
        sample_index: Which sample of the model this was first; -1 for other sources.
        count: How often the same replacement was proposed for this span.
        prompt_tokens: What the language model was asked, as token ids.
        tokens: Token ids of the replacement as the model would write it, end token included.
        logprob: Log-probability of ``tokens``, nats; None where the model didn't draw them.
        finished: Whether the replacement ended by itself.
        sampler: Settings of the draw as JSON; ``""`` where the model didn't draw it.
        gates: Verdicts, in the order they were given.
        passed: Whether every gate passed.
        reward_folds: Reward per fold of the people; empty where nothing was paid.
        reward: Mean minus one standard error over folds; 0 for the identity; None where a gate
            failed.
        delta: Change of the score gap on all training people; None where a gate failed.
        halves: Change of the score gap on two disjoint halves of the people; empty where a gate
            failed.
        pool_digest: The people the reward was measured on.
        matcher_digest: The engine.
        model_digest: The language model and its tokenizer.
    """

    job_id: str
    group: str
    start: int
    end: int
    kind: str
    before: str
    after: str
    source: str
    sample_index: int
    count: int
    prompt_tokens: tuple[int, ...]
    tokens: tuple[int, ...]
    logprob: float | None
    finished: bool
    sampler: str
    gates: tuple[Verdict, ...]
    passed: bool
    reward_folds: tuple[float, ...]
    reward: float | None
    delta: float | None
    halves: tuple[float, ...]
    pool_digest: str
    matcher_digest: str
    model_digest: str

    @property
    def state(self) -> tuple[str, int, int]:
        """What the replacement was proposed for: ad, start and end."""
        return (self.job_id, self.start, self.end)

    @property
    def is_identity(self) -> bool:
        """Whether nothing is changed."""
        return self.before == self.after


def schema() -> pa.Schema:
    """The Arrow schema of a shard of rollouts."""
    import pyarrow as pa

    verdict = pa.struct([("gate", pa.string()), ("passed", pa.bool_()), ("reason", pa.string())])
    types: dict[str, pa.DataType] = {
        "start": pa.int32(),
        "end": pa.int32(),
        "sample_index": pa.int32(),
        "count": pa.int32(),
        "prompt_tokens": pa.list_(pa.int32()),
        "tokens": pa.list_(pa.int32()),
        "logprob": pa.float64(),
        "finished": pa.bool_(),
        "gates": pa.list_(verdict),
        "passed": pa.bool_(),
        "reward_folds": pa.list_(pa.float64()),
        "reward": pa.float64(),
        "delta": pa.float64(),
        "halves": pa.list_(pa.float64()),
    }
    names = [field.name for field in fields(Rollout)]
    return pa.schema([(name, types.get(name, pa.string())) for name in names])


def write_rows(path: Path, rows: Sequence[Rollout]) -> None:
    """Write a shard; the same rows give the same bytes."""
    import pyarrow as pa

    plain = [asdict(row) for row in rows]
    write_parquet(path, pa.Table.from_pylist(plain, schema=schema()))


def read_rows(paths: Iterable[Path]) -> list[Rollout]:
    """Read shards, in the order given."""
    import pyarrow.parquet as pq

    rows: list[Rollout] = []
    for path in paths:
        try:
            table = pq.read_table(path)
        except (OSError, ValueError) as cause:
            problem = f"{path}: cannot be read as rollouts ({cause}); collect them again"
            raise StorageError(problem) from cause
        if not table.schema.equals(schema()):
            problem = f"{path}: is not a shard of rollouts of this version; collect them again"
            raise StorageError(problem)
        for record in table.to_pylist():
            record["gates"] = [Verdict(**gate) for gate in record["gates"]]
            lists = {name: tuple(each) for name, each in record.items() if isinstance(each, list)}
            rows.append(Rollout(**{**record, **lists}))
    return rows


class Reward(Protocol):
    """What rewordings are worth; ``reward.RewardModel`` is one."""

    def changes_many(self, work: Sequence[tuple[Job, Sequence[str]]]) -> list[list[Change]]:
        """One list an ad, one change a whole reworded text."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Targets of all groups of ads; aggregates only."""
        ...


@dataclass(frozen=True)
class Judge:
    """All gates of a collection.

    Attributes:
        gates: Gates on text, run on everything.
        batch_gates: Gates that run a model, in order, each on what passed so far.
    """

    gates: Sequence[Gate]
    batch_gates: Sequence[BatchGate] = ()

    def verdicts(self, state: State, actions: Sequence[Action]) -> list[tuple[Verdict, ...]]:
        """Verdicts on each action, in order; the identity needs none."""
        found = [self._on_text(state, action) for action in actions]
        for gate in self.batch_gates:
            asked = [
                place
                for place, action in enumerate(actions)
                if action.source != IDENTITY and passed(found[place])
            ]
            texts = [actions[place].after for place in asked]
            given = gate(state.job.text, state.span, texts) if texts else []
            if len(given) != len(texts):
                raise BadInput(f"a gate gave {len(given)} verdicts on {len(texts)} rewordings")
            for place, verdict in zip(asked, given, strict=True):
                found[place] += (verdict,)
        return found

    def _on_text(self, state: State, action: Action) -> tuple[Verdict, ...]:
        if action.source == IDENTITY:
            return ()
        if not action.finished:
            reason = f"cut off after {len(action.tokens)} tokens"
            return (Verdict("finished", False, reason),)
        return tuple(gate(state.job.text, state.span, action.after) for gate in self.gates)


def passed(verdicts: Sequence[Verdict]) -> bool:
    """Whether no gate refused."""
    return all(verdict.passed for verdict in verdicts)


@dataclass(frozen=True, slots=True)
class Judged:
    """One action with its verdicts, and its change where it passed the gates on wording."""

    state: State
    action: Action
    verdicts: tuple[Verdict, ...]
    change: Change | None = None

    @property
    def passed(self) -> bool:
        """Whether every gate let it through, the one against overshoot included."""
        return passed(self.verdicts)

    def paid(self, change: Change) -> Judged:
        """The same with its change, and the verdict on that."""
        last = () if self.action.source == IDENTITY else (overshoot_verdict(change),)
        return replace(self, verdicts=(*self.verdicts, *last), change=change)


def judge_all(
    states: Sequence[State],
    actions: Sequence[Sequence[Action]],
    judge: Judge,
    reward: Reward,
) -> list[Judged]:
    """Verdicts on every action, then the worth of all that passed, in one call of the engine.

    Each action is scored in its place, the rest of the ad as it was.
    """
    found = [
        Judged(state, action, verdicts)
        for state, proposed in zip(states, actions, strict=True)
        for action, verdicts in zip(proposed, judge.verdicts(state, proposed), strict=True)
    ]
    jobs: dict[str, tuple[Job, list[int], list[str]]] = {}
    for place, one in enumerate(found):
        if one.passed:
            job = one.state.job
            _, places, texts = jobs.setdefault(job.id, (job, [], []))
            places.append(place)
            texts.append(in_place(job.text, one.state.span, one.action.after))
    changes = reward.changes_many([(job, texts) for job, _, texts in jobs.values()])
    for (_, places, _), of_job in zip(jobs.values(), changes, strict=True):
        for place, change in zip(places, of_job, strict=True):
            found[place] = found[place].paid(change)
    return found


def in_place(original: str, span: Span, after: str) -> str:
    """The whole ad with one span replaced."""
    return original[: span.start] + after + original[span.end :]


def summarise(rows: Sequence[Rollout]) -> dict[str, Any]:
    """Counts and pass rates of a collection."""
    proposed = [row for row in rows if not row.is_identity]
    return {
        "ads": len({row.job_id for row in rows}),
        "states": len({row.state for row in rows}),
        "rows": len(rows),
        "identities": len(rows) - len(proposed),
        "overall": _rates(proposed),
        "gates": _by_gate(proposed),
        "sources": _by(proposed, lambda row: row.source.partition(":")[0]),
        "kinds": _by(proposed, lambda row: row.kind),
        "groups": _by(proposed, lambda row: row.group),
    }


def _by(rows: Iterable[Rollout], key: Callable[[Rollout], str]) -> dict[str, Any]:
    parts: dict[str, list[Rollout]] = defaultdict(list)
    for row in rows:
        parts[key(row)].append(row)
    return {name: _rates(part) for name, part in sorted(parts.items())}


def _rates(rows: Sequence[Rollout]) -> dict[str, Any]:
    rewards = [row.reward for row in rows if row.passed and row.reward is not None]
    return {
        "rows": len(rows),
        "proposed": sum(row.count for row in rows),
        "passed": sum(row.passed for row in rows),
        "pass_rate": _rounded(np.mean([row.passed for row in rows])) if rows else None,
        "improving": sum(reward > 0 for reward in rewards),
        "mean_reward": _rounded(np.mean(rewards)) if rewards else None,
    }


def _by_gate(rows: Sequence[Rollout]) -> dict[str, Any]:
    """How many each gate judged and passed, and the commonest reasons of refusals."""
    verdicts: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in (verdict for row in rows for verdict in row.gates):
        verdicts[verdict.gate].append(verdict)
    found: dict[str, Any] = {}
    for gate, given in sorted(verdicts.items()):
        refused = [verdict.reason for verdict in given if not verdict.passed]
        reasons = Counter(_PARTICULAR.sub("…", reason) for reason in refused)
        commonest = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
        found[gate] = {
            "judged": len(given),
            "passed": len(given) - len(refused),
            "pass_rate": _rounded(1 - len(refused) / len(given)),
            "reasons": dict(commonest[:8]),
        }
    return found


def _rounded(value: Any) -> float:
    return round(float(value), 6)


@writes("out", folder=True)
def collect_rollouts(
    jobs: Sequence[Job],
    *,
    reward: Reward,
    generator: Sampler,
    prompts: Prompts,
    gates: Sequence[Gate],
    batch_gates: Sequence[BatchGate],
    config: Config,
    out: Path,
    digests: Mapping[str, str],
    ads_per_shard: int = 4,
    beside: Mapping[str, object] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Propose, judge and score rewordings of every editable span of some ads.

    Args:
        jobs: Training ads, ids unique.
        reward: Pays rewordings that passed; its targets are saved beside the rows.
        generator: Draws the model's samples.
        prompts: Turns spans into questions and replacements into answers.
        gates: Gates on text; all of them judge every rewording.
        batch_gates: Gates that run a model, on what passed so far.
        config: Seed, spans, sampling (and what gates and reward were made from).
        out: Folder of the rollouts; an unfinished collection in it goes on.
        digests: Digests of ``pool``, ``matcher`` and ``model``.
        ads_per_shard: Ads collected and written together.
        beside: JSON files to write beside the rows, by name.
        progress: Called as ``progress("rollouts", ads done, ads)``.

    Returns:
        ``out``, with shards of rows, ``manifest.json``, ``targets.json`` and ``summary.json``.
    """
    if not jobs or len({job.id for job in jobs}) < len(jobs):
        raise BadInput("rollouts need at least one ad, and ids that differ; check the jobs file")
    shards = [jobs[first : first + ads_per_shard] for first in range(0, len(jobs), ads_per_shard)]
    made_from = {
        **given(jobs, config),
        **digests,
        "generator": generator.digest,
        "prompts": prompts.digest,
        "targets": digest_of(reward.to_json()),
        "ads_per_shard": str(ads_per_shard),
    }
    keeps(out, lambda: _kept(out, len(jobs), ads_per_shard))
    if not require_own(out, made_from):
        write_json(out / _MANIFEST, {"made_from": made_from, "shards": len(shards)})
    write_json(out / _TARGETS, reward.to_json())
    judge = Judge(gates, batch_gates)
    for number, shard in enumerate(shards):
        if not shard_path(out, number).exists():
            states = states_of(shard, prompts, config)
            actions = propose(states, generator, prompts, gates, config)
            judged = judge_all(states, actions, judge, reward)
            write_rows(shard_path(out, number), [_row(one, config, digests) for one in judged])
        tell(progress, "rollouts", min((number + 1) * ads_per_shard, len(jobs)), len(jobs))
    for name, content in (beside or {}).items():
        write_json(out / name, content)
    seal_rollouts(out)
    return out


def seal_rollouts(folder: Path) -> None:
    """Write ``summary.json`` last, sealing every file of a collection."""
    path = folder / _SUMMARY
    files = [each for each in every_file(folder, without=[WORK]) if each != path]
    write_sealed(path, summarise(read_rollouts(folder)), files)


def read_finished(folder: Path, *, needed: Sequence[str] = ()) -> list[Rollout]:
    """All rows of a finished collection, after its files were found to be as they were."""
    check_rollouts(folder, needed)
    return read_rollouts(folder)


def check_rollouts(folder: Path, needed: Sequence[str] = ()) -> None:
    """Refuse a collection that isn't finished, or that was changed since."""
    shards = range(read_manifest(folder)["shards"])
    if not (folder / _SUMMARY).exists():
        raise StorageError(f"{folder}: isn't finished; run `evenhand rollouts` again to go on")
    needed = [*needed, _MANIFEST, _TARGETS, *(shard_path(folder, each).name for each in shards)]
    read_sealed(folder / _SUMMARY, _AGAIN, needed=needed)


def read_summary(folder: Path) -> dict[str, Any]:
    """Counts and rates of a finished collection."""
    return read_sealed(folder / _SUMMARY, _AGAIN, only=lambda name: False)


def read_rollouts(folder: Path) -> list[Rollout]:
    """All rows of a finished collection, in order."""
    shards = [shard_path(folder, number) for number in range(read_manifest(folder)["shards"])]
    missing = sum(not path.exists() for path in shards)
    if missing:
        raise StorageError(
            f"{folder}: {missing} of {len(shards)} shards are missing; "
            "run `evenhand rollouts` again to go on"
        )
    return read_rows(shards)


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the rollouts in a folder were made from: ``made_from`` and the number of ``shards``."""
    path = folder / _MANIFEST
    if not path.exists():
        raise FolderRefused(f"{folder}: holds no rollouts; run `evenhand rollouts` first")
    return read_json(path)


def read_targets(folder: Path) -> dict[str, Any]:
    """What the reward of these rollouts found to close."""
    targets = read_json(folder / _TARGETS)
    sealed = read_manifest(folder)["made_from"].get("targets", "")
    if sealed and sealed != digest_of(targets):
        raise StorageError(
            f"{folder / _TARGETS}: was changed after the rollouts were collected; put it back or "
            "collect them again"
        )
    return targets


def shard_path(folder: Path, number: int) -> Path:
    """Where a shard of rows stands."""
    return folder / f"shard-{number:05d}.parquet"


def given(jobs: Sequence[Job], config: Config) -> dict[str, str]:
    """The digests that need no engine and no model."""
    settings = config.model_dump(mode="json")
    texts = [[job.id, job.text, dict(job.fields)] for job in jobs]
    return {
        **{f"config.{name}": digest_of(settings[name]) for name in _SETTINGS},
        "jobs": digest_of(texts),
    }


def require_own(out: Path, made_from: Mapping[str, str]) -> bool:
    """Whether a folder holds these rollouts, finished or not; False where it is free for them."""
    path = out / _MANIFEST
    if path.exists():
        saved = read_json(path)["made_from"]
        check_same(out, {name: saved.get(name, "") for name in made_from}, made_from)
        if (out / _SUMMARY).exists():
            check_rollouts(out)
        return True
    if out.exists() and any(found.name != WORK for found in out.iterdir()):
        raise FolderRefused(f"{out}: is not empty and holds no rollouts; choose another folder")
    return False


def _kept(out: Path, ads: int, ads_per_shard: int) -> str:
    """What a stopped collection leaves."""
    if (out / _SUMMARY).exists():
        return f"all {ads} ads are saved in {out}; run the same command again to finish"
    done = min(ads, ads_per_shard * len(list(out.glob("shard-*.parquet"))))
    return f"{done} of {ads} ads are saved in {out}; run the same command again to go on"


def _row(judged: Judged, config: Config, digests: Mapping[str, str]) -> Rollout:
    state, action, change = judged.state, judged.action, judged.change
    drawn = action.source == MODEL
    return Rollout(
        job_id=state.job.id,
        group=state.job.fields.get(config.reward.qualified_by, ""),
        start=state.span.start,
        end=state.span.end,
        kind=state.span.kind,
        before=state.span.text,
        **asdict(action),
        prompt_tokens=state.prompt_tokens,
        sampler=dumps(asdict(sampler_settings(config)), sort_keys=True) if drawn else "",
        gates=judged.verdicts,
        passed=judged.passed,
        reward_folds=change.reward_folds if change else (),
        reward=change.reward if change else None,
        delta=change.delta if change else None,
        halves=change.halves if change else (),
        pool_digest=digests.get("pool", ""),
        matcher_digest=digests.get("matcher", ""),
        model_digest=digests.get("model", ""),
    )


@dataclass(frozen=True)
class Trust:
    """Which groups of ads may be learned from.

    Attributes:
        reliability: One entry a group.
        kept: Groups with a gap to close and a reliable reward.
        abstained: For every other group, why not, in a sentence.
    """

    reliability: tuple[Reliability, ...]
    kept: frozenset[str]
    abstained: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        table = [asdict(entry) for entry in self.reliability]
        return {"groups": table, "kept": sorted(self.kept), "abstained": dict(self.abstained)}


def trust(
    rollouts: Sequence[Rollout], targets: Mapping[str, Any], config: RewardConfig, seed: int
) -> Trust:
    """Judge every group by the reliability of its rewards over edits that passed.

    ``targets`` are what ``RewardModel.to_json`` gave: under ``groups``, the target of each group.
    """
    edits = [row for row in rollouts if row.passed and not row.is_identity]
    table = reliability_table(
        [row.group for row in edits],
        [row.job_id for row in edits],
        [row.halves for row in edits],
        floor=config.min_reliability,
        resamples=config.resamples,
        seed=seed,
    )
    paid = {row.group for row in rollouts if row.reward_folds}
    kept = frozenset(entry.group for entry in table if entry.kept and entry.group in paid)
    reasons = {
        entry.group: entry.reason if entry.group in paid else _gap_reason(targets, entry.group)
        for entry in table
        if entry.group not in kept
    }
    return Trust(tuple(table), kept, reasons)


def require_something(found: Trust, rollouts: Sequence[Rollout]) -> None:
    """Stop where there is nothing that may honestly be learned."""
    if not found.reliability:
        passed = sum(row.passed and not row.is_identity for row in rollouts)
        raise Abstained(
            f"nothing is tuned: {passed} of {len(rollouts)} rewordings passed every gate, and none "
            "belongs to a group of ads; give ads with a group, or see summary.json for the gates"
        )
    if not found.kept:
        reasons = " ".join(found.abstained.values())
        raise Abstained(f"nothing is tuned, since no group's reward may be learned from. {reasons}")


def _gap_reason(targets: Mapping[str, Any], group: str) -> str:
    saved = targets.get("groups", {}).get(group)
    if saved is None:
        return f"{group}: its gap could not be judged, since it was not among the training ads."
    return GroupTarget.from_json(saved).reason


@dataclass(frozen=True)
class Returns:
    """Returns of the rollouts, by position.

    Attributes:
        parity: Positions whose parity return is learned from, and the returns.
        gate: The same for passing the gates.
        report: Scale and shares of variance, for a file.
    """

    parity: tuple[NDArray[np.int64], NDArray[np.float64]]
    gate: tuple[NDArray[np.int64], NDArray[np.float64]]
    report: dict[str, Any]


def returns_of(rollouts: Sequence[Rollout], kept: frozenset[str], config: RewardConfig) -> Returns:
    """Scaled returns of both objectives; ``kept`` groups' rewards may be learned from.

    The identity is 0 in both.
    """
    passed = np.array([row.passed for row in rollouts])
    trusted = np.array([row.group in kept for row in rollouts])
    edits = np.array([not row.is_identity for row in rollouts])
    rewards = np.array([0.0 if row.reward is None else row.reward for row in rollouts])
    scale = Scale.fit(
        rewards[passed & trusted & edits], clip=config.clip, failed_gate=config.failed_gate
    )
    parity = scale.returns(rewards, passed)
    places = np.flatnonzero(passed & trusted)
    inside = np.flatnonzero(trusted)
    shares = variance_shares(
        parity[inside],
        passed[inside],
        [rollouts[int(place)].job_id for place in inside],
        [rollouts[int(place)].state for place in inside],
    )
    report = {
        "scale": asdict(scale),
        "variance_shares": asdict(shares),
        "parity_rollouts": len(places),
        "gate_rollouts": len(rollouts),
        "pass_rate": float(passed[edits].mean()) if edits.any() else None,
    }
    everything = np.arange(len(rollouts))
    gate = np.where(passed, 0.0, config.failed_gate)
    return Returns((places, parity[places]), (everything, gate), report)
