"""Intersections of group columns: every combination of values, unknown where a part is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce

import numpy as np

from evenhand.errors import RecordError
from evenhand.records.columns import some
from evenhand.records.outcome_columns import Coded
from evenhand.records.rows import Problems

CROSSED = "*"
MOST_CELLS = 10_000
"""Most cells of an intersection."""


def parts_of(attribute: str) -> tuple[str, ...]:
    """The columns that an attribute crosses."""
    return tuple(part.strip() for part in attribute.split(CROSSED))


def refuse_joined(column: Coded, name: str, problems: Problems) -> None:
    """Refuse an attribute of an intersection with a value that holds the joining sign."""
    joined = [value for value in column.values if CROSSED in value]
    if joined:
        problems.fail(
            f"the value {some(joined[:1])} holds a *, which joins the values of an intersection; "
            "write it otherwise",
            field=name,
        )


def crossed(columns: Sequence[Coded], attribute: str, path: str) -> Coded:
    """The intersection of columns; one column is itself.

    Raises:
        RecordError: For more than 10,000 cells.
    """
    cells = math.prod(len(column.values) for column in columns)
    if len(columns) > 1 and cells > MOST_CELLS:
        raise RecordError(
            f"the intersection has {cells} cells, more than {MOST_CELLS}; merge values or name "
            "attributes with fewer",
            path=path,
            field=attribute,
        )
    return reduce(_cross, columns)


def _cross(first: Coded, second: Coded) -> Coded:
    """Two columns as one; values sorted as they read when joined."""
    joined = [f"{one}{CROSSED}{other}" for one in first.values for other in second.values]
    order = sorted(range(len(joined)), key=joined.__getitem__)
    code_of = np.empty(len(joined) + 1, dtype=np.int32)
    code_of[order] = np.arange(len(joined), dtype=np.int32)
    code_of[-1] = len(joined)
    known = (first.codes < first.unknown) & (second.codes < second.unknown)
    position = first.codes.astype(np.int64) * second.unknown + second.codes
    codes = code_of[np.where(known, position, len(joined))]
    return Coded(tuple(joined[at] for at in order), codes)
