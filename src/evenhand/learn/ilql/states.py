"""Hidden states of the aligned model at every action token, computed once and kept on disk.

Only small heads train on them, so the language model runs once over the rollouts. States are the
input of the output head, kept in float32; with each stand the ids of the tokens the model finds
likeliest there. Arrays are plain ``.npy`` files, memory-mapped, in shards that are written whole
or not at all. Not a data set of returns (``dataset``) and not a loop (``trainer``).
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

from evenhand.errors import ModelError, StorageError
from evenhand.learn.packing import common_prefix
from evenhand.records.files import atomic_path, digest_of, read_json, write_json
from evenhand.records.pace import Progress

if TYPE_CHECKING:
    from evenhand.generate.prefix import Held, PrefixedModel

_MANIFEST = "manifest.json"
_ARRAYS = ("tokens", "top", "hidden")
_ROWS = 32


@dataclass(frozen=True, slots=True)
class Episode:
    """One rewording as the model would write it.

    Attributes:
        prompt: Token ids of the question; the first state is the last of these.
        actions: Token ids of the answer, at least one, the end token included.
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

    def __len__(self) -> int:
        """Number of episodes."""
        return len(self._lengths)

    @property
    def steps(self) -> int:
        """Number of action tokens."""
        return int(self._lengths.sum())

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
        return np.concatenate([self._slice(name, int(episode)) for episode in episodes])

    def _slice(self, name: str, episode: int) -> NDArray[Any]:
        start = int(self._start[episode])
        array = self._arrays[int(self._shard[episode])][name]
        return array[start : start + int(self._lengths[episode])]


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
    """Compute and save what is not there yet; open the whole.

    Args:
        model: The aligned model, in the number type that it is sampled with.
        model_digest: Digest of its weights and tokenizer.
        episodes: Rewordings; what all prompts begin with is computed once, and every prompt once
            for its neighbours.
        folder: Where the arrays go, 4·(h + k + 1) bytes an action token.
        top_k: How many of the likeliest tokens to keep for each state.
        shard_size: Episodes per shard.
        progress: Called as ``progress("states", done, episodes)``.

    Raises:
        StorageError: The folder holds states of other episodes or another model.
        ModelError: A state is not finite.
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
        if progress is not None:
            progress("states", first + len(part), len(episodes))
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
    return {
        name: np.load(_shard_path(folder, shard, name), mmap_mode="r", allow_pickle=False)
        for name in _ARRAYS
    }


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

    Args:
        model: The language model, sharing the first ``shared`` tokens of every prompt.
        shared: Length of the shared prefix.
        episodes: At least one; answers of similar length are computed together.
        top_k: Tokens to keep.

    Returns:
        For each episode of T actions, in order: states (T, h) and token ids (T, k).

    Raises:
        ModelError: A state is not finite.
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
