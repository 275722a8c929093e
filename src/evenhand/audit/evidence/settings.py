"""How an audit is made: what is compared, how often chance is drawn, what is hidden."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evenhand.errors import BadInput
from evenhand.measure.labels import CROSSED
from evenhand.measure.rates.benchmark import TWO_PERCENT

SMALLEST_SHOWN = 5
OWN_EYES = (
    "Nothing is hidden here, not even groups of one person, and every group counts in the ratios, "
    "those under 2% of the people too: this is for the auditor's own eyes and not for publication."
)


@dataclass(frozen=True)
class AuditSettings:
    """The choices that the figures of an audit depend on, besides its data.

    Attributes:
        by: Attributes, the headline one first; several joined by ``*`` for intersections.
        least: Cells of fewer people are hidden, and others where subtraction would show them.
        top: Places of a list that count as shown.
        also_top: A second cut beside it where it is smaller; None for none.
        min_group: Fewest qualified people on either side for R to be given.
        resamples: Of every bootstrap, and permutations of the null of R.
        permutations: Draws of the null of the smallest impact ratio.
        shuffles: Shuffles of labels that give the chance level of the other list measures.
        seed: Of everything random.
        grouped_by: Field of the ads that holds their occupation group.
        reference: Attribute to the value that the others are set against, for lists.
    """

    by: tuple[str, ...]
    least: int = SMALLEST_SHOWN
    top: int = 50
    also_top: int | None = 20
    min_group: int = 20
    resamples: int = 1000
    permutations: int = 4000
    shuffles: int = 200
    seed: int = 0
    grouped_by: str = "occupation_group"
    reference: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        """Refuse what would be one table twice."""
        tables: dict[frozenset[str], str] = {}
        for name in self.by:
            parts = frozenset(part.strip() for part in name.split(CROSSED))
            if parts in tables:
                raise BadInput(
                    f"--by {','.join(self.by)}: {tables[parts]} and {name} are the same table; "
                    "name one of them"
                )
            tables[parts] = name

    @property
    def two_percent(self) -> float:
        """Least share of everybody that a benchmark has; 0 where every category counts."""
        return 0.0 if self.least <= 1 else TWO_PERCENT

    @property
    def notice(self) -> str:
        """What must stand above an audit that hides nothing; empty for others."""
        return OWN_EYES if self.least <= 1 else ""
