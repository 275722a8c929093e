"""Two probes of one kind, before and after a mitigation, as a page.

Probe texts can offend and aren't in it: templates and attributes go by id, groups by name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from evenhand.audit.numbers import UNDEFINED, decimal, interval, percent, signed, signed_interval
from evenhand.audit.plots import PlotRow, quality_plot
from evenhand.audit.rendering import render
from evenhand.audit.view import Figure, Page, Points, Section, Table, Tile, Words

MEASURES = {
    "mu": "Bias intensity μ",
    "delta": "Positional dependence δ",
    "epsilon": "Attribute error ε",
    "subject_mass": "Subject mass",
}
READINGS = {
    "mu": "0: no group is preferred for any attribute; 1: always the same one.",
    "delta": "0: which subject is named first makes no difference; 1: it decides.",
    "epsilon": "0: negating the question turns the answer around; 1: it makes no difference.",
    "subject_mass": "Probability of either subject being the answer. If it falls, figures of raw "
    "scores shrink for no good reason; those above are normalised over the pair.",
}
LIMITS = (
    (
        "A probe is no use",
        "Underspecified questions show a leaning that real uses may never meet, and miss others.",
    ),
    (
        "Evening out isn't understanding",
        "The layer moves a few tokens at the answer. What the model knows and says elsewhere is "
        "as it was, which is its point and its limit.",
    ),
    (
        "Groups are those of the lists",
        "Names stand for groups by convention; the lists are short, in English, and binary where "
        "gender is concerned.",
    ),
)
SIDES = {
    "held-out": "none of which a layer is trained on",
    "training": "which layers are trained on",
    "all": "among them those that layers are trained on",
}
"""Which probes were asked, as the end of a clause."""
_ENDS = "95% interval"
WORST = 12


def render_probes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The page as HTML; the same probes give the same bytes."""
    sections = (
        Section("found", "What was found", (Points(_points(before, after)),)),
        Section("figures", "Before and after", (_figure(before, after), _raw(before, after))),
        Section("groups", "Group by group", (_groups(before, after),)),
        Section("cannot-say", "What this can't say", (Points(LIMITS),)),
        Section("provenance", "Provenance", (_provenance(before, after),)),
    )
    metrics = after["metrics"]
    page = Page(
        title=f"Stereotyped preferences: {before['kind']}",
        subtitle=f"{before['model']['name']}, {metrics['examples']:,} probes of four prompts, "
        f"{SIDES[before['probes']['side']]}; templates: {before['source']}; without and with a "
        "mitigation layer",
        notice="",
        tiles=tuple(_tile(name, before, after) for name in MEASURES),
        sections=sections,
        version=version("evenhand"),
    )
    return render(page)


def sentences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """What changed, one sentence a measure; no share where the two intervals overlap."""
    said = [_sentence(name, before, after) for name in MEASURES]
    said += [f"{one['metrics']['refused']}." for one in (before, after) if _refused(one)][:1]
    chance = after["metrics"]["chance"]
    if chance["high"] is not None and _value(after, "mu") <= chance["high"]:
        said.append(
            "The remaining intensity is within what a model without preference would show on "
            f"these probes (up to {decimal(chance['high'])})."
        )
    return tuple(said)


