"""Sizes, words and leftovers that reviews would otherwise have to catch."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "evenhand"
# Written in pieces so that this file doesn't find itself.
WORDS_NOT_USED = ["un" + "biased", "de" + "biased", "bias" + "-free", "neutral" + " ai"]
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:wo" + r"rk|fa" + r"rm|tm" + r"p)/[a-z]")


def tracked() -> list[Path]:
    """Text files under version control, or all of them where git isn't there."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: tracked files can't be listed")
    names = [name for name in listed.stdout.splitlines() if not name.endswith((".png", ".parquet"))]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def functions() -> list[tuple[str, int]]:
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1)
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    ]


def test_functions_are_short():
    sizes = functions()
    assert not [name for name, lines in sizes if lines > 80]
    assert statistics.median(lines for _, lines in sizes) <= 12


def test_files_are_short():
    assert not [p for p in SOURCE.rglob("*.py") if len(p.read_text().splitlines()) > 800]


def test_every_module_says_what_it_is():
    for path in SOURCE.rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text())), path


@pytest.mark.parametrize("word", WORDS_NOT_USED)
def test_words_the_product_does_not_use(word: str):
    said = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in tracked()
        for line in path.read_text(encoding="utf-8").splitlines()
        if word in line.lower() and "never" not in line.lower()
    ]
    assert not said


def test_no_path_of_a_machine():
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in tracked()
        if path.suffix in {".py", ".md", ".toml", ".json", ""}
        for line in path.read_text(encoding="utf-8").splitlines()
        if MACHINE_PATHS.search(line)
    ]
    assert not found
