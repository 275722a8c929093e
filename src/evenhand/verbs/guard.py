"""``evenhand guard``: whether a rewording says what the ad said, whoever or whatever wrote it.

Both texts are cut into statements, which are set against each other: those that are the same,
moved, split, merged, reworded, left out or added. What two statements differ in is said by
``language.sameness``; wording that a rule flags and that is gone is named as the mend of a finding,
for that changes what is said on purpose. No language model decides, and nothing is written.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from textwrap import fill
from typing import Any

from evenhand.errors import BadInput, RecordError
from evenhand.language.duties import has_parser
from evenhand.language.sameness import Difference, keys_of, mends_of, named, told_apart
from evenhand.language.skeleton import heading
from evenhand.language.text import reading, sentences
from evenhand.records.documents import read_documents
from evenhand.records.files import AnyPath

GATES: Mapping[str, str] = {
    "numbers": "numbers, amounts, dates and signs",
    "names": "names",
    "requirements": "what is required, wished for or possible",
    "negation": "what is denied and what is limited",
    "quantity": "how many, how often and how much",
    "links": "and, or, where and when",
    "who does what": "who does what to whom",
    "order": "the order where it matters",
    "words": "everything else that is said, once each",
    "statements": "whole statements",
}
"""Every gate, with what it keeps."""
WITHOUT = (
    "who does what is judged by the order of words alone: the parser isn't installed; run: "
    "pip install 'evenhand[grammar]'"
)
_MOVED = 0.6
"""Least share of words in common by which a statement that is gone is found elsewhere."""
_MERGED = ((1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (2, 2))
_COLUMNS = ("id", "before", "after")
_SECTIONS = {
    "what you need": "required",
    "essential skills": "required",
    "nice to have": "preferred",
}


@dataclass(frozen=True)
class AdStatement:
    """A sentence or a line of an ad: its words, its line, and what its section asks."""

    text: str
    line: int
    section: str = ""


@dataclass(frozen=True)
class Part:
    """A stretch of the ad against what became of it.

    Attributes:
        before: What the ad said; empty for what was added.
        after: What it says now; empty for what was left out.
        line: Line of the ad, or of the rewording for what was added.
        differences: What both say otherwise; nothing where they say the same.
        mends: Findings of ``check`` that the rewording put right, in a sentence each.
    """

    before: str
    after: str
    line: int
    differences: tuple[Difference, ...] = ()
    mends: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it says the same, but for mends."""
        return not self.differences


@dataclass(frozen=True)
class JudgedPair:
    """An ad and its rewording.

    Attributes:
        id: The id of the pair, or the name of the ad.
        parts: What isn't word for word the same, in order.
        same: How many statements are word for word the same.
        notes: What wasn't judged, in sentences.
    """

    id: str
    parts: tuple[Part, ...]
    same: int = 0
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every gate lets the rewording through."""
        return not self.notes and all(part.passed for part in self.parts)

    def gates(self) -> dict[str, list[str]]:
        """What each gate refused, in sentences; nothing where it let the rewording through."""
        told: dict[str, list[str]] = {gate: [] for gate in GATES}
        for part in self.parts:
            for one in part.differences:
                told[one.gate].append(one.reason)
        return told

    def to_json(self) -> dict[str, Any]:
        """The verdict as JSON."""
        return {
            "id": self.id,
            "passed": self.passed,
            "gates": {
                gate: {"passed": not told, "reasons": told} for gate, told in self.gates().items()
            },
            "same": self.same,
            "parts": [
                {
                    "line": part.line,
                    "before": part.before,
                    "after": part.after,
                    "passed": part.passed,
                    "reasons": [one.reason for one in part.differences],
                    "mends": list(part.mends),
                }
                for part in self.parts
            ],
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class GuardVerdicts:
    """Verdicts on rewordings.

    Attributes:
        pairs: One a rewording, in order.
        parser: Whether the parser took part.
    """

    pairs: tuple[JudgedPair, ...]
    parser: bool = field(default_factory=has_parser)

    @property
    def passed(self) -> bool:
        """Whether all of them passed."""
        return all(pair.passed for pair in self.pairs)

    def to_json(self) -> dict[str, Any]:
        """All verdicts as JSON."""
        return {
            "passed": self.passed,
            "parser": self.parser,
            "pairs": [pair.to_json() for pair in self.pairs],
        }


def guard(
    before: AnyPath | None = None, after: AnyPath | None = None, *, pairs: AnyPath | None = None
) -> GuardVerdicts:
    """Judge the rewording of an ad, or every pair of a table.

    Args:
        before: The ad: .txt, .md, .html, .docx, .pdf, .json, or ``-`` for standard input.
        after: Its rewording, likewise.
        pairs: A table instead, .csv with the columns id, before and after.

    Returns:
        A verdict for each pair.

    Raises:
        BadInput: Something can't be read, or too much or too little is given.
    """
    if pairs is not None:
        if before is not None or after is not None:
            raise BadInput("two ads and --pairs are given; leave one of them out")
        return GuardVerdicts(tuple(judged(*row) for row in _rows(Path(pairs))))
    if before is None or after is None:
        raise BadInput("name the ad and its rewording, or a table of both with --pairs")
    if str(before) == str(after):
        raise BadInput(f"{before}: is given as the ad and as its rewording; name two files")
    return GuardVerdicts((judged(str(before), _text(before), _text(after)),))


def _text(path: AnyPath) -> str:
    found = list(read_documents(Path(path)))
    if len(found) != 1:
        raise BadInput(f"{path}: holds {len(found)} ads; give one a file, or a table with --pairs")
    return found[0].text


def _rows(path: Path) -> Iterator[tuple[str, str, str]]:
    """(id, before, after) of every row of a table."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        raise BadInput(f"{path}: can't be read ({cause}); name a .csv file in UTF-8") from cause
    table = csv.DictReader(text.splitlines(keepends=True))
    missing = [name for name in _COLUMNS if name not in (table.fieldnames or ())]
    if missing:
        raise RecordError(
            f"has no column {' and no column '.join(missing)}; its first line must name id, before "
            "and after, with commas between",
            path=str(path),
            line=1,
        )
    rows = 0
    for row in table:
        rows += 1
        for name in _COLUMNS:
            if not (row[name] or "").strip():
                raise RecordError(
                    "is empty; fill it in or take the row out",
                    path=str(path),
                    line=table.line_num,
                    field=name,
                )
        yield row["id"], row["before"], row["after"]
    if not rows:
        raise RecordError("has no row below its first line; add the pairs", path=str(path))


