"""The row ``rloo``: the base model tuned online by TRL's RLOO with LoRA, on the reward ILQL gets.

It may generate at most as many tokens as the rollouts hold. The result is a run folder whose
``aligned`` model is the trained one: rewrite with ``system="align"`` and ``run=`` that folder.
What is asked and paid is in ``row_rloo_task``, the trainer in ``row_rloo_trainer``.
"""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.align.rollouts import read_manifest, read_targets
from evenhand.align.runs import RunFolder, check_same
from evenhand.config import Config
from evenhand.errors import BadInput, ModelError, boundary
from evenhand.records.files import digest_of, new_folder, read_json, write_json, write_jsonl
from evenhand.records.outputs import Progress
from evenhand.verbs.engine import AnyEngine, bind
from evenhand.verbs.rollouts import LEAN
from row_rloo_settings import Settings, arguments_of, last_checkpoint
from row_rloo_task import Task, TrainingData, answer_of, returns_for, task_of

if TYPE_CHECKING:
    from row_rloo_trainer import RewordingRLOO

NAME = "rloo"
ABOUT = "rloo.json"


def train_rloo(
    rollouts_dir: Path,
    bench: TrainingData,
    config: Config,
    engine: AnyEngine | None,
    out: Path,
    *,
    steps: int,
    seed: int = 0,
    progress: Progress | None = None,
    settings: Settings | None = None,
) -> Path:
    """Tune the base model online; goes on from its last checkpoint where it was interrupted.

    Args:
        rollouts_dir: What ``tuned`` learned from: its targets, scale, trusted groups and number
            of tokens are used.
        bench: The training ads and people of those rollouts.
        config: The settings of those rollouts.
        engine: The engine of those rollouts; ``config.matcher`` names it if None.
        out: The run folder; ``rloo.json`` in it says what was done.
        steps: Optimiser steps (``Settings.steps``).
        seed: Of adapter, order and samples; the same seed gives the same weights.
        progress: Called as ``progress("rloo", done, steps)``.
        settings: Everything else; ``steps`` in it is ignored.

    Returns:
        ``out``; ``out / "aligned"`` holds the merged weights.

    Raises:
        Abstained: No group's reward may be learned from, or no span leaves a choice.
        StorageError: ``out`` holds another run, or the engine or people aren't the rollouts'.
        BadInput: The budget of tokens is less than one step.
        ModelError: The model can't be trained.
    """
    chosen = replace(settings or Settings(steps), steps=steps)
    run = RunFolder(out)
    matcher = bind(bench.train_people, config.matcher, engine)
    made_from = read_manifest(rollouts_dir)["made_from"]
    same = {"pool": bench.train_people.digest, "matcher": matcher.digest}
    check_same(rollouts_dir, {name: made_from[name] for name in same}, same)
    asked = {"rollouts": digest_of(made_from), "rloo": digest_of([asdict(chosen), seed])}
    run.claim({**same, **asked}, config)
    if run.complete.exists():
        return out
    task = task_of(rollouts_dir, bench, config, matcher)
    write_json(run.targets, read_targets(rollouts_dir))
    write_json(run.reliability, task.trust.to_json())
    write_json(out / LEAN, read_json(rollouts_dir / LEAN))
    about = _train(task, run, chosen, seed, config, progress)
    write_json(out / ABOUT, about)
    kept, abstained = sorted(task.trust.kept), dict(task.trust.abstained)
    run.finish({"kept": kept, "abstained": abstained, "rloo": about})
    shutil.rmtree(run.work, ignore_errors=True)
    return out


def _train(
    task: Task,
    run: RunFolder,
    settings: Settings,
    seed: int,
    config: Config,
    progress: Progress | None,
) -> dict[str, Any]:
    """Train from the last checkpoint, if any; write ``aligned`` and ``metrics.jsonl``."""
    work = run.work / NAME
    with boundary(ModelError, f"tuning the language model in {task.tools.folder}"), _hushed():
        trainer = _trainer(task, work, settings, seed, config, progress)
        if not trainer.room_left():
            raise BadInput(
                f"the rollouts hold {task.budget} tokens and one step of RLOO may take "
                f"{trainer.longest_step}; take fewer prompts or generations a step"
            )
        last = last_checkpoint(work)
        trainer.train(resume_from_checkpoint=str(last) if last else None)
        log = list(_metrics(trainer.state.log_history))
        write_jsonl(run.metrics, log)
        if not run.aligned.exists():
            merged: Any = trainer.model
            with new_folder(run.aligned) as folder:
                merged.merge_and_unload().save_pretrained(folder)
                task.tools.generator().tokenizer.save_pretrained(folder)
    steps = trainer.state.global_step
    return {
        **asdict(settings),
        "seed": seed,
        "decoding": config.sampling.decoding,
        "steps_done": steps,
        "states": len(task.states),
        "states_a_step": settings.prompts,
        "states_seen": min(len(task.states), steps * settings.prompts),
        "generated_tokens": trainer.generated,
        "rollout_tokens": task.budget,
        "mean_return_first_half": _mean([row["reward"] for row in log[: len(log) // 2]]),
        "mean_return_second_half": _mean([row["reward"] for row in log[len(log) // 2 :]]),
    }


def _trainer(
    task: Task,
    work: Path,
    settings: Settings,
    seed: int,
    config: Config,
    progress: Progress | None,
) -> RewordingRLOO:
    from datasets import Dataset
    from peft import LoraConfig
    from transformers.trainer_callback import PrinterCallback

    from evenhand.generate.draw import LocalGenerator
    from row_rloo_trainer import Question, RewordingRLOO

    tools, ends = task.tools, frozenset[int]()
    generator = LocalGenerator(
        tools.folder,
        "float32",
        device=config.model.device,
        shared_prefix=tools.prompts.prefix_ids,
    )
    ends = generator.end_tokens

    def parity(
        prompts: list[str], completions: list[str], completion_ids: list[list[int]], **_: Any
    ) -> list[float]:
        said = [
            answer_of(task.states[int(place)], text, ids, bool(ids) and ids[-1] in ends)
            for place, text, ids in zip(prompts, completions, completion_ids, strict=True)
        ]
        return returns_for(task, prompts, said)

    trainer = RewordingRLOO(
        generator,
        [
            Question(state.prompt_tokens, answers)
            for state, answers in zip(task.states, task.answers, strict=True)
        ],
        task.budget,
        reward_funcs=parity,
        args=arguments_of(work, settings, seed, config),
        train_dataset=Dataset.from_list([{"prompt": str(at)} for at in range(len(task.states))]),
        processing_class=generator.tokenizer,
        peft_config=LoraConfig(
            r=config.align.lora_rank,
            lora_alpha=config.align.lora_alpha,
            lora_dropout=0.0,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        ),
        callbacks=[_reporter(progress)] if progress is not None else [],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep libraries' bars and deprecations among themselves off the terminal."""
    from evenhand.generate.model import quiet

    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def _reporter(progress: Progress) -> Any:
    from transformers import TrainerCallback

    class Reporter(TrainerCallback):
        """Reports steps."""

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            progress(NAME, state.global_step, state.max_steps)

    return Reporter()


def _metrics(history: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What every step came to, without times."""
    kept = ("reward", "reward_std", "frac_reward_zero_std", "kl", "entropy", "loss", "grad_norm")
    for entry in history:
        if "reward" in entry:
            values = {name: entry[name] for name in kept if name in entry}
            yield {"stage": NAME, "step": entry["step"], **values}


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
