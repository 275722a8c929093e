"""Applying a regulator to cached answer states, without a language model.

The rule is that of ``generate.regulator.RegulatedHead``: the top-k keep the probability they have
together, and no other token moves. Not a scorer of texts (``scoring``).
"""

from __future__ import annotations

import torch
from torch import Tensor

from evenhand.errors import BadInput
from evenhand.generate.regulator import Regulator
from evenhand.mitigate.scoring.states import AnswerStates

ROWS = 1024
NONE = -1


def support(layer: Regulator, width: int) -> int:
    """How many of ``width`` cached candidates a regulator moves.

    Raises:
        BadInput: Fewer are cached than it moves.
    """
    wanted = int(getattr(layer, "top_k", width))
    if wanted > width:
        raise BadInput(
            f"the layer moves {wanted} tokens and the states hold {width}; "
            f"compute states with top_k {wanted} or more"
        )
    return wanted


def moved_logprobs(states: AnswerStates, layer: Regulator | None) -> Tensor:
    """Log-probabilities of the cached candidates after a regulator.

    Args:
        states: n states with k candidates.
        layer: What moves them, ``layer.top_k`` of its own choice where it has that attribute, all
            of them otherwise; None leaves them.

    Returns:
        Log y, ``(n, k)``; gradients reach the layer's parameters.

    Raises:
        BadInput: Fewer candidates are cached than the layer moves.
    """
    if layer is None or not len(states.top_logprobs):
        return states.top_logprobs
    count = support(layer, states.top_logprobs.shape[-1])
    parts: list[Tensor] = []
    for first in range(0, len(states.top_logprobs), ROWS):
        rows = slice(first, first + ROWS)
        top, ids, read = states.top_logprobs[rows], states.top_ids[rows], states.context[rows]
        columns = layer.columns(top, count, read, ids)
        mine = top.gather(-1, columns)
        moved = kept_mass(mine, layer(states.hidden[rows], mine, ids.gather(-1, columns), read))
        parts.append(top.scatter(-1, columns, moved))
    return torch.cat(parts)


def kept_mass(top: Tensor, adjustments: Tensor) -> Tensor:
    """``top + adjustments``, shifted so that the candidates keep their total probability."""
    moved = top + adjustments
    return moved + (top.logsumexp(-1, keepdim=True) - moved.logsumexp(-1, keepdim=True))


def choice_logprobs(states: AnswerStates, log_y: Tensor) -> Tensor:
    """Log-probability of each subject's first token, ``(n, 2)``; −inf where there is none."""
    match = states.top_ids.unsqueeze(-1) == states.choice_ids.unsqueeze(1)
    place = match.to(torch.int8).argmax(dim=1)
    inside = log_y.gather(-1, place)
    found = torch.where(match.any(dim=1), inside, states.choice_logprobs.to(log_y.dtype))
    return found.masked_fill(states.choice_ids == NONE, -torch.inf)


def choice_probabilities(states: AnswerStates, log_y: Tensor) -> Tensor:
    """Probability of each subject's first token, ``(n, 2)``.

    Args:
        states: n states.
        log_y: What ``moved_logprobs`` returned.

    Returns:
        From ``log_y`` where the token is among the candidates, the base's otherwise; 0 for rows
        without subjects.
    """
    return choice_logprobs(states, log_y).exp()
