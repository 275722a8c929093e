"""From what the benchmark's stages found to ``docs/results``: one JSON and one table.

No ad text and no person goes in; a table is made from the JSON alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evenhand.config import Config
from evenhand.learn.rollouts import read_rollouts
from evenhand.records.files import read_json
from hiring_protocol import JUDGED, Bench

SYSTEM_KEYS = (
    "R",
    "R_interval",
    "null_interval",
    "macro_R",
    "macro_R_interval",
    "ndcg20",
    "ndcg20_interval",
    "mrr",
    "recall",
    "ads_changed",
    "edits_per_ad",
    "gate_pass_rate",
    "seconds_per_ad",
    "qualified_hits",
    "facts",
)
TUNED_ON = "known_gap"


def results(
    found: Mapping[str, Any],
    bench: Bench,
    config: Config,
    seconds: Mapping[str, float],
    peak_gib: float,
    commit: str,
    scale: str,
) -> dict[str, Any]:
    """Everything that ``docs/results`` holds, keys as the full benchmark's."""
    evaluations = found["evaluations"]
    head = evaluations[TUNED_ON]
    run: Path = found["out"] / "run"
    return {
        "commit": commit,
        "protocol": _protocol(bench, config, scale, head),
        "gaps": {name: _gap(measured) for name, measured in found["gaps"].items()},
        "reliability": read_json(run / "reliability.json"),
        "returns": read_json(run / "returns.json"),
        "rollouts": _rollouts(found, bench),
        "systems": _systems(head),
        "paired": _paired(head),
        "engines": {
            name: {"systems": _systems(each), "paired": _paired(each)}
            for name, each in evaluations.items()
            if name != TUNED_ON
        },
        "ndcg_noninferiority": head["ndcg_noninferiority"],
        "levelling_down": head["levelling_down"],
        "abstained": {name: each["abstained"] for name, each in evaluations.items()},
        "facts": head["facts"],
        "facts_by_system": {name: each.get("facts") for name, each in head["systems"].items()},
        "cost": _cost(seconds, peak_gib),
    }


def _protocol(bench: Bench, config: Config, scale: str, head: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "scale": scale,
        "tuned_on": TUNED_ON,
        "judged_groups": list(JUDGED),
        "train_ads": len(bench.train_ads),
        "test_ads": len(bench.test_ads),
        "test_ads_by_source": _sources(bench),
        "train_people": len(bench.train_people),
        "test_people": len(bench.test_people),
        "config": config.model_dump(mode="json"),
        "evaluation": head["protocol"],
        "contrast": "gender: female / male",
    }


def _sources(bench: Bench) -> dict[str, int]:
    kinds = ["duty list" if ad.id.startswith("onet") else "whole ad" for ad in bench.test_ads]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def _rollouts(found: Mapping[str, Any], bench: Bench) -> dict[str, Any]:
    """Gate pass rates with reasons; whole ads and duty lists apart."""
    rolled = dict(found["rollouts"])
    said = rolled.pop("say")
    rows = [row for row in read_rollouts(found["out"] / "rollouts") if not row.is_identity]
    duty = [row for row in rows if row.job_id.startswith("onet")]
    whole = [row for row in rows if not row.job_id.startswith("onet")]
    rolled["pass_rate_duty_lists"] = _share([row.passed for row in duty])
    rolled["pass_rate_whole_ads"] = _share([row.passed for row in whole])
    return {**rolled, "said": said, "train_ads": len(bench.train_ads)}


def _share(flags: list[bool]) -> float | None:
    return round(sum(flags) / len(flags), 4) if flags else None


def _gap(measured: Mapping[str, Any]) -> dict[str, Any]:
    """R per scope of one engine on training and test people, at the headline cut."""
    return {
        fold: {
            scope: {
                "ads": cell["ads"],
                **_estimate(cell["contrasts"][0]),
                "ndcg20": each["quality"].get(scope, {}).get("ndcg@20", {}).get("value"),
            }
            for scope, cell in each["attributes"]["gender"]["cuts"][str(each["top"])][
                "scopes"
            ].items()
        }
        for fold, each in measured.items()
    }


def _estimate(contrast: Mapping[str, Any]) -> dict[str, Any]:
    ratio = contrast["ratio"]
    return {
        "R": ratio["value"],
        "interval": ratio["interval"],
        "null": ratio["null_interval"],
        "p": ratio["p_value"],
    }


def _systems(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {key: found.get(key) for key in SYSTEM_KEYS}
        for name, found in evaluation["systems"].items()
    }


