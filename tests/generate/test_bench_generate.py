"""The speed comparison runs small and its checks of distribution hold; ratios are not judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench" / "speed" / "generate.py"


@pytest.mark.slow
def test_all_ways_draw_from_one_distribution(smollm: Path) -> None:
    sizes = "--prompts 2 --samples 4 --rows 8 --max-new-tokens 6 --dtype float32".split()
    done = subprocess.run([sys.executable, BENCH, *sizes], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    report = json.loads(done.stdout)
    assert report["ratio"] > 0
    assert report["ratio_with_prefix"] > 0
    assert report["next_token_difference"] < 1e-4
    checks = report["checks"]
    assert [name for name, held in checks.items() if not held and name != "fast_enough"] == []
