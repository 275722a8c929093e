"""Where rewordings come from: the wording rules and samples of a language model.

A proposal is only an idea. Nothing here judges one (``guard``) or picks one (``choose``), and
nothing here knows what a rewording is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evenhand.generate.protocol import Completion
from evenhand.language.fitting import fit_to_span
from evenhand.language.span import Span
from evenhand.language.wording import plain_rewordings, rule_rewordings

Sampler = Callable[[Sequence[str]], list[list[Completion]]]
"""``sampler(span_texts)``: the completions of every span, in order."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One replacement of one span.

    Attributes:
        span: The stretch of the original ad.
        after: The replacement.
        source: ``model`` or ``rule:<name>``.
        likelihood: Mean log-probability per token of a model sample, nats; 0 for a rule.
        order: Position in the order of proposing, which breaks ties.
    """

    span: Span
    after: str
    source: str
    likelihood: float
    order: int

    @property
    def from_rule(self) -> bool:
        """Whether a wording rule proposed it."""
        return self.source.startswith("rule:")


def by_rules(span: Span) -> list[Proposal]:
    """The wording rules' own rewordings of a span."""
    return [
        Proposal(span, after, f"rule:{rule}", 0.0, order)
        for order, (after, rule) in enumerate(rule_rewordings(span))
    ]


def in_plain_words(span: Span) -> list[Proposal]:
    """The plainest gate-passing form of a span first, if it isn't plain already."""
    return [
        Proposal(span, after, f"rule:{rule}", 0.0, order)
        for order, (after, rule) in enumerate(plain_rewordings(span))
    ]


def by_model(spans: Sequence[Span], sampler: Sampler) -> list[list[Proposal]]:
    """A model's rewordings of every span, in its outer shape; cut-off samples are left out."""
    if not spans:
        return []
    drawn = sampler([span.text for span in spans])
    return [_from_completions(span, found) for span, found in zip(spans, drawn, strict=True)]


def _from_completions(span: Span, completions: Sequence[Completion]) -> list[Proposal]:
    fitted = [fit_to_span(span.text, found.text) for found in completions]
    return [
        Proposal(span, after, "model", found.logprob / max(1, len(found.token_ids)), order)
        for order, (found, after) in enumerate(zip(completions, fitted, strict=True))
        if found.finished and after
    ]


def distinct(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Without repeats of a replacement (the first stays) and without the span itself."""
    seen: set[str] = set()
    kept: list[Proposal] = []
    for proposal in proposals:
        if proposal.after not in seen and proposal.after != proposal.span.text:
            seen.add(proposal.after)
            kept.append(proposal)
    return kept
