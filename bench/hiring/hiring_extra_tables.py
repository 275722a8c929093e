"""The ceiling, reward hacking and two attributes as short tables, from the results' JSON alone.

The JSON holds much more than is shown; nothing is computed here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from page_parts import interval, number, table

Found = Mapping[str, Any]


def extra_sections(report: Found) -> list[str]:
    """All three, those that are there."""
    lines: list[str] = []
    for name, section in (
        ("ceiling", _ceiling),
        ("hacking", _hacking),
        ("two_attributes", _two_attributes),
    ):
        if report.get(name):
            lines += section(report[name])
    return lines


def _estimate(found: Found | None, key: str, places: int = 2) -> str:
    if not found or found.get(key) is None:
        return "–"
    return f"{number(found[key], places)} ({interval(found.get('interval'), places)})"


def _order(name: str) -> tuple[int, int, str]:
    """The original, best of n by n, the oracle, the shifts."""
    count = re.fullmatch(r"best_of_(\d+)", name)
    group = ["original", "best", "oracle"].index(name.split("_")[0]) if not name.startswith(
        "shift"
    ) else 3  # fmt: skip
    return group, int(count[1]) if count else 0, name


def _ceiling(found: Found) -> list[str]:
    names = sorted((name for name in found if name != "protocol"), key=_order)
    rows = []
    for name in names:
        each, train, held = found[name], found[name]["train"], found[name].get("held_out")
        rows.append(
            [
                name,
                _estimate(held and held.get("closed_share"), "mean"),
                _estimate(held, "R"),
                _estimate(train, "R"),
                _estimate(each.get("spreads_moved"), "mean"),
                number(each.get("edits_per_ad")),
            ]
        )
    protocol = found["protocol"]
    return [
        "## The ceiling",
        "",
        f"{protocol['ads']} training ads of groups with a gap, up to {protocol['alternatives']} "
        "listed rewordings a span; nested samples of the untuned model, the oracle over all of "
        "them, and the ad's vector itself moved along the engine's direction, which no wording can "
        "exceed. Closed share is of the reward's target; held-out people are test people.",
        "",
        *table(
            ["", "closed, held out", "R, held out", "R, train", "spreads moved", "edits/ad"], rows
        ),
    ]


def _hacking(found: Found) -> list[str]:
    return [
        "## Reward hacking, looked for",
        "",
        "Where the gain comes from: share of the summed effect of single edits, by kind.",
        "",
        *_kinds(found["edits"]),
        f"Movement of the rewritten ads ({found['protocol']['movement']}), along the direction "
        "fitted on other occupations:",
        "",
        *_movement(found["movement"]),
        "Do other encoders agree: change of abs(log R) against the original when people are ranked "
        "in another space, as it comes and with a gap of the same size put in:",
        "",
        *_agreement(found["agreement"]),
        f"Profiles masked harder ({found['masking']['lemmas']} telling lemmas taken out, "
        f"{found['masking']['people']} people, the engine itself):",
        "",
        *_masking(found["masking"]),
        "Wear on the ads, mean change an ad:",
        "",
        *_wear(found["wear"]),
    ]


def _kinds(edits: Found) -> list[str]:
    shares = {
        system: each.get("all_groups", {}).get("by_kind") or each.get("by_kind", {})
        for system, each in edits.items()
        if (each.get("summed_closing") or 0) > 0
    }
    kinds = sorted({kind for each in shares.values() for kind in each})
    rows = [[kind, *(_share(each.get(kind)) for each in shares.values())] for kind in kinds]
    return table(["kind", *shares], rows)


def _share(cell: Found | None) -> str:
    if not cell:
        return "–"
    ends = interval(cell.get("share_interval"))
    return f"{number(cell.get('share'))} ({ends}), {cell['edits']} edits"


def _movement(moved: Found) -> list[str]:
    systems = list(next(iter(moved.values()), {}))
    rows = [
        [space, *(_estimate(each[system]["overall"], "mean", 3) for system in systems)]
        for space, each in moved.items()
    ]
    return table(["encoder", *systems], rows)


def _changes(found: Found) -> list[str]:
    return [_estimate(each, "abs_log_R_change") for each in found["change"].values()]


def _agreement(found: Found) -> list[str]:
    rows, systems = [], []
    for space, each in found.items():
        for how in ("cosine", "with a gap"):
            systems = list(each[how]["change"])
            original = number(each[how]["R"]["original"]["R"])
            rows.append([f"{space}, {how}", str(each["people"]), original, *_changes(each[how])])
    return table(["space", "people", "R original", *systems], rows)


def _masking(found: Found) -> list[str]:
    rows, systems = [], []
    for how in ("as they are", "masked harder"):
        systems = list(found[how]["change"])
        rows.append([how, number(found[how]["R"]["original"]["R"]), *_changes(found[how])])
    return table(["profiles", "R original", *systems], rows)


def _wear(found: Found) -> list[str]:
    measures = list(next(iter(found.values()), {}))
    rows = [
        [name.replace("_", " "), number(next(iter(found.values()))[name]["before"], 3)]
        + [_estimate(each[name], "mean", 3) for each in found.values()]
        for name in measures
    ]
    return table(["", "before", *found], rows)


def _two_attributes(found: Found) -> list[str]:
    rows = [
        [system, cell["contrast"], _estimate(cell, "R"), interval(cell["chance"])]
        for system, each in found.get("systems", {}).items()
        for cells in each["attributes"].values()
        for cell in cells
    ]
    head = ["system", "contrast", "R", "chance 95 %"]
    return [
        "## Two attributes at once",
        "",
        f"{found['notice']} Tuned on one attribute (`one`) or on the worse of two (`both`).",
        "",
        *table(head, rows),
    ]
