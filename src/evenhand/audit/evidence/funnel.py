"""The steps of a selection: who passed each, among those who passed the one before.

Describes and judges nothing: whether groups are selected alike is asked once, of all steps together
(``rates``), so that several steps are no more chances to find a gap. Counted among the people whom
that table shows alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.audit.evidence.rates import SELECTION, RateEvidence, RateTable
from evenhand.measure.rates.benchmark import TWO_PERCENT
from evenhand.records.outcomes import Outcomes

OVERALL = "overall"
"""What all steps together are called."""


@dataclass(frozen=True)
class StepRow:
    """One group in one step.

    Attributes:
        step: The step's column, or ``overall``.
        cell: The group.
        assessed: People who came to the step.
        passed: Those who passed it.
        rate: Passed by assessed.
        ratio: The rate by the highest of a group with at least 2 % of the people in the step; None
            where there is none or nobody passed.
        large: Whether the group has at least 2 % of them.
    """

    step: str
    cell: str
    assessed: int
    passed: int
    rate: float
    ratio: float | None
    large: bool


@dataclass(frozen=True)
class Funnel:
    """The steps by attribute.

    Attributes:
        steps: Their columns, in order.
        rows: By attribute, step by step and then overall.
    """

    steps: tuple[str, ...]
    rows: Mapping[str, tuple[StepRow, ...]]

    def lowest(self, attribute: str) -> StepRow | None:
        """The smallest ratio of any step by itself."""
        rows = [row for row in self.rows[attribute] if row.step != OVERALL and row.large]
        known = [row for row in rows if row.ratio is not None]
        return min(known, key=lambda row: row.ratio or 0.0, default=None)

    def sentences(self) -> Iterator[str]:
        """Where in the selection the largest difference arises, by attribute."""
        for attribute in self.rows:
            row = self.lowest(attribute)
            if row is not None and row.ratio is not None:
                yield (
                    f"Steps by {attribute} ({', '.join(self.steps)}): the smallest ratio of a step "
                    f"by itself is {row.ratio:.2f}, of {row.cell} in {row.step} "
                    f"({row.passed:,} of {row.assessed:,} passed); a step's ratios describe, the "
                    "verdict is that of all steps together."
                )


def funnel_of(outcomes: Outcomes, rates: Sequence[RateEvidence]) -> Funnel | None:
    """The steps of outcomes that have several.

    Args:
        outcomes: People assessed.
        rates: What is shown of them.
    """
    evidence = next((one for one in rates if one.measure == SELECTION), None)
    if evidence is None or not outcomes.stages:
        return None
    rows = {
        name: tuple(_rows(outcomes, evidence, table)) for name, table in evidence.tables.items()
    }
    return Funnel(tuple(stage.name for stage in outcomes.stages), rows)


def _rows(outcomes: Outcomes, evidence: RateEvidence, table: RateTable) -> Iterator[StepRow]:
    column = outcomes.crossed(table.attribute)
    steps = [(stage.name, stage.assessed, stage.passed) for stage in outcomes.stages]
    steps.append((OVERALL, evidence.known, evidence.positive))
    for name, assessed, passed in steps:
        counts = [
            np.bincount(
                column.codes,
                np.where(evidence.known & who, outcomes.weight, 0),
                len(column.values) + 1,
            ).astype(np.int64)
            for who in (assessed, assessed & passed)
        ]
        people, chosen = (dict(zip(column.values, each.tolist(), strict=False)) for each in counts)
        # Who came so far may be few of a large group; what became of them is told all together.
        rates = {
            cell: chosen[cell] / people[cell]
            for cell in table.counts.cells
            if cell not in table.hidden and people[cell] >= table.least
        }
        total = sum(people[cell] for cell in rates)
        large = {cell for cell in rates if people[cell] >= TWO_PERCENT * total}
        best = max((rates[cell] for cell in large), default=0.0)
        for cell, rate in rates.items():
            ratio = rate / best if best else None
            yield StepRow(name, cell, people[cell], chosen[cell], rate, ratio, cell in large)
