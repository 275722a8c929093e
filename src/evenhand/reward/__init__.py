"""What a rewording is worth: gap, target, shrinkage, folds, reliability and the gates on people."""

from evenhand.reward.change import Change, Paid, overshoot_verdict
from evenhand.reward.contrasts import Contrast
from evenhand.reward.lean import LeanGate, fit_lean_gate
from evenhand.reward.model import RewardModel
from evenhand.reward.quality import QualityJudge
from evenhand.reward.reliability import Reliability, reliability_table
from evenhand.reward.scale import Scale, VarianceShares, variance_shares
from evenhand.reward.targets import ContrastTarget, GroupTarget
from evenhand.reward.trace import Move, ShareChange, moves, share_changes

__all__ = [
    "Change",
    "Contrast",
    "ContrastTarget",
    "GroupTarget",
    "LeanGate",
    "Move",
    "Paid",
    "QualityJudge",
    "Reliability",
    "RewardModel",
    "Scale",
    "ShareChange",
    "VarianceShares",
    "fit_lean_gate",
    "moves",
    "overshoot_verdict",
    "reliability_table",
    "share_changes",
    "variance_shares",
]
