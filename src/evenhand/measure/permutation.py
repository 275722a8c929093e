"""The permutation null: what chance alone does to R in these very lists.

Labels are shuffled among people who are qualified for exactly the same ads (the qualified pool of
an occupation; with judgements that overlap in part, everybody with the same pattern of judgements)
and one shuffled label serves all ads. So the size and composition of every pool stay as they are,
people who come back in many lists still do, and only the tie between label and place is broken.
People of unknown value keep it.

p-value: ``(1 + #{|log R*| >= |log R|}) / (B + 1)``, two-sided, with the corrected log. Range:
``1/(B + 1)`` to 1. Undefined: NaN where R can't be corrected. People who share their pattern with
nobody of another value can't be shuffled; ``movable_share`` says how many can.
Source: Phipson and Smyth 2010 (the +1); Good 2005 (stratified permutation).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import BoolArray, FloatArray, IntArray
from evenhand.measure.labels import Groups
from evenhand.measure.recount import Lists, distinct_rows, relabelled_counts

_TIE = 1e-12
"""Differences of logs below this are rounding."""


def permutation_strata(qualified: BoolArray, groups: Groups) -> list[IntArray]:
    """The sets of people among whom labels are exchangeable.

    Args:
        qualified: Shape ``(jobs, people)``.
        groups: Labels of the people.

    Returns:
        Positions of people of known value with the same qualification pattern, one array a
        pattern; patterns whose people all have the same value are left out.
    """
    candidates = np.flatnonzero(qualified.any(axis=0) & (groups.codes < len(groups.values)))
    _, pattern = distinct_rows(np.ascontiguousarray(qualified[:, candidates].T))
    order = np.argsort(pattern, kind="stable")
    breaks = np.flatnonzero(np.diff(pattern[order])) + 1
    strata = np.split(candidates[order], breaks)
    return [people for people in strata if len(np.unique(groups.codes[people])) > 1]


def movable_share(qualified: BoolArray, groups: Groups) -> float:
    """Share of the qualified people of known value whose label can be shuffled; NaN for none."""
    known = qualified.any(axis=0) & (groups.codes < len(groups.values))
    movable = sum(len(people) for people in permutation_strata(qualified, groups))
    return movable / int(known.sum()) if known.any() else float("nan")


def permuted_codes(
    groups: Groups, strata: list[IntArray], permutations: int, seed: int
) -> NDArray[np.int16]:
    """Labels shuffled within strata, shape ``(permutations, people)``.

    The same codes serve every system and every cut, which makes their nulls comparable.

    Raises:
        MeasureError: If fewer than one permutation is asked for.
    """
    if permutations < 1:
        raise MeasureError(f"{permutations} permutations can't give a null; use 1 or more")
    rng = np.random.default_rng([seed, 2])
    codes = np.tile(groups.codes.astype(np.int16), (permutations, 1))
    for people in strata:
        codes[:, people] = rng.permuted(codes[:, people], axis=1)
    return codes


def permuted_counts(lists: Lists, codes: NDArray[np.int16]) -> Iterator[FloatArray]:
    """Selected counts under shuffled labels, a chunk of permutations at a time.

    The pool counts don't change.

    Args:
        lists: The lists.
        codes: What ``permuted_codes`` gave.

    Yields:
        Shape ``(chunk, jobs, groups)``.
    """
    step = lists.chunk_size()
    for start in range(0, len(codes), step):
        yield relabelled_counts(lists, codes[start : start + step])


def permutation_p(observed: FloatArray, null: FloatArray) -> FloatArray:
    """Two-sided p-values of observed logs.

    Args:
        observed: Shape ``(...)``.
        null: Shape ``(permutations, ...)``.
    """
    extreme = (np.abs(null) >= np.abs(observed) - _TIE).sum(axis=0)
    defined = (~np.isnan(null)).sum(axis=0)
    p = (1.0 + extreme) / (defined + 1.0)
    return np.where(np.isnan(observed) | (defined == 0), np.nan, p)
