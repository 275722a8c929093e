"""States and actions: every editable span of an ad, and the replacements proposed for it.

The identity is always among them; the wording rules, the user's approved statements and samples
of the language model come after. Nothing is judged here and nothing is written (``rollouts``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from evenhand.config.schema import Config
from evenhand.generate.protocol import Completion, SamplerSettings
from evenhand.language.gates import fit_to_span
from evenhand.language.rewordings import alternatives, rule_rewordings
from evenhand.language.span import Gate, Span
from evenhand.language.spans import editable_spans
from evenhand.records.files import digest_of
from evenhand.records.job import Job

IDENTITY, APPROVED, MODEL = "identity", "approved", "model"


class Prompts(Protocol):
    """How a span becomes a question, and a replacement the answer, in token ids."""

    @property
    def digest(self) -> str:
        """Changes whenever the wording of prompts changes."""
        ...

    def prompt_ids(self, text: str) -> tuple[int, ...]:
        """The question that asks to reword ``text``."""
        ...

    def answer_ids(self, text: str) -> tuple[int, ...]:
        """``text`` as the model would answer it, end token included."""
        ...


class Sampler(Protocol):
    """A generator that takes prompts as token ids."""

    @property
    def digest(self) -> str:
        """Changes whenever weights, tokenizer or adapters change."""
        ...

    def sample(
        self, prompts: Sequence[Sequence[int]], settings: SamplerSettings
    ) -> list[list[Completion]]:
        """``settings.samples`` completions for every prompt, in order."""
        ...


@dataclass(frozen=True, slots=True)
class State:
    """One editable span of one ad, with the question that asks to reword it."""

    job: Job
    span: Span
    prompt_tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """One replacement proposed for a state.

    Attributes:
        after: The replacement.
        source: ``identity``, ``rule:<name>``, ``approved`` or ``model``.
        tokens: Token ids as the model would write it, end token included.
        sample_index: Which sample of the model it was first; -1 for other sources.
        logprob: Log-probability of ``tokens``; None where the model didn't draw them.
        finished: Whether it ended by itself.
        count: How often it was proposed.
    """

    after: str
    source: str
    tokens: tuple[int, ...]
    sample_index: int = -1
    logprob: float | None = None
    finished: bool = True
    count: int = 1


def states_of(jobs: Sequence[Job], prompts: Prompts, config: Config) -> list[State]:
    """All states of some ads, in order."""
    return [
        State(job, span, prompts.prompt_ids(span.text))
        for job in jobs
        for span in editable_spans(job.text, config.spans)
    ]


def sampler_settings(config: Config) -> SamplerSettings:
    """How the model's samples are drawn."""
    return SamplerSettings(
        samples=config.sampling.samples,
        temperature=config.sampling.temperature,
        top_p=config.sampling.top_p,
        max_new_tokens=config.sampling.max_new_tokens,
        seed=config.seed,
    )


def propose(
    states: Sequence[State],
    generator: Sampler,
    prompts: Prompts,
    gates: Sequence[Gate],
    config: Config,
) -> list[list[Action]]:
    """Distinct actions of every state: identity, rules, approved statements, samples.

    A replacement proposed more than once is kept where it came first, with its count. With
    ``listed`` decoding the model draws nothing here: whatever it can come to choose is in the
    list, and an even draw from that covers it better than the model's own habits.
    """
    if not states:
        return []
    if config.sampling.decoding == "listed":
        return [merge(_written(state.span, prompts, gates, config)) for state in states]
    asked = [state.prompt_tokens for state in states]
    drawn = generator.sample(asked, sampler_settings(config))
    return [
        merge([*_written(state.span, prompts, gates, config), *_sampled(state.span, completions)])
        for state, completions in zip(states, drawn, strict=True)
    ]


def merge(actions: Sequence[Action]) -> list[Action]:
    """Without repeats of a replacement; the first stays and counts the others."""
    kept: dict[tuple[str, bool], Action] = {}
    for action in actions:
        key = (action.after, action.finished)
        known = kept.get(key)
        kept[key] = replace(known, count=known.count + action.count) if known else action
    return list(kept.values())


def listed(text: str, gates: Sequence[Gate], config: Config) -> list[tuple[str, str]]:
    """The rewordings of a span that a model may choose among: (text, rules)."""
    span = Span(0, len(text), text, "sentence")
    return alternatives(text, span, gates, config.sampling.alternatives)


def _evenly(text: str, gates: Sequence[Gate], config: Config) -> list[tuple[str, str]]:
    """``sampling.samples`` of the listed rewordings, drawn without looking at them."""
    found = listed(text, gates, config)
    if len(found) <= config.sampling.samples:
        return found
    seed = int(digest_of([config.seed, text])[:16], 16)
    drawn = np.random.default_rng(seed).permutation(len(found))[: config.sampling.samples]
    return [found[place] for place in sorted(drawn)]


def _written(span: Span, prompts: Prompts, gates: Sequence[Gate], config: Config) -> list[Action]:
    """What needs no model: the identity, the rules, approved statements put after the span."""
    found = [(span.text, IDENTITY)]
    if config.sampling.decoding == "listed":
        found += [(after, f"rule:{rules}") for after, rules in _evenly(span.text, gates, config)]
    elif config.sampling.rules:
        found += [(after, f"rule:{rule}") for after, rule in rule_rewordings(span)]
    for statement in config.sampling.approved_statements:
        found.append((f"{span.text} {statement}", APPROVED))
    return [Action(after, source, prompts.answer_ids(after)) for after, source in found]


def _sampled(span: Span, completions: Sequence[Completion]) -> list[Action]:
    """What the model said, in the span's outer shape; the tokens stay as drawn."""
    return [
        Action(
            fit_to_span(span.text, found.text),
            MODEL,
            found.token_ids,
            index,
            found.logprob,
            found.finished,
        )
        for index, found in enumerate(completions)
    ]