def judged(name: str, before: str, after: str) -> JudgedPair:
    """The verdict on one rewording."""
    for text, what in ((before, "the ad"), (after, "its rewording")):
        read = reading(text)
        if read.all_foreign:
            note = (
                f"{name}: {what} is not in English (it reads as {read.language}); the guard reads "
                "English only, so nothing was judged"
            )
            return JudgedPair(name, (), 0, (note,))
    one, two = _statements(before), _statements(after)
    found = list(_set_against(one, two))
    parts = [_part(mine, theirs) for mine, theirs in found]
    changed = [part for part in parts if part is not None]
    return JudgedPair(name, tuple(changed), len(parts) - len(changed))


def _statements(text: str) -> list[AdStatement]:
    """The statements of a text, each with the demand that the heading above it makes."""
    found: list[AdStatement] = []
    section = ""
    for start, end in sentences(text):
        said = " ".join(text[start:end].split())
        title = heading(said)
        alone = said.endswith(":") or text[end : end + 1] in {"\n", ""}
        if alone and (title or said.endswith(":")):
            section = _SECTIONS.get(title, "")
        found.append(AdStatement(said, text.count("\n", 0, start) + 1, "" if title else section))
    return found


Matched = tuple[list[AdStatement], list[AdStatement]]


def _set_against(one: Sequence[AdStatement], two: Sequence[AdStatement]) -> Iterator[Matched]:
    """Statements of both, set against each other: the same, then moved, then reworded ones."""
    from difflib import SequenceMatcher

    texts = [statement.text for statement in one], [statement.text for statement in two]
    found: list[Matched] = []
    gone: list[AdStatement] = []
    new: list[AdStatement] = []
    apart: list[tuple[list[AdStatement], list[AdStatement]]] = []
    for op, a, b, c, d in SequenceMatcher(None, *texts, autojunk=False).get_opcodes():
        if op == "equal":
            found += [([x], [y]) for x, y in zip(one[a:b], two[c:d], strict=True)]
        else:
            apart.append((list(one[a:b]), list(two[c:d])))
    found += _moved(apart)
    for ours, others in apart:
        if ours or others:
            for mine, theirs in _aligned(ours, others):
                if mine and theirs:
                    found.append((mine, theirs))
                gone += mine if not theirs else []
                new += theirs if not mine else []
    found += _elsewhere(gone, new)
    found += [(theirs, mine) for mine, theirs in _elsewhere(new, gone)]
    found += [([statement], []) for statement in gone] + [([], [other]) for other in new]
    yield from sorted(found, key=lambda pair: (pair[0] or pair[1])[0].line)


def _moved(apart: Sequence[Matched]) -> Iterator[Matched]:
    """Statements that stand elsewhere, word for word; they are taken out of the stretches."""
    for ours, _ in apart:
        for statement in list(ours):
            for _, others in apart:
                same = next((other for other in others if other.text == statement.text), None)
                if same is not None:
                    ours.remove(statement)
                    others.remove(same)
                    yield [statement], [same]
                    break


def _elsewhere(gone: list[AdStatement], new: list[AdStatement]) -> list[Matched]:
    """Statements that are found elsewhere, in one or a few that follow each other; taken out."""
    found: list[Matched] = []
    for statement in list(gone):
        runs = [new[at : at + size] for size in (1, 2, 3) for at in range(len(new) - size + 1)]
        best = max(runs, key=lambda run: _alike([statement], run), default=[])
        if best and _alike([statement], best) >= _MOVED:
            found.append(([statement], best))
            gone.remove(statement)
            new[:] = [other for other in new if all(other is not one for one in best)]
    return found


