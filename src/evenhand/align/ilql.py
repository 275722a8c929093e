"""Implicit language Q-learning: from rollouts to a regulator on disk.

Snell et al., "Offline RL for Natural Language Generation with Implicit Language Q-Learning"
(arXiv 2206.11871), with the behaviour policy trained apart (``sft``), so without their cloning
term. Only small heads train, so the language model runs once over the rollouts: its states (the
input of the output head, float32) and the ids of the tokens it finds likeliest there are kept in
memory-mapped ``.npy`` shards that are written whole or not at all. Heads for parity and heads for
the gates (where they have a weight) are trained apart on the same states and act together in
decoding. Not the networks (``generate.regulator``) and not the loop (``training``).

Steps are *packed*: the action tokens of several rewordings stand one after the other in one axis
of length N, without padding, and ``last`` marks the end of each rewording. Every reduction is a
mean over action tokens. V, rewards and ``last`` have shape (N,), Q of the taken tokens (heads, N)
and Q of all C candidate tokens, the taken one among them, (heads, N, C).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evenhand.align.rollouts import Returns, Rollout
from evenhand.align.sft import common_prefix
from evenhand.align.training import Training, batch_of, fit
from evenhand.config.schema import Config, IlqlConfig
from evenhand.errors import ModelError, StorageError
from evenhand.generate.model import load_language_model, weights_digest
from evenhand.generate.prefix import prefixed
from evenhand.generate.regulator import (
    AdvantageHeads,
    AdvantageRegulator,
    HeadsConfig,
    SumRegulator,
    unembedding_of,
)
from evenhand.records.files import atomic_path, digest_of, new_folder, read_json, write_json
from evenhand.records.outputs import Progress, tell

if TYPE_CHECKING:
    from evenhand.generate.prefix import Held, PrefixedModel

PARITY, GATE = "parity", "gate"
LOG_EVERY = 10
"""Steps between two rows of metrics."""
_ABOUT, _MANIFEST = "regulator.json", "manifest.json"
_ARRAYS = ("tokens", "top", "hidden")
_ROWS = 32
"""Rows computed at once."""


@dataclass(frozen=True)
class Losses:
    """One loss of a batch and its parts, scalars: ``total = value + q + cql_weight * cql``."""

    total: Tensor
    value: Tensor
    q: Tensor
    cql: Tensor


def bootstrapped_targets(rewards: Tensor, values: Tensor, last: Tensor, gamma: float) -> Tensor:
    """``y_t = r_t + gamma * (1 - done_{t+1}) * V(s_{t+1})``, without gradient."""
    following = values.detach().roll(-1)
    return rewards + gamma * following.masked_fill(last, 0.0)


def traced_targets(
    rewards: Tensor, values: Tensor, last: Tensor, gamma: float, trace: float
) -> Tensor:
    """``y_t = r_t + gamma * ((1 - lambda) * V(s_{t+1}) + lambda * y_{t+1})``, without gradient.

    TD(lambda) (Sutton and Barto, "Reinforcement Learning", 2nd edition, section 12.1): with
    lambda 0 it is ``bootstrapped_targets``, with 1 the discounted return that followed.
    """
    mixed = bootstrapped_targets(rewards, (1.0 - trace) * values, last, gamma)
    if trace == 0.0:
        return mixed
    carried, following = mixed.tolist(), 0.0
    for step, ends in reversed(list(enumerate(last.tolist()))):
        following = carried[step] + (0.0 if ends else gamma * trace * following)
        carried[step] = following
    return mixed.new_tensor(carried)


def q_loss(targets: Tensor, taken: Tensor) -> Tensor:
    """``sum_i (y_t - Q_i(s_t, a_t))^2``, mean over steps."""
    return (targets - taken).square().sum(0).mean()


def value_loss(target_taken: Tensor, values: Tensor, expectile: float) -> Tensor:
    """``|tau - 1[u < 0]| * u^2`` with ``u = min_i Qtarget_i(s, a) - V(s)``, mean over steps."""
    difference = target_taken.detach().amin(0) - values
    weight = (expectile - (difference < 0).to(values.dtype)).abs()
    return (weight * difference.square()).mean()


def conservative_loss(
    action_values: Tensor, taken: Tensor, repeated: Tensor | None = None
) -> Tensor:
    """``sum_i (logsumexp_a Q_i(s, a) - Q_i(s, a_t))``, mean over steps."""
    if repeated is not None:
        action_values = action_values.masked_fill(repeated, float("-inf"))
    return (action_values.logsumexp(-1) - taken).sum(0).mean()


def ilql_losses(
    *,
    values: Tensor,
    action_values: Tensor,
    taken: Tensor,
    target_taken: Tensor,
    rewards: Tensor,
    last: Tensor,
    repeated: Tensor | None,
    weights: IlqlConfig,
) -> Losses:
    """All losses of a packed batch; ``repeated`` candidates stand there twice and don't count."""
    targets = traced_targets(rewards, values, last, weights.gamma, weights.trace)
    q = q_loss(targets, taken)
    value = value_loss(target_taken, values, weights.expectile)
    cql = conservative_loss(action_values, taken, repeated)
    return Losses(value + q + weights.cql_weight * cql, value, q, cql)


