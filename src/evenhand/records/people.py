"""People and pools of people, their readers and those of jobs, and who is qualified for which ad.

The rewriter and the generator never import this module (a test enforces it): what a matching
engine gets is ``Pool.documents()``, ids and texts without any attribute. A job needs ``id`` and
``text`` (``title`` is taken where there is one) or the shape of a posting, a person ``id`` and
``text``; every other column becomes a field, as text. All records of a file are checked, also
those that ``where`` leaves out, and every problem is one ``RecordError``. Who is qualified is a
proxy: by equal values of a column, or by judgements of a file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import RecordError
from evenhand.records.columns import (
    DEFAULT_UNKNOWN,
    MOST_VALUES,
    Located,
    Unknown,
    Wanted,
    coded,
    locate_groups,
    report_unused,
    texts_of,
    too_many,
)
from evenhand.records.documents import posting_of, read_document
from evenhand.records.files import AnyPath, digest_texts
from evenhand.records.job import Job
from evenhand.records.markup import read_markup
from evenhand.records.rows import (
    MAX_RECORD,
    Problems,
    Row,
    RowTable,
    as_text,
    has_surrogate,
    kind_of,
    need_columns,
    record_id,
    renamed,
    some,
    there_are,
)
from evenhand.records.tables import read_rows


@dataclass(frozen=True, slots=True)
class Document:
    """An id and a text: all that a matching engine may know of a person."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person.

    Attributes:
        id: Unique within a pool.
        text: The profile that the matching engine reads.
        fields: Every other column, as text; ``""`` where unknown. Some of these are protected
            attributes (gender, age band): whoever measures names them, nobody else reads them.
    """

    id: str
    text: str
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Pool:
    """The people that ads are ranked against, in a fixed order.

    Attributes:
        people: Everybody.
        path: The file that they came from, for sentences.
        unknown: Which values of a group column are no answer.
        notes: What was made of their groups, one sentence each.
        grouped_by: The columns in which this was done.
    """

    people: tuple[Candidate, ...]
    path: str = field(default="the people", compare=False)
    unknown: Unknown = DEFAULT_UNKNOWN
    notes: tuple[str, ...] = field(default=(), compare=False)
    grouped_by: frozenset[str] = field(default=frozenset(), compare=False)

    def __len__(self) -> int:
        """Number of people."""
        return len(self.people)

    def __iter__(self) -> Iterator[Candidate]:
        """The people, in order."""
        return iter(self.people)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Candidate ids, in pool order."""
        return tuple(person.id for person in self.people)

    def documents(self) -> list[Document]:
        """What a matching engine may see: ids and texts."""
        return [Document(person.id, person.text) for person in self.people]

    def column(self, name: str) -> NDArray[np.str_]:
        """One field of everybody, shape ``(people,)``; ``""`` where unknown."""
        return np.array([person.fields.get(name, "") for person in self.people], dtype=np.str_)

    def has_column(self, name: str) -> bool:
        """Whether anybody has a value in this field."""
        return any(person.fields.get(name) for person in self.people)

    def where(self, keep: Callable[[Candidate], bool]) -> Pool:
        """The people for whom ``keep`` is true, in the same order."""
        return replace(self, people=tuple(person for person in self.people if keep(person)))

    def take(self, positions: Sequence[int] | NDArray[np.integer]) -> Pool:
        """The people at these positions."""
        people = tuple(self.people[int(position)] for position in positions)
        return replace(self, people=people)

    def grouped(self, columns: Sequence[str], *, alone: bool = True) -> Pool:
        """The same people with one spelling a group in these columns, and none for no answer.

        A column that isn't there is found under its usual names, as in outcomes.

        Args:
            columns: What people are compared by.
            alone: Whether ``unknown`` is about these people alone, so that a value of it that
                nobody has is a mistake.

        Raises:
            RecordError: For a column that isn't there, could be two, or has too many values; all
                of them in one message.
        """
        names = tuple(name for name in dict.fromkeys(columns) if name not in self.grouped_by)
        if not names:
            return self
        problems = Problems(self.path, collect=True)
        there = [*dict.fromkeys(name for person in self.people for name in person.fields)]
        located = Located({}, [])
        locate_groups(there, Wanted(names), located, problems)
        texts = {
            name: texts_of([person.fields.get(there[at], "") for person in self.people])
            for name, at in located.found.items()
        }
        each = np.ones(len(self), dtype=np.int64)
        values: dict[str, list[str]] = {}
        notes = [*located.notes]
        for name, column in texts.items():
            found, said = coded(column, name, each, self.unknown)
            notes += said
            group_of = (*found.values, "")
            values[name] = [group_of[code] for code in found.codes.tolist()]
            if len(found.values) > MOST_VALUES:
                problems.report(too_many(name, found.values))
            elif not found.values:
                problems.report("nobody in the pool has a value in this column", field=name)
        if alone:
            given = {name: column.distinct for name, column in texts.items()}
            report_unused(self.unknown, given, problems)
        problems.settle()
        people = tuple(
            replace(
                person,
                fields={**person.fields, **{name: column[at] for name, column in values.items()}},
            )
            for at, person in enumerate(self.people)
        )
        grouped_by = self.grouped_by | {*names}
        return replace(self, people=people, notes=(*self.notes, *notes), grouped_by=grouped_by)

    @cached_property
    def digest(self) -> str:
        """Hex digest of ids and texts in order; attributes are left out on purpose."""
        return digest_texts(part for person in self.people for part in (person.id, person.text))


