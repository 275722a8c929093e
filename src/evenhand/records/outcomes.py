"""Outcomes: who was assessed, their groups, and whether they were selected or how they scored.

One row per person assessed (or, with ``weight``, per many alike). A row's group may be unknown
and its outcome blank; both are kept and counted, never guessed. Files are read in ``sources``,
columns are found in ``finding``, texts are understood in ``outcome_columns`` and ``answers``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import RecordError
from evenhand.records.answers import (
    CROSSED,
    DEFAULT_UNKNOWN,
    MOST_VALUES,
    Coded,
    Unknown,
    coded,
    crossed,
    is_no_answer,
    parts_of,
    refuse_joined,
    report_unused,
    too_many,
)
from evenhand.records.columns import as_text, some
from evenhand.records.counts_table import counts_table
from evenhand.records.files import AnyPath, digest_file, digest_texts
from evenhand.records.finding import ROLES, Wanted, locate
from evenhand.records.outcome_columns import (
    Outcome,
    Place,
    check_ids,
    is_a_day,
    not_selected,
    outcomes_of,
    scores_of,
    several_groups,
    weights_of,
)
from evenhand.records.rows import Problems, kind_of
from evenhand.records.sources import TextTable, open_source
from evenhand.records.texts import Texts, texts_of

__all__ = ["Coded", "Outcomes", "Reading", "outcomes_from_arrays", "read_outcomes"]

MOST_PERIODS = 60
"""Most values of a period or job that was found by a usual name, and not named."""
MOST_DAYS = 12
"""Most single days among them."""


@dataclass(frozen=True)
class Reading:
    """What the user says of an outcomes file, beside what people are compared by.

    Attributes:
        mapping: The file's column to the name that evenhand uses (``{"hired": "selected"}``).
        unknown: Which group values are no answer.
        outcome: What the values of the outcome mean.
        stages: Columns of several steps, in their order, instead of one outcome.
        sheet: Of a workbook, where it holds several.
        where: Rows to keep, column to value; case and blanks don't count.
        alone: Whether ``unknown`` is about this file alone, so that a value of it that no row has
            is a mistake.
    """

    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    unknown: Unknown = DEFAULT_UNKNOWN
    outcome: Outcome = field(default_factory=Outcome)
    stages: tuple[str, ...] = ()
    sheet: str = ""
    where: Mapping[str, str] = field(default_factory=dict[str, str])
    alone: bool = True


DEFAULT = Reading()


@dataclass(frozen=True)
class Stage:
    """One step of several.

    Attributes:
        name: The column.
        assessed: Shape ``(rows,)``: who passed every step before it and has an outcome in it.
        passed: Shape ``(rows,)``: who passed it.
    """

    name: str
    assessed: NDArray[np.bool_]
    passed: NDArray[np.bool_]


@dataclass(frozen=True)
class Outcomes:
    """What was found of everybody assessed.

    Attributes:
        path: The file, as the user named it.
        groups: By attribute as asked for (blanks around ``*`` removed), then the parts of
            intersections that weren't asked for on their own.
        selected: Shape ``(rows,)``; False where the outcome is blank. None without the column.
            Where there are several steps: who passed them all.
        outcome_missing: Shape ``(rows,)``: assessed, outcome blank.
        score: Shape ``(rows,)``, NaN where there is none. None without the column.
        weight: Shape ``(rows,)``: people that each row stands for.
        job: What each row was assessed for. None without the column.
        period: When. None without the column.
        ids: Who. None without the column.
        notes: What was merged, left out or can't be told, one sentence each, with counts.
        digest: Of the file's bytes; of the values, where they came as arrays.
        stages: The steps, where there are several.
    """

    path: str
    groups: Mapping[str, Coded]
    selected: NDArray[np.bool_] | None
    outcome_missing: NDArray[np.bool_]
    score: NDArray[np.float64] | None
    weight: NDArray[np.int64]
    job: Coded | None
    period: Coded | None
    ids: Texts | None
    notes: tuple[str, ...]
    digest: str
    stages: tuple[Stage, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.weight)

    @property
    def people(self) -> int:
        """How many people they stand for."""
        return int(self.weight.sum())

    def crossed(self, attribute: str) -> Coded:
        """One attribute, or the intersection of several joined by ``*``.

        Every combination of known values is listed, also those that nobody has; the code is
        unknown where any part is.

        Raises:
            RecordError: For an attribute that wasn't read, and for more than 10,000 cells.
        """
        parts = parts_of(attribute)
        for part in parts:
            if part not in self.groups:
                raise RecordError(
                    f"this attribute was not read; those read are {some(self.groups)}",
                    path=self.path,
                    field=part,
                )
        return crossed([self.groups[part] for part in parts], attribute, self.path)


def read_outcomes(path: AnyPath, *, by: Sequence[str], reading: Reading = DEFAULT) -> Outcomes:
    """Read an outcomes file: one row a person, or a table of counts.

    Args:
        path: A table as text (``.csv``, ``.tsv``, ``.txt``), a workbook (``.xlsx``, ``.xls``,
            ``.ods``), ``.jsonl``, ``.json`` or ``.parquet``; all of them ``.gz`` or not.
        by: Group columns, and intersections of them (``gender*race``).
        reading: What else the user says of it.

    Raises:
        RecordError: For a bad file; all that is wrong with it in one message.
    """
    problems = Problems(str(path), collect=True)
    columns = dict.fromkeys((*_columns_of(by, problems), *reading.where))
    wanted = Wanted(tuple(columns), reading.mapping, reading.stages)
    source = open_source(problems, wanted.header_hits, reading.sheet)
    digest = digest_file(problems.path)
    notes = list(source.notes)
    crossings = [frozenset(parts) for one in by if len(parts := parts_of(one)) > 1]
    counted = None
    if not reading.stages:
        counted = counts_table(source, wanted, crossings, digest, problems)
    if counted is not None:
        table, said = counted
        _refuse_for_counts(reading, problems)
        return _understood(table, by, reading, problems, [*notes, *said], of_counts=True)
    located = locate(source.names, wanted, problems)
    texts = source.read([*dict.fromkeys(located.found.values())])
    table = TextTable(
        problems.path,
        {name: texts[at] for name, at in located.found.items()},
        source.place,
        source.number_of,
        digest,
        {name: source.names[at] for name, at in located.found.items()},
    )
    if located.unused:
        located.notes.append(f"Columns not used: {some(located.unused)}.")
    table = _kept(table, reading.where, located.notes, problems)
    return _understood(table, by, reading, problems, [*notes, *located.notes])


def _refuse_for_counts(reading: Reading, problems: Problems) -> None:
    """Refuse what is said of rows of people where the file is a table of counts."""
    of_people = [ours for ours in reading.mapping.values() if ours in ROLES and ours != "selected"]
    if reading.outcome.positive or reading.outcome.blank:
        of_people.append("selected-is" if reading.outcome.positive else "blank-is")
    if reading.where:
        of_people.append("where")
    if of_people:
        problems.fail(
            f"--{of_people[0]}: not read, for the file is a table of counts, which has no rows of "
            "people; leave the flag out, or name the column of counts with --applicants"
        )


def _kept(
    table: TextTable, where: Mapping[str, str], notes: list[str], problems: Problems
) -> TextTable:
    """The rows that ``--where`` keeps."""
    for name, value in where.items():
        if name not in table.columns:  # said with all else that is wrong
            continue
        column = table.columns[name]
        texts = [" ".join(text.split()).casefold() for text in column.distinct]
        match = np.array(texts, dtype=object) == " ".join(value.split()).casefold()
        if not match.any():
            there = sorted({text.strip() for text in column.distinct})
            problems.fail(f"no row has {name}={value}; there are {some(there)}", field=name)
        table = table.only(np.flatnonzero(match[column.codes]))
        notes.append(f"Only rows where {table.said.get(name, name)} is {value} are counted.")
    return table


def outcomes_from_arrays(
    groups: Mapping[str, Iterable[object]],
    *,
    by: Sequence[str] = (),
    selected: Iterable[object] | None = None,
    score: Iterable[object] | None = None,
    weight: Iterable[object] | None = None,
    job: Iterable[object] | None = None,
    period: Iterable[object] | None = None,
    ids: Iterable[object] | None = None,
    unknown: Unknown = DEFAULT_UNKNOWN,
) -> Outcomes:
    """The same from arrays or sequences of one length; what a file's columns hold goes here too.

    Args:
        groups: Attribute to the value of each row; None, NaN and blanks are unknown.
        by: Attributes and intersections asked for; all of ``groups`` by default.
        selected: 0/1, True/False or yes/no of each row; None where not known.
        score: Numbers; None or NaN where there is none.
        weight: People that each row stands for.
        job: What each row was assessed for.
        period: When.
        ids: Who.
        unknown: Which group values are no answer.

    Raises:
        RecordError: As for ``read_outcomes``; rows are counted from 1.
    """
    problems = Problems("outcomes", collect=True)
    own = dict(zip(ROLES, (ids, selected, score, job, period, weight), strict=True))
    given = {**groups, **{name: values for name, values in own.items() if values is not None}}
    columns = {name: _array_of(values, name, problems) for name, values in given.items()}
    asked = tuple(by) or tuple(groups)
    for name in _columns_of(asked, problems):
        if name not in columns:
            problems.fail(f"no such group; those given are {some(groups)}", field=name)
    _refuse_lengths(columns, problems)
    if selected is None and score is None:
        problems.fail("there is neither `selected` nor `score`; give one of them")
    digest = digest_texts(
        text for name in sorted(columns) for text in (name, *columns[name].tolist())
    )
    table = TextTable(problems.path, columns, "row", lambda row: row + 1, digest, {})
    # Nothing is asked back of who writes a program: None there means that nothing is known.
    reading = Reading(unknown=unknown, outcome=Outcome(asked=False), alone=False)
    return _understood(table, asked, reading, problems, [])


def _array_of(values: Iterable[object], name: str, problems: Problems) -> Texts:
    given = list(values)
    # numpy's numbers as Python's; its dates say themselves better than Python's would.
    if isinstance(values, np.ndarray) and cast("NDArray[Any]", values).dtype.kind != "M":
        given = cast("list[object]", values.tolist())
    for value in given:
        if isinstance(value, list | tuple | dict | bytes | np.ndarray):
            problems.fail(
                f"the array holds {kind_of(cast('object', value))}, which can't be read as text; "
                "convert it to plain text or numbers",
                field=name,
            )
    return texts_of([_as_text(value) for value in given])


def _as_text(value: object) -> str:
    """A value as text; whole numbers without a decimal point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    try:
        return as_text(value)
    except TypeError:  # pandas' NA is neither equal to itself nor unequal.
        return ""


