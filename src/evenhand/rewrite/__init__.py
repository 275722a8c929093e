"""Rewording ads under gates and an opaque score; this room never sees a person or a group."""

from evenhand.rewrite.guard import Guard, Guarded, Proposal, Sampler, WholeGate
from evenhand.rewrite.result import Refusal, Rewrite, read_rewrites, write_rewrites
from evenhand.rewrite.rewriter import Rewriter, Worth

__all__ = [
    "Guard",
    "Guarded",
    "Proposal",
    "Refusal",
    "Rewrite",
    "Rewriter",
    "Sampler",
    "WholeGate",
    "Worth",
    "read_rewrites",
    "write_rewrites",
]
