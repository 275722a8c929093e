from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.audit import Evaluation, evaluate
from evenhand.audit.evaluation import FactsChecked
from evenhand.errors import BadInput, MeasureError
from evenhand.language.span import Edit
from evenhand.match.protocol import BoolArray, Query, Rankings
from evenhand.measure.compare import Rows
from evenhand.records.files import write_json
from evenhand.records.job import Job
from evenhand.records.people import Candidate, Pool
from evenhand.rewrite.result import Rewrite

from .conftest import Example
from .example import (
    ToneEngine,
    example_evaluation,
    example_jobs,
    example_pool,
    reword,
    unchanged,
)

SYSTEM_KEYS = {
    "R", "R_interval", "null_interval", "macro_R", "ndcg20", "ndcg20_interval", "mrr", "recall",
    "ads_changed", "edits_per_ad", "gate_pass_rate", "seconds_per_ad", "groups", "qualified_hits",
    "readability", "impact_ratio_paper",
}  # fmt: skip


class Listed:
    """An engine whose lists are written down: text to positions."""

    name, digest = "listed", "d"

    def __init__(self, pool: Pool, lists: dict[str, list[int]]) -> None:
        self.candidate_ids = pool.ids
        self._lists = lists

    def rank(self, queries: Sequence[Query], k: int, eligible: BoolArray | None = None) -> Rankings:
        positions = np.array([self._lists[query.text][:k] for query in queries], dtype=np.int64)
        scores = -np.tile(np.arange(k, dtype=np.float64), (len(queries), 1))
        return Rankings(tuple(q.id for q in queries), self.candidate_ids, positions, scores)


def small_case() -> tuple[list[Job], Pool, Listed, dict[str, list[Rewrite]]]:
    """Two cooks' ads and two women, four men and two others; lists cut at three.

    Original: ad a shows m0 m1 w0, ad b shows m0 w0 x0. Reworded a: m0 w0 w1.
    """
    genders = ["female"] * 2 + ["male"] * 4
    people = [
        Candidate(f"c{i}", "t", {"gender": gender, "occupation_group": "cook"})
        for i, gender in enumerate(genders)
    ]
    fields = {"gender": "male", "occupation_group": "pilot"}
    pool = Pool((*people, Candidate("x0", "t", fields), Candidate("x1", "t", fields)))
    jobs = [Job(i, f"Ad {i}.", fields={"occupation_group": "cook"}) for i in "ab"]
    lists = {
        "Ad a.": [2, 3, 0, 1, 4, 5, 6, 7],
        "Ad b.": [2, 0, 6, 1, 3, 4, 5, 7],
        "Ad A.": [2, 0, 1, 3, 4, 5, 6, 7],
    }
    new = Rewrite("a", "Ad a.", "Ad A.", (Edit(0, 5, "Ad a.", "Ad A."),), (), 2, 1)
    return jobs, pool, Listed(pool, lists), {"tuned": [new, unchanged(jobs[1])]}


def evaluate_small(**options: object) -> Evaluation:
    jobs, pool, engine, rewrites = small_case()
    settings = {"by": ["gender"], "top": 3, "also_top": 2, "resamples": 50, "min_group": 2}
    return evaluate(jobs, pool, engine, rewrites, **{**settings, **options})  # type: ignore[arg-type]


def test_by_hand():
    found = evaluate_small().to_json()
    # F = 2, M = 4, N = 6 in both ads. Women shown 1 + 1, men shown 2 + 1.
    assert found["systems"]["original"]["R"] == pytest.approx((2 * 4 / 6) / (3 * 2 / 6))
    # Reworded: women 2 + 1, men 1 + 1.
    assert found["systems"]["tuned"]["R"] == pytest.approx((3 * 4 / 6) / (2 * 2 / 6))
    change = found["paired"]["tuned vs original"]
    assert change["abs_log_R_change"] == pytest.approx(math.log(3) - math.log(4 / 3))
    assert change["abs_log_R_change"] > 0
    original = found["systems"]["original"]
    # Top 2: both ads show two qualified people; the ideal list has two.
    assert original["ndcg2"] == pytest.approx(1.0)
    assert original["mrr"] == pytest.approx(1.0)
    assert original["recall"] == pytest.approx((3 / 6 + 2 / 6) / 2)
    tuned = found["systems"]["tuned"]
    assert (tuned["ads_changed"], tuned["edits_per_ad"], tuned["gate_pass_rate"]) == (0.5, 0.5, 0.5)
    assert found["facts"]["read"] == 1


def test_counts_of_few_people_are_masked():
    hits = evaluate_small().to_json()["systems"]["original"]["qualified_hits"]
    assert hits["female"] == {"people": "<5", "suppressed": True}


