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

from evenhand.errors import ModelError

NUMBERS = 3
"""What is said of each candidate (see ``mention_features``)."""
_BEHIND = 1000.0
"""Nats by which tokens that weren't mentioned stand behind those that were."""
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


def mentions(context: Tensor | None, ids: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
    """How far back each candidate was last mentioned, and how often it was.

    Args:
        context: Tokens read before each state, -1 where there is none, ``(n, T)``.
        ids: Candidates, ``(n, k)``.
        words: See ``token_words``.

    Returns:
        Tokens back from the last one read (1: it is that one; 0: never mentioned), and the number
        of mentions, both float32 ``(n, k)``.

    Raises:
        ModelError: There is no context.
    """
    if context is None:
        raise ModelError(
            "the layer reads the tokens before each state, which weren't given; give them"
        )
    context = context.to(ids.device)
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


def likeliest(
    logprobs: Tensor,
    top_k: int,
    context: Tensor | None = None,
    words: Tensor | None = None,
    ids: Tensor | None = None,
) -> Tensor:
    """Which tokens may be moved: the likeliest, and the likeliest of those that were mentioned.

    A subject that the model rules out for its name alone is likely nowhere; that it stands in the
    text is what makes it a candidate. A quarter of the places is for such tokens, the rest (and
    what they leave) for the likeliest of all.

    Args:
        logprobs: Of the tokens to choose from, ``(n, m)``.
        top_k: How many, at most m.
        context: Tokens read before each state, ``(n, T)``; the likeliest alone without.
        words: See ``token_words``.
        ids: The tokens to choose from, ``(n, m)``; the whole vocabulary without.

    Returns:
        Columns of ``logprobs``, likeliest first, ``(n, top_k)``.
    """
    if context is None or words is None or top_k >= logprobs.shape[-1]:
        return logprobs.topk(top_k, dim=-1).indices
    told = _mentioned(context, words, ids)
    worth = torch.where(told, logprobs, logprobs - _BEHIND)
    first = logprobs.topk(top_k - top_k // 4, dim=-1).indices
    chosen = worth.scatter(-1, first, torch.inf).topk(top_k, dim=-1).indices
    order = logprobs.gather(-1, chosen).argsort(dim=-1, descending=True, stable=True)
    return chosen.gather(-1, order)


def _mentioned(context: Tensor, words: Tensor, ids: Tensor | None) -> Tensor:
    """Whether each token stands in the context, ``(n, m)``."""
    read = words[context.clamp(min=0).long()].long().masked_fill(context < 0, len(words))
    told = torch.zeros((len(context), len(words) + 1), dtype=torch.bool, device=words.device)
    told.scatter_(-1, read, True)
    if ids is None:
        return told[:, words.long()]
    return told.gather(-1, words[ids].long())


def mention_features(context: Tensor | None, ids: Tensor, words: Tensor) -> Tensor:
    """Whether, how far back and how often, as numbers of about one size: ``(n, k, 3)``."""
    back, often = mentions(context, ids, words)
    told = (back > 0).float()
    return torch.stack([2.0 * told, torch.log1p(back) / 2.0, told * often.clamp(min=1).log()], -1)
