"""Rows of two outcomes files that are about the same person."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from evenhand.records.answers import Coded
from evenhand.records.outcomes import Outcomes
from evenhand.records.texts import Texts


def same_people(before: Outcomes, after: Outcomes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows of two outcomes with the same id, and the same job where both name jobs.

    Periods don't count, for they are what differs. Who stands in a file more than once under
    such a key can't be paired and is left out.

    Returns:
        Positions in ``before`` and in ``after``, pair by pair, in the order of ``before``.
    """
    if before.ids is None or after.ids is None:
        empty = np.empty(0, dtype=np.intp)
        return empty, empty
    codes_before, codes_after = _common_codes(before.ids, after.ids)
    if before.job is not None and after.job is not None:
        values = {v: i for i, v in enumerate(sorted({*before.job.values, *after.job.values}))}
        codes_before = codes_before * (len(values) + 1) + _recoded(before.job, values)
        codes_after = codes_after * (len(values) + 1) + _recoded(after.job, values)
    once_before, once_after = _once(codes_before), _once(codes_after)
    _, left, right = np.intersect1d(
        codes_before[once_before], codes_after[once_after], True, return_indices=True
    )
    order = np.argsort(once_before[left])
    return once_before[left][order], once_after[right][order]


def _common_codes(before: Texts, after: Texts) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    code_of = {text: code for code, text in enumerate(before.distinct)}
    recoded = [code_of.setdefault(text, len(code_of)) for text in after.distinct]
    return before.codes.astype(np.int64), np.array(recoded, dtype=np.int64)[after.codes]


def _recoded(column: Coded, values: Mapping[str, int]) -> NDArray[np.int64]:
    table = np.array([*(values[value] for value in column.values), len(values)], dtype=np.int64)
    return table[column.codes]


def _once(codes: NDArray[np.int64]) -> NDArray[np.intp]:
    """Positions of the codes that stand only once."""
    _, first, counts = np.unique(codes, return_index=True, return_counts=True)
    return np.sort(first[counts == 1])
