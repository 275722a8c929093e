"""Cached rows of what must be kept: answer states with the tokens that are right or on offer.

One forward pass of the language model serves every system. Rows of facts have one token each (the
answer's first), rows of choices one for each option, rows of prose the token that came next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from evenhand.errors import BadInput
from evenhand.generate.abilities import plain_head
from evenhand.mitigate.preservation.choices import Choice
from evenhand.mitigate.preservation.facts import Fact
from evenhand.mitigate.scoring.states import (
    CHUNK,
    AnswerStates,
    answer_states,
    head_logprobs,
    subject_tokens,
)
from evenhand.mitigate.scoring.tree import Progress

NONE = -1


@dataclass
class Rows:
    """Answer states and the tokens that count at each.

    Attributes:
        states: n rows; their ``choice_ids`` are -1.
        token_ids: First tokens of the answer, of the options, or the next token; -1 fills rows
            with fewer options, ``(n, m)``.
        token_logprobs: Their base log-probabilities over the whole vocabulary; -inf at -1.
        right: Column of the right one, ``(n,)``.
        groups: Rows of one number belong together (a text, a group of questions), ``(n,)``.
        ids: Safe to print, one a row.
    """

    states: AnswerStates
    token_ids: Tensor
    token_logprobs: Tensor
    right: Tensor
    groups: Tensor
    ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def logprobs(self, log_y: Tensor) -> Tensor:
        """Log-probabilities of ``token_ids`` under a system, ``(n, m)``.

        Args:
            log_y: Of the cached candidates, ``(n, k)``; tokens outside keep the base's.
        """
        found = self.token_logprobs.clone()
        for column in range(found.shape[1]):
            match = self.states.top_ids == self.token_ids[:, column : column + 1]
            inside = log_y.gather(1, match.to(torch.int8).argmax(1, keepdim=True))[:, 0]
            found[:, column] = torch.where(match.any(1), inside, found[:, column])
        return found


def fact_rows(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    facts: Sequence[Fact],
    *,
    top_k: int = 64,
    words: Tensor | None = None,
    saved: Path | None = None,
    progress: Progress | None = None,
) -> Rows:
    """One row a fact, its token the answer's first.

    Raises:
        BadInput: There are no facts, or an answer has no tokens.
    """
    tokens = [[subject_tokens(tokenizer, fact.answer, " ")[0]] for fact in facts]
    ids = tuple(fact.id for fact in facts)
    right = [0] * len(facts)
    prompts = [fact.prefix for fact in facts]
    return _rows(model, tokenizer, prompts, tokens, right, ids, ids, top_k, words, saved, progress)


def choice_rows(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    choices: Sequence[Choice],
    *,
    top_k: int = 64,
    words: Tensor | None = None,
    saved: Path | None = None,
    progress: Progress | None = None,
) -> Rows:
    """One row a choice, its tokens the options' first ones.

    Choices whose options start alike in this vocabulary can't be told apart and are left out.

    Raises:
        BadInput: No choice remains, or an option has no tokens.
    """
    kept: list[Choice] = []
    tokens: list[list[int]] = []
    for choice in choices:
        firsts = [subject_tokens(tokenizer, option, " ")[0] for option in choice.options]
        if len(set(firsts)) == len(firsts):
            kept.append(choice)
            tokens.append(firsts)
    return _rows(
        model,
        tokenizer,
        [choice.prompt for choice in kept],
        tokens,
        [choice.right for choice in kept],
        [choice.group for choice in kept],
        tuple(choice.id for choice in kept),
        top_k,
        words,
        saved,
        progress,
    )


def _rows(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[str],
    tokens: Sequence[Sequence[int]],
    right: Sequence[int],
    groups: Sequence[str],
    ids: tuple[str, ...],
    top_k: int,
    words: Tensor | None,
    saved: Path | None,
    progress: Progress | None,
) -> Rows:
    if not prompts:
        raise BadInput("there is nothing to measure what is kept on; give at least one item")
    states = answer_states(
        model, tokenizer, prompts, top_k=top_k, words=words, saved=saved, progress=progress
    )
    wide = max(map(len, tokens))
    padded = [[*row, *[NONE] * (wide - len(row))] for row in tokens]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(groups))}
    return Rows(
        states,
        (wanted := torch.tensor(padded)),
        base_logprobs(model, states, wanted),
        torch.tensor(list(right)),
        torch.tensor([numbers[name] for name in groups]),
        ids,
    )


def base_logprobs(model: PreTrainedModel, at: AnswerStates, wanted: Tensor) -> Tensor:
    """Log-probabilities of the ``wanted`` tokens ``(n, m)`` at states; -inf where -1."""
    head = plain_head(model)
    parts = []
    for states, ids, read in zip(
        at.hidden.split(CHUNK), wanted.split(CHUNK), at.context.split(CHUNK), strict=True
    ):
        found = head_logprobs(head, states.to(model.device), read).cpu().gather(1, ids.clamp_min(0))
        parts.append(found.masked_fill(ids == NONE, -torch.inf))
    return torch.cat(parts)
