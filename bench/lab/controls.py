"""Controls: what no trained layer is needed for, and what a test must therefore refuse.

Each is a ``Regulator`` over the top-k; the probability of the top-k as a whole is kept by whoever
applies it. Not mitigations: they erase what the model knows along with what it prefers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from evenhand.errors import BadInput, MeasureError
from evenhand.generate.regulator import Regulator
from evenhand.mitigate.layer import floored
from evenhand.mitigate.states import likeliest, mentions

if TYPE_CHECKING:
    from evenhand.mitigate.states import AnswerStates

_MIX, _SPREAD = -7046029254386353131, -4658895280553007687


class Uniform(Regulator):
    """Every one of the top-k is as likely as the others."""

    def __init__(self, top_k: int) -> None:
        super().__init__()
        self.top_k = _at_least_two(top_k)

    def forward(
        self,
        hidden: Tensor,
        top_logprobs: Tensor,
        top_ids: Tensor,
        context: Tensor | None = None,
    ) -> Tensor:
        """Minus the log-probability."""
        return -floored(top_logprobs)


class EvenMentions(Regulator):
    """Candidates that stand in what was read share their probability evenly, wherever it is.

    What a layer that sees mentions could do without learning anything: it evens out two subjects
    and every other repeated word with them.

    Args:
        top_k: Size of the support.
        words: The word of each token (``states.token_words``).
    """

    words: Tensor

    def __init__(self, top_k: int, words: Tensor) -> None:
        super().__init__()
        self.top_k = _at_least_two(top_k)
        self.register_buffer("words", words.clone())

    @property
    def reads_context(self) -> bool:
        """It does."""
        return True

    def columns(
        self, logprobs: Tensor, top_k: int, context: Tensor | None, ids: Tensor | None = None
    ) -> Tensor:
        """Those of a layer that sees mentions."""
        return likeliest(logprobs, top_k, context, self.words, ids)

    def forward(
        self,
        hidden: Tensor,
        top_logprobs: Tensor,
        top_ids: Tensor,
        context: Tensor | None = None,
    ) -> Tensor:
        """Their common level minus each one's log-probability; 0 for the others."""
        logprobs = floored(top_logprobs)
        told = mentions(context, top_ids, self.words)[0] > 0
        together = logprobs.masked_fill(~told, -torch.inf).logsumexp(dim=-1, keepdim=True)
        level = together - told.sum(dim=-1, keepdim=True).clamp(min=1).log()
        return torch.where(told, level - logprobs, 0.0)


class RandomRank(Regulator):
    """The top-k's probabilities, dealt out anew; the deal is a function of seed and tokens."""

    def __init__(self, top_k: int, seed: int = 0) -> None:
        super().__init__()
        self.top_k, self.seed = _at_least_two(top_k), seed

    def digest(self) -> str:
        """Changes with the seed."""
        return f"{super().digest()}:{self.top_k}:{self.seed}"

    def forward(
        self,
        hidden: Tensor,
        top_logprobs: Tensor,
        top_ids: Tensor,
        context: Tensor | None = None,
    ) -> Tensor:
        """The log-probability of the drawn rank minus the token's own."""
        logprobs = floored(top_logprobs)
        return logprobs.gather(-1, self.deal(top_ids)) - logprobs

    def deal(self, top_ids: Tensor) -> Tensor:
        """Which rank's probability each token gets: a permutation a row, ``(n, k)``."""
        odd = 2 * torch.arange(top_ids.shape[-1], device=top_ids.device) + 1
        seed = torch.full_like(odd[:1], self.seed) * _SPREAD
        row = ((top_ids + 1) * odd * _MIX).sum(dim=-1, keepdim=True) + seed
        return _mixed(_mixed(row) + (top_ids + 1) * _SPREAD).argsort(dim=-1, stable=True)


class Temperature(Regulator):
    """The top-k at another temperature."""

    def __init__(self, top_k: int, temperature: float) -> None:
        super().__init__()
        if not temperature > 0.0:
            raise BadInput(f"a temperature of {temperature} has no meaning; give one above 0")
        self.top_k, self.temperature = _at_least_two(top_k), temperature

    def digest(self) -> str:
        """Changes with the temperature."""
        return f"{super().digest()}:{self.top_k}:{self.temperature}"

    def forward(
        self,
        hidden: Tensor,
        top_logprobs: Tensor,
        top_ids: Tensor,
        context: Tensor | None = None,
    ) -> Tensor:
        """``(1/T − 1) · log p``."""
        return (1.0 / self.temperature - 1.0) * floored(top_logprobs)


def mean_entropy(states: AnswerStates, system: Regulator | None, top_k: int) -> float:
    """Mean entropy over the first ``top_k`` candidates, in nats, of a system (None: the base)."""
    from evenhand.mitigate.layer import moved_logprobs

    with torch.no_grad():
        after = states.top_logprobs if system is None else moved_logprobs(states, system)
        within = torch.log_softmax(after[:, :top_k].double(), dim=-1)
        return float(-(within.exp() * within).sum(dim=-1).mean())


def fit_temperature(states: AnswerStates, entropy: float, top_k: int) -> Temperature:
    """The temperature at which the base has a given mean entropy over the top-k.

    Args:
        states: Where entropy is measured.
        entropy: What to meet, in nats (``mean_entropy`` of another system).
        top_k: Size of the support.

    Raises:
        MeasureError: No temperature from 1/50 to 1,000 gives that entropy.
    """
    low, high = 0.02, 1000.0
    ends = [mean_entropy(states, Temperature(top_k, end), top_k) for end in (low, high)]
    if not ends[0] <= entropy <= ends[1]:
        raise MeasureError(
            f"no temperature gives a mean entropy of {entropy:.4f} nats over {top_k} tokens "
            f"(from {ends[0]:.4f} to {ends[1]:.4f} can be met); check the other system"
        )
    for _ in range(60):
        middle = (low * high) ** 0.5
        if mean_entropy(states, Temperature(top_k, middle), top_k) < entropy:
            low = middle
        else:
            high = middle
    return Temperature(top_k, (low * high) ** 0.5)


def _mixed(keys: Tensor) -> Tensor:
    """Scatter bits (arithmetic wraps at 64 bits)."""
    for _ in range(2):
        keys = (keys ^ (keys >> 29)) * _MIX
    return keys ^ (keys >> 32)


def _at_least_two(top_k: int) -> int:
    if top_k < 2:
        raise BadInput(f"top_k is {top_k}; at least two candidates are needed")
    return top_k
