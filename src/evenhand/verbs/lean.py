"""The lean gate of a run on disk: directions and spreads, aggregates of many people.

Fitting it is ``reward.lean``'s business; this file only carries it from rollouts to rewriting.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import StorageError
from evenhand.records.files import atomic_path, digest_of, read_json
from evenhand.records.pace import Progress, tell
from evenhand.reward.lean import Encode, LeanGate

NAME = "lean.json"
STAGE = "second encoder"
_PART = 16


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


def saving(
    encode: Encode, folder: Path, made_with: str, progress: Progress | None = None
) -> Encode:
    """The same encoder, saving vectors part by part, so that a kill costs one part.

    A vector's last bits hang on what it is encoded beside, so the same texts are always parted in
    the same way.

    Args:
        encode: The encoder.
        folder: Where parts are saved; made when the first is.
        made_with: Digest of the encoder.
        progress: Told the texts that are encoded.
    """

    def saved(texts: Sequence[str]) -> NDArray[np.float64]:
        order = sorted(range(len(texts)), key=lambda place: (len(texts[place]), place))
        found: dict[int, NDArray[np.float64]] = {}
        for first in range(0, len(order), _PART):
            tell(progress, STAGE, first, len(order))
            places = order[first : first + _PART]
            part = [texts[place] for place in places]
            path = folder / f"{digest_of([made_with, part])}.npy"
            if not path.exists():
                with atomic_path(path) as written:
                    np.save(written, encode(part), allow_pickle=False)
            found.update(zip(places, np.load(path, allow_pickle=False), strict=True))
        tell(progress, STAGE, len(order), len(order))
        return np.array([found[place] for place in range(len(texts))])

    return saved
