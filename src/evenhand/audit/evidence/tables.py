"""The tables of an audit as CSV files, for spreadsheets: the numbers of ``audit.json`` in rows.

Undefined numbers are empty fields, hidden cells have ``hidden`` set and nothing else.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from evenhand.audit.evidence.audit import Audit
from evenhand.audit.evidence.definitions import definitions_of
from evenhand.audit.evidence.masked import shown_figures
from evenhand.records.files import write_text

Row = Mapping[str, Any]
_NO_FILE_NAME = re.compile(r"[^\w .()+-]")
_LONGEST = 80
_TWO_SETS = frozenset({"hits", "words", "texts"})
"""Pairs that count two sets of ads; all others are the ends of an interval."""


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
    """Rows as CSV; pairs become two columns, nested data JSON, None an empty field."""
    pairs = frozenset(name for row in rows for name, value in row.items() if _is_pair(value))
    flat = [_flat(row, pairs) for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue()


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


def _flat(row: Row, pairs: frozenset[str]) -> dict[str, object]:
    """One field a number; ``pairs`` names the intervals, which may be absent (None) in a row."""
    found: dict[str, object] = {}
    for name, value in row.items():
        if name in pairs:
            low, high = value or (None, None)
            first, second = ("first", "second") if name in _TWO_SETS else ("low", "high")
            found |= {f"{name}_{first}": _field(low), f"{name}_{second}": _field(high)}
        else:
            found[name] = _field(value)
    return found


def _is_pair(value: object) -> bool:
    ends = cast(list[object], value) if isinstance(value, list) else []
    return len(ends) == 2 and all(_is_number(each) for each in ends)


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _field(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        nested = cast(object, value)
        return json.dumps(nested, ensure_ascii=False, sort_keys=True)
    if isinstance(value, bool):
        return str(value).lower()
    # A text that a spreadsheet would take for a formula is defused by a quote.
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
