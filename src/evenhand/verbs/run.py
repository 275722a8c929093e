"""The weights of a run as a sampler: the base model, the aligned one, or aligned and regulated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.config.schema import Config
from evenhand.learn.runfolder import RunFolder
from evenhand.verbs.language_model import LanguageTools

if TYPE_CHECKING:
    from evenhand.generate.local import LocalGenerator


def open_generator(
    system: str, tools: LanguageTools, folder: Path | None, config: Config
) -> LocalGenerator:
    """The sampler of a system.

    Args:
        system: ``tuned`` (aligned and regulated), ``align`` (aligned), else the base model.
        tools: The opened base model.
        folder: The run, for ``tuned`` and ``align``.
        config: Decoding weights of the regulator.

    Raises:
        StorageError: The run isn't finished, or its parts don't belong together.
        ModelError: Weights are missing.
    """
    if system not in ("tuned", "align") or folder is None:
        return tools.generator()
    run = RunFolder(folder)
    run.read_finished(weights=True)
    generator = tools.generator(run.aligned)
    if system == "tuned":
        _regulate(generator, run, config)
    return generator


def _regulate(generator: LocalGenerator, run: RunFolder, config: Config) -> None:
    """Put the run's regulator into the output head."""
    from evenhand.learn.ilql.fit import load_regulator

    head = generator.model.get_output_embeddings()
    assert head is not None
    regulator = load_regulator(
        run.regulator,
        run.aligned,
        head.weight.detach().float(),
        beta=config.ilql.beta,
        gate_beta=config.ilql.gate_beta,
    )
    generator.steer(regulator, top_k=config.ilql.top_k, full_vocabulary=config.ilql.full_vocabulary)
