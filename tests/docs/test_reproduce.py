"""The page of commands: a row for every results file, of a program that exists and takes that."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "guide" / "reproduce.md").read_text(encoding="utf-8")
ROWS = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| [")]
COMMANDS = [re.findall(r"`(python .+?)`", row[1])[0] for row in ROWS]
COMMANDS += re.findall(r"^ {4}(python .+)$", PAGE, re.M)


@pytest.fixture
def printed(monkeypatch, capsys) -> Callable[..., str]:
    """Runs a program in this process, where the libraries that it loads may be loaded already."""

    def run(path: str, *words: str) -> str:
        monkeypatch.syspath_prepend(str((ROOT / path).parent))
        monkeypatch.setattr(sys, "argv", [path, *words])
        with suppress(SystemExit):
            runpy.run_path(str(ROOT / path), run_name="__main__")
        return capsys.readouterr().out

    return run


def test_every_results_file_has_one_row_with_time_and_data():
    named = [name for row in ROWS for name in re.findall(r"\(\.\./results/([^)]+)\)", row[0])]
    assert sorted(named) == sorted(path.name for path in (ROOT / "docs" / "results").iterdir())
    for row in ROWS:
        assert len(row) == 4
        assert re.search(r"\d+ (?:s|min)|not recorded", row[2])
        assert row[3].rstrip(" |") in {"shared", "none"}


@pytest.mark.parametrize("path", sorted({line.split()[1] for line in COMMANDS}))
def test_every_program_is_there_and_takes_what_the_page_gives_it(path, printed):
    told = printed(path, "--help")
    assert told.startswith(f"usage: {Path(path).name}")
    for line in COMMANDS:
        words = shlex.split(line.split(" > ")[0])
        if words[1] == path:
            assert all(word in told for word in words if word.startswith("--"))


def test_the_program_of_unseen_sentences_prints_what_its_file_holds(printed):
    held = json.loads((ROOT / "docs" / "results" / "discrimination.json").read_text())
    found = json.loads(printed("bench/lab/unseen_sentences.py"))
    assert found["direct"]["n"] == held["direct"]["n"]
    assert set(found) <= set(held)
    low, high = held["direct"]["interval"]
    assert low <= found["direct"]["rate"]
    assert held["direct"]["rate"] <= high


def test_minutes_are_those_of_the_results():
    held = json.loads((ROOT / "docs" / "results" / "mitigation.json").read_text())
    assert f"| {round(held['seconds'] / 60)} min | shared |" in PAGE
    cost = (ROOT / "docs" / "results" / "hiring_bench.md").read_text().split("## Cost\n\n")[1]
    assert f"| {float(cost.split()[0]):.0f} min, without" in PAGE
