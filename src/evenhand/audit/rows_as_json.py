"""Rows of an evaluation (systems with their repeats) as JSON: the ``rows`` of ``evaluation.json``.

Names follow ``as_json``: what the measures call ``change`` is ``abs_log_R_change`` here.
"""

from __future__ import annotations

from typing import Any

from evenhand.measure.repeats import RepeatChange, RowChange, RowDistance
from evenhand.measure.results import as_json, fields_as_json
from evenhand.measure.rows import RowComparison, ScopeRows


def rows_json(found: RowComparison) -> dict[str, Any]:
    """Every scope's distances and changes, and the focus's mean nDCG against the original's."""
    return {
        "focus": found.focus,
        "repeats": {row: list(names) for row, names in found.repeats.items()},
        "scopes": {name: _scope(scope) for name, scope in found.scopes.items()},
        "ndcg": {check.scope: fields_as_json(check) for check in found.quality},
    }


def _scope(scope: ScopeRows) -> dict[str, Any]:
    return {
        "groups": list(scope.groups),
        "rows": {row: _distance(one) for row, one in scope.rows.items()},
        "paired": {f"{one.after} vs {one.before}": _change(one) for one in scope.changes},
    }


def _distance(row: RowDistance) -> dict[str, Any]:
    return {
        "abs_log_R": as_json(row.distance),
        "interval": as_json(row.interval),
        "R": as_json(row.ratios),
        "deviation": as_json(row.deviation),
        "gap_closed": as_json(row.closed),
        "gap_closed_interval": as_json(row.closed_interval),
    }


def _change(change: RowChange) -> dict[str, Any]:
    return {
        "abs_log_R_change": as_json(change.change),
        "interval": as_json(change.interval),
        "p_value": as_json(change.p_value),
        "deviation": as_json(change.deviation),
        "per_seed": [_repeat(each) for each in change.repeats],
    }


def _repeat(repeat: RepeatChange) -> dict[str, Any]:
    return {
        "systems": [repeat.after, repeat.before],
        "abs_log_R_change": as_json(repeat.change),
        "interval": as_json(repeat.interval),
    }
