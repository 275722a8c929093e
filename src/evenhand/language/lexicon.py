"""Word lists, phrases and names of ``data/words``, and the one loader that reads them.

A list is words between spaces; groups are words by the name of their group; rows are lines with
tabs. What a list means is told above it in its file. Lists that several files share are named here.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "data"


class Lexicon:
    """The word lists of one file."""

    def __init__(self, name: str, folder: str = "words") -> None:
        self.tables: dict[str, Any] = tomllib.loads(
            (DATA / folder / f"{name}.toml").read_text("utf-8")
        )

    def words(self, key: str) -> frozenset[str]:
        """The words of a list."""
        return frozenset(self.tables[key].split())

    def phrases(self, key: str) -> list[str]:
        """The phrases of a list, which semicolons part."""
        return [" ".join(phrase.split()) for phrase in self.tables[key].split(";")]

    def pairs(self, key: str) -> dict[str, str]:
        """What belongs to each word of a table."""
        return self.tables[key]

    def pattern(self, key: str, flags: int = re.I) -> re.Pattern[str]:
        """The expression that the lines of a list make."""
        return re.compile("".join(self.tables[key]), flags)

    def any_of(self, key: str) -> re.Pattern[str]:
        """The expressions of a list, each at the beginning of a word, whatever the case."""
        return re.compile(rf"(?<!\w)(?:{'|'.join(self.tables[key])})", re.I)

    def by_word(self, key: str) -> dict[str, str]:
        """The group of every word of a table of groups."""
        groups = self.pairs(key).items()
        return {word: group for group, words in groups for word in words.split()}


@lru_cache(maxsize=8)
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """The lines of a file with tabs, what each holds between them; those with ``#`` are remarks."""
    lines = (DATA / "words" / name).read_text("utf-8").splitlines()
    return tuple(tuple(line.split("\t")) for line in lines if line and line[0] != "#")


_WORDS = Lexicon("common")
FUNCTION_WORDS = _WORDS.words("function")
BEFORE_NOUNS = _WORDS.words("before_nouns")
DUTY_VERBS = _WORDS.words("duty_verbs")
TONE_WORDS = _WORDS.words("tone")
