"""Proposals and their guard: every gate, in order, on every one; the first refusal is its reason.

A proposal (of a wording rule or a sample of a language model) is only an idea; a list is reworded
in every line or in none. Gates aren't defined here: they come from ``language`` (facts, new words,
neutrality, fluency), from a language model (meaning, perplexity) and, opaque, from whoever holds
the people. Nothing here picks one or knows what a rewording is worth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evenhand.errors import BadInput
from evenhand.generate.protocol import Completion
from evenhand.language.duties import beginning, in_frame, list_of, parallel_gate
from evenhand.language.gates import fit_to_span
from evenhand.language.rewordings import plain_rewordings, rule_rewordings
from evenhand.language.span import BatchGate, Gate, Span, Verdict

Sampler = Callable[[Sequence[str]], list[list[Completion]]]
"""``sampler(span_texts)``: the completions of every span, in order."""
WholeGate = Callable[[str, str], Verdict]
"""``gate(original_ad, reworded_ad)``: judges a whole composition."""
_MOST_FRAMES = 6
_VARIED = frozenset({"base", "gerund", "third person"})
"""Forms in which the lines of a list don't all open with the same words."""
_FEW_ALIKE = 2
"""Frames that are tried on one list: those of the likeliest proposals."""


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

    @property
    def kinds(self) -> list[str]:
        """The kinds of its rules, in order ("plain phrase", "order"); ``model`` of a sample."""
        rules = self.source.removeprefix("rule:").split(" + ")
        return list(dict.fromkeys(rule.partition(":")[0] for rule in rules))


def by_rules(span: Span, *, plain: bool = False) -> list[Proposal]:
    """The wording rules' own rewordings of a span; ``plain``: its plainest forms, if it isn't."""
    found = plain_rewordings(span) if plain else rule_rewordings(span)
    return [
        Proposal(span, after, f"rule:{rule}", 0.0, order)
        for order, (after, rule) in enumerate(found)
    ]


def by_model(spans: Sequence[Span], sampler: Sampler) -> list[list[Proposal]]:
    """A model's rewordings of every span, in its outer shape; cut-off samples are left out."""
    if not spans:
        return []
    proposed: list[list[Proposal]] = []
    for span, drawn in zip(spans, sampler([span.text for span in spans]), strict=True):
        fitted = [(found, fit_to_span(span.text, found.text)) for found in drawn]
        proposed.append(
            [
                Proposal(span, after, "model", found.logprob / max(1, len(found.token_ids)), order)
                for order, (found, after) in enumerate(fitted)
                if found.finished and after
            ]
        )
    return proposed


