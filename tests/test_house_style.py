"""Sizes, words and leftovers that reviews would otherwise have to catch."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "evenhand"
HOUSE = "tests/house.toml"
CEILINGS = tomllib.loads((ROOT / HOUSE).read_text(encoding="utf-8"))
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


def lines_of_rooms() -> Counter[str]:
    """Lines of Python by the first folder below the package; ``top`` for what lies in none."""
    count: Counter[str] = Counter()
    for path in SOURCE.rglob("*.py"):
        parts = path.relative_to(SOURCE).parts
        count[parts[0] if len(parts) > 1 else "top"] += len(path.read_text().splitlines())
    return count


def test_rooms_keep_below_their_ceilings():
    lines = lines_of_rooms()
    assert lines.keys() == CEILINGS["lines"].keys()
    over = {room: count for room, count in lines.items() if count > CEILINGS["lines"][room]}
    assert not over, f"make room first, or raise {HOUSE} with a decision record: {over}"
    assert len(list(SOURCE.rglob("*.py"))) <= CEILINGS["files"]


def earlier_ceilings() -> list[dict[str, int]]:
    """What every commit that changed the file of ceilings allowed."""
    git = ["git", "-C", str(ROOT)]
    log = subprocess.run(
        [*git, "log", "--format=%H", "HEAD", "--", HOUSE], capture_output=True, text=True
    )
    shown = [
        subprocess.run([*git, "show", f"{commit}:{HOUSE}"], capture_output=True, text=True)
        for commit in log.stdout.split()
    ]
    return [tomllib.loads(one.stdout)["lines"] for one in shown if one.returncode == 0]


def test_ceilings_only_fall():
    """A rise names the decision record that says why, and the record names the room."""
    earlier = earlier_ceilings()
    for room, now in CEILINGS["lines"].items():
        lowest = min((then.get(room, now) for then in earlier), default=now)
        if now > lowest:
            record = CEILINGS.get("raised", {}).get(room, "")
            assert record, f"{room} rises from {lowest} to {now}: name its record under [raised]"
            assert room in (ROOT / "docs" / "decisions" / record).read_text(encoding="utf-8")


def test_no_class_name_means_two_things():
    """Those that still do are listed, and the list only shortens."""
    names = Counter(
        node.name
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    )
    assert {name for name, count in names.items() if count > 1} == {*CEILINGS["classes_twice"]}


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
