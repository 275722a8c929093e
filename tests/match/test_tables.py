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
from evenhand.match.exact import top_k
from evenhand.match.protocol import Rankings
from evenhand.match.tables import read_rankings, write_rankings

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
        ({"candidate_id": ["a", "b"], "score": [1.0, 1.0]}, "2: job 'j': scores must strictly"),
        ({"candidate_id": ["a"], "score": [float("nan")]}, "the score nan isn't a finite"),
        ({"candidate_id": ["a"], "score": ["high"]}, "the score 'high' isn't a finite"),
        ({"candidate_id": ["a"]}, "score: the column is missing"),
    ],
)
def test_bad_tables_are_refused_with_their_row(tmp_path: Path, columns, said: str):
    path = table(tmp_path / "bad.parquet", job_id=["j"] * len(columns["candidate_id"]), **columns)
    with pytest.raises(RecordError, match=r"bad\.parquet.*" + said):
        read_rankings(path, IDS)


def test_rankings_of_another_pool_are_refused(tmp_path: Path, rankings: Rankings):
    write_rankings(tmp_path / "r.parquet", rankings)
    with pytest.raises(RecordError, match="made for another pool"):
        read_rankings(tmp_path / "r.parquet", IDS[::-1])


def test_files_that_are_no_tables(tmp_path: Path):
    with pytest.raises(RecordError, match="no such file"):
        read_rankings(tmp_path / "absent.parquet", IDS)
    (tmp_path / "text.parquet").write_text("not a table")
    with pytest.raises(RecordError, match="isn't a Parquet file"):
        read_rankings(tmp_path / "text.parquet", IDS)


def test_a_place_that_cannot_be_written(tmp_path: Path, rankings: Rankings):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_rankings(tmp_path / "file" / "r.parquet", rankings)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
