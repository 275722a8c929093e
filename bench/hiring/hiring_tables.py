"""The page of a results file, made from its JSON alone.

What the run itself showed (gaps, gates, cost) is added by ``hiring_run_tables``. A row that is
absent from the JSON is absent from the page. No figure is computed here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hiring_run_tables import run_sections
from hiring_sentences import (
    asked,
    change_sentence,
    closed_sentence,
    engine_sentences,
    facts_sentence,
    flagged,
    gap_sentence,
    quality_sentence,
    seeds_of,
)
from page_parts import interval, number, table

PRIMARY = "tuned vs best_of_4"
ORIGINAL = "tuned vs original"


def markdown(report: Mapping[str, Any]) -> str:
    """The page for people."""
    lines = [f"# Hiring bench, {report['protocol']['scale']}", "", *_head(report)]
    lines += _systems(f"Engine {report['protocol']['tuned_on']} (tuned on)", report["systems"])
    lines += [*_again(report), *_pairs(report["paired"]), *_seeds(report), *_closed(report)]
    lines += [*_quality(report), *_hits(report), *_facts(report)]
    sentences = engine_sentences(report)
    for (name, engine), sentence in zip(sorted(report["engines"].items()), sentences, strict=True):
        title = f"Engine {name} (not tuned on; the same rewordings)"
        lines += [*_systems(title, engine["systems"]), sentence, ""]
        lines += [*_pairs(engine["paired"])]
    return "\n".join([*lines, *run_sections(report)])


def _head(report: Mapping[str, Any]) -> list[str]:
    """What was asked, the verdict and the protocol."""
    protocol = report["protocol"]
    seeds = seeds_of(report)
    mean = f" (mean over {seeds} seeds, which share every resample)" if seeds > 1 else ""
    return [
        "## The question, fixed in advance",
        "",
        "Does tuning the words against an engine bring the selection of qualified women and men "
        "closer to parity than the best of 4 samples of the untuned model, at equal samples? "
        f"Primary endpoint: change of |log R|{mean}, two-way (people × ads) paired bootstrap, 95 "
        "%. Everything else is secondary; the planned comparisons are adjusted by Holm.",
        "",
        f"**{change_sentence(report, PRIMARY) or 'The primary comparison was not run.'}**",
        "",
        asked(report),
        "",
        *(
            f"- {sentence}"
            for sentence in (
                gap_sentence(report),
                change_sentence(report, ORIGINAL),
                closed_sentence(report),
                quality_sentence(report),
                facts_sentence(report),
            )
            if sentence
        ),
        "",
        f"Commit {report['commit']}. {protocol['train_ads']} training and {protocol['test_ads']} "
        f"test ads ({_counted(protocol['test_ads_by_source'])}), {protocol['train_people']} "
        f"training and {protocol['test_people']} test people; judged groups: "
        f"{', '.join(protocol['judged_groups'])}. Chance is where 95 % of R lie with labels "
        "permuted within pools. Rewordings were made on training people in the engine "
        f"`{protocol['tuned_on']}`, whose gap is known by construction, and are judged on test "
        "people. `changed` is the share of judged test ads with at least one accepted edit.",
        "",
    ]


def _systems(title: str, systems: Mapping[str, Any]) -> list[str]:
    """One row a system; original first, further seeds beneath the first one."""
    head = "system|R|95 %|chance 95 %|macro R|nDCG@20|MRR|changed|edits/ad|passed|s/ad".split("|")
    rows = [
        [
            name + (f" ({found['ads']} ads)" if "ads" in found else ""),
            number(found["R"]),
            interval(found["R_interval"]),
            interval(found["null_interval"]),
            number(found["macro_R"]),
            number(found["ndcg20"], 3),
            number(found["mrr"], 3),
            number(found["ads_changed"]),
            number(found["edits_per_ad"]),
            number(found["gate_pass_rate"]),
            number(found["seconds_per_ad"]),
        ]
        for name, found in sorted(systems.items(), key=lambda pair: (pair[0] != "original", pair))
    ]
    return [f"## {title}", "", *table(head, rows)]


def _again(report: Mapping[str, Any]) -> list[str]:
    command = f"python bench/hiring/hiring_bench.py --scale {report['protocol']['scale']}"
    said = [f"- {name}: {why}" for name, why in report.get("subsets", {}).items()]
    return [*said, *([""] if said else []), "One row again:", "", f"    {command} --only ROW", ""]


def _pairs(paired: Mapping[str, Any]) -> list[str]:
    """The comparisons over all judged ads; ``primary`` is one of them and isn't repeated."""
    head = ["comparison", "change of abs(log R)", "95 %", "p", "Holm", "SD of seeds"]
    rows = [
        [
            name + (" (primary)" if name == PRIMARY and "primary" in paired else ""),
            number(change["abs_log_R_change"], 4),
            interval(change["interval"], 4),
            number(change["p"], 3),
            number(change.get("p_holm"), 3),
            number(change.get("deviation"), 4),
        ]
        for name, change in paired.items()
        if name != "primary"
    ]
    return [
        "Paired, negative is closer to parity; Holm over the planned secondary comparisons:",
        "",
        *table(head, rows),
    ]


