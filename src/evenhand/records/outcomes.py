"""Outcomes: who was assessed, their groups, and whether they were selected or how they scored.

One row per person assessed (or, with ``weight``, per many alike). A row's group may be unknown
and its outcome blank; both are kept and counted, never guessed. Files are read in
``outcome_files`` and ``outcome_csv``, texts are understood in ``outcome_columns``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import RecordError
from evenhand.records.columns import as_text, some
from evenhand.records.files import AnyPath, digest_texts
from evenhand.records.outcome_columns import (
    Coded,
    Place,
    coded,
    outcomes_of,
    scores_of,
    weights_of,
)
from evenhand.records.outcome_csv import read_csv
from evenhand.records.outcome_files import (
    TextTable,
    read_jsonl,
    read_parquet,
    suffix_of,
)
from evenhand.records.outcome_groups import CROSSED, crossed, parts_of, refuse_joined
from evenhand.records.outcome_ids import check_ids
from evenhand.records.rows import Problems, kind_of
from evenhand.records.texts import Texts, texts_of

__all__ = ["Coded", "Outcomes", "outcomes_from_arrays", "read_outcomes"]

_OWN = ("id", "selected", "score", "job", "period", "weight")
_READERS = {
    ".csv": read_csv,
    ".csv.gz": read_csv,
    ".parquet": read_parquet,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
}
_NOTHING: Mapping[str, str] = {}
_UNKNOWN = ("unknown",)


@dataclass(frozen=True)
class Outcomes:
    """What was found of everybody assessed.

    Attributes:
        path: The file, as the user named it.
        groups: By attribute as asked for (blanks around ``*`` removed), then the parts of
            intersections that weren't asked for on their own.
        selected: Shape ``(rows,)``; False where the outcome is blank. None without the column.
        outcome_missing: Shape ``(rows,)``: assessed, outcome blank.
        score: Shape ``(rows,)``, NaN where there is none. None without the column.
        weight: Shape ``(rows,)``: people that each row stands for.
        job: What each row was assessed for. None without the column.
        period: When. None without the column.
        ids: Who. None without the column.
        notes: What was merged, left out or can't be told, one sentence each, with counts.
        digest: Of the file's bytes; of the values, where they came as arrays.
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


def read_outcomes(
    path: AnyPath,
    *,
    by: Sequence[str],
    mapping: Mapping[str, str] = _NOTHING,
    unknown: Sequence[str] = _UNKNOWN,
) -> Outcomes:
    """Read an outcomes file.

    Args:
        path: A ``.csv`` (or ``.csv.gz``), ``.parquet`` or ``.jsonl`` file.
        by: Group columns, and intersections of them (``gender*race``).
        mapping: The file's column to the name that evenhand uses (``{"hired": "selected"}``).
        unknown: Group values that mean unknown, beside blanks; case doesn't count.

    Raises:
        RecordError: For a bad file or the first bad row: one sentence.
    """
    problems = Problems(str(path), collect=False)
    read = _READERS.get(suffix_of(problems.path))
    if read is None:
        problems.fail(
            f"the suffix {suffix_of(problems.path)!r} is not known; give a .csv, .csv.gz, "
            ".parquet or .jsonl (one JSON object a line) file"
        )
    required = _columns_of(by, problems)
    wanted = tuple(dict.fromkeys((*required, *_OWN)))
    return _understood(read(problems, wanted, required, mapping), by, unknown, problems)


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
    unknown: Sequence[str] = _UNKNOWN,
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
        unknown: Group values that mean unknown.

    Raises:
        RecordError: As for ``read_outcomes``; rows are counted from 1.
    """
    problems = Problems("outcomes", collect=False)
    own = dict(zip(_OWN, (ids, selected, score, job, period, weight), strict=True))
    given = {**groups, **{name: values for name, values in own.items() if values is not None}}
    columns = {name: _array_of(values, name, problems) for name, values in given.items()}
    asked = tuple(by) or tuple(groups)
    for name in _columns_of(asked, problems):
        if name not in columns:
            problems.fail(f"no such group; those given are {some(groups)}", field=name)
    _refuse_lengths(columns, problems)
    digest = digest_texts(
        text for name in sorted(columns) for text in (name, *columns[name].tolist())
    )
    table = TextTable(problems.path, columns, "row", lambda row: row + 1, digest)
    return _understood(table, asked, unknown, problems)


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
    table: TextTable, by: Sequence[str], unknown: Sequence[str], problems: Problems
) -> Outcomes:
    table, notes = _without_blank_rows(table, problems)
    place = Place(problems, table.place, table.number_of)
    rows = len(next(iter(table.columns.values())))
    if not rows:
        problems.fail("the file holds no record; give it at least one")
    weight = np.ones(rows, dtype=np.int64)
    if "weight" in table.columns:
        weight = weights_of(table.columns["weight"], place)
    selected, missing, score = _results(table, place, notes)
    read: dict[str, Coded] = {}
    for name in dict.fromkeys((*_columns_of(by, problems), "job", "period")):
        if name in table.columns:
            read[name], said = coded(table.columns[name], name, weight, unknown)
            notes += said
    job, period = read.get("job"), read.get("period")
    check_ids(table, job, period, place, notes)
    return Outcomes(
        path=table.path,
        groups=_groups(by, read, place),
        selected=selected,
        outcome_missing=missing,
        score=score,
        weight=weight,
        job=job,
        period=period,
        ids=table.columns.get("id"),
        notes=tuple(notes),
        digest=table.digest,
    )


def _without_blank_rows(table: TextTable, problems: Problems) -> tuple[TextTable, list[str]]:
    """The table without rows that hold nothing at all, which spreadsheets leave behind."""
    if "id" not in table.columns:
        return table, []
    if not table.columns["id"].blank.any():
        return table, []
    blank = np.logical_and.reduce([column.blank for column in table.columns.values()])
    kept = np.flatnonzero(~blank)
    if not kept.size:
        problems.fail("the file holds no record; give it at least one")
    left_out = len(blank) - kept.size
    notes = [f"{_rows(left_out)} without any value left out."] if left_out else []
    return table.only(kept), notes


def _rows(count: int) -> str:
    return "1 row is" if count == 1 else f"{count} rows are"


def _results(
    table: TextTable, place: Place, notes: list[str]
) -> tuple[NDArray[np.bool_] | None, NDArray[np.bool_], NDArray[np.float64] | None]:
    selected = score = None
    missing = np.zeros(len(next(iter(table.columns.values()))), dtype=np.bool_)
    if "selected" in table.columns:
        selected, missing = outcomes_of(table.columns["selected"], place)
        if missing.any():
            notes.append(
                f"{_rows(int(missing.sum()))} assessed without a known outcome (`selected` is "
                "blank) and left out of selection."
            )
    if "score" in table.columns:
        score = scores_of(table.columns["score"], place)
        none = int(np.isnan(score).sum())
        if none:
            notes.append(f"{_rows(none)} without a score and left out of scoring.")
    if selected is None and score is None:
        place.problems.fail(
            "there is neither a column `selected` nor `score`; map one (theirs=selected)"
        )
    return selected, missing, score


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
