"""Where nothing may be claimed: the engine, with the ads as they were, shows no detectable gap.

Not the abstention of the reward, which decides on training people before anything is tuned; this
one says what the people of the evaluation can and can't show.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from evenhand.measure.results import ContrastMeasures, Measures


@dataclass(frozen=True, slots=True)
class Abstention:
    """One comparison without a detectable gap.

    Attributes:
        attribute: The attribute.
        group: The group.
        reference: Its reference.
        scope: ``overall`` or a group of ads.
        ratio: R of the original ads; NaN where it is undefined or not judged.
        interval: Its interval; NaN where there is none.
        detectable: The ratio above 1 that could have been told from parity; NaN where unknown.
        reason: Why there is no figure; empty where there is one.
    """

    attribute: str
    group: str
    reference: str
    scope: str
    ratio: float
    interval: tuple[float, float]
    detectable: float
    reason: str


def abstentions(original: Measures) -> tuple[Abstention, ...]:
    """Every comparison at the headline cut whose interval holds parity, or that has none."""
    return tuple(
        _abstention(attribute, scope, contrast, original.min_group)
        for attribute, measured in original.attributes.items()
        for scope, found in measured.cuts[original.top].scopes.items()
        for contrast in found.contrasts
        if not has_gap(contrast)
    )


def has_gap(contrast: ContrastMeasures) -> bool:
    """Whether the interval of R lies on one side of parity."""
    low, high = contrast.ratio.interval
    if math.isnan(low) or math.isnan(high):
        return False
    return low > 1.0 or high < 1.0


def why_no_figure(contrast: ContrastMeasures, min_group: int) -> str:
    """Why R is 0, undefined or withheld; never how many people there are, which may be few."""
    if contrast.judged:
        return contrast.ratio.reason
    return f"not judged: fewer than {min_group} qualified people on one side"


def _abstention(
    attribute: str, scope: str, contrast: ContrastMeasures, min_group: int
) -> Abstention:
    estimate = contrast.ratio
    return Abstention(
        attribute,
        contrast.group,
        contrast.reference,
        scope,
        estimate.value,
        estimate.interval,
        estimate.detectable,
        why_no_figure(contrast, min_group),
    )
