"""Settings and checkpoints of the row ``rloo``; nothing is trained here."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.config import Config
from evenhand.errors import ConfigError
from evenhand.generate.model import number_type

if TYPE_CHECKING:
    from trl.trainer.rloo_config import RLOOConfig

DONE = "complete.json"
"""Marks a checkpoint that was written whole."""


@dataclass(frozen=True)
class Settings:
    """How RLOO is run; what isn't here is TRL's default.

    Attributes:
        steps: Optimiser steps; training stops earlier at the budget of tokens.
        prompts: Spans a step.
        generations: Samples a span, whose mean return is each other's baseline.
        learning_rate: Of AdamW on the adapter, falling linearly to 0 over ``steps``.
        beta: Weight of the divergence from the base model in the return.
        save_steps: Steps between checkpoints.
    """

    steps: int
    prompts: int = 4
    generations: int = 4
    learning_rate: float = 1e-4
    beta: float = 0.05
    save_steps: int = 10


def arguments_of(work: Path, settings: Settings, seed: int, config: Config) -> RLOOConfig:
    """The arguments of TRL; whoever draws decides how, so its own generation isn't set up."""
    from trl.trainer.rloo_config import RLOOConfig

    return RLOOConfig(
        output_dir=str(work),
        max_steps=settings.steps,
        per_device_train_batch_size=settings.prompts * settings.generations,
        num_generations=settings.generations,
        max_completion_length=config.sampling.max_new_tokens,
        temperature=config.sampling.temperature,
        beta=settings.beta,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=0,
        gradient_checkpointing=None,  # pyright: ignore[reportArgumentType]
        activation_checkpointing=False,
        use_cpu=config.model.device == "cpu",
        bf16=number_type(config.align.bf16, config.model.device) == "bfloat16",
        save_strategy="steps",
        save_steps=settings.save_steps,
        save_total_limit=2,
        logging_steps=1,
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=False,
        seed=seed,
        data_seed=seed,
    )


def last_checkpoint(work: Path) -> Path | None:
    """The last checkpoint that was written whole; what an interruption left is removed."""
    from row_rloo_trainer import DONE

    found = sorted(work.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
    whole = [path for path in found if (path / DONE).exists()]
    for path in set(found) - set(whole):
        shutil.rmtree(path)
    return whole[-1] if whole else None


def require_exact_resume(arguments: RLOOConfig) -> None:
    """TRL resumes to the same weights only from a checkpoint at the end of a generation.

    The buffer of samples isn't in a checkpoint and its counter starts again at 0.

    Raises:
        ConfigError: Checkpoints would fall between generations.
    """
    every = (arguments.steps_per_generation or 1) * arguments.num_iterations
    if int(arguments.save_steps) * arguments.gradient_accumulation_steps % every:
        raise ConfigError(
            f"save_steps {arguments.save_steps} × gradient_accumulation_steps "
            f"{arguments.gradient_accumulation_steps} is no multiple of the {every} steps that "
            "share samples, so a resumed run would differ; choose save_steps accordingly"
        )
