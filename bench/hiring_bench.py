"""The main job on real ads and people, with an engine whose gap is known; prints JSON.

    python bench/hiring_bench.py --scale pilot

Stages are resumable: what is finished in --out is kept. Ends by writing docs/results/<scale>.json
and .md (no ad text, no person). The protocol is in ``hiring_protocol.py``.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evenhand.config import Config, load_config
from evenhand.match.dense import load_encoder
from evenhand.records.files import read_json, write_json, write_text
from evenhand.verbs.engine import EngineFactory
from evenhand.verbs.evaluate import evaluate, read_systems
from evenhand.verbs.language_model import LanguageTools
from evenhand.verbs.measure import measure
from evenhand.verbs.rewrite import System, rewrite
from evenhand.verbs.rollouts import collect_rollouts
from evenhand.verbs.tune import tune
from hiring_protocol import JUDGED, SCALES, Bench, engines, load
from hiring_results import markdown, results

ROOT = Path(__file__).resolve().parents[1]
TUNED_ON = "known_gap"
SYSTEMS: Mapping[str, tuple[System, bool]] = {
    "best_of_4": ("best-of", False),
    "random_edit": ("random", False),
    "align_only": ("align", False),
    "tuned": ("tuned", False),
    "best_of_4_and_rules": ("best-of", True),
    "tuned_and_rules": ("tuned", True),
}
"""Rows: which rewriter, and whether the wording rules propose beside the model, as users have it.
The rules' share is the same in both rows that have it; the first four compare models alone."""
SAMPLES = 4


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


def main() -> None:
    """Run all stages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", choices=sorted(SCALES), default="pilot")
    parser.add_argument("--out", type=Path, default=None, help="default: runs/hiring_bench/<scale>")
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "hiring_bench.toml")
    parser.add_argument("--set", action="append", default=[], help="override: ilql.beta=2")
    options = parser.parse_args()
    out = options.out or ROOT / "runs" / "hiring_bench" / options.scale
    config = load_config([options.config], options.set)
    bench = load(SCALES[options.scale])
    clock = Clock(out / "seconds.json")
    commit = _commit()
    found = run(bench, config, out, clock)
    report = results(found, bench, config, clock.seconds, _peak_gib(), commit, options.scale)
    write_json(ROOT / "docs" / "results" / f"{options.scale}.json", report)
    write_text(ROOT / "docs" / "results" / f"{options.scale}.md", markdown(report))
    sys.stdout.write(json.dumps(report, indent=2, sort_keys=True) + "\n")


def run(bench: Bench, config: Config, out: Path, clock: Clock) -> dict[str, Any]:
    """All stages; what is finished in ``out`` is kept."""
    encoder = load_encoder()
    with clock.stage("people's vectors"):
        encoder.encode([person.text for pool in _pools(bench) for person in pool], _tell)
    by_name = engines(bench, encoder)
    with clock.stage("gaps"):
        gaps = {name: _gaps(bench, config, engine) for name, engine in by_name.items()}
    engine = by_name[TUNED_ON]
    with clock.stage("rollouts"):
        rolled = collect_rollouts(
            bench.train_ads,
            bench.train_people,
            config,
            out=out / "rollouts",
            engine=engine,
            progress=_tell,
        )
    with clock.stage("tune"):
        tuned = tune(out / "rollouts", config, out=out / "run", progress=_tell)
    _rewrite_all(bench, config, out, engine, clock)
    with clock.stage("evaluate"):
        evaluations = {
            name: _evaluate(bench, config, out, name, each) for name, each in by_name.items()
        }
    return {"gaps": gaps, "rollouts": rolled, "tune": tuned, "evaluations": evaluations, "out": out}


def _rewrite_all(
    bench: Bench, config: Config, out: Path, engine: EngineFactory, clock: Clock
) -> None:
    tools: LanguageTools | None = None
    for name, (system, rules) in SYSTEMS.items():
        path = out / f"{name}.jsonl"
        if path.exists():
            continue
        settings = config.rewrite.model_copy(update={"rules": rules})
        tools = tools or LanguageTools.open(config)
        with clock.stage(f"rewrite {name}"):
            rewrite(
                bench.test_ads,
                system=system,
                run=out / "run",
                config=config.model_copy(update={"rewrite": settings}),
                pool=bench.train_people,
                samples=SAMPLES,
                engine=engine,
                tools=tools,
                seed=config.seed,
                out=path,
                progress=_tell,
            )


def _evaluate(
    bench: Bench, config: Config, out: Path, name: str, engine: EngineFactory
) -> dict[str, Any]:
    systems = read_systems({system: str(out / f"{system}.jsonl") for system in SYSTEMS})
    evaluation = evaluate(
        bench.test_ads,
        bench.test_people,
        systems,
        matcher=config.matcher,
        engine=engine,
        judged_groups=JUDGED,
        min_group=config.reward.min_group,
        seed=config.seed,
        out=out / f"evaluation-{name}.json",
        html=out / f"report-{name}.html",
    )
    return evaluation.to_json()


def _gaps(bench: Bench, config: Config, engine: EngineFactory) -> dict[str, Any]:
    """R of the original ads on training and on test people."""
    measured: dict[str, Any] = {}
    for fold, ads, people in (
        ("train", bench.train_ads, bench.train_people),
        ("test", bench.test_ads, bench.test_people),
    ):
        found = measure(
            [ad for ad in ads if ad.group in JUDGED],
            people,
            matcher=config.matcher,
            engine=engine,
            seed=config.seed,
        )
        measured[fold] = found.to_json()
    return measured


def _pools(bench: Bench) -> tuple[Any, Any]:
    return bench.train_people, bench.test_people


def _telling() -> Callable[[str, int, int], None]:
    last = [0.0]

    def tell(stage: str, done: int, total: int) -> None:
        if time.monotonic() - last[0] > 15 or done == total:
            last[0] = time.monotonic()
            sys.stderr.write(f"  {stage} {done}/{total}\n")

    return tell


_tell = _telling()


def _peak_gib() -> float:
    scale = 2**30 if sys.platform == "darwin" else 2**20
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale, 2)


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    )
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
