"""What somebody's answer says: one spelling a group, and no group for those who gave no answer.

The one place where the values of a group column are understood, whether they came with outcomes or
with people. Not a guesser: a value that isn't in the list of non-answers (``words.toml``) is a
group, and what was taken for none is named.
"""

from __future__ import annotations

import math
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from importlib.resources import files
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import RecordError
from evenhand.records.rows import Problems
from evenhand.records.texts import Texts

MOST_VALUES = 20
"""Most values of a column that people are compared by."""
BLANK = "(blank)"
"""What a blank is called where it is kept as a group, and in notes."""
CROSSED = "*"
MOST_CELLS = 10_000
"""Most cells of an intersection."""
_SHOWN = 8


@dataclass(frozen=True)
class Unknown:
    """Which values of a group column are no answer.

    Attributes:
        more: Values that are none, beside those of the list.
        listed: Whether those of the list (and blanks) are none; else they are groups.
    """

    more: tuple[str, ...] = ()
    listed: bool = True

    def has(self, text: str) -> bool:
        """Whether a value is no answer."""
        plain = key_of(text)
        if plain in {key_of(value) for value in self.more}:
            return True
        return self.listed and is_no_answer(text)


DEFAULT_UNKNOWN = Unknown()


@dataclass(frozen=True)
class Coded:
    """A column of categories.

    Attributes:
        values: The known values, sorted.
        codes: Shape ``(rows,)``: index into ``values``; ``len(values)`` is unknown.
    """

    values: tuple[str, ...]
    codes: NDArray[np.int32]

    @property
    def unknown(self) -> int:
        """The code of unknown."""
        return len(self.values)


@cache
def words() -> dict[str, Any]:
    """What people write in tables; the lists of ``words.toml`` by section and name."""
    return tomllib.loads((files("evenhand.records") / "words.toml").read_text("utf-8"))


@cache
def keys_of(section: str, name: str) -> tuple[str, ...]:
    """The keys of one of the lists, in its order."""
    return tuple(dict.fromkeys(key_of(word) for word in words()[section][name]))


def key_of(text: str) -> str:
    """A text without case, accents, blanks and punctuation; marks alone stay what they are."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in folded if char.isalnum())
    return plain or "".join(text.split())


@cache
def is_no_answer(text: str) -> bool:
    """Whether a value says that somebody gave no answer, by the list."""
    # Systems add where they are used: "Not specified (United States of America)".
    bare, opening, _ = text.rpartition("(")
    plain = key_of(bare if opening and bare.strip() and text.rstrip().endswith(")") else text)
    if plain in keys_of("no_answer", "values") or plain.startswith(keys_of("no_answer", "begins")):
        return True
    return all(char in words()["no_answer"]["marks"] for char in plain)


def coded(
    column: Texts,
    name: str,
    weight: NDArray[np.int64],
    unknown: Unknown = DEFAULT_UNKNOWN,
    *,
    groups: bool = True,
) -> tuple[Coded, list[str]]:
    """A column of categories, spellings merged, and what to say of it.

    Args:
        column: Its texts.
        name: The column's name, for the sentences.
        weight: Shape ``(rows,)``: people that each row stands for.
        unknown: Which values are no answer.
        groups: Whether people are compared by it; else those without an answer aren't counted.
    """
    texts, indices = column.distinct, column.codes
    people = np.bincount(indices, weights=weight, minlength=len(texts)).astype(np.int64)
    chosen, notes = spelled(texts, people, name, unknown)
    values = tuple(sorted({*chosen.values()}))
    code_of = {value: code for code, value in enumerate(values)}
    codes = np.array(
        [code_of[chosen[text]] if text in chosen else len(values) for text in texts],
        dtype=np.int32,
    )
    silent = {text: int(count) for text, count in zip(texts, people, strict=True)}
    silent = {text: count for text, count in silent.items() if text not in chosen and count}
    notes += perhaps_alike(values, name) if groups else []
    if groups and not values:
        notes.append(f"In {name} no row has a known value; there is nothing to compare by it.")
    elif groups and silent:
        notes.append(no_answer_note(name, silent))
    return Coded(values, codes[indices]), notes


def spelled(
    texts: Sequence[str], people: Sequence[int] | NDArray[np.int64], name: str, unknown: Unknown
) -> tuple[dict[str, str], list[str]]:
    """The group that each text means, and a note for every group that is spelled in several ways.

    Args:
        texts: Different texts.
        people: How many have each.
        name: The column's name, for the notes.
        unknown: Which of them are no answer; these aren't in what is returned.
    """
    count = {text: int(number) for text, number in zip(texts, people, strict=True)}
    spellings: dict[str, list[str]] = {}
    for text in texts:
        if not unknown.has(text):
            spellings.setdefault(_spelling_key(text), []).append(text)
    chosen: dict[str, str] = {}
    notes: list[str] = []
    for _, same in sorted(spellings.items()):
        by_look: dict[str, int] = {}
        for text in same:
            by_look[_tidy(text)] = by_look.get(_tidy(text), 0) + count[text]
        best = min(by_look, key=lambda look: (-by_look[look], _shouted(look), look)) or BLANK
        chosen |= dict.fromkeys(same, best)
        if len(same) > 1 and best != BLANK:
            notes.append(_merged(name, best, sorted(same)))
    return chosen, notes


def perhaps_alike(values: Sequence[str], name: str) -> list[str]:
    """A note that offers the groups which are perhaps one, spelled otherwise; none for none."""
    pairs = [
        f"{one!r} and {other!r}"
        for one, other in combinations(values[: MOST_VALUES + 1], 2)
        if _alike(one, other)
    ]
    if not pairs:
        return []
    more = f" and {len(pairs) - _SHOWN} more pairs" if len(pairs) > _SHOWN else ""
    return [
        f"In {name} {', '.join(pairs[:_SHOWN])}{more} are perhaps the same group; they were "
        "counted apart: if they are the same, write them alike."
    ]


def _alike(one: str, other: str) -> bool:
    """Whether two groups differ in punctuation, number or a mark alone, or are listed as one."""
    short, long = sorted((key_of(one), key_of(other)), key=len)
    initial = short.isalpha() and len(short) == 1 and long.isalpha() and long.startswith(short)
    plural = len(short) > 2 and short.isalpha() and long == f"{short}s"
    listed = any(short in keys and long in keys for _, keys in _called())
    return short == long or initial or plural or listed


@cache
def _called() -> tuple[tuple[str, frozenset[str]], ...]:
    """What every listed group is called, with its attribute."""
    return tuple(
        (attribute, frozenset(key_of(word) for word in names))
        for attribute, groups in words()["alike"].items()
        for names in groups.values()
    )


def attribute_of(values: Iterable[str]) -> str:
    """The attribute that two or more of the values are listed under; empty if doubtful."""
    keys = {key_of(value) for value in values}
    # One letter alone may be anything.
    hits = Counter(
        attribute for attribute, names in _called() if any(len(key) > 1 for key in keys & names)
    )
    (first, number), *others = [*hits.most_common(2), ("", 0)][:2]
    return first if number > 1 and all(number > less for _, less in others) else ""


def report_unused(
    unknown: Unknown, columns: Mapping[str, Iterable[str]], problems: Problems
) -> None:
    """Report values of ``--unknown`` that none of the columns holds."""
    there = list(dict.fromkeys(text for column in columns.values() for text in column))
    keys = {key_of(text) for text in there}
    for value in unknown.more if columns else ():
        if key_of(value) not in keys:
            problems.report(
                f"--unknown {value}: no row has this value in {' or '.join(columns)}; there are "
                f"{quoted(sorted(text.strip() or BLANK for text in there))}"
            )


def no_answer_note(name: str, silent: Mapping[str, int]) -> str:
    """How many gave no answer, and what stands there instead."""
    total = sum(silent.values())
    looks = sorted(
        {_tidy(text) or BLANK for text in silent}, key=lambda look: (look != BLANK, look)
    )
    who = "1 person" if total == 1 else f"{total:,} people"
    verb = "is" if total == 1 else "are"
    return f"{who} gave no answer in {name} ({quoted(looks)}) and {verb} in no group."


def too_many(name: str, values: Sequence[str]) -> str:
    """Why people can't be compared by a column of so many values, and what to do."""
    numbers = sum(value.replace(".", "", 1).replace(",", "", 1).isdigit() for value in values)
    example = "20–29, 30–39 and so on" if 2 * numbers > len(values) else "a few larger groups"
    return (
        f"{name} has {len(values):,} different values, too many to compare people by (at most "
        f"{MOST_VALUES}); put them in bands ({example}) in a column of their own, and name that "
        "with --by"
    )


