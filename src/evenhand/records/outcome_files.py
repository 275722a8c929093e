"""The columns that an audit needs of an outcomes file, as texts.

Parquet and JSONL are read here and CSV in ``outcome_csv``; what the texts mean is decided in
``outcome_columns``. Only the columns asked for are kept.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import require
from evenhand.records.columns import as_text, some
from evenhand.records.files import digest_file
from evenhand.records.formats import json_objects
from evenhand.records.rows import Problems, opened
from evenhand.records.texts import Texts, TextsBuilder

_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class TextTable:
    """Columns of a file as text, before anything is made of them.

    Attributes:
        path: The file, as the user named it.
        columns: Our name of each column found to its texts; all of one length.
        place: What a row's number is called in sentences: ``line`` or ``row``.
        number_of: From a row's position to the number of its line or row in the file.
        digest: Of the file's bytes.
    """

    path: str
    columns: Mapping[str, Texts]
    place: str
    number_of: Callable[[int], int]
    digest: str

    def only(self, kept: NDArray[np.intp]) -> TextTable:
        """The rows at these positions."""
        columns = {name: column.only(kept) for name, column in self.columns.items()}
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
    parquet = require("pyarrow.parquet", "reading Parquet")
    arrow: Any = importlib.import_module("pyarrow")
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
        name: _texts_of_arrow(table.column(there[position]), name, problems)
        for name, position in found.items()
    }
    return TextTable(problems.path, columns, "row", _row_number, digest_file(problems.path))


def _row_number(row: int) -> int:
    return row + 1


def _texts_of_arrow(column: Any, name: str, problems: Problems) -> Texts:
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
        column = column.cast(arrow.string())
    except (arrow.ArrowException, ValueError):
        problems.fail(
            f"the column holds {kind}, which can't be read as text; convert it to plain text or "
            "numbers",
            field=name,
        )
    encoded = column.combine_chunks().fill_null("").dictionary_encode()
    return Texts(encoded.dictionary.to_pylist(), np.asarray(encoded.indices, dtype=np.int32))


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
    """The wanted columns of a JSONL file; arguments as for ``locate``."""
    theirs = [*mapping, *(name for name in wanted if name not in mapping)]
    builders = {name: TextsBuilder() for name in theirs if mapping.get(name, name) in wanted}
    there: dict[str, None] = {}
    lines: list[int] = []
    with opened(problems) as file:
        records = json_objects(file, problems)
        while rows := list(islice(records, _ROWS_AT_ONCE)):
            for row in rows:
                there.update(dict.fromkeys(row.values))
            for name, builder in builders.items():
                builder.extend([as_text(row.values.get(name)) for row in rows])
            lines += [row.line for row in rows]
        if not file.tell():
            problems.fail("the file is empty; give it at least one record")
    if not lines:
        problems.fail("the file holds no record; give it at least one")
    names = tuple(there)
    found = locate(names, wanted, required, mapping, problems)
    columns = {name: builders[names[at]].built() for name, at in found.items()}
    return TextTable(problems.path, columns, "line", lines.__getitem__, digest_file(problems.path))


def suffix_of(path: str) -> str:
    """The suffix of a file's name in lower case, with the one before ``.gz``."""
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    return "".join(suffixes[-2:]) if suffixes[-1:] == [".gz"] else "".join(suffixes[-1:])
