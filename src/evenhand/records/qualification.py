"""Who is qualified for which ad: by equal values of a column, or by judgements of a file.

A proxy in both cases. Nobody's rank or score counts here; how relevance enters nDCG is decided
where it is measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import RecordError
from evenhand.records.candidate import Pool
from evenhand.records.columns import need_columns, record_id, renamed, some
from evenhand.records.files import AnyPath
from evenhand.records.formats import read_rows
from evenhand.records.job import Job
from evenhand.records.readers import hand_over
from evenhand.records.rows import Problems, Row, RowTable, kind_of

BoolArray: TypeAlias = NDArray[np.bool_]
FloatArray: TypeAlias = NDArray[np.float64]

NO_OCCUPATION = ("", "other")
"""Values of a column through which nobody is qualified."""

_NOTHING: Mapping[str, str] = {}


class Judgement(NamedTuple):
    """One judged pair; relevance is 0 or more, and above 0 means qualified."""

    job: str
    candidate: str
    relevance: float
    line: int


@dataclass(frozen=True)
class Judgements:
    """All judged pairs of a file; pairs that aren't there have relevance 0.

    Attributes:
        path: The file, as the user named it.
        pairs: The judgements, in file order; no pair twice.
    """

    path: str
    pairs: tuple[Judgement, ...]

    @cached_property
    def job_ids(self) -> frozenset[str]:
        """Jobs that are judged."""
        return frozenset(pair.job for pair in self.pairs)

    def relevance(self, jobs: Sequence[Job], pool: Pool) -> FloatArray:
        """Relevance, shape ``(jobs, people)``.

        Raises:
            RecordError: When not one pair is of these jobs and people.
        """
        rows = {job.id: position for position, job in enumerate(jobs)}
        columns = {person: position for position, person in enumerate(pool.ids)}
        known = [pair for pair in self.pairs if pair.job in rows and pair.candidate in columns]
        if not known:
            raise RecordError(
                "no judgement is about a job and a person that were given; check that the ids "
                "are the same",
                path=self.path,
            )
        matrix = np.zeros((len(rows), len(columns)))
        matrix[[rows[pair.job] for pair in known], [columns[pair.candidate] for pair in known]] = [
            pair.relevance for pair in known
        ]
        return matrix

    def unknown(self, jobs: Sequence[Job], pool: Pool) -> list[RecordError]:
        """One error for every judgement of a job or person that wasn't given, not raised.

        They are no mistake where jobs or people were filtered.
        """
        job_ids, person_ids = {job.id for job in jobs}, set(pool.ids)
        errors: list[RecordError] = []
        for pair in self.pairs:
            for name, value, known in (
                ("job", pair.job, job_ids),
                ("candidate", pair.candidate, person_ids),
            ):
                if value not in known:
                    errors.append(
                        RecordError(
                            f"{value!r} is not among the ids that were given; check the id, or "
                            "leave the judgement out",
                            path=self.path,
                            line=pair.line,
                            field=name,
                        )
                    )
        return errors


def read_judgements(
    path: AnyPath,
    *,
    mapping: Mapping[str, str] = _NOTHING,
    skip_bad: list[RecordError] | None = None,
) -> Judgements:
    """Read judged pairs from a JSONL, CSV or Parquet file.

    Args:
        path: A file with the columns ``job``, ``candidate`` and ``relevance`` (0 or more; above 0
            means qualified). Other columns are ignored.
        mapping: The file's column to the name that evenhand uses.
        skip_bad: Where given, a bad row is left out and its error appended here.

    Raises:
        RecordError: For a bad file; and for the first bad row, unless ``skip_bad`` is given.
    """
    problems = Problems(str(path), collect=True)
    table = renamed(read_rows(problems), mapping, problems)
    need_columns(table, ("job", "candidate", "relevance"), problems)
    pairs = tuple(_checked(table, problems))
    hand_over(problems, pairs, skip_bad)
    return Judgements(str(path), pairs)


def _checked(table: RowTable, problems: Problems) -> Iterator[Judgement]:
    first_lines: dict[tuple[str, str], int] = {}
    for row in table.rows:
        try:
            pair = _judgement(row, problems.path)
        except RecordError as error:
            problems.report(error.problem, line=error.line, field=error.field)
            continue
        first = first_lines.setdefault((pair.job, pair.candidate), row.line)
        if first == row.line:
            yield pair
            continue
        problems.report(
            f"{pair.job!r} and {pair.candidate!r} are judged in line {first} already; keep one",
            line=row.line,
        )


def _judgement(row: Row, path: str) -> Judgement:
    job, candidate = record_id(row, "job", path), record_id(row, "candidate", path)
    value = row.values.get("relevance")
    relevance = _number(value)
    if relevance is None or not math.isfinite(relevance) or relevance < 0:
        what = repr(value[:40]) if isinstance(value, str) else kind_of(value)
        raise RecordError(
            f"is {what if relevance is None else value}; it must be a number of 0 or more",
            path=path,
            line=row.line,
            field="relevance",
        )
    return Judgement(job, candidate, relevance, row.line)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def qualification(
    jobs: Sequence[Job],
    pool: Pool,
    by: str = "occupation_group",
    judgements: Judgements | None = None,
) -> BoolArray:
    """Who is qualified for which ad.

    Args:
        jobs: The ads.
        pool: The people.
        by: The field whose values must be equal; ``""`` and ``"other"`` qualify nobody.
        judgements: Where given they decide instead: relevance above 0 is qualified.

    Returns:
        Shape ``(jobs, people)``.

    Raises:
        RecordError: When no job or nobody has the field, or no judgement is about these jobs and
            people. An ad without any qualified person is not an error here.
    """
    if judgements is not None:
        return judgements.relevance(jobs, pool) > 0
    wanted = np.array([job.fields.get(by, "") for job in jobs], dtype=np.str_)
    offered = pool.column(by)
    for what, values, have in (
        ("job", wanted, sorted({name for job in jobs for name in job.fields})),
        ("person", offered, sorted({name for person in pool for name in person.fields})),
    ):
        if not np.any(values != ""):
            raise RecordError(
                f"no {what} has a value in this column; qualify by another one or give judgements "
                f"(the columns are {some(have) or 'id and text alone'})",
                field=by,
            )
    possible = ~np.isin(wanted, NO_OCCUPATION)
    return (wanted[:, None] == offered[None, :]) & possible[:, None]
