"""The counterfactual set: every editable span with the identity and real alternatives, judged.

Collected in shards of so few ads that a kill costs little, each written whole or not at all: an
interrupted collection goes on where it was, and the result is the same to the byte. Rows name ads,
never people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import Any

from evenhand.config.schema import Config
from evenhand.errors import BadInput, StorageError
from evenhand.language.span import BatchGate, Gate
from evenhand.learn.judging import Judge, Judged, Reward, judge_all
from evenhand.learn.rows import Rollout, read_rows, write_rows
from evenhand.learn.runfolder import check_same
from evenhand.learn.states import MODEL, Prompts, Sampler, propose, sampler_settings, states_of
from evenhand.learn.summary import summarise
from evenhand.records.files import digest_of, read_json, write_json
from evenhand.records.job import Job
from evenhand.records.outputs import keeps, writes
from evenhand.records.pace import Progress
from evenhand.records.seals import every_file, read_sealed, write_sealed

_MANIFEST, _TARGETS, _SUMMARY = "manifest.json", "targets.json", "summary.json"
_AGAIN = "collect the rollouts again"
WORK = "work"
"""Of whoever prepares a collection: what is saved there may be there before the rest."""
_SETTINGS = ("seed", "model", "spans", "sampling", "gates", "reward")


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

    Raises:
        StorageError: ``out`` holds rollouts of something else, or can't be written.
        BadInput: There are no ads, or two have the same id.
        MatcherError: The engine failed.
    """
    if not jobs or len({job.id for job in jobs}) < len(jobs):
        raise BadInput("rollouts need at least one ad, and ids that differ; check the jobs file")
    shards = [jobs[first : first + ads_per_shard] for first in range(0, len(jobs), ads_per_shard)]
    made_from = _made_from(jobs, reward, generator, prompts, config, digests, ads_per_shard)
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
        if progress is not None:
            progress("rollouts", min((number + 1) * ads_per_shard, len(jobs)), len(jobs))
    for name, content in (beside or {}).items():
        write_json(out / name, content)
    seal_rollouts(out)
    return out


def seal_rollouts(folder: Path) -> None:
    """Write ``summary.json`` last, sealing every file of a collection.

    Raises:
        StorageError: Shards are missing, or it can't be written.
    """
    path = folder / _SUMMARY
    files = [each for each in every_file(folder, without=[WORK]) if each != path]
    write_sealed(path, summarise(read_rollouts(folder)), files)


def read_finished(folder: Path, *, needed: Sequence[str] = ()) -> list[Rollout]:
    """All rows of a finished collection, after its files were found to be as they were.

    Args:
        folder: What ``collect_rollouts`` wrote.
        needed: Files that must be beside the rows.

    Raises:
        StorageError: The folder holds no finished collection, or one of its files was changed.
    """
    check_rollouts(folder, needed)
    return read_rollouts(folder)


def check_rollouts(folder: Path, needed: Sequence[str] = ()) -> None:
    """Refuse a collection that isn't finished, or that was changed since.

    Raises:
        StorageError: It names the file.
    """
    shards = range(read_manifest(folder)["shards"])
    if not (folder / _SUMMARY).exists():
        raise StorageError(f"{folder}: isn't finished; run `evenhand rollouts` again to go on")
    needed = [*needed, _MANIFEST, _TARGETS, *(shard_path(folder, each).name for each in shards)]
    read_sealed(folder / _SUMMARY, _AGAIN, needed=needed)


def read_summary(folder: Path) -> dict[str, Any]:
    """Counts and rates of a finished collection.

    Raises:
        StorageError: The summary was changed.
    """
    return read_sealed(folder / _SUMMARY, _AGAIN, only=lambda name: False)


def read_rollouts(folder: Path) -> list[Rollout]:
    """All rows of a finished collection, in order.

    Raises:
        StorageError: The folder holds no rollouts, or the collection isn't finished.
    """
    shards = [shard_path(folder, number) for number in range(read_manifest(folder)["shards"])]
    missing = sum(not path.exists() for path in shards)
    if missing:
        raise StorageError(
            f"{folder}: {missing} of {len(shards)} shards are missing; "
            "run `evenhand rollouts` again to go on"
        )
    return read_rows(shards)


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the rollouts in a folder were made from: ``made_from`` and the number of ``shards``.

    Raises:
        StorageError: The folder holds no rollouts.
    """
    path = folder / _MANIFEST
    if not path.exists():
        raise StorageError(f"{folder}: holds no rollouts; run `evenhand rollouts` first")
    return read_json(path)


def read_targets(folder: Path) -> dict[str, Any]:
    """What the reward of these rollouts found to close.

    Raises:
        StorageError: The targets aren't those that the rollouts were scored with.
    """
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


def _made_from(
    jobs: Sequence[Job],
    reward: Reward,
    generator: Sampler,
    prompts: Prompts,
    config: Config,
    digests: Mapping[str, str],
    ads_per_shard: int,
) -> dict[str, str]:
    """Digests by name, so that a refusal can say what changed."""
    return {
        **given(jobs, config),
        **digests,
        "generator": generator.digest,
        "prompts": prompts.digest,
        "targets": digest_of(reward.to_json()),
        "ads_per_shard": str(ads_per_shard),
    }


def given(jobs: Sequence[Job], config: Config) -> dict[str, str]:
    """The digests that need no engine and no model."""
    settings = config.model_dump(mode="json")
    texts = [[job.id, job.text, dict(job.fields)] for job in jobs]
    return {
        **{f"config.{name}": digest_of(settings[name]) for name in _SETTINGS},
        "jobs": digest_of(texts),
    }


def require_own(out: Path, made_from: Mapping[str, str]) -> bool:
    """Whether a folder holds these rollouts, finished or not; False where it is free for them.

    Args:
        out: The folder.
        made_from: Some of the digests by name; those that aren't given may be any.

    Raises:
        StorageError: It holds other rollouts or something else.
    """
    path = out / _MANIFEST
    if path.exists():
        saved = read_json(path)["made_from"]
        check_same(out, {name: saved.get(name, "") for name in made_from}, made_from)
        if (out / _SUMMARY).exists():
            check_rollouts(out)
        return True
    if out.exists() and any(found.name != WORK for found in out.iterdir()):
        raise StorageError(f"{out}: is not empty and holds no rollouts; choose another folder")
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
        after=action.after,
        source=action.source,
        sample_index=action.sample_index,
        count=action.count,
        prompt_tokens=state.prompt_tokens,
        tokens=action.tokens,
        logprob=action.logprob,
        finished=action.finished,
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
