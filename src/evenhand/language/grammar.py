"""A shallow grammar over classes of words, run as regular expressions over one letter a word.

A statement becomes a string in which each word is one private letter that stands for all classes
of that word; a pattern over classes becomes a pattern over letters. So a word may belong to many
classes, patterns are data, and time grows with the length of a text and no faster. Whose words
and patterns these are (``data/discrimination.toml``) is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from evenhand.language.scan import Word, scan

_ATOM = re.compile(
    r"\{\d*,?\d*\}\??|\(\?<?[!=]|<[\w!,='&%./-]+>|[a-z0-9&'%][a-z0-9'./%-]*|[A-Z]+|_|[\[\]()|?*+^$]|\s+|."
)
_FIRST = 0x20000  # Beyond the first plane, for whose sets the compiler of patterns draws up tables.
_CHUNKS = 0x21000
_MARKS = 0x22000
_JOB_ENDING = re.compile(
    r".{2,}(?:er|or|ist|ian|eur|ant|ent|man|men|woman|women|person|people|smith|wright|keeper)s?$"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One word of a statement as the grammar sees it: its place and its letter."""

    start: int
    end: int
    lower: str
    letter: str
    cased: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A statement as letters: ``plain``, and ``marked`` with a letter before what is marked.

    Attributes:
        plain: One letter a word; an expression of a ground may be put together to one.
        marked: The same with marks; equal to ``plain`` where there are none.
        plain_places: First and last item of each letter.
        marked_places: The same for ``marked``; a mark's are those of the letter after it, none.
        has_chunk: Whether an expression is put together.
    """

    plain: str
    marked: str
    plain_places: list[tuple[int, int]]
    marked_places: list[tuple[int, int]]
    has_chunk: bool

    @classmethod
    def of(
        cls, letters: str, marks: list[tuple[int, str]], chunk: tuple[int, int, str] | None = None
    ) -> Reading:
        """The reading with these marks, and one stretch of letters put together."""
        start, end, letter = chunk or (0, 0, "")
        pieces = [(c, n, n + 1) for n, c in enumerate(letters) if not start <= n < end]
        if chunk:
            pieces.insert(start, (letter, start, end))
        marked = sorted(
            [*pieces, *((mark, at, at) for at, mark in marks if not start < at < end)],
            key=lambda piece: piece[1:],
        )
        return cls(
            "".join(c for c, _, _ in pieces),
            "".join(c for c, _, _ in marked),
            [(a, b) for _, a, b in pieces],
            [(a, b) for _, a, b in marked],
            chunk is not None,
        )


class Pattern:
    """A pattern over letters, compiled when a string first has what it needs."""

    def __init__(self, grammar: Grammar, text: str, about_chunks: bool, about_marks: bool) -> None:
        self.text, self.about_chunks, self.about_marks = text, about_chunks, about_marks
        self._grammar = grammar

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        return self._grammar.regex(self)

    @cached_property
    def rarest(self) -> frozenset[str] | None:
        """The fewest letters of which a string must have one; None where there are none such."""
        return min(self._needs, key=len, default=None)

    @cached_property
    def _needs(self) -> list[frozenset[str]]:
        return self._grammar.needs(self)

    def finditer(self, letters: str) -> Iterator[tuple[int, int]]:
        """Where it matches: first letter and the one after the last of what it shows."""
        present = _present(letters)
        if any(need.isdisjoint(present) for need in self._needs):
            return
        group = "shown" if self._regex.groupindex else 0
        for match in self._regex.finditer(letters):
            yield match.span(group)


class Grammar:
    """Words by class and patterns over them.

    Args:
        words: Classes and their words.
        plurals: Classes whose words may take an -s.
        parts: Patterns by name that others use.
        marks: Patterns by name; that one begins is a letter of its own.
        chunks: Patterns by name whose matches other patterns see as one letter.
        patterns: All other patterns, for the words that stand in them as they are.
    """

    def __init__(
        self,
        words: dict[str, str],
        plurals: Iterable[str],
        parts: dict[str, str],
        marks: dict[str, str],
        chunks: dict[str, str],
        patterns: Sequence[str],
    ) -> None:
        self._parts = {**parts, **chunks, **marks}
        self._chunk_names, self._mark_names = tuple(chunks), tuple(marks)
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
        kinds = sorted(set(self._all_kinds()), key=sorted)
        self._letters = {k: chr(_FIRST + place) for place, k in enumerate(kinds)}
        self._by_class: dict[str, set[int]] = {}
        for place, named in enumerate(kinds):
            for name in named:
                self._by_class.setdefault(name, set()).add(_FIRST + place)
        self._sets: dict[str, str] = {}
        self._seen: dict[tuple[str, bool], str] = {}
        self._part_needs: dict[str, list[frozenset[str]]] = {}
        self._marks = {name: self.compile(pattern) for name, pattern in marks.items()}
        self._chunks = {name: self.compile(pattern) for name, pattern in chunks.items()}

    def _all_kinds(self) -> Iterator[frozenset[str]]:
        """Every set of classes that a word can have."""
        numbers = [str(n) for n in (1, 15, 20, 30, 90, 1950)]
        for word in (*self._classes, *self._cased, *numbers, "xqing", "xqly", "xqqer", "xq", "¿"):
            yield self._kinds(word, cased=False)
            if word in self._cased:
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
            word = found[index]
            joined = word.lower.rstrip(".") or word.lower  # U.S.
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
            shortened = _SHORTENED.search(joined)
            cut = shortened.start() if shortened else len(joined)
            yield word.start, word.start + cut, joined[:cut], word.text[0].isupper()
            if cut < len(joined):
                yield word.start + cut, word.end, joined[cut:], False
            index += 1

    def _item(self, start: int, end: int, lower: str, cased: bool) -> Item:
        letter = self._seen.get((lower, cased))
        if letter is None:
            if len(self._seen) > 50_000:
                self._seen.clear()
            letter = self._seen[lower, cased] = self._letters[self._kinds(lower, cased=cased)]
        return Item(start, end, lower, letter, cased)

    def readings(self, letters: str) -> Iterator[Reading]:
        """The statement as it is, and once for every expression of a ground put together."""
        marks = sorted(
            (start, chr(_MARKS + place))
            for place, pattern in enumerate(self._marks.values())
            for start, _ in pattern.finditer(letters)
        )
        yield Reading.of(letters, marks)
        found: dict[tuple[int, int], int] = {}
        for place, pattern in enumerate(self._chunks.values()):
            for span in pattern.finditer(letters):
                if span[0] < span[1]:
                    found[span] = found.get(span, 0) | 1 << place
        for (start, end), kinds in found.items():
            yield Reading.of(letters, marks, (start, end, chr(_CHUNKS + kinds)))

    def compile(self, pattern: str, *, whole: bool = False) -> Pattern:
        """A pattern over letters for a pattern over classes and words.

        Args:
            pattern: The pattern.
            whole: Whether names of chunks and marks stand for one letter each, not for their words.

        Returns:
            The pattern; what stands in ``[ ]`` is its group ``shown``.
        """
        pattern = _merged(pattern)
        atoms = set(_ATOM.findall(pattern))
        about_chunks = whole and not atoms.isdisjoint(self._chunk_names)
        about_marks = whole and not atoms.isdisjoint(self._mark_names)
        return Pattern(self, pattern, about_chunks, about_marks)

    def needs(self, pattern: Pattern) -> list[frozenset[str]]:
        """Sets of letters of each of which a string must have one to match at all."""
        whole = pattern.about_chunks or pattern.about_marks
        return self._needed([a for a in _ATOM.findall(pattern.text) if not a.isspace()], whole)

    def _needed(self, atoms: list[str], whole: bool) -> list[frozenset[str]]:
        """The same for atoms, which are used up to the end of their group."""
        options: list[list[frozenset[str]]] = [[]]
        while atoms:
            atom = atoms.pop(0)
            if atom in {")", "]"}:
                break
            if atom == "|":
                options.append([])
                continue
            if atom[0] in "([":
                found = self._needed(atoms, whole)
                found = [] if atom.startswith("(?") else found
            else:
                found = self._needed_by(atom, whole)
            if not atoms or not atoms[0].startswith(("?", "*", "{0", "{,")):
                options[-1] += found
        if len(options) == 1:
            return options[0]
        if not all(options):
            return []
        return [frozenset().union(*(min(option, key=len) for option in options))]

    def _needed_by(self, atom: str, whole: bool) -> list[frozenset[str]]:
        is_letter = whole and (atom in self._chunk_names or atom in self._mark_names)
        if atom in self._parts and not is_letter:
            if atom not in self._part_needs:
                inner = [a for a in _ATOM.findall(_merged(self._parts[atom])) if not a.isspace()]
                self._part_needs[atom] = self._needed(inner, whole)
            return self._part_needs[atom]
        letters = self._letters_of(atom)
        return [letters] if letters else []

    def _letters_of(self, atom: str) -> frozenset[str] | None:
        """The letters that an atom asks for; None where it asks for no certain ones."""
        if atom in self._mark_names:
            return frozenset(chr(_MARKS + self._mark_names.index(atom)))
        if atom in self._chunk_names:
            return frozenset(self._chunk(atom).strip("[]"))
        if atom[0] == "<" and atom[1] != "!":
            names = atom.strip("<>").split(",")
        elif _ONE_WORD.fullmatch(atom):
            names = ["=" + atom]
        else:
            return None
        return frozenset(chr(c) for c in set[int]().union(*map(self._by_class.__getitem__, names)))

    def regex(self, pattern: Pattern) -> re.Pattern[str]:
        """The regular expression of a pattern."""
        whole = pattern.about_chunks or pattern.about_marks
        return re.compile("".join(self._atoms(pattern.text, whole)))

    def _chunk(self, name: str) -> str:
        """A set of all letters that say that a chunk stands there."""
        place = self._chunk_names.index(name)
        kinds = [k for k in range(1 << len(self._chunk_names)) if k >> place & 1]
        return "[" + "".join(chr(_CHUNKS + k) for k in kinds) + "]"

    def _atoms(self, pattern: str, whole: bool) -> Iterator[str]:
        closing: list[str] = []
        for atom in _ATOM.findall(pattern):
            if atom.isspace():
                continue
            if whole and atom in self._chunk_names:
                yield self._chunk(atom)
            elif whole and atom in self._mark_names:
                yield chr(_MARKS + self._mark_names.index(atom))
            elif atom in self._parts:
                yield "(?:" + "".join(self._atoms(_merged(self._parts[atom]), whole)) + ")"
            elif atom in {"(?=", "(?!"} and whole:  # Looks past a mark at the next word.
                yield f"{atom}{self._any_mark}*(?:"
                closing.append("))")
            elif atom[0] in "([":
                yield {"(": "(?:", "[": "(?P<shown>"}.get(atom, atom)
                closing.append(")")
            elif atom in {")", "]"}:
                yield closing.pop()
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

    @property
    def _any_mark(self) -> str:
        return f"[{chr(_MARKS)}-{chr(_MARKS + len(self._mark_names))}]"

    def _set(self, names: set[str], *, outside: bool) -> str:
        """A set of letters, written as ranges."""
        key = f"{outside} {sorted(names)}"
        if key not in self._sets:
            places = sorted(set[int]().union(*(self._by_class[n] for n in names)))
            runs: list[list[int]] = []
            for place in places:
                if runs and runs[-1][1] == place - 1:
                    runs[-1][1] = place
                else:
                    runs.append([place, place])
            inside = "".join(f"{chr(a)}-{chr(b)}" if a < b else chr(a) for a, b in runs)
            self._sets[key] = f"[{'^' if outside else ''}{inside}]" if inside else "(?!)"
        return self._sets[key]


@lru_cache(maxsize=64)
def _present(letters: str) -> frozenset[str]:
    """The letters of a string, which many patterns are tried on one after the other."""
    return frozenset(letters)


@lru_cache(maxsize=2048)
def _merged(pattern: str) -> str:
    """The pattern with alternatives of one word each put together to one set."""

    def put_together(match: re.Match[str]) -> str:
        look, *options = match[1] or "", *match[2].split("|")
        one = [o.strip() for o in options if _ONE_WORD.fullmatch(o.strip())]
        rest = [o for o in options if not _ONE_WORD.fullmatch(o.strip())]
        if len(one) < 2:
            return match[0]
        names = ",".join(o.strip("<>") if o[0] == "<" else "=" + o for o in one)
        return f"({look}{'|'.join([*rest, f'<{names}>'])})" if rest or look else f"<{names}>"

    for _ in range(2):
        pattern = _GROUP.sub(put_together, pattern)
    return pattern


_GROUP = re.compile(r"\((\?<?[!=])?([^()\[\]]*\|[^()\[\]]*)\)")
_ONE_WORD = re.compile(r"<[^!>]+>|[a-z0-9&'%][a-z0-9'./%-]*")
_SHORTENED = re.compile(r"(?<=.)'(?:re|ll|d|ve|m)$")
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
