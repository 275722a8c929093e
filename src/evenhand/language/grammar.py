"""A shallow grammar over classes of words, run as regular expressions over one letter a word.

A statement becomes a string in which each word is one private letter that stands for all classes
of that word; a pattern over classes becomes a pattern over letters. So a word may belong to many
classes, patterns are data, and time grows with the length of a text and no faster. Whose words
and patterns these are (``discrimination.toml``) is not known here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import chain
from typing import NamedTuple

from evenhand.language.text import Word, plural, scan

_ATOM = re.compile(
    r"\s*(\{\d*,?\d*\}\??|\(\?<?[!=]|<[\w!,='&%./-]+>|[a-z0-9&'%][a-z0-9'./%-]*|[A-Z]+|.)"
)
_FIRST = 0x20000  # Beyond the first plane, for whose sets the compiler of patterns draws up tables.
_CHUNKS = 0x21000
_MARKS = 0x22000
Names = frozenset[str]
"""Names of classes, words, marks and chunks, of which a string must have one."""
Choices = tuple["list[Names | Choices]", ...]
"""What each of several alternatives needs, of which a string must have all that one needs."""
Needs = list[Names | Choices]
_NONE: Names = frozenset()
_REPEATS = frozenset("?*+{")
_NOTHING: Needs = []
_GROUPS = {"(": "(?:", "[": "(?P<shown>"}
_JOB_ENDING = re.compile(
    r".{2,}(?:er|or|ist|ian|eur|ant|ent|man|men|woman|women|person|people|smith|wright|keeper)s?$"
)


class Item(NamedTuple):
    """One word of a statement as the grammar sees it: its place and its letter."""

    start: int
    end: int
    lower: str
    letter: str
    cased: bool


class Reading(NamedTuple):
    """A statement as letters: ``plain``, and ``marked`` with a letter before what is marked."""

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

    def __init__(
        self, grammar: Grammar, atoms: tuple[str, ...], about_chunks: bool, about_marks: bool
    ) -> None:
        self.atoms, self.about_chunks, self.about_marks = atoms, about_chunks, about_marks
        self.needs = grammar.needs(atoms, about_chunks or about_marks)
        self._grammar = grammar

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Its regular expression."""
        return self._grammar.regex(self.atoms, self.about_chunks or self.about_marks)

    def finditer(self, letters: str) -> Iterator[tuple[int, int]]:
        """Where it matches: first letter and the one after the last of what it shows."""
        group = "shown" if self.regex.groupindex else 0
        for match in self.regex.finditer(letters):
            yield match.span(group)


class Sieve:
    """Patterns, of which a string is tried on those alone whose words it has."""

    def __init__(self, grammar: Grammar, patterns: Iterable[Pattern]) -> None:
        self.patterns = tuple(patterns)
        self._by_name: dict[str, list[int]] = {}
        self._always: list[int] = []
        self._more: list[Needs] = []
        for place, pattern in enumerate(self.patterns):
            sets = sorted(_sets(pattern.needs), key=grammar.size)
            if not sets:
                self._always.append(place)
            for name in sets[0] if sets else ():
                self._by_name.setdefault(name, []).append(place)
            self._more.append([*sets[1:], *(n for n in pattern.needs if isinstance(n, tuple))])

    def able(self, names: Names) -> list[int]:
        """Places of the patterns that a string with such words may match, in order."""
        tried = set(self._always)
        for name in names & self._by_name.keys():
            tried.update(self._by_name[name])
        return [place for place in sorted(tried) if _are_met(self._more[place], names)]


def first_of(regexes: list[re.Pattern[str]], letters: str) -> Iterator[tuple[int, int]]:
    """Where the alternatives of a choice match, each compiled by itself.

    As if they were one expression: the first place, there the first alternative, on from its end.
    """
    found = [regex.search(letters) for regex in regexes]
    while matches := [match for match in found if match]:
        first = min(matches, key=lambda match: match.start())
        yield first.span()
        for place, match in enumerate(found):
            if match and match.start() < first.end():
                found[place] = regexes[place].search(letters, first.end())


