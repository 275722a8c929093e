"""Contrasts: which groups of people are compared, and how a comparison is a weight over people.

A contrast of two groups is the mean score of one minus the mean score of the other: a vector over
people, so that everything a reward is made of is linear in an engine's scores. Not an estimate
(``gap``) and not a remedy for small groups (``shrinkage``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import ConfigError, MeasureError
from evenhand.match.protocol import FloatArray, IntArray
from evenhand.measure.labels import labels_of as measured_labels
from evenhand.records.candidate import Pool

MOST_VALUES = 50
"""An attribute with more values than this is no grouping (an id, free text)."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """People with one value of an attribute against others.

    Attributes:
        attribute: A column of the people, or several joined by ``*`` (an intersection).
        value: The value whose people count as plus.
        other: The value whose people count as minus; None for everybody else whose value is known.
    """

    attribute: str
    value: str
    other: str | None

    @property
    def name(self) -> str:
        """What reports call it, such as ``gender: female - male``."""
        return f"{self.attribute}: {self.value} - {'rest' if self.other is None else self.other}"


def labels_of(pool: Pool, attribute: str) -> NDArray[np.str_]:
    """One value a person, shape ``(people,)``; ``""`` where any part of it is unknown.

    Args:
        pool: The people.
        attribute: A column, or columns joined by ``*`` for their intersection.

    Raises:
        ConfigError: Nobody has a value in a column.
    """
    try:
        return measured_labels(pool, attribute)
    except MeasureError as cause:
        raise ConfigError(f"reward.attributes: {cause}") from cause


def contrasts_of(pool: Pool, attributes: Sequence[str]) -> list[Contrast]:
    """The contrasts of some attributes, in a fixed order.

    Two values give one contrast, the first in sorted order minus the other; more give one each
    against the rest.

    Raises:
        ConfigError: An attribute is unknown, has one value only, or far too many.
    """
    return [contrast for name in attributes for contrast in _contrasts(name, labels_of(pool, name))]


def _contrasts(attribute: str, labels: NDArray[np.str_]) -> list[Contrast]:
    values = sorted({str(value) for value in labels} - {""})
    if len(values) < 2:
        raise ConfigError(
            f"everybody in the pool has the same {attribute!r} ({values}); there are no groups to "
            "compare: take it out of reward.attributes"
        )
    if len(values) > MOST_VALUES:
        raise ConfigError(
            f"{attribute!r} has {len(values)} values, more than {MOST_VALUES}; group them into "
            "fewer, or take it out of reward.attributes"
        )
    if len(values) == 2:
        return [Contrast(attribute, values[0], values[1])]
    return [Contrast(attribute, value, None) for value in values]


def sides_of(contrast: Contrast, labels: NDArray[np.str_]) -> IntArray:
    """+1 for people on the plus side, -1 on the minus side, 0 for neither, ``(people,)``."""
    plus = labels == contrast.value
    minus = (labels != "") & ~plus if contrast.other is None else labels == contrast.other
    return plus.astype(np.int64) - minus.astype(np.int64)


def contrast_vector(sides: IntArray, weights: FloatArray) -> FloatArray | None:
    """Weighted mean of the plus side minus weighted mean of the minus side, as weights.

    Args:
        sides: As ``sides_of`` gives them, ``(people,)``.
        weights: How much each person counts, >= 0, ``(people,)``: 1 for qualified people.

    Returns:
        A vector ``c`` over people, so that ``scores @ c`` is the difference of means; None where
        a side has nobody.
    """
    plus, minus = weights * (sides > 0), weights * (sides < 0)
    if not plus.any() or not minus.any():
        return None
    return plus / plus.sum() - minus / minus.sum()
