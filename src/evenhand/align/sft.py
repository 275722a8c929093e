"""Supervised fine-tuning (TRL, LoRA) on rewordings that passed and improved, and on the identity.

The adapter is merged, so what comes out is a plain model in float32 safetensors. Interrupted and
resumed is the same as uninterrupted: every optimiser step may be a checkpoint, since supervised
training keeps no buffer between steps.

Prompts begin with the same worked examples, several times as long as what is theirs alone. A batch
is laid out as one row: the prefix once, then every example's own tokens; each example attends to
the prefix and to itself, at the positions it would have alone. The loss is that of a padded batch,
for a fraction of the tokens. Models that take no such layout get the padded batch itself.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand.align.rollouts import Rollout
from evenhand.config.schema import AlignConfig
from evenhand.errors import BadInput, ModelError, StorageError, boundary
from evenhand.generate.model import number_type, quiet
from evenhand.records.files import digest_of, new_folder, read_json, write_json, write_jsonl
from evenhand.records.outputs import Pace, Progress, tell

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import TrainerCallback
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

IGNORED = -100
"""The label that PyTorch's cross-entropy leaves out."""
_DONE, _BELONGS, _METRICS = "complete.json", "examples.json", "metrics.jsonl"


def common_prefix(prompts: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """What all prompts begin with, leaving each at least one token of its own."""
    low, high = min(map(tuple, prompts)), max(map(tuple, prompts))
    most = min(map(len, prompts)) - 1
    same = next((place for place in range(most) if low[place] != high[place]), most)
    return low[:same]


def padded_rows(batch: Sequence[Mapping[str, Sequence[int]]]) -> dict[str, Tensor]:
    """Examples below each other, padded on the right, where loss and causal models don't look."""
    import torch

    rows = [torch.tensor([list(each["input_ids"]), list(each["labels"])]) for each in batch]
    longest = max(row.shape[1] for row in rows)
    ids = torch.zeros((len(rows), longest), dtype=torch.long)
    labels, mask = torch.full_like(ids, IGNORED), torch.zeros_like(ids)
    for at, row in enumerate(rows):
        ids[at, : row.shape[1]], labels[at, : row.shape[1]] = row
        mask[at, : row.shape[1]] = 1
    return {"input_ids": ids, "labels": labels, "attention_mask": mask}


@dataclass(frozen=True)
class SharedPrefixCollator:
    """Lays a batch out as one row; all begin with ``shared`` tokens, none of them an answer."""

    shared: int

    def __call__(self, batch: Sequence[Mapping[str, Sequence[int]]]) -> dict[str, Tensor]:
        """One row of length L from examples with ``input_ids`` and ``labels``.

        The boolean ``attention_mask`` ``(1, 1, L, L)`` is true where a token (row) sees another.
        """
        import torch

        ids, labels = list(batch[0]["input_ids"][: self.shared]), [IGNORED] * self.shared
        positions, owners = list(range(self.shared)), [0] * self.shared
        for number, example in enumerate(batch, start=1):
            own = example["input_ids"][self.shared :]
            ids += own
            # What the row predicts from another example's last token must not count.
            labels += [IGNORED, *example["labels"][self.shared + 1 :]]
            positions += range(self.shared, self.shared + len(own))
            owners += [number] * len(own)
        owner = torch.tensor(owners)
        before = torch.ones((len(ids), len(ids)), dtype=torch.bool).tril()
        seen = before & ((owner[:, None] == owner[None, :]) | (owner[None, :] == 0))
        return {
            "input_ids": torch.tensor([ids]),
            "labels": torch.tensor([labels]),
            "position_ids": torch.tensor([positions]),
            "attention_mask": seen[None, None],
        }


def improving(rollouts: Sequence[Rollout]) -> list[Rollout]:
    """Rewordings that passed every gate and are worth more than the original."""
    return [
        row
        for row in rollouts
        if row.passed and row.tokens and not row.is_identity and (row.reward or 0.0) > 0.0
    ]


def choose_examples(rollouts: Sequence[Rollout], config: AlignConfig, seed: int) -> list[Rollout]:
    """At most ``config.max_examples`` rollouts to imitate.

    The best improving rewording of every span comes first, then every second best, and so on, in
    order of reward; ``config.identity_share`` of the whole are spans left as they are, those
    that nothing improves before others.
    """
    better = _best_first(improving(rollouts))
    better = better[: max(1, round(config.max_examples * (1.0 - config.identity_share)))]
    if not better:
        return []
    wanted = round(len(better) * config.identity_share / max(1e-9, 1.0 - config.identity_share))
    wanted = min(wanted, config.max_examples - len(better))
    chosen = {id(row) for row in [*better, *_identities(rollouts, better, wanted, seed)]}
    return [row for row in rollouts if id(row) in chosen]


def _best_first(rows: Sequence[Rollout]) -> list[Rollout]:
    states: dict[tuple[str, int, int], list[Rollout]] = defaultdict(list)
    for row in rows:
        states[row.state].append(row)
    ranked = [
        (place, -(row.reward or 0.0), row.state, row.after, row)
        for options in states.values()
        for place, row in enumerate(sorted(options, key=lambda r: (-(r.reward or 0.0), r.after)))
    ]
    return [entry[-1] for entry in sorted(ranked, key=lambda entry: entry[:-1])]


def _identities(
    rollouts: Sequence[Rollout], better: Sequence[Rollout], wanted: int, seed: int
) -> list[Rollout]:
    improved = {row.state for row in better}
    unchanged = [row for row in rollouts if row.is_identity and row.tokens]
    order = np.random.default_rng([seed, 1]).permutation(len(unchanged))
    shuffled = [unchanged[place] for place in order]
    return sorted(shuffled, key=lambda row: row.state in improved)[:wanted]


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
    """Fine-tune a language model on chosen rollouts, from the last checkpoint in ``work`` if any.

    Args:
        examples: What to imitate.
        config: Epochs, learning rate, rank of the adapter, …
        seed: Of the adapter and of the order of examples.
        base_model_dir: Folder of the model to start from.
        base_digest: Digest of its weights.
        work: Folder of checkpoints and ``metrics.jsonl`` (no times in it).
        out: Folder to write the merged model and its tokenizer to; must not exist.
        progress: Called as ``progress("align", done, steps)``.
        device: Where to train.
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
    """
    with new_folder(out) as folder:
        for path in sorted(base_model_dir.iterdir()):
            if path.is_file():
                try:
                    (folder / path.name).hardlink_to(path.resolve())
                except OSError:  # another file system, or one without links
                    shutil.copyfile(path.resolve(), folder / path.name)
    return out


def _digest(examples: Sequence[Rollout], config: AlignConfig, seed: int, base_digest: str) -> str:
    settings = config.model_dump(exclude={"save_steps", "rounds", "max_examples"})
    data = [[row.prompt_tokens, row.tokens] for row in examples]
    return digest_of([settings, seed, base_digest, data])


def _checkpoint_of(work: Path, digest: str) -> Path | None:
    """The last complete checkpoint; what an interruption left unfinished is removed."""
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

    from evenhand.generate.model import load_language_model
    from evenhand.generate.prefix import reads_fast

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
            tell(progress, "align", state.global_step, state.max_steps)

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
