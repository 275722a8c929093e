"""Regulators: small modules between a frozen language model and whoever samples from it.

A regulator reads the last hidden state and the top-k log-probabilities and says how much to add
to each of those k logits. It acts inside the output head, so ``model.generate`` and everything
built on it is steered. Training lives in ``learn``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from evenhand.errors import ModelError, ModelRefused
from evenhand.generate.context import Context, TokenRecorder
from evenhand.generate.finish import give_back, take_in
from evenhand.generate.heads import AdvantageHeads


class Regulator(nn.Module):
    """What acts on the top-k logits of one decoding step; subclasses give ``forward``."""

    @property
    def active(self) -> bool:
        """Whether it can change anything; an inactive one leaves logits bit for bit."""
        return True

    def digest(self) -> str:
        """Hex digest of the saved weights."""
        total = hashlib.sha256(type(self).__name__.encode())
        for name, value in sorted(self.state_dict().items()):
            total.update(name.encode())
            total.update(value.detach().cpu().float().numpy().tobytes())
        return total.hexdigest()

    @property
    def reads_context(self) -> bool:
        """Whether it needs the tokens that were read before each state."""
        return False

    def columns(
        self, logprobs: Tensor, top_k: int, context: Tensor | None, ids: Tensor | None = None
    ) -> Tensor:
        """Which tokens it moves: the likeliest, unless a subclass chooses otherwise.

        Args:
            logprobs: Of the tokens to choose from, ``(n, m)``; logits do as well.
            top_k: How many.
            context: As for ``forward``.
            ids: The tokens to choose from, ``(n, m)``; the whole vocabulary without.

        Returns:
            Columns of ``logprobs``, likeliest first, ``(n, top_k)``.
        """
        return logprobs.topk(min(top_k, logprobs.shape[-1]), dim=-1).indices

    def forward(
        self,
        hidden: Tensor,
        top_logprobs: Tensor,
        top_ids: Tensor,
        context: Tensor | None = None,
    ) -> Tensor:
        """What to add to the logits of ``top_ids``.

        Args:
            hidden: Input of the output head, float32, ``(n, h)``.
            top_logprobs: Log-probabilities of the k likeliest tokens, descending, ``(n, k)``.
            top_ids: Their token ids, ``(n, k)``.
            context: Ids of the tokens read before, -1 where there is none, ``(n, T)``; given to
                those with ``reads_context``.

        Returns:
            Adjustments in nats, ``(n, k)``, float32.
        """
        raise NotImplementedError


class AdvantageRegulator(Regulator):
    """Adds the advantage ``min_i Q̂_i(s, a) − V(s)`` of trained heads."""

    def __init__(self, heads: AdvantageHeads) -> None:
        super().__init__()
        self.heads = heads

    def forward(
        self,
        hidden: Tensor,
        top_logprobs: Tensor,
        top_ids: Tensor,
        context: Tensor | None = None,
    ) -> Tensor:
        """Advantages of the top-k tokens."""
        return self.heads.advantage(hidden, top_ids)


class SumRegulator(Regulator):
    """The weighted sum of regulators (parity and gates, say); weights of 0 are left out."""

    def __init__(self, parts: Sequence[tuple[float, Regulator]]) -> None:
        super().__init__()
        kept = [(beta, part) for beta, part in parts if beta != 0.0 and part.active]
        self.betas = tuple(beta for beta, _ in kept)
        self.parts = nn.ModuleList([part for _, part in kept])

    @property
    def active(self) -> bool:
        """Whether any part has a weight."""
        return bool(self.betas)

    def digest(self) -> str:
        """Digest of the parts and their weights."""
        parts = [
            f"{b}:{cast(Regulator, part).digest()}"
            for b, part in zip(self.betas, self.parts, strict=True)
        ]
        return hashlib.sha256("|".join(parts).encode()).hexdigest()

    @property
    def reads_context(self) -> bool:
        """Whether any part does."""
        return any(cast(Regulator, part).reads_context for part in self.parts)

    def columns(
        self, logprobs: Tensor, top_k: int, context: Tensor | None, ids: Tensor | None = None
    ) -> Tensor:
        """Those of the first part that reads the context, or the likeliest."""
        for part in (cast(Regulator, part) for part in self.parts):
            if part.reads_context:
                return part.columns(logprobs, top_k, context, ids)
        return super().columns(logprobs, top_k, context, ids)

    def forward(
        self,
        hidden: Tensor,
        top_logprobs: Tensor,
        top_ids: Tensor,
        context: Tensor | None = None,
    ) -> Tensor:
        """``Σ β_i · part_i``."""
        total = torch.zeros_like(top_logprobs)
        for beta, part in zip(self.betas, self.parts, strict=True):
            total = total + beta * part(hidden, top_logprobs, top_ids, context)
        return total


class RegulatedHead(nn.Module):
    """An output head with a regulator behind it.

    ``β · adjustment`` is added to the logits of the ``top_k`` likeliest tokens and nothing to the
    others. A constant per state then keeps the *probability mass* of the top-k what it was
    (V(s) cancels in the softmax): advantages that are all negative must not push the mass
    onto the tail, about which the regulator knows nothing. So the tail keeps its probabilities,
    and a large β is argmax Q on the support of the model.

    Args:
        base: The model's own output head.
        regulator: What to add.
        beta: Its weight; 0 returns the logits of ``base`` bit for bit.
        top_k: Size of the support that is adjusted.
        full_vocabulary: Adjust every token instead.
    """

    def __init__(
        self,
        base: nn.Module,
        regulator: Regulator,
        beta: float = 1.0,
        top_k: int = 32,
        *,
        full_vocabulary: bool = False,
    ) -> None:
        super().__init__()
        self.base = base
        self.regulator = regulator
        self.beta, self.top_k, self.full_vocabulary = beta, top_k, full_vocabulary
        self.context: Context | None = None
        self.recorder: TokenRecorder | None = None

    @property
    def reads_context(self) -> bool:
        """Whether it needs to be told what was read before the states that it is given."""
        return self.beta != 0.0 and self.regulator.active and self.regulator.reads_context

    @property
    def weight(self) -> Tensor:
        """The unembedding of the wrapped head."""
        return cast(Tensor, self.base.weight)

    def forward(self, hidden: Tensor) -> Tensor:
        """Logits ``(…, vocabulary)`` for hidden states ``(…, h)``; float32 once adjusted."""
        logits = self.base(hidden)
        if self.beta == 0.0 or not self.regulator.active:
            return logits
        states = hidden.reshape(-1, hidden.shape[-1]).float()
        flat = logits.reshape(len(states), -1).float()
        return self._adjusted(states, flat, self._read(hidden)).reshape(logits.shape)

    def _read(self, hidden: Tensor) -> Tensor | None:
        if not self.reads_context:
            return None
        if self.context is None:
            raise ModelError(
                "the layer in the output head reads the tokens before each state, which weren't "
                "given; call the model with input_ids"
            )
        return self.context.of(hidden)

    def _adjusted(self, states: Tensor, logits: Tensor, context: Tensor | None) -> Tensor:
        k = logits.shape[-1] if self.full_vocabulary else min(self.top_k, logits.shape[-1])
        whole = logits.logsumexp(dim=-1, keepdim=True)
        ids = self.regulator.columns(logits, k, context)
        top = logits.gather(-1, ids)
        logprobs = top - whole
        moved = top + self.beta * self.regulator(states, logprobs, ids, context)
        moved += top.logsumexp(-1, keepdim=True) - moved.logsumexp(-1, keepdim=True)
        return logits.scatter(-1, ids, moved)


def install(
    model: PreTrainedModel,
    regulator: Regulator,
    beta: float = 1.0,
    top_k: int = 32,
    *,
    full_vocabulary: bool = False,
) -> RegulatedHead:
    """Put ``regulator`` into the output head of ``model``; plain ``generate`` is steered then.

    Remove it before saving the model: regulators are saved on their own.

    Raises:
        ModelError: The model has no output head, or one is regulated already.
    """
    base = output_head(model)
    if isinstance(base, RegulatedHead):
        raise ModelError("the language model has a regulator already; remove it first")
    head = RegulatedHead(base, regulator, beta, top_k, full_vocabulary=full_vocabulary)
    put_head(model, head)
    return head


def put_head(model: PreTrainedModel, head: RegulatedHead) -> None:
    """Make ``head`` the output head of ``model``, and note what is read where it asks."""
    model.set_output_embeddings(head)
    if head.regulator.reads_context:
        head.recorder = TokenRecorder(model, head)


def remove(model: PreTrainedModel) -> None:
    """Give ``model`` its own output head back; does nothing where none is regulated."""
    head = output_head(model)
    if isinstance(head, RegulatedHead):
        take_head(model, head, head.base)
        give_back(model)


def take_head(model: PreTrainedModel, head: RegulatedHead, before: nn.Module) -> None:
    """Give ``model`` the output head ``before`` instead of ``head``."""
    if head.recorder is not None:
        head.recorder.close()
        head.recorder = None
    model.set_output_embeddings(before)


def output_head(model: PreTrainedModel) -> nn.Module:
    """The output head, regulated or not, with what the model does to its logits after it.

    Raises:
        ModelRefused: The model has none.
    """
    take_in(model)
    head = model.get_output_embeddings()
    if head is None:
        raise ModelRefused("the language model has no output head; use a causal language model")
    return head


def unembedding_of(model: PreTrainedModel) -> Tensor:
    """The output embedding ``(vocabulary, h)``, regulated or not."""
    return cast(Tensor, output_head(model).weight)
