"""Matching: engines that rank people for ads, exactly, and the means to check and re-rank them.

The engines themselves are in ``dense``, ``lexical``, ``known_gap`` and ``callable``; ``build``
makes one by name. Names are loaded when they are first used; an audit of people needs none.
"""

from typing import TYPE_CHECKING

from evenhand.lazy import loader

if TYPE_CHECKING:
    from evenhand.match.build import build_matcher
    from evenhand.match.conformance import Finding, check_matcher, trusted
    from evenhand.match.exact import top_k
    from evenhand.match.protocol import LinearMatcher, Matcher, Query, Rankings, ScoringMatcher
    from evenhand.match.rerank import det_greedy, shares_of
    from evenhand.match.scoring import with_scores
    from evenhand.match.tables import read_rankings, write_rankings

__all__ = [
    "Finding",
    "LinearMatcher",
    "Matcher",
    "Query",
    "Rankings",
    "ScoringMatcher",
    "build_matcher",
    "check_matcher",
    "det_greedy",
    "read_rankings",
    "shares_of",
    "top_k",
    "trusted",
    "with_scores",
    "write_rankings",
]

_HOMES = {
    "Finding": "conformance",
    "LinearMatcher": "protocol",
    "Matcher": "protocol",
    "Query": "protocol",
    "Rankings": "protocol",
    "ScoringMatcher": "protocol",
    "build_matcher": "build",
    "check_matcher": "conformance",
    "det_greedy": "rerank",
    "read_rankings": "tables",
    "shares_of": "rerank",
    "top_k": "exact",
    "trusted": "conformance",
    "with_scores": "scoring",
    "write_rankings": "tables",
}


__getattr__ = loader(__name__, _HOMES)
