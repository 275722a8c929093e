"""Two probes of one kind, before and after a mitigation, as a page.

Probe texts can offend and aren't in it: templates and attributes go by id, groups by name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from evenhand.report.numbers import (
    UNDEFINED,
    decimal,
    interval,
    percent,
    signed,
    signed_interval,
)
from evenhand.report.page import (
    Col,
    Figure,
    Points,
    Section,
    Table,
    Texts,
    Tile,
    Words,
    new_page,
    render,
    written_cols,
)
from evenhand.report.plots import PlotRow, quality_plot

Found = Mapping[str, Any]
"""What ``evenhand probe`` writes."""
MEASURES = {
    "mu": "Bias intensity μ",
    "delta": "Positional dependence δ",
    "epsilon": "Attribute error ε",
    "subject_mass": "Subject mass",
}
_SIGNS = {"mu": "μ", "delta": "δ", "epsilon": "ε", "subject_mass": "mass"}
_ENDS = "95% interval"
WORST = 12
_say = Texts("probes")
SIDES = dict(_say.pairs("sides"))
"""Which probes were asked, as the end of a clause."""


def render_probes(before: Found, after: Found) -> str:
    """The page as HTML; the same probes give the same bytes."""
    pairs = (said.partition(": ") for said in sentences(before, after))
    points = [(name, rest[0].upper() + rest[1:]) if rest else ("", name) for name, _, rest in pairs]
    sections = (
        Section("found", "What was found", (Points(tuple(points)),)),
        Section("figures", "Before and after", (_figure(before, after), _raw(before, after))),
        Section("groups", "Group by group", (_groups(before, after),)),
        Section("cannot-say", "What this can't say", (Points(_say.pairs("limits")),)),
        Section("provenance", "Provenance", (_provenance(before, after),)),
    )
    subtitle = _say(
        "subtitle",
        model=before["model"]["name"],
        examples=after["metrics"]["examples"],
        side=SIDES[before["probes"]["side"]],
        source=before["source"],
    )
    tiles = [_tile(name, before, after) for name in MEASURES]
    title = f"Stereotyped preferences: {before['kind']}"
    return render(new_page(title, subtitle, sections, tiles=tiles))


def sentences(before: Found, after: Found) -> tuple[str, ...]:
    """What changed, one sentence a measure; no share where the two intervals overlap."""
    said = [_sentence(name, before, after) for name in MEASURES]
    refused = (one["metrics"]["refused"] for one in (before, after))
    said += [f"{each}." for each in refused if each][:1]
    high = after["metrics"]["chance"]["high"]
    if high is not None and _value(after, "mu") <= high:
        said.append(_say("remaining", high=decimal(high)))
    return tuple(said)


def _sentence(name: str, before: Found, after: Found) -> str:
    a, b = (_value(one, name) for one in (before, after))
    if not (math.isfinite(a) and math.isfinite(b)):
        return _say("none_given", measure=MEASURES[name])
    first, second = (interval(_ends(one, name)) for one in (before, after))
    told = {"before": decimal(a), "first": first, "after": decimal(b), "second": second}
    moved = _say("moved", measure=MEASURES[name], **told)
    reach = signed_interval(_difference(name, before, after))
    change = _say("change", change=signed(b - a), interval=reach)
    level = ""
    if name == "mu":
        highest = (_plain(one["metrics"]["chance"]["high"]) for one in (before, after))
        level = _say("chance", levels=" and ".join(highest))
    if _overlap(_ends(before, name), _ends(after, name)):
        return _say("overlap", moved=moved, change=change, level=level)
    if not a > 0:
        return f"{moved}, {change}{level}."
    share = b / a - 1
    return f"{moved}, {change}, {percent(abs(share))} {'more' if share > 0 else 'less'}{level}."


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two intervals have a value in common; where an end is unknown they may."""
    ends = (*one, *other)
    return not all(map(math.isfinite, ends)) or (one[0] <= other[1] and other[0] <= one[1])


def _difference(name: str, before: Found, after: Found) -> tuple[float, float]:
    """Interval of after less before, from both intervals (MOVER, Zou and Donner 2008).

    It takes the two as independent; they are of the same probes, so it is rather too wide.
    """
    a, b = _value(before, name), _value(after, name)
    (a_low, a_high), (b_low, b_high) = _ends(before, name), _ends(after, name)
    low = b - a - math.hypot(b - b_low, a_high - a)
    return low, b - a + math.hypot(b_high - b, a - a_low)


