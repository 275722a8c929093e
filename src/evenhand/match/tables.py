"""Ranked lists on disk: written as Parquet, read from whatever an engine writes.

Written: columns ``job_id, rank, candidate_id, score``, one row a listed candidate, best first;
ranks start at 1; ids only, no text, no attribute. Read: that, and the lists of a user's own engine
as a table of any kind that ``records`` reads, a TREC run, or responses of Elasticsearch and
OpenSearch, in any order.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from evenhand.errors import require
from evenhand.match.protocol import Rankings
from evenhand.records.answers import key_of, keys_of
from evenhand.records.columns import as_text, some
from evenhand.records.files import digest_texts, write_parquet
from evenhand.records.formats import as_utf8, json_objects, read_rows
from evenhand.records.outcome_columns import number_of
from evenhand.records.rows import Problems, Row, RowTable, opened, suffix_of

_ROLES = ("job", "candidate", "rank", "score")
_METADATA = b"evenhand."
_ANSWERS = frozenset({"hits", "responses", "error", "took"})
"""Keys one of which a search engine's response has."""
_TREC = ("job", "Q0", "candidate", "rank", "score", "tag")
_RUNS = (".trec", ".run", ".res", ".results")


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


@dataclass
class _Entry:
    """One candidate of one list, as it stands in the file."""

    line: int
    position: int
    rank: float
    score: float


@dataclass
class _Lists:
    """What is gathered of a file.

    Attributes:
        by_job: The entries of every list, as they stand.
        notes: What was made of the file, one sentence each.
        ties: Equal scores that were put in the order of ids.
    """

    problems: Problems
    place: str = "line"
    by_job: dict[str, list[_Entry]] = field(default_factory=dict[str, list[_Entry]])
    notes: list[str] = field(default_factory=list[str])
    ties: int = 0


def read_rankings(
    path: Path | str,
    candidate_ids: Sequence[str],
    job_ids: Sequence[str] = (),
    notes: list[str] | None = None,
) -> Rankings:
    """Read rankings, evenhand's own or those of a user's engine.

    A rank gives the order, whatever the scores are; without one the scores give it, equal ones in
    the order of the candidates' ids.

    Args:
        path: A table with a column for the ad, one for the candidate and a rank, a score or both,
            under their usual names; a TREC run (``.trec``, ``.run``, or text of that form); or
            JSON that Elasticsearch or OpenSearch answered, one response an ad.
        candidate_ids: The pool's ids, in pool order.
        job_ids: The ads that lists are wanted for; all that the file has, if empty.
        notes: Where it is said what was made of the file.

    Returns:
        Lists in the order of ``job_ids``, or else in that of first appearance. Scores of lists
        that have ranks alone are minus the rank.

    Raises:
        RecordError: The file isn't such a table, was made for other people, lacks one of the ads,
            has unknown or repeated candidates, or ranks and scores that contradict each other.
    """
    problems = Problems(str(path), collect=False)
    known = _metadata(path)
    if known.get("evenhand.pool") not in (None, digest_texts(candidate_ids)):
        problems.fail("these rankings were made for another pool; give that pool or rank again")
    lists = _Lists(problems)
    place_of = {each: index for index, each in enumerate(candidate_ids)}
    for job in json.loads(known.get("evenhand.jobs", "[]")):
        lists.by_job[job] = []
    if known.get("rows") != "0":
        _gather(lists, place_of, job_ids)
    ordered = {job: _ordered(lists, job, candidate_ids) for job in lists.by_job}
    if lists.ties:
        lists.notes.append(
            f"{lists.ties:,} equal scores stand in the order of the candidates' ids."
        )
    if notes is not None:
        notes += lists.notes
    wanted = tuple(job_ids) or tuple(ordered)
    missing = [job for job in wanted if job not in ordered]
    if missing:
        problems.fail(
            f"{len(missing)} of {len(wanted)} ads have no list in it ({missing[0]!r} is the "
            "first); rank these ads, or leave them out with --where"
        )
    longest = max((len(ordered[job]) for job in ordered), default=0)
    k = int(known.get("evenhand.k", longest))
    return _padded({job: ordered[job] for job in wanted}, tuple(candidate_ids), k)


def _metadata(path: Path | str) -> dict[str, str]:
    """How many rows a Parquet file has, and what evenhand said of its own when it wrote them."""
    if suffix_of(str(path)) != ".parquet" or not Path(path).is_file():
        return {}
    parquet = require("pyarrow.parquet", "reading Parquet")
    arrow = require("pyarrow", "reading Parquet")
    try:
        about = parquet.read_metadata(path)
    except (arrow.ArrowException, OSError):  # its reader says what is wrong
        return {}
    raw = about.metadata or {}
    own = {key.decode(): said.decode() for key, said in raw.items() if key.startswith(_METADATA)}
    return {**own, "rows": str(about.num_rows)}


