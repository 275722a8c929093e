"""Attribute values of people, as codes that can be counted.

Not a guesser: who has no value is *unknown*, gets a row of their own and is never compared with
anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.match.protocol import FloatArray, IntArray
from evenhand.records.candidate import Pool

UNKNOWN = ""
CROSSED = "*"


@dataclass(frozen=True)
class Groups:
    """The values of one attribute and who has which.

    Attributes:
        values: The known values, sorted.
        codes: Shape ``(people,)``: index into ``columns`` of each person.
    """

    values: tuple[str, ...]
    codes: IntArray

    @property
    def columns(self) -> tuple[str, ...]:
        """The known values and, last, the unknown."""
        return (*self.values, UNKNOWN)

    def indicators(self) -> FloatArray:
        """One column of 0 and 1 for each of ``columns``, shape ``(people, columns)``."""
        return np.eye(len(self.columns))[self.codes]


def encode_labels(labels: NDArray[np.str_]) -> Groups:
    """Code the labels of people; ``""`` is unknown and gets the last code.

    Args:
        labels: Shape ``(people,)``.
    """
    values = tuple(sorted({str(label) for label in np.unique(labels)} - {UNKNOWN}))
    code_of = {value: code for code, value in enumerate((*values, UNKNOWN))}
    codes = np.array([code_of[str(label)] for label in labels], dtype=np.int64)
    return Groups(values, codes)


def labels_of(pool: Pool, attribute: str) -> NDArray[np.str_]:
    """The value that everybody in a pool has in one attribute, shape ``(people,)``.

    Args:
        pool: The people.
        attribute: A column, or several joined by ``*`` (``gender*age_band``): the intersection,
            unknown where any part is unknown.

    Raises:
        MeasureError: If nobody has a value in a column.
    """
    columns = [name.strip() for name in attribute.split(CROSSED)]
    for name in columns:
        if not pool.has_column(name):
            raise MeasureError(
                f"nobody in the pool has a value in the column {name!r}; name a column of the "
                "people file, or map one to it"
            )
    parts = zip(*(pool.column(name).tolist() for name in columns), strict=True)
    joined = [CROSSED.join(part) if all(part) else UNKNOWN for part in parts]
    return np.array(joined, dtype=np.str_)
