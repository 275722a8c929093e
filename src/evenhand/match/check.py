"""Whether an engine can be trusted for measuring and tuning: a list of findings, no opinion.

Every check asks the engine and compares its answers with each other or with an exact search over
its own scores. It judges no person and no quality of matching.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evenhand.errors import MatcherError, boundary
from evenhand.match.protocol import BoolArray, Matcher, Query, Rankings, ScoringMatcher, top_k
from evenhand.records.job import Job

_TOP = 50
_SCORE_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check."""

    check: str  # its name
    passed: bool  # whether the engine passed
    detail: str  # what was seen, and why it matters where it failed; one sentence


class _Failed(MatcherError):
    """A check failed; the text says why."""


def check_matcher(matcher: Matcher, queries: Sequence[Query], seed: int = 0) -> list[Finding]:
    """Run every check.

    Args:
        matcher: The engine.
        queries: Two ads or more with different texts; a dozen is plenty.
        seed: Of the eligibility masks that are tried.

    Returns:
        One finding a check, in a fixed order. An engine that raises fails that check.

    Raises:
        MatcherError: Fewer than two queries, or queries with the same text.
    """
    if len({query.text for query in queries}) != len(queries) or len(queries) < 2:
        raise MatcherError("the conformance checks need at least two ads with different texts")
    findings: list[Finding] = []
    for name, check in _CHECKS.items():
        try:
            with boundary(MatcherError, f"the matcher {matcher.name!r}"):
                findings.append(Finding(name, True, check(matcher, list(queries), seed)))
        except MatcherError as problem:
            findings.append(Finding(name, False, str(problem)))
    return findings


def trusted(findings: Sequence[Finding]) -> bool:
    """Whether an engine with these findings may be measured and tuned against."""
    return bool(findings) and all(finding.passed for finding in findings)


def _complete(matcher: Matcher, queries: list[Query], seed: int) -> str:
    """Exactly min(k, eligible) candidates, nobody twice, padding at the end."""
    for k in (1, _TOP, len(matcher.candidate_ids) + 3):
        for mask in (None, *_masks(matcher, seed)):
            _check_lists(matcher, matcher.rank(queries, k, mask), k, mask)
    return "every list holds exactly min(k, eligible) different people"


def _decreasing(matcher: Matcher, queries: list[Query], seed: int) -> str:
    """Scores are finite and strictly decrease."""
    rankings = matcher.rank(queries, len(matcher.candidate_ids))
    for query, scores in zip(queries, rankings.scores, strict=True):
        if not np.isfinite(scores).all():
            raise _Failed(f"job {query.id!r} has a score that isn't a finite number")
        if not (np.diff(scores) < 0).all():
            raise _Failed(f"the scores of job {query.id!r} don't strictly decrease down the list")
    return "scores are finite and strictly decrease"


def _deterministic(matcher: Matcher, queries: list[Query], seed: int) -> str:
    """The same question gets the same answer."""
    first, second = matcher.rank(queries, _TOP), matcher.rank(queries, _TOP)
    _same(first, second, "asked twice, the engine gives different lists for job {}")
    return "asked twice, the engine gives the same lists and scores"


def _prefix(matcher: Matcher, queries: list[Query], seed: int) -> str:
    """A short list is the beginning of a long one."""
    long, short = matcher.rank(queries, _TOP), matcher.rank(queries, 10)
    _same(long.top(10), short, "the top 10 of job {} isn't the beginning of its longer list")
    return f"the top 10 is the beginning of the top {_TOP}"


def _eligibility(matcher: Matcher, queries: list[Query], seed: int) -> str:
    """A masked search is the full list without the others: filtering comes before cutting."""
    everybody = matcher.rank(queries, len(matcher.candidate_ids))
    for mask in _masks(matcher, seed):
        rankings = matcher.rank(queries, _TOP, mask)
        for row, query in enumerate(queries):
            listed = everybody.positions[row][everybody.positions[row] >= 0]
            expected = listed[mask[listed]][:_TOP]
            got = rankings.positions[row][rankings.positions[row] >= 0]
            if not np.array_equal(got, expected):
                raise _Failed(
                    f"with {int(mask.sum())} people eligible, job {query.id!r} doesn't get the "
                    "best of them; search exactly among the eligible, don't filter a short list"
                )
    return "with a mask, lists are those of an exact search among the eligible"


