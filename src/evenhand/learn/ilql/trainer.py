"""The training loop of ILQL: V and Q heads fitted on cached states of a frozen language model.

Interrupted and resumed is the same as uninterrupted, bit for bit: a batch is a function of the
seed and the step, nothing else is random, and a checkpoint holds everything that changes. Not
the losses (``losses``), not the networks (``generate.heads``), and no language model runs here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evenhand.config.schema import IlqlConfig
from evenhand.errors import StorageError, boundary
from evenhand.generate.heads import AdvantageHeads
from evenhand.learn.ilql.losses import Losses, LossWeights, ilql_losses
from evenhand.learn.ilql.states import CachedStates, StepBatch
from evenhand.records.files import atomic_path, digest_of, write_jsonl
from evenhand.records.pace import Pace, Progress

_CHECKPOINT, _METRICS = "checkpoint.pt", "metrics.jsonl"
LOG_EVERY = 10


@dataclass(frozen=True)
class Objective:
    """One return to learn: which rewordings, and what each is worth.

    Attributes:
        name: ``parity`` or ``gate``; names the folder and the stream of batches.
        episodes: Positions of the rewordings in the cached states, shape (m,).
        returns: The return of each, given at its last token, shape (m,).
    """

    name: str
    episodes: NDArray[np.int64]
    returns: NDArray[np.float64]

    def batch(self, seed: int, step: int, size: int) -> NDArray[np.int64]:
        """Positions in ``episodes`` for one step; every epoch visits all of them once."""
        count = len(self.episodes)
        wanted = np.arange(step * size, (step + 1) * size)
        stream = [ord(letter) for letter in self.name]
        orders = {
            epoch: np.random.default_rng([seed, *stream, epoch]).permutation(count)
            for epoch in {int(place) // count for place in wanted}
        }
        return np.array([orders[int(place) // count][int(place) % count] for place in wanted])


@dataclass
class _Training:
    """What changes from step to step."""

    heads: AdvantageHeads
    optimizer: torch.optim.AdamW
    step: int
    metrics: list[dict[str, Any]]


def train_heads(
    heads: AdvantageHeads,
    states: CachedStates,
    objective: Objective,
    config: IlqlConfig,
    seed: int,
    out: Path,
    progress: Progress | None = None,
) -> AdvantageHeads:
    """Fit ``heads`` (in place) to one objective, from the last checkpoint in ``out`` if any.

    Args:
        heads: V, online and target Q heads, freshly made from ``seed``.
        states: Hidden states and candidate tokens of every step of every rewording.
        objective: Rewordings and returns to learn from.
        config: Steps, batch size, discount, expectile, …
        seed: Seed of the batches.
        out: Folder of the checkpoint and ``metrics.jsonl``.
        progress: Called as ``progress("ilql <name>", done, steps)``.

    Returns:
        ``heads``, trained.

    Raises:
        StorageError: The checkpoint belongs to another training, or can't be read or written.
    """
    digest = _digest(objective, states, config, seed)
    training = _resumed(heads, config, out, digest)
    pace = Pace()
    while training.step < config.steps:
        _train_step(training, states, objective, config, seed)
        last = training.step == config.steps
        if training.step % config.save_steps == 0 or last or pace.due():
            _save(training, out, digest)
        if progress is not None:
            progress(f"ilql {objective.name}", training.step, config.steps)
    return heads


def _train_step(
    training: _Training, states: CachedStates, objective: Objective, config: IlqlConfig, seed: int
) -> None:
    chosen = objective.batch(seed, training.step, config.batch_size)
    batch = states.batch(objective.episodes[chosen], objective.returns[chosen])
    batch = batch.to(training.heads.unembedding.device)
    losses, values = batch_losses(training.heads, batch, config)
    training.optimizer.zero_grad(set_to_none=True)
    losses.total.backward()
    training.optimizer.step()
    training.heads.sync_targets(config.polyak)
    training.step += 1
    if training.step % LOG_EVERY == 0 or training.step == config.steps:
        training.metrics.append(_metrics(training.step, objective.name, losses, values))


def batch_losses(
    heads: AdvantageHeads, batch: StepBatch, config: IlqlConfig
) -> tuple[Losses, Tensor]:
    """Losses of one packed batch, and V of its steps, shape (N,)."""
    values = heads.value(batch.hidden)
    taken_ids = batch.taken[:, None]
    if config.full_vocabulary:
        repeated = None
        action_values = heads.q_values(batch.hidden, None)
        taken = action_values.gather(-1, taken_ids.expand(len(action_values), -1, 1)).squeeze(-1)
    else:
        first = torch.zeros_like(taken_ids, dtype=torch.bool)
        repeated = torch.cat([first, batch.top == taken_ids], dim=1)
        action_values = heads.q_values(batch.hidden, torch.cat([taken_ids, batch.top], dim=1))
        taken = action_values[..., 0]
    losses = ilql_losses(
        values=values,
        action_values=action_values,
        taken=taken,
        target_taken=heads.target_q_values(batch.hidden, taken_ids).squeeze(-1),
        rewards=batch.rewards,
        last=batch.last,
        repeated=repeated,
        weights=LossWeights(config.gamma, config.trace, config.expectile, config.cql_weight),
    )
    return losses, values.detach()


def _metrics(step: int, name: str, losses: Losses, values: Tensor) -> dict[str, Any]:
    parts = {f"{part}_loss": float(loss.detach()) for part, loss in vars(losses).items()}
    return {
        "stage": f"ilql {name}",
        "step": step,
        **{part: round(loss, 6) for part, loss in parts.items()},
        "mean_value": round(float(values.mean()), 6),
    }


def _digest(objective: Objective, states: CachedStates, config: IlqlConfig, seed: int) -> str:
    """What a checkpoint must have been made from; the number of steps may grow."""
    settings = config.model_dump(exclude={"steps", "save_steps", "beta", "gate_beta"})
    data = [objective.name, objective.episodes.tolist(), objective.returns.tolist()]
    return digest_of([settings, data, states.digest, seed])


def _optimizer(heads: AdvantageHeads, config: IlqlConfig) -> torch.optim.AdamW:
    trained = [parameter for parameter in heads.parameters() if parameter.requires_grad]
    return torch.optim.AdamW(trained, lr=config.learning_rate, weight_decay=0.0)


def _resumed(heads: AdvantageHeads, config: IlqlConfig, out: Path, digest: str) -> _Training:
    training = _Training(heads, _optimizer(heads, config), 0, [])
    path = out / _CHECKPOINT
    if not path.exists():
        return training
    with boundary(StorageError, f"reading the checkpoint {path}"):
        saved = torch.load(path, map_location=heads.unembedding.device, weights_only=True)
    if saved["digest"] != digest or saved["step"] > config.steps:
        raise StorageError(
            f"{path}: belongs to another training (other rollouts, settings or seed) and is left "
            "as it is; choose another folder"
        )
    heads.load_state_dict(saved["heads"])
    training.optimizer.load_state_dict(saved["optimizer"])
    training.step, training.metrics = saved["step"], saved["metrics"]
    return training


def _save(training: _Training, out: Path, digest: str) -> None:
    """Replace the checkpoint; metrics are written from it, so they never run ahead of it."""
    saved = {
        "digest": digest,
        "step": training.step,
        "heads": training.heads.state_dict(),
        "optimizer": training.optimizer.state_dict(),
        "metrics": training.metrics,
    }
    with atomic_path(out / _CHECKPOINT) as temporary:
        torch.save(saved, temporary)
    write_jsonl(out / _METRICS, training.metrics)
