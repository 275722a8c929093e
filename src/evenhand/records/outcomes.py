"""Outcomes: who was assessed, their groups, and whether they were selected or how they scored.

One row per person assessed (or, with ``weight``, per many alike). A row's group may be unknown
and its outcome blank; both are kept and counted, never guessed. Whatever is wrong is one sentence
that shows the value at fault and never an id beside a group. Files are read in ``tables``, columns
are found and groups understood in ``columns``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import RecordError
from evenhand.records.columns import (
    CROSSED,
    DEFAULT_UNKNOWN,
    MOST_VALUES,
    ROLES,
    Coded,
    Texts,
    Unknown,
    Wanted,
    coded,
    crossed,
    is_no_answer,
    key_of,
    keys_of,
    locate,
    parts_of,
    refuse_joined,
    report_unused,
    texts_of,
    too_many,
)
from evenhand.records.counts_table import counts_table
from evenhand.records.files import AnyPath, digest_file, digest_texts
from evenhand.records.rows import Problems, as_text, kind_of, number_of, some
from evenhand.records.tables import Place, TextTable, open_source

MOST_WEIGHT = 2**53
"""A file stands for fewer people than this: below it sums are exact in floating point."""

ANY = "any"
"""``--selected-is any``: whatever isn't blank."""
_MONTH = "(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zä]*"
_DAY = re.compile(
    rf"(?:\d{{4}}([-/.])\d{{1,2}}\1\d{{1,2}}|\d{{1,2}}([-/.])\d{{1,2}}\2(?:\d{{2}}|\d{{4}})"
    rf"|\d{{1,2}}[.]?[ -]?{_MONTH}[.]?[ -]?(?:\d{{2}}|\d{{4}})|{_MONTH}[.]? \d{{1,2}},? \d{{4}})"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.]\d+)?)?(?: ?[AP]M)?(?:Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_DECIMAL = re.compile(r"[+-]?(\d*|[1-9]\d{0,2}(\.\d{3})+),\d+")


@dataclass(frozen=True)
class Outcome:
    """What the values of an outcome column mean.

    ``positive`` are the values that mean selected, and every other that isn't blank means not
    selected; none for the usual words (yes and no, hired and rejected, 1 and 0), ``any`` alone for
    whatever isn't blank, as a date of hire. ``blank`` says what a blank means: ``0`` not selected,
    ``unknown`` that nothing is known, ``""`` that nobody said.
    """

    positive: tuple[str, ...] = ()
    blank: str = ""
    asked: bool = True  # whether the question is put what blanks mean, where the answer hangs on it


def outcomes_of(
    column: Texts, place: Place, meaning: Outcome, field: str = "selected"
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Who was selected and whose outcome is blank, each of shape ``(rows,)``.

    Values that are no outcome are reported, and so is a column in which everybody known was
    selected and the rest are blank: whether these weren't selected is a question.
    """
    texts, indices = column.distinct, column.codes
    if _means_any(meaning, texts):
        meaning = replace(meaning, positive=tuple(one for one in texts if not is_no_answer(one)))
    found = [_outcome(text, meaning) for text in texts]
    blank = [is_no_answer(text) for text in texts]
    bad = [one is None and not none for one, none in zip(found, blank, strict=True)]
    if any(bad) and all(is_a_day(text) for text, one in zip(texts, bad, strict=True) if one):
        place.report_values(
            column,
            bad,
            "a date and no outcome",
            "if whoever has a date was selected and a blank means not selected, add --selected-is "
            "any --blank-is 0",
            field,
        )
    elif any(bad):
        place.report_values(
            column,
            bad,
            "no outcome",
            "write 1 or 0, true or false, yes or no, or leave it blank; or name the value that "
            "means selected (--selected-is VALUE)",
            field,
        )
    keys = {*map(key_of, texts)}
    unused = [value for value in meaning.positive if key_of(value) not in keys]
    if unused:
        place.problems.report(
            f"--selected-is {unused[0]}: no row has this value; there are {some(texts)}",
            field=field,
        )
    selected = np.array([one is True for one in found], dtype=np.bool_)[indices]
    missing = np.array([one is None for one in found], dtype=np.bool_)[indices]
    if meaning.blank == "0":
        missing = np.zeros_like(missing)
    elif (
        not any(bad)
        and meaning.asked
        and not meaning.blank
        and missing.any()
        and (selected | missing).all()
    ):
        _ask_about_blanks(texts, found, selected, missing, place, field)
    return selected, missing


def _ask_about_blanks(
    texts: Sequence[str],
    found: Sequence[bool | None],
    selected: NDArray[np.bool_],
    missing: NDArray[np.bool_],
    place: Place,
    field: str,
) -> None:
    yes = some(text.strip() for text, one in zip(texts, found, strict=True) if one)
    if not selected.any():
        return
    place.problems.report(
        f"every outcome that is known is {yes} ({int(selected.sum()):,} rows) and the other "
        f"{int(missing.sum()):,} rows are blank: were these not selected? Then add --blank-is 0; "
        "if nothing is known of them, --blank-is unknown",
        field=field,
    )


def not_selected(column: Texts, meaning: Outcome) -> str:
    """What is said of the values that ``--selected-is`` makes "not selected"; empty for none."""
    others = [text for text in column.distinct if _outcome(text, meaning) is False]
    if not meaning.positive or not others:
        return ""
    return f"Counted as not selected: {some(others)} (leave rows out that are neither)."


def _means_any(meaning: Outcome, texts: Sequence[str]) -> bool:
    """Whether whatever isn't blank means selected; a value ``any`` is a value like others."""
    return meaning.positive == (ANY,) and ANY not in map(key_of, texts)


def is_a_day(text: str) -> bool:
    """Whether it is a date with a day, with or without a time."""
    return _DAY.fullmatch(text.strip()) is not None


def _outcome(text: str, meaning: Outcome) -> bool | None:
    plain = key_of(text)
    if "%" in text:  # a share of something, whatever its number
        return None
    if meaning.positive:
        if plain in {key_of(value) for value in meaning.positive}:
            return True
        return None if is_no_answer(text) else False
    for said, outcome in (("yes", True), ("no", False)):
        if plain in keys_of("outcome", said):
            return outcome
    try:
        return {0.0: False, 1.0: True}.get(float(text.strip()))
    except ValueError:
        return None


def scores_of(column: Texts, place: Place, notes: list[str]) -> NDArray[np.float64]:
    """The scores, NaN where there is none, shape ``(rows,)``; text and infinities are reported."""
    numbers = _numbers(column, place, "score", "write a number or leave it blank", notes)
    infinite = np.isinf(numbers)
    if infinite.any():
        place.report(
            "the score on {place} is infinite; write a finite number or leave it blank",
            int(np.argmax(infinite)),
            "score",
        )
    return numbers


def weights_of(column: Texts, place: Place) -> NDArray[np.int64]:
    """How many people each row stands for, shape ``(rows,)``."""
    remedy = "write how many people the row stands for, a whole number from 0"
    numbers = _numbers(column, place, "weight", remedy, [])
    bad = ~(np.isfinite(numbers) & (numbers >= 0) & (numbers == np.floor(numbers)))
    if bad.any() and not place.problems.found:
        row = int(np.argmax(bad))
        value = numbers[row]
        kind = "blank" if np.isnan(value) else "negative" if value < 0 else "not a whole number"
        place.report(f"the weight on {{place}} is {kind}; {remedy}", row, "weight")
    numbers = np.where(bad, 0.0, numbers)
    if numbers.sum() >= MOST_WEIGHT:
        place.problems.report(
            "the weights add up to 2^53 people or more; check them", field="weight"
        )
        return np.ones(len(numbers), dtype=np.int64)
    return numbers.astype(np.int64)


def _numbers(
    column: Texts, place: Place, field: str, remedy: str, notes: list[str]
) -> NDArray[np.float64]:
    """Numbers as people write them: with a percent sign, with a decimal comma, with thousands."""
    texts = ["" if is_no_answer(text) else text.strip() for text in column.distinct]
    percent = [text.endswith("%") for text in texts]
    if any(percent):
        bare = [bool(text) and not one for one, text in zip(percent, texts, strict=True)]
        if any(bare):
            fewer, what = (bare, "without") if sum(bare) < sum(percent) else (percent, "with")
            place.report_values(
                column, fewer, f"{what} a percent sign, unlike the others", remedy, field
            )
        texts = [text.removesuffix("%").rstrip() for text in texts]
    texts = _with_points(texts, field, notes)
    found = [number_of(text) for text in texts]
    bad = [number is None for number in found]
    if any(bad):
        place.report_values(column, bad, "no number", remedy, field)
    return np.array([math.nan if number is None else number for number in found], dtype=np.float64)[
        column.codes
    ]


def _with_points(texts: list[str], field: str, notes: list[str]) -> list[str]:
    """The same with decimal points and without marks between thousands."""
    commas = [text for text in texts if "," in text]
    if not commas:
        return texts
    bare = any(text and "," not in text for text in texts)
    if all(map(_THOUSANDS.fullmatch, commas)) and (
        bare or any("." in text or text.count(",") > 1 for text in commas)
    ):
        notes.append(f"In {field} commas stand between thousands.")
        return [text.replace(",", "") for text in texts]
    if all(map(_DECIMAL.fullmatch, commas)):
        notes.append(f"In {field} commas were read as decimal points.")
        return [text.replace(".", "").replace(",", ".") if "," in text else text for text in texts]
    return texts


def check_ids(
    ids: Texts | None,
    job: Coded | None,
    period: Coded | None,
    place: Place,
    notes: list[str],
) -> None:
    """Report blank and repeated ids, no group beside them; note what can't be told."""
    if ids is None:
        notes.append(
            "There is no id column: duplicates can't be detected, and two audits can't be paired."
        )
        return
    if ids.unique and not ids.any_blank:
        return
    if ids.any_blank:
        place.report(
            "the id on {place} is missing or blank; an id must be text or a whole number",
            int(np.argmax(ids.blank)),
            "id",
        )
        return
    keys = ids.codes.astype(np.int64)
    for column in (job, period):
        if column is not None:
            keys = keys * (len(column.values) + 1) + column.codes
    unique, first = np.unique(keys, return_index=True)
    if len(unique) < len(keys):
        _report_duplicate(keys, first, ids, place)
        return
    notes.append(
        f"{len(ids.distinct)} ids stand on {len(ids)} rows: people were assessed more than once, "
        "for several jobs or in several periods."
    )


def several_groups(ids: Texts | None, groups: Mapping[str, Coded]) -> list[str]:
    """How many ids have rows in different groups of one column, none of them named."""
    notes: list[str] = []
    if ids is None or ids.unique:
        return notes
    for name, column in groups.items():
        known = column.codes < column.unknown
        pairs = ids.codes[known].astype(np.int64) * (column.unknown + 1) + column.codes[known]
        owners = np.unique(pairs) // (column.unknown + 1)
        number = int((np.unique(owners, return_counts=True)[1] > 1).sum())
        if number:
            who = "1 id has" if number == 1 else f"{number:,} ids have"
            notes.append(f"{who} rows with different values of {name}: each row counts as it says.")
    return notes


def _report_duplicate(
    keys: NDArray[np.int64], first: NDArray[np.intp], ids: Texts, place: Place
) -> None:
    again = np.ones(len(keys), dtype=bool)
    again[first] = False
    row = int(np.argmax(again))
    before = place.number_of(int(np.argmax(keys == keys[row])))
    more = int(again.sum()) - 1
    others = f" ({more:,} more rows repeat an id)" if more else ""
    place.report(
        f"{some([ids.distinct[int(ids.codes[row])]])} on {{place}} is also the id of {place.word} "
        f"{before}{others}; keep one of them, or name a column that tells them apart (--job or "
        "--period)",
        row,
        "id",
    )


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
    """One step of several."""

    name: str  # the column
    assessed: NDArray[np.bool_]  # who passed every step before it and has an outcome in it
    passed: NDArray[np.bool_]  # who passed it


@dataclass(frozen=True)
class Outcomes:
    """What was found of everybody assessed.

    Arrays have the shape ``(rows,)``; what the file has no column for is None. ``groups`` has the
    attributes as asked for, then the parts of intersections that weren't asked for on their own;
    ``selected`` is who passed every step, False where the outcome is blank; ``score`` is NaN where
    there is none; ``notes`` say what was merged, left out or can't be told.
    """

    path: str  # the file, as the user named it
    groups: Mapping[str, Coded]
    selected: NDArray[np.bool_] | None
    outcome_missing: NDArray[np.bool_]  # shape ``(rows,)``: assessed, outcome blank
    score: NDArray[np.float64] | None
    weight: NDArray[np.int64]  # shape ``(rows,)``: people that each row stands for
    job: Coded | None  # what each row was assessed for. None without the column
    period: Coded | None  # when. None without the column
    ids: Texts | None  # who. None without the column
    notes: tuple[str, ...]
    digest: str  # of the file's bytes; of the values, where they came as arrays
    stages: tuple[Stage, ...] = ()  # the steps, where there are several

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.weight)

    @property
    def people(self) -> int:
        """How many people they stand for."""
        return int(self.weight.sum())

    def crossed(self, attribute: str) -> Coded:
        """One attribute, or the intersection of several joined by ``*``."""
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
    """Read an outcomes file: one row a person, or a table of counts."""
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
        {name: texts[at] for name, at in located.found.items()},
        source.place,
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
    """The same from arrays or sequences of one length; what a file's columns hold goes here too."""
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
    table = TextTable(columns, Place(problems, "row", lambda row: row + 1), digest, {})
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
    if not table.rows:
        problems.settle()
        problems.fail("the file holds no record; give it at least one")
    weight = np.ones(table.rows, dtype=np.int64)
    if "weight" in table.columns:
        weight = weights_of(table.columns["weight"], table.place)
    stages: tuple[Stage, ...] = ()
    selected, missing, score = _results(table, reading, notes)
    if reading.stages:
        stages, selected, missing = _stages(table, reading, notes)
    read = _coded(table, by, reading, weight, notes)
    job, period = read.get("job"), read.get("period")
    if not of_counts:
        check_ids(table.columns.get("id"), job, period, table.place, notes)
        asked = {part: read[part] for one in by for part in parts_of(one) if part in read}
        notes += several_groups(table.columns.get("id"), asked)
    groups = _groups(by, read, problems) if not problems.found else {}
    problems.settle()
    return Outcomes(
        path=problems.path,
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
    notes: list[str],
) -> dict[str, Coded]:
    """The categories: what people are compared by, jobs and periods."""
    read: dict[str, Coded] = {}
    asked = dict.fromkeys(part for attribute in by for part in parts_of(attribute))
    if reading.alone:
        there = {name: table.columns[name].distinct for name in asked if name in table.columns}
        report_unused(reading.unknown, there, table.place.problems)
    for name in dict.fromkeys((*asked, "job", "period")):
        if name not in table.columns:
            continue
        column = table.columns[name]
        found, said = coded(column, name, weight, reading.unknown, groups=name in asked)
        if name in asked and len(found.values) > MOST_VALUES:
            table.place.problems.report(too_many(name, found.values))
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
    table: TextTable, reading: Reading, notes: list[str]
) -> tuple[NDArray[np.bool_] | None, NDArray[np.bool_], NDArray[np.float64] | None]:
    selected = score = None
    missing, place = np.zeros(table.rows, dtype=np.bool_), table.place
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
    table: TextTable, reading: Reading, notes: list[str]
) -> tuple[tuple[Stage, ...], NDArray[np.bool_], NDArray[np.bool_]]:
    """The steps, who passed them all, and of whom that isn't known."""
    place = table.place
    so_far = np.ones(table.rows, dtype=np.bool_)
    unknown = np.zeros(table.rows, dtype=np.bool_)
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


