"""The last sections of a results page: gaps, reliability, gates, what other programs found, cost.

Made from the JSON alone, like ``hiring_tables``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hiring_extra_tables import extra_sections
from page_parts import interval, number, table


def run_sections(report: Mapping[str, Any]) -> list[str]:
    """All of them."""
    run = [*_gaps(report["gaps"]), *_reliability(report), *_gates(report)]
    return [*run, *extra_sections(report), *_cost(report)]


def _gaps(gaps: Mapping[str, Any]) -> list[str]:
    rows = [
        [
            engine,
            fold,
            scope,
            str(cell["ads"]),
            number(cell["R"]),
            interval(cell["interval"]),
            interval(cell["null"]),
            number(cell["ndcg20"], 3),
        ]
        for engine, folds in gaps.items()
        for fold, scopes in folds.items()
        for scope, cell in scopes.items()
    ]
    head = ["engine", "people", "scope", "ads", "R", "95 %", "chance 95 %", "nDCG@20"]
    return ["## Gaps of the original ads", "", *table(head, rows)]


def _reliability(report: Mapping[str, Any]) -> list[str]:
    said = [f"- {group['reason']}" for group in report["reliability"]["groups"]]
    kept = ", ".join(report["reliability"]["kept"]) or "none"
    return ["## Reliability of the reward", "", *said, "", f"Learned from: {kept}.", ""]


def _gates(report: Mapping[str, Any]) -> list[str]:
    rolled = report["rollouts"]
    rows = [
        [
            gate,
            str(found["judged"]),
            number(found["pass_rate"]),
            "; ".join(f"{why} ({count})" for why, count in list(found["reasons"].items())[:2]),
        ]
        for gate, found in rolled["gates"].items()
    ]
    overall = rolled["overall"]
    return [
        "## Gates, on the rollouts",
        "",
        f"{overall['passed']} of {overall['rows']} distinct rewordings passed every gate (duty "
        f"lists {number(rolled['pass_rate_duty_lists'])}, whole ads "
        f"{number(rolled['pass_rate_whole_ads'])}; the model's own samples "
        f"{number(rolled['sources'].get('model', {}).get('pass_rate'))}).",
        "",
        *table(["gate", "judged", "pass rate", "commonest refusals"], rows),
    ]


def _cost(report: Mapping[str, Any]) -> list[str]:
    cost, scale = report["cost"], report["protocol"]["scale"]
    stages = ", ".join(f"{name} {spent:.0f} s" for name, spent in cost["stages_seconds"].items())
    return [
        "## Cost",
        "",
        f"{cost['minutes']} minutes without people's vectors; peak memory {cost['peak_gib']} GiB. "
        f"Stages: {stages}. Systems that share samples of one model draw them once: the first of "
        "them pays.",
        "",
        "Run it again:",
        "",
        f"    python bench/hiring/hiring_bench.py --scale {scale}",
        "",
    ]
