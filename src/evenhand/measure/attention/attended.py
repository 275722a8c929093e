"""Attention by group set against what the group brings: the ratio behind parity, treatment, impact.

Formula: ``(A_g / B_g) / (A_r / B_r)`` in one ad; A sums what the places of a group's people are
worth, B what the group brings (its qualified people, or its relevance). Over ads it is R
(``mantel_haenszel``) with A for people shown and B for people in the pool, so that ads where one
side brings nothing drop out.
Range: 0 to infinity, 1 is parity. Undefined: NaN with a reason where no ad has both sides bringing
something, or the reference gets no attention.

Not a measure: ``measure.exposure``, ``treatment`` and ``impact`` say what A and B are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.bootstrap import ResampleWeights
from evenhand.measure.labels import Groups, encode_labels
from evenhand.measure.mantel_haenszel import (
    Contrast,
    Ratio,
    Sides,
    corrected_log_ratio,
    stratified_ratio,
    stratum_terms,
)
from evenhand.measure.quality import Relevance
from evenhand.measure.selection import check_labels, qualified_hits, top_positions

_CELLS = 4_000_000
"""Most numbers of one chunk's gathered weights: 32 MB."""


@dataclass(frozen=True)
class Attended:
    """Who is attended to and what everybody brings.

    Attributes:
        positions: Shape ``(jobs, k)``: people shown; 0 where padded.
        worth: Shape ``(jobs, k)``: what each place adds to A; 0 where nobody counts.
        brought: Shape ``(jobs, people)``: what everybody adds to B.
        groups: Labels of the people.
        nothing: What to say where nobody brings anything.
    """

    positions: IntArray
    worth: FloatArray
    brought: FloatArray
    groups: Groups
    nothing: str

    def sums(self) -> tuple[FloatArray, FloatArray]:
        """A and B of every ad and group, each of shape ``(jobs, groups)``."""
        members = self.groups.indicators()
        gained = np.einsum("jk,jkg->jg", self.worth, members[self.positions])
        return gained, self.brought @ members

    def ratio(self, contrast: Contrast, jobs: BoolArray | None = None) -> Ratio:
        """The ratio of one contrast over ads.

        Args:
            contrast: The sides.
            jobs: Mask of the ads to sum over; all of them by default.

        Raises:
            MeasureError: If the contrast names a group that isn't there.
        """
        found = stratified_ratio(*self.sums(), self.groups.columns, contrast, jobs)
        if np.isnan(found.corrected_log):
            return replace(found, reason=f"{self.nothing} on both sides of {contrast}")
        return found


def attend(
    rankings: Rankings,
    counted: BoolArray,
    worth: FloatArray,
    brought: Relevance,
    labels: NDArray[np.str_],
    nothing: str,
) -> Attended:
    """Lay out lists for sums of attention.

    Args:
        rankings: The lists.
        counted: Shape ``(jobs, people)``: whose attention counts.
        worth: Of places 1 to k (shape ``(k,)``), or of each ad's places (``(jobs, k)``).
        brought: Shape ``(jobs, people)``.
        labels: Shape ``(people,)``; ``""`` where unknown.
        nothing: What to say where nobody brings anything.

    Raises:
        MeasureError: If the shapes don't belong together, the lists are too short, or somebody
            brings less than nothing.
    """
    check_labels(labels, len(rankings.candidate_ids))
    k = worth.shape[-1]
    hits = qualified_hits(rankings, counted, k)
    if brought.shape != counted.shape or bool((brought < 0).any()):
        raise MeasureError(
            f"relevance must be 0 or more and of shape {counted.shape}, one number an ad and "
            f"person; it has shape {brought.shape}"
        )
    positions = np.where(hits, top_positions(rankings, k), 0)
    gains = np.broadcast_to(worth[..., : hits.shape[1]], hits.shape) * hits
    return Attended(positions, gains, brought.astype(np.float64), encode_labels(labels), nothing)


def resampled_logs(
    attended: Attended, weights: ResampleWeights, sides: Sides, scopes: BoolArray
) -> FloatArray:
    """Corrected logs of the ratios under other people and ads.

    Args:
        attended: The lists.
        weights: Of the two-way bootstrap.
        sides: The contrasts.
        scopes: Shape ``(jobs, scopes)``.

    Returns:
        Shape ``(resamples, contrasts, scopes)``.
    """
    members = attended.groups.indicators()
    shown = (members[attended.positions] * attended.worth[:, :, None]).transpose(0, 2, 1)
    bringing = [attended.brought.T * column[:, None] for column in members.T]
    step = max(1, _CELLS // max(1, attended.positions.size))
    logs: list[FloatArray] = []
    for start in range(0, weights.resamples, step):
        people = weights.people[start : start + step].astype(np.float64)
        gained = (shown @ np.ascontiguousarray(people.T)[attended.positions]).transpose(2, 0, 1)
        brought = np.stack([people @ part for part in bringing], axis=2)
        ads = weights.ads[start : start + step].astype(np.float64)
        logs.append(_logs(gained, brought, sides, ads[:, :, None] * scopes))
    return np.concatenate(logs)


def relabelled_logs(
    attended: Attended, codes: NDArray[np.integer], sides: Sides, scopes: BoolArray
) -> FloatArray:
    """Corrected logs of the ratios under other labels, shape ``(shuffles, contrasts, scopes)``.

    Args:
        attended: The lists.
        codes: Shape ``(shuffles, people)``.
        sides: The contrasts.
        scopes: Shape ``(jobs, scopes)``.
    """
    columns = range(len(attended.groups.columns))
    brought_by = attended.brought.T
    step = max(1, _CELLS // max(1, attended.positions.size))
    logs: list[FloatArray] = []
    for start in range(0, len(codes), step):
        chunk = codes[start : start + step]
        shown = chunk[:, attended.positions]
        gained = [np.einsum("bjk,jk->bj", shown == code, attended.worth) for code in columns]
        brought = [(chunk == code).astype(np.float64) @ brought_by for code in columns]
        sums = np.stack(gained, axis=2), np.stack(brought, axis=2)
        logs.append(_logs(*sums, sides, scopes[None].astype(np.float64)))
    return np.concatenate(logs)


def _logs(gained: FloatArray, brought: FloatArray, sides: Sides, ads: FloatArray) -> FloatArray:
    """Corrected logs of amounts ``(resamples, jobs, groups)`` summed over weighted ads."""
    terms = stratum_terms(gained, brought, sides)
    return corrected_log_ratio(terms.transpose(0, 1, 3, 2) @ ads)
