"""Which of the proposals that passed go into the ad, one strategy a function.

A strategy gets the passing proposals of every span and returns edits. It may call an opaque
``score(texts)`` of whole rewordings; it never learns what the score is made of.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from evenhand.language.span import Edit, Score, apply_edits
from evenhand.language.wording import find_wording
from evenhand.rewrite.guard import Guarded

Choices = Sequence[Sequence[Guarded]]
"""Passing proposals, one inner sequence a span."""

LEAST_GAIN = 1e-9


def greedy(original: str, choices: Choices, score: Score) -> list[Edit]:
    """Add the best edits one span at a time while the score of the *whole* ad rises.

    Spans go in the order of their best single-edit score; the composition is scored again at
    every step, since the effects of edits don't add up. The original is worth exactly 0.
    """
    ranked = _by_single_score(original, choices, score)
    chosen: list[Edit] = []
    worth = 0.0
    for gain, edit in ranked:
        if gain <= LEAST_GAIN:
            break
        together = gain if not chosen else score([apply_edits(original, [*chosen, edit])])[0]
        if together > worth + LEAST_GAIN:
            chosen.append(edit)
            worth = together
    return sorted(chosen, key=lambda edit: edit.start)


def _by_single_score(original: str, choices: Choices, score: Score) -> list[tuple[float, Edit]]:
    """The best edit of every span with its gain, the best span first."""
    edits = [[as_edit(found) for found in options] for options in choices]
    texts = [apply_edits(original, [edit]) for options in edits for edit in options]
    gains = iter(score(texts) if texts else [])
    best: list[tuple[float, Edit]] = []
    for options in edits:
        scored = [(next(gains), edit) for edit in options]
        if scored:
            gain, edit = max(scored, key=lambda pair: pair[0])
            best.append((gain, with_proof(edit, gain=round(gain, 6))))
    return sorted(best, key=lambda pair: (-pair[0], pair[1].start))


def likeliest(choices: Choices) -> list[Edit]:
    """Without any score: rule fixes first, then the likeliest sample of each span."""
    return [
        as_edit(max(options, key=lambda found: (found.proposal.from_rule, _likelihood(found))))
        for options in choices
        if options
    ]


def plain_fixes(choices: Choices) -> list[Edit]:
    """Plain-wording fixes alone: where rules find coded wording, the rewording that leaves least.

    A span whose wording no rule objects to stays as it is, however it could be rephrased.
    """
    fixes: list[Edit] = []
    for options in choices:
        ruled = [found for found in options if found.proposal.from_rule]
        if ruled:
            best = min(ruled, key=_findings_after)
            if _findings_after(best) < len(find_wording(best.proposal.span.text)):
                fixes.append(as_edit(best))
    return fixes


def _findings_after(found: Guarded) -> int:
    return len(find_wording(found.proposal.after))


def at_random(choices: Choices, *, seed: str) -> list[Edit]:
    """A passing edit drawn at random for every span that has one."""
    draw = random.Random(seed)
    return [as_edit(draw.choice(list(options))) for options in choices if options]


def _likelihood(found: Guarded) -> tuple[float, int]:
    return (found.proposal.likelihood, -found.proposal.order)


def as_edit(found: Guarded) -> Edit:
    """A passing proposal as an edit that carries its verdicts as proof."""
    span = found.proposal.span
    proof: dict[str, object] = {
        "source": found.proposal.source,
        "gates": {verdict.gate: verdict.reason for verdict in found.verdicts},
    }
    return Edit(span.start, span.end, span.text, found.proposal.after, proof)


def with_proof(edit: Edit, **facts: object) -> Edit:
    """The edit with more facts in its proof."""
    return Edit(edit.start, edit.end, edit.before, edit.after, {**edit.proof, **facts})