@dataclass(frozen=True, slots=True)
class Episode:
    """One rewording as the model would write it: token ids of the question and of the answer.

    The first state is the last token of ``prompt``; ``actions`` are at least one, the end token
    included.
    """

    prompt: tuple[int, ...]
    actions: tuple[int, ...]


@dataclass(frozen=True)
class StepBatch:
    """Steps of several rewordings, packed one after the other.

    Attributes:
        hidden: States, float32, shape (N, h).
        taken: Token taken in each state, shape (N,).
        top: The likeliest tokens of each state, shape (N, k).
        rewards: 0 but at the last step of a rewording, shape (N,).
        last: Whether the step is the last of its rewording, shape (N,).
    """

    hidden: Tensor
    taken: Tensor
    top: Tensor
    rewards: Tensor
    last: Tensor

    def to(self, device: torch.device) -> StepBatch:
        """The same on another device."""
        return StepBatch(**{name: value.to(device) for name, value in vars(self).items()})


class CachedStates:
    """Memory-mapped states of episodes, in the order the episodes were given."""

    def __init__(self, folder: Path, lengths: Sequence[int], shards: int, digest: str) -> None:
        self.digest = digest
        self._arrays = [_open_shard(folder, shard) for shard in range(shards)]
        sizes = np.array([len(arrays["tokens"]) for arrays in self._arrays])
        if sizes.sum() != sum(lengths):
            raise StorageError(f"{folder}: states are incomplete; tune into another folder")
        starts = np.cumsum([0, *lengths])
        firsts = np.cumsum([0, *sizes])
        self._shard = np.searchsorted(firsts, starts[:-1], side="right") - 1
        self._start = starts[:-1] - firsts[self._shard]
        self._lengths = np.array(lengths, dtype=np.int64)

    def batch(self, episodes: NDArray[np.int64], returns: NDArray[np.float64]) -> StepBatch:
        """Packed steps of some episodes, each with its return at its last step."""
        ends = np.cumsum(self._lengths[episodes]) - 1
        rewards = torch.zeros(int(ends[-1]) + 1)
        last = torch.zeros(len(rewards), dtype=torch.bool)
        rewards[ends], last[ends] = torch.from_numpy(returns).float(), True
        return StepBatch(
            torch.from_numpy(self._gather("hidden", episodes).astype(np.float32, copy=False)),
            torch.from_numpy(self._gather("tokens", episodes).astype(np.int64)),
            torch.from_numpy(self._gather("top", episodes).astype(np.int64)),
            rewards,
            last,
        )

    def _gather(self, name: str, episodes: NDArray[np.int64]) -> NDArray[Any]:
        places = zip(
            self._shard[episodes], self._start[episodes], self._lengths[episodes], strict=True
        )
        return np.concatenate(
            [self._arrays[shard][name][start : start + size] for shard, start, size in places]
        )


def cache_states(
    model: PrefixedModel,
    model_digest: str,
    episodes: Sequence[Episode],
    folder: Path,
    *,
    top_k: int,
    shard_size: int = 64,
    progress: Progress | None = None,
) -> CachedStates:
    """Compute and save states that aren't there yet, ``shard_size`` episodes a file; open all.

    The model is the aligned one, in the number type that it is sampled with. What all prompts begin
    with is computed once, and every prompt once for its neighbours. Arrays take 4·(h + top_k + 1)
    bytes an action token.
    """
    plain = [[episode.prompt, episode.actions] for episode in episodes]
    digest = digest_of([model_digest, top_k, shard_size, plain])
    _check_manifest(folder, digest)
    prefix = common_prefix([episode.prompt for episode in episodes])
    shards = range(0, len(episodes), shard_size)
    for shard, first in enumerate(shards):
        part = episodes[first : first + shard_size]
        if not _shard_path(folder, shard, _ARRAYS[-1]).exists():
            model.share(prefix)
            _write_shard(folder, shard, _computed(model, len(prefix), part, top_k))
        tell(progress, "states", first + len(part), len(episodes))
    lengths = [len(episode.actions) for episode in episodes]
    return CachedStates(folder, lengths, len(shards), digest)


