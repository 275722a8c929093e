"""One system against all others where some of them were made several times.

Lays rows out over scopes and puts ``repeats`` (R) and ``paired`` (nDCG) together. Which p-values
are adjusted together is for the caller to say, with ``holm``: only the caller knows which
comparisons were planned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evenhand.errors import MeasureError
from evenhand.measure.paired import Margins, QualityCheck, quality_checks
from evenhand.measure.repeats import RowChange, RowDistance, row_change, row_distance, scope_logs
from evenhand.measure.study import Study
from evenhand.measure.summary import Measured


@dataclass(frozen=True)
class Rows:
    """What to compare.

    Attributes:
        focus: The row that is set against all others.
        repeats: By row, its systems; the first has the row's name. Systems that are in no row are
            rows of their own.
        within: Further scopes: by name, the groups of ads that they unite.
    """

    focus: str
    repeats: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    within: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])

    def over(self, systems: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The systems of every row, in the order of ``systems``.

        Raises:
            MeasureError: A row names a system that isn't there, doesn't begin with the system
                that it is called by, or shares a system with another row; or the focus is no row.
        """
        listed = [name for names in self.repeats.values() for name in names]
        absent = sorted({*listed} - {*systems})
        if absent:
            raise MeasureError(
                f"a row names {', '.join(absent)}, which isn't among {', '.join(systems)}"
            )
        for row, names in self.repeats.items():
            if not names or names[0] != row:
                raise MeasureError(f"the first repeat of the row {row!r} must be {row!r} itself")
        if len(listed) != len({*listed}):
            raise MeasureError("a system is in two rows; put it into one of them")
        rows = {
            name: tuple(self.repeats.get(name, (name,)))
            for name in systems
            if name in self.repeats or name not in listed
        }
        if self.focus not in rows:
            raise MeasureError(f"{self.focus!r} isn't one of the rows {', '.join(rows)}")
        return rows


@dataclass(frozen=True)
class ScopeRows:
    """All rows in one set of ads.

    Attributes:
        groups: The groups of ads that it unites; empty for all ads.
        rows: Distance from parity by row.
        changes: The focus against every other row.
    """

    groups: tuple[str, ...]
    rows: Mapping[str, RowDistance]
    changes: tuple[RowChange, ...]


@dataclass(frozen=True)
class RowComparison:
    """All rows in all scopes.

    Attributes:
        focus: The row that is set against all others.
        repeats: By row, its systems.
        scopes: By name; scopes with too few people to be judged are absent.
        quality: Mean nDCG of the focus's repeats against the original, overall and by group.
    """

    focus: str
    repeats: Mapping[str, tuple[str, ...]]
    scopes: Mapping[str, ScopeRows]
    quality: tuple[QualityCheck, ...]


def compare_rows(
    study: Study, measured: Mapping[str, Measured], wanted: Rows, original: str, margins: Margins
) -> RowComparison:
    """Compare the focus with every other row.

    Args:
        study: Ads, people and weights; its first attribute is looked at, at its headline cut.
        measured: By system.
        wanted: Rows, focus and further scopes.
        original: The system that had the gap.
        margins: Of the non-inferiority checks.

    Raises:
        MeasureError: The rows or scopes can't be laid out over these systems and ads.
    """
    rows = wanted.over(list(measured))
    lists = {name: one.lists for name, one in measured.items()}
    logs = scope_logs(study, study.options.by[0], lists, wanted.within)
    others = [row for row in rows if row != wanted.focus]
    scopes = {
        scope: ScopeRows(
            tuple(wanted.within.get(scope, ())),
            {row: row_distance(found, names, original) for row, names in rows.items()},
            tuple(row_change(found, rows[row], rows[wanted.focus]) for row in others),
        )
        for scope, found in logs.items()
    }
    mean = _mean_quality([measured[name] for name in rows[wanted.focus]])
    start = measured[original]
    quality = quality_checks(study, start, start, mean, margins)
    return RowComparison(wanted.focus, rows, scopes, tuple(quality))


def _mean_quality(repeats: Sequence[Measured]) -> Measured:
    """The first repeat with every ad's quality averaged over all of them."""
    quality = {
        name: np.mean([one.quality[name] for one in repeats], axis=0) for name in repeats[0].quality
    }
    return replace(repeats[0], quality=quality)
