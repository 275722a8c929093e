"""Which of the proposals that passed go into the ad, one strategy a function.

A strategy gets the passing proposals of every span and returns edits. It may call an opaque
``score(texts)`` of whole rewordings; it never learns what the score is made of.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import cast

from evenhand.language.span import Edit, Score, apply_edits
from evenhand.rewrite.guard import Guarded
from evenhand.rewrite.lists import Block

Choices = Sequence[Sequence[Guarded]]
"""Passing proposals, one inner sequence a span."""

LEAST_GAIN = 1e-9
SWEEPS = 3
"""Most times that all spans are gone through."""


def greedy(
    original: str, choices: Choices, score: Score, lists: Sequence[Sequence[Block]] = ()
) -> list[Edit]:
    """Compose edits, span after span, as long as the score of the *whole* ad rises.

    Spans go in the order of their best single-edit score. In each, all of its edits (and leaving
    it alone) are scored together with what was chosen elsewhere, since the effects of edits don't
    add up; after the first sweep the spans are gone through again, so that early choices answer
    to later ones. The same is tried with whole ``lists`` in another frame, whose lines then stay.
    Gains are against the text as it is given here.
    """
    score = _against(original, score)
    worth, edits = _swept(original, choices, score, 0.0, [])
    gained, fixed, blocks = _whole_lists(original, lists, score)
    if blocks:
        beside = [
            [found for found in options if not any(b.covers(found.proposal.span) for b in blocks)]
            for options in choices
        ]
        both, with_lists = _swept(original, beside, score, gained, fixed)
        edits = with_lists if both > worth + LEAST_GAIN else edits
    return sorted(edits, key=lambda edit: edit.start)


def _swept(
    original: str, choices: Choices, score: Score, worth: float, fixed: Sequence[Edit]
) -> tuple[float, list[Edit]]:
    """Worth and edits after all sweeps, beside edits that stay."""
    options = _by_single_score(original, choices, score)
    chosen: dict[int, Edit] = {}
    for _ in range(SWEEPS):
        before = dict(chosen)
        for span, edits in enumerate(options):
            others = [*fixed, *(edit for at, edit in chosen.items() if at != span)]
            found, edit = _best_with(original, others, [*edits, None], score)
            if found > worth + LEAST_GAIN:
                worth = found
                chosen.pop(span, None)
                chosen.update({} if edit is None else {span: edit})
        if chosen == before:
            break
    return worth, [*fixed, *chosen.values()]


def _whole_lists(
    original: str, lists: Sequence[Sequence[Block]], score: Score
) -> tuple[float, list[Edit], list[Block]]:
    """The lists that are worth more in another frame: worth, edits and blocks."""
    worth, fixed, taken = 0.0, list[Edit](), list[Block]()
    for blocks in lists:
        made = [[as_edit(line) for line in block.lines] for block in blocks]
        if not made:
            continue
        gains = list(score([apply_edits(original, [*fixed, *edits]) for edits in made]))
        best = gains.index(max(gains))
        if gains[best] <= worth + LEAST_GAIN:
            continue
        gain, worth = round(gains[best] - worth, 6), gains[best]
        taken.append(blocks[best])
        fixed += [with_proof(edit, gain=gain, list=len(made[best])) for edit in made[best]]
    return worth, fixed, taken


def _against(text: str, score: Score) -> Score:
    """The score less that of a text."""
    zero = score([text])[0]
    return lambda texts: [worth - zero for worth in score(texts)]


def _best_with(
    original: str, others: Sequence[Edit], options: Sequence[Edit | None], score: Score
) -> tuple[float, Edit | None]:
    """The option that is worth most beside the others, the first among equals."""
    texts = [
        apply_edits(original, [*others, *([] if edit is None else [edit])]) for edit in options
    ]
    gains = score(texts)
    best = max(range(len(options)), key=lambda at: (gains[at], -at))
    return gains[best], options[best]


def _by_single_score(original: str, choices: Choices, score: Score) -> list[list[Edit]]:
    """The edits of every span with the gain of each alone, the span of the best edit first."""
    edits = [[as_edit(found) for found in options] for options in choices if options]
    texts = [apply_edits(original, [edit]) for options in edits for edit in options]
    gains = iter(score(texts) if texts else [])
    scored = [
        [with_proof(edit, gain=round(next(gains), 6)) for edit in options] for options in edits
    ]
    return sorted(scored, key=_best_gain, reverse=True)


def _best_gain(edits: Sequence[Edit]) -> float:
    return max(cast(float, edit.proof["gain"]) for edit in edits)


def likeliest(choices: Choices) -> list[Edit]:
    """Without any score: the likeliest sample of each span, a rule's rewording where none is."""
    return [
        as_edit(max(options, key=lambda found: (not found.proposal.from_rule, _likelihood(found))))
        for options in choices
        if options
    ]


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
