"""Masked places at which a masked model should stay as it is, to train with and to judge on.

Words of prose (whole words of one token, one a text), and stories that say who is meant
(``masked_stories``). Not the probes, and not the figures (``lab.kept_summary``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from evenhand.mitigate.kept import Rows
from evenhand.mitigate.probes import MASK
from evenhand.mitigate.states import AnswerStates, subject_tokens
from evenhand.mitigate.train import Opened
from lab.masked_states import masked_states
from masked_stories import Story

WORD = re.compile(r"\b[A-Za-z]{2,}\b")
WINDOW = 100
"""Characters of prose on each side of a masked word."""


def word_rows(opened: Opened, texts: Sequence[str], count: int, top_k: int, seed: int) -> Rows:
    """One masked word a text, drawn anew where there are fewer texts than ``count``.

    Args:
        opened: The masked model.
        texts: Prose.
        count: Words wanted; words of several tokens aren't asked, so fewer may come.
        top_k: Likeliest tokens kept.
        seed: Of the places.
    """
    rng = np.random.default_rng([seed, 12])
    prompts: list[str] = []
    words: list[str] = []
    groups: list[int] = []
    for place in range(count):
        text = texts[place % len(texts)]
        found = list(WORD.finditer(text))
        if not found:
            continue
        drawn = found[int(rng.integers(len(found)))]
        if len(subject_tokens(opened.tokenizer, drawn[0], " ")) == 1:
            start, end = drawn.span()
            near = text[max(0, start - WINDOW) : start], text[end : end + WINDOW]
            prompts.append(MASK.join(near))
            words.append(drawn[0])
            groups.append(place % len(texts))
    pairs = [(word, word) for word in words]
    states = masked_states(
        opened.model, opened.tokenizer, prompts, pairs, top_k=top_k, words=opened.words
    )
    return _rows(states, [0] * len(words), groups, "prose", 1)


def story_rows(opened: Opened, told: Sequence[Story], top_k: int) -> Rows:
    """Both subjects as options, the one that is meant as the right one."""
    pairs = [one.options for one in told]
    texts = [one.text for one in told]
    states = masked_states(
        opened.model, opened.tokenizer, texts, pairs, top_k=top_k, words=opened.words
    )
    right = [one.options.index(one.answer) for one in told]
    return _rows(states, right, range(len(told)), "story", 2)


def _rows(
    states: AnswerStates, right: Sequence[int], groups: Sequence[int], name: str, options: int
) -> Rows:
    return Rows(
        unasked(states),
        states.choice_ids[:, :options],
        states.choice_logprobs[:, :options],
        torch.tensor(list(right)),
        torch.tensor(list(groups)),
        tuple(f"{name}.{place}" for place in range(len(states))),
    )


def unasked(states: AnswerStates) -> AnswerStates:
    """States at which nobody is asked about."""
    none = torch.full_like(states.choice_ids, -1)
    return replace(
        states, choice_ids=none, choice_logprobs=torch.zeros_like(states.choice_logprobs)
    )
