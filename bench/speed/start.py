"""How long evenhand takes to start: its screens, and an audit of a small spreadsheet.

Processor seconds of whole processes, interpreter and imports in, as JSON on standard output: the
median of several runs, each command in turn. ``python`` is the interpreter alone.

    python bench/speed/start.py [--runs 9] [--rows 400]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import tempfile
from pathlib import Path

from processor import seconds

SCREENS = ("--help", "--version", "check --help", "audit --help", "rewrite --help", "doctor")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--rows", type=int, default=400)
    asked = parser.parse_args()
    draw = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        people = Path(folder) / "outcomes.csv"
        rows = (
            f"p{at},{draw.choice('fm')},{draw.choice('abc')},{draw.randint(0, 1)}\n"
            for at in range(asked.rows)
        )
        people.write_text("id,sex,race,selected\n" + "".join(rows))
        out = f"{folder}/audit"
        audit = ["audit", "--outcomes", str(people), "--by", "sex,race", "--out", out, "--force"]
        commands = {screen: ["-m", "evenhand", *screen.split()] for screen in SCREENS}
        commands |= {"python": ["-c", "pass"], "audit --outcomes": ["-m", "evenhand", *audit]}
        found: dict[str, list[float]] = {name: [] for name in commands}
        for run in range(asked.runs + 1):
            for name, words in commands.items():
                spent = seconds(words, f"{folder}/compiled")
                if run:  # the first compiles
                    found[name].append(spent)
    medians = {name: round(statistics.median(each), 3) for name, each in found.items()}
    print(json.dumps({"rows": asked.rows, "medians": medians, "cores": os.cpu_count()}, indent=2))


if __name__ == "__main__":
    main()
