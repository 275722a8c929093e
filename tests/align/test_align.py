"""Alignment: what is imitated, that it is learned, and that interruption changes nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from evenhand.align.sft import align, choose_examples
from evenhand.config.schema import AlignConfig
from evenhand.errors import BadInput, StorageError
from evenhand.generate.model import load_language_model

from ..tiny_kinds import save_tiny_kind


@pytest.fixture(scope="module")
def examples(make_rollouts):
    return choose_examples(make_rollouts(), AlignConfig(), 0)


def settings(**changes) -> AlignConfig:
    plain = {"batch_size": 2, "save_steps": 3, "learning_rate": 1e-2, "lora_rank": 2, "epochs": 2}
    return AlignConfig(**{**plain, **changes})


def weights(folder):
    return load_language_model(folder)[0].state_dict()


def loss_of(folder, examples) -> float:
    model, _ = load_language_model(folder)
    losses = []
    for row in examples:
        ids = torch.tensor([[*row.prompt_tokens, *row.tokens]])
        logits = model(ids).logits[0, len(row.prompt_tokens) - 1 : -1]
        losses.append(torch.nn.functional.cross_entropy(logits, torch.tensor(row.tokens)).item())
    return float(np.mean(losses))


@pytest.mark.parametrize("bf16", [False, True])
def test_interrupted_and_resumed_is_uninterrupted(tiny_model_dir, examples, tmp_path, bf16):
    config = settings(bf16=bf16)
    start = (config, 0, tiny_model_dir, "digest")
    whole = align(examples, *start, tmp_path / "a", tmp_path / "whole")

    def interrupt(stage, done, total):
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        align(examples, *start, tmp_path / "b", tmp_path / "cut", interrupt)
    assert [p.name for p in (tmp_path / "b").glob("checkpoint-*")] == ["checkpoint-3"]
    # A kill in the middle of writing a checkpoint leaves one without its mark.
    (tmp_path / "b" / "checkpoint-4").mkdir()
    seen = []
    cut = align(
        examples, *start, tmp_path / "b", tmp_path / "cut", lambda *step: seen.append(step[1])
    )
    assert seen[0] == 4
    left, right = weights(whole), weights(cut)
    assert all(torch.equal(left[name], right[name]) for name in left)
    metrics = [(tmp_path / part / "metrics.jsonl").read_bytes() for part in ("a", "b")]
    assert metrics[0] == metrics[1]
    assert b"runtime" not in metrics[0]


def test_alignment_learns_its_examples(tiny_model_dir, examples, tmp_path):
    out = align(
        examples,
        settings(epochs=6, lora_rank=8),
        0,
        tiny_model_dir,
        "d",
        tmp_path / "w",
        tmp_path / "o",
    )
    assert loss_of(out, examples) < 0.9 * loss_of(tiny_model_dir, examples)
    assert not list(out.glob("adapter*"))


def test_only_the_answer_counts_in_the_loss(tiny_model_dir, examples, tmp_path):
    """With answers that are already certain, prompts alone must not move the weights."""
    from evenhand.align.sft import _tokens_and_labels

    row = examples[0]
    encoded = _tokens_and_labels(row)
    kept = [label for label in encoded["labels"] if label != -100]
    assert tuple(kept) == row.tokens
    assert len(encoded["labels"]) == len(encoded["input_ids"])


def test_checkpoints_of_another_training_are_refused(tiny_model_dir, examples, tmp_path):
    def interrupt(stage, done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        align(
            examples, settings(), 0, tiny_model_dir, "d", tmp_path / "w", tmp_path / "o", interrupt
        )
    with pytest.raises(StorageError, match="another training"):
        align(examples[1:], settings(), 0, tiny_model_dir, "d", tmp_path / "w", tmp_path / "o")


def test_nothing_to_imitate_is_refused(tiny_model_dir, tmp_path):
    with pytest.raises(BadInput, match="nothing to align on"):
        align([], settings(), 0, tiny_model_dir, "d", tmp_path / "w", tmp_path / "o")


@pytest.mark.parametrize("kind", ["gpt2", "bloom", "gemma2", "mamba"])
def test_every_kind_learns_its_examples(kind, examples, tmp_path):
    base = save_tiny_kind(tmp_path / kind, kind)
    few = [
        replace(row, prompt_tokens=[t % 320 for t in row.prompt_tokens[-20:]], tokens=[7, 9, 11])
        for row in examples[:4]
    ]
    out = align(few, settings(lora_rank=4), 0, base, "d", tmp_path / "w", tmp_path / "o")
    assert loss_of(out, few) < 0.98 * loss_of(base, few)