Record = TypeVar("Record")

_NOTHING: Mapping[str, str] = {}


def read_jobs(
    path: AnyPath,
    *,
    mapping: Mapping[str, str] = _NOTHING,
    where: Mapping[str, str] = _NOTHING,
    skip_bad: list[RecordError] | None = None,
    sheet: str = "",
) -> list[Job]:
    """Read job ads, in file order.

    Args:
        path: A ``.jsonl``, ``.csv`` or ``.parquet`` file.
        mapping: The file's column to the name that evenhand uses (``{"body": "text"}``).
        where: Keep the records whose field has this value (``{"split": "test"}``); all of them
            must hold. Names are those after mapping.
        skip_bad: Where given, a bad record is left out and its error appended here.
        sheet: Of a workbook, where it holds several.

    Raises:
        RecordError: For a bad file; and for bad records, all in one message, unless ``skip_bad``
            is given.
    """
    return [_job(one) for _, one in _read(path, mapping, where, skip_bad, sheet, ads=True)[0]]


def read_people(
    path: AnyPath,
    *,
    mapping: Mapping[str, str] = _NOTHING,
    where: Mapping[str, str] = _NOTHING,
    skip_bad: list[RecordError] | None = None,
    unknown: Unknown = DEFAULT_UNKNOWN,
    sheet: str = "",
) -> Pool:
    """Read the people of a pool, in file order; arguments and errors as for ``read_jobs``.

    ``unknown`` says which values are no answer, once people are compared (``Pool.grouped``).
    """
    kept, notes = _read(path, mapping, where, skip_bad, sheet, ads=False)
    return Pool(tuple(person for _, person in kept), str(path), unknown, notes)


def read_ad(path: AnyPath) -> Job:
    """Read one ad from a document (.txt, .md, .html, .docx, .pdf, a posting in .json) or ``-``.

    Raises:
        RecordError: For a bad file, an empty one, one that isn't UTF-8 or is over 4 MiB.
    """
    found = read_document(Path(path))
    return Job(found.id, found.text, found.title)


def read_numbered_jobs(
    path: AnyPath, skip_bad: list[RecordError] | None = None
) -> list[tuple[int, Job]]:
    """Job ads with the line or row that each stands on; otherwise as ``read_jobs``."""
    kept, _ = _read(path, _NOTHING, _NOTHING, skip_bad, "", ads=True)
    return [(line, _job(one)) for line, one in kept]


def _job(record: Candidate) -> Job:
    fields = dict(record.fields)
    return Job(record.id, record.text, fields.pop("title", ""), fields)


def _read(
    path: AnyPath,
    mapping: Mapping[str, str],
    where: Mapping[str, str],
    skip_bad: list[RecordError] | None,
    sheet: str,
    *,
    ads: bool,
) -> tuple[list[tuple[int, Candidate]], tuple[str, ...]]:
    """Records that are wanted, with the line of each, and what is unusual about the file."""
    problems = Problems(str(path), collect=True)
    likely = Wanted(("id", "text"), mapping).header_hits
    table = renamed(read_rows(problems, likely, sheet), mapping, problems)
    if ads:
        table = _with_ads(table, postings="text" not in mapping.values())
    need_columns(table, ("id", "text"), problems)
    others = [name for name in table.columns if name not in ("id", "text")]
    kept = _good(
        table,
        problems,
        lambda row: _record(row, others, problems.path),
        lambda record: record.id,
        lambda record, line: (
            f"{record.id!r} is also the id of line {line}; give each record its own id"
        ),
        "id",
    )
    _hand_over(problems, kept, skip_bad)
    return _selected(kept, where, table, problems), table.notes


def _with_ads(table: RowTable, *, postings: bool) -> RowTable:
    """The same with the text, the title and the id of every posting, read as its page shows it."""
    rows: list[Row] = []
    plain = "text" in table.columns
    for row in table.rows:
        values = row.values
        found = posting_of(values) if postings else None
        if found and not (plain and found.is_loose):
            named = found.id or values.get("id") or f"{table.place} {row.line}"
            title = found.value(found.title) if found.title else ""
            values = {**values, "id": named, "text": found.text(), "title": title}
        elif isinstance(text := values.get("text"), str):
            values = {**values, "text": read_markup(text).text}
        rows.append(Row(row.line, values))
    columns = dict.fromkeys((*table.columns, *(name for row in rows for name in row.values)))
    return replace(table, columns=tuple(columns), rows=rows)