def _refuse_lengths(columns: Mapping[str, Texts], problems: Problems) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    if len({*lengths.values()}) > 1:
        said = ", ".join(f"{name} {length}" for name, length in lengths.items())
        problems.fail(f"the arrays are not of one length ({said}); give one value for each row")
    if not any(lengths.values()):
        problems.fail("there is no row; give at least one")


def _columns_of(by: Sequence[str], problems: Problems) -> tuple[str, ...]:
    columns: dict[str, None] = {}
    for attribute in by:
        parts = parts_of(attribute)
        if "" in parts or len({*parts}) < len(parts):
            problems.fail(
                f"{attribute!r} is no attribute; write a column, or different ones joined by *"
            )
        columns.update(dict.fromkeys(parts))
    for name in columns:
        if name in ("id", "selected", "score", "weight"):
            problems.fail("this column holds no group; name another", field=name)
    if not columns:
        problems.fail("no group column is named; name at least one")
    return tuple(columns)


def _understood(
    table: TextTable,
    by: Sequence[str],
    reading: Reading,
    problems: Problems,
    notes: list[str],
    *,
    of_counts: bool = False,
) -> Outcomes:
    """What the texts mean; everything that is wrong is raised at the end, together."""
    if not table.columns:
        problems.settle()
    table = _without_blank_rows(table, notes)
    place = Place(problems, table.place, table.number_of)
    rows = len(next(iter(table.columns.values())))
    if not rows:
        problems.settle()
        problems.fail("the file holds no record; give it at least one")
    weight = np.ones(rows, dtype=np.int64)
    if "weight" in table.columns:
        weight = weights_of(table.columns["weight"], place)
    stages: tuple[Stage, ...] = ()
    selected, missing, score = _results(table, place, reading, notes)
    if reading.stages:
        stages, selected, missing = _stages(table, place, reading, notes)
    read = _coded(table, by, reading, weight, place, notes)
    job, period = read.get("job"), read.get("period")
    if not of_counts:
        check_ids(table.columns.get("id"), job, period, place, notes)
        asked = {part: read[part] for one in by for part in parts_of(one) if part in read}
        notes += several_groups(table.columns.get("id"), asked)
    groups = _groups(by, read, place) if not problems.found else {}
    problems.settle()
    return Outcomes(
        path=table.path,
        groups=groups,
        selected=selected,
        outcome_missing=missing,
        score=score,
        weight=weight,
        job=job,
        period=period,
        ids=table.columns.get("id"),
        notes=tuple(notes),
        digest=table.digest,
        stages=stages,
    )


