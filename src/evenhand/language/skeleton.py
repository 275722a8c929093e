"""The skeleton of a sentence: what it says, one thing after the other, however it is worded.

A text is written out (contractions, units, dates), its words are read as what they say the same as,
and what only frames them is left out ("You will", "in this role"). Whatever isn't listed stays as
it stands. What two skeletons differ in is ``sameness``'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from evenhand.language.duties import is_verb, split_frame
from evenhand.language.facts import comparatives, contacts, number_facts
from evenhand.language.lexicon import FUNCTION_WORDS, Lexicon
from evenhand.language.text import Token, family, lemma, raised

_WORDS = Lexicon("skeleton")
_STRAIGHT = str.maketrans("\u2019\u2018\u201c\u201d\u00a0\u2212", "''\"\" -")
_WRITTEN = [
    (re.compile(pattern, re.I), new)
    for line in _WORDS.tables["written"].strip().splitlines()
    for pattern, _, new in [line.partition(" => ")]
]
_UNSAID = _WORDS.words("unsaid")
_BE = frozenset("be am is are was were been being".split())
HAVE = frozenset("have has had having".split())
_NOT = _WORDS.words("not")
_IRREGULAR = _WORDS.words("irregular")
_STATIVE = _WORDS.words("stative")
_NOT_DOERS = _WORDS.words("not_doers")
_CLOSED = {
    word: kind
    for kind in ("strength", "quantities", "degree", "places", "focus")
    for word in _WORDS.tables[kind].split()
}
_KINDS = {"quantities": "quantity", "places": "place"}
_JOINTS = frozenset(", ; : . ! ? and & but plus ( ) / - – — … • | yet".split())
_MONTHS = frozenset(_WORDS.tables["months"].split())
_QUOTES = frozenset("\"'`")
_SIGNS = frozenset("+#±<>=°$£€¥@*^~\\%")
_OPENERS = frozenset(
    "if when that who whom which where what how because while before after once as so".split()
)
_AUXILIARIES = frozenset(
    "will shall must may can should would could might are were have do need not also be get".split()
)
_PIECE = re.compile(r"and/or\b|\.[A-Z][A-Za-z]+|[^\W\d_]+(?:'[^\W\d_]+)*'?|\w+|[^\w\s]", re.I)
_AGENT = 8
"""Units before "by" in which what is done by somebody stands."""
_RATIO = re.compile(
    r"\b\d+:\d+\b(?! ?[ap]\.?m)|(?:^|(?<=[a-z:] ))(?<![ap]m )-(?=\d)|\+ ?/ ?-", re.I
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that a text says.

    Attributes:
        key: The same for whatever says the same.
        kind: ``number``, ``sign``, ``name``, ``not``, ``focus``, ``strength``, ``degree``,
            ``quantity``, ``place``, ``or``, ``person``, ``agent``, ``word`` or ``joint``.
        said: How the text says it.
        start: Offset in the text as it is written out.
        end: Offset after it.
        done: ``done`` for a participle of what is done, ``had`` after "have"; else empty.
        owner: Whose it is: "your", "their".
        aim: Whether "to" before it says what for.
    """

    key: str
    kind: str
    said: str
    start: int
    end: int
    done: str = ""
    owner: str = ""
    aim: bool = False


def written_out(text: str) -> str:
    """The text with its contractions, units and dates written in one way."""
    text = " ".join(text.translate(_STRAIGHT).split())
    text = raised(split_frame(text)[1])
    for pattern, new in _WRITTEN:
        text = pattern.sub(new, text)
    return text


@lru_cache(maxsize=65536)
def _base(low: str) -> str:
    """What a word is looked up as: a small word as it stands, else its family."""
    if low in _CLOSED or low in FUNCTION_WORDS or low in _NOT or low in _UNSAID:
        return low
    key = family(low) or low
    return key[:-1] if key.endswith("ll") and len(key) > 5 else key


def _bare(text: str) -> str:
    return re.sub(r"\s+", " ", text.lower().translate(_STRAIGHT)).strip(" .:;!?–—-*#")


@lru_cache(maxsize=1)
def _headings() -> dict[str, str]:
    """Every listed heading, as it is compared."""
    found: dict[str, str] = {}
    for said, group in _WORDS.pairs("headings").items():
        for one in group.split(";"):
            found.setdefault(_bare(one), said)
    return found


def heading(text: str) -> str:
    """What a whole line that is a known heading says; empty for any other."""
    return _headings().get(_bare(text), "")


@lru_cache(maxsize=1)
def _phrases() -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    """(what is said, what it is read as) by its first word, the longest first."""
    table: dict[str, dict[tuple[str, ...], tuple[str, ...]]] = {}
    for read_as, group in _WORDS.pairs("same").items():
        as_read = tuple(read_as.split())
        keys = tuple(_base(word) for word in as_read)
        for one in [*group.split(";"), read_as]:
            written = re.findall(r"=?[\w/]+", one.lower())
            words = (word if word[0] == "=" else _base(word) for word in written)
            said: tuple[str, ...] = tuple(word for word in words if word not in _UNSAID)
            itself = len(said) == 1 and said == keys
            if said and not itself:
                table.setdefault(said[0], {}).setdefault(said, as_read)
    return {k: sorted(v.items(), key=lambda row: -len(row[0])) for k, v in table.items()}