class Grammar:
    """Words by class and patterns over them."""

    def __init__(
        self,
        words: dict[str, str],
        plurals: Iterable[str],
        parts: dict[str, str],
        marks: dict[str, str],
        chunks: dict[str, str],
        patterns: Iterable[str],
    ) -> None:
        self._parts = {
            name: _atoms(pattern) for name, pattern in {**parts, **chunks, **marks}.items()
        }
        self._chunk_names, self._mark_names = tuple(chunks), tuple(marks)
        self._classes: dict[str, set[str]] = {}
        self._cased: dict[str, set[str]] = {}
        many = set(plurals)
        for name, listed in words.items():
            for word in listed.split():
                table = self._cased if word[0].isupper() else self._classes
                for form in (word, plural(word)) if name in many else (word,):
                    table.setdefault(form.lower(), set()).add(name)
        used = Counter[str]()
        made_of = chain.from_iterable((*self._parts.values(), *map(_atoms, patterns)))
        for atom, count in Counter(made_of).items():
            for name in _names(atom):
                used[name] += count
        for name in used:
            if name[0] == "=":
                self._classes.setdefault(name[1:], set()).add(name)
        self._letters, self._by_class = self._lettered(used)
        self._sets: dict[tuple[frozenset[str], bool], str] = {}
        self._seen: dict[tuple[str, bool], str] = {}
        self._sizes: dict[frozenset[str], int] = {}
        self._atom_needs: dict[tuple[str, bool], Needs] = {}
        self._part_regexes: dict[tuple[str, bool], str] = {}
        self._choice_of: list[int] = []
        alternatives: list[Pattern] = []
        for choice, name in enumerate((*marks, *chunks)):
            for atoms in self.alternatives(name):
                alternatives.append(Pattern(self, atoms, False, False))
                self._choice_of.append(choice)
        self._choices = Sieve(self, alternatives)

    def _lettered(
        self, used: Counter[str]
    ) -> tuple[dict[frozenset[str], str], dict[str, list[int]]]:
        """A letter for every set of classes that a word can have, and the letters of each class.

        Classes that patterns name often get letters in a row, so that a set of them is short.
        """
        rank = {name: place for place, (name, _) in enumerate(used.most_common())}
        last = len(rank)
        kinds = dict.fromkeys(self._all_kinds())
        order = {k: sorted(rank.get(n, last) for n in k if n[0] != "=") for k in kinds}
        letters: dict[frozenset[str], str] = {}
        by_class: dict[str, list[int]] = {}
        for place, named in enumerate(sorted(kinds, key=order.__getitem__), _FIRST):
            letters[named] = chr(place)
            for name in named:
                by_class.setdefault(name, []).append(place)
        return letters, by_class

    def _all_kinds(self) -> Iterator[frozenset[str]]:
        """Every set of classes that a word can have."""
        numbers = [str(n) for n in (1, 15, 20, 30, 90, 1950)]
        for word in (*self._classes, *self._cased, *numbers, "xqing", "xqly", "xqqer", "xq", "¿"):
            yield self._kinds(word, cased=False)
        for word in self._cased:
            yield self._kinds(word, cased=True)

    def _kinds(self, lower: str, *, cased: bool) -> frozenset[str]:
        kinds = self._classes.get(lower, _NONE)
        if cased and lower in self._cased:
            kinds = kinds | self._cased[lower]
        if lower[0].isdigit():
            return frozenset((*kinds, *_number(lower)))
        if not kinds or kinds == {"=" + lower}:
            return frozenset((*kinds, *_ending(lower)))
        return frozenset(kinds)

    def knows(self, lower: str) -> bool:
        """Whether a word stands in a list."""
        return lower in self._classes or lower in self._cased

    def classes(self, letter: str) -> Names:
        """The classes that a letter stands for, or the marks or chunks."""
        return self._by_letter[letter]

    def names(self, letters: str) -> Names:
        """All that the letters of a string stand for."""
        return _NONE.union(*map(self._by_letter.__getitem__, set(letters)))

    @cached_property
    def _by_letter(self) -> dict[str, Names]:
        table = {letter: kinds for kinds, letter in self._letters.items()}
        table |= {chr(_MARKS + n): frozenset({name}) for n, name in enumerate(self._mark_names)}
        for kinds in range(1 << len(self._chunk_names)):
            named = (name for n, name in enumerate(self._chunk_names) if kinds >> n & 1)
            table[chr(_CHUNKS + kinds)] = frozenset(named)
        return table

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
        marks, chunks = self._chosen(letters)
        yield Reading.of(letters, marks)
        for (start, end), kinds in chunks.items():
            yield Reading.of(letters, marks, (start, end, chr(_CHUNKS + kinds)))

    def expressions(self, letters: str) -> list[tuple[int, int]]:
        """Where expressions of a ground stand; none overlap, and the longest of several counts."""
        found: list[tuple[int, int]] = []
        for start, end in sorted(self._chosen(letters)[1], key=lambda span: span[0] - span[1]):
            if all(end <= first or last <= start for first, last in found):
                found.append((start, end))
        return sorted(found)

    @lru_cache(maxsize=64)  # noqa: B019 (a grammar lives as long as the program)
    def _chosen(self, letters: str) -> tuple[list[tuple[int, str]], dict[tuple[int, int], int]]:
        """Where marks begin, and the stretches of chunks with a bit for each kind of chunk."""
        able: dict[int, list[re.Pattern[str]]] = {}
        for place in self._choices.able(self.names(letters)):
            able.setdefault(self._choice_of[place], []).append(self._choices.patterns[place].regex)
        marks: list[tuple[int, str]] = []
        chunks: dict[tuple[int, int], int] = {}
        for choice, regexes in able.items():
            chunk = choice - len(self._mark_names)
            for span in first_of(regexes, letters):
                if chunk < 0:
                    marks.append((span[0], chr(_MARKS + choice)))
                else:
                    chunks[span] = chunks.get(span, 0) | 1 << chunk
        return sorted(marks), chunks

    def compile(self, pattern: str, *, whole: bool = False) -> Pattern:
        """A pattern over letters; ``whole``: names of chunks and marks are one letter each."""
        atoms = _atoms(pattern)
        about_chunks = whole and not set(atoms).isdisjoint(self._chunk_names)
        about_marks = whole and not set(atoms).isdisjoint(self._mark_names)
        return Pattern(self, atoms, about_chunks, about_marks)

    def size(self, names: frozenset[str]) -> int:
        """About how many words some classes have."""
        if names not in self._sizes:
            self._sizes[names] = sum(len(self._by_class.get(name, ())) for name in names)
        return self._sizes[names]

    def alternatives(self, name: str) -> Iterator[tuple[str, ...]]:
        """The alternatives of a mark or a chunk, each with what follows it."""
        return self._alternatives(self._parts[name])

    def _alternatives(self, atoms: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """The alternatives of a pattern, those of a group that it begins with taken apart."""
        options = _options(atoms)
        if len(options) == 1:
            if atoms[0] in self._parts:
                atoms = ("(", *self._parts[atoms[0]], ")", *atoms[1:])
            after = _closed(atoms) if atoms[0] == "(" else 0
            if not after or (after < len(atoms) and atoms[after][0] in _REPEATS):
                yield atoms
                return
            options = [(*one, *atoms[after:]) for one in _options(atoms[1 : after - 1])]
        for option in options:
            yield from self._alternatives(option)

    def needs(self, atoms: tuple[str, ...], whole: bool) -> Needs:
        """What a string must have to match at all."""
        return self._needed(iter((*atoms, ")")), whole)

    def _needed(self, atoms: Iterator[str], whole: bool) -> Needs:
        """The same for atoms, which are used up to the end of their group."""
        options: list[Needs] = [option := []]
        known, last = self._atom_needs, _NOTHING
        for atom in atoms:
            if (found := known.get((atom, whole))) is not None:
                option += last
                last = found
            elif atom[0] in _REPEATS and atom.startswith(("?", "*", "{0", "{,")):
                last = _NOTHING
            else:
                option += last
                if atom in {")", "]"}:
                    break
                last = _NOTHING
                if atom == "|":
                    options.append(option := [])
                elif atom[0] in "([":
                    found = self._needed(atoms, whole)
                    last = _NOTHING if atom.startswith("(?") else found
                elif atom[0] not in _REPEATS:
                    last = known[atom, whole] = self._needed_by(atom, whole)
        return option if len(options) == 1 else self._either(options)

    def _either(self, options: list[Needs]) -> Needs:
        """What a string must have that has all of one of several."""
        short, long = set[str](), list[Needs]()
        for option in options:
            if not option:
                return []
            if len(option) == 1 and isinstance(option[0], frozenset):
                short |= option[0]
            else:
                long.append(option)
        if not long:
            return [frozenset(short)]
        rarest = (min(_sets(option), key=self.size) for option in long)
        return [frozenset(short.union(*rarest)), ([frozenset(short)], *long)]

    def _needed_by(self, atom: str, whole: bool) -> Needs:
        if whole and (atom in self._chunk_names or atom in self._mark_names):
            return [frozenset({atom})]
        if atom in self._parts:
            return self.needs(self._parts[atom], whole)
        names = () if atom[1:2] == "!" else _names(atom)
        return [frozenset(names)] if names else []

    def regex(self, atoms: tuple[str, ...], whole: bool) -> re.Pattern[str]:
        """The regular expression of a pattern."""
        return re.compile(self._joined(atoms, whole))

    def _joined(self, atoms: tuple[str, ...], whole: bool) -> str:
        """The expression of atoms; what looks ahead sees past a mark to the next word."""
        closing: list[str] = []
        pieces: list[str] = []
        for atom in atoms:
            if whole and atom in {"(?=", "(?!"}:
                last = chr(_MARKS + len(self._mark_names))
                pieces.append(f"{atom}[{chr(_MARKS)}-{last}]*(?:")
                closing.append("))")
            elif atom in {")", "]"}:
                pieces.append(closing.pop())
            else:
                pieces.append(self._expressed(atom, whole))
                if atom[0] in "([":
                    closing.append(")")
        return "".join(pieces)

    def _chunk(self, name: str) -> str:
        """A set of all letters that say that a chunk stands there."""
        place = self._chunk_names.index(name)
        kinds = [k for k in range(1 << len(self._chunk_names)) if k >> place & 1]
        return "[" + "".join(chr(_CHUNKS + k) for k in kinds) + "]"

    def _expressed(self, atom: str, whole: bool) -> str:
        """What stands for an atom in a regular expression."""
        if atom in _GROUPS:
            return _GROUPS[atom]
        if whole and atom in self._chunk_names:
            return self._chunk(atom)
        if whole and atom in self._mark_names:
            return chr(_MARKS + self._mark_names.index(atom))
        if atom in self._parts:
            if (atom, whole) not in self._part_regexes:
                inner = self._joined(self._parts[atom], whole)
                self._part_regexes[atom, whole] = f"(?:{inner})"
            return self._part_regexes[atom, whole]
        if atom == "_":
            return self._set(frozenset({"brk"}), outside=True)
        if names := _names(atom):
            return self._set(frozenset(names), outside=atom[1:2] == "!")
        if atom.isupper():
            raise KeyError(atom)
        return atom

    def _set(self, names: frozenset[str], *, outside: bool) -> str:
        """A set of letters, written as ranges."""
        if (names, outside) not in self._sets:
            places = sorted({place for name in names for place in self._by_class[name]})
            runs: list[list[int]] = []
            for place in places:
                if runs and runs[-1][1] == place - 1:
                    runs[-1][1] = place
                else:
                    runs.append([place, place])
            inside = "".join(f"{chr(a)}-{chr(b)}" if a < b else chr(a) for a, b in runs)
            self._sets[names, outside] = f"[{'^' if outside else ''}{inside}]" if inside else "(?!)"
        return self._sets[names, outside]


@lru_cache(maxsize=2048)
def _atoms(pattern: str) -> tuple[str, ...]:
    """What a pattern is made of."""
    return tuple(_ATOM.findall(_merged(pattern).rstrip()))


@lru_cache(maxsize=4096)
def _names(atom: str) -> tuple[str, ...]:
    """The classes that an atom asks for or, with ``<!``, shuts out; none for what is no word."""
    if atom[0] == "<":
        return tuple(atom.strip("<!>").split(","))
    if atom[0].islower() or atom[0].isdigit() or atom[0] in "&%'":
        return ("=" + atom,)
    return ()


def _sets(needs: Needs) -> list[Names]:
    """Those needs that are a set; wherever there are needs, one is."""
    return [need for need in needs if isinstance(need, frozenset)]


def _are_met(needs: Needs, names: Names) -> bool:
    """Whether a string that has these names has all that is needed."""
    for need in needs:
        if isinstance(need, tuple):
            for option in need:
                if _are_met(option, names):
                    break
            else:
                return False
        elif need.isdisjoint(names):
            return False
    return True


def _closed(atoms: tuple[str, ...]) -> int:
    """The place after the group with which a pattern begins."""
    depth = 0
    for place, atom in enumerate(atoms, 1):
        depth += (atom[0] in "([") - (atom in {")", "]"})
        if not depth:
            return place
    raise ValueError("a bracket isn't closed")


def _options(atoms: tuple[str, ...]) -> list[tuple[str, ...]]:
    """What stands between the bars of a pattern, those in groups left out."""
    options: list[tuple[str, ...]] = []
    begun = place = 0
    while place < len(atoms):
        if atoms[place] == "|":
            options.append(atoms[begun:place])
            begun = place + 1
        place += _closed(atoms[place:]) if atoms[place][0] in "([" else 1
    return [*options, atoms[begun:]]


def _merged(pattern: str) -> str:
    """The pattern with alternatives of one word each put together to one set."""

    def put_together(match: re.Match[str]) -> str:
        options = match[2].split("|")
        one = [o for o in map(str.strip, options) if _ONE_WORD.fullmatch(o)]
        if len(one) < 2:
            return match[0]
        look = match[1] or ""
        rest = [o for o in options if o.strip() not in one]
        names = ",".join(o.strip("<>") if o[0] == "<" else "=" + o for o in one)
        return f"({look}{'|'.join([*rest, f'<{names}>'])})" if rest or look else f"<{names}>"

    pattern = _WORDS.sub(lambda match: "<=" + match[1].replace("|", ",=") + ">", pattern)
    once = _GROUP.sub(put_together, pattern)
    return once if once == pattern else _GROUP.sub(put_together, once)


_WORDS = re.compile(r"\(((?:[a-z0-9&'%][a-z0-9'./%-]*\|)+[a-z0-9&'%][a-z0-9'./%-]*)\)")
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
