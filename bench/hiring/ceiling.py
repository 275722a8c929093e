"""How much of the gap wording can close: best of n, the oracle over all alternatives, the shift.

    python bench/hiring/ceiling.py --ads 10 --samples 16

On training ads × training people (``--held-out test`` reads the effects on test people too; not
while anything is still being chosen). Best of n uses nested prefixes of the same samples and the
rewriter's own composition; the oracle composes over every alternative that passes the gates,
listed ones and samples; ``shift`` moves each ad's vector along the engine's known direction until
the mean score gap is zero, or by what the reward's target asks: what no wording can exceed through
this engine's mean gap. Prints JSON without ad text.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ceiling_case import Case, effort, moves_of, read_effects, spreads_moved
from evenhand.config import load_config
from evenhand.generate.protocol import Completion
from evenhand.language.gates import remembered
from evenhand.language.mends import mends
from evenhand.language.rewordings import alternatives
from evenhand.language.span import Gate, Score, Span, Verdict, apply_edits
from evenhand.language.spans import editable_spans
from evenhand.records.files import write_json
from evenhand.records.job import Job
from evenhand.records.people import Pool
from evenhand.reward.gates import QualityJudge
from evenhand.rewrite.guard import Guard, Sampler
from evenhand.rewrite.result import Rewrite
from evenhand.rewrite.rewriter import Rewriter
from evenhand.verbs.language_model import LanguageTools, open_generator
from evenhand.verbs.rollouts import load_lean_gate
from hiring_protocol import SCALES, engines, load

ROOT = Path(__file__).resolve().parents[2]
COUNTS = (1, 2, 4, 8, 16, 32, 64)
ALL = 200
"""Most listed alternatives of one span that the oracle looks at."""


def ceiling(
    case: Case,
    guard: Guard,
    sample: Sampler,
    counts: Sequence[int],
    held_out: Pool | None = None,
    limit: int = ALL,
) -> dict[str, Any]:
    """Best of n for every n, the oracle, and the shift.

    Args:
        case: Ads, people, engine, reward.
        guard: The gates on single edits.
        sample: Draws at least ``max(counts)`` completions of every span.
        counts: The n, ascending.
        held_out: Other people that the effects are read on.
        limit: Most listed alternatives of a span in the oracle.

    Returns:
        ``best_of`` by n, ``oracle``, ``shift`` by kind; each with ``train`` (and ``held_out``):
        R, change of its absolute log, closed share of the target.
    """
    guard = Guard(tuple(map(_remembered, guard.gates)), tuple(map(remembered, guard.batch_gates)))
    made: dict[str, list[Rewrite]] = {
        f"best_of_{n}": _reworded(case, guard, lambda _, n=n: _first(sample, n)) for n in counts
    }
    searched = _reworded(case, guard, lambda job: _oracle(case, guard, job, sample, limit))
    made["oracle"] = _best_known(case, [*made.values(), searched])
    pools = {"train": case.bench.train_people}
    if held_out is not None:
        pools["held_out"] = held_out
    moves = moves_of(case)
    report: dict[str, Any] = {
        name: {**effort(case, rewrites), **{where: {} for where in pools}}
        for name, rewrites in made.items()
    }
    report |= {
        name: {"spreads_moved": spreads_moved(case, moved), **{where: {} for where in pools}}
        for name, moved in moves.items()
    }
    for where, pool in pools.items():
        for name, found in read_effects(case, pool, made, moves).items():
            report.setdefault(name, {})[where] = found
    return report


def _reworded(case: Case, guard: Guard, sampler_of: Callable[[Job], Sampler]) -> list[Rewrite]:
    """Every ad by the rewriter as users have it, with samples of its own."""
    people, config = case.bench.train_people, case.config
    judge = QualityJudge(
        people,
        case.engine(people.documents()),
        config.reward,
        top=config.matcher.top,
        max_loss=config.gates.max_quality_loss,
    )

    def worth(job: Job) -> Score:
        return case.reward.scorer(job)

    found: list[Rewrite] = []
    for job in case.ads:
        rewriter = Rewriter(
            guard,
            config.spans,
            sampler_of(job),
            "score",
            worth,
            lambda each: [judge.gate(each)],
            rules=False,
            seed=config.seed,
        )
        found += rewriter.rewrite([job])
    return found


def _best_known(case: Case, found: Sequence[Sequence[Rewrite]]) -> list[Rewrite]:
    """Of every ad the composition that closes most: a greedy search may miss what fewer find."""
    best: list[Rewrite] = []
    for ad, rewrites in zip(case.ads, zip(*found, strict=True), strict=True):
        [changes] = case.reward.changes_many([(ad, [one.rewritten for one in rewrites])])
        closed = [change.closure for change in changes]
        best.append(rewrites[closed.index(max(closed))])
    return best


def _first(sample: Sampler, count: int) -> Sampler:
    return lambda spans: [found[:count] for found in sample(spans)]


def _oracle(case: Case, guard: Guard, job: Job, sample: Sampler, limit: int) -> Sampler:
    """All listed alternatives of a span that pass, then every sample; of the ad as it is mended."""
    ad = apply_edits(job.text, mends(job.text))
    spans = {span.text: span for span in editable_spans(ad, case.config.spans)}

    def propose(texts: Sequence[str]) -> list[list[Completion]]:
        listed = [
            [
                Completion(after, (), 0.0, finished=True)
                for after, _ in alternatives(ad, spans[text], guard.gates, limit)
            ]
            for text in texts
        ]
        drawn = sample(texts)
        return [[*first, *then] for first, then in zip(listed, drawn, strict=True)]

    return propose


def _remembered(gate: Gate) -> Gate:
    known: dict[tuple[str, Span, str], Verdict] = {}

    def judge(original: str, span: Span, after: str) -> Verdict:
        key = original, span, after
        if key not in known:
            known[key] = gate(original, span, after)
        return known[key]

    return judge


def main() -> None:
    """Sample, compose, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", choices=sorted(SCALES), default="pilot")
    parser.add_argument("--run", type=Path, help="default: runs/hiring_bench/<scale>/run")
    parser.add_argument("--system", choices=["best-of", "align", "tuned"], default="best-of")
    parser.add_argument("--ads", type=int, default=10)
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--alternatives", type=int, default=ALL, help="of a span, in the oracle")
    parser.add_argument("--held-out", choices=["none", "test"], default="none")
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "hiring_bench.toml")
    parser.add_argument("--set", action="append", default=[], help="override: spans.per_ad=8")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    started = time.monotonic()
    run = options.run or ROOT / "runs" / "hiring_bench" / options.scale / "run"
    config = load_config([options.config], options.set)
    bench = load(SCALES[options.scale])
    case = Case.of(bench, config, engines(bench)["known_gap"], options.ads)
    tools = LanguageTools.open(config)
    guard = Guard(tuple(tools.gates()), (*tools.batch_gates(), load_lean_gate(run, tools.embed)))
    counts = [n for n in COUNTS if n <= options.samples]
    generator = open_generator(options.system, tools, run, config)
    sample = tools.sampler(generator, max(counts), config.seed)
    held_out = bench.test_people if options.held_out == "test" else None
    report = ceiling(case, guard, sample, counts, held_out, options.alternatives)
    report["protocol"] = {
        "ads": len(case.ads),
        "groups": sorted({str(ad.group) for ad in case.ads}),
        "samples": max(counts),
        "alternatives": options.alternatives,
        "spans_per_ad": config.spans.per_ad,
        "system": options.system,
        "minutes": round((time.monotonic() - started) / 60, 2),
    }
    if options.out is not None:
        write_json(options.out, report)
    sys.stdout.write(json.dumps(report, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
