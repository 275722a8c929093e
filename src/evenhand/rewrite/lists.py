"""Whole lists put into another frame: every line of one, or none.

A frame that pays on one line of a list is tried on all of it. Nothing is chosen here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evenhand.language.parallel import beginning, in_frame, list_of, parallel_gate
from evenhand.language.span import Edit, Span
from evenhand.rewrite.guard import Guard, Guarded
from evenhand.rewrite.proposals import Proposal

_MOST_FRAMES = 6
"""Frames that are tried on one list: those of the likeliest proposals."""


@dataclass(frozen=True, slots=True)
class Block:
    """A whole list in one frame.

    Attributes:
        lines: The passing proposal of every line.
    """

    lines: tuple[Guarded, ...]

    @property
    def start(self) -> int:
        """Where the list begins."""
        return self.lines[0].proposal.span.start

    def covers(self, edit: Edit | Span) -> bool:
        """Whether an edit or a span lies in one of its lines."""
        return any(
            line.proposal.span.start <= edit.start and edit.end <= line.proposal.span.end
            for line in self.lines
        )


def alone(text: str, found: Guarded) -> Guarded:
    """A proposal with the verdict whether it may change while the lines beside it don't."""
    if not found.passed:
        return found
    verdict = parallel_gate(text, found.proposal.span, found.proposal.after)
    return Guarded(found.proposal, (*found.verdicts, verdict))


def whole_lists(text: str, checked: Sequence[Sequence[Guarded]], guard: Guard) -> list[list[Block]]:
    """For every list of which a line passed in another frame: the list in each such frame.

    Args:
        text: The ad.
        checked: Proposals of every span with the verdict of ``alone``.
        guard: Judges the lines that nobody proposed anything for.
    """
    wanted: dict[int, tuple[list[Span], list[str]]] = {}
    refused = [f for options in checked for f in options if _only_alone(f)]
    for found in sorted(refused, key=lambda f: (-f.proposal.likelihood, f.proposal.order)):
        items = list_of(text, found.proposal.span)
        _, frames = wanted.setdefault(items[0].start, (items, []))
        begins = beginning(found.proposal.after)
        if begins not in frames and len(frames) < _MOST_FRAMES:
            frames.append(begins)
    lists = [[_block(text, items, f, guard) for f in frames] for items, frames in wanted.values()]
    return [[block for block in blocks if block is not None] for blocks in lists]


def _only_alone(found: Guarded) -> bool:
    return found.refusal is not None and found.refusal.gate == "parallel"


def _block(text: str, items: Sequence[Span], begins: str, guard: Guard) -> Block | None:
    """The list in one frame; None where a line can't take it."""
    lines: list[Guarded] = []
    for item in items:
        rewordings = [
            Proposal(item, after, f"rule:frame: {begins.strip()}", 0.0, order)
            for order, after in enumerate(in_frame(text, item, begins))
        ]
        passing = (found for found in guard.check(text, item, rewordings) if found.passed)
        line = next(passing, None)
        if line is None:
            return None
        lines.append(line)
    return Block(tuple(lines))
