"""Probabilities of subjects as answers of a causal language model, all prompts in few passes.

The score of a subject is the probability of all its tokens one after the other (chain rule), taken
through the model's output head as it is: where a mitigation is attached, it acts at every token.
Two subjects of one token each cost one state. Longer subjects have smaller scores by nature; the
judged figures divide by the pair's sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from evenhand.errors import BadInput
from evenhand.generate.abilities import plain_head
from evenhand.generate.context import padded
from evenhand.mitigate.probes.types import Example
from evenhand.mitigate.scoring.prompts import Form, lead, render
from evenhand.mitigate.scoring.states import (
    CHUNK,
    encode_prompts,
    head_logprobs,
    subject_tokens,
)
from evenhand.mitigate.scoring.tree import NODES, Progress, Tokens, last_states

FloatArray = NDArray[np.float64]


class Scorer(Protocol):
    """Anything that scores the two subjects of examples at their four prompts."""

    def score(self, examples: Sequence[Example], progress: Progress | None = None) -> FloatArray:
        """Probabilities of shape ``(examples, 4, 2)``; the last axis is the pair's subject."""
        ...


class CausalScorer:
    """Scores examples, answers and sentences with one causal language model.

    Args:
        model: A causal language model, a mitigation attached or not.
        tokenizer: Its tokenizer.
        form: How prompts are put.
        nodes: Tokens computed at once.

    Raises:
        ModelError: The model isn't of a usable kind, or gives logits that are no numbers.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        form: Form = "answer",
        nodes: int = NODES,
    ) -> None:
        if form == "mask":
            raise BadInput("the form 'mask' is for masked models; choose answer, infill or chat")
        self.model, self.tokenizer, self.nodes = model, tokenizer, nodes
        self.form: Form = form
        self._head = plain_head(model)

    def score(self, examples: Sequence[Example], progress: Progress | None = None) -> FloatArray:
        """Probabilities of both subjects at the four prompts, ``(examples, 4, 2)``.

        Raises:
            BadInput: A subject has no tokens, or a form doesn't suit a template.
            ModelError: The model gave logits that are no numbers.
        """
        prompts = [render(p, self.form, self.tokenizer) for e in examples for p in e.prompts]
        answers = [example.choices for example in examples for _ in example.prompts]
        found = self.answers(prompts, answers, progress)
        return np.exp(np.array(found, dtype=np.float64).reshape(len(examples), 4, 2))

    def answers(
        self,
        prompts: Sequence[str],
        answers: Sequence[Sequence[str]],
        progress: Progress | None = None,
    ) -> list[list[float]]:
        """Log-probabilities (nats) of each prompt's answers, sums over their tokens.

        Args:
            prompts: Rendered prompts.
            answers: Of each prompt, what may follow (without what stands before it).
            progress: Told answers done and answers in all.
        """
        before = lead(self.form)
        asked: list[tuple[Tokens, Tokens]] = []
        for ids, texts in zip(encode_prompts(self.tokenizer, prompts), answers, strict=True):
            asked += [(ids, subject_tokens(self.tokenizer, text, before)) for text in texts]
        flat = iter(self.continuations(asked, progress))
        return [[next(flat) for _ in texts] for texts in answers]

    def sentences(
        self, sentences: Sequence[str], progress: Progress | None = None
    ) -> list[tuple[float, int]]:
        """Log-probability of each sentence and the tokens it was summed over.

        The first token is given; where the model has a start token, that is the one.
        """
        start = self.tokenizer.bos_token_id
        rows = [tuple(row) for row in encode_prompts(self.tokenizer, sentences)]
        if isinstance(start, int):
            rows = [row if row[0] == start else (start, *row) for row in rows]
        short = [place for place, row in enumerate(rows) if len(row) < 2]
        if short:
            raise BadInput(f"sentence {short[0] + 1} has one token; nothing can be said of it")
        found = self.continuations([(row[:1], row[1:]) for row in rows], progress)
        return [(value, len(row) - 1) for value, row in zip(found, rows, strict=True)]

    def continuations(
        self, asked: Sequence[tuple[Tokens, Tokens]], progress: Progress | None = None
    ) -> list[float]:
        """Log-probabilities of ``(before, after)``: of ``after`` following ``before``."""
        texts = [before + after[:-1] for before, after in asked]
        wanted = [len(after) for _, after in asked]
        total = [0.0] * len(asked)
        parts = last_states(self.model, texts, wanted, nodes=self.nodes, progress=progress)
        for states, members in parts:
            rows = np.array([row for _, ends in members for row in ends])
            tokens = torch.tensor([t for index, _ in members for t in asked[index][1]])
            found = self._chosen(states, rows, tokens, self._contexts(texts, members))
            at = 0
            for index, ends in members:
                total[index] = float(found[at : at + len(ends)].sum())
                at += len(ends)
        return total

    def _contexts(
        self, texts: Sequence[Tokens], members: list[tuple[int, list[int]]]
    ) -> dict[int, Tokens] | None:
        """What was read before each wanted state, where the head asks."""
        if not getattr(self._head, "reads_context", False):
            return None
        return {
            row: texts[index][: len(texts[index]) - left]
            for index, ends in members
            for left, row in zip(range(len(ends) - 1, -1, -1), ends, strict=True)
        }

    def _chosen(
        self,
        states: Tensor,
        rows: NDArray[np.int64],
        tokens: Tensor,
        contexts: dict[int, Tokens] | None,
    ) -> FloatArray:
        """Log-probability of ``tokens[i]`` at state ``rows[i]``; a state's logits come once."""
        kept, places = np.unique(rows, return_inverse=True)
        found = np.zeros(len(rows))
        for start in range(0, len(kept), CHUNK):
            part = torch.from_numpy(kept[start : start + CHUNK])
            read = padded([contexts[row] for row in part.tolist()]) if contexts else None
            logprobs = head_logprobs(self._head, states[part.to(states.device)], read).cpu()
            mine = np.flatnonzero((places >= start) & (places < start + CHUNK))
            found[mine] = logprobs[places[mine] - start, tokens[mine]].double().numpy()
        return found
