"""Training a layer on cached states: the language model never runs and never changes.

Interrupted and resumed is the same as uninterrupted, bit for bit: a batch is a function of the
seed and the step, and a checkpoint holds everything that changes. Early stopping reads examples
held back from what was given, never a test side. Not the losses (``objectives``).
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evenhand.errors import BadInput, ModelError, StorageError, boundary
from evenhand.mitigate.layer import CHECKPOINT, objectives
from evenhand.mitigate.layer.apply import choice_logprobs, moved_logprobs, support
from evenhand.mitigate.layer.layer import LayerConfig, MitigationLayer, new_layer
from evenhand.mitigate.layer.paper_layer import PaperLayer
from evenhand.mitigate.layer.settings import TrainSettings, check_states
from evenhand.mitigate.scoring.states import AnswerStates
from evenhand.records.files import atomic_path, digest_of, write_json, write_jsonl
from evenhand.records.pace import Pace, Progress

Indices = NDArray[np.int64]
RAMP = (0.2, 0.6)
"""Shares of the steps between which the weight of lost mass grows to its full size."""
METRICS, SUMMARY = "metrics.jsonl", "training.json"


Layer = MitigationLayer | PaperLayer


@dataclass
class _Training:
    """What changes from step to step."""

    layer: Layer
    optimizer: torch.optim.AdamW
    step: int = 0
    best: float = float("inf")
    best_step: int = 0
    waited: int = 0
    stopped: bool = False
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    metrics: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Data:
    """Cached states with what is trained on and what is held back."""

    probe: AnswerStates
    keep: AnswerStates
    examples: Indices
    held_examples: Indices
    keep_rows: Indices
    held_keep: Indices


def train_layer(
    probe_states: AnswerStates,
    keep_states: AnswerStates,
    unembedding: Tensor,
    settings: TrainSettings,
    out: Path,
    progress: Progress | None = None,
    held: NDArray[np.bool_] | None = None,
    words: Tensor | None = None,
) -> Layer:
    """Train a layer, from the last checkpoint in ``out`` if any, and save it there.

    Args:
        probe_states: Four rows an example, training side only.
        keep_states: Rows where the model should stay as it is (prose, facts, contexts that give
            evidence); may be empty where ``keep_weight`` is 0.
        unembedding: The model's output embedding.
        settings: How.
        out: Folder of ``layer.{safetensors,json}``, ``metrics.jsonl``, ``training.json`` and the
            checkpoint.
        progress: Called as ``progress("layer", done, steps)``.
        held: Which examples early stopping reads, ``(examples,)``; drawn at random without.
        words: The word of each token (``mentions.token_words``).

    Returns:
        The layer with the best held-back loss (or the last, without early stopping).

    Raises:
        BadInput: States can't be trained on, or settings make no sense.
        ModelError: A loss is no number.
        StorageError: The checkpoint belongs to another training, or files can't be written.
    """
    check_states(probe_states, keep_states, settings)
    data = _divided(probe_states, keep_states, settings, held)
    digest = _digest(data, settings, words)
    layer = _fresh(unembedding, settings, words)
    training = _resumed(layer, settings, out, digest)
    pace = Pace()
    while training.step < settings.steps and not training.stopped:
        _train_step(training, data, settings)
        last = training.step == settings.steps
        if settings.patience and (training.step % settings.check_steps == 0 or last):
            _look(training, data, settings)
        due = training.step % settings.save_steps == 0 or pace.due()
        if due or last or training.stopped:
            _save(training, out, digest)
        if progress is not None:
            progress("layer", training.step, settings.steps)
    return _finish(training, settings, out)


def _divided(
    probe: AnswerStates,
    keep: AnswerStates,
    settings: TrainSettings,
    held: NDArray[np.bool_] | None,
) -> _Data:
    count = len(probe.hidden) // objectives.PROMPTS
    chosen = _drawn(count, settings, 1) if held is None else np.asarray(held, dtype=bool)
    if chosen.shape != (count,) or chosen.all() or not chosen.any():
        raise BadInput(
            f"which examples are held back is not said for {count} examples with some on each "
            "side; give one truth value an example"
        )
    kept = _drawn(len(keep.hidden), settings, 2)
    return _Data(
        probe,
        keep,
        np.flatnonzero(~chosen),
        np.flatnonzero(chosen),
        np.flatnonzero(~kept),
        np.flatnonzero(kept),
    )


def _drawn(count: int, settings: TrainSettings, salt: int) -> NDArray[np.bool_]:
    """A seeded share of ``count``, at least one where there are any."""
    chosen = np.zeros(count, dtype=bool)
    order = np.random.default_rng([settings.seed, salt]).permutation(count)
    chosen[order[: max(1, round(settings.held_back * count))]] = True
    return chosen


def _batch(places: Indices, seed: list[int], step: int, size: int) -> Indices:
    """Places for one step; every epoch visits all of them once."""
    count = len(places)
    wanted = np.arange(step * size, (step + 1) * size)
    orders = {
        epoch: np.random.default_rng([*seed, epoch]).permutation(count)
        for epoch in np.unique(wanted // count).tolist()
    }
    return places[[orders[place // count][place % count] for place in wanted.tolist()]]


def _rows(states: AnswerStates, examples: Indices) -> AnswerStates:
    rows = objectives.PROMPTS * examples[:, None] + np.arange(objectives.PROMPTS)
    return states.rows(torch.from_numpy(rows.reshape(-1)))


def _fresh(unembedding: Tensor, settings: TrainSettings, words: Tensor | None) -> Layer:
    if settings.kind == "paper":
        return PaperLayer(settings.top_k, settings.seed)
    vocabulary, width = unembedding.shape
    shape = LayerConfig(
        width,
        vocabulary,
        settings.top_k,
        settings.width,
        settings.key_size,
        settings.dropout,
        settings.mentions,
    )
    return new_layer(unembedding, shape, settings.seed, words)


def _train_step(training: _Training, data: _Data, settings: TrainSettings) -> None:
    step = training.step
    examples = _batch(data.examples, [settings.seed, 3], step, settings.examples)
    probe = _rows(data.probe, examples)
    keep = None
    if settings.keep_weight and settings.kind != "paper":
        rows = _batch(data.keep_rows, [settings.seed, 4], step, settings.keep_rows)
        keep = data.keep.rows(torch.from_numpy(rows))
    drawn = int(np.random.default_rng([settings.seed, 5, step]).integers(2**62))
    generator = torch.Generator().manual_seed(drawn)
    training.layer.train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(drawn)
        loss, said = _loss(training.layer, probe, keep, _ramped(settings, step), generator)
    if not bool(loss.isfinite()):
        raise ModelError(
            f"the loss is not a number at step {step + 1}; lower learning_rate or the weights, "
            "and train again"
        )
    training.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if settings.kind != "paper":
        torch.nn.utils.clip_grad_norm_(training.layer.parameters(), 1.0)
        for group in training.optimizer.param_groups:
            group["lr"] = settings.learning_rate * (1.0 - 0.9 * step / settings.steps)
    training.optimizer.step()
    training.step += 1
    training.metrics.append({"stage": "train", "step": training.step, **_rounded(said)})


def _ramped(settings: TrainSettings, step: int) -> TrainSettings:
    """Settings of one step: the weight of lost mass grows over the middle of training.

    Doing nothing loses no mass, and a layer that hasn't learned whom to move loses some whatever
    it does; with the full weight from the start training only learns to do nothing.
    """
    share = (step / settings.steps - RAMP[0]) / (RAMP[1] - RAMP[0])
    return replace(settings, mass_weight=settings.mass_weight * min(1.0, max(0.0, share)))


def _loss(
    layer: Layer,
    probe: AnswerStates,
    keep: AnswerStates | None,
    settings: TrainSettings,
    generator: torch.Generator | None,
) -> tuple[Tensor, dict[str, float]]:
    """The loss and its parts; without a generator the exact one stands for ``reinforce``."""
    log_y = moved_logprobs(probe, layer)
    after = choice_logprobs(probe, log_y)
    found = objectives.measures(objectives.shares(after))
    worth = found.weighed(settings.position_weight, settings.negation_weight).mean()
    kl = objectives.kl_moved_to_base(log_y, probe.top_logprobs).mean()
    lost = objectives.mass_lost(probe.choice_logprobs, after).mean()
    said = {
        "contrast": found.contrast.abs().mean(),
        "position": found.position.mean(),
        "negation": found.negation.mean(),
        "kl": kl,
        "mass_lost": lost,
    }
    numbers = {name: float(value.detach()) for name, value in said.items()}
    if settings.objective == "paper":
        loss = objectives.paper_loss(_within_support(probe, layer, log_y))
        return loss, {**numbers, "loss": float(loss.detach())}
    if settings.objective == "reinforce" and generator is not None:
        sampled = objectives.reinforce(
            after, settings.position_weight, settings.negation_weight, settings.samples, generator
        )
        loss = sampled.loss
        numbers |= {"reward": sampled.reward, "variance": sampled.variance}
    else:
        loss = worth
    rest = settings.kl_weight * kl + settings.mass_weight * lost
    if keep is not None and len(keep.hidden):
        moved = moved_logprobs(keep, layer)
        kept = objectives.kl_base_to_moved(moved, keep.top_logprobs).mean()
        numbers["keep_kl"] = float(kept.detach())
        rest = rest + settings.keep_weight * kept
    numbers["loss"] = float((worth + rest).detach())
    return loss + rest, numbers


def _within_support(states: AnswerStates, layer: Layer, log_y: Tensor) -> Tensor:
    """What the released code scores: y of a choice among the top-k, 0 where it is absent."""
    count = support(layer, log_y.shape[-1])
    ids = states.top_ids[:, :count]
    y = torch.softmax(log_y[:, :count], dim=-1).unsqueeze(-1)
    match = ids.unsqueeze(-1) == states.choice_ids.unsqueeze(1)
    return (y * match).sum(dim=1).reshape(-1, objectives.PROMPTS, 2)


def _look(training: _Training, data: _Data, settings: TrainSettings) -> None:
    """Loss on what is held back; keep the best weights, stop where none came for long."""
    training.layer.eval()
    with torch.no_grad():
        probe = _rows(data.probe, data.held_examples)
        keep = None
        if settings.keep_weight and settings.kind != "paper":
            keep = data.keep.rows(torch.from_numpy(data.held_keep))
        _, said = _loss(training.layer, probe, keep, settings, None)
    training.metrics.append({"stage": "held back", "step": training.step, **_rounded(said)})
    if said["loss"] < training.best:
        training.best, training.best_step, training.waited = said["loss"], training.step, 0
        weights = training.layer.state_dict().items()
        training.best_weights = {name: value.detach().clone() for name, value in weights}
    else:
        training.waited += 1
        training.stopped = training.waited >= settings.patience


def _rounded(said: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in said.items()}


def _finish(training: _Training, settings: TrainSettings, out: Path) -> Layer:
    if training.best_weights:
        training.layer.load_state_dict(training.best_weights)
    layer = training.layer.eval()
    layer.save(out)
    parameters = sum(parameter.numel() for parameter in layer.parameters())
    kept = training.best_step or training.step
    looks = [row for row in training.metrics if row["stage"] == "held back"]
    about = {"settings": asdict(settings), "steps": training.step, "kept_step": kept}
    held = next((row for row in looks if row["step"] == kept), None)
    write_json(out / SUMMARY, {**about, "parameters": parameters, "held_back": held})
    return layer


def _digest(data: _Data, settings: TrainSettings, words: Tensor | None) -> str:
    """What a checkpoint must have been made from."""
    total = hashlib.sha256()
    for states in (data.probe, data.keep):
        for part in (
            states.hidden,
            states.top_logprobs,
            states.top_ids,
            states.choice_ids,
            states.context,
        ):
            total.update(part.detach().cpu().numpy().tobytes())
    if words is not None:
        total.update(words.cpu().numpy().tobytes())
    settled = {name: value for name, value in asdict(settings).items() if name != "save_steps"}
    return digest_of([settled, total.hexdigest(), data.held_examples.tolist()])


def _resumed(layer: Layer, settings: TrainSettings, out: Path, digest: str) -> _Training:
    rate, decay = settings.learning_rate, settings.weight_decay
    optimizer = torch.optim.AdamW(layer.parameters(), lr=rate, weight_decay=decay)
    training = _Training(layer, optimizer)
    path = out / CHECKPOINT
    if not path.exists():
        return training
    with boundary(StorageError, f"reading the checkpoint {path}"):
        saved = torch.load(path, map_location="cpu", weights_only=True)
    if saved["digest"] != digest:
        raise StorageError(
            f"{path}: belongs to another training (other states, settings or seed) and is left as "
            "it is; choose another folder"
        )
    layer.load_state_dict(saved["layer"])
    optimizer.load_state_dict(saved["optimizer"])
    for name in ("step", "best", "best_step", "waited", "stopped", "best_weights", "metrics"):
        setattr(training, name, saved[name])
    return training


def _save(training: _Training, out: Path, digest: str) -> None:
    """Replace the checkpoint; metrics are written from it, so they never run ahead of it."""
    saved = {name: value for name, value in vars(training).items() if name != "layer"}
    saved["layer"] = training.layer.state_dict()
    saved["optimizer"] = training.optimizer.state_dict()
    saved["digest"] = digest
    with atomic_path(out / CHECKPOINT) as temporary:
        torch.save(saved, temporary)
    write_jsonl(out / METRICS, training.metrics)
