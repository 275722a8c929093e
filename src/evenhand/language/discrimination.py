"""Direct discrimination in an ad: who is required, preferred or shut out, and on what ground.

A shallow grammar reads statement by statement: expressions of a ground (sex, age, origin …), what
is asked of them (wanted, only, not, must be, a heading alone), and what makes the same words
lawful (customers and patients, invitations to everybody, requirements that are denied). Words and
patterns are data (``discrimination.toml``); the engine is ``grammar``. Where an exception is
claimed, and for citizenship, lower age limits and bodily tests, a finding is a note with the
question for a person. A second opinion (``lean``) was learned from the project's own sentences: how
much the words around a ground read like choosing people; ``bench/lab/learn_selection.py`` writes
its weights (``selection.toml``). Coded wording is found in ``findings``. Standard library only.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, Literal, NamedTuple
from zlib import crc32

from evenhand.language.grammar import Grammar, Item, Pattern, Sieve
from evenhand.language.lexicon import Lexicon
from evenhand.language.span import Finding, Severity, apart
from evenhand.language.text import statements

BITS = 17
"""The table has two to so many places, of four bits: features that share one weigh the same."""
_AROUND = 8
"""Words to each side of a ground that are looked at one by one."""


class Seen(NamedTuple):
    """One word: as it is written, the ground or figure it stands for ("" if none), its classes.

    Words of one expression of a ground have its number in ``expression``, all others none.
    """

    lower: str
    stands_for: str
    classes: tuple[str, ...]
    is_ground: bool
    expression: int | None = None


@dataclass(frozen=True)
class _Weights:
    table: memoryview
    scale: float
    intercept: float


@lru_cache(maxsize=1)
def _weights() -> _Weights:
    data = Lexicon("selection").tables
    pairs = a2b_base64(data["table"])
    table = bytearray(1 << BITS)
    table[::2] = pairs.translate(bytes((pair % 16 - 8) % 256 for pair in range(256)))
    table[1::2] = pairs.translate(bytes((pair // 16 - 8) % 256 for pair in range(256)))
    return _Weights(memoryview(table).cast("b"), data["scale"], data["intercept"])


@lru_cache(maxsize=20_000)
def _of_word(lower: str, classes: tuple[str, ...]) -> tuple[int, ...]:
    """Places of a word by itself."""
    starts = [f"p{lower[:length]}" for length in (4, 6) if len(lower) > length]
    return tuple(map(_place, ["r" + lower, *starts, "z" + lower[-3:], *classes]))


@lru_cache(maxsize=20_000)
def _of_classes(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[int, ...]:
    """Places of the classes of two words in a row."""
    return tuple(_place(f"{a}~{b}") for a in left for b in right)


def _abstract(words: Sequence[Seen]) -> Iterator[str]:
    """Runs of words in which those of a ground stand for it, and pairs around each ground."""
    plain = ["^", *("@" if w.stands_for else w.lower for w in words), "$"]
    pairs = [f"{a} {b}" for a, b in pairwise(plain)]
    yield from map("g".__add__, plain)
    yield from map("g".__add__, pairs)
    yield from (f"g{pair} {word}" for pair, word in zip(pairs, plain[2:], strict=False))
    named = ["^", *(w.stands_for or w.lower for w in words), "$"]
    pairs.append(plain[-1])
    for at, word in enumerate(plain):
        if word != "@":
            continue
        yield f"n{named[at]}"
        yield f"n{named[at - 1]} {named[at]}"
        yield f"n{named[at]} {named[at + 1]}"
        for near in range(max(0, at - _AROUND), min(len(plain), at + _AROUND + 1)):
            if near != at:
                side = "L" if near < at else "R"
                yield f"s{plain[near]}|{side}"
                yield f"s{pairs[near]}|{side}"


def _expressed(words: Sequence[Seen]) -> Iterator[str]:
    """Runs of words in which a whole expression of a ground is one, and pairs around each."""
    whole = ["^"]
    last: int | None = None
    for word in words:
        if word.expression is None:
            whole.append("@" if word.is_ground else word.lower)
        elif word.expression != last:
            whole.append("@@")
        last = word.expression
    whole.append("$")
    for at, word in enumerate(whole):
        if word != "@@":
            continue
        for first in range(max(0, at - 2), at + 1):
            for last_ in range(at + 1, min(len(whole), first + 3) + 1):
                yield f"h{' '.join(whole[first:last_])}"
        for near in range(max(0, at - _AROUND), min(len(whole), at + _AROUND + 1)):
            if near != at:
                yield f"h{whole[near]}|{'L' if near < at else 'R'}"


def _place(feature: str) -> int:
    return crc32(feature.encode()) & ((1 << BITS) - 1)


def places(words: Sequence[Seen]) -> set[int]:
    """Places in the table of everything that a statement shows."""
    shown = {f"r{left.lower} {right.lower}" for left, right in pairwise(words)}
    return set(map(_place, shown.union(_abstract(words), _expressed(words)))).union(
        *(_of_word(word.lower, word.classes) for word in words),
        *(_of_classes(left.classes, right.classes) for left, right in pairwise(words)),
    )


def lean(words: Sequence[Seen]) -> float:
    """Log odds that a statement chooses people on a ground, as learned; 0 is even."""
    learned = _weights()
    shown = places(words)
    total = sum(map(learned.table.__getitem__, shown))
    return learned.intercept + learned.scale * total / max(1, len(shown)) ** 0.5


_SHORT = 8
"""Up to so many words a statement that asks or shuts out says nothing else and may go."""
_LONG = 80
"""Words of a statement that are read together: work grows with the square of these alone."""
_PEOPLE = frozenset({"cand", "occ", "manual", "sexed", "sexjob", "speakernoun", "grad"})
_AGES = frozenset(map(str, [*range(18, 70), *range(1960, 2011)]))
"""Figures that may be an age or the year of a birth."""
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_NOBODY = -1.75
"""Log odds of choosing people (``lean``) below which a word of one sex speaks of nobody sought."""
_FEW = 4
"""Statements of so few words say too little for a second opinion against a rule."""
_How = Literal["people", "hinted", "classes"]
"""Words that name a person on a ground, that are about one where they stand so, and all of both."""
_ENOUGH: tuple[tuple[float, _How, bool, int], ...] = (
    (1.75, "people", False, 1000),
    (3.25, "hinted", True, 1000),
    (2.25, "people", True, 1000),
    (4.75, "classes", True, 24),
)
"""Log odds above which such a word is found without a rule, whether it is as hard wording is, which
fewer shields excuse, and in how many words at most: few of 1,500 real ads have a lawful statement
above any."""


class _Ground(NamedTuple):
    name: str
    classes: frozenset[str]
    why: str
    source: str
    decision: str
    people: frozenset[str]
    hinted: frozenset[str]


class _Rule(NamedTuple):
    """One pattern of what is found (``hard``: no invitation excuses it) or of a shield."""

    name: str
    pattern: Pattern
    hard: bool
    severity: Severity
    ground: str
    scope: str


class _Group:
    """Rules that are tried together."""

    def __init__(self, grammar: Grammar, rules: Iterable[_Rule]) -> None:
        self.rules = tuple(rules)
        self._grammar = grammar
        self._sieve = Sieve(grammar, (rule.pattern for rule in self.rules))

    def able(self, letters: str) -> list[_Rule]:
        """The rules that can match a statement, in order."""
        return [self.rules[at] for at in self._sieve.able(self._grammar.names(letters))]


@dataclass(frozen=True)
class _Rules:
    grammar: Grammar
    finds: _Group
    in_chunks: _Group
    shields: _Group
    claims: _Group
    grounds: tuple[_Ground, ...]
    triggers: frozenset[str]
    decisions: dict[str, str]
    claimed: str
    instead: dict[str, str]
    left_out: frozenset[str]
    veto: dict[str, float]
    claiming: frozenset[str]

    @cached_property
    def shown(self) -> frozenset[str]:
        """All classes that show a ground, but for a tongue that somebody speaks."""
        return frozenset[str]().union(*(g.classes for g in self.grounds)) - {"speakernoun"}


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    data = Lexicon("discrimination").tables
    blocks = [*data["find"], *data["shield"], *data["claim"]]
    patterns = [pattern for block in blocks for pattern in block["patterns"]]
    grammar = Grammar(
        data["words"], data["plurals"], data["parts"], data["marks"], data["chunks"], patterns
    )
    grounds = tuple(
        _Ground(
            name,
            frozenset(g["classes"]),
            g["why"],
            g["source"],
            g.get("decision", ""),
            frozenset(g["classes"]) - frozenset(data["vague"]),
            frozenset(g["classes"]) & frozenset(data["hinting"]),
        )
        for name, g in data["grounds"].items()
    )
    finds = list(_compiled(grammar, data["find"]))
    return _Rules(
        grammar,
        _Group(grammar, (rule for rule in finds if not rule.pattern.about_chunks)),
        _Group(grammar, (rule for rule in finds if rule.pattern.about_chunks)),
        _Group(grammar, _compiled(grammar, data["shield"], marked=False)),
        _Group(grammar, _compiled(grammar, data["claim"])),
        grounds,
        frozenset(data["triggers"].split())
        | _AGES
        | _words_of(data["words"], data["plurals"], grounds),
        data["decisions"],
        data["claimed"]["decision"],
        data["instead"],
        frozenset(data["left_out"]),
        data["veto"],
        frozenset(data["claiming"].split()),
    )


def _words_of(
    words: dict[str, str], plurals: list[str], grounds: tuple[_Ground, ...]
) -> frozenset[str]:
    """The first part of every word that shows a ground: statements without any are passed over."""
    named = set[str]().union(*(ground.classes for ground in grounds))
    return frozenset(
        form
        for name, listed in words.items()
        if name in named
        for word in listed.lower().split()
        for piece in word.split("-")[:1]
        for form in (
            (piece, piece + "s", piece + "es", piece[:-1] + "ies") if name in plurals else (piece,)
        )
    )


def _compiled(
    grammar: Grammar, blocks: list[dict[str, Any]], *, marked: bool = True
) -> Iterator[_Rule]:
    """The rules of blocks; shields are read without marks and spell out what those stand for."""
    for block in blocks:
        for pattern in block["patterns"]:
            yield _Rule(
                block.get("name", ""),
                grammar.compile(pattern, whole=marked),
                block.get("force", block.get("beats")) in {"hard", "all"},
                block.get("severity", "discrimination"),
                block.get("ground", ""),
                block.get("scope", ""),
            )


def _clause(letters: str, brk: Pattern, start: int, end: int) -> tuple[int, int]:
    """The clause around a stretch of items."""
    places = [place for place, _ in brk.finditer(letters)]
    first = max((place + 1 for place in places if place < start), default=0)
    return first, min((place for place in places if place >= end), default=len(letters))


@lru_cache(maxsize=2)
def _end_of(scope: str) -> Pattern:
    return _rules().grammar.compile("<brk>" if scope == "clause" else "<brk,comma,colon>")


def _shields(letters: str, *, claimed: bool) -> list[tuple[int, int, bool]]:
    """Stretches of items that are lawful, and whether even hard wording is.

    Where an exception is claimed the law it names is no shield, but a question for a person.
    """
    found: list[tuple[int, int, bool]] = []
    for rule in _rules().shields.able(letters):
        if claimed and rule.name == "by law":
            continue
        for start, end in rule.pattern.finditer(letters):
            if start == end:
                continue
            if rule.scope in {"clause", "phrase"}:
                start, end = _clause(letters, _end_of(rule.scope), start, end)
            elif rule.scope == "statement":
                start, end = 0, len(letters)
            found.append((start, end, rule.hard))
    return found


def _ground(rule: _Rule, items: list[Item]) -> _Ground | None:
    rules = _rules()
    if rule.ground:
        return next(g for g in rules.grounds if g.name == rule.ground)
    shown = set[str]().union(*(rules.grammar.classes(item.letter) for item in items))
    return next((g for g in rules.grounds if g.classes & shown), None)


def _matches(letters: str) -> Iterator[tuple[_Rule, int, int]]:
    """Every rule that fires and the items it shows, shields not yet asked."""
    rules = _rules()
    for reading in rules.grammar.readings(letters):
        group = rules.in_chunks if reading.has_chunk else rules.finds
        for rule in group.able(reading.marked):
            pattern = rule.pattern
            string = reading.marked if pattern.about_marks else reading.plain
            places = reading.marked_places if pattern.about_marks else reading.plain_places
            for first, last in pattern.finditer(string):
                if first < last:
                    yield rule, places[first][0], places[last - 1][1]


def _in_statement(text: str, *, claimed: bool = False) -> list[Finding]:
    """What is found in a statement; a very long one is read a stretch at a time."""
    items = _items(text)
    found: list[Finding] = []
    for at in range(0, len(items), _LONG):
        found += apart(_in_items(text, items[at : at + _LONG], claimed), _rank)
    return found


def _in_items(text: str, items: list[Item], claimed: bool) -> Iterator[Finding]:
    letters = "".join(item.letter for item in items)
    matches = list(_matches(letters))
    shields = _shields(letters, claimed=claimed) if matches else []
    for rule, first, last in matches:
        if first < last and not _is_shielded(shields, first, last, rule.hard):
            ground = _ground(rule, items[first:last])
            if ground:
                yield _finding(text, items, (first, last), rule, ground)


def _is_shielded(shields: list[tuple[int, int, bool]], first: int, last: int, hard: bool) -> bool:
    return any(start < last and first < end and (all_ or not hard) for start, end, all_ in shields)


def _finding(
    text: str, items: list[Item], span: tuple[int, int], rule: _Rule, ground: _Ground
) -> Finding:
    rules = _rules()
    decision = ""
    if rule.severity == "note":
        decision = rules.decisions.get(rule.name, ground.decision)
    alone = rule.hard and len(items) <= _SHORT
    first, last = (0, len(items)) if alone else span
    start, end = items[first].start, items[last - 1].end
    return Finding(
        start,
        end,
        text[start:end],
        rule.name,
        ground.name,
        None,
        None if decision else "" if alone else _plain(text, items[first:last], rule),
        ground.why,
        rule.severity,
        ground.source,
        decision,
    )


def _plain(text: str, items: list[Item], rule: _Rule) -> str | None:
    """The same person without the ground ("a young waitress" → "a server"); None if there is none.

    What follows a comma or a number (an age) is left out.
    """
    rules = _rules()
    if rule.hard:
        return None
    kinds = [rules.grammar.classes(item.letter) for item in items]
    ends = (n for n, k in enumerate(kinds) if k & {"comma", "paren", "num", "rel", "prep"})
    kept: list[str] = []
    head = next(ends, len(items))
    for place in range(head):
        item, after = items[place], kinds[place + 1 : head]
        is_person = any(k & _PEOPLE for k in after)
        new = rules.instead.get(item.lower)
        says_language = "speakernoun" in kinds[-1] and item.lower not in rules.instead
        goes = (new or kinds[place] & rules.left_out) and item.lower != "native"
        if goes and is_person and not says_language:
            continue
        kept.append(new or text[item.start : item.end])
        if not new and not says_language and kinds[place] & rules.shown:
            return None
    if not kept or kept == [text[item.start : item.end] for item in items]:
        return None
    if kept[0].lower() in {"a", "an"} and len(kept) > 1:
        kept[0] = "an" if kept[1][0].lower() in "aeio" else "a"
    is_capital = items[0].cased and not kinds[0] & {"nat", "faithadj"}
    return (kept[0][0].upper() if is_capital else kept[0][0]) + " ".join(kept)[1:]


def _rank(finding: Finding) -> tuple[bool, int, int]:
    """Discrimination before notes, long before short."""
    return finding.severity == "note", finding.start - finding.end, finding.start


def _claimed(finding: Finding) -> Finding:
    return replace(finding, severity="note", decision=_rules().claimed, suggestion=None)


@lru_cache(maxsize=8192)
def _person(letter: str, but: frozenset[str], how: _How) -> _Ground | None:
    """The first ground that a word is about, in one of the ways of ``_How``."""
    shown = _rules().grammar.classes(letter) - but
    return next((g for g in _rules().grounds if shown & getattr(g, how)), None)


def _named(
    text: str, but: frozenset[str] = frozenset(), how: _How = "people", *, hard: bool = False
) -> list[Finding]:
    """The first word that is about a ground, where no rule fired and nothing excuses it.

    Where an exception is claimed (``but`` is empty) nothing does. What could stand there is left to
    a person, for no rule knows how the statement is built.
    """
    rules = _rules()
    items = _items(text)
    letters = "".join(item.letter for item in items)
    shields = _shields(letters, claimed=False) if but else []
    for at, item in enumerate(items):
        ground = _person(item.letter, but, how)
        if ground and not _is_shielded(shields, at, at + 1, hard):
            rule = next(rule for rule in rules.in_chunks.rules if rule.name == "wanted")
            found = _finding(text, items, (at, at + 1), rule, ground)
            return [replace(found, suggestion=None) if but else found]
    return []


def seen(text: str) -> list[Seen]:
    """The words of a statement as ``lean`` weighs them."""
    items = _items(text)
    words = [_seen(item.letter, item.lower) for item in items]
    letters = "".join(item.letter for item in items)
    for number, (start, end) in enumerate(_rules().grammar.expressions(letters)):
        for at in range(start, end):
            words[at] = words[at]._replace(expression=number)
    return words


@lru_cache(maxsize=20_000)
def _seen(letter: str, lower: str) -> Seen:
    rules = _rules()
    kinds = rules.grammar.classes(letter)
    classes = tuple(sorted(kind for kind in kinds if kind[0] != "="))
    ground = next((g.name for g in rules.grounds if g.classes & kinds), "")
    if lower[0].isdigit():
        figure = next((k for k in ("agenum", "yearnum", "num") if k in kinds), "")
        return Seen(lower, figure, classes, bool(figure))
    person = next((k for k in ("served", "cand", "occ") if k in kinds), "")
    return Seen(lower, ground or person, classes, bool(ground))


def _weighed(piece: str, here: list[Finding]) -> list[Finding]:
    """Findings of a statement after a second opinion: some are not believed, a few are added."""
    if any(finding.severity == "discrimination" for finding in here):
        words = seen(piece)
        if len(words) <= _FEW:
            return here
        odds, veto = lean(words), _rules().veto
        sure = [f for f in here if f.severity == "note" or odds > veto.get(f.rule, veto["other"])]
        words_alone = [f for f in here if f not in sure and _is_word(f, odds)]
        return apart([*sure, *(replace(f, severity="coded") for f in words_alone)], _rank)
    but = frozenset({"agew"})
    letters = {item.letter for item in _items(piece)}
    if not any(_person(letter, but, "classes") for letter in letters):
        return here
    words = seen(piece)
    odds = lean(words)
    for least, how, hard, most in _ENOUGH:
        enough = odds > least and len(words) <= most
        named = _named(piece, but, how, hard=hard) if enough else []
        if named:
            return apart([*here, *named], _rank)
    return here


def _is_word(finding: Finding, odds: float) -> bool:
    """Whether a word of one sex is to be mended where nobody is surely chosen by it."""
    return odds > _NOBODY and finding.kind == "sex" and bool(finding.suggestion)


def _units(text: str) -> Iterator[tuple[int, int]]:
    """Statements; a question is read together with what follows it on its line."""
    begun: int | None = None
    end = 0
    for start, after in statements(text):
        if begun is not None and "\n" in text[end:start]:
            yield begun, end
            begun = None
        begun, end = start if begun is None else begun, after
        if not text[start:after].endswith("?"):
            yield begun, end
            begun = None
    if begun is not None:
        yield begun, end


@lru_cache(maxsize=64)
def _items(text: str) -> list[Item]:
    """The items of a statement, which its neighbours ask for too."""
    return _rules().grammar.read(text)


@lru_cache(maxsize=64)
def _is_claim(text: str, *, by_name: bool = False) -> bool:
    """Whether an exception is claimed; ``by_name``: by the name of a law or of the exception."""
    if _rules().claiming.isdisjoint(_WORDS.findall(text.lower())):
        return False
    letters = "".join(item.letter for item in _items(text))
    return any(
        any(True for _ in rule.pattern.finditer(letters))
        for rule in _rules().claims.able(letters)
        if rule.hard or not by_name
    )


@lru_cache(maxsize=4096)
def _judged(piece: str, claimed: bool) -> tuple[Finding, ...]:
    """What is found in a statement, where an exception is claimed beside it or isn't."""
    here = _in_statement(piece, claimed=claimed)
    return tuple(map(_claimed, here) if claimed else _weighed(piece, here))


@lru_cache(maxsize=256)
def _findings(text: str) -> tuple[Finding, ...]:
    triggers, found = _rules().triggers, list[Finding]()
    pieces = [(start, text[start:end]) for start, end in _units(text)]
    for index, (start, piece) in enumerate(pieces):
        if triggers.isdisjoint(_WORDS.findall(piece.lower())):
            continue
        around = [near for _, near in pieces[max(0, index - 1) : index + 2]]
        here = _judged(piece, any(map(_is_claim, around)))
        if not here and any(_is_claim(near, by_name=True) for near in around[-2:]):
            here = tuple(_claimed(finding) for finding in _named(piece))
        found += (finding.moved(start) for finding in here)
    return tuple(found)


def find_discrimination(text: str) -> list[Finding]:
    """Every finding in the text, in order; none overlap."""
    return list(_findings(text))
