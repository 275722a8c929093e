"""The re-ranked row: shares of the qualified pool in every list, and a place in the evaluation."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from evenhand.errors import BadInput
from evenhand.match.lexical import LexicalMatcher
from evenhand.records.people import qualification
from evenhand.rewrite.result import Rewrite
from evenhand.verbs.evaluate import evaluate

TOP = 50


@pytest.fixture(scope="module")
def row() -> Any:
    return importlib.import_module("row_rerank")


@pytest.fixture(scope="module")
def sales(small_case) -> tuple[Any, Any, Any]:
    ads = [ad for ad in small_case.split("test") if ad.group == "sales"]
    people = small_case.fold("test")
    return ads, people, LexicalMatcher(people.documents())


def test_every_list_has_the_shares_of_its_qualified_pool(row, sales):
    ads, people, matcher = sales
    made = row.reranked(ads, people, matcher, "gender", TOP)
    own = matcher.rank(ads, TOP)
    qualified = qualification(ads, people)
    women = people.column("gender") == "female"
    for at in range(len(ads)):
        before = own.positions[at][qualified[at, own.positions[at]]]
        after = made.positions[at][qualified[at, made.positions[at]]]
        assert len(after) == len(before) > 30
        assert abs(women[after].mean() - women[qualified[at]].mean()) <= 1 / len(after)
        assert women[before].mean() < 0.45
        outside = ~qualified[at, own.positions[at]]
        assert np.array_equal(own.positions[at][outside], made.positions[at][outside])


def test_the_evaluation_takes_it_beside_systems_that_change_words(row, sales):
    ads, people, matcher = sales
    unchanged = [Rewrite(ad.id, ad.text, ad.text) for ad in ads]
    found = evaluate(
        ads,
        people,
        {"best_of_4": unchanged},
        engine=LexicalMatcher,
        judged_groups=["sales"],
        min_group=10,
        resamples=50,
        extra_rankings={row.NAME: row.reranked(ads, people, matcher, "gender", TOP)},
    ).to_json()
    before, after = (found["systems"][name] for name in ("original", row.NAME))
    assert before["R"] < 0.8
    assert abs(np.log(after["R"])) < abs(np.log(before["R"])) / 2
    assert after["ads_changed"] == 0
    for column in ("gate_pass_rate", "seconds_per_ad", "facts"):
        assert after.get(column) is None
    assert found["systems"]["best_of_4"]["ads_changed"] == 0


def test_another_pool_or_an_empty_column_is_refused(row, sales):
    ads, people, matcher = sales
    with pytest.raises(BadInput, match="searches other people"):
        row.reranked(ads, people.take(range(50)), matcher, "gender", TOP)
    with pytest.raises(BadInput, match="nobody has a value in 'shoe_size'"):
        row.reranked(ads, people, matcher, "shoe_size", TOP)