def _check_manifest(folder: Path, digest: str) -> None:
    path = folder / _MANIFEST
    if not path.exists():
        write_json(path, {"digest": digest, "number_type": "float32"})
    elif read_json(path)["digest"] != digest:
        raise StorageError(
            f"{folder}: holds states of other rollouts or of another model, which are left as they "
            "are; choose another folder"
        )


def _shard_path(folder: Path, shard: int, name: str) -> Path:
    return folder / f"{shard:05d}.{name}.npy"


def _open_shard(folder: Path, shard: int) -> dict[str, NDArray[Any]]:
    paths = {name: _shard_path(folder, shard, name) for name in _ARRAYS}
    return {name: np.load(path, mmap_mode="r", allow_pickle=False) for name, path in paths.items()}


def _write_shard(folder: Path, shard: int, arrays: dict[str, NDArray[Any]]) -> None:
    """Each array is written whole; the last of them marks the shard as done."""
    for name in _ARRAYS:
        with atomic_path(_shard_path(folder, shard, name)) as path, path.open("wb") as file:
            np.save(file, arrays[name], allow_pickle=False)


def _computed(
    model: PrefixedModel, shared: int, episodes: Sequence[Episode], top_k: int
) -> dict[str, NDArray[Any]]:
    states = states_of(model, shared, episodes, top_k)
    tokens = [token for episode in episodes for token in episode.actions]
    return {
        "tokens": np.array(tokens, dtype=np.int32),
        "top": np.concatenate([ids for _, ids in states]),
        "hidden": np.concatenate([hidden for hidden, _ in states]),
    }


def states_of(
    model: PrefixedModel, shared: int, episodes: Sequence[Episode], top_k: int
) -> list[tuple[NDArray[np.float32], NDArray[np.int32]]]:
    """States and likeliest tokens of every episode.

    Rows are padded on the right, where causal attention keeps padding out of every state.
    """
    order = sorted(range(len(episodes)), key=lambda place: len(episodes[place].actions))
    prompts = _prompt_states(model, shared, [episode.prompt for episode in episodes])
    found: dict[int, tuple[NDArray[np.float32], NDArray[np.int32]]] = {}
    for first in range(0, len(order), _ROWS):
        places = order[first : first + _ROWS]
        part = [episodes[place] for place in places]
        cached = [prompts[episode.prompt] for episode in part]
        found.update(zip(places, _answer_states(model, shared, part, cached, top_k), strict=True))
    return [found[place] for place in range(len(episodes))]


def _prompt_states(
    model: PrefixedModel, shared: int, prompts: Sequence[tuple[int, ...]]
) -> dict[tuple[int, ...], Held]:
    """What a slot holds of every prompt between the shared prefix and its last token."""
    distinct = sorted(set(prompts), key=lambda prompt: (len(prompt), prompt))
    states: dict[tuple[int, ...], Held] = {}
    for first in range(0, len(distinct), _ROWS):
        part = distinct[first : first + _ROWS]
        rows = [prompt[shared:-1] for prompt in part]
        states.update(zip(part, model.held(rows), strict=True))
    return states


def _answer_states(
    model: PrefixedModel,
    shared: int,
    episodes: Sequence[Episode],
    prompts: Sequence[Held],
    top_k: int,
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int32]]]:
    rows = [[episode.prompt[-1], *episode.actions[:-1]] for episode in episodes]
    room = max(len(episode.prompt) for episode in episodes) - shared + max(map(len, rows))
    cache = model.slots(len(rows), room)
    for slot, states in enumerate(prompts):
        cache.put(slot, states)
    hidden = model.extend(cache, rows)
    for slot, row in enumerate(rows):
        own = hidden[slot, : len(row)]
        if not bool(torch.isfinite(own).all()):
            raise ModelError("the language model gave states that are not finite; train it again")
        logits = model.logits(own)
        ids = logits.topk(min(top_k, logits.shape[-1]), dim=-1).indices
        yield own.float().cpu().numpy(), ids.to(torch.int32).cpu().numpy()


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
        stream = [ord(letter) for letter in self.name]
        return batch_of(len(self.episodes), [seed, *stream], step, size)


def train_heads(
    heads: AdvantageHeads,
    states: CachedStates,
    objective: Objective,
    config: IlqlConfig,
    seed: int,
    out: Path,
    progress: Progress | None = None,
) -> AdvantageHeads:
    """Fit freshly made ``heads`` (in place) to one objective, from the last checkpoint in ``out``.

    ``progress`` is called as ``progress("ilql <name>", done, steps)``.
    """
    trained = [parameter for parameter in heads.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=config.learning_rate, weight_decay=0.0)
    training = Training("heads", heads, optimizer)
    fit(
        training,
        lambda: _train_step(training, heads, states, objective, config, seed),
        out,
        _digest(objective, states, config, seed),
        steps=config.steps,
        save_steps=config.save_steps,
        made_from="rollouts",
        stage=f"ilql {objective.name}",
        progress=progress,
    )
    return heads


