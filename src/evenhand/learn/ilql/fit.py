"""ILQL from rollouts to a regulator on disk: states once, then heads for each objective.

Heads for parity and heads for the gates (where they have a weight) are trained apart on the same
cached states and act together in decoding. The loop is ``trainer``; installing a regulator is
``generate.regulator``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from evenhand.config.schema import Config, IlqlConfig
from evenhand.errors import StorageError
from evenhand.generate.heads import AdvantageHeads, HeadsConfig
from evenhand.generate.prefix import prefixed
from evenhand.generate.regulator import AdvantageRegulator, SumRegulator, unembedding_of
from evenhand.generate.weights import load_language_model, weights_digest
from evenhand.learn.ilql.states import Episode, cache_states
from evenhand.learn.ilql.trainer import Objective, train_heads
from evenhand.learn.returns import Returns
from evenhand.learn.rows import Rollout
from evenhand.records.files import read_json, write_json
from evenhand.records.folders import new_folder
from evenhand.records.pace import Progress

PARITY, GATE = "parity", "gate"
_ABOUT = "regulator.json"


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
        config: Seed, device and settings of ILQL; with ``gate_beta`` 0 no heads are trained for
            the gates.
        work: Folder of cached states and checkpoints; what stands there is gone on with.
        out: Folder to write: ``parity/``, ``gate/`` where trained, and ``regulator.json``; must
            not exist.
        progress: Called with the stages ``states``, ``ilql parity`` and ``ilql gate``.

    Raises:
        StorageError: ``work`` belongs to another training, or files can't be written.
        ModelError: The aligned model can't be loaded.
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
    """The regulator of a run: ``beta`` times parity plus ``gate_beta`` times passing the gates.

    Args:
        folder: What ``fit_regulator`` wrote.
        aligned: Folder of the model to steer.
        unembedding: Its output embedding.
        beta: Weight of the parity advantage; with both weights 0 the model is left bit for bit.
        gate_beta: Weight of the advantage for passing the gates.

    Raises:
        StorageError: The heads were trained on another model.
        ModelError: Files are missing or don't fit.
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
