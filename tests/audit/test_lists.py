from collections.abc import Sequence

import numpy as np
import pytest

from evenhand.audit.evaluation import rank_systems
from evenhand.errors import MatcherError
from evenhand.match.protocol import BoolArray, Query, Rankings
from evenhand.records.job import Job

JOBS = [Job("a", "one"), Job("b", "two"), Job("c", "three")]


class Recorder:
    """Ranks by the length of the text and remembers what it was asked."""

    name, digest, candidate_ids = "recorder", "d", ("x", "y", "z")

    def __init__(self) -> None:
        self.asked: list[list[tuple[str, str, str | None]]] = []

    def rank(self, queries: Sequence[Query], k: int, eligible: BoolArray | None = None) -> Rankings:
        self.asked.append([(query.id, query.text, query.group) for query in queries])
        positions = np.array([[(len(q.text) + i) % 3 for i in range(k)] for q in queries])
        scores = -np.tile(np.arange(k, dtype=np.float64), (len(queries), 1))
        return Rankings(tuple(q.id for q in queries), self.candidate_ids, positions, scores)


def test_only_new_texts_are_ranked_and_lists_stay_in_order():
    engine = Recorder()
    texts = {
        "original": ["one", "two", "three"],
        "same": ["one", "two", "three"],
        "some": ["one", "zwei", "three"],
        "agrees": ["eins", "zwei", "three"],
    }
    found = rank_systems(engine, JOBS, texts, 2)
    assert [[(job, text) for job, text, _ in call] for call in engine.asked] == [
        [("a", "one"), ("b", "two"), ("c", "three")],
        [("b", "zwei")],
        [("a", "eins")],
    ]
    assert list(found) == list(texts)
    for name, own in texts.items():
        assert found[name].query_ids == ("a", "b", "c")
        assert found[name].positions[:, 0].tolist() == [len(text) % 3 for text in own]
    np.testing.assert_array_equal(found["same"].scores, found["original"].scores)


def test_the_same_text_of_two_ads_is_two_queries():
    engine = Recorder()
    jobs = [Job("a", "one", fields={"occupation_group": "x"}), Job("b", "one")]
    rank_systems(engine, jobs, {"original": ["one", "one"]}, 1)
    assert engine.asked == [[("a", "one", "x"), ("b", "one", None)]]


def test_progress_counts_systems():
    said: list[tuple[str, int, int]] = []
    texts = {"original": ["one", "two", "three"], "other": ["1", "2", "3"]}
    rank_systems(Recorder(), JOBS, texts, 2, lambda *args: said.append(args))
    assert said == [("rank", 0, 2), ("rank", 1, 2), ("rank", 2, 2)]


def test_an_engine_that_fails_is_not_hidden():
    class Broken(Recorder):
        def rank(
            self, queries: Sequence[Query], k: int, eligible: BoolArray | None = None
        ) -> Rankings:
            raise MatcherError("the engine is down")

    with pytest.raises(MatcherError, match="down"):
        rank_systems(Broken(), JOBS, {"original": ["one", "two", "three"]}, 2)