def _coded(
    table: TextTable,
    by: Sequence[str],
    reading: Reading,
    weight: NDArray[np.int64],
    place: Place,
    notes: list[str],
) -> dict[str, Coded]:
    """The categories: what people are compared by, jobs and periods."""
    read: dict[str, Coded] = {}
    asked = dict.fromkeys(part for attribute in by for part in parts_of(attribute))
    if reading.alone:
        there = {name: table.columns[name].distinct for name in asked if name in table.columns}
        report_unused(reading.unknown, there, place.problems)
    for name in dict.fromkeys((*asked, "job", "period")):
        if name not in table.columns:
            continue
        column = table.columns[name]
        found, said = coded(column, name, weight, reading.unknown, groups=name in asked)
        if name in asked and len(found.values) > MOST_VALUES:
            place.problems.report(too_many(name, found.values))
            continue
        mapped = name in reading.mapping.values()
        by_itself = name == "period" and name in table.said and not mapped
        if by_itself and _single_days(found.values):
            notes.append(
                f"{name} is left out: {table.said[name]!r} holds "
                f"{len(found.values):,} single days; write months or quarters in a column "
                f"(--{name} names this one all the same)."
            )
            continue
        named = table.said.get(name, name) == name or mapped
        if name not in asked and not named and len(found.values) > MOST_PERIODS:
            notes.append(
                f"{name} is left out: {table.said[name]!r} has {len(found.values):,} values "
                f"(--{name} names a column all the same)."
            )
            continue
        read[name] = found
        notes += said
    return read


