"""How long `evenhand check` takes: to start on one short ad, and to read many of 300 words.

Processor seconds of whole processes, interpreter and imports in, as JSON on standard output.

    python bench/speed/check.py [--ads 1000] [--words 300]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from pathlib import Path

from processor import seconds

SENTENCES = (
    "You will plan the work of the week with the team and report to the manager of the shop.",
    "We are looking for a strong communicator who can dominate a busy floor in our stores.",
    "You have three years of experience with customers, suppliers and the systems that we use.",
    "The company was founded in 1987 and sells garden tools, seeds and machines in four countries.",
    "Applicants must hold a valid driving licence, as the depot can't be reached by bus at night.",
    "We offer a competitive salary, 25 days of leave, a pension and training from the first day.",
    "He must be a native English speaker and should be between 25 and 35 years old.",
    "All qualified applicants are considered without regard to race, religion, sex or age.",
    "Our customers are mostly young families, and the women's department is the largest of all.",
    "You keep the records of every delivery and check invoices against the orders of the month.",
)


def ad(number: int, words: int) -> str:
    """An ad of about so many words, the same for the same number."""
    draw = random.Random(number)
    lines = [f"Shop assistant {number}"]
    while sum(len(line.split()) for line in lines) < words:
        lines.append(" ".join(draw.sample(SENTENCES, 3)))
    return "\n\n".join(lines)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ads", type=int, default=1000)
    parser.add_argument("--words", type=int, default=300)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        one, many = Path(folder) / "ad.txt", Path(folder) / "ads.jsonl"
        one.write_text(ad(0, 60))
        rows = ({"id": str(at), "text": ad(at, asked.words)} for at in range(asked.ads))
        many.write_text("".join(json.dumps(row) + "\n" for row in rows))
        compiled = str(Path(folder) / "compiled")
        check = ["-m", "evenhand", "check"]
        starts = [seconds([*check, str(one)], compiled) for _ in range(6)][1:]  # the first compiles
        found = {
            "ads": asked.ads,
            "words_an_ad": asked.words,
            "start_seconds": round(min(starts), 3),
            "start_seconds_most": round(max(starts), 3),
            "read_seconds": round(seconds([*check, str(many), "--json"], compiled), 2),
            "cores": os.cpu_count(),
        }
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
