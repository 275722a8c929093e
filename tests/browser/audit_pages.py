"""Pages of audits and comparisons of made-up data, and a page of pictures hard to draw."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
from markupsafe import Markup

from evenhand.audit.rates import AuditSettings
from evenhand.config.schema import MatcherConfig
from evenhand.records.market import write_market
from evenhand.report.page import Figure, Page, Section, Table, render
from evenhand.report.pages.comparison import render_comparison
from evenhand.report.plots import Curve, PlotRow, Spread, curve_plot, ratio_plot, spread_plot
from evenhand.verbs.audit import audit
from evenhand.verbs.compare import compare
from evenhand.verbs.inputs import AuditInputs, Inputs

RACES = ("Asian", "Black or African American", "Hispanic or Latino", "White", "Two or more")
FOURTEEN = (0.16, 0.17, 0.15, 0.42, 0.05, 0.03, 0.02)
SHARES = (0.15, 0.2, 0.2, 0.43, 0.02)
LONG = "People from somewhere rather far away No"
"""A name of forty letters; a number makes it one of many."""
UNBROKEN = "a_name_without_any_blank_at_all_in_it"
SCORES = {
    "same": (5.0,) * 5,
    "negative": (-9.0, -3.0, -1.0, 0.0, 2.0),
    "huge": (1e6, 2e6, 3e6, 4e6, 9e6),
}


def write_outcomes(path: Path, *, seed: int, women: float) -> Path:
    """People assessed; of the women such a share is selected, of the others four in ten."""
    rng = np.random.default_rng(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "sex", "race", "selected", "score", "period"))
        for person in range(600):
            sex = ("female", "male", "unknown")[rng.choice(3, p=(0.45, 0.5, 0.05))]
            race = RACES[rng.choice(len(RACES), p=SHARES)]
            chosen = int(rng.random() < (women if sex == "female" else 0.4))
            score = round(50 + 10 * chosen + 8 * rng.standard_normal(), 1)
            rows.writerow((f"p{person}", sex, race, chosen, score, 2025 + person % 2))
    return path


def audit_of_fourteen(path: Path, out: Path) -> None:
    """An audit of two sexes by seven races, selected and scored."""
    rng = np.random.default_rng(3)
    races = (*RACES, "Native American", "Native Hawaiian or Pacific Islander")
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("sex", "race", "selected", "score"))
        for person in range(3000):
            sex, race = ("Female", "Male")[person % 2], races[rng.choice(7, p=FOURTEEN)]
            chosen = int(rng.random() < (0.4 if person % 2 else 0.3))
            rows.writerow((sex, race, chosen, round(50 + 5 * chosen + 8 * rng.normal(), 1)))
    settings = AuditSettings(("sex", "race", "sex*race"), resamples=60, permutations=300)
    audit(AuditInputs(outcomes=path), settings, command=["audit"], out=out)


def audit_people(folder: Path, *, seed: int, women: float) -> Path:
    """The folder of an audit of people assessed."""
    folder.mkdir()
    given = AuditInputs(outcomes=write_outcomes(folder / "given.csv", seed=seed, women=women))
    settings = AuditSettings(("sex", "race", "sex*race"), resamples=60, permutations=300)
    audit(given, settings, title="Who was selected", command=["audit"], out=folder / "audit")
    return folder / "audit"


def audit_lists(folder: Path, *, top: int) -> Path:
    """The folder of an audit of a part of the bundled market."""
    write_market(folder)
    for name, step in (("jobs", 8), ("people", 4)):
        path = folder / f"{name}.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[::step]), encoding="utf-8")
    given = AuditInputs(
        inputs=Inputs(folder / "jobs.jsonl", folder / "people.jsonl"),
        matcher=MatcherConfig(name="lexical", top=top),
    )
    settings = AuditSettings(
        ("gender",), top=top, also_top=None, resamples=40, permutations=200, shuffles=10
    )
    audit(given, settings, title="Whom the engine shows", command=["audit"], out=folder / "audit")
    return folder / "audit"


def comparison(before: Path, after: Path) -> str:
    """The page of a comparison."""
    return render_comparison(compare(before, after))


def gallery() -> str:
    """Pictures of many groups, long names, far ratios, ends that coincide, scores of any size."""
    pictures = [_ratios(count) for count in (1, 2, 16)] + [_far_ratios()]
    pictures += [_curves(count) for count in (1, 2, 7, 16)]
    pictures += [_spreads(name, values) for name, values in SCORES.items()]
    sections = tuple(
        Section(f"s{index}", f"Picture {index}", (each,)) for index, each in enumerate(pictures)
    )
    return render(Page("Pictures", "Hard to draw", "", (), sections, "0"))


def _figure(picture: Markup, name: str) -> Figure:
    table = Table(f"Numbers of {name}", ("Group", "Value"), (("a", "1"),))
    return Figure(picture, f"About {name}.", table)


def _ratios(groups: int) -> Figure:
    rows = [
        PlotRow(f"{LONG}{index}", 0.5 + index / 10, (0.4, 2.5), note="0.50 (0.40 to 2.50)")
        for index in range(groups)
    ]
    return _drawn_ratios(f"{groups} ratios", rows)


def _far_ratios() -> Figure:
    rows = [
        PlotRow("low", 0.02, (None, 0.05), shape="hollow-diamond", note="0.020 (0.003 to 0.05)"),
        PlotRow(UNBROKEN, 30.0, (10.0, None), note="30.00 (10.00 to 130.00)"),
        PlotRow("W" * 40, 1.0, note="highest rate"),
    ]
    return _drawn_ratios("far ratios", rows)


def _drawn_ratios(name: str, rows: list[PlotRow]) -> Figure:
    return _figure(
        ratio_plot(
            rows, key=name, title=name, description="-", ends=("lower rate", "higher rate"),
            threshold=(0.8, "four-fifths"),
        ),
        name,
    )  # fmt: skip


def _curves(groups: int) -> Figure:
    """Lines whose ends nearly coincide, with long names."""
    curves = [
        Curve(
            f"{LONG}{index}" if index % 2 else f"group {index}",
            (math.nan, 30.0, *(1 + (index + 1) / place / 4 for place in range(3, 101))),
        )
        for index in range(groups)
    ]
    name = f"{groups} lines"
    return _figure(curve_plot(curves, key=name, title=name, description="-"), name)


def _spreads(name: str, values: tuple[float, ...]) -> Figure:
    low, left, middle, right, high = values
    spreads = [
        Spread(group, (low, left, middle, right, high), f"median {middle:,.2f}")
        for group in ("a", f"{LONG}1")
    ]
    return _figure(
        spread_plot(spreads, median=middle, key=f"s-{name}", title=name, description="-"),
        f"scores, {name}",
    )