def quoted(values: Iterable[str], most: int = _SHOWN) -> str:
    """Values for a sentence, each cut short; the rest are counted."""
    listed = [value if len(value) <= 40 else value[:39] + "…" for value in values]
    shown = ", ".join("blank" if value == BLANK else repr(value) for value in listed[:most])
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most} more"


def _tidy(text: str) -> str:
    """Without the blanks around it, doubled ones and those that nobody sees."""
    return " ".join("".join(char for char in text if char not in _UNSEEN).split())


_UNSEEN = frozenset("\u200b\u200c\u2060\ufeff\u00ad")


def _shouted(look: str) -> bool:
    """Whether a word, not an abbreviation, is in capitals."""
    return len(look) > 3 and look.isupper()


def _spelling_key(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", _tidy(text)).casefold())


def _merged(name: str, value: str, spellings: Sequence[str]) -> str:
    """Without counts: a report that hides small groups shows this note."""
    return f"In {name} the spellings {quoted(spellings)} were read as {quoted([value])}."


def parts_of(attribute: str) -> tuple[str, ...]:
    """The columns that an attribute crosses."""
    return tuple(part.strip() for part in attribute.split(CROSSED))


def refuse_joined(column: Coded, name: str, problems: Problems) -> None:
    """Report an attribute of an intersection with a value that holds the joining sign."""
    joined = [value for value in column.values if CROSSED in value]
    if joined:
        problems.report(
            f"the value {quoted(joined[:1])} holds a *, which joins the values of an intersection; "
            "write it otherwise",
            field=name,
        )


def crossed(columns: Sequence[Coded], attribute: str, path: str) -> Coded:
    """The intersection of columns: every combination of values, unknown where a part is.

    Raises:
        RecordError: For more than 10,000 cells.
    """
    cells = math.prod(len(column.values) for column in columns)
    if len(columns) > 1 and cells > MOST_CELLS:
        raise RecordError(
            f"the intersection has {cells} cells, more than {MOST_CELLS}; merge values or name "
            "attributes with fewer",
            path=path,
            field=attribute,
        )
    return reduce(_cross, columns)


def _cross(first: Coded, second: Coded) -> Coded:
    """Two columns as one; values sorted as they read when joined."""
    joined = [f"{one}{CROSSED}{other}" for one in first.values for other in second.values]
    order = sorted(range(len(joined)), key=joined.__getitem__)
    code_of = np.empty(len(joined) + 1, dtype=np.int32)
    code_of[order] = np.arange(len(joined), dtype=np.int32)
    code_of[-1] = len(joined)
    known = (first.codes < first.unknown) & (second.codes < second.unknown)
    position = first.codes.astype(np.int64) * second.unknown + second.codes
    codes = code_of[np.where(known, position, len(joined))]
    return Coded(tuple(joined[at] for at in order), codes)
