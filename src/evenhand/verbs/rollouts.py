"""``evenhand rollouts``: rewordings of training ads, gated and scored in the user's engine."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evenhand.config.compose import resolved
from evenhand.config.schema import Config
from evenhand.errors import need
from evenhand.learn.rollouts import WORK, given, read_summary, require_own
from evenhand.learn.rollouts import collect_rollouts as collect
from evenhand.match.callable import code_digest, digest_without_people
from evenhand.match.protocol import BoolArray
from evenhand.records.candidate import Pool
from evenhand.records.job import Job
from evenhand.records.outputs import writes
from evenhand.records.pace import Progress
from evenhand.rehearsal import foretell
from evenhand.reward.lean import LeanGate, fit_lean_gate
from evenhand.reward.model import RewardModel
from evenhand.verbs.engine import AnyEngine, bind
from evenhand.verbs.inputs import Inputs, grouped
from evenhand.verbs.labels import NAME as LABELS
from evenhand.verbs.labels import saved_labels
from evenhand.verbs.language_model import LanguageTools
from evenhand.verbs.lean import NAME as LEAN
from evenhand.verbs.lean import saved_lean_gate, saving

SETTINGS, ASKED = "config.json", "inputs.json"
"""Beside the rows: every setting, the engine's name with them, and the files that were read."""
LEAN_ADS = 200
"""Training ads whose spread scales the movement in the second encoder."""


@writes("out", folder=True)
def rollouts(
    jobs: Sequence[Job],
    pool: Pool,
    config: Config,
    *,
    out: str | Path,
    qualified: BoolArray | None = None,
    engine: AnyEngine | None = None,
    inputs: Inputs | None = None,
    progress: Progress | None = None,
) -> dict[str, object]:
    """Propose, gate and score rewordings of training ads; goes on where it was interrupted.

    Args:
        jobs: Training ads.
        pool: Training people.
        config: Every setting; ``config.matcher`` names the engine unless ``engine`` is given.
        out: Folder for the rollouts.
        qualified: Who is qualified, ``(jobs, people)``; by ``config.reward.qualified_by`` if None.
        engine: The user's own engine; see ``verbs.engine``.
        inputs: The files that ads and people were read from, for the commands that come next.
        progress: Called as ``progress(stage, done, total)``.

    Returns:
        The summary (``summary.json``) with ``say``: a sentence per group on its gap.

    Raises:
        EvenhandError: Of the class of whatever boundary failed.
    """
    need("collecting rollouts", "match", "words", "train")
    if isinstance(engine, str):
        named = config.matcher.model_copy(update={"name": engine})
        config, engine = config.model_copy(update={"matcher": named}), None
    folder, pool = Path(out), grouped(pool, config.reward.attributes, "reward.attributes")
    require_own(folder, {**given(jobs, config), "pool": pool.digest})
    foretell(reads=[LanguageTools.find(config)])
    matcher = bind(pool, config.matcher, engine, progress)
    if engine is not None:  # an object has no other name that a folder could hold
        named = config.matcher.model_copy(update={"name": matcher.name})
        config = config.model_copy(update={"matcher": named})
    reward = RewardModel.fit(
        jobs,
        pool,
        matcher,
        config.reward,
        top=config.matcher.top,
        seed=config.seed,
        qualified=qualified,
        progress=progress,
    )
    tools = LanguageTools.open(config)
    lean = _lean_gate(jobs, pool, config, tools, folder / WORK, progress)
    generator = tools.generator()
    collect(
        jobs,
        reward=reward,
        generator=generator,
        prompts=tools.prompts,
        gates=tools.gates(),
        batch_gates=[*tools.batch_gates(), lean],
        config=config,
        out=folder,
        digests={
            "pool": pool.digest,
            "matcher": matcher.digest,
            "engine": digest_without_people(matcher),
            "code": "" if engine else code_digest(config.matcher.name),
            "model": generator.digest,
        },
        beside={
            LEAN: saved_lean_gate(lean),
            LABELS: saved_labels(pool, config.reward),
            SETTINGS: resolved(config),
            ASKED: {} if inputs is None else inputs.to_json(),
        },
        progress=progress,
    )
    shutil.rmtree(folder / WORK, ignore_errors=True)
    said = [f"{name}: {found.reason}" for name, found in sorted(reward.targets.items())]
    return {**read_summary(folder), "say": said}


def _lean_gate(
    jobs: Sequence[Job],
    pool: Pool,
    config: Config,
    tools: LanguageTools,
    work: Path,
    progress: Progress | None,
) -> LeanGate:
    """The gate; what it is fitted on takes a minute to encode and is saved as it comes."""
    found = fit_lean_gate(
        saving(tools.embed, work, tools.judge.digest, progress),
        pool,
        [job.text for job in jobs[:LEAN_ADS]],
        attributes=config.reward.attributes,
        by=config.reward.qualified_by,
        max_movement=config.gates.max_lean_movement,
        per_cell=config.gates.lean_people,
        seed=config.seed,
    )
    return replace(found, encode=tools.embed)