def test_json_has_the_keys_of_the_results_files(example: Example):
    found = example[0].to_json()
    assert set(found) >= {
        "protocol", "gaps", "systems", "paired", "ndcg_noninferiority", "qualified_hits",
        "levelling_down", "facts", "abstained", "cost", "notes", "cannot_say",
    }  # fmt: skip
    assert list(found["systems"]) == ["original", "random_edit", "best_of_4", "align_only", "tuned"]
    for system in found["systems"].values():
        assert set(system) >= SYSTEM_KEYS
    assert set(found["paired"]) == {
        f"tuned vs {other}" for other in ("best_of_4", "original", "random_edit", "align_only")
    }
    for pair in found["paired"].values():
        assert set(pair) >= {"abs_log_R_change", "interval", "p_value"}
    assert set(found["facts"]) >= {"read", "flagged", "by"}
    assert found["protocol"]["top"] == 50
    assert found["cost"]["minutes"] == pytest.approx(4 * 84 / 60)


def test_json_is_json_and_the_same_again(example: Example, tmp_path: Path):
    again, _ = example_evaluation()
    for number, evaluation in enumerate((example[0], again)):
        write_json(tmp_path / f"{number}.json", evaluation.to_json())
    first = (tmp_path / "0.json").read_bytes()
    assert first == (tmp_path / "1.json").read_bytes()
    assert json.loads(first)["systems"]["tuned"]["R"] == again.to_json()["systems"]["tuned"]["R"]


def test_json_holds_no_ad_text_and_no_person(example: Example):
    said = json.dumps(example[0].to_json())
    assert "crush every target" not in said
    assert not [person.id for person in example_pool() if f'"{person.id}"' in said]


def test_a_known_gap_is_found_and_its_closing_too(example: Example):
    found = example[0].to_json()
    assert found["gaps"]["gender"]["overall"][0]["R_interval"][1] < 1
    primary = found["paired"]["tuned vs best_of_4"]
    assert primary["primary"]
    assert primary["interval"][1] < 0
    assert found["primary"]["systems"] == ["tuned", "best_of_4"]
    age = [each for each in found["abstained"] if each["attribute"] == "age_band"]
    assert "overall" in {each["scope"] for each in age}


def test_an_engine_without_a_gap_abstains():
    evaluation, _ = example_evaluation(resamples=200, lean=0.0)
    scopes = {each.scope: each for each in evaluation.abstained if each.attribute == "gender"}
    assert scopes["overall"].interval[0] < 1 < scopes["overall"].interval[1]
    assert scopes["overall"].detectable > 1
    assert scopes["surveying"].reason == "not judged: fewer than 20 qualified people on one side"


@settings(max_examples=8, deadline=None)
@given(lean=st.floats(-1, 1), seed=st.integers(0, 1000))
def test_the_identity_changes_nothing_at_all(lean: float, seed: int):
    jobs, pool = example_jobs(each=3), example_pool()
    rewrites = {"tuned": [unchanged(job) for job in jobs]}
    engine = ToneEngine(pool, lean=lean, seed=seed)
    found = evaluate(jobs, pool, engine, rewrites, by=["gender"], resamples=30).to_json()
    changes = found["paired"]["tuned vs original"]["changes"]
    assert changes
    for change in changes:
        assert change["abs_log_R_change"] == 0.0
        assert change["interval"] == [0.0, 0.0]
    for check in found["ndcg_noninferiority"]["groups"].values():
        assert check["difference"] == 0.0
    assert found["systems"]["tuned"]["R"] == found["systems"]["original"]["R"]
    assert found["levelling_down"]["lost"] == []


def test_swapping_the_groups_inverts_r_and_keeps_the_distance():
    jobs, pool, engine, rewrites = small_case()
    swap = {"female": "male", "male": "female"}
    people = [
        dataclasses.replace(each, fields={**each.fields, "gender": swap[each.fields["gender"]]})
        for each in pool
    ]
    options = {"by": ["gender"], "top": 3, "also_top": 2, "resamples": 30, "min_group": 2}
    one, other = (
        evaluate(jobs, each, engine, rewrites, **options).to_json()  # type: ignore[arg-type]
        for each in (pool, Pool(tuple(people)))
    )
    for name in ("original", "tuned"):
        assert one["systems"][name]["R"] == pytest.approx(1 / other["systems"][name]["R"])
    first, second = (each["paired"]["tuned vs original"] for each in (one, other))
    assert first["abs_log_R_change"] == pytest.approx(second["abs_log_R_change"])


def test_judged_groups_restrict_parity_and_not_words():
    jobs, pool = example_jobs(each=4), example_pool()
    rewrites = {
        "tuned": [reword(j, [0]) if j.group == "nursing" else reword(j, [0, 1]) for j in jobs]
    }
    evaluation = evaluate(
        jobs, pool, ToneEngine(pool), rewrites, by=["gender"], resamples=50,
        judged_groups=["nursing", "gardening"],
    )  # fmt: skip
    found = evaluation.to_json()
    assert set(found["systems"]["tuned"]["groups"]) == {"nursing", "gardening"}
    assert (found["protocol"]["n_jobs"], found["protocol"]["n_judged"]) == (16, 8)
    assert evaluation.wording["tuned"].ads == 8
    everything = sum(len(each.edits) for each in rewrites["tuned"])
    assert found["facts"]["read"] == everything
    quality = found["ndcg_noninferiority"]["groups"]
    assert set(quality) == {"overall", "nursing", "gardening", "bookkeeping", "surveying"}


