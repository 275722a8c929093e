"""Jobs and people from JSONL, CSV and Parquet files, and one ad from a document.

A job needs ``id`` and ``text`` (``title`` is taken where there is one) or the shape of a posting
(``payloads``), a person needs ``id`` and ``text``; every other column becomes a field, as text.
Files are parsed in ``formats``, documents in ``documents``, judgements in ``qualification``. An ad
in HTML or Markdown is read as its page shows it; other texts are kept as they are, to the byte.

Every problem is one ``RecordError``: file, line, column, what is wrong and what to do. All
records of a file are checked, also those that ``where`` leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from evenhand.errors import RecordError
from evenhand.records.answers import DEFAULT_UNKNOWN, Unknown
from evenhand.records.candidate import Candidate, Pool
from evenhand.records.columns import as_text, need_columns, record_id, renamed, some, there_are
from evenhand.records.documents import read_document
from evenhand.records.files import AnyPath
from evenhand.records.finding import Wanted
from evenhand.records.formats import read_rows
from evenhand.records.job import Job
from evenhand.records.markup import read_markup
from evenhand.records.payloads import posting_of
from evenhand.records.rows import MAX_RECORD, Problems, Row, RowTable, has_surrogate, kind_of

Record = TypeVar("Record", Job, Candidate)

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class _Parts:
    """What every record has, checked: an id, a text and the rest as text."""

    id: str
    text: str
    fields: dict[str, str]
    line: int


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
    return _read(path, mapping, where, skip_bad, _job, sheet)[0]


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
    people, notes = _read(path, mapping, where, skip_bad, _candidate, sheet)
    return Pool(tuple(people), str(path), unknown, notes)


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
    parts = _read_parts(path, _NOTHING, skip_bad, "", ads=True)[0]
    return [(one.line, _job(one)) for one in parts]


def _read(
    path: AnyPath,
    mapping: Mapping[str, str],
    where: Mapping[str, str],
    skip_bad: list[RecordError] | None,
    make: Callable[[_Parts], Record],
    sheet: str,
) -> tuple[list[Record], tuple[str, ...]]:
    kept, table = _read_parts(path, mapping, skip_bad, sheet, ads=make is _job)
    records = [make(parts) for parts in kept]
    problems = Problems(str(path), collect=False)
    return _selected(records, where, table, problems), table.notes


def _read_parts(
    path: AnyPath,
    mapping: Mapping[str, str],
    skip_bad: list[RecordError] | None,
    sheet: str,
    *,
    ads: bool,
) -> tuple[list[_Parts], RowTable]:
    problems = Problems(str(path), collect=True)
    likely = Wanted(("id", "text"), mapping).header_hits
    table = renamed(read_rows(problems, likely, sheet), mapping, problems)
    if ads:
        table = _with_ads(table, postings="text" not in mapping.values())
    need_columns(table, ("id", "text"), problems)
    kept = list(_checked(table, problems))
    hand_over(problems, kept, skip_bad)
    return kept, table


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


def _checked(table: RowTable, problems: Problems) -> Iterator[_Parts]:
    """The good records; the others are reported."""
    first_lines: dict[str, int] = {}
    others = [name for name in table.columns if name not in ("id", "text")]
    for row in table.rows:
        try:
            parts = _parts(row, others, problems.path)
            first = first_lines.setdefault(parts.id, row.line)
            if first != row.line:
                raise RecordError(
                    f"{parts.id!r} is also the id of line {first}; give each record its own id",
                    path=problems.path,
                    line=row.line,
                    field="id",
                )
        except RecordError as error:
            problems.found.append(error)
        else:
            yield parts


def _parts(row: Row, others: Iterable[str], path: str) -> _Parts:
    fields = {name: as_text(row.values.get(name)) for name in others}
    parts = _Parts(record_id(row, "id", path), _text_of(row, path), fields, row.line)
    for name, value in (("id", parts.id), ("text", parts.text), *fields.items()):
        if len(value) > MAX_RECORD:
            raise RecordError(
                "is longer than 4 MiB; shorten it", path=path, line=row.line, field=name
            )
        if has_surrogate(value) or has_surrogate(name):
            raise RecordError(
                "is not UTF-8 text; save the file as UTF-8", path=path, line=row.line, field=name
            )
    return parts


def _text_of(row: Row, path: str) -> str:
    value = row.values.get("text")
    if isinstance(value, str) and value.strip():
        return value
    problem = "is empty; write the text or remove the record"
    if value is not None and not isinstance(value, str):
        problem = f"is {kind_of(value)}; it must be text"
    raise RecordError(problem, path=path, line=row.line, field="text")


def hand_over(
    problems: Problems, kept: Sequence[object], skip_bad: list[RecordError] | None
) -> None:
    """Give the collected problems to the caller, in file order, or raise them.

    Raises:
        RecordError: When the caller wants none, or when not one record was good.
    """
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


def _job(parts: _Parts) -> Job:
    title = parts.fields.pop("title", "")
    return Job(parts.id, parts.text, title, parts.fields)


def _candidate(parts: _Parts) -> Candidate:
    return Candidate(parts.id, parts.text, parts.fields)


def _selected(
    records: list[Record], where: Mapping[str, str], table: RowTable, problems: Problems
) -> list[Record]:
    for name, wanted in where.items():
        if name not in table.columns:
            problems.fail(
                f"the filter {name}={wanted} names no column; {there_are(table)}", field=name
            )
        values = {_value_of(record, name) for record in records}
        records = [record for record in records if _value_of(record, name) == wanted]
        if not records:
            problems.fail(
                f"no record has {name}={wanted}; there are {some(sorted(values))}", field=name
            )
    return records


def _value_of(record: Job | Candidate, name: str) -> str:
    if name == "id":
        return record.id
    if name == "text":
        return record.text
    if isinstance(record, Job) and name == "title":
        return record.title
    return record.fields.get(name, "")
