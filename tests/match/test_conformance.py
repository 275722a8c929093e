"""The kit passes good engines and catches each way of being wrong."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from evenhand.errors import MatcherError
from evenhand.match.check import check_matcher, trusted
from evenhand.match.lexical import LexicalMatcher
from evenhand.match.protocol import Rankings
from evenhand.records.job import Job
from evenhand.records.people import Document

PEOPLE = [Document(f"p{(n * 7) % 83:02d}", f"w{n % 9} w{n % 4} w{n % 17}") for n in range(83)]
JOBS = [Job(f"j{n}", f"w{n} w{n + 3} w{2 * n}") for n in range(5)]
CHECKS = [
    "complete",
    "decreasing",
    "deterministic",
    "prefix",
    "eligibility",
    "ties",
    "independent",
    "reads the text",
]


class Engine:
    """A good engine without scores; subclasses spoil it."""

    name, digest = "engine", "1"

    def __init__(self) -> None:
        self.inner = LexicalMatcher(PEOPLE)
        self.candidate_ids = self.inner.candidate_ids

    def rank(self, queries, k, eligible=None) -> Rankings:
        return self.inner.rank(queries, k, eligible)


def rebuilt(lists: Rankings, positions=None, scores=None) -> Rankings:
    return Rankings(
        lists.query_ids,
        lists.candidate_ids,
        lists.positions if positions is None else positions,
        lists.scores if scores is None else scores,
    )


class Short(Engine):
    def rank(self, queries, k, eligible=None):
        return super().rank(queries, min(k, 20), eligible)


class Twice(Engine):
    def rank(self, queries, k, eligible=None):
        lists = super().rank(queries, k, eligible)
        positions = lists.positions.copy()
        if k > 1:
            positions[:, 1] = np.where(positions[:, 1] >= 0, positions[:, 0], -1)
        return rebuilt(lists, positions)


class Flat(Engine):
    def rank(self, queries, k, eligible=None):
        lists = super().rank(queries, k, eligible)
        return rebuilt(lists, scores=np.round(lists.scores))


class Unlucky(Engine):
    calls = 0

    def rank(self, queries, k, eligible=None):
        type(self).calls += 1
        lists = super().rank(queries, k, eligible)
        return rebuilt(lists, scores=lists.scores + self.calls)


class FiltersLate(Engine):
    """Searches first and filters afterwards, as approximate indexes do."""

    def rank(self, queries, k, eligible=None):
        lists = super().rank(queries, len(PEOPLE) if k > len(PEOPLE) else k)
        if eligible is None:
            return super().rank(queries, k)
        positions = np.full((len(queries), k), -1)
        scores = np.full((len(queries), k), np.nan)
        for row in range(len(queries)):
            kept = [p for p in lists.positions[row] if p >= 0 and eligible[p]]
            positions[row, : len(kept)] = kept
            scores[row, : len(kept)] = -np.arange(len(kept))
        return rebuilt(lists, positions, scores)


class TiesByPlace(Engine):
    """Breaks ties by place in the pool, not by id."""

    def __init__(self) -> None:
        super().__init__()
        places = [Document(f"{n:03d}", person.text) for n, person in enumerate(PEOPLE)]
        self.by_place = LexicalMatcher(places)

    def rank(self, queries, k, eligible=None):
        lists = self.by_place.rank(queries, k, eligible)
        return Rankings(lists.query_ids, self.candidate_ids, lists.positions, lists.scores)


class Jealous(Engine):
    """Scores depend on how many queries are asked at once."""

    def rank(self, queries, k, eligible=None):
        lists = super().rank(queries, k, eligible)
        return rebuilt(lists, scores=lists.scores * len(queries))


class Remembers(Engine):
    """Keeps lists by the ad's id."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}

    def rank(self, queries, k, eligible=None):
        asked = [Job(q.id, self.texts.setdefault(q.id, q.text)) for q in queries]
        return super().rank(asked, k, eligible)


class Wobbles(Engine):
    """Short lists are searched differently from long ones."""

    def rank(self, queries, k, eligible=None):
        lists = super().rank(queries, k, eligible)
        return rebuilt(lists, lists.positions[:, [1, 0, *range(2, k)]]) if k == 10 else lists


class Fails(Engine):
    def rank(self, queries, k, eligible=None):
        raise TimeoutError("no answer")


def test_a_good_engine_is_trusted():
    findings = check_matcher(Engine(), JOBS)
    assert [finding.check for finding in findings] == CHECKS
    assert trusted(findings)


@pytest.mark.parametrize(
    ("engine", "check", "said"),
    [
        (Short, "complete", "asked for 50 of 83, job 'j0' gets 20"),
        (Twice, "complete", "lists somebody twice"),
        (Flat, "decreasing", "don't strictly decrease"),
        (Unlucky, "deterministic", "asked twice"),
        (Wobbles, "prefix", "top 10 of job 'j0'"),
        (FiltersLate, "eligibility", "search exactly among the eligible"),
        (TiesByPlace, "ties", "aren't ordered by candidate id"),
        (Jealous, "independent", "depends on the queries asked beside it"),
        (Remembers, "reads the text", "follows its id, not its text"),
        (Fails, "complete", "the matcher 'engine' failed: TimeoutError: no answer"),
    ],
)
def test_each_way_of_being_wrong_is_found(engine: Callable[[], Engine], check: str, said: str):
    findings = {finding.check: finding for finding in check_matcher(engine(), JOBS)}
    assert not findings[check].passed
    assert said in findings[check].detail
    assert not trusted(list(findings.values()))


def test_scores_that_contradict_the_lists_are_found():
    class TwoMinds(TiesByPlace):
        def scores(self, queries):
            return self.inner.scores(queries)

    findings = {finding.check: finding for finding in check_matcher(TwoMinds(), JOBS)}
    assert "isn't ranked by score and then candidate id" in findings["ties"].detail


@pytest.mark.parametrize("jobs", [JOBS[:1], [JOBS[0], JOBS[0]], []])
def test_the_kit_needs_two_different_ads(jobs):
    with pytest.raises(MatcherError, match="at least two ads with different texts"):
        check_matcher(Engine(), jobs)


def test_no_findings_are_no_trust():
    assert not trusted([])
