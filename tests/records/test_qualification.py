"""Who is qualified, by a column and by judgements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.errors import RecordError
from evenhand.records.job import Job
from evenhand.records.people import Candidate, Judgements, Pool, qualification, read_judgements

Writer = Callable[[Path, Sequence[Mapping[str, object]]], Path]

GROUPS = st.sampled_from(["nurse", "lawyer", "other", ""])


def jobs_of(groups: list[str]) -> list[Job]:
    return [
        Job(f"j{at}", "x", fields={"occupation_group": group}) for at, group in enumerate(groups)
    ]


def pool_of(groups: list[str]) -> Pool:
    return Pool(
        tuple(
            Candidate(f"p{at}", "x", {"occupation_group": group}) for at, group in enumerate(groups)
        )
    )


@given(st.lists(GROUPS, max_size=6), st.lists(GROUPS, max_size=6))
def test_equal_occupations_qualify_and_none_does_not(wanted: list[str], offered: list[str]) -> None:
    jobs, pool = jobs_of([*wanted, "nurse"]), pool_of([*offered, "nurse"])
    matrix = qualification(jobs, pool)
    assert matrix.shape == (len(jobs), len(pool))
    for row, job in enumerate(jobs):
        for column, person in enumerate(pool):
            group = job.fields["occupation_group"]
            expected = group == person.fields["occupation_group"] and group not in ("", "other")
            assert matrix[row, column] == expected


def test_another_column_may_decide() -> None:
    jobs = [Job("a", "x", fields={"trade": "baker"})]
    pool = Pool((Candidate("p", "x", {"trade": "baker"}), Candidate("q", "x", {})))
    assert qualification(jobs, pool, by="trade").tolist() == [[True, False]]


@pytest.mark.parametrize(
    ("jobs", "pool", "who"),
    [
        ([Job("a", "x")], pool_of(["nurse"]), "no job"),
        (jobs_of(["nurse"]), Pool((Candidate("p", "x"),)), "no person"),
        (jobs_of([""]), pool_of(["nurse"]), "no job"),
    ],
)
def test_a_column_that_nobody_has(jobs: list[Job], pool: Pool, who: str) -> None:
    with pytest.raises(RecordError, match=f"occupation_group: {who} has a value"):
        qualification(jobs, pool)


ROWS = [
    {"job": "j0", "candidate": "p1", "relevance": 2, "note": "sure"},
    {"job": "j1", "candidate": "p0", "relevance": 0, "note": ""},
    {"job": "j1", "candidate": "p9", "relevance": 1, "note": ""},
]


def test_judgements_decide_where_they_are_given(tmp_path: Path, write: Writer) -> None:
    judgements = read_judgements(write(tmp_path / "judged", ROWS))
    jobs, pool = jobs_of(["nurse", "nurse"]), pool_of(["nurse", "lawyer"])
    assert judgements.relevance(jobs, pool).tolist() == [[0, 2], [0, 0]]
    assert qualification(jobs, pool, judgements=judgements).tolist() == [
        [False, True],
        [False, False],
    ]
    assert {pair.job for pair in judgements.pairs} == {"j0", "j1"}


def test_judgements_of_nobody_who_is_given_are_refused(tmp_path: Path, write: Writer) -> None:
    judgements = read_judgements(write(tmp_path / "judged", ROWS))
    strangers = [Job("none", "x")]
    with pytest.raises(RecordError, match="no judgement is about a job and a person"):
        judgements.relevance(strangers, pool_of(["nurse"]))


def test_judgements_with_other_names(tmp_path: Path, write: Writer) -> None:
    rows = [{"ad": 1, "person": 2, "grade": 0.5}]
    judgements = read_judgements(
        write(tmp_path / "judged", rows),
        mapping={"ad": "job", "person": "candidate", "grade": "relevance"},
    )
    (pair,) = judgements.pairs
    assert (pair.job, pair.candidate, pair.relevance) == ("1", "2", 0.5)


@pytest.mark.parametrize(
    ("row", "start"),
    [
        ('"job": "j", "candidate": "p", "relevance": "high"', "relevance: is 'high'; it must"),
        ('"job": "j", "candidate": "p", "relevance": -1', "relevance: is -1; it must"),
        ('"job": "j", "candidate": "p", "relevance": null', "relevance: is null; it must"),
        ('"job": "j", "candidate": "p", "relevance": true', "relevance: is true or false; it"),
        ('"job": "j", "candidate": "p", "relevance": [1]', "relevance: is a list; it must"),
        ('"job": "j", "candidate": "p", "relevance": "nan"', "relevance: is nan; it must"),
        ('"job": "j", "candidate": "p", "relevance": 1e400', "relevance: is inf; it must"),
        ('"job": "j", "candidate": "", "relevance": 1', "candidate: is missing or blank"),
        ('"candidate": "p", "relevance": 1', "job: is missing or blank"),
        ('"job": "a", "candidate": "p", "relevance": 1', "'a' and 'p' are judged in line 1"),
    ],
)
def test_bad_judgements(tmp_path: Path, row: str, start: str) -> None:
    path = tmp_path / "judged.jsonl"
    good = '{"job": "a", "candidate": "p", "relevance": 1}\n'
    path.write_text(good + "{" + row + "}\n")
    with pytest.raises(RecordError) as caught:
        read_judgements(path)
    assert str(caught.value).startswith(f"{path}:2: {start}")
    skipped: list[RecordError] = []
    assert len(read_judgements(path, skip_bad=skipped).pairs) == 1
    assert [str(error) for error in skipped] == [str(caught.value)]


def test_judgements_without_a_column(tmp_path: Path, write: Writer) -> None:
    path = write(tmp_path / "judged", [{"job": "a", "relevance": 1}])
    with pytest.raises(RecordError, match="candidate: there is no such column"):
        read_judgements(path)


def test_the_result_is_a_mask() -> None:
    assert qualification(jobs_of(["nurse"]), pool_of(["nurse"])).dtype == np.bool_
    assert Judgements("f.csv", ()).pairs == ()