def _paired(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("abs_log_R_change", "interval", "p_value", "p_holm", "reason")
    return {
        name: {key: found.get(key) for key in keys if key in found}
        for name, found in evaluation["paired"].items()
    }


def _cost(seconds: Mapping[str, float], peak_gib: float) -> dict[str, Any]:
    """People's vectors are computed once and counted apart."""
    rest = {name: spent for name, spent in seconds.items() if name != "people's vectors"}
    return {
        "minutes": round(sum(rest.values()) / 60, 2),
        "peak_gib": peak_gib,
        "stages_seconds": dict(seconds),
    }


def markdown(report: Mapping[str, Any]) -> str:
    """The table for people."""
    protocol, cost = report["protocol"], report["cost"]
    scale = protocol["scale"]
    lines = [
        f"# Hiring bench, {scale}",
        "",
        f"Commit {report['commit']}. {protocol['train_ads']} training and {protocol['test_ads']} "
        f"test ads ({_counted(protocol['test_ads_by_source'])}), {protocol['train_people']} "
        f"training and {protocol['test_people']} test people; judged groups: "
        f"{', '.join(protocol['judged_groups'])}. R is the Mantel–Haenszel ratio of selection "
        "rates, women over men, top 50 (1 is parity; with 95 % two-way intervals); chance is "
        "where 95 % of R lie with labels permuted within pools. Rewordings were made on "
        f"training people in the engine `{protocol['tuned_on']}`, whose gap is known by "
        "construction, and are judged on test people.",
        "",
        *_system_table(f"Engine {protocol['tuned_on']} (tuned on)", report["systems"]),
        *_pair_table(report["paired"]),
    ]
    for name, engine in report["engines"].items():
        lines += _system_table(
            f"Engine {name} (not tuned on; the same rewordings)", engine["systems"]
        )
        lines += _pair_table(engine["paired"])
    lines += [*_gap_table(report["gaps"]), *_reliability(report), *_gates(report), *_facts(report)]
    stages = ", ".join(f"{name} {spent:.0f} s" for name, spent in cost["stages_seconds"].items())
    lines += [
        "## Cost",
        "",
        f"{cost['minutes']} minutes without people's vectors; peak memory {cost['peak_gib']} GiB. "
        f"Stages: {stages}. Systems that share samples of one model (best_of_4 and random_edit, "
        "and the rows with rules) draw them once: the first of them pays.",
        "",
        "Run it again:",
        "",
        f"    python bench/hiring_bench.py --scale {scale}",
        "",
    ]
    return "\n".join(lines)


def _system_table(title: str, systems: Mapping[str, Any]) -> list[str]:
    head = "| system | R | 95 % | chance 95 % | nDCG@20 | MRR | changed | edits/ad | passed |"
    rows = [
        f"| {name} | {_n(found['R'])} | {_i(found['R_interval'])} | {_i(found['null_interval'])} | "
        f"{_n(found['ndcg20'], 3)} | {_n(found['mrr'], 3)} | {_n(found['ads_changed'])} | "
        f"{_n(found['edits_per_ad'])} | {_n(found['gate_pass_rate'])} |"
        for name, found in systems.items()
    ]
    return [f"## {title}", "", head, "|---" * 9 + "|", *rows, ""]


def _pair_table(paired: Mapping[str, Any]) -> list[str]:
    head = "| comparison | change of abs(log R) | 95 % | p |"
    rows = [
        f"| {name} | {_n(found['abs_log_R_change'], 4)} | {_i(found.get('interval'), 4)} | "
        f"{_n(found.get('p_value'), 3)} |"
        for name, found in paired.items()
    ]
    return ["Paired, negative is closer to parity:", "", head, "|---" * 4 + "|", *rows, ""]


def _gap_table(gaps: Mapping[str, Any]) -> list[str]:
    rows = [
        f"| {engine} | {fold} | {scope} | {cell['ads']} | {_n(cell['R'])} | {_i(cell['interval'])} "
        f"| {_i(cell['null'])} | {_n(cell['ndcg20'], 3)} |"
        for engine, folds in gaps.items()
        for fold, scopes in folds.items()
        for scope, cell in scopes.items()
    ]
    head = "| engine | people | scope | ads | R | 95 % | chance 95 % | nDCG@20 |"
    return ["## Gaps of the original ads", "", head, "|---" * 8 + "|", *rows, ""]


def _reliability(report: Mapping[str, Any]) -> list[str]:
    said = [f"- {group['reason']}" for group in report["reliability"]["groups"]]
    kept = ", ".join(report["reliability"]["kept"]) or "none"
    return ["## Reliability of the reward", "", *said, "", f"Learned from: {kept}.", ""]


def _gates(report: Mapping[str, Any]) -> list[str]:
    rolled = report["rollouts"]
    rows = [
        f"| {gate} | {found['judged']} | {_n(found['pass_rate'])} | "
        f"{'; '.join(f'{why} ({count})' for why, count in list(found['reasons'].items())[:2])} |"
        for gate, found in rolled["gates"].items()
    ]
    overall = rolled["overall"]
    return [
        "## Gates, on the rollouts",
        "",
        f"{overall['passed']} of {overall['rows']} distinct rewordings passed every gate (duty "
        f"lists {_n(rolled['pass_rate_duty_lists'])}, whole ads {_n(rolled['pass_rate_whole_ads'])}"
        f"; the model's own samples {_n(rolled['sources'].get('model', {}).get('pass_rate'))}).",
        "",
        "| gate | judged | pass rate | commonest refusals |",
        "|---" * 4 + "|",
        *rows,
        "",
    ]


def _facts(report: Mapping[str, Any]) -> list[str]:
    rows = [
        f"| {name} | {found['read']} | {found['changed_meaning']} | {_n(found['upper_bound'], 3)} |"
        for name, found in report["facts_by_system"].items()
        if found
    ]
    return [
        "## Facts",
        "",
        "Accepted edits read by the second, independent checker, and how many it holds to change "
        "meaning, with a one-sided 95 % Clopper–Pearson upper bound:",
        "",
        "| system | read | changed | upper bound |",
        "|---" * 4 + "|",
        *rows,
        "",
    ]


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind}s" for kind, count in counts.items())


def _n(value: float | None, places: int = 2) -> str:
    return "–" if value is None else f"{value:.{places}f}"


def _i(interval: list[float | None] | None, places: int = 2) -> str:
    if interval is None or None in interval:
        return "–"
    return " to ".join(_n(value, places) for value in interval)