def _seeds(report: Mapping[str, Any]) -> list[str]:
    change = report["paired"].get(PRIMARY, {})
    if len(change.get("per_seed", ())) < 2:
        return []
    rows = [
        [
            " vs ".join(one["systems"]),
            number(one["abs_log_R_change"], 4),
            interval(one["interval"], 4),
        ]
        for one in change["per_seed"]
    ]
    return [
        "## The primary comparison by seed",
        "",
        "The interval of the mean is over people and ads; how far the change moves from seed to "
        f"seed is its standard deviation, {number(change['deviation'], 4)}.",
        "",
        *table(["seed", "change of abs(log R)", "95 %"], rows),
    ]


def _closed(report: Mapping[str, Any]) -> list[str]:
    """Share of the gap closed, by scope; and the primary pair in further scopes."""
    lines: list[str] = []
    for scope, found in report["gap_closed"].items():
        groups = f": {', '.join(found['groups'])}" if found["groups"] else ""
        rows = [
            [
                row,
                ", ".join(number(ratio) for ratio in one["R"].values()),
                number(one["abs_log_R"], 3),
                interval(one["interval"], 3),
                number(one["gap_closed"]),
                interval(one["gap_closed_interval"]),
            ]
            for row, one in found["rows"].items()
        ]
        head = ["system", "R (by seed)", "abs(log R)", "95 %", "gap closed", "95 %"]
        lines += [f"### {scope}{groups}", "", *table(head, rows)]
        if found["groups"] and PRIMARY in found["paired"]:
            change = found["paired"][PRIMARY]
            lines += [
                f"{PRIMARY} in this scope (secondary, not adjusted): "
                f"{number(change['abs_log_R_change'], 4)} ({interval(change['interval'], 4)}).",
                "",
            ]
    said = (
        "Gap closed is 1 − abs(log R) of the system / abs(log R) of the original; below 0 it grew. "
        "The interval is wide where the original's own distance from parity is uncertain. The "
        "tuned groups are those whose gap shows on training people."
    )
    return ["## Gap closed", "", said, "", *lines] if lines else []


def _quality(report: Mapping[str, Any]) -> list[str]:
    found = report["ndcg_noninferiority"]
    rows = [
        [
            scope,
            str(check["ads"]),
            number(check["before"], 3),
            number(check["after"], 3),
            number(check["difference"], 4),
            number(check["lower_bound"], 4),
            {True: "yes", False: "no", None: "not assessed"}[check["non_inferior"]],
        ]
        for scope, check in found["groups"].items()
    ]
    head = ["ads of", "ads", "original", "tuned", "difference", "95 % bound", "non-inferior"]
    said = (
        f"nDCG@20 of tuned against the original, margin {found['margin']:g}; groups below "
        f"{found['floor']:g} aren't assessed."
    )
    return ["## Ranking quality", "", said, "", *table(head, rows)]


def _hits(report: Mapping[str, Any]) -> list[str]:
    """Qualified people in the top 50 by system; few are masked."""
    found = report["qualified_hits"]
    values = sorted({value for each in found["overall"].values() for value in each})
    lines: list[str] = []
    for scope, systems in [("all judged ads", found["overall"]), *found["groups"].items()]:
        rows = [
            [name, *(_selected(each.get(value)) for value in values)]
            for name, each in systems.items()
        ]
        lines += [f"### {scope}", "", *table(["system", *values], rows)]
    said = "(Person, ad) pairs of qualified people in the top 50; cells of few people are masked."
    return ["## Qualified people shown", "", said, "", *lines]


def _selected(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return "–"
    return str(cell["people"]) if cell["suppressed"] else f"{cell['selected']} of {cell['pool']}"


def _facts(report: Mapping[str, Any]) -> list[str]:
    facts = report["facts"]
    kinds = facts.get("kinds") or {}
    said = [facts_sentence(report), ""]
    if kinds:
        said += ["Kinds: " + ", ".join(f"{kind} {count}" for kind, count in kinds.items()), ""]
    rows = [
        [name, str(each["read"]), str(flagged(each))]
        for name, each in report["facts_by_checker"].items()
        if each
    ]
    said += ["By the second, independent checker (a program), by system:", ""]
    return ["## Facts", "", *said, *table(["system", "checked", "flagged"], rows)]


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind}s" for kind, count in counts.items())
