"""The evaluation as a short table for the terminal.

Not the report: one row a system, and the primary comparison beneath.
"""

from __future__ import annotations

from rich.table import Table

from evenhand.audit.evaluation import Evaluation
from evenhand.audit.numbers import (
    UNDEFINED,
    decimal,
    p_value,
    percent,
    ratio,
    ratio_range,
    signed,
    signed_interval,
)
from evenhand.measure.comparison import ORIGINAL
from evenhand.measure.estimates import OVERALL


def evaluation_table(evaluation: Evaluation) -> Table:
    """One row a system: R, its interval and null, quality, ads changed and edits an ad."""
    first = evaluation.headline(ORIGINAL)
    sides = f"{first.group} against {first.reference.strip('()')}"
    table = Table(
        title=f"R: {sides}, top {evaluation.protocol.top} (1 is parity)",
        title_justify="left",
        caption=_caption(evaluation),
        caption_justify="left",
    )
    table.add_column("system", no_wrap=True)
    quality = evaluation.quality_name.replace("ndcg", "nDCG")
    for heading in ("R", "95%", "null, 95%", quality, "changed", "edits"):
        table.add_column(heading, justify="right")
    for name in evaluation.comparison.systems:
        style = "bold" if name == evaluation.focus else None
        table.add_row(name, *_cells(evaluation, name), style=style)
    return table


def _cells(evaluation: Evaluation, name: str) -> tuple[str, ...]:
    estimate = evaluation.headline(name).ratio
    quality = evaluation.comparison.systems[name].quality[OVERALL][evaluation.quality_name]
    wording = evaluation.wording.get(name)
    words = (UNDEFINED,) * 2
    if wording is not None:
        words = (percent(wording.ads_changed), decimal(wording.edits_per_ad, 2))
    return (
        ratio(estimate.value),
        ratio_range(estimate.interval),
        ratio_range(estimate.null_interval),
        decimal(quality.value),
        *words,
    )


def _caption(evaluation: Evaluation) -> str:
    change, pair = evaluation.comparison.primary, evaluation.primary_pair
    if change is None or pair is None:
        return "No primary comparison: R isn't judged over all ads, or only the original was given."
    return (
        f"Primary: {pair.after} against {pair.before}, change of |log R| {signed(change.change)} "
        f"({signed_interval(change.interval)}, p {p_value(change.p_value)}); below 0 is closer to "
        "parity."
    )
