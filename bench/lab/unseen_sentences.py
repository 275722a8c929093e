"""How much direct discrimination `check` finds in sentences that nothing was tuned on; prints JSON.

They are those of one more writer, who saw neither code nor lists. A sentence is *direct* where some
finding is direct discrimination, *asked* where the findings only ask a person. Shares with 95 %
Wilson intervals, as in ``docs/results/discrimination.json``, which has the first look at them too:
that one can't be had again, since they have been looked at since.

    python bench/lab/unseen_sentences.py
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from evenhand.language.discrimination import find_discrimination

TESTS = Path(__file__).resolve().parents[2] / "tests" / "language"
SENTENCES = TESTS / "discrimination_unseen_twelfth.tsv"


def heard(sentence: str) -> str:
    """``direct``, ``asked`` or ``nothing``: the weightiest finding."""
    severities = {finding.severity for finding in find_discrimination(sentence)}
    return "direct" if "discrimination" in severities else "asked" if severities else "nothing"


def found_in(path: Path) -> dict[str, Any]:
    """Counts of a file of label, family, trade, a blank and the sentence."""
    by_label: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            label, family, *_, sentence = line.split("\t")
            by_label[label].append((family, heard(sentence)))
    direct = by_label["direct"]
    grounds = {
        ground: _counted([one for one in direct if one[0] == ground], "direct")
        for ground in sorted({family for family, _ in direct})
    }
    hits = _counted(direct, "direct")
    lawful = _counted(by_label["lawful"], "direct", "flagged")
    return {
        "direct": {
            **hits,
            "rate": round(hits["found"] / hits["n"], 3),
            "interval": _wilson(hits["found"], hits["n"]),
            "by_ground": grounds,
        },
        "lawful": {**lawful, "interval": _wilson(lawful["flagged"], lawful["n"])},
        "claimed": _counted(by_label["claimed"], "asked", "asked"),
    }


def _counted(rows: Sequence[tuple[str, str]], which: str, name: str = "found") -> dict[str, int]:
    return {name: sum(said == which for _, said in rows), "n": len(rows)}


def _wilson(hits: int, n: int) -> list[float]:
    ends = binomtest(hits, n).proportion_ci(method="wilson")
    return [round(float(ends.low), 3), round(float(ends.high), 3)]


def main() -> None:
    """Read, count and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sentences", type=Path, default=SENTENCES)
    print(json.dumps(found_in(parser.parse_args().sentences), indent=1))


if __name__ == "__main__":
    main()
