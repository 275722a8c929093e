"""The lean gate of a run on disk: directions and spreads, aggregates of many people.

Fitting it is ``reward.lean``'s business; this file only carries it from rollouts to rewriting.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evenhand.errors import StorageError
from evenhand.records.files import read_json
from evenhand.reward.lean import Encode, LeanGate

NAME = "lean.json"


def saved_lean_gate(gate: LeanGate) -> dict[str, object]:
    """What ``lean.json`` holds."""
    return {
        "directions": gate.directions.tolist(),
        "spreads": gate.spreads.tolist(),
        "max_movement": gate.max_movement,
        "window": gate.window,
    }


def load_lean_gate(folder: Path, encode: Encode) -> LeanGate:
    """Read ``lean.json`` back.

    Raises:
        StorageError: There is none, or it can't be read.
    """
    path = folder / NAME
    if not path.exists():
        raise StorageError(f"{path}: is missing; run `evenhand rollouts` and `evenhand tune` again")
    saved = read_json(path)
    return LeanGate(
        encode,
        np.array(saved["directions"], dtype=np.float64),
        np.array(saved["spreads"], dtype=np.float64),
        float(saved["max_movement"]),
        saved["window"],
    )
