"""The last sections of a results page: gaps, reliability, gates, what other programs found, cost.

Made from the JSON alone, like ``hiring_tables``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from page_parts import interval, number, table

EXTRAS = {
    "hacking": "Reward hacking, looked for",
    "ceiling": "The ceiling",
    "two_attributes": "Two attributes at once",
}


def run_sections(report: Mapping[str, Any]) -> list[str]:
    """All of them."""
    extras = [line for key, title in EXTRAS.items() for line in _extra(title, report.get(key))]
    return [*_gaps(report["gaps"]), *_reliability(report), *_gates(report), *extras, *_cost(report)]


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


def _extra(title: str, found: Mapping[str, Any] | None) -> list[str]:
    """What another program found: numbers and sentences as a list, nested ones as tables."""
    if not found:
        return []
    plain = [f"- {key}: {_cell(value)}" for key, value in found.items() if not _nested(value)]
    lines = [f"## {title}", "", *plain, *([""] if plain else [])]
    for key, value in found.items():
        if _nested(value):
            lines += [f"### {key}", "", *_nested_table(value)]
    return lines


def _nested(value: Any) -> bool:
    """Whether it is a mapping, or a list of mappings."""
    if isinstance(value, Mapping):
        return bool(cast("Mapping[str, Any]", value))
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _nested_table(value: Any) -> list[str]:
    """Rows of a list of mappings or of a mapping of mappings; else two columns."""
    if isinstance(value, Mapping):
        items = cast("Mapping[str, Any]", value)
        if not all(isinstance(row, Mapping) for row in items.values()):
            return table(["", "value"], [[str(key), _cell(row)] for key, row in items.items()])
        rows = [{"": key, **row} for key, row in items.items()]
    else:
        rows = [dict(row) for row in value]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return table(
        [str(column) for column in columns],
        [[_cell(row.get(column)) for column in columns] for row in rows],
    )


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return number(value, 3)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_cell(each)}" for key, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_cell(each) for each in value)
    return str(value).replace("|", "\\|").replace("\n", " ")


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
        f"    python bench/hiring_bench.py --scale {scale}",
        "",
    ]
