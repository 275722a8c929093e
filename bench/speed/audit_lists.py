"""How long an audit of lists takes, beside another checkout: processor seconds of whole processes.

Ads, people and the lists of the lexical engine are made up from a fixed seed: occupations, three
attributes of which two are crossed, texts of the sentences that ``check.py`` reads. With
``--beside`` both checkouts run in turn, so that a slower minute is slow for both; the medians and
their ratio are printed as JSON. ``--folder`` takes ``jobs.jsonl`` and ``people.jsonl`` of your own.

    python bench/speed/audit_lists.py [--ads 500] [--people 4000] [--beside CHECKOUT] [--runs 3]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from check import ad
from processor import seconds

OURS = Path(__file__).resolve().parents[2]
TRADES = [f"trade {number}" for number in range(30)]
AGES = ("under 30", "30 to 44", "45 and over", "")


def write(folder: Path, ads: int, people: int) -> None:
    """Ads and people, the same for the same numbers."""
    draw = random.Random(1)
    jobs = (
        {"id": f"j{at}", "text": ad(at, 200), "occupation_group": TRADES[at % len(TRADES)]}
        for at in range(ads)
    )
    pool = (
        {
            "id": f"p{at}",
            "text": ad(at + ads, 60),
            "occupation_group": draw.choice(TRADES),
            "gender": draw.choice(("female", "male")),
            "age_band": draw.choice(AGES),
        }
        for at in range(people)
    )
    for name, rows in (("jobs", jobs), ("people", pool)):
        lines = (f"{json.dumps(row)}\n" for row in rows)
        (folder / f"{name}.jsonl").write_text("".join(lines))


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ads", type=int, default=500)
    parser.add_argument("--people", type=int, default=4000)
    parser.add_argument("--by", default="gender,age_band,gender*age_band")
    parser.add_argument("--folder", type=Path, help="jobs.jsonl and people.jsonl of your own")
    parser.add_argument("--beside", type=Path, help="another checkout, run in turn with this one")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        given = asked.folder or place
        if asked.folder is None:
            write(given, asked.ads, asked.people)
        pool = [str(given / "jobs.jsonl"), "--pool", str(given / "people.jsonl")]
        match = ["match", *pool, "--matcher", "lexical", "--top", "100"]
        lists = ["--rankings", str(place / "lists.parquet")]
        audit = ["audit", *pool, *lists, "--by", asked.by, "--force", "--out"]
        checkouts = {"ours": OURS} | ({"beside": asked.beside.resolve()} if asked.beside else {})
        found: dict[str, list[float]] = {name: [] for name in checkouts}
        subprocess.run(
            [sys.executable, "-m", "evenhand", *match, "--out", lists[1]],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(OURS / "src")},
        )
        for run in range(asked.runs + 1):
            for name, checkout in checkouts.items():
                os.environ["PYTHONPATH"] = str(checkout / "src")
                words = ["-m", "evenhand", *audit, str(place / name)]
                spent = seconds(words, str(place / f"compiled-{name}"))
                if run:  # the first compiles
                    found[name].append(round(spent, 2))
    medians = {name: statistics.median(each) for name, each in found.items()}
    ratio = {"times_less": round(medians["beside"] / medians["ours"], 2)} if asked.beside else {}
    print(json.dumps({"seconds": found, "medians": medians, **ratio}, indent=2))


if __name__ == "__main__":
    main()
