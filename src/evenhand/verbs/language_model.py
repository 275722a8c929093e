"""A language model with everything that rewording needs of it: sampler, prompts, gates.

Opening one loads torch and weights; that happens inside the functions. The model never meets a
person: what it is given are spans of ads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenhand.config.schema import Config
from evenhand.generate.protocol import Completion, SamplerSettings
from evenhand.language.gates import Remembered, remembered, text_gates
from evenhand.language.span import BatchGate, Gate
from evenhand.learn.states import listed
from evenhand.records.files import digest_of
from evenhand.rewrite.proposals import Sampler

if TYPE_CHECKING:
    from evenhand.generate.judge import StateEncoder
    from evenhand.generate.local import LocalGenerator
    from evenhand.generate.prompt import RewordingPrompts


@dataclass(frozen=True)
class LanguageTools:
    """The base model of a configuration, opened.

    Attributes:
        folder: Its weights.
        prompts: Turns spans into prompts.
        judge: Judges meaning and fluency, always with the *base* model.
        config: What it was opened from.
        listed: What a model may choose for a span, by span.
        verdicts: What the gates that run a model said, so that systems that propose the same
            rewording have it judged once.
        drawn: Samples by model and settings, so that systems that share samples draw them once.
    """

    folder: Path
    prompts: RewordingPrompts
    judge: StateEncoder
    config: Config
    listed: dict[str, list[tuple[int, ...]]] = field(
        default_factory=dict[str, list[tuple[int, ...]]]
    )
    verdicts: dict[str, Remembered] = field(default_factory=dict[str, Remembered])
    drawn: dict[tuple[str, SamplerSettings], dict[str, list[Completion]]] = field(
        default_factory=dict[tuple[str, SamplerSettings], dict[str, list[Completion]]]
    )

    @staticmethod
    def find(config: Config) -> Path:
        """The folder of the weights that ``open`` opens; see ``find_language_model``."""
        from evenhand.generate.weights import find_language_model

        return find_language_model(config.model.name)

    @classmethod
    def open(cls, config: Config) -> LanguageTools:
        """Find the weights (converting bundled ones once) and load the judge.

        Raises:
            ModelError: Weights or libraries are missing.
        """
        from evenhand.generate.judge import StateEncoder
        from evenhand.generate.prompt import RewordingPrompts
        from evenhand.generate.weights import load_tokenizer

        folder = cls.find(config)
        prompts = RewordingPrompts(load_tokenizer(folder))
        judge = StateEncoder(folder, config.model.dtype, device=config.model.device)
        return cls(folder, prompts, judge, config)

    def with_config(self, config: Config) -> LanguageTools:
        """The same model under other settings of sampling; nothing drawn or judged is shared."""
        return LanguageTools(self.folder, self.prompts, self.judge, config)

    def generator(self, folder: Path | None = None) -> LocalGenerator:
        """A sampler of these weights (the base model's if None)."""
        from evenhand.generate.local import LocalGenerator

        return LocalGenerator(
            folder or self.folder,
            self.config.model.dtype,
            device=self.config.model.device,
            shared_prefix=self.prompts.prefix_ids,
        )

    @cached_property
    def text_gates(self) -> tuple[Gate, ...]:
        """The gates on text, made once: what they let through is remembered by gate."""
        approved = self.config.sampling.approved_statements
        return tuple(text_gates(self.config.gates, approved))

    def gates(self) -> list[Gate]:
        """The gates on text."""
        return list(self.text_gates)

    def batch_gates(self) -> list[BatchGate]:
        """The gates that run the base model: meaning and perplexity."""
        from evenhand.generate.judge import meaning_gate, perplexity_gate

        gates = self.config.gates
        return [
            self.remembered("meaning", meaning_gate(self.judge, gates.min_meaning)),
            self.remembered("perplexity", perplexity_gate(self.judge, gates.max_perplexity_ratio)),
        ]

    def remembered(self, name: str, gate: BatchGate) -> BatchGate:
        """The gate, asked once for each replacement of a span, whichever system proposes it.

        Args:
            name: What tells gates with other bounds apart.
            gate: A gate whose verdict on a replacement doesn't depend on the others.
        """
        return remembered(gate, self.verdicts.setdefault(name, {}))

    def even_sampler(self, samples: int, seed: int) -> Sampler:
        """Draws from the listed rewordings of a span evenly: choosing without a model."""

        def sample(spans: Sequence[str]) -> list[list[Completion]]:
            return [self._evenly(span, samples, seed) for span in spans]

        return sample

    def _evenly(self, span: str, samples: int, seed: int) -> list[Completion]:
        found = listed(span, self.gates(), self.config)
        stream = np.random.default_rng([seed, int(digest_of(span)[:16], 16)])
        drawn = stream.permutation(len(found))[:samples]
        chance = -float(np.log(max(1, len(found))))
        return [Completion(found[at][0], (), chance, finished=True) for at in drawn]

    def _answers(self, span: str) -> list[tuple[int, ...]]:
        """What a model may choose for a span, as it would write it."""
        if span not in self.listed:
            found = listed(span, self.gates(), self.config)
            self.listed[span] = [self.prompts.answer_ids(after) for after, _ in found]
        return self.listed[span]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Pooled states of the base model: a second encoder that isn't the engine's."""
        return self.judge.embed(texts)

    def sampler(self, generator: LocalGenerator, samples: int, seed: int) -> Sampler:
        """Draws rewordings of spans; a span asked for again isn't drawn again."""
        settings = SamplerSettings(
            samples=samples,
            temperature=self.config.rewrite.temperature,
            top_p=self.config.rewrite.top_p,
            max_new_tokens=self.config.sampling.max_new_tokens,
            seed=seed,
        )
        drawn = self.drawn.setdefault((generator.digest, settings), {})

        def sample(spans: Sequence[str]) -> list[list[Completion]]:
            new = list(dict.fromkeys(span for span in spans if span not in drawn))
            asked = [self.prompts.prompt_ids(span) for span in new]
            if self.config.sampling.decoding == "free":
                found = generator.sample(asked, settings)
            else:
                found = generator.choose(asked, [self._answers(span) for span in new], settings)
            drawn.update(zip(new, found, strict=True))
            return [drawn[span] for span in spans]

        return sample
