"""Intervals of group ratios by bootstrap: sufficient statistics against fairlearn's rows.

Both sides run in one process, on the same 100,000 rows with 1,000 resamples each. fairlearn's
``MetricFrame(n_boot=...)`` resamples rows in Python; unless ``--full`` is given it runs fewer
resamples and its time is extrapolated linearly (net of its fit without a bootstrap), and the
report says so. Ours is timed from code arrays, counting included. Then counting and the whole
assessment of 1,000,000 outcomes are timed. Prints JSON; the exit status says whether the goals
(50 times as fast, 2 seconds) were met and the intervals agree.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from evenhand.match.protocol import BoolArray, IntArray
from evenhand.measure.rates import assess, count
from evenhand.measure.rates.bootstrap import bootstrap_ratios

GOAL_RATIO = 50.0
GOAL_SECONDS = 2.0
RATES = (0.30, 0.27, 0.24, 0.22)
QUANTILES = (0.025, 0.975)
# fairlearn's ends from few resamples are that uncertain.
TOLERANCE = {True: 0.01, False: 0.05}


def people(rows: int, cells: int, seed: int) -> tuple[IntArray, BoolArray]:
    """Codes and outcomes of people whose groups differ a little."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, cells, rows)
    rates = np.resize(RATES, cells)
    return codes, rng.random(rows) < rates[codes]


def timed(work: Callable[[], Any], repeats: int) -> tuple[float, float, Any]:
    """Median wall and processor seconds, and the last result."""
    walls, processors, result = [], [], None
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        result = work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return statistics.median(walls), statistics.median(processors), result


def fairlearn_frame(codes: IntArray, positive: BoolArray, resamples: int | None) -> Any:
    """The table of fairlearn: selection rates, with its bootstrap or without."""
    from fairlearn.metrics import MetricFrame, selection_rate

    options: dict[str, Any] = {}
    if resamples is not None:
        options = {"n_boot": resamples, "ci_quantiles": list(QUANTILES), "random_state": 0}
    return MetricFrame(
        metrics=selection_rate,
        y_true=positive,
        y_pred=positive,
        sensitive_features=codes,
        **options,
    )


def compare(rows: int, resamples: int, peer_resamples: int, repeats: int) -> dict[str, Any]:
    """Both bootstraps on the same rows."""
    codes, positive = people(rows, len(RATES), 0)
    names = [f"g{code}" for code in range(len(RATES))]
    wall, processor, ours = timed(
        lambda: bootstrap_ratios(count(codes, names, positive), resamples, 0), repeats
    )
    fairlearn_frame(codes[:1000], positive[:1000], 2)  # its imports aren't its speed
    plain, plain_processor, _ = timed(lambda: fairlearn_frame(codes, positive, None), 1)
    peer, peer_processor, frame = timed(lambda: fairlearn_frame(codes, positive, peer_resamples), 1)
    each = max(peer - plain, 0.0) / peer_resamples
    each_processor = max(peer_processor - plain_processor, 0.0) / peer_resamples
    low, high = (float(end) for end in frame.ratio_ci(method="between_groups"))
    full = peer_resamples == resamples
    gap = max(abs(ours.minimum[0] - low), abs(ours.minimum[1] - high))
    return {
        "rows": rows,
        "resamples": resamples,
        "ours_seconds": round(wall, 5),
        "ours_processor_seconds": round(processor, 5),
        "fairlearn_resamples_run": peer_resamples,
        "fairlearn_seconds_measured": round(peer, 3),
        "fairlearn_seconds_without_bootstrap": round(plain, 3),
        "fairlearn_seconds_per_resample": round(each, 5),
        "fairlearn_seconds_for_all": round(peer if full else plain + each * resamples, 2),
        "fairlearn_is_extrapolated": not full,
        "ratio": round((plain + each * resamples) / wall, 1),
        "ratio_of_processor_time": round(
            (plain_processor + each_processor * resamples) / processor, 1
        ),
        "goal": GOAL_RATIO,
        "interval_ours": [round(end, 4) for end in ours.minimum],
        "interval_fairlearn": [round(low, 4), round(high, 4)],
        "intervals_agree": gap < TOLERANCE[full],
        "passed": plain + each * resamples >= GOAL_RATIO * wall and gap < TOLERANCE[full],
    }


def whole_assessment(rows: int, cells: int, repeats: int) -> dict[str, Any]:
    """Counting and assessing from code arrays."""
    codes, positive = people(rows, cells + 1, 1)
    codes = codes.astype(np.int16)
    names = [f"g{code:02d}" for code in range(cells)]
    assess(count(codes[:2000], names, positive[:2000]))  # scipy's import isn't the measure's speed
    counting, _, counts = timed(lambda: count(codes, names, positive), repeats)
    assessing, _, _ = timed(lambda: assess(counts), repeats)
    return {
        "outcomes": rows,
        "cells": cells,
        "count_seconds": round(counting, 5),
        "assess_seconds": round(assessing, 5),
        "goal": GOAL_SECONDS,
        "passed": counting + assessing < GOAL_SECONDS,
    }


def main() -> int:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--fairlearn-resamples", type=int, default=20)
    parser.add_argument("--full", action="store_true", help="run fairlearn on all resamples too")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    peer_resamples = options.resamples if options.full else options.fairlearn_resamples
    report: dict[str, Any] = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "bootstrap": compare(options.rows, options.resamples, peer_resamples, options.repeats),
        "million": whole_assessment(1_000_000, 14, options.repeats),
    }
    print(json.dumps(report, indent=2))
    return 0 if report["bootstrap"]["passed"] and report["million"]["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
