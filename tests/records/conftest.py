"""Writers of the three formats that know nothing of evenhand's own."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

Rows = Sequence[Mapping[str, object]]
Writer = Callable[[Path, Rows], Path]


def write_csv(stem: Path, rows: Rows) -> Path:
    path = stem.with_suffix(".csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_lines(stem: Path, rows: Rows) -> Path:
    path = stem.with_suffix(".jsonl")
    path.write_bytes("".join(json.dumps(row) + "\n" for row in rows).encode())
    return path


def write_table(stem: Path, rows: Rows) -> Path:
    path = stem.with_suffix(".parquet")
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), path)
    return path


WRITERS: dict[str, Writer] = {"csv": write_csv, "jsonl": write_lines, "parquet": write_table}


@pytest.fixture(scope="session")
def writers() -> dict[str, Writer]:
    """Format to writer."""
    return WRITERS


@pytest.fixture(params=sorted(WRITERS))
def write(request: pytest.FixtureRequest) -> Writer:
    """A writer of each format in turn."""
    return WRITERS[request.param]
