"""Prose: how well a system foresees the next word of texts that ask nothing.

Perplexity is exp of the mean surprise over token positions (the first of a text has no context and
isn't counted). Prose is the user's; none comes with the package.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

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

MOST_TOKENS = 256
"""Tokens of a text that are read; the rest is left out."""
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
        hidden = _hidden(model, row)[:-1]
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

    Raises:
        BadInput: No text has two tokens, or a number isn't positive.
        ModelError: The model gave logits that are no numbers.
    """
    if positions_per_text < 1:
        raise BadInput(f"{positions_per_text} positions a text were asked for; ask for 1 or more")
    head = plain_head(model)
    generator = torch.Generator().manual_seed(seed)
    parts: list[tuple[Tensor, Tensor, Tensor, Tensor, Tensor]] = []
    contexts: list[Tensor] = []
    groups: list[int] = []
    read_texts = _tokens(model, tokenizer, texts, most_tokens)
    sizes = [min(positions_per_text, len(row) - 1) for row in read_texts]
    asked = [read_texts, positions_per_text, seed]
    known = SavedStates(saved, asked, sum(sizes), state_width(model))
    for number, row in enumerate(read_texts):
        drawn = torch.randperm(len(row) - 1, generator=generator)[:positions_per_text].sort().values
        places = range(len(groups), len(groups) + len(drawn))
        if number >= known.parts:
            known.add(places, _hidden(model, row)[drawn.to(model.device)])
        states = known.hidden[list(places)].to(model.device)
        wanted = torch.tensor(row)[drawn + 1][:, None]
        read = _read(row, drawn)
        logprobs = head_logprobs(head, states, read).cpu()
        require_vocabulary(top_k, logprobs.shape[-1])
        ids = likeliest(logprobs, top_k, read, words)
        top = logprobs.gather(1, ids)
        parts.append((states.float().cpu(), top, ids, wanted, logprobs.gather(1, wanted)))
        contexts.append(read)
        groups += [number] * len(drawn)
    hidden, top, ids, wanted, found = (torch.cat(part) for part in zip(*parts, strict=True))
    none = torch.full((len(groups), 2), -1, dtype=torch.long)
    states = AnswerStates(hidden, top, ids, none, torch.zeros(len(groups), 2), stacked(contexts))
    names = tuple(f"prose.{group}.{place}" for place, group in enumerate(groups))
    zeros = torch.zeros(len(groups), dtype=torch.long)
    return Rows(states, wanted, found, zeros, torch.tensor(groups), names)


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


@torch.inference_mode()
def _hidden(model: PreTrainedModel, row: Sequence[int]) -> Tensor:
    """States before the output head, ``(tokens, h)``."""
    return whole_texts(model, [row]).last_hidden_state[0].clone()
