"""Rollouts, alignment and ILQL: how a language model learns what a rewording is worth.

Importing this package is light; ``align`` and ``ilql`` load torch when they are used. ``tune`` is
imported from its module.
"""

from evenhand.learn.rollouts import collect_rollouts, read_rollouts
from evenhand.learn.rows import Rollout
from evenhand.learn.runfolder import RunFolder

__all__ = ["Rollout", "RunFolder", "collect_rollouts", "read_rollouts"]