def distinct(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Without repeats of a replacement (the first stays) and without the span itself."""
    first: dict[str, Proposal] = {}
    for proposal in proposals:
        if proposal.after != proposal.span.text:
            first.setdefault(proposal.after, proposal)
    return list(first.values())


@dataclass(frozen=True, slots=True)
class Guarded:
    """A proposal with what the gates said of it, up to the first refusal."""

    proposal: Proposal
    verdicts: tuple[Verdict, ...]

    @property
    def refusal(self) -> Verdict | None:
        """The verdict that stopped it, if any."""
        return next((verdict for verdict in self.verdicts if not verdict.passed), None)

    @property
    def passed(self) -> bool:
        """Whether every gate let it through."""
        return self.refusal is None

    @property
    def place(self) -> tuple[int, str]:
        """Start of its span, and the replacement: what tells rewordings of one ad apart."""
        return self.proposal.span.start, self.proposal.after

    def judged(self, verdict: Verdict) -> Guarded:
        """With one verdict more."""
        return Guarded(self.proposal, (*self.verdicts, verdict))


@dataclass(frozen=True, slots=True)
class Guard:
    """The gates of one run: cheap ones on text, then those that run a model on what is left."""

    gates: tuple[Gate, ...]
    batch_gates: tuple[BatchGate, ...] = ()

    def check(self, original: str, span: Span, proposals: Sequence[Proposal]) -> list[Guarded]:
        """Judge the proposals of one span, in order."""
        checked = [self.check_text(original, span, proposal) for proposal in proposals]
        return self.check_by_models(original, span, checked)

    def check_by_models(
        self, original: str, span: Span, checked: Sequence[Guarded]
    ) -> list[Guarded]:
        """The gates that run a model, on those that the gates on text let through."""
        checked = list(checked)
        for gate in self.batch_gates:
            open_at = [index for index, found in enumerate(checked) if found.passed]
            texts = [checked[index].proposal.after for index in open_at]
            verdicts: Sequence[Verdict] = gate(original, span, texts) if texts else []
            if len(verdicts) != len(texts):
                raise BadInput(f"a gate gave {len(verdicts)} verdicts for {len(texts)} proposals")
            for index, verdict in zip(open_at, verdicts, strict=True):
                checked[index] = checked[index].judged(verdict)
        return checked

    def check_text(self, original: str, span: Span, proposal: Proposal) -> Guarded:
        """The cheap gates alone, up to the first refusal."""
        found = Guarded(proposal, ())
        for gate in self.gates:
            found = found.judged(gate(original, span, proposal.after))
            if not found.passed:
                break
        return found


@dataclass(frozen=True, slots=True)
class Block:
    """A whole list in one frame: the passing proposal of every line."""

    lines: tuple[Guarded, ...]

    def covers(self, span: Span) -> bool:
        """Whether a span lies in one of its lines."""
        lines = (line.proposal.span for line in self.lines)
        return any(line.start <= span.start and span.end <= line.end for line in lines)


def alone(text: str, found: Guarded) -> Guarded:
    """A proposal with the verdict whether it may change while the lines beside it don't."""
    if not found.passed:
        return found
    return found.judged(parallel_gate(text, found.proposal.span, found.proposal.after))


def whole_lists(text: str, checked: Sequence[Sequence[Guarded]], guard: Guard) -> list[list[Block]]:
    """For every list of which a line passed in another frame: the list in each such frame.

    ``checked`` are proposals of every span with the verdict of ``alone``.
    """
    wanted: dict[int, tuple[list[Span], list[str]]] = {}
    found_all = (found for options in checked for found in options)
    alone_ = [f for f in found_all if f.refusal is not None and f.refusal.gate == "parallel"]
    for found in sorted(alone_, key=lambda f: (-f.proposal.likelihood, f.proposal.order)):
        items = list_of(text, found.proposal.span)
        _, frames = wanted.setdefault(items[0].start, (items, []))
        begins = beginning(found.proposal.after)
        varied = begins in _VARIED or len(items) <= _FEW_ALIKE
        if varied and begins not in frames and len(frames) < _MOST_FRAMES:
            frames.append(begins)
    lists = [[_block(text, items, f, guard) for f in frames] for items, frames in wanted.values()]
    return [[block for block in blocks if block is not None] for blocks in lists]


def _block(text: str, items: Sequence[Span], begins: str, guard: Guard) -> Block | None:
    """The list in one frame; None where a line can't take it.

    No model is asked before the gates on text let every line through, nor after a line failed.
    """
    written = [_on_text(text, item, begins, guard) for item in items]
    if not all(written):
        return None
    lines: list[Guarded] = []
    for item, rewordings in zip(items, written, strict=True):
        asked = (guard.check_by_models(text, item, [found])[0] for found in rewordings)
        line = next((found for found in asked if found.passed), None)
        if line is None:
            return None
        lines.append(line)
    return Block(tuple(lines))


def _on_text(text: str, item: Span, begins: str, guard: Guard) -> list[Guarded]:
    """A line in one frame, as the gates on text let it through."""
    checked = (
        guard.check_text(
            text, item, Proposal(item, after, f"rule:frame: {begins.strip()}", 0.0, at)
        )
        for at, after in enumerate(in_frame(text, item, begins))
    )
    return [found for found in checked if found.passed]
