"""Write the README's block of results from docs/results; `make docs` runs it.

The block is made of the sentences that the figures allow (``bench/hiring/hiring_sentences.py``),
first in plain words, and is checked by a test, so run it after a run of the benchmark.

With ``--format latex`` or ``csv`` it writes every table of the results files named (of all, if none
is) into a folder instead: ``python docs/build_results.py --format latex hiring_bench``.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1] / "bench" / "hiring"))

from hiring_sentences import claims, plain
from result_tables import WRITERS, names_of, write_tables

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
RESULTS = ROOT / "docs" / "results"
BEGIN, END = "<!-- results:begin -->", "<!-- results:end -->"
SOURCES = ("hiring_bench", "pilot")
"""Results files, the one to be preferred first."""


def block(results: Path = RESULTS) -> str:
    """The block with its marks, from the best results file there is."""
    name = next(name for name in SOURCES if (results / f"{name}.json").exists())
    report: dict[str, Any] = json.loads((results / f"{name}.json").read_text(encoding="utf-8"))
    first, *rest = claims(report)
    source = f"Every table: [docs/results/{name}.md](docs/results/{name}.md)."
    head = [BEGIN, _wrapped(plain(report)), "", "In figures:", ""]
    lines = [*head, _wrapped(first), "", *(_wrapped(f"* {said}", "  ") for said in rest), ""]
    return "\n".join([*lines, source, END])


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, 100, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )


def replaced(text: str, new: str) -> str:
    """A page with its block replaced.

    Raises:
        ValueError: The page has no marks.
    """
    start, end = text.index(BEGIN), text.index(END)
    return text[:start] + new + text[end + len(END) :]


def main(words: Sequence[str] | None = None) -> None:
    """Write the block, or the tables that are asked for."""
    parser = argparse.ArgumentParser(description="The README's block, or tables of results.")
    known = names_of(RESULTS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}")
    parser.add_argument("--format", choices=[*WRITERS], help="every table in a file of its own")
    parser.add_argument("--out", type=Path, default=Path("tables"), help="folder for the tables")
    asked = parser.parse_args(words)
    if unknown := [name for name in asked.names if name not in known]:
        parser.error(f"{', '.join(unknown)}: no such results; name some of {', '.join(known)}")
    if asked.format is None:
        if asked.names:
            parser.error("names are for --format latex or csv; leave them out")
        README.write_text(replaced(README.read_text(encoding="utf-8"), block()), encoding="utf-8")
        return
    written = write_tables(RESULTS, asked.names or known, asked.format, asked.out)
    print(f"{len(written)} tables written to {asked.out}")


if __name__ == "__main__":
    main()
