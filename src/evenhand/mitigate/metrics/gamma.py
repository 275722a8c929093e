"""γ and η: how far, and how consistently, a group is preferred for an attribute.

Formula: γ(x, a) = mean over opponents x2 and templates of C(x, x2, a); η(x, a) = mean of sign(C).
Subjects are pooled into their clusters (first names into female and male); a subject without a
cluster is one of its own. An example counts for its first subject with C and for its second with
−C.
Range: −1 to 1, both. γ = 0: not preferred on average; η = ±1: always preferred, or never.
Undefined when: no example has the group and the attribute (NaN there).
Source: Li et al. 2020 (UnQover).
Not comparable between tables of very different sizes: few examples a cell make γ noisy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError
from evenhand.mitigate.metrics.scores import FloatArray
from evenhand.mitigate.probes.types import Example, Subject

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Cells:
    """Where each example stands: whom it compares, on what.

    Attributes:
        groups: Names of the clusters.
        attributes: Ids of the attributes.
        sides: Cluster of the first and second subject, shape ``(examples, 2)``.
        subjects: Number of each subject, shape ``(examples, 2)``; the same one in every pair.
        attribute: Attribute of each example, shape ``(examples,)``.
    """

    groups: tuple[str, ...]
    attributes: tuple[str, ...]
    sides: IntArray
    subjects: IntArray
    attribute: IntArray


@dataclass(frozen=True)
class GammaTable:
    """γ and η of every group and attribute.

    Attributes:
        groups: Names of the rows.
        attributes: Ids of the columns.
        gamma: Shape ``(groups, attributes)``; NaN where no example stands.
        eta: The same, of η.
        counts: How many examples stand in each cell.
    """

    groups: tuple[str, ...]
    attributes: tuple[str, ...]
    gamma: FloatArray
    eta: FloatArray
    counts: IntArray

    def to_json(self) -> dict[str, Any]:
        """Plain data; null where undefined."""
        return {
            "groups": list(self.groups),
            "attributes": list(self.attributes),
            "gamma": plain(self.gamma),
            "eta": plain(self.eta),
            "counts": self.counts.tolist(),
        }


def plain(values: FloatArray) -> list[list[float | None]]:
    """A table as lists, with None for NaN."""
    return [[None if np.isnan(v) else float(v) for v in row] for row in values]


def cells_of(examples: Sequence[Example]) -> Cells:
    """Number the groups, subjects and attributes of examples.

    Raises:
        MeasureError: There are no examples, or an example compares a cluster with itself.
    """
    if not examples:
        raise MeasureError("there are no examples to measure")
    pairs = [(example.first, example.second) for example in examples]
    groups = sorted({subject.cluster for pair in pairs for subject in pair})
    names = sorted({_unit(subject) for pair in pairs for subject in pair})
    attributes = sorted({example.attribute for example in examples})
    group_of = {name: n for n, name in enumerate(groups)}
    number_of = {name: n for n, name in enumerate(names)}
    column_of = {name: n for n, name in enumerate(attributes)}
    sides = np.array([[group_of[x.cluster], group_of[y.cluster]] for x, y in pairs])
    if (sides[:, 0] == sides[:, 1]).any():
        raise MeasureError("an example compares two subjects of one cluster; pair different ones")
    return Cells(
        tuple(groups),
        tuple(attributes),
        sides,
        np.array([[number_of[_unit(x)], number_of[_unit(y)]] for x, y in pairs]),
        np.array([column_of[example.attribute] for example in examples]),
    )


def _unit(subject: Subject) -> str:
    """What makes two subjects the same: the name, and for a demonym its country."""
    return subject.cluster if subject.text == subject.demonym else subject.text


def gamma_table(bias: FloatArray, cells: Cells) -> GammaTable:
    """γ and η from C.

    Args:
        bias: C of every example, shape ``(examples,)``.
        cells: Where each example stands.
    """
    counts = _signed(np.ones_like(bias), cells, second=1.0)
    with np.errstate(invalid="ignore"):
        gamma = _signed(bias, cells) / counts
        eta = _signed(np.sign(bias), cells) / counts
    return GammaTable(cells.groups, cells.attributes, gamma, eta, counts.astype(np.int64))


def _signed(values: FloatArray, cells: Cells, second: float = -1.0) -> FloatArray:
    """Sums by (group, attribute): for first subjects as it is, for second ones times ``second``."""
    rows, columns = len(cells.groups), len(cells.attributes)
    where = cells.sides * columns + cells.attribute[:, None]
    weights = np.stack([values, second * values], axis=1)
    total = np.bincount(where.ravel(), weights.ravel(), minlength=rows * columns)
    return np.asarray(total, dtype=np.float64).reshape(rows, columns)
