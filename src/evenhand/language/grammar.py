"""A shallow grammar over classes of words, run as regular expressions over one letter a word.

A statement becomes a string in which each word is one private letter that stands for all classes
of that word; a pattern over classes becomes a pattern over letters. So a word may belong to many
classes, patterns are data, and time grows with the length of a text and no faster. Whose words
and patterns these are (``data/discrimination.toml``) is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from evenhand.language.scan import Word, scan

_ATOM = re.compile(
    r"\{\d*,?\d*\}\??|\(\?<?[!=]|<[\w!,-]+>|[a-z0-9&'%][a-z0-9'./%-]*|[A-Z]+|_|[\[\]()|?*+^$]|\s+|."
)
_FIRST = 0xE000
_CHUNKS = 0xF000
_JOB_ENDING = re.compile(
    r".{2,}(?:er|or|ist|ian|eur|ant|ent|man|men|woman|women|person|people|smith|wright|keeper)s?$"
)
_MARKS = {",": "comma", ":": "colon", "(": "paren", ")": "paren", "/": "slash", "+": "plus"}


@dataclass(frozen=True, slots=True)
class Item:
    """One word of a statement as the grammar sees it: its place and its letter."""

    start: int
    end: int
    lower: str
    letter: str


class Grammar:
    """Words by class and patterns over them.

    Args:
        words: Classes and their words.
        plurals: Classes whose words may take an -s.
        parts: Patterns by name that others use.
        chunks: Patterns by name whose matches other patterns see as one letter.
        patterns: All other patterns, for the words that stand in them as they are.
    """

    def __init__(
        self,
        words: dict[str, str],
        plurals: Iterable[str],
        parts: dict[str, str],
        chunks: dict[str, str],
        patterns: Iterable[str],
    ) -> None:
        self._parts = {**parts, **chunks}
        self._chunk_names = tuple(chunks)
        self._classes: dict[str, set[str]] = {}
        self._cased: dict[str, set[str]] = {}
        many = set(plurals)
        for name, listed in words.items():
            for word in listed.split():
                for form in (word, _plural(word)) if name in many else (word,):
                    table = self._cased if word[0].isupper() else self._classes
                    table.setdefault(form.lower(), set()).add(name)
        for pattern in (*self._parts.values(), *patterns):
            for atom in _ATOM.findall(pattern):
                if atom[0].islower() or atom[0].isdigit() or atom[0] in "&%'":
                    self._classes.setdefault(atom, set()).add("=" + atom)
        # In this order most sets of classes are a few ranges of letters, which compile faster.
        kinds = sorted(set(self._all_kinds()), key=lambda k: [*sorted(k, reverse=True)])
        self._letters = {k: chr(_FIRST + place) for place, k in enumerate(kinds)}
        self._chunks = {name: self.compile(pattern) for name, pattern in chunks.items()}

    def _all_kinds(self) -> Iterator[frozenset[str]]:
        """Every set of classes that a word can have."""
        numbers = [str(n) for n in (1, 15, 20, 30, 90, 1950)]
        for word in (*self._classes, *self._cased, *numbers, "xing", "xly", "xxer", "x", "?"):
            yield self._kinds(word, cased=False)
            yield self._kinds(word, cased=True)

    def _kinds(self, lower: str, *, cased: bool) -> frozenset[str]:
        kinds = self._classes.get(lower, frozenset[str]()) | (
            self._cased.get(lower, frozenset[str]()) if cased else frozenset[str]()
        )
        if lower[0].isdigit():
            return frozenset(kinds | set(_number(lower)))
        if not kinds - {"=" + lower}:
            kinds = kinds | set(_ending(lower))
        return frozenset(kinds)

    def knows(self, lower: str) -> bool:
        """Whether a word stands in a list."""
        return lower in self._classes or lower in self._cased

    def classes(self, letter: str) -> frozenset[str]:
        """The classes that a letter stands for."""
        return self._by_letter[letter]

    @cached_property
    def _by_letter(self) -> dict[str, frozenset[str]]:
        return {letter: kinds for kinds, letter in self._letters.items()}

    def read(self, text: str) -> list[Item]:
        """The items of a statement: hyphens joined or left out, quotes and last stops left out."""
        found = [w for w in scan(text) if w.text not in _QUOTES]
        while found and found[-1].text in ".!?…;":
            found.pop()
        return [self._item(*piece) for piece in self._pieces(found)]

    def _pieces(self, found: list[Word]) -> Iterator[tuple[int, int, str, bool]]:
        index = 0
        while index < len(found):
            word, joined = found[index], found[index].lower
            if index + 2 < len(found) and found[index + 1].text in _HYPHENS:
                after = found[index + 2]
                pair = f"{word.lower}-{after.lower}"
                if found[index + 1].end == after.start and self.knows(pair):
                    yield word.start, after.end, pair, word.text[0].isupper()
                    index += 3
                    continue
            if word.text in _HYPHENS and _between_words(found, index):
                index += 1
                continue
            if word.text in _HYPHENS and not _is_close(found, index):
                joined = "—"
            yield word.start, word.end, joined, word.text[0].isupper()
            index += 1

    def _item(self, start: int, end: int, lower: str, cased: bool) -> Item:
        kinds = self._kinds(lower, cased=cased)
        return Item(start, end, lower, self._letters[kinds])

    def chunks(self, letters: str) -> Iterator[tuple[int, int, str]]:
        """Where expressions of the named chunks stand, and the letter that says which ones."""
        found: dict[tuple[int, int], int] = {}
        for place, pattern in enumerate(self._chunks.values()):
            for match in pattern.finditer(letters):
                found[match.span()] = found.get(match.span(), 0) | 1 << place
        for (start, end), kinds in found.items():
            yield start, end, chr(_CHUNKS + kinds)

    def is_about_chunks(self, pattern: str) -> bool:
        """Whether a pattern names a chunk."""
        return any(atom in self._chunk_names for atom in _ATOM.findall(pattern))

    def compile(self, pattern: str, *, with_chunks: bool = False) -> re.Pattern[str]:
        """A pattern over letters for a pattern over classes and words.

        Args:
            pattern: The pattern.
            with_chunks: Whether the names of chunks stand for one letter each, not for their words.

        Returns:
            The pattern; what stands in ``[ ]`` is its group ``shown``.
        """
        return re.compile("".join(self._atoms(pattern, with_chunks)))

    def _chunk(self, name: str) -> str:
        """A set of all letters that say that a chunk stands there."""
        place = self._chunk_names.index(name)
        kinds = [k for k in range(1 << len(self._chunk_names)) if k >> place & 1]
        return "[" + "".join(chr(_CHUNKS + k) for k in kinds) + "]"

    def _atoms(self, pattern: str, with_chunks: bool) -> Iterator[str]:
        for atom in _ATOM.findall(pattern):
            if atom.isspace():
                continue
            if with_chunks and atom in self._chunk_names:
                yield self._chunk(atom)
            elif atom in self._parts:
                yield "(?:" + "".join(self._atoms(self._parts[atom], with_chunks)) + ")"
            elif atom == "(":
                yield "(?:"
            elif atom == "[":
                yield "(?P<shown>"
            elif atom == "]":
                yield ")"
            elif atom == "_":
                yield self._set({"brk"}, outside=True)
            elif atom[0] == "<":
                names = atom.strip("<!>").split(",")
                yield self._set(set(names), outside=atom[1] == "!")
            elif atom[0].islower() or atom[0].isdigit() or atom[0] in "&%'":
                yield self._set({"=" + atom}, outside=False)
            elif atom.isupper():
                raise KeyError(atom)
            else:
                yield atom

    def _set(self, names: set[str], *, outside: bool) -> str:
        """A set of letters, written as ranges."""
        places = sorted(ord(c) for kinds, c in self._letters.items() if kinds & names)
        ranges: list[str] = []
        for _, run in groupby(enumerate(places), lambda p: p[1] - p[0]):
            span = [place for _, place in run]
            ranges.append(
                chr(span[0]) if len(span) == 1 else f"{chr(span[0])}-{chr(span[-1])}"
            )
        if not ranges:
            return "(?!)"
        return f"[{'^' if outside else ''}{''.join(ranges)}]"


_HYPHENS = frozenset("-‐‑–—−")
_QUOTES = frozenset("\"“”«»*'‘’")


def _is_close(found: list[Word], index: int) -> bool:
    """Whether the mark stands within a word or a range: no space on a side of it."""
    before = index > 0 and found[index - 1].end == found[index].start
    after = index + 1 < len(found) and found[index].end == found[index + 1].start
    return before or after or _is_range(found, index)


def _is_range(found: list[Word], index: int) -> bool:
    around = found[max(0, index - 1) : index + 2]
    return len(around) == 3 and around[0].text[0].isdigit() and around[2].text[0].isdigit()


def _between_words(found: list[Word], index: int) -> bool:
    return 0 < index < len(found) - 1 and _is_close(found, index) and not _is_range(found, index)


def _plural(word: str) -> str:
    if word.endswith(("s", "x", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in set("aeiou"):
        return word[:-1] + "ies"
    return word + "s"


def _number(lower: str) -> Iterator[str]:
    yield "num"
    if not lower.isdecimal() or len(lower) > 4:
        return
    value = int(lower)
    if 14 <= value <= 75:
        yield "agenum"
        yield "n25" if value <= 25 else "n26"
    elif 1940 <= value <= 2015:
        yield "yearnum"


def _ending(lower: str) -> Iterator[str]:
    """Classes of a word in no list, by how it ends."""
    if not lower[0].isalpha():
        yield "mark"
    elif lower.endswith("ing"):
        yield "ing"
    elif lower.endswith("ly"):
        yield "adv"
    elif _JOB_ENDING.match(lower):
        yield "occ"
