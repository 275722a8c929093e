"""The row ``tuned_hard_reward``: the same rollouts, paid by single lists; the overfit, shown.

``rescored`` gives rollouts that ``verbs.tune`` accepts with ``reward.min_reliability`` -1, and
whose reliability is about 0. ``rewrite_hard`` also chooses by the hard reward on training people,
as somebody would who trusted it; gates and budget are those of the row ``tuned``. Both parts are
for this row alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from evenhand.align.rollouts import (
    Rollout,
    in_place,
    read_manifest,
    read_rollouts,
    read_rows,
    read_targets,
    seal_rollouts,
    shard_path,
    write_rows,
)
from evenhand.align.runs import RunFolder, check_same
from evenhand.config.schema import Config
from evenhand.errors import BadInput
from evenhand.language.span import Span
from evenhand.records.files import digest_of, new_folder, read_json, write_json
from evenhand.records.job import Job
from evenhand.records.outputs import Progress
from evenhand.records.people import Pool
from evenhand.reward.gates import QualityJudge
from evenhand.rewrite.guard import Guard
from evenhand.rewrite.result import Rewrite, write_rewrites
from evenhand.rewrite.rewriter import Rewriter
from evenhand.verbs.engine import AnyEngine, bind
from evenhand.verbs.language_model import LanguageTools, open_generator
from evenhand.verbs.rollouts import ASKED, LABELS, LEAN, SETTINGS, load_lean_gate
from evenhand.verbs.tune import tune
from hard_reward import HardChange, HardReward

NAME = "tuned_hard_reward"


def rescored(
    rollouts_dir: Path,
    jobs: Sequence[Job],
    pool: Pool,
    engine: AnyEngine,
    config: Config,
    out: Path,
) -> Path:
    """The same states, actions and gates, with rewards of single lists.

    Rows that a gate on wording refused stay unpaid; rows of ads that nobody can be compared for
    are paid nothing.

    Args:
        rollouts_dir: A finished collection.
        jobs: The ads it was collected on.
        pool: The people it was paid on.
        engine: The engine.
        config: Seed, attributes and length of the lists.
        out: Folder to write, whole or not at all; one that holds the same is left as it is.

    Raises:
        BadInput: A row is of an ad that wasn't given.
        StorageError: The rollouts aren't finished, or ``out`` holds something else.
        MatcherError: The engine failed.
    """
    manifest = read_manifest(rollouts_dir)
    rows = read_rollouts(rollouts_dir)
    plain = [[row.job_id, row.after, row.reward] for row in rows]
    paid_by = f"one list of {config.matcher.top}, seed {config.seed}"
    made_from = {**manifest["made_from"], "paid_by": paid_by, "rollouts": digest_of(plain)}
    if out.exists():
        check_same(out, read_manifest(out)["made_from"], made_from)
        return out
    matcher = bind(pool, config.matcher, engine)
    hard = HardReward(pool, matcher, config.reward, top=config.matcher.top, seed=config.seed)
    ads = {job.id: job for job in jobs}
    with new_folder(out) as folder:
        for number in range(manifest["shards"]):
            shard = read_rows([shard_path(rollouts_dir, number)])
            write_rows(shard_path(folder, number), _paid(shard, ads, hard))
        write_json(folder / "manifest.json", {"made_from": made_from, "shards": manifest["shards"]})
        write_json(folder / "targets.json", read_targets(rollouts_dir))
        for name in (LEAN, LABELS, ASKED, SETTINGS):
            if (rollouts_dir / name).exists():
                write_json(folder / name, read_json(rollouts_dir / name))
        seal_rollouts(folder)
    return out


def tune_hard(
    rollouts: Path, config: Config, out: Path, progress: Progress | None = None
) -> dict[str, object]:
    """Tune on rescored rollouts, whatever their reliability.

    Raises:
        Abstained: Nothing improves.
        StorageError: The rollouts aren't finished, or ``out`` holds another run.
    """
    reward = config.reward.model_copy(update={"min_reliability": -1.0})
    return tune(rollouts, config.model_copy(update={"reward": reward}), out=out, progress=progress)


def rewrite_hard(
    jobs: Sequence[Job],
    pool: Pool,
    engine: AnyEngine,
    config: Config,
    run: Path,
    *,
    samples: int,
    tools: LanguageTools,
    seed: int,
    out: Path,
    progress: Progress | None = None,
) -> list[Rewrite]:
    """Reword with a run of ``tune_hard``, the composition chosen by the hard reward too.

    Args:
        jobs: Ads to reword.
        pool: Training people, whom the choice is made on.
        engine: The engine.
        config: The settings of the run.
        run: Its folder.
        samples: Rewordings proposed per span.
        tools: The opened base model.
        seed: Seed of the samples.
        out: File of the rewritings; time and budget go to ``<out>.stats.json``.
        progress: Called as ``progress("rewrite", done, ads)``.

    Raises:
        EvenhandError: Of the class of whatever boundary failed.
    """
    matcher, top = bind(pool, config.matcher, engine, progress), config.matcher.top
    hard = HardReward(pool, matcher, config.reward, top=top, seed=config.seed)
    most = config.gates.max_quality_loss
    judge = QualityJudge(pool, matcher, config.reward, top=top, max_loss=most)
    gates = (*tools.batch_gates(), load_lean_gate(run, tools.embed))
    rewriter = Rewriter(
        Guard(tuple(tools.gates()), gates),
        config.spans,
        tools.sampler(open_generator("tuned", tools, run, config), samples, seed),
        "score",
        hard.scorer,
        lambda job: [judge.gate(job)],
        rules=config.rewrite.rules,
        seed=seed,
    )
    started = time.monotonic()
    rewrites = rewriter.rewrite(jobs, progress)
    write_rewrites(out, rewrites)
    seconds = round(time.monotonic() - started, 3)
    stats = {"system": NAME, "ads": len(jobs), "samples": samples, "seconds": seconds}
    made_with = digest_of(RunFolder(run).read_digests())
    write_json(Path(f"{out}.stats.json"), {**stats, "run": made_with})
    return rewrites


def _paid(rows: Sequence[Rollout], ads: dict[str, Job], hard: HardReward) -> list[Rollout]:
    """A shard's rows with their rewards replaced."""
    unknown = sorted({row.job_id for row in rows} - set(ads))
    if unknown:
        raise BadInput(f"the rollouts are of an ad that wasn't given ({unknown[0]}); give it too")
    work: dict[str, tuple[Job, list[str]]] = {}
    for row in rows:
        job = ads[row.job_id]
        if row.reward is not None and hard.comparable(job):
            work.setdefault(job.id, (job, []))[1].append(_reworded(job, row))
    found = {name: iter(changes) for name, changes in hard.changes(work).items()}
    return [_replaced(row, ads[row.job_id], hard, found) for row in rows]


def _reworded(job: Job, row: Rollout) -> str:
    kind = "duty" if row.kind == "duty" else "sentence"
    return in_place(job.text, Span(row.start, row.end, row.before, kind), row.after)


def _replaced(
    row: Rollout, job: Job, hard: HardReward, found: dict[str, Iterator[HardChange]]
) -> Rollout:
    if row.reward is None:
        return replace(row, reward_folds=(), delta=None, halves=())
    if not hard.comparable(job):
        return replace(row, reward=0.0, reward_folds=(), delta=None, halves=())
    change = next(found[row.job_id])
    worth = change.reward
    return replace(row, reward=worth, reward_folds=(worth,), delta=worth, halves=change.halves)
