"""Audits and evaluations: what was found about people, lists and ads, and what may be shown of it.

``make_audit`` makes an ``Audit``, ``evaluate`` an ``Evaluation``; ``evenhand.report`` writes them
down. Nothing here changes an ad or a list. Names are loaded when they are first used: an audit of a
spreadsheet needs no evaluation.
"""

from typing import TYPE_CHECKING

from evenhand.lazy import loader

if TYPE_CHECKING:
    from evenhand.audit.evaluation import (
        Evaluation,
        Protocol,
        evaluate,
    )

__all__ = [
    "Evaluation",
    "Protocol",
    "evaluate",
]

__getattr__ = loader(__name__, dict.fromkeys(__all__, "evaluation"))
