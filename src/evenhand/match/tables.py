"""Rankings as a Parquet table: one row a listed candidate, best first, written whole or not at all.

Columns ``job_id, rank, candidate_id, score``; ranks start at 1. Ids only: no text, no attribute.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evenhand.errors import RecordError, require
from evenhand.match.protocol import Rankings
from evenhand.records.files import digest_texts, write_parquet

Lists = dict[str, dict[int, float]]
"""Score by position in the pool, best first, by job."""

_COLUMNS = ("job_id", "rank", "candidate_id", "score")


def write_rankings(path: Path | str, rankings: Rankings) -> None:
    """Write rankings.

    Raises:
        StorageError: The file can't be written; nothing is left half-written.
    """
    pa = require("pyarrow", "writing Parquet")
    rows, places = np.nonzero(rankings.positions >= 0)
    table = pa.table(
        {
            "job_id": pa.array([rankings.query_ids[row] for row in rows], pa.string()),
            "rank": pa.array(places + 1, pa.int64()),
            "candidate_id": pa.array(
                [rankings.candidate_ids[p] for p in rankings.positions[rows, places]], pa.string()
            ),
            "score": pa.array(rankings.scores[rows, places], pa.float64()),
        }
    )
    metadata = {
        "evenhand.jobs": json.dumps(rankings.query_ids),
        "evenhand.k": str(rankings.k),
        "evenhand.pool": digest_texts(rankings.candidate_ids),
    }
    write_parquet(path, table, metadata=metadata)


def read_rankings(path: Path | str, candidate_ids: Sequence[str]) -> Rankings:
    """Read rankings, evenhand's own or a user's with the same columns (``rank`` may be absent).

    Args:
        path: The Parquet file.
        candidate_ids: The pool's ids, in pool order.

    Returns:
        Jobs in the order they were ranked in (a user's file: of first appearance).

    Raises:
        RecordError: The file isn't such a table, was made for other people, or has unknown or
            repeated candidates, or scores that don't strictly decrease.
    """
    table, metadata = _load(str(path))
    if metadata.get("evenhand.pool") not in (None, digest_texts(candidate_ids)):
        raise RecordError(
            "these rankings were made for another pool; give that pool or rank again",
            path=str(path),
        )
    place = {each: index for index, each in enumerate(candidate_ids)}
    lists: Lists = {job: {} for job in json.loads(metadata.get("evenhand.jobs", "[]"))}
    for line, row in _in_order(table):
        job, candidate, score = row["job_id"], row["candidate_id"], row["score"]
        found = lists.setdefault(job, {})
        problem = _problem(found, place.get(candidate), candidate, score)
        if problem:
            raise RecordError(f"job {job!r}: {problem}", path=str(path), line=line)
        found[place[candidate]] = float(score)
    k = int(metadata.get("evenhand.k", max((len(found) for found in lists.values()), default=0)))
    return _rankings(lists, tuple(candidate_ids), k)


def _load(path: str) -> tuple[Any, dict[str, str]]:
    """The table and its own key-value pairs."""
    pq = require("pyarrow.parquet", "reading Parquet")
    pa = require("pyarrow", "reading Parquet")

    try:
        table = pq.read_table(path)
    except FileNotFoundError as cause:
        raise RecordError("no such file; check the path", path=path) from cause
    except (OSError, pa.ArrowException) as cause:
        raise RecordError(
            "isn't a Parquet file that can be read; make it with evenhand match", path=path
        ) from cause
    for column in _COLUMNS:
        if column not in table.column_names and column != "rank":
            raise RecordError("the column is missing; rankings need it", path=path, field=column)
    raw = table.schema.metadata or {}
    return table, {
        key.decode(): value.decode() for key, value in raw.items() if key.startswith(b"evenhand.")
    }


def _in_order(table: Any) -> list[tuple[int, dict[str, Any]]]:
    """Rows with their 1-based number, by rank within their job, jobs as they stand."""
    columns = [column for column in _COLUMNS if column in table.column_names]
    rows = list(enumerate(table.select(columns).to_pylist(), start=1))
    if "rank" not in columns:
        return rows
    first = {row["job_id"]: line for line, row in reversed(rows)}
    return sorted(rows, key=lambda pair: (first[pair[1]["job_id"]], pair[1]["rank"]))


def _problem(
    found: dict[int, float], position: int | None, candidate: object, score: object
) -> str | None:
    """What is wrong with one row, given those above it."""
    if position is None:
        return f"candidate {candidate!r} isn't in the pool; rank this pool"
    if position in found:
        return f"candidate {candidate!r} is listed twice; list everybody once"
    if not isinstance(score, int | float) or not np.isfinite(score):
        return f"the score {score!r} isn't a finite number; give one to every candidate"
    if found and score >= next(reversed(found.values())):
        return "scores must strictly decrease down the list; break ties by candidate id"
    return None


def _rankings(lists: Lists, candidate_ids: tuple[str, ...], k: int) -> Rankings:
    """Lists padded to ``k``."""
    positions = np.full((len(lists), k), -1, dtype=np.int64)
    scores = np.full((len(lists), k), np.nan)
    for row, found in enumerate(lists.values()):
        positions[row, : len(found)] = list(found)
        scores[row, : len(found)] = list(found.values())
    return Rankings(tuple(lists), candidate_ids, positions, scores)