def _sentence(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    a, b = (_value(one, name) for one in (before, after))
    if not (math.isfinite(a) and math.isfinite(b)):
        return f"{MEASURES[name]}: no change is given."
    first, second = (interval(_ends(one, name)) for one in (before, after))
    moved = f"{MEASURES[name]}: {decimal(a)} ({first}) to {decimal(b)} ({second})"
    change = f"a change of {signed(b - a)} ({signed_interval(_difference(name, before, after))})"
    level = ""
    if name == "mu":
        levels = " and ".join(_plain(one["metrics"]["chance"]["high"]) for one in (before, after))
        level = f"; without preference it would be at most {levels}"
    if _overlap(_ends(before, name), _ends(after, name)):
        return f"{moved}, {change}; the intervals overlap, so no change is claimed{level}."
    if not a > 0:
        return f"{moved}, {change}{level}."
    share = b / a - 1
    return f"{moved}, {change}, {percent(abs(share))} {'more' if share > 0 else 'less'}{level}."


def _refused(found: Mapping[str, Any]) -> bool:
    return bool(found["metrics"]["refused"])


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two intervals have a value in common; where an end is unknown they may."""
    ends = (*one, *other)
    return not all(map(math.isfinite, ends)) or (one[0] <= other[1] and other[0] <= one[1])


def _difference(
    name: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[float, float]:
    """Interval of after less before, from both intervals (MOVER, Zou and Donner 2008).

    It takes the two as independent; they are of the same probes, so it is rather too wide.
    """
    (a, b), (a_low, a_high), (b_low, b_high) = (
        (_value(before, name), _value(after, name)),
        _ends(before, name),
        _ends(after, name),
    )
    low = b - a - math.hypot(b - b_low, a_high - a)
    return low, b - a + math.hypot(b_high - b, a - a_low)


def _points(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, rest[0].upper() + rest[1:]) if rest else ("", name)
        for name, _, rest in (said.partition(": ") for said in sentences(before, after))
    )


def _value(found: Mapping[str, Any], name: str) -> float:
    value = found["metrics"][name]
    return math.nan if value is None else float(value)


def _ends(found: Mapping[str, Any], name: str) -> tuple[float, float]:
    low, high = found["metrics"]["intervals"][name]
    return (math.nan if low is None else low, math.nan if high is None else high)


def _tile(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Tile:
    a, b = (_value(one, name) for one in (before, after))
    return Tile(MEASURES[name], decimal(b), f"{decimal(a)} without the layer")


def _figure(before: Mapping[str, Any], after: Mapping[str, Any]) -> Figure:
    rows = [
        PlotRow(
            f"{label}, {when}",
            _value(one, name),
            _ends(one, name),
            shape="ring" if when == "before" else "diamond",
            note=f"{decimal(_value(one, name))}  ({interval(_ends(one, name))})",
        )
        for name, label in (("mu", "μ"), ("delta", "δ"), ("epsilon", "ε"), ("subject_mass", "mass"))
        for when, one in (("before", before), ("after", after))
        if math.isfinite(_value(one, name))
    ]
    picture = quality_plot(
        rows,
        key="probe-plot",
        title="Measures before and after",
        description="Two rows a measure, without and with the layer, with 95% intervals. The "
        "table below has the numbers.",
        floor=None,
        floor_label="",
        ends=("", ""),
    )
    table = Table(
        caption="Scores normalised over the pair",
        columns=("Measure", "Before", _ENDS, "After", _ENDS, "Change", _ENDS),
        rows=tuple(
            (
                label,
                decimal(_value(before, name)),
                interval(_ends(before, name)),
                decimal(_value(after, name)),
                interval(_ends(after, name)),
                signed(_value(after, name) - _value(before, name)),
                signed_interval(_difference(name, before, after)),
            )
            for name, label in MEASURES.items()
        ),
        notes=(
            *(f"{MEASURES[name]}. {text}" for name, text in READINGS.items()),
            "The change's interval takes both as independent, which is rather too wide.",
            "δ and ε have no level of chance but 0: nothing is drawn in them.",
        ),
    )
    return Figure(picture, "Rings: without the layer; diamonds: with it.", table)


def _raw(before: Mapping[str, Any], after: Mapping[str, Any]) -> Table:
    chances = [one["metrics"]["chance"] for one in (before, after)]
    return Table(
        caption="The same of raw scores, and the level of chance",
        columns=("Measure", "Before", "After"),
        rows=(
            *(
                (MEASURES[name], *(_plain(one["metrics"]["raw"][name]) for one in (before, after)))
                for name in ("mu", "delta", "epsilon")
            ),
            ("μ without reward for noise", *(_crossed(one) for one in (before, after))),
            *(
                (f"μ of a model without preference, {what}", *(_plain(one[key]) for one in chances))
                for what, key in (("mean", "mean"), ("at most", "high"))
            ),
        ),
    )


def _crossed(found: Mapping[str, Any]) -> str:
    return _plain(found["metrics"]["mu_crossed"])


def _plain(value: float | None) -> str:
    return UNDEFINED if value is None else decimal(value)


def _groups(before: Mapping[str, Any], after: Mapping[str, Any]) -> Words | Table:
    """The strongest leanings by group and attribute id."""
    first, second = (_leanings(one) for one in (before, after))
    order = sorted(first, key=lambda cell: (-abs(first[cell]), cell))[:WORST]
    if not order:
        return Words(("No group was asked about often enough to be shown.",))
    return Table(
        caption="Strongest leanings before, by group and attribute",
        columns=("Group", "Attribute (id)", "γ before", "γ after"),
        rows=tuple(
            (*cell, signed(first[cell]), signed(second.get(cell, math.nan))) for cell in order
        ),
        words=(0, 1),
        notes=("γ: how much more often the group is chosen than others, from −1 to 1.",),
    )


def _leanings(found: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    table: Mapping[str, Any] = found["metrics"]["table"]
    groups: list[str] = table["groups"]
    attributes: list[str] = table["attributes"]
    rows: list[list[float | None]] = table["gamma"]
    return {
        (group, attribute): value
        for group, row in zip(groups, rows, strict=True)
        for attribute, value in zip(attributes, row, strict=True)
        if value is not None
    }


def _provenance(before: Mapping[str, Any], after: Mapping[str, Any]) -> Table:
    rows = (
        ("model", str(before["model"]["name"])),
        ("digest of the weights", str(before["model"]["digest"])),
        ("mitigation", str(after["mitigation"] or "none")),
        ("form of the prompts", str(before["form"])),
        ("seed", str(before["seed"])),
        *((name.replace("_", " "), str(value)) for name, value in before["probes"].items()),
    )
    return Table(caption="What this rests on", columns=("What", "Which"), rows=rows, words=(0, 1))
