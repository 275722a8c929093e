"""An outcomes file of any kind, as columns of text that are read when they are asked for.

What the texts mean is decided in ``outcome_columns``, and which column is which in ``finding``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import require
from evenhand.records.columns import as_text
from evenhand.records.delimited import Likely, layout_of, line_of, records_of
from evenhand.records.formats import as_utf8, json_objects, kind_of_file, read_rows
from evenhand.records.rows import Problems, Row, opened
from evenhand.records.texts import Texts, TextsBuilder, texts_of

# Few enough to stay in the processor's cache.
_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class Source:
    """A file whose columns are known and not yet read.

    Attributes:
        names: Every column, in the file's order.
        read: From positions of columns to their texts, all of one length.
        place: What a row's number is called in sentences: ``line`` or ``row``.
        number_of: From a row's position to the number of its line or row in the file.
        notes: What is unusual about the file, one sentence each.
    """

    names: tuple[str, ...]
    read: Callable[[Sequence[int]], Mapping[int, Texts]]
    place: str
    number_of: Callable[[int], int]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TextTable:
    """Columns of a file as text, before anything is made of them.

    Attributes:
        path: The file, as the user named it.
        columns: Our name of each column found to its texts; all of one length.
        place: What a row's number is called in sentences: ``line`` or ``row``.
        number_of: From a row's position to the number of its line or row in the file.
        digest: Of the file's bytes.
        said: The file's name of each column, where it isn't ours.
    """

    path: str
    columns: Mapping[str, Texts]
    place: str
    number_of: Callable[[int], int]
    digest: str
    said: Mapping[str, str]

    def only(self, kept: NDArray[np.intp]) -> TextTable:
        """The rows at these positions."""
        columns = {name: column.only(kept) for name, column in self.columns.items()}
        number_of = self.number_of

        def moved(row: int) -> int:
            return number_of(int(kept[row]))

        return replace(self, columns=columns, number_of=moved)


def open_source(problems: Problems, likely: Likely, sheet: str = "") -> Source:
    """The columns of a file.

    Args:
        problems: Names the file; bad records are reported there.
        likely: How much a row looks like the header.
        sheet: Of a workbook, where it holds several.

    Raises:
        RecordError: For a file that is absent, a folder, of an unknown kind, empty or damaged.
    """
    kind = kind_of_file(problems)
    if kind == "text" and not sheet:
        return _of_text(problems, likely)
    if kind == "parquet" and not sheet:
        return _of_parquet(problems)
    if kind == "jsonl" and not sheet:
        return _of_lines(problems)
    table = read_rows(problems, likely, sheet)
    rows = table.rows

    def read(positions: Sequence[int]) -> dict[int, Texts]:
        return {
            at: texts_of([as_text(row.values.get(table.columns[at])) for row in rows])
            for at in positions
        }

    return Source(table.columns, read, table.place, partial(_number, rows), table.notes)


def _number(rows: Sequence[Row], row: int) -> int:
    return rows[row].line


def _of_text(problems: Problems, likely: Likely) -> Source:
    layout = layout_of(problems, likely)

    def read(positions: Sequence[int]) -> dict[int, Texts]:
        builders = {at: TextsBuilder() for at in positions}
        records = records_of(problems, layout)
        while rows := [cells for _, cells in islice(records, _ROWS_AT_ONCE)]:
            columns = list(zip(*rows, strict=True))
            for at, builder in builders.items():
                builder.extend(columns[at])
        return {at: builder.built() for at, builder in builders.items()}

    number_of = partial(line_of, problems, layout)
    return Source(layout.header, read, "line", number_of, layout.notes)


def _of_parquet(problems: Problems) -> Source:
    parquet = require("pyarrow.parquet", "reading Parquet")
    arrow: Any = importlib.import_module("pyarrow")

    def table_of(positions: Sequence[int] | None) -> Any:
        with opened(problems) as file:
            try:
                source = parquet.ParquetFile(file)
                names = [str(name) for name in source.schema_arrow.names]
                if positions is None:
                    return names
                return source.read(columns=[names[at] for at in positions])
            except (arrow.ArrowException, OSError) as cause:
                del cause
                problems.fail("is not a readable Parquet file; write it again")

    with opened(problems) as file:
        if not file.read(1):
            problems.fail("the file is empty; give it at least one record")
    names: list[str] = table_of(None)

    def read(positions: Sequence[int]) -> dict[int, Texts]:
        table = table_of(positions)
        return {
            at: _texts_of_arrow(table.column(names[at]), names[at], problems) for at in positions
        }

    return Source(tuple(names), read, "row", _row_number)


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


def _of_lines(problems: Problems) -> Source:
    """JSON lines, of which the columns are known when all of them were read."""
    builders: dict[str, TextsBuilder] = {}
    lines: list[int] = []
    with opened(problems) as raw:
        file = as_utf8(raw, problems)
        records = json_objects(file, problems)
        while rows := list(islice(records, _ROWS_AT_ONCE)):
            for row in rows:
                for name in row.values:
                    if name not in builders:
                        builders[name] = TextsBuilder()
                        builders[name].extend([""] * len(lines))
            for name, builder in builders.items():
                builder.extend([as_text(row.values.get(name)) for row in rows])
            lines += [row.line for row in rows]
        if not file.tell():
            problems.fail("the file is empty; give it at least one record")
    if not lines:
        problems.settle()
        problems.fail("the file holds no record; give it at least one")
    names = tuple(builders)

    def read(positions: Sequence[int]) -> dict[int, Texts]:
        return {at: builders[names[at]].built() for at in positions}

    return Source(names, read, "line", lines.__getitem__)
