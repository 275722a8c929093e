"""Alignment: supervised fine-tuning (TRL, LoRA) on rewordings that passed and improved.

The adapter is merged, so what comes out is a plain model in float32 safetensors. Interrupted and
resumed is the same as uninterrupted: every optimiser step may be a checkpoint, since supervised
training keeps no buffer between steps. Which rollouts are imitated is decided in ``examples``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.config.schema import AlignConfig
from evenhand.errors import BadInput, ModelError, StorageError, boundary
from evenhand.generate.weights import number_type, quiet
from evenhand.learn.packing import IGNORED, SharedPrefixCollator, common_prefix, padded_rows
from evenhand.learn.rows import Rollout
from evenhand.records.files import digest_of, read_json, write_json, write_jsonl
from evenhand.records.folders import new_folder
from evenhand.records.pace import Pace, Progress

if TYPE_CHECKING:
    from transformers import TrainerCallback
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

_DONE, _BELONGS, _METRICS = "complete.json", "examples.json", "metrics.jsonl"


def align(
    examples: Sequence[Rollout],
    config: AlignConfig,
    seed: int,
    base_model_dir: Path,
    base_digest: str,
    work: Path,
    out: Path,
    progress: Progress | None = None,
    *,
    device: str = "cpu",
) -> Path:
    """Fine-tune a language model on examples, from the last checkpoint in ``work`` if any.

    Args:
        examples: What to imitate: prompts and tokens of chosen rollouts.
        config: Epochs, learning rate, rank of the adapter, …
        seed: Seed of the adapter and of the order of examples.
        base_model_dir: Folder of the model to start from.
        base_digest: Digest of its weights.
        work: Folder of checkpoints and ``metrics.jsonl`` (no times in it).
        out: Folder to write the merged model and its tokenizer to; must not exist.
        progress: Called as ``progress("align", done, steps)``.
        device: Where to train.

    Returns:
        ``out``.

    Raises:
        BadInput: There are no examples.
        StorageError: The checkpoints belong to another training, or files can't be written.
        ModelError: The model can't be loaded or trained.
    """
    if not examples:
        raise BadInput("there is nothing to align on; give at least one passing rewording")
    digest = _digest(examples, config, seed, base_digest)
    resume_from = _checkpoint_of(work, digest)
    with boundary(ModelError, f"aligning the language model in {base_model_dir}"), quiet():
        trainer = _trainer(examples, base_model_dir, _arguments(config, seed, work, device), config)
        trainer.add_callback(_reporter(progress))
        trainer.train(resume_from_checkpoint=resume_from and str(resume_from))
        write_jsonl(work / _METRICS, _metrics(trainer.state.log_history))
        merged: Any = trainer.model
        with new_folder(out) as folder:
            merged.merge_and_unload().save_pretrained(folder)
            trainer.processing_class.save_pretrained(folder)  # type: ignore[union-attr]
    return out


def leave_as_it_is(base_model_dir: Path, out: Path) -> Path:
    """Put the base model where the aligned one would stand, for a run without alignment.

    Files are hard links where the file system has them, so that weights aren't stored twice and
    the run still outlives the folder they came from.

    Args:
        base_model_dir: Folder of weights and tokenizer.
        out: Folder to make; must not exist.

    Returns:
        ``out``.

    Raises:
        StorageError: It can't be written.
    """
    with new_folder(out) as folder:
        for path in sorted(base_model_dir.iterdir()):
            if path.is_file():
                _link_or_copy(path.resolve(), folder / path.name)
    return out


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)


def _digest(examples: Sequence[Rollout], config: AlignConfig, seed: int, base_digest: str) -> str:
    settings = config.model_dump(exclude={"save_steps", "rounds", "max_examples"})
    data = [[row.prompt_tokens, row.tokens] for row in examples]
    return digest_of([settings, seed, base_digest, data])


def _checkpoint_of(work: Path, digest: str) -> Path | None:
    """The last complete checkpoint; what an interruption left unfinished is removed.

    Raises:
        StorageError: The folder belongs to another training.
    """
    belongs = work / _BELONGS
    if not belongs.exists():
        write_json(belongs, {"digest": digest})
    elif read_json(belongs)["digest"] != digest:
        raise StorageError(
            f"{work}: holds checkpoints of another training (other rollouts, settings, seed or "
            "model) and is left as it is; choose another folder"
        )
    found = sorted(work.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
    complete = [path for path in found if (path / _DONE).exists()]
    for path in set(found) - set(complete):
        shutil.rmtree(path)
    return complete[-1] if complete else None


def _trainer(
    examples: Sequence[Rollout], base_model_dir: Path, arguments: SFTConfig, config: AlignConfig
) -> SFTTrainer:
    from datasets import Dataset
    from peft import LoraConfig
    from transformers.trainer_callback import PrinterCallback
    from trl.trainer.sft_trainer import SFTTrainer

    from evenhand.generate.abilities import reads_fast
    from evenhand.generate.weights import load_language_model

    model, tokenizer = load_language_model(base_model_dir, "float32")
    prefix = common_prefix([row.prompt_tokens for row in examples])
    recurrent = any(name.endswith(".conv1d") for name, _ in model.named_modules())
    lora = LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,
        lora_dropout=0.0,
        target_modules="all-linear",
        # State spaces compute these two outside of their modules, so nothing added would act.
        exclude_modules=["conv1d", "out_proj"] if recurrent else None,
        task_type="CAUSAL_LM",
    )
    trainer = SFTTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list([_tokens_and_labels(row) for row in examples]),
        processing_class=tokenizer,
        peft_config=lora,
        data_collator=SharedPrefixCollator(len(prefix)) if reads_fast(model) else padded_rows,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _tokens_and_labels(row: Rollout) -> dict[str, list[int]]:
    """Only the completion counts in the loss."""
    return {
        "input_ids": [*row.prompt_tokens, *row.tokens],
        "labels": [IGNORED] * len(row.prompt_tokens) + list(row.tokens),
    }


def _arguments(config: AlignConfig, seed: int, work: Path, device: str) -> SFTConfig:
    from trl.trainer.sft_config import SFTConfig

    return SFTConfig(
        output_dir=str(work),
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=0,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
        gradient_checkpointing=None,  # pyright: ignore[reportArgumentType]
        activation_checkpointing=False,
        use_cpu=device == "cpu",
        bf16=number_type(config.bf16, device) == "bfloat16",
        save_strategy="steps",
        save_steps=config.save_steps,
        save_total_limit=2,
        logging_steps=1,
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=False,
        seed=seed,
        data_seed=seed,
    )


def _reporter(progress: Progress | None) -> TrainerCallback:
    from transformers import TrainerCallback

    pace = Pace()

    class Reporter(TrainerCallback):
        """Reports steps, has them saved in time, and marks checkpoints that were written whole."""

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            control.should_save = control.should_save or pace.due()
            if progress is not None:
                progress("align", state.global_step, state.max_steps)

        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
            write_json(folder / _DONE, {"step": state.global_step})

    return Reporter()


def _metrics(history: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Loss and accuracy of every step, without times."""
    kept = ("loss", "mean_token_accuracy", "entropy", "learning_rate", "grad_norm")
    for entry in history:
        if "loss" in entry:
            values = {name: entry[name] for name in kept if name in entry}
            yield {"stage": "align", "step": entry["step"], **values}