def _train_step(
    training: Training,
    heads: AdvantageHeads,
    states: CachedStates,
    objective: Objective,
    config: IlqlConfig,
    seed: int,
) -> None:
    chosen = objective.batch(seed, training.step, config.batch_size)
    batch = states.batch(objective.episodes[chosen], objective.returns[chosen])
    losses, values = batch_losses(heads, batch.to(heads.unembedding.device), config)
    training.optimizer.zero_grad(set_to_none=True)
    losses.total.backward()
    training.optimizer.step()
    heads.sync_targets(config.polyak)
    training.step += 1
    if training.step % LOG_EVERY == 0 or training.step == config.steps:
        parts = {f"{part}_loss": float(loss.detach()) for part, loss in vars(losses).items()}
        parts["mean_value"] = float(values.mean())
        training.log(f"ilql {objective.name}", parts)


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
        weights=config,
    )
    return losses, values.detach()


def _digest(objective: Objective, states: CachedStates, config: IlqlConfig, seed: int) -> str:
    """What a checkpoint must have been made from; the number of steps may grow."""
    settings = config.model_dump(exclude={"steps", "save_steps", "beta", "gate_beta"})
    data = [objective.name, objective.episodes.tolist(), objective.returns.tolist()]
    return digest_of([settings, data, states.digest, seed])


def fit_regulator(
    rollouts: Sequence[Rollout],
    returns: Returns,
    aligned: Path,
    config: Config,
    work: Path,
    out: Path,
    progress: Progress | None = None,
) -> None:
    """Train both heads on the aligned model's states and save them.

    Args:
        rollouts: Rows of all shards; every one has tokens.
        returns: Returns of both objectives, by position in ``rollouts``.
        aligned: Folder of the aligned model.
        config: With ``ilql.gate_beta`` 0 no heads are trained for the gates.
        work: Folder of cached states and checkpoints; what stands there is gone on with.
        out: Folder to write, ``parity/``, ``gate/`` where trained and ``regulator.json``; must not
            exist.
        progress: Called with the stages ``states``, ``ilql parity`` and ``ilql gate``.
    """
    model, _ = load_language_model(aligned, config.model.dtype, config.model.device)
    digest = weights_digest(aligned)
    episodes = [Episode(row.prompt_tokens, row.tokens) for row in rollouts]
    states = cache_states(
        prefixed(model),
        digest,
        episodes,
        work / "states",
        top_k=config.ilql.top_k,
        progress=progress,
    )
    heads: dict[str, AdvantageHeads] = {}
    wanted = [(PARITY, returns.parity)]
    if config.ilql.gate_beta > 0.0:
        wanted.append((GATE, returns.gate))
    for name, (places, worth) in wanted:
        fresh = new_heads(unembedding_of(model), config.ilql, [config.seed, len(heads)])
        task = Objective(name, places, worth)
        where = work / name
        heads[name] = train_heads(fresh, states, task, config.ilql, config.seed, where, progress)
    with new_folder(out) as folder:
        for name, trained in heads.items():
            (folder / name).mkdir()
            trained.save(folder / name)
        write_json(folder / _ABOUT, {"aligned": digest, "objectives": list(heads)})


def new_heads(unembedding: Tensor, config: IlqlConfig, seed: Sequence[int]) -> AdvantageHeads:
    """Heads that start as the identity, their inner weights drawn from ``seed``."""
    vocabulary, width = unembedding.shape
    shape = HeadsConfig(config.heads, width, vocabulary, config.rank)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(np.random.default_rng(list(seed)).integers(2**63)))
        return AdvantageHeads(shape, unembedding.float()).to(unembedding.device)


def load_regulator(
    folder: Path, aligned: Path, unembedding: Tensor, *, beta: float, gate_beta: float
) -> SumRegulator:
    """The regulator in a folder of ``fit_regulator``, for the model in ``aligned``.

    ``beta`` times the parity advantage plus ``gate_beta`` times that of passing the gates; with
    both 0 the model is left bit for bit.
    """
    about = read_json(folder / _ABOUT)
    if about["aligned"] != weights_digest(aligned):
        raise StorageError(f"{folder}: was trained on another model than {aligned}; tune again")
    if gate_beta != 0.0 and GATE not in about["objectives"]:
        raise StorageError(
            f"{folder}: holds no heads for the gates, since it was tuned with ilql.gate_beta 0; "
            "leave it at 0, or tune again with the weight you want"
        )
    parts = [
        (weight, AdvantageRegulator(AdvantageHeads.load(folder / name, unembedding)))
        for name, weight in ((PARITY, beta), (GATE, gate_beta))
        if weight != 0.0
    ]
    return SumRegulator(parts)
