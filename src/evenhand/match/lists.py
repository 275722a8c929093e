"""Ranked lists on disk: written as Parquet, read from whatever an engine writes.

Written: columns ``job_id, rank, candidate_id, score``, one row a listed candidate, best first;
ranks start at 1; ids only, no text, no attribute. Read: that, and the lists of a user's own engine
as a table of any kind that ``records`` reads, a TREC run, or responses of Elasticsearch and
OpenSearch, in any order.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np

from evenhand.errors import require
from evenhand.match.protocol import Rankings
from evenhand.records.columns import key_of, keys_of
from evenhand.records.files import digest_texts, write_parquet
from evenhand.records.rows import (
    Problems,
    Row,
    RowTable,
    as_text,
    number_of,
    opened,
    some,
    suffix_of,
)
from evenhand.records.tables import as_utf8, json_objects, read_rows

_ROLES = ("job", "candidate", "rank", "score")
_METADATA = b"evenhand."
_ANSWERS = frozenset({"hits", "responses", "error", "took"})
"""Keys one of which a search engine's response has."""
_TREC = ("job", "Q0", "candidate", "rank", "score", "tag")
_RUNS = (".trec", ".run", ".res", ".results")


def write_rankings(path: Path | str, rankings: Rankings) -> None:
    """Write rankings."""
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


class _Entry(NamedTuple):
    """One candidate of one list, as it stands in the file."""

    line: int
    position: int
    rank: float
    score: float


_Lists = dict[str, list[_Entry]]


def read_rankings(
    path: Path | str,
    candidate_ids: Sequence[str],
    job_ids: Sequence[str] = (),
    notes: list[str] | None = None,
) -> Rankings:
    """Read rankings, evenhand's own or those of a user's engine.

    A rank gives the order, whatever the scores are; without one the scores give it, equal ones in
    the order of the candidates' ids. Read are a table with a column for the ad, one for the
    candidate and a rank, a score or both; a TREC run; or JSON of Elasticsearch or OpenSearch.
    """
    problems = Problems(str(path), collect=False)
    known = _metadata(path)
    if known.get("evenhand.pool") not in (None, digest_texts(candidate_ids)):
        problems.fail("these rankings were made for another pool; give that pool or rank again")
    lists: _Lists = {job: [] for job in json.loads(known.get("evenhand.jobs", "[]"))}
    place_of = {each: index for index, each in enumerate(candidate_ids)}
    said: list[str] = []
    if known.get("rows") != "0":
        columns, rows = _rows_of(problems, job_ids, lists, said)
        for line, values in rows:
            cells = {role: values.get(name) for role, name in columns.items()}
            job, entry = _entry(line, cells, place_of, problems)
            lists.setdefault(job, []).append(entry)
    ordered = {
        job: _ordered(entries, job, candidate_ids, problems) for job, entries in lists.items()
    }
    ties = sum(
        one.score == other.score
        for entries in ordered.values()
        if entries and math.isnan(entries[0].rank)
        for one, other in pairwise(entries)
    )
    if ties:
        said.append(f"{ties:,} equal scores stand in the order of the candidates' ids.")
    if notes is not None:
        notes += said
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


def _rows_of(
    problems: Problems, job_ids: Sequence[str], lists: _Lists, notes: list[str]
) -> tuple[Mapping[str, str], Iterable[Row]]:
    """The column of each role and the rows of a file, one an entry of a list."""
    if responses := _responses(problems):
        names = _jobs_of(responses, job_ids, problems, notes)
        lists |= {job: [] for job in names}  # one that answers nothing is a list, too
        return {role: role for role in _ROLES}, _hits(responses, names, problems)
    table = _run(problems) or read_rows(Problems(problems.path, collect=False))
    notes += table.notes
    return _columns(table, problems), table.rows


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


def _entry(
    line: int, cells: Mapping[str, object], place_of: Mapping[str, int], problems: Problems
) -> tuple[str, _Entry]:
    """The ad and the entry that a row tells of."""
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
    if problem or rank is None or score is None:
        problems.fail(problem, line=line)
    return job, _Entry(line, place_of[candidate], rank, score)


def _id_of(value: object) -> str:
    return "" if value is None else as_text(value).strip()


def _number(value: object) -> float | None:
    """NaN where there is none; None for what is no number."""
    if value is None or isinstance(value, bool):
        return None if value is not None else math.nan
    return float(value) if isinstance(value, int | float) else number_of(str(value))


def _ordered(
    entries: list[_Entry], job: str, candidate_ids: Sequence[str], problems: Problems
) -> list[_Entry]:
    """One list, best first."""
    seen: set[int] = set()
    for entry in entries:
        if entry.position in seen:
            name = candidate_ids[entry.position]
            problems.fail(
                f"job {job!r}: candidate {name!r} is listed twice; list everybody once",
                line=entry.line,
            )
        seen.add(entry.position)
    if not entries or math.isnan(entries[0].rank):
        return sorted(entries, key=lambda entry: (-entry.score, candidate_ids[entry.position]))
    entries = sorted(entries, key=lambda entry: entry.rank)
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
        return [entry._replace(score=-entry.rank) for entry in entries]
    return entries


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


def _jobs_of(
    responses: Sequence[tuple[int, dict[str, Any]]],
    job_ids: Sequence[str],
    problems: Problems,
    notes: list[str],
) -> list[str]:
    """The ad of each response: they name their ads or stand in their order."""
    names: list[str] = []
    for _, response in responses:
        keys = {key_of(name): name for name in response}
        name = next((keys[key] for key in keys_of("lists", "job") if key in keys), None)
        names.append("" if name is None else _id_of(response[name]))
    if all(names):
        return names
    if len(job_ids) != len(responses):
        problems.fail(
            f"holds {len(responses)} responses that don't say of which ad, and there are "
            f"{len(job_ids)} ads; give one for each, in the order of the ads, or add a job_id "
            "to each"
        )
    notes.append("The responses don't name their ads and were taken in the ads' order.")
    return list(job_ids)


def _hits(
    responses: Sequence[tuple[int, dict[str, Any]]], names: Sequence[str], problems: Problems
) -> Iterator[Row]:
    """One row a hit."""
    for (line, response), job in zip(responses, names, strict=True):
        hits = response.get("hits")
        inner = cast("dict[str, Any]", hits).get("hits") if isinstance(hits, dict) else hits
        if response.get("error") or not isinstance(inner, list):
            problems.fail(
                "this response holds an error or no hits; ask again for this ad", line=line
            )
        for rank, hit in enumerate(cast("list[Any]", inner), start=1):
            if not isinstance(hit, dict):
                problems.fail("a hit of this response isn't an object", line=line)
            told = cast("dict[str, Any]", hit)
            cells = {"candidate": told.get("_id"), "score": told.get("_score")}
            yield Row(line, {"job": job, "rank": rank, **cells})


def _padded(
    lists: Mapping[str, Sequence[_Entry]], candidate_ids: tuple[str, ...], k: int
) -> Rankings:
    """Lists padded to ``k``."""
    positions = np.full((len(lists), k), -1, dtype=np.int64)
    scores = np.full((len(lists), k), np.nan)
    for row, found in enumerate(lists.values()):
        positions[row, : len(found)] = [entry.position for entry in found]
        scores[row, : len(found)] = [entry.score for entry in found]
    return Rankings(tuple(lists), candidate_ids, positions, scores)
