"""States that are computed part by part, in a file from time to time, so that a kill costs little.

What is computed again is the same to the bit: parts are the same whenever what was asked is. Not
answer states (``states``), which are made from these when all are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from evenhand.errors import StorageError, boundary
from evenhand.records.files import atomic_path, digest_of
from evenhand.records.pace import Pace


class SavedStates:
    """Rows of states, filled part by part.

    Args:
        path: The file; None to keep nothing.
        asked: What the states are of, JSON-able; a file of other states is not gone on with.
        rows: How many there will be.
        width: Numbers in each.

    Attributes:
        hidden: The states, ``(rows, width)``; zeros where none is known yet.
        parts: How many of the first parts are known.
        known: How many rows are.
    """

    def __init__(self, path: Path | None, asked: object, rows: int, width: int) -> None:
        self.hidden = torch.zeros((rows, width), dtype=torch.float32)
        self.parts, self.known = 0, 0
        self._path, self._pace = path, Pace()
        self._asked = {"asked": digest_of(asked)} if path is not None else {}
        if path is not None and path.exists():
            with boundary(StorageError, f"reading {path}"), safe_open(path, "pt") as file:
                if file.metadata() == self._asked:
                    self.hidden = file.get_tensor("hidden")
                    self.parts, self.known = file.get_tensor("known").tolist()

    def add(self, rows: Sequence[int], states: Tensor) -> None:
        """The next part."""
        self.hidden[list(rows)] = states.float().cpu()
        self.parts, self.known = self.parts + 1, self.known + len(rows)
        if self._path is not None and self._pace.due():
            found = {"hidden": self.hidden, "known": torch.tensor([self.parts, self.known])}
            with boundary(StorageError, f"writing {self._path}"), atomic_path(self._path) as path:
                save_file(found, path, self._asked)
