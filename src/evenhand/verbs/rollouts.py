"""``evenhand rollouts``: rewordings of training ads, gated and scored in the user's engine.

With what a run carries beside them: the settings, the files that were read, the lean gate
(directions and spreads, aggregates of many people) and a digest of the people's attributes. A
pool's own digest leaves these out, and a run that is used with swapped labels would widen the gap
it learned to close.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenhand.align.rollouts import WORK, given, read_summary, require_own
from evenhand.align.rollouts import collect_rollouts as collect
from evenhand.config.compose import resolved
from evenhand.config.schema import Config, RewardConfig
from evenhand.errors import StorageError, need
from evenhand.match.load import code_digest, digest_without_people
from evenhand.match.protocol import BoolArray
from evenhand.records.files import atomic_path, digest_of, read_json
from evenhand.records.job import Job
from evenhand.records.outputs import Progress, tell, writes
from evenhand.records.people import Pool
from evenhand.rehearsal import foretell
from evenhand.reward.gates import Encode, LeanGate, fit_lean_gate
from evenhand.reward.model import RewardModel
from evenhand.verbs.engine import AnyEngine, bind
from evenhand.verbs.inputs import Inputs, grouped, refuse_text
from evenhand.verbs.language_model import LanguageTools

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
    """
    need("collecting rollouts", "match", "words", "train")
    refuse_text(jobs=jobs, pool=pool, config=config)
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
            LABELS: {"digest": _digest(pool, config.reward)},
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


LABELS = "labels.json"


def refuse_other_labels(folder: Path, pool: Pool, config: RewardConfig) -> None:
    """Check that the same people have the same attributes as when the run was made."""
    path = folder / LABELS
    if path.exists() and read_json(path)["digest"] != _digest(pool, config):
        raise StorageError(
            f"{folder}: was tuned with other values of {', '.join(_columns(config))} for these "
            "people; a run closes the gap it was shown, so give the same values or tune again"
        )


def _digest(pool: Pool, config: RewardConfig) -> str:
    values = [pool.column(name).tolist() for name in _columns(config)]
    return digest_of([pool.digest, values])


def _columns(config: RewardConfig) -> list[str]:
    """Columns behind the attributes (intersections taken apart) and who is qualified by."""
    parts = [part for name in config.attributes for part in name.split("*")]
    return list(dict.fromkeys([*parts, config.qualified_by]))


LEAN = "lean.json"
ENCODING = "second encoder"
_PART = 16


def saved_lean_gate(gate: LeanGate) -> dict[str, object]:
    """What ``lean.json`` holds."""
    return {
        "directions": gate.directions.tolist(),
        "spreads": gate.spreads.tolist(),
        "max_movement": gate.max_movement,
        "window": gate.window,
    }


def load_lean_gate(folder: Path, encode: Encode) -> LeanGate:
    """Read ``lean.json`` back."""
    path = folder / LEAN
    if not path.exists():
        raise StorageError(f"{path}: is missing; run `evenhand rollouts` and `evenhand tune` again")
    saved = read_json(path)
    return LeanGate(
        encode,
        np.array(saved["directions"], dtype=np.float64),
        np.array(saved["spreads"], dtype=np.float64),
        float(saved["max_movement"]),
        saved["window"],
    )


def saving(
    encode: Encode, folder: Path, made_with: str, progress: Progress | None = None
) -> Encode:
    """The same encoder, saving vectors part by part, so that a kill costs one part."""

    def saved(texts: Sequence[str]) -> NDArray[np.float64]:
        order = sorted(range(len(texts)), key=lambda place: (len(texts[place]), place))
        found: dict[int, NDArray[np.float64]] = {}
        for first in range(0, len(order), _PART):
            tell(progress, ENCODING, first, len(order))
            places = order[first : first + _PART]
            part = [texts[place] for place in places]
            path = folder / f"{digest_of([made_with, part])}.npy"
            if not path.exists():
                with atomic_path(path) as written:
                    np.save(written, encode(part), allow_pickle=False)
            found.update(zip(places, np.load(path, allow_pickle=False), strict=True))
        tell(progress, ENCODING, len(order), len(order))
        return np.array([found[place] for place in range(len(texts))])

    return saved
