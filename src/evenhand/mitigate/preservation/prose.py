"""Prose: how well a system foresees the next word of texts that ask nothing.

Perplexity is exp of the mean surprise over token positions (the first of a text has no context and
isn't counted). Prose is the user's; none comes with the package.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from evenhand.errors import BadInput
from evenhand.generate.abilities import context_of, plain_head, whole_texts
from evenhand.generate.context import NOTHING, stacked
from evenhand.mitigate.mentions import likeliest
from evenhand.mitigate.preservation.rows import Rows
from evenhand.mitigate.scoring.saved import SavedStates
from evenhand.mitigate.scoring.states import (
    CHUNK,
    AnswerStates,
    encode_prompts,
    head_logprobs,
    require_vocabulary,
    state_width,
)
from evenhand.records.pace import Progress, tell

MOST_TOKENS = 256
"""Tokens of a text that are read; the rest is left out."""
AT_ONCE = 2048
"""Tokens that are read at once."""
_SHORTEST = 2


def perplexity(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    *,
    most_tokens: int = MOST_TOKENS,
) -> float:
    """Perplexity of a model as it is, with a regulator in its head where there is one.

    Raises:
        BadInput: No text has two tokens.
        ModelError: The model gave logits that are no numbers.
    """
    head = plain_head(model)
    total, count = 0.0, 0
    for row in _tokens(model, tokenizer, texts, most_tokens):
        hidden = _hidden(model, [row])[0, :-1]
        wanted = torch.tensor(row[1:])
        before = _read(row, torch.arange(len(row) - 1))
        for states, ids, read in zip(
            hidden.split(CHUNK), wanted.split(CHUNK), before.split(CHUNK), strict=True
        ):
            logprobs = head_logprobs(head, states, read).cpu()
            total -= float(logprobs.gather(1, ids[:, None]).double().sum())
            count += len(ids)
    return math.exp(total / count)


def prose_states(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    positions_per_text: int,
    seed: int = 0,
    top_k: int = 64,
    *,
    most_tokens: int = MOST_TOKENS,
    words: Tensor | None = None,
    saved: Path | None = None,
    progress: Progress | None = None,
) -> Rows:
    """Rows at positions drawn from texts, each with the token that came next.

    Args:
        model: A causal language model.
        tokenizer: Its tokenizer.
        texts: Prose; texts of one token are left out.
        positions_per_text: At most so many positions a text, drawn without replacement.
        seed: Same seed, same positions.
        top_k: Tokens kept.
        words: See ``answer_states``.
        most_tokens: Tokens of a text that are read.
        saved: See ``answer_states``.
        progress: Told the texts that were read.

    Raises:
        BadInput: No text has two tokens, or a number isn't positive.
        ModelError: The model gave logits that are no numbers.
    """
    if positions_per_text < 1:
        raise BadInput(f"{positions_per_text} positions a text were asked for; ask for 1 or more")
    head = plain_head(model)
    generator = torch.Generator().manual_seed(seed)
    read_texts = _tokens(model, tokenizer, texts, most_tokens)
    drawn = [
        torch.randperm(len(row) - 1, generator=generator)[:positions_per_text].sort().values
        for row in read_texts
    ]
    groups = [number for number, places in enumerate(drawn) for _ in places]
    first = np.cumsum([0, *map(len, drawn)])
    known = SavedStates(
        saved, [read_texts, positions_per_text, seed, AT_ONCE], len(groups), state_width(model)
    )
    parts = _batches(read_texts)
    told = sum(map(len, parts[: known.parts]))
    for part in parts[known.parts :]:
        tell(progress, "prose", told, len(read_texts))
        states = _hidden(model, [read_texts[number] for number in part])
        known.add(
            [int(first[number]) + at for number in part for at in range(len(drawn[number]))],
            torch.cat([states[at, drawn[number]] for at, number in enumerate(part)]),
        )
        told += len(part)
    tell(progress, "prose", told, len(read_texts))
    context = stacked([_read(row, places) for row, places in zip(read_texts, drawn, strict=True)])
    wanted = torch.cat(
        [torch.tensor(row)[at + 1] for row, at in zip(read_texts, drawn, strict=True)]
    )[:, None]
    found: list[tuple[Tensor, Tensor, Tensor]] = []
    for states, read, next_one in zip(
        known.hidden.split(CHUNK), context.split(CHUNK), wanted.split(CHUNK), strict=True
    ):
        logprobs = head_logprobs(head, states.to(model.device), read).cpu()
        require_vocabulary(top_k, logprobs.shape[-1])
        ids = likeliest(logprobs, top_k, read, words)
        found.append((logprobs.gather(1, ids), ids, logprobs.gather(1, next_one)))
    top, ids, at_wanted = (torch.cat(part) for part in zip(*found, strict=True))
    none = torch.full((len(groups), 2), -1, dtype=torch.long)
    states = AnswerStates(known.hidden, top, ids, none, torch.zeros(len(groups), 2), context)
    names = tuple(f"prose.{group}.{place}" for place, group in enumerate(groups))
    zeros = torch.zeros(len(groups), dtype=torch.long)
    return Rows(states, wanted, at_wanted, zeros, torch.tensor(groups), names)


def _tokens(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], most: int
) -> list[tuple[int, ...]]:
    most = min(most, context_of(model) or most)
    rows = [row[:most] for row in encode_prompts(tokenizer, [text for text in texts if text])]
    kept = [row for row in rows if len(row) >= _SHORTEST]
    if not kept:
        raise BadInput("no text has two tokens, so perplexity is undefined; give longer prose")
    return kept


def _read(row: Sequence[int], places: Tensor) -> Tensor:
    """Tokens up to each place, ``(places, tokens)``."""
    ids = torch.tensor(row, dtype=torch.int32).expand(len(places), -1)
    return ids.masked_fill(torch.arange(len(row)) > places[:, None], NOTHING)


def _batches(rows: Sequence[Sequence[int]]) -> list[list[int]]:
    """Texts of about one length, together at most ``AT_ONCE`` tokens with their padding."""
    found: list[list[int]] = []
    for number in sorted(range(len(rows)), key=lambda at: (len(rows[at]), at)):
        if not found or (len(found[-1]) + 1) * len(rows[number]) > AT_ONCE:
            found.append([])
        found[-1].append(number)
    return found


@torch.inference_mode()
def _hidden(model: PreTrainedModel, rows: Sequence[Sequence[int]]) -> Tensor:
    """States before the output head, ``(texts, tokens, h)``."""
    return whole_texts(model, rows).last_hidden_state.clone()