def _alike(mine: Sequence[AdStatement], theirs: Sequence[AdStatement]) -> float:
    """Share of what both say."""
    one = sum((keys_of(statement.text) for statement in mine), Counter[str]())
    two = sum((keys_of(statement.text) for statement in theirs), Counter[str]())
    total = one.total() + two.total()
    return 2 * (one & two).total() / total if total else 0.0


def _aligned(one: Sequence[AdStatement], two: Sequence[AdStatement]) -> list[Matched]:
    """The cheapest way from one stretch to the other in order; a cost is words not in common."""
    keys = [keys_of(s.text) for s in one], [keys_of(s.text) for s in two]
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {(0, 0): (0.0, (0, 0))}
    for i in range(len(one) + 1):
        for j in range(len(two) + 1):
            cost, _ = best[i, j]
            for di, dj in (*_MERGED, (1, 0), (0, 1)):
                if i + di > len(one) or j + dj > len(two):
                    continue
                mine = sum(keys[0][i : i + di], Counter[str]())
                theirs = sum(keys[1][j : j + dj], Counter[str]())
                apart = mine.total() + theirs.total() - 2 * (mine & theirs).total()
                lines = {s.line for s in one[i : i + di]}, {s.line for s in two[j : j + dj]}
                extra = 1.0 if 0 in (di, dj) else 0.6 * (di + dj - 2)
                extra += max(map(len, lines)) - 1
                step = cost + apart + extra, (i, j)
                if step < best.get((i + di, j + dj), (float("inf"), (0, 0))):
                    best[i + di, j + dj] = step
    path = [(len(one), len(two))]
    while path[-1] != (0, 0):
        path.append(best[path[-1]][1])
    steps = pairwise(reversed(path))
    return [(list(one[a:c]), list(two[b:d])) for (a, b), (c, d) in steps]


def _part(mine: Sequence[AdStatement], theirs: Sequence[AdStatement]) -> Part | None:
    """What became of a stretch; None where it is word for word the same."""
    texts = [" ".join(statement.text for statement in side) for side in (mine, theirs)]
    line = (mine or theirs)[0].line
    if not mine:
        told = Difference("statements", f"'{texts[1]}' is new: a statement was added")
        return Part("", texts[1], line, (told,) if keys_of(texts[1]) else ())
    if not theirs:
        told = Difference("statements", f"'{texts[0]}' is gone: a statement was left out")
        mends = mends_of(texts[0], "")
        keys = keys_of(texts[0]) - Counter(key for _, go, _ in mends for key in go)
        return Part(texts[0], "", line, (told,) if keys else (), named(mends))
    sections = {statement.section for statement in mine}, {s.section for s in theirs}
    apart: tuple[Difference, ...] = ()
    if sections[0] != sections[1]:
        reason = (
            f"'{texts[1]}' stands in another section: it is now {_demand(sections[1])}, and was "
            f"{_demand(sections[0])}"
        )
        apart = (Difference("requirements", reason),)
    if texts[0] == texts[1]:
        return Part(texts[0], texts[1], line, apart) if apart else None
    told_all, mends = told_apart(texts[0], texts[1])
    return Part(texts[0], texts[1], line, (*apart, *told_all), named(mends))


def _demand(sections: set[str]) -> str:
    said = {"required": "required", "preferred": "only wished for"}
    told = (said.get(one, "neither required nor wished for") for one in sections)
    return " and ".join(sorted(told))


def shown(found: GuardVerdicts) -> Iterator[str]:
    """The verdicts for people, line by line."""
    for pair in found.pairs:
        yield from _shown(pair)
    if len(found.pairs) > 1:
        passed = sum(pair.passed for pair in found.pairs)
        yield f"{passed} of {len(found.pairs)} rewordings say what the ad said."


def _shown(pair: JudgedPair) -> Iterator[str]:
    yield from pair.notes
    if pair.notes:
        return
    for part in pair.parts:
        for side, what in ((part.before, "-"), (part.after, "+")):
            if side and (part.differences or part.mends):
                yield f"  {what} {side}"
        for one in part.differences:
            yield f"      {one.gate}: {one.reason}"
        yield from (f"      mend: {mend}" for mend in part.mends)
    refused = [gate for gate, told in pair.gates().items() if told]
    kept = "; ".join(said for gate, said in GATES.items() if gate not in refused)
    reworded = sum(part.passed for part in pair.parts)
    counts = f"{pair.same} statements are word for word the same, {reworded} say the same in other"
    yield f"{pair.id}: {counts} words, {len(pair.parts) - reworded} don't."
    if refused:
        by = f"REFUSED by {len(refused)} of {len(GATES)} gates: {'; '.join(refused)}"
        told = f"{by}. Kept: {kept}."
    else:
        told = f"PASSED, as far as the gates can tell: {kept} are kept."
    yield fill(told, 88, initial_indent="  ", subsequent_indent="  ")
