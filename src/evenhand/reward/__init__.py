"""What a rewording is worth: gap, target, shrinkage, folds, reliability and the gates on people."""

from evenhand.reward.gap import ContrastTarget, GroupTarget
from evenhand.reward.gates import (
    LeanGate,
    QualityJudge,
    Reliability,
    Scale,
    VarianceShares,
    fit_lean_gate,
    reliability_table,
    variance_shares,
)
from evenhand.reward.model import Change, Paid, RewardModel, overshoot_verdict
from evenhand.reward.sides import Contrast

__all__ = [
    "Change",
    "Contrast",
    "ContrastTarget",
    "GroupTarget",
    "LeanGate",
    "Paid",
    "QualityJudge",
    "Reliability",
    "RewardModel",
    "Scale",
    "VarianceShares",
    "fit_lean_gate",
    "overshoot_verdict",
    "reliability_table",
    "variance_shares",
]
