"""From rollouts to a tuned run: trust, align, perturb; each stage done once and gone on from.

What a stage wrote marks it as done, so an interrupted run continues where it was and ends with
the same weights. Nothing is collected or rewritten here.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from evenhand.align.rollouts import (
    Rollout,
    Trust,
    read_finished,
    read_manifest,
    read_targets,
    require_something,
    returns_of,
    trust,
)
from evenhand.align.runs import RunFolder
from evenhand.align.sft import align, choose_examples, leave_as_it_is
from evenhand.config.schema import Config
from evenhand.errors import Abstained, ConfigError
from evenhand.records.files import digest_of, write_json, write_text
from evenhand.records.outputs import Progress

_FROM_ROLLOUTS = ("pool", "matcher", "engine", "code", "model")
Resample = Callable[[Path, int], Path]
"""``resample(model_dir, round) -> rollouts_dir``: rollouts of the model as it is by then."""
Finish = Callable[["TuneReport"], None]


@dataclass(frozen=True)
class TuneReport:
    """What a run came to.

    Attributes:
        root: The run folder.
        rollouts: Rows learned from.
        kept: Groups of ads whose rewards were learned from.
        abstained: For every other group, why not, in a sentence.
        reliability: Sentences on the reliability of each group's reward.
        returns: Scale and variance shares of the returns.
        examples: Rewordings that the model was aligned on, in each round.
        steps: Action tokens that ILQL learned from.
    """

    root: Path
    rollouts: int
    kept: tuple[str, ...]
    abstained: dict[str, str]
    reliability: tuple[str, ...]
    returns: dict[str, Any]
    examples: tuple[int, ...]
    steps: int


def tune(
    rollouts_dir: Path,
    config: Config,
    out: Path,
    base_model_dir: Path,
    progress: Progress | None = None,
    resample: Resample | None = None,
    finish: Finish | None = None,
) -> TuneReport:
    """Align the base model on rollouts, then train the regulator on the aligned model.

    With ``config.align.rounds`` 0 there is no alignment: the "aligned" model of the run is the
    base model, file by file.

    Args:
        rollouts_dir: A finished collection.
        config: Seed, floors, alignment and ILQL.
        out: The run folder; an unfinished run of the same in it goes on.
        base_model_dir: Folder of the model that the rollouts were drawn from.
        progress: Called with the stages ``align``, ``states``, ``ilql parity``, ``ilql gate``.
        resample: Collects rollouts of a newly aligned model, for expert iteration; needed where
            ``config.align.rounds`` is above 1.
        finish: Writes what else belongs into the run, before ``tuned.json`` seals its files.

    Returns:
        The report, which ``tuned.json`` holds too. Where nothing may be learned the run is
        abstained from, and what was found is in its folder.
    """
    if config.align.rounds > 1 and resample is None:
        raise ConfigError(
            "align.rounds above 1 needs new rollouts after each round, which can't be collected "
            "from saved ones alone; set align.rounds to 1"
        )
    run = RunFolder(out)
    rollouts = read_finished(rollouts_dir)
    run.claim(_digests(rollouts_dir, rollouts, config, base_model_dir), config)
    if run.complete.exists():
        return _read_report(run)
    found = _trusted(run, rollouts, read_targets(rollouts_dir), config)
    rows, examples = _aligned(run, rollouts, found.kept, config, base_model_dir, progress, resample)
    returns = returns_of(rows, found.kept, config.reward)
    write_json(run.returns, returns.report)
    if not run.regulator.exists():
        from evenhand.align.ilql import fit_regulator

        fit_regulator(rows, returns, run.aligned, config, run.work, run.regulator, progress)
    write_text(run.metrics, "".join(_metrics(run)))
    report = TuneReport(
        root=out,
        rollouts=len(rows),
        kept=tuple(sorted(found.kept)),
        abstained=dict(found.abstained),
        reliability=tuple(entry.reason for entry in found.reliability),
        returns=returns.report,
        examples=tuple(examples),
        steps=sum(len(row.tokens) for row in rows),
    )
    if finish is not None:
        finish(report)
    run.finish({**asdict(report), "root": "."})
    shutil.rmtree(run.work, ignore_errors=True)
    return report


def _digests(
    rollouts_dir: Path, rollouts: Sequence[Rollout], config: Config, base_model_dir: Path
) -> dict[str, str]:
    """What the run is made from, by name."""
    from evenhand.generate.model import weights_digest

    settings = config.model_dump(mode="json")
    made_from = read_manifest(rollouts_dir)["made_from"]
    return {
        **{
            f"config.{name}": digest_of(settings[name])
            for name in ("seed", "reward", "align", "ilql")
        },
        **{name: made_from.get(name, "") for name in _FROM_ROLLOUTS},
        "rollouts": digest_of(
            [made_from, [[row.job_id, row.after, row.reward] for row in rollouts]]
        ),
        "base_model": weights_digest(base_model_dir),
    }


def _trusted(
    run: RunFolder, rollouts: Sequence[Rollout], targets: dict[str, Any], config: Config
) -> Trust:
    """Which groups may be learned from; saved before anything can stop the run."""
    found = trust(rollouts, targets, config.reward, config.seed)
    write_json(run.targets, targets)
    write_json(run.reliability, found.to_json())
    require_something(found, rollouts)
    return found


def _aligned(
    run: RunFolder,
    rollouts: Sequence[Rollout],
    kept: frozenset[str],
    config: Config,
    base_model_dir: Path,
    progress: Progress | None,
    resample: Resample | None,
) -> tuple[list[Rollout], list[int]]:
    """All rounds of expert iteration, each from the base model on everything collected so far."""
    from evenhand.generate.model import weights_digest

    rows, counts = list(rollouts), []
    if config.align.rounds == 0 and not run.aligned.exists():
        leave_as_it_is(base_model_dir, run.aligned)
    for number in range(1, config.align.rounds + 1):
        trusted = [row for row in rows if row.group in kept]
        examples = choose_examples(trusted, config.align, config.seed)
        if not examples:
            raise Abstained(
                f"nothing is tuned: none of {len(trusted)} rewordings passed every gate and "
                "narrowed the gap; collect more samples (sampling.samples) or more ads"
            )
        counts.append(len(examples))
        last = number == config.align.rounds
        model = run.aligned if last else run.work / f"aligned-{number}"
        if not model.exists():
            digest = weights_digest(base_model_dir)
            work = run.work / f"align-{number}"
            align(
                examples,
                config.align,
                config.seed,
                base_model_dir,
                digest,
                work,
                model,
                progress,
                device=config.model.device,
            )
        if not last and resample is not None:
            rows += read_finished(resample(model, number))
    return rows, counts


def _metrics(run: RunFolder) -> Iterator[str]:
    """Lines of all stages, in their order."""
    parts = [*sorted(run.work.glob("align-*")), run.work / "parity", run.work / "gate"]
    for part in parts:
        if part.exists():
            yield (part / "metrics.jsonl").read_text(encoding="utf-8")


def _read_report(run: RunFolder) -> TuneReport:
    run.read_finished(weights=True)
    complete = run.read_finished()
    saved = {field.name: complete[field.name] for field in fields(TuneReport)}
    lists = {name: tuple(saved[name]) for name in ("kept", "reliability", "examples")}
    return TuneReport(**{**saved, **lists, "root": run.root})