def _good(
    table: RowTable,
    problems: Problems,
    make: Callable[[Row], Record],
    key: Callable[[Record], Hashable],
    twice: Callable[[Record, int], str],
    field: str = "",
) -> list[tuple[int, Record]]:
    """The good records with their lines; bad and repeated ones are reported."""
    first_lines: dict[Hashable, int] = {}
    kept: list[tuple[int, Record]] = []
    for row in table.rows:
        try:
            record = make(row)
        except RecordError as error:
            problems.found.append(error)
            continue
        first = first_lines.setdefault(key(record), row.line)
        if first == row.line:
            kept.append((row.line, record))
        else:
            problems.report(twice(record, first), line=row.line, field=field)
    return kept


def _record(row: Row, others: Iterable[str], path: str) -> Candidate:
    """What every record has, checked: an id, a text and the rest as text."""
    fields = {name: as_text(row.values.get(name)) for name in others}
    record = Candidate(record_id(row, "id", path), _text_of(row, path), fields)
    for name, value in (("id", record.id), ("text", record.text), *fields.items()):
        problem = ""
        if len(value) > MAX_RECORD:
            problem = "is longer than 4 MiB; shorten it"
        elif has_surrogate(value) or has_surrogate(name):
            problem = "is not UTF-8 text; save the file as UTF-8"
        if problem:
            raise RecordError(problem, path=path, line=row.line, field=name)
    return record


def _text_of(row: Row, path: str) -> str:
    value = row.values.get("text")
    if isinstance(value, str) and value.strip():
        return value
    problem = "is empty; write the text or remove the record"
    if value is not None and not isinstance(value, str):
        problem = f"is {kind_of(value)}; it must be text"
    raise RecordError(problem, path=path, line=row.line, field="text")


def _hand_over(
    problems: Problems, kept: Sequence[object], skip_bad: list[RecordError] | None
) -> None:
    """Give the collected problems to the caller, in file order, or raise them."""
    if skip_bad is None:
        problems.settle()
        return
    found = sorted(problems.found, key=lambda error: error.line or 0)
    skip_bad.extend(found)
    if found and not kept:
        first = found[0]
        problems.fail(
            f"no record is good; the first: {first.problem}", line=first.line, field=first.field
        )


def _selected(
    kept: list[tuple[int, Candidate]],
    where: Mapping[str, str],
    table: RowTable,
    problems: Problems,
) -> list[tuple[int, Candidate]]:
    for name, wanted in where.items():
        if name not in table.columns:
            problems.fail(
                f"the filter {name}={wanted} names no column; {there_are(table)}", field=name
            )
        values = [_value_of(record, name) for _, record in kept]
        kept = [one for one, value in zip(kept, values, strict=True) if value == wanted]
        if not kept:
            problems.fail(
                f"no record has {name}={wanted}; there are {some(sorted({*values}))}", field=name
            )
    return kept


def _value_of(record: Candidate, name: str) -> str:
    return getattr(record, name) if name in ("id", "text") else record.fields.get(name, "")


BoolArray: TypeAlias = NDArray[np.bool_]
FloatArray: TypeAlias = NDArray[np.float64]

NO_OCCUPATION = ("", "other")
"""Values of a column through which nobody is qualified."""


class Judgement(NamedTuple):
    """One judged pair; relevance is 0 or more, and above 0 means qualified."""

    job: str
    candidate: str
    relevance: float
    line: int


@dataclass(frozen=True)
class Judgements:
    """All judged pairs of a file; pairs that aren't there have relevance 0."""

    path: str  # the file, as the user named it
    pairs: tuple[Judgement, ...]  # the judgements, in file order; no pair twice

    def relevance(self, jobs: Sequence[Job], pool: Pool) -> FloatArray:
        """Relevance, shape ``(jobs, people)``."""
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


def read_judgements(
    path: AnyPath,
    *,
    mapping: Mapping[str, str] = _NOTHING,
    skip_bad: list[RecordError] | None = None,
) -> Judgements:
    """Read judged pairs from a JSONL, CSV or Parquet file."""
    problems = Problems(str(path), collect=True)
    table = renamed(read_rows(problems), mapping, problems)
    need_columns(table, ("job", "candidate", "relevance"), problems)
    pairs = _good(
        table,
        problems,
        lambda row: _judgement(row, problems.path),
        lambda pair: pair[:2],
        lambda pair, line: (
            f"{pair.job!r} and {pair.candidate!r} are judged in line {line} already; keep one"
        ),
    )
    _hand_over(problems, pairs, skip_bad)
    return Judgements(str(path), tuple(pair for _, pair in pairs))


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
    """Who is qualified for which ad."""
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
