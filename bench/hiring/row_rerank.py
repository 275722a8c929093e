"""The row ``rerank_detgreedy``: the original ads' lists, re-ranked; no word is changed.

The less intrusive remedy that every rewording is shown beside. It uses everybody's label when
lists are made. Rewording never does; a report may, to show what lists alone would give. Nothing
is evaluated here: ``evaluate(extra_rankings=...)`` does that.
"""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.errors import BadInput
from evenhand.match.protocol import BoolArray, Matcher, Rankings
from evenhand.records.job import Job
from evenhand.records.people import Pool, qualification
from lab.rerank import det_greedy, shares_of

NAME = "rerank_detgreedy"


def reranked(
    jobs: Sequence[Job],
    people: Pool,
    matcher: Matcher,
    attribute: str,
    top: int,
    *,
    qualified: BoolArray | None = None,
    by: str = "occupation_group",
) -> Rankings:
    """The engine's own lists with qualified people in the proportions of the qualified pool.

    Args:
        jobs: The ads as they are.
        people: Whom the engine searches, in the pool's order; those without a value in
            ``attribute`` keep their places.
        matcher: The engine, bound to exactly these people.
        attribute: The labels that the shares are about. Reading them is what this remedy needs
            and rewording doesn't.
        top: Length of the lists.
        qualified: Shape ``(jobs, people)``; by equal ``by`` where not given.
        by: Column whose equality means qualified.

    Returns:
        One list an ad; an ad that nobody qualifies for keeps its own.

    Raises:
        BadInput: Nobody has a value in ``attribute``, or the engine searches other people.
        MatcherError: The engine failed.
    """
    if tuple(matcher.candidate_ids) != people.ids:
        raise BadInput("the engine searches other people than these; bind it to this pool")
    labels = [str(value) for value in people.column(attribute)]
    groups = sorted(set(labels) - {""})
    if not groups:
        raise BadInput(f"nobody has a value in {attribute!r}; name a column that is filled in")
    if qualified is None:
        qualified = qualification(jobs, people, by=by)
    everybody = matcher.rank(jobs, len(people))
    shares = shares_of(labels, groups, qualified)
    return det_greedy(everybody, labels, groups, shares, top, counted=qualified)