def _ties(matcher: Matcher, queries: list[Query], seed: int) -> str:
    """Equal scores are ordered by candidate id."""
    rankings = matcher.rank(queries, len(matcher.candidate_ids))
    if isinstance(matcher, ScoringMatcher):
        positions, _ = top_k(matcher.scores(queries), matcher.candidate_ids, rankings.k)
        for query, got, expected in zip(queries, rankings.positions, positions, strict=True):
            if not np.array_equal(got, expected):
                raise _Failed(f"job {query.id!r} isn't ranked by score and then candidate id")
        return "lists are those of an exact search over the engine's scores, ties by id"
    for row, query in enumerate(queries):
        ids, scores = rankings.ids_of(row), rankings.scores[row]
        tied = np.flatnonzero(scores[1:] == np.nextafter(scores[:-1], -np.inf))
        if any(ids[place] > ids[place + 1] for place in tied):
            raise _Failed(f"equal scores of job {query.id!r} aren't ordered by candidate id")
    return "equal scores, as far as lists show them, are ordered by candidate id"


def _independent(matcher: Matcher, queries: list[Query], seed: int) -> str:
    """A query's list doesn't depend on the queries beside it or on their order."""
    together = matcher.rank(queries, _TOP)
    backwards = matcher.rank(queries[::-1], _TOP)
    flipped = Rankings(
        together.query_ids,
        together.candidate_ids,
        backwards.positions[::-1],
        backwards.scores[::-1],
    )
    _same(together, flipped, "the list of job {} depends on the order of the queries")
    for row, query in enumerate(queries):
        alone = matcher.rank([query], _TOP)
        one = Rankings(
            (query.id,),
            together.candidate_ids,
            together.positions[row : row + 1],
            together.scores[row : row + 1],
        )
        _same(one, alone, "the list of job {} depends on the queries asked beside it")
    return "a query gets the same list alone, among others, and in any order"


def _reads_text(matcher: Matcher, queries: list[Query], seed: int) -> str:
    """A reworded ad keeps its id: the list must follow the text."""
    first, second = queries[:2]
    expected = matcher.rank([second], _TOP)
    group = {} if second.group is None else {"occupation_group": second.group}
    asked = Job(first.id, second.text, fields=group)
    got = matcher.rank([asked], _TOP)
    _same(
        replace(expected, query_ids=(first.id,)),
        got,
        "the list of job {} follows its id, not its text; a rewording would show no effect",
    )
    return "another text under the same id gets that text's list"


_CHECKS: dict[str, Callable[[Matcher, list[Query], int], str]] = {
    "complete": _complete,
    "decreasing": _decreasing,
    "deterministic": _deterministic,
    "prefix": _prefix,
    "eligibility": _eligibility,
    "ties": _ties,
    "independent": _independent,
    "reads the text": _reads_text,
}


def _masks(matcher: Matcher, seed: int) -> list[BoolArray]:
    """Half of the people, few of them, one, and nobody."""
    everybody = len(matcher.candidate_ids)
    draw = np.random.default_rng([seed, everybody]).random(everybody)
    order = np.argsort(draw)
    sizes = (everybody // 2, min(7, everybody), 1, 0)
    masks = [np.zeros(everybody, dtype=np.bool_) for _ in sizes]
    for mask, size in zip(masks, sizes, strict=True):
        mask[order[:size]] = True
    return masks


def _check_lists(matcher: Matcher, rankings: Rankings, k: int, mask: BoolArray | None) -> None:
    """Refuse lists of the wrong length, padding in the middle, repeats and the ineligible."""
    eligible = len(matcher.candidate_ids) if mask is None else int(mask.sum())
    wanted = min(k, eligible)
    for row, job in enumerate(rankings.query_ids):
        positions = rankings.positions[row]
        found = positions[positions >= 0]
        if len(positions) != k or len(found) != wanted or (positions[wanted:] >= 0).any():
            raise _Failed(f"asked for {k} of {eligible}, job {job!r} gets {len(found)} candidates")
        if len(set(found.tolist())) != wanted:
            raise _Failed(f"job {job!r} lists somebody twice")
        if mask is not None and not mask[found].all():
            raise _Failed(f"job {job!r} lists somebody who isn't eligible")


def _same(one: Rankings, other: Rankings, problem: str) -> None:
    """Refuse lists or scores that differ."""
    for row, job in enumerate(one.query_ids):
        close = np.allclose(
            one.scores[row], other.scores[row], rtol=0, atol=_SCORE_TOLERANCE, equal_nan=True
        )
        if not close or not np.array_equal(one.positions[row], other.positions[row]):
            raise _Failed(problem.format(repr(job)))
