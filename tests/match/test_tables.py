"""Rankings on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.errors import RecordError, StorageError
from evenhand.match.lists import read_rankings, write_rankings
from evenhand.match.protocol import Rankings, top_k

IDS = ("b", "a", "d", "ç 📊")


@pytest.fixture
def rankings() -> Rankings:
    positions = np.array([[2, 0, -1], [-1, -1, -1], [3, 1, 2]])
    scores = np.array([[0.5, -0.25, np.nan], [np.nan] * 3, [3.0, 2.0, 1e-300]])
    return Rankings(("j1", "nobody", "j0"), IDS, positions, scores)


def same(one: Rankings, other: Rankings) -> bool:
    return (
        (one.query_ids, one.candidate_ids) == (other.query_ids, other.candidate_ids)
        and np.array_equal(one.positions, other.positions)
        and np.array_equal(one.scores, other.scores, equal_nan=True)
    )


def table(path: Path, **columns) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_what_was_written_is_read_bit_for_bit(tmp_path: Path, rankings: Rankings):
    write_rankings(tmp_path / "r.parquet", rankings)
    assert same(read_rankings(tmp_path / "r.parquet", IDS), rankings)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.integers(0, 4).flatmap(
        lambda rows: st.lists(
            st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4), min_size=rows, max_size=rows
        )
    ),
    st.integers(1, 6),
)
def test_any_rankings_survive(tmp_path: Path, rows: list[list[float]], k: int):
    positions, scores = top_k(np.array(rows).reshape(-1, 4), IDS, k)
    before = Rankings(tuple(f"j{n}" for n in range(len(rows))), IDS, positions, scores)
    write_rankings(tmp_path / "r.parquet", before)
    assert same(read_rankings(tmp_path / "r.parquet", IDS), before)


def test_lists_that_nobody_is_on(tmp_path: Path):
    nobody = Rankings(("j",), IDS, np.full((1, 2), -1), np.full((1, 2), np.nan))
    write_rankings(tmp_path / "r.parquet", nobody)
    assert same(read_rankings(tmp_path / "r.parquet", IDS, ["j"]), nobody)


def test_the_table_is_plain(tmp_path: Path, rankings: Rankings):
    write_rankings(tmp_path / "r.parquet", rankings)
    rows = pq.read_table(tmp_path / "r.parquet").to_pylist()
    assert rows[1] == {"job_id": "j1", "rank": 2, "candidate_id": "b", "score": -0.25}
    assert len(rows) == 5


def test_the_same_rankings_are_the_same_bytes(tmp_path: Path, rankings: Rankings):
    for name in ("one", "two"):
        write_rankings(tmp_path / name, rankings)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_users_own_table_is_read(tmp_path: Path):
    path = table(
        tmp_path / "own.parquet",
        candidate_id=["a", "d", "b"],
        job_id=["y", "x", "y"],
        score=[1, 5, 2],
        rank=[2, 1, 1],
    )
    rankings = read_rankings(path, IDS)
    assert rankings.query_ids == ("y", "x")
    assert rankings.ids_of(0) == ["b", "a"]
    assert rankings.positions.tolist() == [[0, 1], [2, -1]]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"candidate_id": ["zz"], "score": [1.0]}, "1: job 'j': candidate 'zz' isn't in the pool"),
        ({"candidate_id": ["a", "a"], "score": [2.0, 1.0]}, "2: job 'j': candidate 'a' is listed"),
        ({"candidate_id": ["a", ""], "score": [2.0, 1.0]}, "2: the ad's or the candidate's id is"),
        ({"candidate_id": ["a"], "score": [float("nan")]}, "the score nan isn't a finite"),
        ({"candidate_id": ["a"], "score": ["high"]}, "the score 'high' isn't a finite"),
        ({"candidate_id": ["a"], "rank": ["first"]}, "the rank 'first' isn't a finite"),
        ({"candidate_id": ["a", "b"], "rank": [1, 1]}, "2: job 'j': the rank 1 is given twice"),
        (
            {"candidate_id": ["a", "b"], "rank": [1, 2], "score": [1.0, 2.0]},
            "2: job 'j': rank 2 has a higher score than rank 1; leave out",
        ),
        ({"candidate_id": ["a"]}, "lists need a column with the ad .* there are .*job_id.*cand"),
    ],
)
def test_bad_tables_are_refused_with_their_row(tmp_path: Path, columns, said: str):
    path = table(tmp_path / "bad.parquet", job_id=["j"] * len(columns["candidate_id"]), **columns)
    with pytest.raises(RecordError, match=r"bad\.parquet.*" + said):
        read_rankings(path, IDS)


TABLES = {
    "plain.csv": "job_id,candidate_id,rank,score\nj0,b,1,3.5\nj0,a,2,3.5\nj1,d,1,2\n",
    "worst_first.csv": "job_id,candidate_id,rank\nj1,d,1\nj0,a,2\nj0,b,1\n",
    "scores_alone.tsv": "Query ID\tDocID\tScore\nj0\ta\t2.5\nj0\tb\t9\nj1\td\t1\n",
    "from_zero.jsonl": '{"qid": "j0", "person": "b", "position": 0}\n'
    '{"qid": "j1", "person": "d", "position": 0}\n{"qid": "j0", "person": "a", "position": 1}\n',
    "run.trec": "j0 Q0 b 1 9.5 mine\nj0 Q0 a 2 9.0 mine\n\nj1 Q0 d 1 1e-3 mine\n",
    "run.txt": "j0 Q0 a 1 8.0 mine\nj0\tQ0\tb\t2\t9.0\tmine\nj1 Q0 d 1 1 mine\n",
    "elastic.jsonl": '{"hits": {"hits": [{"_id": "b", "_score": 2.0}, {"_id": "a", "_score": 1}]}}'
    '\n{"hits": {"hits": [{"_id": "d", "_score": null}]}}\n',
    "msearch.json": '{"took": 3, "responses": [{"hits": {"total": 2, "hits": [{"_id": "b"}, '
    '{"_id": "a"}]}}, {"hits": {"hits": [{"_id": "d"}]}}]}',
    "named.json": '[{"job_id": "j1", "hits": {"hits": [{"_id": "d", "_score": 1}]}}, '
    '{"job_id": "j0", "hits": {"hits": [{"_id": "b", "_score": 2}, {"_id": "a", "_score": 1}]}}]',
}


@pytest.mark.parametrize("name", TABLES)
def test_lists_of_any_engine_in_any_order(tmp_path: Path, name: str):
    (tmp_path / name).write_text(TABLES[name])
    notes: list[str] = []
    rankings = read_rankings(tmp_path / name, IDS, ["j0", "j1"], notes)
    assert [rankings.ids_of(row) for row in (0, 1)] == [["b", "a"], ["d"]]
    assert (np.diff(rankings.scores[0]) <= 0).all()
    assert np.isfinite(rankings.scores[1, 0])
    assert ("taken in the ads' order" in " ".join(notes)) == (
        name in {"elastic.jsonl", "msearch.json"}
    )


def test_equal_scores_without_ranks_stand_by_id_and_it_is_said(tmp_path: Path):
    path = table(tmp_path / "t.parquet", job_id=["j"] * 3, candidate_id=["d", "b", "a"],
                 score=[1.0, 1.0, 2.0])  # fmt: skip
    notes: list[str] = []
    assert read_rankings(path, IDS, notes=notes).ids_of(0) == ["a", "b", "d"]
    assert notes == ["1 equal scores stand in the order of the candidates' ids."]


def test_an_ad_without_a_list_is_named(tmp_path: Path):
    (tmp_path / "l.csv").write_text(TABLES["plain.csv"])
    with pytest.raises(RecordError, match=r"1 of 2 ads have no list in it \('j7' is the first\)"):
        read_rankings(tmp_path / "l.csv", IDS, ["j0", "j7"])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("r.trec", "j0 Q0 b 1 9.5 x\nj0 b 2\n", "r.trec:2: is no line of a TREC run"),
        ("e.jsonl", TABLES["elastic.jsonl"], "2 responses that don't say of which ad, and there"),
        (
            "e.json",
            '{"error": {"type": "x"}, "hits": {}}',
            "e.json:1: this response holds an err",
        ),
        ("e.json", "7", "holds no list of objects"),
        ("e.json", '{"hits": {"hits": [3]}}', "a hit of this response isn't an object"),
    ],
)
def test_answers_that_cannot_be_used(tmp_path: Path, name: str, text: str, said: str):
    (tmp_path / name).write_text(text)
    with pytest.raises(RecordError, match=said):
        read_rankings(tmp_path / name, IDS, ["j0"])


def test_rankings_of_another_pool_are_refused(tmp_path: Path, rankings: Rankings):
    write_rankings(tmp_path / "r.parquet", rankings)
    with pytest.raises(RecordError, match="made for another pool"):
        read_rankings(tmp_path / "r.parquet", IDS[::-1])


def test_files_that_are_no_tables(tmp_path: Path):
    with pytest.raises(RecordError, match="no such file"):
        read_rankings(tmp_path / "absent.parquet", IDS)
    (tmp_path / "text.parquet").write_text("not a table")
    with pytest.raises(RecordError, match="is not a readable Parquet file"):
        read_rankings(tmp_path / "text.parquet", IDS)


def test_a_place_that_cannot_be_written(tmp_path: Path, rankings: Rankings):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_rankings(tmp_path / "file" / "r.parquet", rankings)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
