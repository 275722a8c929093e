"""A whole audit of a million people against pyarrow's reading and grouping alone, side by side.

Prints one line of JSON: CPU seconds of several runs in turn (interpreter and imports in), their
medians and the ratio. ``pyarrow`` reads the same file and counts the same groups, and nothing else:
no ids are checked, no interval is drawn, no page is written. ``reading`` is evenhand's reading
without an audit, and ``imports`` what starting it takes.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

import numpy as np

from processor import seconds

SEX, RACE = ("female", "male", ""), ("a", "b", "c", "d", "e", "f", "g", "unknown")
PYARROW = """
import sys
import pyarrow.csv
table = pyarrow.csv.read_csv(sys.argv[1])
for name in ("sex", "race"):
    table.group_by([name]).aggregate([("selected", "sum"), ("selected", "count")])
"""
READING = """
import sys
from evenhand.records.outcomes import read_outcomes
read_outcomes(sys.argv[1], by=["sex", "race"])
"""
IMPORTS = "import evenhand.cli.main, evenhand.verbs.audit"


def write(path: Path, rows: int, seed: int = 7) -> None:
    """A file of people assessed."""
    rng = np.random.default_rng(seed)
    sex, race = (np.array(names)[rng.integers(0, len(names), rows)] for names in (SEX, RACE))
    chosen = rng.integers(0, 2, rows)
    with path.open("w", encoding="utf-8") as file:
        file.write("id,sex,race,selected\n")
        every = enumerate(zip(sex.tolist(), race.tolist(), chosen.tolist(), strict=True))
        file.writelines(f"p{at},{one},{other},{was}\n" for at, (one, other, was) in every)


def main() -> None:
    """Run each in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        write(path, options.rows)
        audit = ["audit", "--outcomes", str(path), "--by", "sex,race", "--out"]
        found: dict[str, list[float]] = {}
        for run in range(options.runs + 1):
            commands = {
                "audit": ["-m", "evenhand", *audit, f"{folder}/{run}"],
                "pyarrow": ["-c", PYARROW, str(path)],
                "reading": ["-c", READING, str(path)],
                "imports": ["-c", IMPORTS],
            }
            for name, words in commands.items():
                spent = seconds(words, f"{folder}/compiled")
                if run:  # the first compiles
                    found.setdefault(name, []).append(round(spent, 3))
    medians = {name: round(statistics.median(each), 3) for name, each in found.items()}
    ratio = round(medians["audit"] / medians["pyarrow"], 2)
    print(json.dumps({"rows": options.rows, "cpu": found, "medians": medians, "ratio": ratio}))


if __name__ == "__main__":
    main()
