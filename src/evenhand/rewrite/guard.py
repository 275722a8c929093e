"""The guard: every gate, in order, on every proposal; the first refusal is its reason.

Not a place where gates are defined: they come from ``language`` (facts, new words, neutrality,
fluency), from a language model (meaning, perplexity) and, opaque, from whoever holds the people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evenhand.errors import BadInput
from evenhand.language.span import BatchGate, Gate, Span, Verdict
from evenhand.rewrite.proposals import Proposal

WholeGate = Callable[[str, str], Verdict]
"""``gate(original_ad, reworded_ad)``: judges a whole composition."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A proposal with what the gates said of it, up to the first refusal."""

    proposal: Proposal
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether every gate let it through."""
        return all(verdict.passed for verdict in self.verdicts)

    @property
    def refusal(self) -> Verdict | None:
        """The verdict that stopped it, if any."""
        return next((verdict for verdict in self.verdicts if not verdict.passed), None)


@dataclass(frozen=True, slots=True)
class Guard:
    """The gates of one run.

    Attributes:
        gates: Cheap gates on text, run first.
        batch_gates: Gates that run a model, on what the cheap ones let through.
    """

    gates: tuple[Gate, ...]
    batch_gates: tuple[BatchGate, ...] = ()

    def check(self, original: str, span: Span, proposals: Sequence[Proposal]) -> list[Guarded]:
        """Judge the proposals of one span, in order."""
        checked = [self._check_text(original, span, proposal) for proposal in proposals]
        for gate in self.batch_gates:
            open_at = [index for index, found in enumerate(checked) if found.passed]
            texts = [checked[index].proposal.after for index in open_at]
            verdicts: Sequence[Verdict] = gate(original, span, texts) if texts else []
            if len(verdicts) != len(texts):
                raise BadInput(f"a gate gave {len(verdicts)} verdicts for {len(texts)} proposals")
            for index, verdict in zip(open_at, verdicts, strict=True):
                found = checked[index]
                checked[index] = Guarded(found.proposal, (*found.verdicts, verdict))
        return checked

    def _check_text(self, original: str, span: Span, proposal: Proposal) -> Guarded:
        verdicts: list[Verdict] = []
        for gate in self.gates:
            verdicts.append(gate(original, span, proposal.after))
            if not verdicts[-1].passed:
                break
        return Guarded(proposal, tuple(verdicts))
