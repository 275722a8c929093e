"""Measures of parity and ranking quality, with intervals and nulls; numpy only.

``measure_rankings`` and ``compare_rankings`` are the front doors; one file holds one measure.
Names are loaded when they are first used, but for functions whose module has the same name.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from evenhand.measure.holm import holm
from evenhand.measure.ndkl import ndkl
from evenhand.measure.skew import skew

if TYPE_CHECKING:
    from evenhand.measure.bootstrap import ResampleWeights, draw_weights
    from evenhand.measure.comparison import Comparison, compare_rankings
    from evenhand.measure.estimates import (
        MACRO,
        OVERALL,
        Estimate,
        RatioTable,
        estimate_ratios,
        make_design,
        ratio_table,
    )
    from evenhand.measure.exposure import count_exposure, exposure_ratio
    from evenhand.measure.impact_ratio_paper import chance_level, paper_ratios
    from evenhand.measure.labels import labels_of
    from evenhand.measure.mantel_haenszel import (
        REST,
        Contrast,
        Ratio,
        by_job_group,
        contrasts_of,
        macro_ratio,
        mantel_haenszel,
    )
    from evenhand.measure.paired import Margins
    from evenhand.measure.quality import ndcg, precision, recall, reciprocal_rank
    from evenhand.measure.results import Measures
    from evenhand.measure.rows import Rows
    from evenhand.measure.selection import Selection, count_selection
    from evenhand.measure.summary import measure_rankings

__all__ = [
    "MACRO",
    "OVERALL",
    "REST",
    "Comparison",
    "Contrast",
    "Estimate",
    "Margins",
    "Measures",
    "Ratio",
    "RatioTable",
    "ResampleWeights",
    "Rows",
    "Selection",
    "by_job_group",
    "chance_level",
    "compare_rankings",
    "contrasts_of",
    "count_exposure",
    "count_selection",
    "draw_weights",
    "estimate_ratios",
    "exposure_ratio",
    "holm",
    "labels_of",
    "macro_ratio",
    "make_design",
    "mantel_haenszel",
    "measure_rankings",
    "ndcg",
    "ndkl",
    "paper_ratios",
    "precision",
    "ratio_table",
    "recall",
    "reciprocal_rank",
    "skew",
]

_HOMES = {
    "Comparison": "comparison",
    "Contrast": "mantel_haenszel",
    "Estimate": "estimates",
    "MACRO": "estimates",
    "Margins": "paired",
    "Measures": "results",
    "OVERALL": "estimates",
    "REST": "mantel_haenszel",
    "Ratio": "mantel_haenszel",
    "RatioTable": "estimates",
    "ResampleWeights": "bootstrap",
    "Rows": "rows",
    "Selection": "selection",
    "by_job_group": "mantel_haenszel",
    "chance_level": "impact_ratio_paper",
    "compare_rankings": "comparison",
    "contrasts_of": "mantel_haenszel",
    "count_exposure": "exposure",
    "count_selection": "selection",
    "draw_weights": "bootstrap",
    "estimate_ratios": "estimates",
    "exposure_ratio": "exposure",
    "labels_of": "labels",
    "macro_ratio": "mantel_haenszel",
    "make_design": "estimates",
    "mantel_haenszel": "mantel_haenszel",
    "measure_rankings": "summary",
    "ndcg": "quality",
    "paper_ratios": "impact_ratio_paper",
    "precision": "quality",
    "ratio_table": "estimates",
    "recall": "quality",
    "reciprocal_rank": "quality",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
