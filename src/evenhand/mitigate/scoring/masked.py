"""Probabilities of subjects at the gap of a masked language model.

A subject of one token scores its probability at the mask. One of several tokens gets as many
masks, filled from the left: the score is the product of each token's probability given the
tokens before it, those after it still masked (a pseudo-likelihood; Kauf & Ivanova 2023 call this
variant within-word left-to-right). The number of masks tells the model the length, so scores of
subjects of different length aren't strictly comparable. Only for models with a mask token.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from evenhand.errors import BadInput, ModelError, boundary
from evenhand.generate.abilities import no_numbers, require_room
from evenhand.generate.context import padded
from evenhand.generate.regulator import output_head
from evenhand.generate.weights import DATA_ALONE, opened
from evenhand.mitigate.mentions import likeliest
from evenhand.mitigate.probes.types import Example
from evenhand.mitigate.scoring.causal import FloatArray
from evenhand.mitigate.scoring.prompts import masked_text
from evenhand.mitigate.scoring.states import (
    AnswerStates,
    require_vocabulary,
    subject_tokens,
)
from evenhand.mitigate.scoring.tree import ROWS, Progress, Tokens

Row = tuple[Tokens, int]
"""Token ids with masks in them, and the place that is read."""


class MaskedScorer:
    """Scores examples with one masked language model.

    Args:
        model: A model with a masked language modelling head, a mitigation attached or not.
        tokenizer: Its tokenizer.
        rows: Texts at once.

    Raises:
        ModelError: The tokenizer has no mask token.
    """

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, rows: int = ROWS
    ) -> None:
        masked_text("", tokenizer)
        self.model, self.tokenizer, self.rows = model, tokenizer, rows

    def score(self, examples: Sequence[Example], progress: Progress | None = None) -> FloatArray:
        """Probabilities of both subjects at the four prompts, ``(examples, 4, 2)``.

        Raises:
            BadInput: A subject is not in the vocabulary.
            ModelError: The model gave logits that are no numbers.
        """
        asked: list[tuple[Row, int]] = []
        owners: list[int] = []
        for place, (told, subject) in enumerate(_cells(examples)):
            steps = self._steps(told, subject)
            asked += steps
            owners += [place] * len(steps)
        found = np.zeros(len(examples) * 8)
        np.add.at(found, owners, self._logprobs(asked, progress))
        return np.exp(found).reshape(len(examples), 4, 2)

    def _steps(self, told: str, subject: str) -> list[tuple[Row, int]]:
        """A text per token of the subject: those before it in place, itself and later masked."""
        tokens = subject_tokens(self.tokenizer, subject, " ")
        ids, gap = masked_ids(self.tokenizer, told, len(tokens))
        return [
            ((ids[:gap] + tokens[:done] + ids[gap + done :], gap + done), token)
            for done, token in enumerate(tokens)
        ]

    def _logprobs(self, asked: Sequence[tuple[Row, int]], progress: Progress | None) -> FloatArray:
        """Log-probability of each token at its place; a text asked twice is computed once."""
        texts = list(dict.fromkeys(row for row, _ in asked))
        number = {row: at for at, row in enumerate(texts)}
        wanted: list[list[int]] = [[] for _ in texts]
        for place, (row, _) in enumerate(asked):
            wanted[number[row]].append(place)
        found = np.zeros(len(asked))
        order = sorted(range(len(texts)), key=lambda at: len(texts[at][0]))
        if progress is not None:
            progress(0, len(order))
        for start in range(0, len(order), self.rows):
            part = order[start : start + self.rows]
            logits, _ = _at_masks(self.model, self.tokenizer, [texts[at] for at in part])
            logprobs = logits.log_softmax(dim=-1).double().cpu().numpy()
            for row, at in enumerate(part):
                for place in wanted[at]:
                    found[place] = logprobs[row, asked[place][1]]
            if progress is not None:
                progress(min(start + self.rows, len(order)), len(order))
        return found


def masked_states(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[str],
    choices: Sequence[tuple[str, str]] | None = None,
    *,
    top_k: int = 64,
    rows: int = ROWS,
    words: Tensor | None = None,
    progress: Progress | None = None,
) -> AnswerStates:
    """What ``states.answer_states`` gives, at the mask of a masked model.

    Args:
        model: A masked language model.
        tokenizer: Its tokenizer.
        prompts: Texts with ``[mask]`` (or the mask token); without one, the mask comes last.
        choices: Two words a prompt; only the first token of each is looked at.
        top_k: Tokens kept.
        words: See ``answer_states``.
        rows: Texts at once.
        progress: Told prompts done and prompts in all.

    Raises:
        BadInput: ``top_k`` exceeds the vocabulary, or a choice is not in it.
        ModelError: No mask token, or logits that are no numbers.
    """
    texts = [masked_ids(tokenizer, prompt, 1) for prompt in prompts]
    chosen = torch.full((len(texts), 2), -1, dtype=torch.long)
    if choices is not None:
        firsts = [[subject_tokens(tokenizer, word, " ")[0] for word in pair] for pair in choices]
        chosen = torch.tensor(firsts, dtype=torch.long).reshape(-1, 2)
    read = padded([ids for ids, _ in texts])
    order = sorted(range(len(texts)), key=lambda at: len(texts[at][0]))
    parts: list[tuple[Tensor, Tensor, Tensor, Tensor]] = []
    if progress is not None:
        progress(0, len(order))
    for start in range(0, len(order), rows):
        part = order[start : start + rows]
        logits, hidden = _at_masks(model, tokenizer, [texts[at] for at in part])
        require_vocabulary(top_k, logits.shape[-1])
        logprobs = logits.log_softmax(dim=-1).cpu()
        ids = likeliest(logprobs, top_k, read[part], words)
        top = logprobs.gather(1, ids)
        mine = chosen[part]
        picked = logprobs.gather(1, mine.clamp_min(0)).masked_fill(mine < 0, 0.0)
        parts.append((hidden.float().cpu(), top, ids, picked))
        if progress is not None:
            progress(min(start + rows, len(order)), len(order))
    if not parts:
        raise BadInput("there are no prompts to compute answer states of")
    back = torch.tensor(order).argsort()
    hidden, top, ids, picked = (torch.cat(column)[back] for column in zip(*parts, strict=True))
    return AnswerStates(hidden, top, ids, chosen, picked, read)


def masked_ids(tokenizer: PreTrainedTokenizerBase, told: str, masks: int) -> Row:
    """Token ids with ``masks`` mask tokens in the gap, and the place of the first.

    Raises:
        ModelError: The tokenizer has no mask token.
    """
    token = str(tokenizer.mask_token)
    text = told if token in told and masks == 1 else masked_text(told, tokenizer, masks)
    ids = tuple(tokenizer(text)["input_ids"])
    mask = tokenizer.mask_token_id
    first = ids.index(mask)
    if ids[first : first + masks] != (mask,) * masks:
        raise ModelError("the tokenizer puts tokens between masks; use subjects of one token")
    return ids, first


def load_masked_model(
    folder: Path, device: str = "cpu"
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A masked model (evaluation mode, frozen, float32) and its tokenizer.

    Raises:
        ModelError: The folder can't be loaded as one, or its tokenizer has no mask token.
    """
    from transformers import AutoModelForMaskedLM

    from evenhand.generate.weights import load_tokenizer

    tokenizer = load_tokenizer(folder)
    masked_text("", tokenizer)
    with boundary(ModelError, f"loading the masked language model in {folder}"), opened(folder):
        model: Any = AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32, **DATA_ALONE)
        model.to(device).eval().requires_grad_(False)
    return model, tokenizer


