import pytest

from evenhand.audit.evaluation import check_names, judged_ads, pairs_of
from evenhand.errors import BadInput
from evenhand.records.job import Job

SYSTEMS = ["random_edit", "best_of_4", "tuned"]


def test_the_primary_pair_comes_first_and_the_focus_meets_everybody():
    assert pairs_of(SYSTEMS, ("tuned", "best_of_4")) == [
        ("best_of_4", "tuned"),
        ("original", "tuned"),
        ("random_edit", "tuned"),
    ]


def test_the_rival_may_be_the_original():
    assert pairs_of(SYSTEMS, ("tuned", "original"))[0] == ("original", "tuned")
    assert len(pairs_of(SYSTEMS, ("tuned", "original"))) == 3


@pytest.mark.parametrize("primary", [("tuned", "absent"), ("absent", "tuned")])
def test_without_a_primary_everybody_meets_the_original(primary: tuple[str, str]):
    assert pairs_of(SYSTEMS, primary) == [("original", name) for name in SYSTEMS]


def test_names_that_are_taken_are_refused():
    with pytest.raises(BadInput, match="names the ads as they were"):
        check_names({"original": ()}, {})
    with pytest.raises(BadInput, match="two systems are called 'a'"):
        check_names({"a": ()}, {"a": ()})


def test_judged_ads_are_those_of_the_groups_named():
    jobs = [
        Job("a", "x", fields={"g": "cook"}),
        Job("b", "x", fields={"g": "nurse"}),
        Job("c", "x"),
    ]
    assert judged_ads(jobs, None, "g").tolist() == [True] * 3
    assert judged_ads(jobs, ["nurse"], "g").tolist() == [False, True, False]


def test_judged_groups_that_no_ad_has_are_named():
    with pytest.raises(BadInput, match=r"judged groups pilot, smith; name groups .* 'g'"):
        judged_ads([Job("a", "x", fields={"g": "cook"})], ["pilot", "smith"], "g")


def test_no_ads_are_refused():
    with pytest.raises(BadInput, match="no ads to evaluate"):
        judged_ads([], None, "g")