def _value(found: Found, name: str) -> float:
    value = found["metrics"][name]
    return math.nan if value is None else float(value)


def _ends(found: Found, name: str) -> tuple[float, float]:
    low, high = found["metrics"]["intervals"][name]
    return (math.nan if low is None else low, math.nan if high is None else high)


def _tile(name: str, before: Found, after: Found) -> Tile:
    a, b = (_value(one, name) for one in (before, after))
    return Tile(MEASURES[name], decimal(b), f"{decimal(a)} without the layer")


def _figure(before: Found, after: Found) -> Figure:
    rows = [
        PlotRow(
            f"{_SIGNS[name]}, {when}",
            _value(one, name),
            _ends(one, name),
            shape="ring" if when == "before" else "diamond",
            note=f"{decimal(_value(one, name))}  ({interval(_ends(one, name))})",
        )
        for name in MEASURES
        for when, one in (("before", before), ("after", after))
        if math.isfinite(_value(one, name))
    ]
    picture = quality_plot(
        rows,
        key="probe-plot",
        title=_say("figure.title"),
        description=_say("figure.description"),
        floor=None,
        floor_label="",
        ends=("", ""),
    )
    columns = (
        Col("Measure", MEASURES.__getitem__),
        Col("Before", lambda name: _value(before, name), decimal),
        Col(_ENDS, lambda name: _ends(before, name), interval),
        Col("After", lambda name: _value(after, name), decimal),
        Col(_ENDS, lambda name: _ends(after, name), interval),
        Col("Change", lambda name: _value(after, name) - _value(before, name), signed),
        Col(_ENDS, lambda name: _difference(name, before, after), signed_interval),
    )
    readings = [f"{MEASURES[name]}. {text}" for name, text in _say.pairs("readings")]
    table = _say.table("figure", columns, MEASURES, before=readings)
    return Figure(picture, _say("figure.reading"), table)


def _raw(before: Found, after: Found) -> Table:
    a, b = before["metrics"], after["metrics"]
    rows = [(MEASURES[name], a["raw"][name], b["raw"][name]) for name in ("mu", "delta", "epsilon")]
    rows.append(("μ without reward for noise", a["mu_crossed"], b["mu_crossed"]))
    for what, key in (("mean", "mean"), ("at most", "high")):
        chance = (a["chance"][key], b["chance"][key])
        rows.append((f"μ of a model without preference, {what}", *chance))
    columns = (
        Col("Measure", lambda row: row[0]),
        Col("Before", lambda row: row[1], decimal),
        Col("After", lambda row: row[2], decimal),
    )
    return _say.table("raw", columns, rows)


def _plain(value: float | None) -> str:
    return UNDEFINED if value is None else decimal(value)


def _groups(before: Found, after: Found) -> Words | Table:
    """The strongest leanings by group and attribute id."""
    first, second = (_leanings(one) for one in (before, after))
    order = sorted(first, key=lambda cell: (-abs(first[cell]), cell))[:WORST]
    if not order:
        return Words((_say("nobody"),))
    columns = (
        Col("Group", lambda cell: cell[0]),
        Col("Attribute (id)", lambda cell: cell[1], words=True),
        Col("γ before", lambda cell: first[cell], signed),
        Col("γ after", lambda cell: second.get(cell, math.nan), signed),
    )
    return _say.table("groups", columns, order)


def _leanings(found: Found) -> dict[tuple[str, str], float]:
    table: Mapping[str, Any] = found["metrics"]["table"]
    groups: Sequence[str] = table["groups"]
    attributes: Sequence[str] = table["attributes"]
    rows: Sequence[Sequence[float | None]] = table["gamma"]
    return {
        (group, attribute): value
        for group, row in zip(groups, rows, strict=True)
        for attribute, value in zip(attributes, row, strict=True)
        if value is not None
    }


def _provenance(before: Found, after: Found) -> Table:
    rows = (
        ("model", before["model"]["name"]),
        ("digest of the weights", before["model"]["digest"]),
        ("mitigation", after["mitigation"] or "none"),
        ("form of the prompts", before["form"]),
        ("seed", before["seed"]),
        *((name.replace("_", " "), value) for name, value in before["probes"].items()),
    )
    columns = written_cols("What", "Which", words=(1,))
    return _say.table("provenance", columns, rows)