def _gather(lists: _Lists, place_of: Mapping[str, int], job_ids: Sequence[str]) -> None:
    problems = lists.problems
    responses = _responses(problems)
    if responses:
        _gather_responses(lists, responses, place_of, job_ids)
        return
    table = _run(problems) or read_rows(Problems(problems.path, collect=False))
    lists.place = table.place
    lists.notes += table.notes
    column = _columns(table, problems)
    for line, values in table.rows:
        cells = {role: values.get(name) for role, name in column.items()}
        _add(lists, line, cells, place_of)


def _columns(table: RowTable, problems: Problems) -> dict[str, str]:
    """The table's column of each role that it has."""
    keys = {key_of(name): name for name in table.columns}
    found: dict[str, str] = {}
    for role in _ROLES:
        name = next((keys[key] for key in keys_of("lists", role) if key in keys), None)
        if name is not None and name not in found.values():
            found[role] = name
    if not {"job", "candidate"} <= {*found} or not {"rank", "score"} & {*found}:
        problems.fail(
            "lists need a column with the ad (job_id), one with the candidate (candidate_id) and a "
            f"rank, a score or both; there are {some(table.columns)}"
        )
    return found


def _add(
    lists: _Lists, line: int, cells: Mapping[str, object], place_of: Mapping[str, int]
) -> None:
    """Take one entry in.

    Raises:
        RecordError: It says nothing that can be used; with its line.
    """
    job, candidate = (_id_of(cells.get(role)) for role in ("job", "candidate"))
    rank, score = (_number(cells.get(role)) for role in ("rank", "score"))
    problem = ""
    if not job or not candidate:
        problem = "the ad's or the candidate's id is blank; give both"
    elif candidate not in place_of:
        problem = f"job {job!r}: candidate {candidate!r} isn't in the pool; rank this pool"
    elif rank is None or ("rank" in cells and not math.isfinite(rank)):
        problem = f"job {job!r}: the rank {cells['rank']!r} isn't a finite number"
    elif score is None or math.isinf(score) or ("rank" not in cells and math.isnan(score)):
        problem = (
            f"job {job!r}: the score {cells['score']!r} isn't a finite number; give one to every "
            "candidate, or ranks"
        )
    if problem:
        lists.problems.fail(problem, line=line)
    assert rank is not None
    assert score is not None
    entries = lists.by_job.setdefault(job, [])
    entries.append(_Entry(line, place_of[candidate], rank, score))


def _id_of(value: object) -> str:
    return "" if value is None else as_text(value).strip()


def _number(value: object) -> float | None:
    """NaN where there is none; None for what is no number."""
    if value is None or isinstance(value, bool):
        return None if value is not None else math.nan
    return float(value) if isinstance(value, int | float) else number_of(str(value))


def _ordered(lists: _Lists, job: str, candidate_ids: Sequence[str]) -> list[tuple[int, float]]:
    """Positions and scores of one list, best first.

    Raises:
        RecordError: A candidate or rank is there twice, or a worse rank has the better score.
    """
    problems, entries = lists.problems, lists.by_job[job]
    seen: set[int] = set()
    for entry in entries:
        if entry.position in seen:
            name = candidate_ids[entry.position]
            problems.fail(
                f"job {job!r}: candidate {name!r} is listed twice; list everybody once",
                line=entry.line,
            )
        seen.add(entry.position)
    if entries and not math.isnan(entries[0].rank):
        return _by_rank(job, sorted(entries, key=lambda entry: entry.rank), problems)
    entries = sorted(entries, key=lambda entry: (-entry.score, candidate_ids[entry.position]))
    lists.ties += sum(one.score == other.score for one, other in pairwise(entries))
    return [(entry.position, entry.score) for entry in entries]


def _by_rank(job: str, entries: Sequence[_Entry], problems: Problems) -> list[tuple[int, float]]:
    for one, other in pairwise(entries):
        if one.rank == other.rank:
            problems.fail(
                f"job {job!r}: the rank {other.rank:g} is given twice; give every candidate its "
                "own, or leave the ranks out where there are scores",
                line=max(one.line, other.line),
            )
        if other.score > one.score:
            problems.fail(
                f"job {job!r}: rank {other.rank:g} has a higher score than rank {one.rank:g}; "
                "leave out the column that isn't right",
                line=other.line,
            )
    if any(math.isnan(entry.score) for entry in entries):
        return [(entry.position, -entry.rank) for entry in entries]
    return [(entry.position, entry.score) for entry in entries]


