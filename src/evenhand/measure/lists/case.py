"""What all figures of one attribute and cut share, and the state of having nothing to compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import BoolArray, Rankings
from evenhand.measure.bootstrap import ResampleWeights
from evenhand.measure.estimates import Scopes, make_scopes
from evenhand.measure.figure import Figure
from evenhand.measure.labels import Groups
from evenhand.measure.mantel_haenszel import Contrast

SHUFFLES = 200
"""Most shuffles that measures are recomputed for."""


@dataclass(frozen=True)
class Case:
    """Lists, labels, comparisons and luck of one attribute."""

    rankings: Rankings
    qualified: BoolArray
    labels: NDArray[np.str_]
    k: int
    groups: Groups
    contrasts: tuple[Contrast, ...]
    scopes: Scopes
    weights: ResampleWeights
    null_codes: NDArray[np.int16]
    attribute: str

    def figure(self, measure: str, value: float = float("nan")) -> Figure:
        """A figure of this attribute and cut."""
        return Figure(measure, value, self.attribute, variant=f"top {self.k}")


def scopes_of(groups_of_jobs: Sequence[str], by_scope: bool) -> Scopes:
    """All ads and, if asked for, every group of ads."""
    scopes = make_scopes(groups_of_jobs)
    return scopes if by_scope else Scopes(scopes.names[:1], scopes.membership[:, :1])


def not_comparable(
    measures: Sequence[str], attribute: str, values: tuple[str, ...]
) -> list[Figure]:
    """One figure a measure that says why an attribute's groups can't be compared."""
    known = f"the only known value is {values[0]}" if values else "nobody's value is known"
    reason = f"groups can't be compared: {known}"
    return [Figure(measure, float("nan"), attribute, reason=reason) for measure in measures]
