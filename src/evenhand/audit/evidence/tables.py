"""The tables of an audit for spreadsheets: the numbers of ``audit.json`` in rows.

One CSV file a table, and all of them as one workbook whose numbers are numbers.

Undefined numbers are empty fields, hidden cells have ``hidden`` set and nothing else.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.definitions import definitions_of
from evenhand.audit.evidence.masked import shown_figures
from evenhand.errors import require
from evenhand.records.files import write_bytes, write_text
from evenhand.records.result import Row, grid

_NO_FILE_NAME = re.compile(r"[^\w .()+-]")
_LONGEST = 80
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
_LONGEST_SHEET, _LONGEST_CELL = 31, 32_767
_FORMULA = re.compile(r"\s*[=+\-@]")
_LONG_AGO = datetime(1980, 1, 1)
"""When every workbook says it was made: a clock would make other bytes every day."""


def write_tables(folder: Path, tables: Mapping[str, Sequence[Row]]) -> list[Path]:
    """Write tables, one file each.

    Args:
        folder: Made where it isn't there.
        tables: Rows by name.

    Returns:
        The files, sorted.

    Raises:
        StorageError: A file could not be written.
    """
    for name, rows in tables.items():
        write_text(folder / f"{name}.csv", as_csv(rows))
    return sorted(folder / f"{name}.csv" for name in tables)


def tables_of(audit: Audit, found: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Rows by table name; ``*`` in an attribute becomes ``_by_``, what no file name holds ``_``.

    Args:
        audit: What was found.
        found: The same as ``audit_json`` gives it.
    """
    tables: dict[str, list[Row]] = {}
    for evidence in audit.rates:
        for attribute, table in found[evidence.measure].items():
            if attribute != "median":
                tables[_name(evidence.measure, attribute, tables)] = _cells(table)
    if audit.funnel is not None:
        tables["funnel"] = [
            {"attribute": name, **row} for name, rows in found["funnel"].items() for row in rows
        ]
    figures: list[Row] = [one.to_json() for one in shown_figures(audit)]
    if figures:
        tables["figures"] = figures
    if audit.wording is not None:
        tables["text"] = [{"ad": job, **row} for job, row in found["text"]["ads"].items()]
        tables["words"] = found["text"]["words"]
        tables["text_and_lists"] = _agreements(found["text"]["agreement_with_lists"])
        tables["stem_lists"] = _agreements(found["text"]["stem_lists"])
    tables["definitions"] = [asdict(each) for each in definitions_of(audit)]
    return {name: rows for name, rows in tables.items() if rows}


def _name(measure: str, attribute: str, taken: Mapping[str, object]) -> str:
    """A file name of its own for the table of any attribute."""
    name = f"{measure}_{_NO_FILE_NAME.sub('_', attribute.replace('*', '_by_'))}"[:_LONGEST]
    others = (f"{name}_{number}" for number in itertools.count(2))
    return name if name not in taken else next(each for each in others if each not in taken)


def as_csv(rows: Sequence[Row]) -> str:
    """Rows as CSV; pairs become two columns, nested data JSON, None an empty field.

    A text that a spreadsheet would take for a formula has a quote before it: quoting a field keeps
    no spreadsheet from reading it as one.
    """
    columns, fields = grid(rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_defused, columns))
    writer.writerows(map(_defused, row) for row in fields)
    return out.getvalue()


def write_workbook(path: Path, tables: Mapping[str, Sequence[Row]]) -> Path:
    """Write tables as one ``.xlsx``, a sheet each; the same tables give the same bytes.

    Texts are texts there, whatever they start with, and need no quote.

    Raises:
        StorageError: The file could not be written.
    """
    xlsx = require("xlsxwriter", "writing a workbook")
    out = io.BytesIO()
    book = xlsx.Workbook(out, {"in_memory": True})
    book.set_properties({"created": _LONG_AGO})
    head = book.add_format({"bold": True, "bottom": 1})
    for name, rows in zip(_sheet_names(tables), tables.values(), strict=True):
        sheet = book.add_worksheet(name)
        columns, fields = grid(rows)
        sheet.freeze_panes(1, 1)
        for across, column in enumerate(columns):
            sheet.write_string(0, across, column, head)
            widest = max((len(str(row[across])) for row in fields), default=0)
            sheet.set_column(across, across, min(max(len(column), widest) + 2, 48))
        for down, row in enumerate(fields, start=1):
            for across, value in enumerate(row):
                _write(sheet, down, across, value)
    book.close()
    write_bytes(path, out.getvalue())
    return path


def _write(sheet: Any, row: int, column: int, value: object) -> None:
    """One cell by its type; an empty one is left out."""
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    elif value != "":
        sheet.write_string(row, column, str(value)[:_LONGEST_CELL])


def _sheet_names(names: Iterable[str]) -> list[str]:
    """Names that a workbook takes: short, without some signs, none twice in any case."""
    found: list[str] = []
    for name in names:
        plain = _NO_SHEET_NAME.sub("_", name)
        number, sheet = 1, plain[:_LONGEST_SHEET]
        while sheet.lower() in {"history", *(other.lower() for other in found)}:
            number += 1
            end = f"~{number}"
            sheet = plain[: _LONGEST_SHEET - len(end)] + end
        found.append(sheet)
    return found


def _defused(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def _cells(table: Mapping[str, Any]) -> list[Row]:
    cells = [{"cell": name, **row} for name, row in table["cells"].items()]
    return [*cells, {"cell": "(unknown)", **table["unknown"]}]


def _agreements(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> list[Row]:
    return [
        {"score": score, "attribute": attribute, "contrast": contrast, **row}
        for score, by_attribute in found.items()
        for attribute, by_contrast in by_attribute.items()
        for contrast, row in by_contrast.items()
    ]
