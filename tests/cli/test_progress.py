"""What a long verb says of its progress where nobody is at a terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from evenhand.cli.show import Foretelling, StageLines

EVERY_VERB = """
import sys, time
from evenhand.cli import show
from evenhand.cli.main import main
show.EVERY = 0.02
main()
"""


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_line_says_stage_done_total_and_time_left():
    clock = Clock()
    lines = StageLines(clock)
    clock.now += 60
    assert lines.line() == "preparing, 60 seconds so far"
    lines("rollouts", 0, 80)
    assert lines.line().endswith(
        "rollouts: 0 of 80 done, 60 seconds so far; time left not known yet"
    )
    clock.now += 120
    lines("rollouts", 8, 80)
    assert lines.line() == (
        "rollouts: 8 of 80 done, 3 minutes so far, about 18 minutes left in this stage"
    )
    clock.now += 60
    assert "about 27 minutes left" in lines.line(), "a step that takes long makes it later"


def test_what_an_earlier_run_did_says_nothing_of_the_pace():
    clock = Clock()
    lines = StageLines(clock)
    lines("rollouts", 40, 80)
    clock.now += 100
    lines("rollouts", 50, 80)
    assert "about 5 minutes left" in lines.line()


def test_a_stage_that_is_over_has_no_time_left():
    lines = StageLines(Clock())
    lines("rank", 1, 2)
    lines("rank", 2, 2)
    assert lines.line().startswith("rank: 2 of 2 done, ")
    assert "left" not in lines.line()
    lines("measuring", 0, 1_000)
    assert "measuring: 0 of 1,000 done" in lines.line()


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_lines_come_on_a_pipe(market_folder: Path, tmp_path: Path, flags: tuple[str, ...]):
    jobs, people = market_folder / "jobs.jsonl", market_folder / "people.jsonl"
    asked = ["audit", jobs, "--pool", people, "--matcher", "lexical", "--out", tmp_path / "a"]
    done = subprocess.run(
        [sys.executable, "-c", EVERY_VERB, *map(str, asked), *flags],
        capture_output=True,
        text=True,
        check=True,
    )
    said = [line for line in done.stderr.splitlines() if " so far" in line]
    assert any("reading ads: " in line and " of 21 done" in line for line in said), done.stderr
    assert any("left in this stage" in line for line in said)
    assert "\x1b" not in done.stderr
    assert " so far" not in done.stdout


def test_the_time_of_a_stage_is_said_once_its_first_part_is_measured():
    clock, said, told = Clock(), list[str](), list[tuple[str, int, int]]()
    progress = Foretelling(lambda *step: told.append(step), said.append, clock)
    progress("prose", 100, 1_000)
    assert said == []
    clock.now += 30
    progress("prose", 190, 1_000)
    clock.now += 500
    progress("prose", 200, 1_000)
    assert said == ["prose: 900 to go through, about 5 minutes in all"]
    assert told == [("prose", 100, 1_000), ("prose", 190, 1_000), ("prose", 200, 1_000)]