def _single_days(values: Sequence[str]) -> bool:
    """Whether periods are days, and more than there are months in a year."""
    return len(values) > MOST_DAYS and all(map(is_a_day, values))


def _without_blank_rows(table: TextTable, notes: list[str]) -> TextTable:
    """The table without rows that hold nothing at all, which spreadsheets leave behind."""
    if "id" not in table.columns or not table.columns["id"].any_blank:
        return table
    blank = np.logical_and.reduce([column.blank for column in table.columns.values()])
    kept = np.flatnonzero(~blank)
    left_out = len(blank) - kept.size
    if left_out:
        notes.append(f"{_rows(left_out)} without any value left out.")
    return table.only(kept) if left_out else table


def _rows(count: int) -> str:
    return "1 row is" if count == 1 else f"{count} rows are"


def _results(
    table: TextTable, place: Place, reading: Reading, notes: list[str]
) -> tuple[NDArray[np.bool_] | None, NDArray[np.bool_], NDArray[np.float64] | None]:
    selected = score = None
    missing = np.zeros(len(next(iter(table.columns.values()))), dtype=np.bool_)
    if "selected" in table.columns:
        column = table.columns["selected"]
        selected, missing = outcomes_of(column, place, reading.outcome)
        _refuse_needless_blank([column], reading, place)
        notes += filter(None, [not_selected(column, reading.outcome)])
        if missing.any():
            notes.append(
                f"{_rows(int(missing.sum()))} assessed without a known outcome (`selected` is "
                "blank) and left out of selection."
            )
        elif reading.outcome.blank == "0" and column.any_blank:
            blank = int(column.blank.sum())
            notes.append(f"{_rows(blank)} blank in `selected` and counted as not selected.")
    if "score" in table.columns:
        score = scores_of(table.columns["score"], place, notes)
        none = int(np.isnan(score).sum())
        if none:
            notes.append(f"{_rows(none)} without a score and left out of scoring.")
    return selected, missing, score


