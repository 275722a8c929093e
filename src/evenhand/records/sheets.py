"""Workbooks (.xlsx, .xls, .ods): the cells of one sheet as text.

Whole numbers lose their decimal point and dates are written as 2026-01-31, as in every other
format. Formulas count by the values that were saved with them.
"""

from __future__ import annotations

import datetime
import io
from typing import Any

from evenhand.errors import require
from evenhand.records.answers import key_of
from evenhand.records.columns import as_text, some
from evenhand.records.rows import Problems, opened


def sheet_of(problems: Problems, name: str) -> tuple[list[list[str]], tuple[str, ...]]:
    """The cells of a sheet, row by row from the first, and what to say of it.

    Args:
        problems: Names the file.
        name: The sheet; ``""`` for the only one that holds anything.

    Raises:
        RecordError: For a damaged workbook, a sheet that isn't there, and several without a name.
    """
    calamine: Any = require("python_calamine", "reading workbooks")
    with opened(problems) as file:
        content = file.read()
    if not content:
        problems.fail("the file is empty; give it at least one record")
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        cells = {str(one): _cells(book, one) for one in book.sheet_names}
    except Exception as cause:
        # The library raises classes of its own for every kind of workbook, and plain ones too.
        del cause
        problems.fail("is not a readable workbook (or needs a password); save it again, or as CSV")
    filled = [one for one, rows in cells.items() if any(map(any, rows))]
    if name:
        alike = [one for one in cells if one == name] or [
            one for one in cells if key_of(one) == key_of(name)
        ]
        if len(alike) != 1:
            problems.fail(f"--sheet {name}: there is no such sheet; there are {some(cells)}")
        return cells[alike[0]], ()
    if len(filled) > 1:
        problems.fail(f"holds several sheets ({some(filled)}); name one with --sheet")
    if not filled:
        problems.fail("the workbook holds no record; give it a header and at least one record")
    return cells[filled[0]], ()


def _cells(book: Any, name: str) -> list[list[str]]:
    rows: list[list[object]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    return [[_text(cell) for cell in row] for row in rows]


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return as_text(cell)
