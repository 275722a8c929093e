"""Lists are the same whatever the batch, neighbours, order, threads and instructions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.match.rank_everywhere import SETTINGS

from evenhand.match.protocol import top_k

PROGRAM = Path(__file__).with_name("rank_everywhere.py")
STEP = 2.0**-24


def saved(folder: Path, precision: str) -> list[Any]:
    """What every setting encoded."""
    # Threads that wait asleep: spinning ones would steal the time of whatever else runs here.
    settings = os.environ | {"OMP_WAIT_POLICY": "passive", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, PROGRAM, folder, precision]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=settings)
    assert done.returncode == 0, done.stderr
    return [np.load(folder / f"{number}.npz") for number in range(len(SETTINGS))]


def lists(one: Any, k: int = 20) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    ads, vectors = int(one["ads"]), one["vectors"].astype(np.float64)
    ids = [f"p{n:02d}" for n in range(len(vectors) - ads)]
    return top_k(vectors[:ads] @ vectors[ads:].T, ids, k)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="settings are tried in forks")
def test_lists_are_the_same_under_every_setting(tmp_path: Path):
    first, *others = saved(tmp_path, "float64")
    wanted, scores = lists(first)
    # A number that lies at the border of its cell may move by one step, and a score by less.
    assert np.diff(scores, axis=1).max() < -2 * STEP
    for (capability, threads, _, _), one in zip(SETTINGS[1:], others, strict=True):
        assert capability != "default" or one["used"] in ("DEFAULT", "SVE256")
        assert one["threads"] == threads
        moved = np.abs(one["vectors"].astype(float) - first["vectors"])
        # About one in a thousand million; in float32 2,683 to 11,134 of these 30,720 moved.
        assert (moved > 0).sum() <= 2
        assert moved.max() <= STEP
        assert (lists(one)[0] == wanted).all()
