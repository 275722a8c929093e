"""The vocabulary in which rooms speak of an ad: spans, edits, verdicts, findings, differences.

Offsets are Python string offsets (code points) into the *original* text. Bytes outside an edited
span never change. Nothing is found and nothing judged here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any, Literal

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
    """Whether each place, ascending, lies in one of the ranges, however they overlap."""
    waiting = sorted(ranges, reverse=True)
    reach = -1
    found: list[bool] = []
    for place in places:
        while waiting and waiting[-1][0] <= place:
            reach = max(reach, waiting.pop()[1])
        found.append(place < reach)
    return found


def apply_edits(original: str, edits: Sequence[Edit]) -> str:
    """The text after all edits; everything outside them is kept character for character."""
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
    """Two rounds of edits as one of the original, in order; those that overlap or touch are one."""
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
    """Where a place of the edited text, or the ``end`` of a stretch, is in the original."""
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


Severity = Literal["discrimination", "coded", "note"]
"""``discrimination``: asks for or shuts out people on a protected ground, or seems to;
``coded``: wording that leans or puts people off; ``note``: worth a look and often fine."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One stretch of wording that a rule flags.

    Attributes:
        start: Offset of the first character.
        end: Offset after the last character.
        text: ``text[start:end]``.
        rule: Name of the rule.
        kind: The family: for coded wording ``gender-coded``, ``gendered``, ``age``, ``ableist``,
            ``culture``, ``jargon``, ``pronoun`` or ``origin``; for discrimination its ground.
        lean: ``agentic``, ``communal`` or None.
        suggestion: What could stand there instead, in the same inflection and case; empty to leave
            it out; None where there is none.
        why: One clause for a recruiter.
        severity: How much it matters.
        source: What the rule rests on: a law or a study.
        decision: The question that only a person can answer; empty where there is none.
        chain: The same number for all pronouns of one person, which are mended together; 0 for
            everything else.
    """

    start: int
    end: int
    text: str
    rule: str
    kind: str
    lean: str | None
    suggestion: str | None
    why: str
    severity: Severity = "coded"
    source: str = ""
    decision: str = ""
    chain: int = 0

    def moved(self, by: int) -> Finding:
        """The same in a text that begins ``by`` characters earlier."""
        return replace(self, start=self.start + by, end=self.end + by)


def apart(findings: Iterable[Finding], first: Callable[[Finding], Any]) -> list[Finding]:
    """Findings in order of place, of which none overlap: of two the ``first`` by its key stays."""
    kept: list[Finding] = []
    starts: list[int] = []
    for finding in sorted(findings, key=first):
        at = bisect_right(starts, finding.start)
        before, behind = kept[at - 1 : at], kept[at : at + 1]
        if all(one.end <= finding.start for one in before) and all(
            finding.end <= one.start for one in behind
        ):
            kept.insert(at, finding)
            starts.insert(at, finding.start)
    return kept


Operation = Literal["same", "deleted", "inserted", "replaced"]
_MOST_PAIRS = 1_000_000
"""Pairs of words that may be compared: of longer texts only what stands between shared ends is, and
where that is too long as well it is replaced as a whole."""
_PIECE = re.compile(r"\w+(?:['’]\w+)*\s*|[^\w\s]\s*|\s+")


@dataclass(frozen=True, slots=True)
class WordChange:
    """One stretch of a comparison."""

    op: Operation
    before: str
    after: str


_OPERATIONS: dict[str, Operation] = {
    "equal": "same",
    "delete": "deleted",
    "insert": "inserted",
    "replace": "replaced",
}


def _shared(one: Iterable[str], two: Iterable[str]) -> int:
    """How many words both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, two, strict=False)))


def _compared(one: list[str], two: list[str]) -> list[WordChange]:
    if len(one) * len(two) > _MOST_PAIRS:
        return [WordChange("replaced", "".join(one), "".join(two))]
    from difflib import SequenceMatcher  # here, for a check starts without it

    matcher = SequenceMatcher(None, one, two, autojunk=False)
    return [
        WordChange(_OPERATIONS[op], "".join(one[a:b]), "".join(two[c:d]))
        for op, a, b, c, d in matcher.get_opcodes()
    ]


def word_diff(before: str, after: str) -> list[WordChange]:
    """The changes from one text to the other, in order; joined, they give both texts back."""
    one, two = _PIECE.findall(before), _PIECE.findall(after)
    if len(one) * len(two) <= _MOST_PAIRS:
        return _compared(one, two)
    head = _shared(one, two)
    tail = _shared(reversed(one[head:]), reversed(two[head:]))
    ends = len(one) - tail, len(two) - tail
    first, last = "".join(one[:head]), "".join(one[ends[0] :])
    changes = _compared(one[head : ends[0]], two[head : ends[1]])
    around = WordChange("same", first, first), *changes, WordChange("same", last, last)
    return [change for change in around if change.before or change.after]


def pieces(before: str, after: str) -> Iterator[tuple[Literal["same", "deleted", "inserted"], str]]:
    """(what, text) in reading order, a replacement as deletion then insertion."""
    for change in word_diff(before, after):
        if change.op == "same":
            yield "same", change.after
            continue
        if change.before:
            yield "deleted", change.before
        if change.after:
            yield "inserted", change.after


def diff_html(before: str, after: str) -> str:
    """The changes as HTML with ``<del>`` and ``<ins>``; every character of the texts escaped."""
    from html import escape

    tags = {"same": "{}", "deleted": "<del>{}</del>", "inserted": "<ins>{}</ins>"}
    return "".join(tags[what].format(escape(text)) for what, text in pieces(before, after))
