"""Spans, edits and verdicts: the vocabulary that every room uses to speak of a change in an ad.

Offsets are Python string offsets (code points) into the *original* text. Bytes outside an edited
span never change. This file finds nothing and judges nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from evenhand.errors import BadInput

SpanKind = Literal["sentence", "duty"]


@dataclass(frozen=True, slots=True)
class Span:
    """One editable stretch of an ad: a sentence of prose, or a duty statement on its own line.

    Attributes:
        start: Offset of the first character.
        end: Offset after the last character.
        text: ``original[start:end]``.
        kind: ``sentence`` or ``duty``.
    """

    start: int
    end: int
    text: str
    kind: SpanKind


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one gate says of one proposed edit.

    Attributes:
        gate: Name of the gate (``facts``, ``new_words``, ``neutrality``, ``meaning``, …).
        passed: Whether the edit may count.
        reason: One short clause a person can read; for a pass, what was compared.
    """

    gate: str
    passed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement of one span, with the proof that let it through.

    Attributes:
        start: Offset in the original.
        end: Offset after the span in the original.
        before: ``original[start:end]``.
        after: The replacement.
        proof: Facts about the decision that are safe to publish: gate verdicts and scores.
    """

    start: int
    end: int
    before: str
    after: str
    proof: Mapping[str, object] = field(default_factory=dict[str, object])


Gate = Callable[[str, Span, str], Verdict]
"""``gate(original_ad, span, replacement) -> Verdict``; pure and deterministic."""

BatchGate = Callable[[str, Span, Sequence[str]], Sequence[Verdict]]
"""The same for many replacements of one span, for gates that run a model."""

Score = Callable[[Sequence[str]], Sequence[float]]
"""Opaque worth of whole rewordings of one ad, higher is better, the original is exactly 0."""


def covered(places: Sequence[int], ranges: Iterable[tuple[int, int]]) -> list[bool]:
    """Whether each place lies in one of the ranges (start, one past the end), however they overlap.

    Args:
        places: Offsets, ascending.
        ranges: In any order.
    """
    waiting = sorted(ranges, reverse=True)
    reach = -1
    found: list[bool] = []
    for place in places:
        while waiting and waiting[-1][0] <= place:
            reach = max(reach, waiting.pop()[1])
        found.append(place < reach)
    return found


def apply_edits(original: str, edits: Sequence[Edit]) -> str:
    """The text after all edits; everything outside them is kept character for character.

    Raises:
        BadInput: Two edits overlap, or an edit doesn't fit the text.
    """
    pieces: list[str] = []
    cursor = 0
    for edit in sorted(edits, key=lambda e: e.start):
        if edit.start < cursor or original[edit.start : edit.end] != edit.before:
            raise BadInput(f"the edit at {edit.start}:{edit.end} doesn't fit the text it names")
        pieces += (original[cursor : edit.start], edit.after)
        cursor = edit.end
    return "".join([*pieces, original[cursor:]])


def composed(
    original: str,
    first: Sequence[Edit],
    second: Sequence[Edit],
    proof: Callable[[Sequence[Edit], Sequence[Edit]], Mapping[str, object]],
) -> list[Edit]:
    """Two rounds of edits as one, against the text before the first.

    Args:
        original: The text that ``first`` edits.
        first: Edits of it that don't overlap.
        second: Edits of the text that ``first`` makes, that don't overlap.
        proof: Gives the proof of an edit from those of both rounds that it is made of.

    Returns:
        Edits of ``original`` in order of place; those that overlap or touch are one.
    """
    between = apply_edits(original, first)
    places: list[tuple[int, int, Edit, bool]] = []
    shift = 0
    for edit in sorted(first, key=lambda e: e.start):
        start = edit.start + shift
        places.append((start, start + len(edit.after), edit, True))
        shift += len(edit.after) - len(edit.before)
    places += [(edit.start, edit.end, edit, False) for edit in second]
    groups: list[list[tuple[int, int, Edit, bool]]] = []
    reach = -1
    for place in sorted(places, key=lambda p: (p[0], p[1])):
        if groups and place[0] <= reach:
            groups[-1].append(place)
        else:
            groups.append([place])
        reach = max(reach, place[1]) if len(groups[-1]) > 1 else place[1]
    return _regrouped(original, between, groups, proof)


def _regrouped(
    original: str,
    between: str,
    groups: Sequence[Sequence[tuple[int, int, Edit, bool]]],
    proof: Callable[[Sequence[Edit], Sequence[Edit]], Mapping[str, object]],
) -> list[Edit]:
    found: list[Edit] = []
    shift = 0
    for group in groups:
        start, end = group[0][0], max(place[1] for place in group)
        one = [edit for *_, edit, early in group if early]
        two = [edit for *_, edit, early in group if not early]
        grown = sum(len(edit.after) - len(edit.before) for edit in one)
        before = original[start - shift : end - shift - grown]
        moved = [Edit(e.start - start, e.end - start, e.before, e.after) for e in two]
        after = apply_edits(between[start:end], moved)
        if before != after:
            place = start - shift
            found.append(Edit(place, place + len(before), before, after, proof(one, two)))
        shift += grown
    return found


def origin(edits: Sequence[Edit], place: int, *, end: bool = False) -> int:
    """Where a place of the edited text is in the original.

    Args:
        edits: Edits of the original that don't overlap, in order.
        place: An offset into the text that they make.
        end: Whether it is the end of a stretch; inside an edit the bounds of that edit are given.
    """
    shift = 0
    for edit in edits:
        start = edit.start + shift
        last = start + len(edit.after)
        if place < start or (end and place == start):
            break
        if place < last or (end and place == last):
            return edit.end if end else edit.start
        shift += len(edit.after) - len(edit.before)
    return place - shift
