"""The speed comparison runs small and finds identical lists; its ratios aren't judged here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench" / "speed" / "reward.py"


@pytest.mark.slow
def test_both_paths_give_the_same_lists():
    sizes = "--ads 1 --rewordings 2 --people 300 --repeats 1".split()
    done = subprocess.run([sys.executable, BENCH, *sizes], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    report = json.loads(done.stdout)
    assert report["median"]["lists_differ_beyond_near_ties"] == 0
    assert report["median"]["texts"] == 3
    assert report["median"]["ratio"] > 0