def _fits(word: _Word, said: str) -> bool:
    """Whether a word is one of a phrase: of its family, or as written behind "="."""
    return not word.kind and said == (f"={word.low}" if said[0] == "=" else word.base)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word before it is read as something: its key, its place, what stood right before it."""

    base: str
    low: str
    said: str
    start: int
    end: int
    kind: str = ""
    done: str = ""
    passive: bool = False
    owner: str = ""
    before: str = ""
    after: str = ""


def _marks(text: str) -> list[tuple[int, int, str, str]]:
    """(start, end, kind, key) of contacts, signs and numbers, none overlapping."""
    found = [(start, end, "name", said.rstrip(".,")) for start, end, said in contacts(text)]
    found = [(start, start + len(said), kind, said) for start, _, kind, said in found]
    found += [(m.start(), m.end(), "sign", m[0].replace(" ", "")) for m in _RATIO.finditer(text)]
    found += [(f.start, f.end, "number", f.value) for f in number_facts(text.lower())]
    kept: list[tuple[int, int, str, str]] = []
    for mark in found:
        if all(mark[1] <= one[0] or one[1] <= mark[0] for one in kept):
            kept.append(mark)
    return sorted(kept)


def _is_done(low: str, before: Sequence[str]) -> tuple[str, bool]:
    """Whether a word is a participle of what is done, and whether "be" makes it a passive."""
    tail = [word for word in before[-4:] if word not in _NOT and not word.endswith("ly")]
    tail = [word for word in tail if word not in {"also", "then", "both"}]
    be = bool(tail) and tail[-1] in _BE
    ends = low.endswith("ed") and len(low) > 4 and lemma(low) != low
    ends |= low in _IRREGULAR and (be or lemma(low) != low)
    if tail and tail[-1] in HAVE and (ends or lemma(low) != low):
        return "had", False
    if not ends or low in _STATIVE:
        return "", False
    return "done", be


def _words(text: str) -> list[_Word]:
    """Every word, number and sign of a text that is written out."""
    found: list[_Word] = []
    marks: dict[int, tuple[int, str, str]] = {
        start: (end, kind, key) for start, end, kind, key in _marks(text)
    }
    at = 0
    lows: list[str] = []
    while at < len(text):
        if at in marks:
            end, kind, key = marks[at]
            found.append(_Word(key, text[at:end].lower(), text[at:end], at, end, kind))
            lows.append("0")
            at = max(end, at + 1)
            continue
        match = _PIECE.match(text, at)
        if match is None:
            at += 1
            continue
        stop = match.end()
        end = min((start for start in marks if at < start < stop), default=stop)
        said = text[at:end]
        low = said.lower().removesuffix("'").removesuffix("'s") or said
        done, passive = _is_done(low, lows)
        base = _base(low) if low[:1].isalpha() else low
        found.append(
            _Word(base, low, said, at, end, done=done, passive=passive, before=" ".join(lows[-1:]))
        )
        lows.append(low)
        at = end
    found = [w for w in found if w.low not in _QUOTES]
    return [
        replace(word, after=found[n + 1].low if n + 1 < len(found) else "")
        for n, word in enumerate(found)
    ]


def _ranged(words: list[_Word]) -> list[_Word]:
    """Words with "from 9am to 5pm", "9am-5pm" and "between 9am and 5pm" read alike."""
    found = list(words)
    for n in range(len(found) - 2, 0, -1):
        here, before, after = found[n], found[n - 1], found[n + 1]
        if before.kind != "number" or after.kind != "number":
            continue
        opening = found[n - 2].low if n > 1 else ""
        joined = here.low in {"to", "until", "till", "-", "–", "—", "through"}
        if joined or (here.low == "and" and opening == "between"):
            found[n] = replace(here, base="..", kind="number")
            if opening in {"from", "between"}:
                del found[n - 2]
    return found


def _compared_forms(text: str, words: Sequence[_Word]) -> dict[int, str]:
    """Place of every adjective that compares, with its form."""
    tokens = tuple(Token(w.start, w.end, w.said, w.low, w.low.isalpha()) for w in words)
    return {words[n].start: form for n, form in comparatives(tokens) if not words[n].done}


def _owned(words: list[_Word]) -> list[_Word]:
    """Words without "our", "your", "their", which stay with what they are of."""
    found: list[_Word] = []
    owner = ""
    for word in words:
        if word.low in {"our", "your", "their", "my", "his", "her", "its"} and word.after:
            owner = "their" if word.low in {"his", "her"} else word.low
            continue
        found.append(replace(word, owner=owner))
        owner = ""
    return found


def _read_as(words: list[_Word]) -> Iterator[_Word]:
    """Words with every listed phrase read as what it says the same as."""
    table, at = _phrases(), 0
    while at < len(words):
        first = words[at]
        listed = (*table.get(f"={first.low}", ()), *table.get(first.base, ()))
        for said, keys in sorted(listed, key=lambda row: -len(row[0])) if not first.kind else ():
            part = words[at : at + len(said)]
            if len(part) == len(said) and all(map(_fits, part, said)):
                said_all = " ".join(w.said for w in part)
                if keys:
                    yield replace(
                        part[0],
                        base=" ".join(map(_base, keys)),
                        low=" ".join(keys),
                        said=said_all,
                        end=part[-1].end,
                        passive=part[-1].passive,
                        after=part[-1].after,
                    )
                at += len(said)
                break
        else:
            yield words[at]
            at += 1


def _kind(word: _Word, opens: bool) -> str:
    """The kind of what a word says."""
    if word.kind:
        return word.kind
    if word.low in _JOINTS:
        return "joint"
    if word.base in _NOT:
        return "not"
    if word.base in {"or", "and/or"}:
        return "or"
    if word.base in _CLOSED:
        return _KINDS.get(_CLOSED[word.base], _CLOSED[word.base])
    if word.base in {"you", "we", "they", "he", "she", "i", "me", "them", "him", "her"}:
        return "person"
    if word.low in _SIGNS:
        return "sign"
    plain = opens or not word.said[:1].isupper() or word.said.lower() in FUNCTION_WORDS
    return "word" if plain else "name"


def _is_subject(units: Sequence[Unit], word: _Word, following: Sequence[_Word]) -> bool:
    """Whether "you" only says who does what follows, as every duty has it, or "by you"."""
    if units and units[-1].kind == "agent":
        return True
    rest = (w for w in following if w.base not in _CLOSED and w.base not in _NOT)
    verb = next((w for w in rest if not w.low.endswith("ly")), None)
    if verb is not None and verb.passive:
        return False
    opens = not units or units[-1].kind == "joint" or word.before in _OPENERS
    goes_on = word.after in _AUXILIARIES or is_verb(word.after)
    return opens or (goes_on and word.before not in FUNCTION_WORDS and not is_verb(word.before))


def _is_agent(units: Sequence[Unit], following: _Word | None) -> bool:
    """Whether "by" names who does what is done."""
    if following is None or following.low in _NOT_DOERS:
        return False
    if following.kind == "number" and not following.base.isdigit():
        return False
    near = list(units[-_AGENT:])
    joint = max((n for n, unit in enumerate(near) if unit.kind == "joint"), default=-1)
    if following.low.endswith("ing") and lemma(following.low) != following.low:
        return False
    if following.after in _MONTHS:
        return False
    return any(unit.done == "done" for unit in near[joint + 1 :])


@lru_cache(maxsize=8192)
def skeleton(text: str) -> tuple[Unit, ...]:
    """What a text that is written out says, in order, with the joints between."""
    words = _words(text)
    forms = _compared_forms(text, words)
    words = _owned(_ranged(words))
    words = list(_read_as([w for w in words if (w.low not in _UNSAID and w.base != "-") or w.kind]))
    words = [w for w in words if w.base not in _UNSAID]
    units: list[Unit] = []
    aim = False
    for n, word in enumerate(words):
        following = words[n + 1] if n + 1 < len(words) else None
        if word.low == "of" or (
            word.base in {"either", "both"} and _pairs_up(word, words[n + 1 :])
        ):
            continue
        if word.low == "to" and following is not None and _is_aim(following):
            aim = True
            continue
        opens = not units or units[-1].key in {".", ":", "!", "?"}
        kind, key = _kind(word, opens), word.base
        if kind == "person" and key == "you" and _is_subject(units, word, words[n + 1 :]):
            continue
        if word.low == "by" and _is_agent(units, following):
            kind = "agent"
        key = {"not": "not", "joint": word.low}.get(kind, key)
        key = "they" if key in {"he", "she", "him", "her", "them"} else key
        if word.start in forms and kind in {"word", "name"}:
            key, kind = forms[word.start], "degree"
        units.append(Unit(key, kind, word.said, word.start, word.end, word.done, word.owner, aim))
        aim = False
    return tuple(units)


def _pairs_up(word: _Word, rest: Sequence[_Word]) -> bool:
    """Whether "either" or "both" only opens what "or" or "and" goes on with."""
    joint = {"either": "or", "both": "and"}[word.base]
    return any(w.low == joint for w in rest[:8])


def _is_aim(following: _Word) -> bool:
    """Whether "to" stands before a verb."""
    said = following.said.split()[0].lower()
    return (
        is_verb(following.low)
        or is_verb(said)
        or (following.low.endswith("ly") and following.low != "family")
    )
