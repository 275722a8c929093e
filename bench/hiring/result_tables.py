"""Every table of a results file as LaTeX or CSV; the one writer of both for all of bench.

Tables are those of the page beside the figures (``NAME.md``), in its order and words. Where there
is no page, all figures make one table, a row each, named by where they stand in the JSON.
``docs/build_results.py --format`` is its command.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{letter: f"\\{letter}" for letter in "&%$#_"},
        **{"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"},
        **{"−": "$-$", "–": "--", "—": "---", "×": r"$\times$", "±": r"$\pm$", "·": r"$\cdot$"},
        **{"≤": r"$\leq$", "≥": r"$\geq$", "→": r"$\rightarrow$", "…": r"\ldots{}"},
        **{"μ": r"$\mu$", "δ": r"$\delta$", "ε": r"$\epsilon$", "β": r"$\beta$", "λ": r"$\lambda$"},
    }
)
_RULE = re.compile(r"\|(?:\s*:?-+:?\s*\|)+")
_MARKED = re.compile(r"\*\*(.+?)\*\*|`(.+?)`|\[(.+?)\]\(.+?\)")


@dataclass(frozen=True)
class ResultTable:
    """One table.

    Attributes:
        title: Of the section that it stands in; numbered where one has several.
        columns: Heads.
        rows: Cells as they are shown, as many in every row as there are heads.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def names_of(results: Path) -> list[str]:
    """The results files of a folder, by name."""
    return sorted(path.stem for path in results.glob("*.json"))


def tables_of(results: Path, name: str) -> list[ResultTable]:
    """The tables of one results file."""
    page = results / f"{name}.md"
    if page.exists():
        return list(_on_page(page.read_text(encoding="utf-8")))
    found = json.loads((results / f"{name}.json").read_text(encoding="utf-8"))
    return [ResultTable(name.replace("_", " "), ("figure", "value"), tuple(_figures(found, ())))]


def as_csv(table: ResultTable) -> str:
    """The table with its heads; a cell that a spreadsheet would compute is text there."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_no_formula(cell) for cell in row] for row in table.rows)
    return written.getvalue()


def as_latex(table: ResultTable) -> str:
    """The table as a float of booktabs, with its title as caption."""
    lines = [
        r"\begin{table}",
        rf"\caption{{{latex_text(table.title)}}}",
        rf"\begin{{tabular}}{{l{'r' * (len(table.columns) - 1)}}}",
        r"\toprule",
        _row(table.columns),
        r"\midrule",
        *map(_row, table.rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


WRITERS: Mapping[str, tuple[str, Callable[[ResultTable], str]]] = {
    "csv": ("csv", as_csv),
    "latex": ("tex", as_latex),
}
"""Format to the end of a file's name and what writes a table."""


def write_tables(results: Path, names: Sequence[str], form: str, out: Path) -> list[Path]:
    """Every table in a file of its own, ``NAME-01-title.csv`` or ``.tex``."""
    suffix, writer = WRITERS[form]
    written: list[Path] = []
    out.mkdir(parents=True, exist_ok=True)
    for name in names:
        for number, table in enumerate(tables_of(results, name), start=1):
            slug = re.sub(r"[^a-z0-9]+", "-", table.title.lower()).strip("-")[:60]
            written.append(out / f"{name}-{number:02}-{slug}.{suffix}")
            written[-1].write_text(writer(table), encoding="utf-8")
    return written


def latex_text(text: str) -> str:
    """Text in which nothing is a command."""
    return text.translate(_LATEX)


def _row(cells: Sequence[str]) -> str:
    return " & ".join(map(latex_text, cells)) + r" \\"


def _no_formula(cell: str) -> str:
    number = re.fullmatch(r"[-+−]?[\d.,]+%?(?: .*)?", cell)
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@"} and not number else cell


def _on_page(text: str) -> Iterator[ResultTable]:
    """The tables of a page in Markdown, each named by the headings that it stands under."""
    heads: dict[int, str] = {}
    seen: dict[str, int] = {}
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if heading := re.match(r"(#+) (.+)", line):
            level = len(heading[1])
            heads = {deep: words for deep, words in heads.items() if deep < level}
            heads[level] = _plain(heading[2])
        if at and _RULE.fullmatch(line.strip()):
            below = lines[at + 1 :]
            end = next((n for n, each in enumerate(below) if not each.startswith("|")), len(below))
            title = ": ".join(words for level, words in sorted(heads.items()) if level > 1)
            seen[title] = seen.get(title, 0) + 1
            shown = title if seen[title] == 1 else f"{title} ({seen[title]})"
            rows = tuple(_cells(each) for each in below[:end])
            yield ResultTable(shown, _cells(lines[at - 1]), rows)


def _cells(line: str) -> tuple[str, ...]:
    parts = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return tuple(_plain(part.strip().replace(r"\|", "|")) for part in parts)


def _plain(text: str) -> str:
    """Without the marks of Markdown."""
    return _MARKED.sub(lambda found: next(filter(None, found.groups())), text)


def _figures(found: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every figure below a value, by its path."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from _figures(value, (*path, str(key)))
    elif isinstance(found, list) and any(isinstance(one, dict | list) for one in found):
        for number, value in enumerate(found, start=1):
            yield from _figures(value, (*path, str(number)))
    else:
        parts = found if isinstance(found, list) else [found]
        yield " / ".join(path), "; ".join("–" if one is None else str(one) for one in parts)
