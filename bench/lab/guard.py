"""How many changes of meaning the guard lets through, and how many faithful rewordings it refuses.

Pairs of sentences of job ads, made up: ``corruptions`` each with one change of what is said, and
``faithful`` ones in other words; by kind, with 95 % Wilson intervals. Beside the guard of
``evenhand guard`` stand the rewriter's text gates with their standard settings, and the gate of
facts alone. The files ``*_fresh.tsv`` are of writers who saw neither code nor lists.

    python bench/lab/guard.py > guard.json
    python bench/lab/guard.py --corruptions mine.tsv --faithful others.tsv
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from evenhand.config.schema import GatesConfig
from evenhand.language.facts import facts_gate
from evenhand.language.gates import text_gates
from evenhand.language.span import Span
from evenhand.verbs.guard import judged

TESTS = Path(__file__).resolve().parents[2] / "tests" / "guard"
Row = tuple[str, str, str]
Passes = Callable[[str, str], bool]


def share(hits: int, of: int) -> dict[str, Any]:
    """A share with its Wilson interval."""
    low, high = binomtest(hits, of).proportion_ci(method="wilson")
    return {
        "hits": hits,
        "n": of,
        "share": round(hits / of, 4),
        "interval": [round(float(low), 4), round(float(high), 4)],
    }


def read(path: Path) -> list[Row]:
    """(kind, before, after) of a file of pairs; lines with ``#`` are remarks."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = csv.reader(
        (line for line in lines if line and line[0] != "#"),
        delimiter="\t",
        quoting=csv.QUOTE_NONE,
    )
    found = [(row[0], row[1], row[2]) for row in rows]
    return found[1:] if found[:1] == [("kind", "before", "after")] else found


def by_guard(before: str, after: str) -> bool:
    """Whether the guard lets a rewording through."""
    return judged("pair", before, after).passed


def by_gates(gates: Sequence[Any]) -> Passes:
    """Whether all of these gates let a rewording through, the whole sentence being the span."""

    def passes(before: str, after: str) -> bool:
        span = Span(0, len(before), before, "sentence")
        return all(gate(before, span, after).passed for gate in gates)

    return passes


GUARDS: dict[str, Passes] = {
    "guard": by_guard,
    "text gates of the rewriter": by_gates(text_gates(GatesConfig())),
    "gate of facts alone": by_gates([facts_gate]),
}


def counted(rows: Sequence[Row], *, passing: bool) -> dict[str, Any]:
    """Shares of pairs that pass, or are refused, by guard and kind."""
    found: dict[str, Any] = {}
    for name, passes in GUARDS.items():
        hits = [(kind, passes(before, after) is passing) for kind, before, after in rows]
        kinds = list(dict.fromkeys(kind for kind, _ in hits))
        found[name] = {
            "all": share(sum(hit for _, hit in hits), len(hits)),
            "by_kind": {
                kind: share(
                    sum(hit for one, hit in hits if one == kind),
                    sum(one == kind for one, _ in hits),
                )
                for kind in kinds
            },
        }
    return found


def main() -> None:
    """Print the figures of both kinds of pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corruptions", type=Path, nargs="*", default=None)
    parser.add_argument("--faithful", type=Path, nargs="*", default=None)
    given = parser.parse_args()
    corruptions = given.corruptions or sorted(TESTS.glob("corruptions*.tsv"))
    faithful = given.faithful or sorted(TESTS.glob("faithful*.tsv"))
    found = {
        "corruptions_passed": {p.name: counted(read(p), passing=True) for p in corruptions},
        "faithful_refused": {p.name: counted(read(p), passing=False) for p in faithful},
    }
    json.dump(found, sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
