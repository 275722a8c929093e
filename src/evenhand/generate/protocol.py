"""What a text generator is to evenhand: prompts in, sampled completions with log-probs out.

Not a model and not a prompt: ``draw`` samples a causal language model in process. Generators
never see people or groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SamplerSettings:
    """How completions are drawn.

    Attributes:
        samples: Completions per prompt.
        temperature: Softmax temperature, > 0.
        top_p: Nucleus mass in (0, 1].
        max_new_tokens: Longest completion, in tokens.
        stop: A completion ends before the first of these strings.
        seed: Seed of the draw; one prompt's samples don't depend on the other prompts.
    """

    samples: int = 4
    temperature: float = 0.9
    top_p: float = 0.95
    max_new_tokens: int = 64
    stop: tuple[str, ...] = ("\n",)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """One sampled completion.

    Attributes:
        text: Decoded text, stripped, cut at the stop string.
        token_ids: Tokens as drawn, the end token included when it was drawn.
        logprob: Sum of log-probabilities of ``token_ids`` under the *unfiltered, temperature 1*
            distribution of the (regulated) model, in nats.
        finished: Whether it ended by itself (stop string or end token).
    """

    text: str
    token_ids: tuple[int, ...]
    logprob: float
    finished: bool


class Generator(Protocol):
    """Draws completions; nested: the first m of n samples are those of a draw with n = m."""

    @property
    def digest(self) -> str:
        """Changes whenever weights, tokenizer or adapters change."""
        ...

    def sample(self, prompts: Sequence[str], settings: SamplerSettings) -> list[list[Completion]]:
        """``settings.samples`` completions for every prompt, in order."""
        ...
