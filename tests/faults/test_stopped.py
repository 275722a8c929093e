"""SIGTERM and SIGINT to a real process: one true sentence, nothing half-written, and it goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

SLOW = """
import sys, time
from pathlib import Path
from evenhand.cli.main import main
from evenhand.match.lexical import LexicalMatcher

scores = LexicalMatcher.scores
mark, wait = Path(sys.argv[1]), sys.argv[2]

def slow(self, queries):
    if not wait or list(Path(wait).glob("shard-*")):
        mark.touch()
        time.sleep(60)
    return scores(self, queries)

LexicalMatcher.scores = slow
sys.argv = ["evenhand", *sys.argv[3:]]
main()
"""


@pytest.fixture
def stopped(tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a verb until its engine is asked (``after`` a shard is there) and send it a signal."""

    def run(number: int, *words: object, after: Path | None = None):
        mark = tmp_path / "mark"
        mark.unlink(missing_ok=True)
        command = [sys.executable, "-W", "ignore", "-c", SLOW, mark, after or "", *words]
        child = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        end = time.monotonic() + 300
        while not mark.exists():
            assert child.poll() is None, child.communicate()
            assert time.monotonic() < end
            time.sleep(0.01)
        child.send_signal(number)
        out, err = child.communicate(timeout=60)
        mark.unlink()
        return subprocess.CompletedProcess(command, child.returncode, out, err)

    return run


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("verb", ["match", "measure", "audit"])
def test_a_verb_that_keeps_nothing_says_so(stopped, small_case, tmp_path, verb, number, code):
    out = tmp_path / "out"
    given = [verb, small_case.jobs_file, "--pool", small_case.people_file, "--matcher", "lexical"]
    done = stopped(number, *given, "--out", out)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr == "interrupted; nothing was written\n"
    assert list(tmp_path.iterdir()) == []
    if verb != "audit":
        out.write_text("old")
        done = stopped(number, *given, "--out", out)
        assert done.stderr == f"interrupted; nothing was written, {out} is as it was\n"
        assert out.read_text() == "old"
        assert list(tmp_path.iterdir()) == [out]


def test_rollouts_say_how_many_ads_are_saved_and_go_on(stopped, evenhand, small_case, tmp_path):
    out = tmp_path / "rollouts"
    given = ["rollouts", small_case.jobs_file, "--pool", small_case.people_file]
    given += ["--where", "split=train", "--where-people", "fold=train", "--out", out]
    given += ["--config", small_case.config_file, "--set", "sampling.samples=1"]
    done = stopped(signal.SIGTERM, *given, after=out)
    assert done.returncode == 143
    said = re.fullmatch(
        rf"interrupted; (\d+) of (\d+) ads are saved in {re.escape(str(out))}; "
        r"run the same command again to go on\n",
        done.stderr,
    )
    assert said is not None, done.stderr
    assert 0 < int(said[1]) < int(said[2])
    shards = {path: path.stat().st_mtime_ns for path in out.glob("shard-*")}
    assert not [path for path in tmp_path.rglob(".*") if path.name.startswith(".")]
    assert evenhand(*given).code == 0
    assert all(path.stat().st_mtime_ns == before for path, before in shards.items())


def test_a_signal_that_was_ignored_stays_ignored(small_case, tmp_path):
    """As under nohup, or in a shell's background."""
    program = (
        "import signal, sys\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "from evenhand.cli import main, show\n"
        "real = show.print_json\n"
        "show.print_json = lambda found: (signal.raise_signal(signal.SIGTERM), real(found))[1]\n"
        "sys.argv = ['evenhand', 'market', '--json', '--out', sys.argv[1]]\nmain.main()\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "market")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "market" / "NOTICE.txt").exists()
    assert os.listdir(tmp_path) == ["market"]
