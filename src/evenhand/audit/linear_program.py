"""Linear programs, of any or of whole numbers, solved by HiGHS: the same answer every time.

Knows nothing of tables or hidden cells.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MeasureError

Matrix: TypeAlias = NDArray[np.floating[Any]]


@dataclass(frozen=True, kw_only=True)
class Program:
    """What values may be.

    Attributes:
        equal: Shape ``(rows, values)``: sums that are ``equal_to``.
        equal_to: Shape ``(rows,)``.
        at_most: Shape ``(rows, values)``: sums that don't exceed ``most``.
        most: Shape ``(rows,)``.
        bounds: Least and most of each value.
    """

    equal: Matrix
    equal_to: Matrix
    at_most: Matrix
    most: Matrix
    bounds: Sequence[tuple[float, float]]


def least(cost: Matrix, program: Program, *, whole: bool = False) -> Matrix | None:
    """Values of least cost; None where nothing fits, or nothing is least.

    Args:
        cost: Of one unit of each value.
        program: What values may be.
        whole: Whether all values are whole numbers.

    Raises:
        MeasureError: The solver gave up.
    """
    highs: Any = importlib.import_module("highspy")
    solver = highs.Highs()
    # A number of threads is the whole process's, which may be an engine's that uses HiGHS too.
    for option, value in (("output_flag", False), ("parallel", "off"), ("mip_rel_gap", 0.0)):
        solver.setOptionValue(option, value)
    solver.passModel(_model(highs, cost, program, whole=whole))
    solver.run()
    status, known = solver.getModelStatus(), highs.HighsModelStatus
    if status in (known.kInfeasible, known.kUnbounded, known.kUnboundedOrInfeasible):
        return None
    if status != known.kOptimal:
        raise MeasureError(f"the solver of linear programs gave up ({status.name}); report this")
    return np.array(solver.getSolution().col_value)


def _model(highs: Any, cost: Matrix, program: Program, *, whole: bool) -> Any:
    rows = np.vstack([program.equal, program.at_most])
    at, columns = np.nonzero(rows)
    model = highs.HighsLp()
    model.num_row_, model.num_col_ = rows.shape
    model.col_cost_ = cost
    model.col_lower_, model.col_upper_ = np.array(program.bounds, dtype=float).reshape(-1, 2).T
    model.row_lower_ = np.concatenate([program.equal_to, np.full(len(program.most), -np.inf)])
    model.row_upper_ = np.concatenate([program.equal_to, program.most])
    model.a_matrix_.format_ = highs.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.searchsorted(at, np.arange(len(rows) + 1))
    model.a_matrix_.index_ = columns
    model.a_matrix_.value_ = rows[at, columns]
    if whole:
        model.integrality_ = [highs.HighsVarType.kInteger] * len(cost)
    return model
