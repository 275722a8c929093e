"""Seconds and memory to read a million outcomes and count them; prints one line of JSON a case.

Every case runs in a process of its own, so that its peak memory is its own. ``--wide`` adds a
million rows of 200 columns (a file of some 400 MB in a temporary folder).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.csv
import pyarrow.parquet

from evenhand.records.outcomes import read_outcomes

BY = ["sex", "race", "sex*race"]
SEX, RACE = ("female", "male", ""), ("a", "b", "c", "d", "e", "f", "g", "unknown")


def people(rows: int, seed: int = 7) -> dict[str, pyarrow.Array]:
    """The five columns."""
    rng = np.random.default_rng(seed)
    return {
        "id": pyarrow.array([f"p{row}" for row in range(rows)]),
        "sex": pyarrow.array(np.array(SEX)[rng.integers(0, len(SEX), rows)]),
        "race": pyarrow.array(np.array(RACE)[rng.integers(0, len(RACE), rows)]),
        "selected": pyarrow.array(rng.integers(0, 2, rows)),
        "score": pyarrow.array(np.round(rng.random(rows), 4)),
    }


def write(folder: Path, rows: int, *, wide: bool) -> list[Path]:
    """The files to read: CSV and Parquet, or the wide CSV alone."""
    table = pyarrow.table(people(rows))
    if wide:
        filler = pyarrow.array(np.random.default_rng(8).integers(0, 10, rows))
        for number in range(195):
            table = table.append_column(f"column_{number}", filler)
        pyarrow.csv.write_csv(table, folder / "wide.csv")
        return [folder / "wide.csv"]
    pyarrow.csv.write_csv(table, folder / "outcomes.csv")
    pyarrow.parquet.write_table(table, folder / "outcomes.parquet")
    return [folder / "outcomes.csv", folder / "outcomes.parquet"]


def measure(path: Path) -> dict[str, object]:
    """Read and count one file in this process."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, started = time.perf_counter(), time.process_time()
    outcomes = read_outcomes(path, by=BY)
    read, cpu = time.perf_counter(), time.process_time() - started
    assert outcomes.selected is not None
    for groups in outcomes.groups.values():
        cells = len(groups.values) + 1
        np.bincount(groups.codes, outcomes.weight, cells)
        np.bincount(groups.codes, outcomes.weight * outcomes.selected, cells)
    counted = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "file": path.name,
        "megabytes": round(path.stat().st_size / 1e6),
        "rows": outcomes.rows,
        "read_seconds": round(read - start, 2),
        "read_cpu_seconds": round(cpu, 2),
        "count_seconds": round(counted - read, 3),
        "peak_megabytes": round(peak / 1024),
        "above_start_megabytes": round((peak - before) / 1024),
    }


def main() -> None:
    """Write the files, then read each in a new process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--wide", action="store_true", help="read 200 columns instead of five")
    parser.add_argument("--one", type=Path, help="measure this file alone (used by itself)")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)), flush=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        for path in write(Path(folder), options.rows, wide=options.wide):
            subprocess.run([sys.executable, __file__, "--one", str(path)], check=True)


if __name__ == "__main__":
    main()