def _groups(by: Sequence[str], read: Mapping[str, Coded], problems: Problems) -> dict[str, Coded]:
    groups: dict[str, Coded] = {}
    for attribute in by:
        parts = parts_of(attribute)
        if len(parts) > 1:
            for part in parts:
                refuse_joined(read[part], part, problems)
        columns = [read[part] for part in parts]
        groups[CROSSED.join(parts)] = crossed(columns, attribute, problems.path)
    for attribute in by:
        for part in parts_of(attribute):
            groups.setdefault(part, read[part])
    return groups


def same_people(before: Outcomes, after: Outcomes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows of two outcomes with the same id, and the same job where both name jobs.

    Periods don't count, for they are what differs. Who stands in a file more than once under
    such a key can't be paired and is left out.
    """
    if before.ids is None or after.ids is None:
        empty = np.empty(0, dtype=np.intp)
        return empty, empty
    codes_before, codes_after = _common_codes(before.ids, after.ids)
    if before.job is not None and after.job is not None:
        values = {v: i for i, v in enumerate(sorted({*before.job.values, *after.job.values}))}
        codes_before = codes_before * (len(values) + 1) + _recoded(before.job, values)
        codes_after = codes_after * (len(values) + 1) + _recoded(after.job, values)
    once_before, once_after = _once(codes_before), _once(codes_after)
    _, left, right = np.intersect1d(
        codes_before[once_before], codes_after[once_after], True, return_indices=True
    )
    order = np.argsort(once_before[left])
    return once_before[left][order], once_after[right][order]


def _common_codes(before: Texts, after: Texts) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    code_of = {text: code for code, text in enumerate(before.distinct)}
    recoded = [code_of.setdefault(text, len(code_of)) for text in after.distinct]
    return before.codes.astype(np.int64), np.array(recoded, dtype=np.int64)[after.codes]


def _recoded(column: Coded, values: Mapping[str, int]) -> NDArray[np.int64]:
    table = np.array([*(values[value] for value in column.values), len(values)], dtype=np.int64)
    return table[column.codes]


def _once(codes: NDArray[np.int64]) -> NDArray[np.intp]:
    """Positions of the codes that stand only once."""
    _, first, counts = np.unique(codes, return_index=True, return_counts=True)
    return np.sort(first[counts == 1])