def _run(problems: Problems) -> RowTable | None:
    """A TREC run: ad, Q0, candidate, rank, score and a tag, apart by blanks, without a header."""
    suffix = suffix_of(problems.path)
    if suffix not in (*_RUNS, ".txt"):
        return None
    rows: list[Row] = []
    with opened(problems) as file:
        for number, line in enumerate(file, start=1):
            cells = line.decode("utf-8", "replace").split()
            if not cells:
                continue
            if len(cells) not in (5, 6) or cells[1].upper() not in ("Q0", "0"):
                if suffix == ".txt" and not rows:
                    return None
                problems.fail(
                    "is no line of a TREC run; write ad, Q0, candidate, rank, score and a name, "
                    "apart by blanks",
                    line=number,
                )
            rows.append(Row(number, dict(zip(_TREC, cells, strict=False))))
    # A rank in a run is written for people: TREC's own tools go by the score.
    return RowTable(problems.path, ("job", "candidate", "score"), rows)


def _responses(problems: Problems) -> list[tuple[int, dict[str, Any]]]:
    """Answers of a search engine with the line (or number) of each; none for any other file."""
    suffix = suffix_of(problems.path)
    if suffix not in (".json", ".jsonl", ".ndjson"):
        return []
    with opened(problems) as file:
        plain = as_utf8(file, problems)
        if suffix == ".json":
            rows = _in_json(plain)
        else:
            objects = json_objects(plain, Problems(problems.path, collect=True))
            first = next(objects, None)
            if first is None or _ANSWERS.isdisjoint(first.values):
                return []  # A table of lists, which may be long and is read elsewhere.
            rows = [(row.line, row.values) for row in (first, *objects)]
    flat = [(line, one) for line, row in rows for one in _each(row)]
    return flat if any("hits" in one for _, one in flat) else []


def _each(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The single answers of a line: those of a multi-search, or the line itself."""
    inner: Any = row.get("responses")
    return cast("list[dict[str, Any]]", inner) if isinstance(inner, list) else [row]


def _in_json(file: BinaryIO) -> list[tuple[int, dict[str, Any]]]:
    """The objects of a JSON document with their numbers; none of what holds anything else."""
    try:
        parsed: object = json.loads(file.read())
    except ValueError:  # its reader says what is wrong
        return []
    if isinstance(parsed, dict):
        inner = cast("dict[str, Any]", parsed)
        parsed = inner.get("responses", [inner])
    items = cast("list[Any]", parsed) if isinstance(parsed, list) else []
    return list(enumerate(items, start=1)) if all(isinstance(one, dict) for one in items) else []


def _gather_responses(
    lists: _Lists,
    responses: Sequence[tuple[int, dict[str, Any]]],
    place_of: Mapping[str, int],
    job_ids: Sequence[str],
) -> None:
    """Take in what a search engine answered; the answers name their ads or stand in their order.

    Raises:
        RecordError: One of them is an error, holds no hits, or can't be told whose it is.
    """
    problems = lists.problems
    names = [_job_of(response) for _, response in responses]
    if not all(names):
        if len(job_ids) != len(responses):
            problems.fail(
                f"holds {len(responses)} responses that don't say of which ad, and there are "
                f"{len(job_ids)} ads; give one for each, in the order of the ads, or add a job_id "
                "to each"
            )
        names = list(job_ids)
        lists.notes.append("The responses don't name their ads and were taken in the ads' order.")
    for (line, response), job in zip(responses, names, strict=True):
        for rank, hit in enumerate(_hits(response, line, problems), start=1):
            cells = {"job": job, "candidate": hit.get("_id"), "rank": rank}
            if hit.get("_score") is not None:
                cells["score"] = hit["_score"]
            _add(lists, line, cells, place_of)
        lists.by_job.setdefault(job, [])


def _hits(response: Mapping[str, Any], line: int, problems: Problems) -> Iterator[dict[str, Any]]:
    hits = response.get("hits")
    inner = cast("dict[str, Any]", hits).get("hits") if isinstance(hits, dict) else hits
    if response.get("error") or not isinstance(inner, list):
        problems.fail("this response holds an error or no hits; ask again for this ad", line=line)
    for hit in cast("list[object]", inner):
        if not isinstance(hit, dict):
            problems.fail("a hit of this response isn't an object", line=line)
        yield cast("dict[str, Any]", hit)


def _job_of(response: Mapping[str, Any]) -> str:
    keys = {key_of(name): name for name in response}
    name = next((keys[key] for key in keys_of("lists", "job") if key in keys), None)
    return "" if name is None else _id_of(response[name])


def _padded(
    lists: Mapping[str, Sequence[tuple[int, float]]], candidate_ids: tuple[str, ...], k: int
) -> Rankings:
    """Lists padded to ``k``."""
    positions = np.full((len(lists), k), -1, dtype=np.int64)
    scores = np.full((len(lists), k), np.nan)
    for row, found in enumerate(lists.values()):
        positions[row, : len(found)] = [position for position, _ in found]
        scores[row, : len(found)] = [score for _, score in found]
    return Rankings(tuple(lists), candidate_ids, positions, scores)
