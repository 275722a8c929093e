"""Matching: engines that rank people for ads, exactly, and the means to check them.

The engines themselves are in ``dense``, ``lexical``, ``known_gap`` and ``load``, which makes one by
name. Names are loaded when they are first used; an audit of people needs none.
"""

from typing import TYPE_CHECKING

from evenhand.lazy import loader

if TYPE_CHECKING:
    from evenhand.match.check import check_matcher, trusted
    from evenhand.match.load import build_matcher
    from evenhand.match.protocol import LinearMatcher, Matcher, Query, Rankings, ScoringMatcher

__all__ = [
    "LinearMatcher",
    "Matcher",
    "Query",
    "Rankings",
    "ScoringMatcher",
    "build_matcher",
    "check_matcher",
    "trusted",
]

_HOMES = dict.fromkeys(__all__, "protocol") | {
    "build_matcher": "load",
    "check_matcher": "check",
    "trusted": "check",
}
__getattr__ = loader(__name__, _HOMES)
