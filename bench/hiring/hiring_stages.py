"""The stages of the benchmark, each resumable: gaps, rollouts, tuning, rows, evaluation, extras.

What is finished in the run's folder is kept. No figure is computed here and no page written.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evenhand.config import Config
from evenhand.errors import BadInput
from evenhand.match.dense import load_encoder
from evenhand.records.files import read_json, write_json
from evenhand.records.job import Job
from evenhand.records.people import Pool
from evenhand.rewrite.result import Rewrite, read_rewrites
from evenhand.verbs.engine import AnyEngine
from evenhand.verbs.evaluate import Systems, evaluate, read_systems
from evenhand.verbs.language_model import LanguageTools
from evenhand.verbs.measure import measure
from evenhand.verbs.rollouts import rollouts
from evenhand.verbs.tune import tune
from hiring_claims import rows_of
from hiring_extras import EXTRAS
from hiring_protocol import JUDGED, Bench, engines
from hiring_rows import FULL, OWN_PROGRAMS, PILOT, Case, make
from row_hard_reward import rescored, tune_hard
from row_ilql_on_base import tune_on_base
from row_rerank import NAME as RERANKED
from row_rerank import reranked
from row_rloo import train_rloo

TUNED_ON = "known_gap"
SEEDS = (1, 2)
RLOO_STEPS = 36
FEW = {
    "best_of_16": "40 of the judged test ads, evenly through them",
    "paper_recipe": "judged test ads of at most 900 characters, at most 24",
}
"""Rows that cover some ads only; they are compared on these."""


class Clock:
    """Seconds of each stage, kept across resumptions (a stage that is done isn't timed again)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.seconds: dict[str, float] = read_json(path) if path.exists() else {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage and say so."""
        started = time.monotonic()
        yield
        spent = time.monotonic() - started
        self.seconds[name] = round(max(spent, self.seconds.get(name, 0.0)), 1)
        write_json(self._path, self.seconds)
        sys.stderr.write(f"{name}: {spent:.0f} s\n")


def forget(out: Path, name: str, scale: str) -> None:
    """Remove one row, so that the run makes it anew.

    Raises:
        BadInput: The scale has no such row.
    """
    known = [*PILOT] if scale != "full" else [*FULL, *OWN_PROGRAMS]
    if name not in known:
        raise BadInput(f"--only {name}: is no row of --scale {scale}; choose one of {known}")
    (out / f"{name}.jsonl").unlink(missing_ok=True)


def run(
    bench: Bench, config: Config, out: Path, clock: Clock, scale: str, *, extras: bool = True
) -> dict[str, Any]:
    """All stages of a scale; what is finished in ``out`` is kept.

    Without ``extras`` only those that were found before are taken in.

    Returns:
        What ``hiring_results.results`` takes.
    """
    encoder = load_encoder()
    with clock.stage("people's vectors"):
        pools = (bench.train_people, bench.test_people)
        encoder.encode([person.text for pool in pools for person in pool], _tell)
    by_name = engines(bench, encoder)
    with clock.stage("gaps"):
        gaps = {name: _gaps(bench, config, engine) for name, engine in by_name.items()}
    case = Case(bench, config, by_name[TUNED_ON], out, _tell)
    with clock.stage("rollouts"):
        rolled = rollouts(
            bench.train_ads,
            bench.train_people,
            config,
            out=out / "rollouts",
            engine=case.engine,
            progress=_tell,
        )
    full = scale == "full"
    with clock.stage("tune"):
        tuned = tune(out / "rollouts", config, out=out / "run", progress=_tell)
    if full:
        _tune_others(case, clock)
    _make_rows(case, clock, FULL if full else PILOT, full)
    with clock.stage("evaluate"):
        names = sorted(path.name.removesuffix(".jsonl") for path in out.glob("*.jsonl"))
        systems = read_systems({name: str(case.path(name)) for name in names if name not in FEW})
        evaluations = {
            name: _evaluate(case, name, engine, systems, gaps[TUNED_ON])
            for name, engine in by_name.items()
        }
        subsets = _subsets(case, systems, gaps[TUNED_ON]) if full else {}
    found = {"gaps": gaps, "rollouts": rolled, "tune": tuned, "evaluations": evaluations}
    looked_into = _extras(case, by_name, clock, extras) if full else {}
    return {**found, "subsets": subsets, "out": out, **looked_into}


def _tune_others(case: Case, clock: Clock) -> None:
    """Everything else that is learned: more seeds, no alignment, the hard reward, RLOO."""
    rollouts, config, out = case.out / "rollouts", case.config, case.out
    for seed in SEEDS:
        with clock.stage(f"tune seed {seed}"):
            other = config.model_copy(update={"seed": seed})
            tune(rollouts, other, out=out / f"run_seed{seed}", progress=_tell)
    with clock.stage("tune ilql_on_base"):
        tune_on_base(rollouts, config, out / "run_on_base", _tell)
    with clock.stage("tune tuned_hard_reward"):
        ads, people = case.bench.train_ads, case.bench.train_people
        hard = rescored(rollouts, ads, people, case.engine, config, out / "rollouts_hard")
        tune_hard(hard, config, out / "run_hard", _tell)
    with clock.stage("tune rloo"):
        train_rloo(
            rollouts,
            case.bench,
            config,
            case.engine,
            out / "run_rloo",
            steps=RLOO_STEPS,
            seed=config.seed,
            progress=_tell,
        )


def _make_rows(case: Case, clock: Clock, rows: Mapping[str, Any], full: bool) -> None:
    tools: LanguageTools | None = None
    for name in [*rows, *(OWN_PROGRAMS if full else ())]:
        if case.path(name).exists():
            continue
        tools = tools or LanguageTools.open(case.config)
        with clock.stage(f"rewrite {name}"):
            if name in rows:
                make(name, rows[name], case, tools)
            else:
                OWN_PROGRAMS[name](case, tools)


def _evaluate(
    case: Case,
    name: str,
    engine: AnyEngine,
    systems: Systems,
    gap: Mapping[str, Any],
    label: str = "",
    ads: Sequence[Job] | None = None,
) -> dict[str, Any]:
    """One engine's figures on test ads × test people."""
    config, people = case.config, case.bench.test_people
    jobs = case.bench.test_ads if ads is None else ads
    top = config.matcher.top
    lists = reranked(jobs, people, engine(people.documents()), "gender", top)
    evaluation = evaluate(
        jobs,
        people,
        systems,
        matcher=config.matcher,
        engine=engine,
        judged_groups=JUDGED,
        min_group=config.reward.min_group,
        seed=config.seed,
        out=case.out / f"evaluation-{name}{label}.json",
        html=None if label else case.out / f"report-{name}.html",
        extra_rankings={RERANKED: lists},
        rows=rows_of(systems.rewrites, gap),
    )
    return evaluation.to_json()


def _subsets(case: Case, systems: Systems, gap: Mapping[str, Any]) -> dict[str, Any]:
    """Rows that cover some ads only, beside the main rows on those ads."""
    found: dict[str, Any] = {}
    for name, why in FEW.items():
        own = read_rewrites(case.path(name))
        covered = {one.id for one in own if name == "best_of_16" or one.rewritten != one.original}
        ads = [ad for ad in case.bench.test_ads if ad.id in covered]
        among = {**systems.rewrites, name: own}
        few = {row: _only(rewrites, ads) for row, rewrites in among.items()}
        each = Systems(few, dict(systems.stats))
        evaluation = _evaluate(case, TUNED_ON, case.engine, each, gap, f"-{name}", ads)
        found[name] = {"why": why, "evaluation": evaluation}
    return found


def _only(rewrites: Sequence[Rewrite], ads: Sequence[Job]) -> list[Rewrite]:
    by_id = {one.id: one for one in rewrites}
    return [by_id[ad.id] for ad in ads]


def _extras(
    case: Case, by_name: Mapping[str, AnyEngine], clock: Clock, look: bool
) -> dict[str, Any]:
    """Ceiling, reward hacking, two attributes: each kept in a file once it is found."""
    found: dict[str, Any] = {}
    for name, program in EXTRAS.items():
        path = case.out / "extras" / f"{name}.json"
        if look and not path.exists():
            with clock.stage(name):
                write_json(path, program(case, by_name))
        if path.exists():
            found[name] = read_json(path)
    return found


def _gaps(bench: Bench, config: Config, engine: AnyEngine) -> dict[str, Any]:
    """R of the original ads on training and on test people."""
    measured: dict[str, Any] = {}
    folds: tuple[tuple[str, list[Job], Pool], ...] = (
        ("train", bench.train_ads, bench.train_people),
        ("test", bench.test_ads, bench.test_people),
    )
    for fold, ads, people in folds:
        judged = [ad for ad in ads if ad.group in JUDGED]
        found = measure(judged, people, matcher=config.matcher, engine=engine, seed=config.seed)
        measured[fold] = found.to_json()
    return measured


def _telling() -> Callable[[str, int, int], None]:
    last = [0.0]

    def tell(stage: str, done: int, total: int) -> None:
        if time.monotonic() - last[0] > 15 or done == total:
            last[0] = time.monotonic()
            sys.stderr.write(f"  {stage} {done}/{total}\n")

    return tell


_tell = _telling()