def test_a_system_that_changes_lists_and_no_words_is_a_row():
    jobs, pool = example_jobs(each=3), example_pool()
    fair = ToneEngine(pool, lean=0.0).rank(jobs, 50)
    evaluation = evaluate(
        jobs, pool, ToneEngine(pool), {"tuned": [reword(job, [0]) for job in jobs]},
        by=["gender"], resamples=50, extra_rankings={"rerank": fair}, primary=("tuned", "original"),
    )  # fmt: skip
    found = evaluation.to_json()
    assert found["systems"]["rerank"]["ads_changed"] == 0.0
    assert found["systems"]["rerank"]["facts"] is None
    distance = {name: abs(math.log(each["R"])) for name, each in found["systems"].items()}
    assert distance["rerank"] < distance["tuned"] < distance["original"]
    assert "tuned vs rerank" in found["paired"]


def test_only_the_original():
    jobs, pool = example_jobs(each=3), example_pool()
    evaluation = evaluate(jobs, pool, ToneEngine(pool), {}, by=["gender"], resamples=30)
    found = evaluation.to_json()
    assert evaluation.focus is None
    assert list(found["systems"]) == ["original"]
    assert found["paired"] == {}
    assert found["facts"] == FactsChecked(0, 0).to_json()


def test_a_system_called_original_is_refused():
    jobs, pool = example_jobs(each=1), example_pool()
    rewrites = {"original": [unchanged(job) for job in jobs]}
    with pytest.raises(BadInput, match="'original' names the ads as they were"):
        evaluate(jobs, pool, ToneEngine(pool), rewrites, by=["gender"])


def test_a_missing_ad_names_the_system_and_the_ad():
    jobs, pool = example_jobs(each=1), example_pool()
    rewrites = {"tuned": [unchanged(job) for job in jobs[1:]]}
    with pytest.raises(BadInput, match="tuned: the ad 'ad-000' is missing"):
        evaluate(jobs, pool, ToneEngine(pool), rewrites, by=["gender"])


def test_nobody_qualified_is_said():
    jobs = [Job("a", "Text.", fields={"occupation_group": "diving"})]
    pool = example_pool()
    with pytest.raises(MeasureError, match="nobody in the pool is qualified"):
        evaluate(jobs, pool, ToneEngine(pool), {"s": [unchanged(jobs[0])]}, by=["gender"])


def test_people_of_one_group_only_are_said():
    pool = example_pool().where(lambda person: person.fields["gender"] == "male")
    jobs = example_jobs(each=1)
    with pytest.raises(MeasureError, match=r"gender: .*only known value is male"):
        evaluate(jobs, pool, ToneEngine(pool), {"s": [unchanged(j) for j in jobs]}, by=["gender"])


def test_a_group_too_small_to_judge_gives_no_figure_and_no_failure():
    evaluation = evaluate_small(min_group=20)
    found = evaluation.to_json()
    assert found["systems"]["tuned"]["R"] is None
    assert found["paired"]["tuned vs original"]["abs_log_R_change"] is None
    assert "can't be compared" in found["paired"]["tuned vs original"]["reason"]
    assert found["primary"] is None


def test_rows_are_told_by_their_mean_and_further_repeats_are_no_pairs():
    jobs, pool = example_jobs(), example_pool()
    made = {
        "best_of_4": [reword(job, [0]) for job in jobs],
        "tuned": [reword(job, [0, 1, 2]) for job in jobs],
        "tuned_seed1": [reword(job, [0, 1]) for job in jobs],
    }
    rows = Rows("tuned", {"tuned": ["tuned", "tuned_seed1"]}, {"two": ["nursing", "gardening"]})
    found = evaluate(
        jobs, pool, ToneEngine(pool), made, by=["gender"], resamples=100, rows=rows
    ).to_json()
    assert list(found["paired"]) == ["tuned vs best_of_4", "tuned vs original"]
    told = found["rows"]
    assert told["repeats"]["tuned"] == ["tuned", "tuned_seed1"]
    assert set(told["scopes"]) == {"overall", "two"}
    change = told["scopes"]["overall"]["paired"]["tuned vs best_of_4"]
    first, second = change["per_seed"]
    alone = found["paired"]["tuned vs best_of_4"]
    assert first["abs_log_R_change"] == pytest.approx(alone["abs_log_R_change"])
    mean = (first["abs_log_R_change"] + second["abs_log_R_change"]) / 2
    assert change["abs_log_R_change"] == pytest.approx(mean)
    assert told["scopes"]["overall"]["rows"]["tuned"]["R"]["tuned"] == pytest.approx(
        found["systems"]["tuned"]["R"]
    )
    assert told["ndcg"]["overall"]["non_inferior"] in (True, False)
