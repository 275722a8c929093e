"""The two pictures of a report, each with the table of its numbers beside it.

Not drawing: ``plots`` draws. This file chooses what a row says and which mark it gets.
"""

from __future__ import annotations

import math
from functools import partial

from evenhand.audit.abstention import why_no_figure
from evenhand.audit.evaluation import Evaluation
from evenhand.audit.numbers import decimal, interval, p_value, ratio, ratio_interval
from evenhand.audit.plots import NARROW, PlotRow, Shape, quality_plot, ratio_plot
from evenhand.audit.view import Figure, Table
from evenhand.measure.comparison import ORIGINAL
from evenhand.measure.estimates import OVERALL


def parity_figure(evaluation: Evaluation) -> Figure:
    """R of every system with its interval and null."""
    systems = list(evaluation.comparison.systems)
    first = evaluation.headline(ORIGINAL)
    group = first.group
    reference = "the rest" if first.reference == "(rest)" else first.reference
    draw = partial(
        ratio_plot,
        [_ratio_row(evaluation, name) for name in systems],
        key="parity-plot",
        title=f"R by system: {group} against {reference}",
        description=(
            f"One row a system: R with its 95% interval on a logarithmic axis. The line marks "
            f"parity at 1, the shaded band of a row its null. To the left of the line qualified "
            f"{group} people are shown less often than qualified {reference} people, to the right "
            "more often. The table below has the numbers."
        ),
        ends=(f"{group} shown less often", f"{group} shown more often"),
    )
    return Figure(
        draw(),
        "Marks with lines: R and its 95% interval (bootstrap over people and ads). Shaded band: "
        "where 95% of R would lie if the labels were shuffled among equally qualified people. "
        "Ring: the original; diamond: the system in question; triangle: the one it must beat.",
        parity_table(evaluation),
        draw(room=NARROW),
        table_in="parity",
    )


def parity_table(evaluation: Evaluation) -> Table:
    """The numbers of ``parity_figure``."""
    systems, beside = list(evaluation.comparison.systems), evaluation.protocol.also_top
    rows: list[tuple[str, ...]] = []
    for name in systems:
        measures = evaluation.comparison.systems[name]
        estimate = evaluation.headline(name).ratio
        macro = measures.contrast(evaluation.attribute, scope="macro").ratio
        cells = [
            name,
            ratio(estimate.value),
            ratio_interval(estimate.interval),
            ratio_interval(estimate.null_interval),
            p_value(estimate.p_value),
            ratio(macro.value),
        ]
        if beside in measures.attributes[evaluation.attribute].cuts:
            cells.append(ratio(evaluation.headline(name, top=beside).ratio.value))
        rows.append(tuple(cells))
    columns = ("System", "R", "95% interval", "Null, 95%", "p", "Macro R")
    if rows and len(rows[0]) > len(columns):
        columns = (*columns, f"R, top {beside}")
    first = evaluation.headline(ORIGINAL)
    least = evaluation.protocol.min_group
    reasons = {why_no_figure(evaluation.headline(name), least) for name in systems} - {""}
    return Table(
        caption=f"R by system: {first.group} against {first.reference.strip('()')}, "
        f"top {evaluation.protocol.top}",
        columns=columns,
        rows=tuple(rows),
        strong=frozenset({evaluation.focus or ""}),
        notes=(
            "p: how often shuffled labels are at least as far from parity. Macro R: the geometric "
            "mean over the groups of ads that can be judged.",
            *sorted(reasons),
        ),
    )


def quality_figure(evaluation: Evaluation) -> Figure:
    """NDCG of every system with its interval, and the least that counts as kept."""
    systems = list(evaluation.comparison.systems)
    name = evaluation.quality_name
    shown = name.replace("ndcg", "nDCG")
    averages = {
        system: measures.quality[OVERALL]
        for system, measures in evaluation.comparison.systems.items()
    }
    base, margin = averages[ORIGINAL][name].value, evaluation.comparison.margins.ndcg
    floor = base - margin if math.isfinite(base) else None
    draw = partial(
        quality_plot,
        [
            PlotRow(
                name=system,
                value=_defined(averages[system][name].value),
                interval=_ends(averages[system][name].interval),
                shape=_shape(evaluation, system),
                note=f"{decimal(averages[system][name].value)}  "
                f"({interval(averages[system][name].interval)})",
            )
            for system in systems
        ],
        key="quality-plot",
        title=f"{shown} by system",
        description=f"One row a system: mean {shown} with its 95% interval. The dashed line "
        f"lies {margin:g} below the original. The table below has the numbers.",
        floor=floor,
        floor_label=f"original − {margin:g}",
    )
    return Figure(
        draw(),
        f"Mean {shown} over ads with its 95% interval (bootstrap over ads). Intervals of single "
        "systems overlap because ads differ; whether quality was kept is judged on the paired "
        "difference, below.",
        quality_table(evaluation),
        draw(room=NARROW),
        table_in="quality",
    )


def quality_table(evaluation: Evaluation) -> Table:
    """The numbers of ``quality_figure``."""
    name, top = evaluation.quality_name, evaluation.protocol.top
    found = {
        system: measures.quality[OVERALL]
        for system, measures in evaluation.comparison.systems.items()
    }
    return Table(
        caption="Ranking quality by system, overall",
        columns=("System", name.replace("ndcg", "nDCG"), "95% interval", "MRR", f"Recall@{top}"),
        rows=tuple(
            (
                system,
                decimal(values[name].value),
                interval(values[name].interval),
                decimal(values["mrr"].value),
                decimal(values[f"recall@{top}"].value),
            )
            for system, values in found.items()
        ),
        strong=frozenset({evaluation.focus or ""}),
    )


def _ratio_row(evaluation: Evaluation, name: str) -> PlotRow:
    estimate = evaluation.headline(name).ratio
    low, high = estimate.null_interval
    return PlotRow(
        name=name,
        value=_defined(estimate.value),
        interval=_ends(estimate.interval),
        null=(low, high) if math.isfinite(low + high) else None,
        shape=_shape(evaluation, name),
        note=f"{ratio(estimate.value)}  ({ratio_interval(estimate.interval)})",
    )


def _shape(evaluation: Evaluation, name: str) -> Shape:
    if name == ORIGINAL:
        return "ring"
    if name == evaluation.focus:
        return "diamond"
    pair = evaluation.primary_pair
    return "triangle" if pair is not None and name == pair.before else "circle"


def _defined(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _ends(ends: tuple[float, float]) -> tuple[float | None, float | None]:
    return _defined(ends[0]), _defined(ends[1])
