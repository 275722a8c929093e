"""What one rewording is worth, with what paid for it; and the gate against too much of it.

A record, not an estimate: ``model`` fills it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evenhand.language.span import Verdict


@dataclass(frozen=True, slots=True)
class Paid:
    """One contrast's part in a change.

    Attributes:
        delta: Change of the shrunk difference of mean scores, in spreads of the original ad.
        target: The change that would close the gap; 0 where this contrast abstained.
        closed: ``|target| - |target - delta|``: what it is worth by itself, on all people.
    """

    delta: float
    target: float
    closed: float

    @property
    def overshoots(self) -> bool:
        """Whether the change goes past its target."""
        return self.delta * self.target > self.target * self.target


@dataclass(frozen=True, slots=True)
class Change:
    """What a rewording does to the gap of its ad's group.

    Attributes:
        reward: Mean over folds minus one standard error, in spreads; exactly 0 for the original
            and wherever evenhand abstains.
        reward_folds: The reward on each fold's people; empty where it abstains.
        delta: Change of the lead contrast (the one with the largest target) on all people, in
            spreads; None where the group can't be judged.
        halves: The same change on the two halves of each random split of the people, split by
            split; empty where the group can't be judged.
        closure: ``delta`` over its target: 1 closes the gap, more overshoots; 0 where abstained.
        trace: What each contrast paid, by its name.
        abstained: Whether nothing may be paid: no detectable gap, or no evidence.
    """

    reward: float = 0.0
    reward_folds: tuple[float, ...] = ()
    delta: float | None = None
    halves: tuple[float, ...] = ()
    closure: float = 0.0
    trace: Mapping[str, Paid] = field(default_factory=dict[str, Paid])
    abstained: bool = True


def overshoot_verdict(change: Change) -> Verdict:
    """The gate ``overshoot``: no contrast may be moved past its target.

    The reason names no group, since verdicts travel with a rewording.
    """
    if change.abstained:
        return Verdict("overshoot", True, "no target to pass")
    over = any(paid.overshoots for paid in change.trace.values())
    share = max((p.delta / p.target for p in change.trace.values() if p.target), default=0.0)
    return Verdict("overshoot", not over, f"moves {share:.0%} of the way to the target")
