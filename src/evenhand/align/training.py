"""One training loop: steps, checkpoints, metrics and going on, the same for whatever is trained.

Interrupted and resumed is the same as uninterrupted, bit for bit: a batch is a function of the
seed and the step, and a checkpoint holds everything that changes. Not a loss and not a network;
supervised fine-tuning has the loop of its library (``sft``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from evenhand.errors import StorageError, boundary
from evenhand.records.files import atomic_path, write_jsonl
from evenhand.records.outputs import Pace, Progress, tell

Indices = NDArray[np.int64]
CHECKPOINT, METRICS = "checkpoint.pt", "metrics.jsonl"
_CHANGING = ("step", "metrics", "best", "best_step", "waited", "stopped", "best_weights")


@dataclass
class Training:
    """What changes from step to step.

    Attributes:
        name: Of the module, in a checkpoint.
        module: What is trained.
        optimizer: Of its parameters.
        step: Steps done.
        metrics: A row for each thing to be logged.
        best: Least loss on what is held back so far, found at ``best_step``.
        waited: Looks since then.
        stopped: Whether no better one came for long.
        best_weights: Of the module at ``best_step``; empty where nobody looked.
    """

    name: str
    module: nn.Module
    optimizer: torch.optim.Optimizer
    step: int = 0
    metrics: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    best: float = float("inf")
    best_step: int = 0
    waited: int = 0
    stopped: bool = False
    best_weights: dict[str, Tensor] = field(default_factory=dict[str, Tensor])

    def log(self, stage: str, numbers: dict[str, float]) -> None:
        """Add a row of the present step."""
        rounded = {name: round(value, 6) for name, value in numbers.items()}
        self.metrics.append({"stage": stage, "step": self.step, **rounded})

    def look(self, loss: float, patience: int) -> None:
        """Keep the weights of the least held-back loss; stop after ``patience`` others."""
        if loss < self.best:
            self.best, self.best_step, self.waited = loss, self.step, 0
            weights = self.module.state_dict().items()
            self.best_weights = {name: value.detach().clone() for name, value in weights}
        else:
            self.waited += 1
            self.stopped = self.waited >= patience


def fit(
    training: Training,
    do_step: Callable[[], None],
    out: Path,
    digest: str,
    *,
    steps: int,
    save_steps: int,
    made_from: str,
    stage: str,
    progress: Progress | None = None,
) -> None:
    """Go through the steps, from the last checkpoint in ``out`` if any.

    Args:
        training: Freshly made.
        do_step: Does one step of it and counts it.
        out: Folder of the checkpoint and ``metrics.jsonl``.
        digest: What a checkpoint must have been made from.
        steps: Most steps.
        save_steps: Steps between two checkpoints; a long while is a reason for one too.
        made_from: What else a checkpoint may be of, for the refusal.
        stage: For ``progress``.
        progress: Called as ``progress(stage, done, steps)``.
    """
    _resume(training, out, digest, steps, made_from)
    pace = Pace()
    while training.step < steps and not training.stopped:
        do_step()
        last = training.step == steps or training.stopped
        if training.step % save_steps == 0 or last or pace.due():
            _save(training, out, digest)
        tell(progress, stage, training.step, steps)


def batch_of(count: int, seed: Sequence[int], step: int, size: int) -> Indices:
    """Positions below ``count`` for one step; every epoch visits all of them once."""
    wanted = np.arange(step * size, (step + 1) * size)
    orders = {
        epoch: np.random.default_rng([*seed, epoch]).permutation(count)
        for epoch in np.unique(wanted // count).tolist()
    }
    return np.array([orders[place // count][place % count] for place in wanted.tolist()])


def _resume(training: Training, out: Path, digest: str, steps: int, made_from: str) -> None:
    path = out / CHECKPOINT
    if not path.exists():
        return
    device = next(training.module.parameters()).device
    with boundary(StorageError, f"reading the checkpoint {path}"):
        saved = torch.load(path, map_location=device, weights_only=True)
    if saved["digest"] != digest or saved["step"] > steps:
        raise StorageError(
            f"{path}: belongs to another training (other {made_from}, settings or seed) and is "
            "left as it is; choose another folder"
        )
    training.module.load_state_dict(saved[training.name])
    training.optimizer.load_state_dict(saved["optimizer"])
    for name in _CHANGING:
        setattr(training, name, saved.get(name, getattr(training, name)))


def _save(training: Training, out: Path, digest: str) -> None:
    """Replace the checkpoint; metrics are written from it, so they never run ahead of it."""
    saved = {name: getattr(training, name) for name in _CHANGING}
    saved[training.name] = training.module.state_dict()
    saved["optimizer"] = training.optimizer.state_dict()
    saved["digest"] = digest
    with atomic_path(out / CHECKPOINT) as temporary:
        torch.save(saved, temporary)
    write_jsonl(out / METRICS, training.metrics)
