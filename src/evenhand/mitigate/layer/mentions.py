"""Which candidates were mentioned in what the model has read, and how far back.

Two subjects that a text leaves open both stand in it; tokens that are merely like them don't. A
layer that sees this can share probability between the two instead of losing it to others. Tokens
count as the same word whatever the space before them; case tells names from words ("White" from
"white"). Knows no model and no weights; a word of several tokens is known by its first one.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

NUMBERS = 3
"""What is said of each candidate (see ``mention_features``)."""
_CELLS = 1 << 25
"""Comparisons at once."""


@functools.lru_cache(maxsize=8)
def token_words(tokenizer: PreTrainedTokenizerBase, vocabulary: int) -> Tensor:
    """The number of each token's word, int32 of shape ``(vocabulary,)``.

    Args:
        tokenizer: Of the model.
        vocabulary: Rows of its output embedding; those without a token are words of their own.

    Returns:
        Equal numbers for tokens that differ in white space around them alone; a token
        without letters or digits is a word of its own.
    """
    known = min(vocabulary, len(tokenizer))
    texts = tokenizer.batch_decode([[token] for token in range(known)])
    numbers: dict[str, int] = {}
    words = list(range(vocabulary))
    for token, text in enumerate(texts):
        word = text.strip()
        if any(letter.isalnum() for letter in word):
            words[token] = numbers.setdefault(word, token)
    return torch.tensor(words, dtype=torch.int32)


def mentions(context: Tensor, ids: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
    """How far back each candidate was last mentioned, and how often it was.

    Args:
        context: Tokens read before each state, -1 where there is none, ``(n, T)``.
        ids: Candidates, ``(n, k)``.
        words: See ``token_words``.

    Returns:
        Tokens back from the last one read (1: it is that one; 0: never mentioned), and the number
        of mentions, both float32 ``(n, k)``.
    """
    count, length = context.shape
    back, often = (torch.zeros(ids.shape, device=ids.device) for _ in range(2))
    if not length:
        return back, often
    read = words[context.clamp(min=0).long()].masked_fill(context < 0, -1)
    places = torch.arange(1, length + 1, device=ids.device, dtype=torch.int32)
    ends = (places * (context >= 0)).amax(dim=-1, keepdim=True)
    asked = words[ids]
    step = max(1, _CELLS // (ids.shape[1] * length))
    for first in range(0, count, step):
        rows = slice(first, first + step)
        same = read[rows].unsqueeze(1) == asked[rows].unsqueeze(-1)
        last = (same * places).amax(dim=-1)
        back[rows] = ((ends[rows] - last + 1) * (last > 0)).float()
        often[rows] = same.sum(dim=-1).float()
    return back, often


def mention_features(context: Tensor, ids: Tensor, words: Tensor) -> Tensor:
    """Whether, how far back and how often, as numbers of about one size: ``(n, k, 3)``."""
    back, often = mentions(context, ids, words)
    told = (back > 0).float()
    return torch.stack([2.0 * told, torch.log1p(back) / 2.0, told * often.clamp(min=1).log()], -1)
