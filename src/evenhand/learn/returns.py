"""From rollouts to returns: which groups' rewards may be trusted, and what is learned from them.

Two objectives with returns of their own: ``parity`` on passing rewordings of groups whose reward
is reliable, and ``gate`` on everything. One return for both teaches the gates and not the
direction. Reliability and scale are the reward room's; nothing is trained here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.config.schema import RewardConfig
from evenhand.errors import Abstained
from evenhand.learn.rows import Rollout
from evenhand.reward.reliability import Reliability, reliability_table
from evenhand.reward.scale import Scale, variance_shares
from evenhand.reward.targets import GroupTarget


@dataclass(frozen=True)
class Trust:
    """Which groups of ads may be learned from.

    Attributes:
        reliability: One entry a group.
        kept: Groups with a gap to close and a reliable reward.
        abstained: For every other group, why not, in a sentence.
    """

    reliability: tuple[Reliability, ...]
    kept: frozenset[str]
    abstained: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        table = [asdict(entry) for entry in self.reliability]
        return {"groups": table, "kept": sorted(self.kept), "abstained": dict(self.abstained)}


def trust(
    rollouts: Sequence[Rollout], targets: Mapping[str, Any], config: RewardConfig, seed: int
) -> Trust:
    """Judge every group by the reliability of its rewards over edits that passed.

    Args:
        rollouts: Rows of all shards.
        targets: What ``RewardModel.to_json`` gave: under ``groups``, the target of each group.
        config: Floor of reliability and number of resamples.
        seed: Seed of the resamples.
    """
    edits = [row for row in rollouts if row.passed and not row.is_identity]
    table = reliability_table(
        [row.group for row in edits],
        [row.job_id for row in edits],
        [row.halves for row in edits],
        floor=config.min_reliability,
        resamples=config.resamples,
        seed=seed,
    )
    paid = {row.group for row in rollouts if row.reward_folds}
    kept = frozenset(entry.group for entry in table if entry.kept and entry.group in paid)
    reasons = {
        entry.group: entry.reason if entry.group in paid else _gap_reason(targets, entry.group)
        for entry in table
        if entry.group not in kept
    }
    return Trust(tuple(table), kept, reasons)


def require_something(found: Trust, rollouts: Sequence[Rollout]) -> None:
    """Stop where there is nothing that may honestly be learned.

    Raises:
        Abstained: No group has a detectable gap and a reliable reward, or no rewording passed.
    """
    if not found.reliability:
        passed = sum(row.passed and not row.is_identity for row in rollouts)
        raise Abstained(
            f"nothing is tuned: {passed} of {len(rollouts)} rewordings passed every gate, and none "
            "belongs to a group of ads; give ads with a group, or see summary.json for the gates"
        )
    if not found.kept:
        reasons = " ".join(found.abstained.values())
        raise Abstained(f"nothing is tuned, since no group's reward may be learned from. {reasons}")


def _gap_reason(targets: Mapping[str, Any], group: str) -> str:
    saved = targets.get("groups", {}).get(group)
    if saved is None:
        return f"{group}: its gap could not be judged, since it was not among the training ads."
    return GroupTarget.from_json(saved).reason


@dataclass(frozen=True)
class Returns:
    """Returns of the rollouts, by position.

    Attributes:
        parity: Positions whose parity return is learned from, and the returns.
        gate: The same for passing the gates.
        report: Scale and shares of variance, for a file.
    """

    parity: tuple[NDArray[np.int64], NDArray[np.float64]]
    gate: tuple[NDArray[np.int64], NDArray[np.float64]]
    report: dict[str, Any]


def returns_of(rollouts: Sequence[Rollout], kept: frozenset[str], config: RewardConfig) -> Returns:
    """Scaled returns of both objectives; the identity is 0 in both.

    Args:
        rollouts: Rows of all shards.
        kept: Groups whose rewards may be learned from.
        config: Clip and return of a failed gate.
    """
    passed = np.array([row.passed for row in rollouts])
    trusted = np.array([row.group in kept for row in rollouts])
    edits = np.array([not row.is_identity for row in rollouts])
    rewards = np.array([0.0 if row.reward is None else row.reward for row in rollouts])
    scale = Scale.fit(
        rewards[passed & trusted & edits], clip=config.clip, failed_gate=config.failed_gate
    )
    parity = scale.returns(rewards, passed)
    places = np.flatnonzero(passed & trusted)
    inside = np.flatnonzero(trusted)
    shares = variance_shares(
        parity[inside],
        passed[inside],
        [rollouts[int(place)].job_id for place in inside],
        [rollouts[int(place)].state for place in inside],
    )
    report = {
        "scale": asdict(scale),
        "variance_shares": asdict(shares),
        "parity_rollouts": len(places),
        "gate_rollouts": len(rollouts),
        "pass_rate": float(passed[edits].mean()) if edits.any() else None,
    }
    everything = np.arange(len(rollouts))
    gate = np.where(passed, 0.0, config.failed_gate)
    return Returns((places, parity[places]), (everything, gate), report)
