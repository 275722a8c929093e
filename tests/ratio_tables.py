"""R from plain arrays, and R of every group of ads one by one: what tests hold tables against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.counts import Labels, Selection
from evenhand.measure.ratio import Contrast, Ratio, mantel_haenszel
from evenhand.measure.resample import ResampleWeights
from evenhand.measure.study import RatioTable, estimate_ratios, make_design


def ratio_table(
    rankings: Rankings,
    qualified: BoolArray,
    labels: Labels,
    groups_of_jobs: Sequence[str],
    weights: ResampleWeights,
    *,
    top: int,
    seed: int,
    min_group: int = 20,
) -> RatioTable:
    """With as many permutations as there are resamples."""
    design = make_design(
        labels,
        qualified,
        groups_of_jobs,
        min_group=min_group,
        permutations=weights.resamples,
        seed=seed,
    )
    return estimate_ratios(design, rankings, top, weights)


def by_job_group(
    selection: Selection, contrast: Contrast, groups_of_jobs: Sequence[str]
) -> dict[str, Ratio]:
    """R of one contrast in every group of ads, by name; ads with an empty group are left out."""
    names = np.array(groups_of_jobs, dtype=np.str_)
    return {
        str(name): mantel_haenszel(selection, contrast, names == name)
        for name in np.unique(names)
        if name
    }