@torch.no_grad()
def _at_masks(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, rows: Sequence[Row]
) -> tuple[Tensor, Tensor]:
    """Logits ``(n, vocabulary)`` and the output head's inputs ``(n, h)`` at the places read.

    The head is computed at those places alone: over all of a text it costs as much as the encoder.
    """
    longest = max(len(ids) for ids, _ in rows)
    require_room(model, longest)
    padding = tokenizer.pad_token_id
    ids = torch.full((len(rows), longest), padding if isinstance(padding, int) else 0)
    mask = torch.zeros_like(ids)
    for at, (row, _) in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
    at = torch.arange(len(rows)), torch.tensor([place for _, place in rows])
    seen: list[Tensor] = []

    def read_place(_: torch.nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor]:
        seen.append(given[0][at][:, None])
        return (seen[-1],)

    handle = output_head(model).register_forward_pre_hook(read_place)
    try:
        out: Any = model(input_ids=ids.to(model.device), attention_mask=mask.to(model.device))
    finally:
        handle.remove()
    logits = out.logits[:, 0].float()
    if not bool(torch.isfinite(logits.logsumexp(dim=-1)).all()):
        raise no_numbers()
    return logits, seen[-1][:, 0]


def _cells(examples: Sequence[Example]) -> list[tuple[str, str]]:
    """The told text and the subject of every score, in the order of the scores."""
    return [
        (f"{prompt.context} {prompt.question}".strip(), subject)
        for example in examples
        for prompt in example.prompts
        for subject in example.choices
    ]
