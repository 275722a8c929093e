"""Every table of the results as LaTeX and CSV."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from result_tables import (
    ResultTable,
    as_csv,
    as_latex,
    latex_text,
    names_of,
    tables_of,
    write_tables,
)

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"


@pytest.mark.parametrize("name", names_of(RESULTS))
def test_every_results_file_gives_both(name: str):
    tables = tables_of(RESULTS, name)
    assert tables
    for table in tables:
        assert table.title
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}
        read = list(csv.reader(io.StringIO(as_csv(table))))
        assert read == [list(table.columns), *(list(row) for row in table.rows)]
        latex = as_latex(table)
        assert latex.count(r" \\") == len(table.rows) + 1
        assert latex.isascii(), {letter for letter in latex if not letter.isascii()}
        cells = latex.partition("\\toprule\n")[2].partition("\\bottomrule")[0]
        for line in cells.splitlines():
            assert len(re.findall(r"(?<!\\)&", line)) in (0, len(table.columns) - 1)


def test_all_tables_of_a_page_are_there():
    page = (RESULTS / "hiring_bench.md").read_text(encoding="utf-8")
    tables = tables_of(RESULTS, "hiring_bench")
    assert len(tables) == len(re.findall(r"^\|---", page, re.M))
    first = tables[0]
    assert first.title == "Engine known_gap (tuned on)"
    assert first.columns[:2] == ("system", "R")
    assert sum(len(table.rows) for table in tables) == (
        len(re.findall(r"^\|", page, re.M)) - 2 * len(tables)
    )
    assert len({table.title for table in tables}) == len(tables)


def test_nothing_in_a_cell_is_a_command():
    said = r"50% of R&D, a_b #1 $5 {x} ~ ^ \input{x} <b> −0.1 – ≥"
    escaped = latex_text(said)
    assert escaped == (
        r"50\% of R\&D, a\_b \#1 \$5 \{x\} \textasciitilde{} \textasciicircum{} "
        r"\textbackslash{}input\{x\} \textless{}b\textgreater{} $-$0.1 -- $\geq$"
    )
    table = ResultTable("A & B", ("a_b", "c"), (("50%", "−1"),))
    assert "\\caption{A \\& B}" in as_latex(table)
    assert "a\\_b & c \\\\\n\\midrule\n50\\% & $-$1 \\\\" in as_latex(table)


def test_a_cell_is_no_formula_in_a_spreadsheet():
    table = ResultTable("x", ("a", "b", "c"), (("=1+1", "-0.04", "+0.1 to 0.2"),))
    assert as_csv(table) == "a,b,c\n'=1+1,-0.04,+0.1 to 0.2\n"


def test_tables_are_written_one_a_file(tmp_path: Path):
    written = write_tables(RESULTS, ["outcomes_speed"], "latex", tmp_path / "tables")
    assert [path.name for path in written] == ["outcomes_speed-01-outcomes-speed.tex"]
    assert r"medians / audit & " in written[0].read_text()
