"""What a rewording is worth: gap, target, shrinkage, folds, reliability and the gates on people."""

from evenhand.reward.change import Change, Paid, overshoot_verdict
from evenhand.reward.contrasts import Contrast
from evenhand.reward.model import RewardModel
from evenhand.reward.targets import ContrastTarget, GroupTarget

__all__ = [
    "Change",
    "Contrast",
    "ContrastTarget",
    "GroupTarget",
    "Paid",
    "RewardModel",
    "overshoot_verdict",
]
