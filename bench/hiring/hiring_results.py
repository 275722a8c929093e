"""From what the benchmark's stages found to the JSON of ``docs/results``; no ad text, no person.

The page is made from the JSON alone, by ``hiring_tables``; which comparisons are planned and
where nothing is claimed stands in ``hiring_claims``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evenhand.align.rollouts import read_rollouts
from evenhand.config import Config
from evenhand.records.files import read_json
from hiring_claims import TUNED_ON, closed, gap_scopes, hits, paired, quality, shows_gap
from hiring_protocol import JUDGED, Bench
from hiring_tables import markdown

__all__ = ["markdown", "results"]
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
EXTRAS = ("hacking", "ceiling", "two_attributes")
"""What other programs found, printed as it is."""


def results(
    found: Mapping[str, Any],
    bench: Bench,
    config: Config,
    seconds: Mapping[str, float],
    peak_gib: float,
    commit: str,
    scale: str,
) -> dict[str, Any]:
    """Everything that ``docs/results`` holds.

    Args:
        found: ``gaps`` (by engine, ``measures.json`` by fold), ``rollouts``, ``evaluations`` (by
            engine, ``evaluation.json`` made with ``rows``), ``out`` (the folder of the run, which
            may hold ``facts.json`` of a reading by eye); optional: ``subsets`` (by name, ``why``
            and ``evaluation`` of rows that cover some ads only, in the engine tuned on) and the
            ``EXTRAS``.
        bench: The data.
        config: Settings.
        seconds: By stage.
        peak_gib: Memory.
        commit: Of the code that ran.
        scale: ``full``, ``pilot``, …
    """
    evaluations, gaps = found["evaluations"], found["gaps"]
    head = evaluations[TUNED_ON]
    changes = paired(found)
    run: Path = found["out"] / "run"
    return {
        "commit": commit,
        "protocol": _protocol(bench, config, scale, head),
        "gaps": {name: _gap(measured) for name, measured in gaps.items()},
        "reliability": read_json(run / "reliability.json"),
        "returns": read_json(run / "returns.json"),
        "rollouts": _rollouts(found, bench),
        "systems": {**_subset_systems(found), **_systems(head)},
        "paired": changes.pop(TUNED_ON),
        "engines": {
            name: {
                "systems": _systems(evaluations[name]),
                "paired": each,
                "abstained": not shows_gap(gaps[name]),
            }
            for name, each in changes.items()
        },
        "gap_closed": closed(head),
        "ndcg_noninferiority": quality(head),
        "qualified_hits": hits(head),
        "levelling_down": head["levelling_down"],
        "abstained": {name: each["abstained"] for name, each in evaluations.items()},
        **_facts(found["out"], head),
        "subsets": {name: part["why"] for name, part in found.get("subsets", {}).items()},
        **{name: found[name] for name in EXTRAS if found.get(name)},
        "cost": _cost(seconds, peak_gib),
    }


def _facts(out: Path, head: Mapping[str, Any]) -> dict[str, Any]:
    """The reading by eye where there was one, and the second checker's counts."""
    checked = {name: each.get("facts") for name, each in head["systems"].items()}
    by_eye = out / "facts.json"
    if by_eye.exists():
        facts = {**read_json(by_eye), "by": "eye"}
    else:
        facts = {**head["facts"], "by": "second checker"}
    return {"facts": facts, "facts_by_checker": checked}


def _subset_systems(found: Mapping[str, Any]) -> dict[str, Any]:
    """Rows that cover some ads only, with how many judged ads their figures rest on."""
    rows: dict[str, Any] = {}
    for part in found.get("subsets", {}).values():
        ads = part["evaluation"]["protocol"]["n_judged"]
        rows |= {name: {**row, "ads": ads} for name, row in _systems(part["evaluation"]).items()}
    return rows


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
            for scope, cell in gap_scopes(each).items()
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


def _cost(seconds: Mapping[str, float], peak_gib: float) -> dict[str, Any]:
    """People's vectors are computed once and counted apart."""
    rest = {name: spent for name, spent in seconds.items() if name != "people's vectors"}
    return {
        "minutes": round(sum(rest.values()) / 60, 2),
        "peak_gib": peak_gib,
        "stages_seconds": dict(seconds),
    }
