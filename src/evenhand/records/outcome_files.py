"""The columns that an audit needs of an outcomes file, as pyarrow arrays of text.

Parquet and JSONL are read here and CSV in ``outcome_csv``; what the texts mean is decided in
``outcome_columns``. Only the columns asked for are kept, and nothing loops over rows unless a
file is wrong and the line has to be found.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evenhand.records.columns import as_text, some
from evenhand.records.files import digest_file
from evenhand.records.formats import read_rows
from evenhand.records.rows import Problems, opened

_PEEKED = 200


@dataclass(frozen=True)
class TextTable:
    """Columns of a file as text, before anything is made of them.

    Attributes:
        path: The file, as the user named it.
        columns: Our name of each column found to a pyarrow ChunkedArray of text, null where
            there is nothing; all of one length.
        place: What a row's number is called in sentences: ``line`` or ``row``.
        number_of: From a row's position to the number of its line or row in the file.
        digest: Of the file's bytes.
    """

    path: str
    columns: Mapping[str, Any]
    place: str
    number_of: Callable[[int], int]
    digest: str

    def only(self, kept: NDArray[np.intp]) -> TextTable:
        """The rows at these positions."""
        columns = {name: column.take(kept) for name, column in self.columns.items()}
        number_of = self.number_of

        def moved(row: int) -> int:
            return number_of(int(kept[row]))

        return replace(self, columns=columns, number_of=moved)


def locate(
    there: Sequence[str],
    wanted: Sequence[str],
    required: Sequence[str],
    mapping: Mapping[str, str],
    problems: Problems,
) -> dict[str, int]:
    """Position of each wanted column that is there.

    Args:
        there: The file's columns.
        wanted: Our names, with those required.
        required: Those that the file must have.
        mapping: The file's column to our name.
        problems: Names the file in errors.

    Raises:
        RecordError: For a mapping that names no column, two columns for one name and required
            columns that aren't there.
    """
    for theirs in mapping:
        if theirs not in there:
            problems.fail(
                f"the mapping names this column, which isn't there; the columns are {some(there)}",
                field=theirs,
            )
    names = [mapping.get(name, name) for name in there]
    missing = [name for name in required if name not in names]
    if missing:
        needed = "no such column" if len(missing) == 1 else "no such columns"
        problems.fail(
            f"there is {needed} as {some(missing)}; map one (theirs={missing[0]}); the columns "
            f"are {some(names)}"
        )
    found = {name: names.index(name) for name in wanted if name in names}
    _refuse_twice(there, names, found, problems)
    return found


def _refuse_twice(
    there: Sequence[str], names: Sequence[str], found: Mapping[str, int], problems: Problems
) -> None:
    for name in found:
        both = [old for old, new in zip(there, names, strict=True) if new == name]
        if len(set(both)) > 1:
            problems.fail(
                f"the columns {some(both)} would both have this name; map one of them to another "
                "name",
                field=name,
            )
        if len(both) > 1:
            problems.fail("two columns have this name; rename one", field=name)


def read_parquet(
    problems: Problems,
    wanted: Sequence[str],
    required: Sequence[str],
    mapping: Mapping[str, str],
) -> TextTable:
    """The wanted columns of a Parquet file; arguments as for ``locate``."""
    arrow: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    with opened(problems) as file:
        if not file.read(1):
            problems.fail("the file is empty; give it at least one record")
        try:
            source = parquet.ParquetFile(file)
            there = [str(name) for name in source.schema_arrow.names]
            found = locate(there, wanted, required, mapping, problems)
            table = source.read(columns=[there[position] for position in found.values()])
        except (arrow.ArrowException, OSError) as cause:
            del cause
            problems.fail("is not a readable Parquet file; write it again")
    columns = {
        name: text_of(table.column(there[position]), name, problems)
        for name, position in found.items()
    }
    return TextTable(problems.path, columns, "row", _row_number, digest_file(problems.path))


def _row_number(row: int) -> int:
    return row + 1


def text_of(column: Any, name: str, problems: Problems) -> Any:
    """A column of any plain type as text; whole numbers without a decimal point.

    Raises:
        RecordError: For lists, objects and bytes that aren't UTF-8.
    """
    arrow: Any = importlib.import_module("pyarrow")
    compute: Any = importlib.import_module("pyarrow.compute")
    kind = column.type
    try:
        if arrow.types.is_dictionary(kind):
            column, kind = column.cast(kind.value_type), kind.value_type
        if arrow.types.is_floating(kind):
            column = compute.if_else(compute.is_nan(column), None, column)
            column = _whole(column.cast(arrow.float64()))
        return column.cast(arrow.string())
    except (arrow.ArrowException, ValueError):
        problems.fail(
            f"the column holds {kind}, which can't be read as text; convert it to plain text or "
            "numbers",
            field=name,
        )


def _whole(column: Any) -> Any:
    """Floating-point whole numbers as integers, which is what a column with gaps was."""
    arrow: Any = importlib.import_module("pyarrow")
    try:
        return column.cast(arrow.int64())
    except arrow.ArrowException:
        return column


def read_jsonl(
    problems: Problems,
    wanted: Sequence[str],
    required: Sequence[str],
    mapping: Mapping[str, str],
) -> TextTable:
    """The wanted columns of a JSONL file; arguments as for ``locate``.

    Where a column holds values of several kinds, or anything is wrong, the file is read again
    line by line.
    """
    kinds = _kinds(problems)
    columns = _fast_jsonl(problems, wanted, required, mapping, kinds)
    if columns is None:
        return _slow_jsonl(problems, wanted, required, mapping)
    digest = digest_file(problems.path)
    return TextTable(problems.path, columns, "line", _line_finder(problems), digest)


def _kinds(problems: Problems) -> dict[str, set[type]]:
    """The kinds of values that the first lines have in each column."""
    kinds: dict[str, set[type]] = {}
    with opened(problems) as file:
        for line in islice(file, _PEEKED):
            try:
                parsed: object = json.loads(line) if line.strip() else {}
            except (ValueError, RecursionError):
                return {}
            if isinstance(parsed, dict):
                for name, value in cast("dict[str, object]", parsed).items():
                    kinds.setdefault(name, set()).add(type(value))
    return kinds


def _fast_jsonl(
    problems: Problems,
    wanted: Sequence[str],
    required: Sequence[str],
    mapping: Mapping[str, str],
    kinds: Mapping[str, set[type]],
) -> dict[str, Any] | None:
    """The columns by pyarrow's reader, or None where it can't be relied on."""
    theirs = {name: mapping.get(name, name) for name in kinds}
    ours = list(theirs.values())
    twice = any(ours.count(name) > 1 for name in wanted)
    if twice or not {*required} <= {*ours} or not {*mapping} <= {*kinds}:
        return None
    arrow: Any = importlib.import_module("pyarrow")
    reader: Any = importlib.import_module("pyarrow.json")
    fields = {old: _arrow_kind(kinds[old], new) for old, new in theirs.items() if new in wanted}
    late = [name for name in wanted if name not in ours]
    schema = arrow.schema([*fields.items(), *((name, arrow.string()) for name in late)])
    options = reader.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    try:
        with opened(problems) as file:
            table = reader.read_json(file, parse_options=options)
    except (arrow.ArrowException, OSError):
        return None
    found = {theirs[old]: text_of(table.column(old), old, problems) for old in fields}
    found |= {
        name: table.column(name) for name in late if table.column(name).null_count < len(table)
    }
    return found if len(table) else None


def _arrow_kind(kinds: set[type], name: str) -> Any:
    arrow: Any = importlib.import_module("pyarrow")
    kinds = kinds - {type(None)}
    if kinds == {bool}:
        return arrow.bool_()
    if kinds <= {int, float} and name == "score":
        return arrow.float64()
    return arrow.int64() if kinds == {int} else arrow.string()


def _slow_jsonl(
    problems: Problems,
    wanted: Sequence[str],
    required: Sequence[str],
    mapping: Mapping[str, str],
) -> TextTable:
    arrow: Any = importlib.import_module("pyarrow")
    table = read_rows(problems)
    found = locate(table.columns, wanted, required, mapping, problems)
    columns = {
        name: arrow.chunked_array(
            [[as_text(row.values.get(table.columns[at])) for row in table.rows]], arrow.string()
        )
        for name, at in found.items()
    }
    lines = [row.line for row in table.rows]
    return TextTable(problems.path, columns, "line", lines.__getitem__, digest_file(problems.path))


def _line_finder(problems: Problems) -> Callable[[int], int]:
    def number_of(row: int) -> int:
        with opened(problems) as file:
            full = (number for number, line in enumerate(file, start=1) if line.strip())
            return next(islice(full, row, None), row + 1)

    return number_of


def suffix_of(path: str) -> str:
    """The suffix of a file's name in lower case, with the one before ``.gz``."""
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    return "".join(suffixes[-2:]) if suffixes[-1:] == [".gz"] else "".join(suffixes[-1:])
