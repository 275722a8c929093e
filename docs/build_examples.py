"""Run what README, guide and notebook show, and write what it prints beneath; `make docs` runs it.

In a page, ``<!-- file: NAME -->`` before a code block makes that block a file, and a block marked
``console`` is a dialogue: each ``$ evenhand …`` is run, in a folder of the page's own, and what it
printed stands beneath, long lines broken. Of the notebook every cell is run in turn. A test runs
the same and compares, so nothing is shown that isn't printed. Commands that take minutes, or files
that nobody has, stand in other blocks and are only parsed.
"""

from __future__ import annotations

import ast
import io
import json
import os
import re
import shlex
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any
from unittest import mock

from evenhand.records.result import Result

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "docs" / "guide" / "first_steps.ipynb"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("for_*.md")))
WIDTH = 88
_FILE = re.compile(r"^<!-- file: (\S+) -->\n```\w*\n(.*?)^```$", re.M | re.S)
_DIALOGUE = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)


def run(line: str) -> str:
    """What a command line prints, in this process and folder; both streams, as a terminal has them.

    Args:
        line: ``evenhand …``, perhaps with ``| head -n N`` or ``| tail -n N`` behind.
    """
    from evenhand.cli.main import main

    line, _, cut = line.partition(" | ")
    program, *words = shlex.split(line)
    if program != "evenhand":
        raise ValueError(f"{line}: only `evenhand` is run")
    said = io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["evenhand", *words]),
        mock.patch.dict(os.environ, COLUMNS=str(WIDTH), NO_COLOR="1"),
        redirect_stdout(said),
        redirect_stderr(said),
        suppress(SystemExit),  # an exit code is part of a dialogue; what it means was printed
    ):
        main()
    lines = said.getvalue().splitlines(keepends=True)
    if cut:
        end, _, count = cut.split()
        lines = {"head": lines[: int(count)], "tail": lines[-int(count) :]}[end]
    return "".join(lines)


@contextmanager
def work() -> Iterator[Path]:
    """A folder to work in, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        yield Path(folder)


def write_files(page: str) -> None:
    """Put the files that a page shows into this folder."""
    for name, content in _FILE.findall(page):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(content, encoding="utf-8")


def with_answers(page: str) -> str:
    """A page whose dialogues have what the commands print now."""
    with work():
        write_files(page)
        return _DIALOGUE.sub(lambda found: f"```console\n{_dialogue(found[1])}```", page)


def _dialogue(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith("$ ")]
    return "\n".join(f"{line}\n{broken(run(line[2:]))}" for line in lines)


def broken(text: str) -> str:
    """Text with long lines broken between words, as a terminal would; blanks in front are kept."""
    lines = [
        textwrap.fill(
            line,
            WIDTH,
            subsequent_indent=" " * (len(line) - len(line.lstrip())),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    ]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def run_notebook(path: Path = NOTEBOOK) -> str:
    """The notebook with what its cells print now, as its file has it."""
    book: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__main__"}
    cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    with work():
        for number, cell in enumerate(cells, 1):
            said = io.StringIO()
            with redirect_stdout(said):
                value = run_cell("".join(cell["source"]), f"{path.name}, cell {number}", names)
            lines = broken(said.getvalue()).splitlines(keepends=True)
            stream = {"name": "stdout", "output_type": "stream", "text": lines}
            outputs: list[dict[str, Any]] = [stream] if lines else []
            if isinstance(value, Result):
                data = {
                    "text/html": value._repr_html_().splitlines(keepends=True),
                    "text/plain": "\n".join(value.sentences()).splitlines(keepends=True),
                }
                kind = {"output_type": "execute_result", "execution_count": number}
                outputs.append({"data": data, **kind, "metadata": {}})
            cell |= {"execution_count": number, "outputs": outputs}
    return json.dumps(book, indent=1, ensure_ascii=False) + "\n"


def run_cell(source: str, name: str, names: dict[str, Any]) -> object:
    """Run a cell; the value of its last line where that is an expression, as a notebook does."""
    *before, last = ast.parse(source).body
    if not isinstance(last, ast.Expr):
        before, last = [*before, last], None
    exec(compile(ast.Module([*before], []), name, "exec"), names)  # the project's own cells
    return None if last is None else eval(compile(ast.Expression(last.value), name, "eval"), names)


def main() -> None:
    """Write pages and notebook."""
    for page in PAGES:
        page.write_text(with_answers(page.read_text(encoding="utf-8")), encoding="utf-8")
    NOTEBOOK.write_text(run_notebook(), encoding="utf-8")


if __name__ == "__main__":
    main()
