"""Answer states at the mask of a masked model, so that systems can be measured on one too.

The product's layers are for causal models; scores of masked ones are ``ask.MaskedScorer``.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from evenhand.errors import BadInput
from evenhand.generate.regulator import padded
from evenhand.mitigate.ask import at_masks, masked_ids
from evenhand.mitigate.states import NONE, ROWS, AnswerStates, Told, candidates, first_tokens


def masked_states(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[str],
    choices: Sequence[tuple[str, str]] | None = None,
    *,
    top_k: int = 64,
    rows: int = ROWS,
    words: Tensor | None = None,
    progress: Told | None = None,
) -> AnswerStates:
    """What ``states.answer_states`` gives, at the mask; ``rows`` texts at once.

    Prompts have ``[mask]`` (or the mask token) in them; without one, the mask comes last.
    """
    texts = [masked_ids(tokenizer, prompt, 1) for prompt in prompts]
    chosen = torch.full((len(texts), 2), NONE, dtype=torch.long)
    if choices is not None:
        chosen = first_tokens(tokenizer, choices, " ")
    read = padded([ids for ids, _ in texts])
    order = sorted(range(len(texts)), key=lambda at: len(texts[at][0]))
    parts: list[tuple[Tensor, ...]] = []
    if progress is not None:
        progress(0, len(order))
    for start in range(0, len(order), rows):
        part = order[start : start + rows]
        logits, hidden = at_masks(model, tokenizer, [texts[at] for at in part])
        logprobs = logits.log_softmax(dim=-1).cpu()
        found = candidates(logprobs, read[part], chosen[part], top_k, words)
        parts.append((hidden.float().cpu(), *found))
        if progress is not None:
            progress(min(start + rows, len(order)), len(order))
    if not parts:
        raise BadInput("there are no prompts to compute answer states of")
    back = torch.tensor(order).argsort()
    hidden, top, ids, picked = (torch.cat(column)[back] for column in zip(*parts, strict=True))
    return AnswerStates(hidden, top, ids, chosen, picked, read)
