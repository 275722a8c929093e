"""Two probes of one kind, before and after a mitigation, as a page.

Probe texts can offend and aren't in it: templates and attributes go by id, groups by name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from evenhand.audit.numbers import UNDEFINED, decimal, interval, percent, signed
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
        f"templates: {before['source']}; without and with a mitigation layer",
        notice="",
        tiles=tuple(_tile(name, before, after) for name in MEASURES),
        sections=sections,
        version=version("evenhand"),
    )
    return render(page)


def sentences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """What changed, one sentence a measure."""
    said: list[str] = []
    for name in ("mu", "delta", "epsilon"):
        a, b = (_value(one, name) for one in (before, after))
        said.append(f"{MEASURES[name]}: {decimal(a)} to {decimal(b)}{_change(a, b)}.")
    a, b = (_value(one, "subject_mass") for one in (before, after))
    kept = percent(b / a) if a > 0 else UNDEFINED
    said.append(f"The subjects keep {kept} of their probability ({decimal(a)} to {decimal(b)}).")
    chance = after["metrics"]["chance"]
    if chance["high"] is not None and _value(after, "mu") <= chance["high"]:
        said.append(
            "The remaining intensity is within what a model without preference would show on "
            f"these probes (up to {decimal(chance['high'])})."
        )
    return tuple(said)


def _change(before: float, after: float) -> str:
    """How much less or more, where that can be said."""
    if not before > 0 or not math.isfinite(after):
        return ""
    share = after / before - 1
    return f" ({percent(abs(share))} {'more' if share > 0 else 'less'})"


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
        columns=("Measure", "Before", "95% interval", "After", "95% interval", "Difference"),
        rows=tuple(
            (
                label,
                decimal(_value(before, name)),
                interval(_ends(before, name)),
                decimal(_value(after, name)),
                interval(_ends(after, name)),
                signed(_value(after, name) - _value(before, name)),
            )
            for name, label in MEASURES.items()
        ),
        notes=tuple(f"{MEASURES[name]}. {text}" for name, text in READINGS.items()),
    )
    return Figure(picture, "Rings: without the layer; diamonds: with it.", table)


def _raw(before: Mapping[str, Any], after: Mapping[str, Any]) -> Table:
    chance = after["metrics"]["chance"]
    return Table(
        caption="The same of raw scores, and the level of chance",
        columns=("Measure", "Before", "After"),
        rows=(
            *(
                (MEASURES[name], *(_plain(one["metrics"]["raw"][name]) for one in (before, after)))
                for name in ("mu", "delta", "epsilon")
            ),
            ("μ without reward for noise", *(_crossed(one) for one in (before, after))),
            ("μ of a model without preference, at most", UNDEFINED, _plain(chance["high"])),
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
