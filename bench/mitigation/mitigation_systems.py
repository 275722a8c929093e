"""The systems of the mitigation benchmark: ours, the paper's, and the controls.

Every system is a regulator over the same top-k of the same cached states, so that all of them are
judged in seconds. Layers are trained on the training side alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from evenhand.config.schema import Config
from evenhand.generate.regulator import Regulator
from evenhand.mitigate.bias import ProbeMetrics, measure_probes
from evenhand.mitigate.layer import PaperLayer, choice_probabilities, moved_logprobs
from evenhand.mitigate.states import AnswerStates
from evenhand.mitigate.train import Opened, TrainSettings, train_layer
from lab.controls import (
    EvenMentions,
    RandomRank,
    Uniform,
    fit_temperature,
    mean_entropy,
)
from mitigation_stages import Probed, Scale

BASE, LAYER = "base", "layer"
SYSTEMS = (
    BASE, LAYER, "layer_reinforce", "paper_untrained", "paper_trained", "uniform", "random_rank",
    "temperature", "even_mentions",
)  # fmt: skip
PAPER_K, PAPER_RATE = 10, 2e-5
"""k and learning rate of the released scripts for causal models."""
System = Regulator | None


def trained(
    folder: Path,
    probe: AnswerStates,
    keep: AnswerStates,
    model: Opened,
    config: Config,
    scale: Scale,
    seed: int,
    **changes: Any,
) -> Regulator:
    """A layer trained with the settings of a configuration and changes; resumed where it stopped.

    Args:
        folder: Of this layer.
        probe: Training side.
        keep: Where the model should stay as it is.
        model: Of the base model.
        config: Settings.
        scale: Steps.
        seed: Of weights, batches and draws.
        changes: Of the ``mitigate`` section.
    """
    section = config.mitigate.model_copy(update={"steps": scale.steps, **changes})
    settings = TrainSettings(section, seed)
    return train_layer(probe, keep, model.unembedding, settings, folder, words=model.words)


def systems_of(
    folder: Path,
    probe: AnswerStates,
    keep: AnswerStates,
    model: Opened,
    config: Config,
    scale: Scale,
    seed: int,
) -> dict[str, System]:
    """Every system of one kind and seed."""

    def layer(name: str, **changes: Any) -> Regulator:
        where = folder / f"{name}_{seed}"
        return trained(where, probe, keep, model, config, scale, seed, **changes)

    k = config.mitigate.top_k
    ours = layer(LAYER)
    with torch.no_grad():
        entropy = mean_entropy(probe, ours, k)
    return {
        BASE: None,
        LAYER: ours,
        "layer_reinforce": layer("layer_reinforce", objective="reinforce"),
        "paper_untrained": PaperLayer(PAPER_K, seed),
        "paper_trained": layer(
            "paper_trained", objective="paper", top_k=PAPER_K, learning_rate=PAPER_RATE
        ),
        "uniform": Uniform(k),
        "random_rank": RandomRank(k, seed),
        "temperature": fit_temperature(probe, entropy, k),
        "even_mentions": EvenMentions(k, model.words),
    }


def scores(states: AnswerStates, system: System) -> Any:
    """S of every example, shape ``(examples, 4, 2)``."""
    with torch.no_grad():
        found = choice_probabilities(states, moved_logprobs(states, system))
    return found.reshape(-1, 4, 2).double().numpy()


def judged(probed: Probed, system: System, resamples: int = 500) -> ProbeMetrics:
    """Figures of a system on examples that it wasn't trained on."""
    return measure_probes(scores(probed.states, system), probed.examples, resamples=resamples)
