"""Matching: engines that rank people for ads, exactly, and the means to check and re-rank them.

The engines themselves are in ``dense``, ``lexical``, ``known_gap`` and ``callable``; ``build``
makes one by name. Importing this room loads none of them.
"""

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
