"""What was found out about a group of ads: its gap, its target, or why there is none.

Aggregates only: no ids and no figure of any one person, so that targets may be saved with a run
and read again for another pool. Nothing is estimated here (``gap``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from evenhand.errors import StorageError
from evenhand.reward.contrasts import Contrast


@dataclass(frozen=True, slots=True)
class ContrastTarget:
    """One contrast of one group of ads, measured on training people.

    Attributes:
        contrast: Which people are compared.
        people: Qualified people on the plus and on the minus side.
        ratio: Mantel-Haenszel ratio R of selection rates, plus over minus; 1 is parity.
        interval: Two-way 95 % interval of R.
        detectable: Ratios below the first or above the second would have been told from parity
            four times in five: ``exp(-/+ (1.96 + 0.84) se)``, ``se`` the interval's half-width
            on the log scale over 1.96.
        gap: Mean over ads of the difference of mean scores, in spreads of the ad.
        shift: The target: how far the difference should move, in spreads; 0 where abstained.
        shift_interval: The shifts that the ends of R's interval would ask for.
        fold_shifts: The target of every fold, from the people of the other folds.
        heterogeneity: ``h`` of ``shrinkage``; None where nothing could be pooled.
        fold_heterogeneity: The same from the people of the other folds.
        share: Weight that the group's own difference keeps against the pooled one, in [0, 1].
        abstained: Whether nothing is to be closed.
        reason: One sentence on what was decided.
    """

    contrast: Contrast
    people: tuple[int, int]
    ratio: float
    interval: tuple[float, float]
    detectable: tuple[float, float]
    gap: float
    shift: float
    shift_interval: tuple[float, float]
    fold_shifts: tuple[float, ...]
    heterogeneity: float | None
    fold_heterogeneity: tuple[float | None, ...]
    share: float
    abstained: bool
    reason: str


@dataclass(frozen=True, slots=True)
class GroupTarget:
    """All contrasts of one group of ads.

    Attributes:
        group: The group's name (an occupation group).
        ads: Training ads that it was measured on.
        contrasts: The contrasts that could be judged.
        left_out: One sentence for each contrast that could not.
    """

    group: str
    ads: int
    contrasts: tuple[ContrastTarget, ...]
    left_out: tuple[str, ...]

    @property
    def abstained(self) -> bool:
        """Whether no contrast has anything to close."""
        return all(contrast.abstained for contrast in self.contrasts)

    @property
    def reason(self) -> str:
        """What was decided and why, in sentences."""
        return " ".join([*(found.reason for found in self.contrasts), *self.left_out])

    @property
    def lead(self) -> int | None:
        """Index of the contrast with the largest target; None where nothing was judged."""
        sizes = [abs(found.shift) for found in self.contrasts]
        return sizes.index(max(sizes)) if sizes else None

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        return asdict(self)

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> GroupTarget:
        """Read ``to_json`` back.

        Raises:
            StorageError: A key is missing or unknown.
        """
        try:
            return _SAVED.validate_python(saved)
        except ValidationError as cause:
            where = ".".join(str(part) for part in cause.errors()[0]["loc"])
            raise StorageError(
                f"the saved targets can't be read ({where}: {cause.errors()[0]['msg']}); tune "
                "again to write them anew"
            ) from cause


_SAVED = TypeAdapter(GroupTarget)
