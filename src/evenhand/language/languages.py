"""Which lines of an ad are in English, told by small words and scripts; loads in milliseconds.

The rules read English only. A line of another language is named and passed over, so that nobody
takes silence for a finding. A line without small words goes with its neighbours. The finer test of
a rewording, which needs a dictionary, is ``text.is_english``.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

ENGLISH = "English"
FEW = 5
"""Ads of fewer words draw a note: it may be that something else was read."""
_LEAST = 6
"""Words of another language in an English ad from which they are worth a sentence."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LINE = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """What of an ad the rules can read.

    Attributes:
        text: The ad with every other line blanked, at the same offsets.
        language: Of the lines that can't be read, the most frequent; ``""`` where there are none.
        starts: Offsets at which those lines begin.
        all_foreign: Whether nothing is left.
        words: Of the whole ad.
        begins: The first words of the first of those lines.
    """

    text: str
    language: str
    starts: tuple[int, ...]
    all_foreign: bool
    words: int
    begins: str

    def _line_of(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1

    def sentences(self, name: str, line_of: Callable[[int], int] | None = None) -> list[str]:
        """What to say of an ad; mostly nothing.

        Args:
            name: The ad's, for its reader.
            line_of: The line of its file on which a character stands; of the text if None.
        """
        said: list[str] = []
        if self.all_foreign:
            said.append(
                f"{name}: is not in English (it reads as {self.language}); the rules read English "
                "only, so nothing was checked"
            )
        elif self.starts:
            number_of = line_of or self._line_of
            several = len(self.starts) > 1
            said.append(
                f"{name}: {'lines' if several else 'line'} "
                f"{_ranges([*dict.fromkeys(map(number_of, self.starts))])} ({self.begins}) "
                f"{'are' if several else 'is'} not in English ({self.language}); the rules read "
                f"English only, so {'they were' if several else 'it was'} not checked"
            )
        if self.words < FEW:
            number = f"{self.words} word{'' if self.words == 1 else 's'}"
            said.append(f"{name}: the ad has {number}; look whether all of it was given")
        return said


@cache
def _lists() -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    data = tomllib.loads((Path(__file__).parent / "data" / "languages.toml").read_text("utf-8"))
    words: dict[str, str] = data["words"]
    return {name: frozenset(listed.split()) for name, listed in words.items()}, data["scripts"]


@cache
def _by_word() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, listed in _lists()[0].items():
        for word in listed:
            found[word] = (*found.get(word, ()), name)
    return found


def _language(line: str) -> str:
    """The language of a line; ``""`` where nothing tells it."""
    if not line.isascii() and (script := _script(line)):
        return script
    counts: dict[str, int] = {}
    distinct: dict[str, set[str]] = {}
    total, known = 0, _by_word()
    for number, found in enumerate(_WORD.finditer(line)):
        total += 1
        word = found[0]
        if number and not word.islower():  # a name may hold small words of its language
            continue
        word = word.lower().replace("’", "'")
        for name in known.get(word, ()) or known.get(word.partition("'")[0], ()):
            counts[name] = counts.get(name, 0) + 1
            distinct.setdefault(name, set()).add(word)
    english = counts.pop(ENGLISH, 0)
    if not counts:
        return ENGLISH if english else ""
    best = max(counts, key=lambda name: counts[name])
    if counts[best] <= english:
        return ENGLISH if counts[best] < english else ""
    enough = len(distinct[best]) >= 2 and counts[best] >= 0.15 * total
    return best if enough and not (english and counts[best] < 2 * english) else ""


def _script(line: str) -> str:
    """The name of a script that is no Latin one, where it makes most of a line."""
    letters = [letter for letter in line if letter.isalpha()]
    other = [letter for letter in letters if ord(letter) > 0x2AF]
    if len(other) < 0.4 * len(letters) or not other:
        return ""
    names = [unicodedata.name(letter, "").partition(" ")[0] for letter in other]
    names = [name for name in names if name != "LATIN"]
    if len(names) < 0.4 * len(letters):
        return ""
    most = max(dict.fromkeys(names), key=names.count)
    return _lists()[1].get(most, "another language")


@lru_cache(maxsize=256)
def reading(text: str) -> Reading:
    """What of an ad the rules can read, and in which language the rest is.

    Args:
        text: The ad.
    """
    words = len(_WORD.findall(text))
    found = [(line.start(), line.end(), _language(line[0])) for line in _LINE.finditer(text)]
    names = _settled([name for _, _, name in found])
    foreign = [name for name in names if name not in ("", ENGLISH)]
    inside = [
        (start, end)
        for (start, end, _), name in zip(found, names, strict=True)
        if name not in ("", ENGLISH)
    ]
    told = sum(len(_WORD.findall(text[start:end])) for start, end in inside)
    whole = bool(foreign) and ENGLISH not in names
    if not foreign or (told < _LEAST and not whole):
        return Reading(text, "", (), False, words, "")
    left = list(text)
    for start, end in inside:
        left[start:end] = " " * (end - start)
    most = max(dict.fromkeys(foreign), key=foreign.count)
    starts = tuple(start for start, _ in inside)
    begins = f"“{' '.join(text[slice(*inside[0])].split()[:4])} …”"
    left_over = " " * len(text) if whole else "".join(left)
    return Reading(left_over, most, starts, whole, words, begins)


def _settled(names: Sequence[str]) -> list[str]:
    """Lines that tell nothing go with a language that stands on both sides of them."""
    settled, following = list(names), list(names)
    for at in range(len(names) - 2, -1, -1):
        following[at] = names[at] or following[at + 1]
    before = ""
    for at, (name, after) in enumerate(zip(names, following, strict=True)):
        if name:
            before = name
            continue
        if before == after or not after or not before:
            settled[at] = before or after
        else:
            settled[at] = ENGLISH
    return settled


def _ranges(lines: Sequence[int]) -> str:
    """Line numbers for a sentence: 2, 5–9."""
    parts: list[list[int]] = []
    for line in lines:
        if parts and line == parts[-1][-1] + 1:
            parts[-1].append(line)
        else:
            parts.append([line])
    shown = [f"{one[0]}–{one[-1]}" if len(one) > 1 else f"{one[0]}" for one in parts]
    return ", ".join(shown[:6]) + (f" and {len(shown) - 6} more" if len(shown) > 6 else "")