def _refuse_needless_blank(columns: Sequence[Texts], reading: Reading, place: Place) -> None:
    """Report ``--blank-is`` where there is no blank that it could be about."""
    blank = reading.outcome.blank
    if blank and not any(is_no_answer(text) for column in columns for text in column.distinct):
        place.problems.report(f"--blank-is {blank}: no outcome is blank; leave the flag out")


def _stages(
    table: TextTable, place: Place, reading: Reading, notes: list[str]
) -> tuple[tuple[Stage, ...], NDArray[np.bool_], NDArray[np.bool_]]:
    """The steps, who passed them all, and of whom that isn't known."""
    rows = len(next(iter(table.columns.values())))
    so_far, unknown = np.ones(rows, dtype=np.bool_), np.zeros(rows, dtype=np.bool_)
    found: list[Stage] = []
    # A blank after a step that wasn't passed says nothing: only those who got there are asked of.
    quiet = Outcome(reading.outcome.positive, asked=False)
    for name in reading.stages:
        if name not in table.columns:
            continue
        column = table.columns[name]
        passed, missing = outcomes_of(column, place, quiet, name)
        if not place.problems.found:
            there = np.flatnonzero(so_far)
            _, missing[there] = outcomes_of(column.only(there), place, reading.outcome, name)
        skipped = int((passed & ~so_far & ~unknown).sum())
        if skipped:
            notes.append(
                f"{_rows(skipped)} marked as passed in {name} without the steps before it, and not "
                "counted there."
            )
        unknown |= so_far & missing
        found.append(Stage(name, so_far & ~missing, so_far & passed))
        so_far = so_far & passed
    named = [table.columns[stage.name] for stage in found]
    _refuse_needless_blank(named, reading, place)
    if unknown.any():
        notes.append(
            f"{_rows(int(unknown.sum()))} without a known outcome in a step and left out from "
            "there on."
        )
    return tuple(found), so_far, unknown


def _groups(by: Sequence[str], read: Mapping[str, Coded], place: Place) -> dict[str, Coded]:
    groups: dict[str, Coded] = {}
    for attribute in by:
        parts = parts_of(attribute)
        if len(parts) > 1:
            for part in parts:
                refuse_joined(read[part], part, place.problems)
        columns = [read[part] for part in parts]
        groups[CROSSED.join(parts)] = crossed(columns, attribute, place.problems.path)
    for attribute in by:
        for part in parts_of(attribute):
            groups.setdefault(part, read[part])
    return groups
