"""A language model with everything that rewording needs of it: sampler, prompts, gates, weights.

Opening one loads torch and weights; that happens inside the functions. The model never meets a
person: what it is given are spans of ads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenhand.align.runs import RunFolder
from evenhand.align.states import listed
from evenhand.config.schema import Config
from evenhand.generate.protocol import Completion, SamplerSettings
from evenhand.language.gates import Remembered, remembered, text_gates
from evenhand.language.span import BatchGate, Gate
from evenhand.records.files import digest_of
from evenhand.rewrite.guard import Sampler

if TYPE_CHECKING:
    from evenhand.generate.draw import LocalGenerator
    from evenhand.generate.judge import StateEncoder
    from evenhand.generate.prompt import RewordingPrompts


@dataclass(frozen=True)
class LanguageTools:
    """The base model of a configuration, opened."""

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
        from evenhand.generate.model import find_language_model

        return find_language_model(config.model.name)

    @classmethod
    def open(cls, config: Config) -> LanguageTools:
        """Find the weights (converting bundled ones once) and load the judge."""
        from evenhand.generate.judge import StateEncoder
        from evenhand.generate.model import load_tokenizer
        from evenhand.generate.prompt import RewordingPrompts

        folder = cls.find(config)
        prompts = RewordingPrompts(load_tokenizer(folder))
        judge = StateEncoder(folder, config.model.dtype, device=config.model.device)
        return cls(folder, prompts, judge, config)

    def with_config(self, config: Config) -> LanguageTools:
        """The same model under other settings of sampling; nothing drawn or judged is shared."""
        return LanguageTools(self.folder, self.prompts, self.judge, config)

    def generator(self, folder: Path | None = None) -> LocalGenerator:
        """A sampler of these weights (the base model's if None)."""
        from evenhand.generate.draw import LocalGenerator

        return LocalGenerator(
            folder or self.folder,
            self.config.model.dtype,
            device=self.config.model.device,
            shared_prefix=self.prompts.prefix_ids,
        )

    @cached_property
    def base_generator(self) -> LocalGenerator:
        """The base model's sampler, opened once for all systems that draw from it."""
        return self.generator()

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
        """The gate, asked once for each replacement of a span, whichever system proposes it."""
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
        """Draws rewordings of spans; a span asked for again isn't drawn again.

        Nor are fewer than were drawn already, for samples are nested (``Generator``).
        """
        settings = SamplerSettings(
            samples=samples,
            temperature=self.config.rewrite.temperature,
            top_p=self.config.rewrite.top_p,
            max_new_tokens=self.config.sampling.max_new_tokens,
            seed=seed,
        )
        drawn = self.drawn.setdefault((generator.digest, settings), {})
        for (digest, other), more in self.drawn.items():
            same = digest == generator.digest and replace(other, samples=samples) == settings
            if same and other.samples > samples:
                drawn.update((span, found[:samples]) for span, found in more.items())

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


def open_generator(
    system: str, tools: LanguageTools, folder: Path | None, config: Config
) -> LocalGenerator:
    """The sampler of a system."""
    if system not in ("tuned", "align") or folder is None:
        return tools.base_generator
    run = RunFolder(folder)
    run.read_finished(weights=True)
    generator = tools.generator(run.aligned)
    if system == "tuned":
        _regulate(generator, run, config)
    return generator


def _regulate(generator: LocalGenerator, run: RunFolder, config: Config) -> None:
    """Put the run's regulator into the output head."""
    from evenhand.align.ilql import load_regulator

    head = generator.model.get_output_embeddings()
    assert head is not None
    regulator = load_regulator(
        run.regulator,
        run.aligned,
        head.weight.detach().float(),
        beta=config.ilql.beta,
        gate_beta=config.ilql.gate_beta,
    )
    generator.steer(regulator, top_k=config.ilql.top_k, full_vocabulary=config.ilql.full_vocabulary)
