"""Answer states of a made-up model, for tests of the layer."""

from __future__ import annotations

import torch
from torch import Tensor

from evenhand.mitigate.states import AnswerStates

VOCABULARY, WIDTH = 120, 16


def embedding(seed: int = 0) -> Tensor:
    return torch.randn(VOCABULARY, WIDTH, generator=torch.Generator().manual_seed(seed))


def head_states(hidden: Tensor, top_k: int, choices: Tensor | None = None) -> AnswerStates:
    """States with the log-probabilities that ``embedding`` as an output head would give."""
    logprobs = torch.log_softmax(hidden @ embedding().T * 0.5, dim=-1)
    top, ids = logprobs.topk(top_k, dim=-1)
    if choices is None:
        nobody = torch.full((len(hidden), 2), -1)
        return AnswerStates(hidden, top, ids, nobody, torch.zeros(len(hidden), 2), ids[:, 3:6])
    found = logprobs.gather(-1, choices)
    return AnswerStates(hidden, top, ids, choices, found, choices.flip(-1))


def probe_states(examples: int = 24, top_k: int = 20, seed: int = 1) -> AnswerStates:
    """Examples whose subjects (tokens below 20) are likely, one of them more so."""
    generator = torch.Generator().manual_seed(seed)
    pairs = torch.stack([torch.randperm(20, generator=generator)[:2] for _ in range(examples)])
    choices = pairs.repeat_interleave(4, dim=0)
    noise = torch.randn(4 * examples, WIDTH, generator=generator)
    weights = 0.3 * torch.rand(4 * examples, 2, 1, generator=generator) + 0.5
    hidden = 0.2 * noise + (embedding()[choices] * weights).sum(dim=1)
    hidden[:, 0] += 3.0
    return head_states(hidden, top_k, choices)


def keep_states(rows: int = 64, top_k: int = 20, seed: int = 2) -> AnswerStates:
    """States without subjects, which differ from probe states in their first number."""
    hidden = torch.randn(rows, WIDTH, generator=torch.Generator().manual_seed(seed)) * 2.0
    hidden[:, 0] -= 3.0
    return head_states(hidden, top_k)
