"""What people write in tables: which column is meant, and what somebody's answer says.

Columns are found by name, by usual names (``words.toml``) or by what the user said: case, accents,
blanks and punctuation don't count, and two that could both be meant are a question. The values of a
group column get one spelling a group, and none for those who gave no answer. Not a guesser: a value
that isn't in the list of non-answers is a group, and what was taken for none is named.
"""

from __future__ import annotations

import math
import shlex
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, reduce
from importlib.resources import files
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import RecordError
from evenhand.records.rows import BLANK, Problems, some

MOST_VALUES = 20
"""Most values of a column that people are compared by."""
CROSSED = "*"
MOST_CELLS = 10_000
"""Most cells of an intersection."""
_SHOWN = 8


def several(names: str | Iterable[str]) -> tuple[str, ...]:
    """Names as given from Python, where one name alone is no row of letters."""
    return (names,) if isinstance(names, str) else tuple(names)


@dataclass(frozen=True)
class Texts:
    """A column of texts; a blank stands where there is nothing."""

    distinct: Sequence[str]  # every text that some row has, in order of first appearance
    codes: NDArray[np.int32]  # shape ``(rows,)``: which of them each row has

    def __len__(self) -> int:
        return len(self.codes)

    def tolist(self) -> list[str]:
        """The text of every row."""
        distinct = [*self.distinct]
        return [distinct[code] for code in self.codes.tolist()]

    def only(self, rows: NDArray[np.intp]) -> Texts:
        """The rows at these positions."""
        used, codes = np.unique(self.codes[rows], return_inverse=True)
        distinct = [*self.distinct]
        texts: list[str] = [distinct[code] for code in used.tolist()]
        return Texts(texts, codes.astype(np.int32))

    @property
    def unique(self) -> bool:
        """Whether no text stands twice."""
        return len(self.distinct) == len(self.codes)

    @property
    def any_blank(self) -> bool:
        """Whether there is nothing but white space somewhere."""
        return any(not text.strip() for text in self.distinct)

    @property
    def blank(self) -> NDArray[np.bool_]:
        """Shape ``(rows,)``: where there is nothing but white space."""
        return np.array([not text.strip() for text in self.distinct], dtype=np.bool_)[self.codes]


class TextsBuilder:
    """A column while a file is read."""

    def __init__(self) -> None:
        self._code_of: defaultdict[str, int] = defaultdict()
        # A text that isn't there yet gets the next number: all of it runs in C.
        self._code_of.default_factory = self._code_of.__len__
        self._parts: list[NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]

    def extend(self, texts: Sequence[str]) -> None:
        """Add the texts of further rows."""
        codes = map(self._code_of.__getitem__, texts)
        self._parts.append(np.fromiter(codes, np.int32, len(texts)))

    def built(self) -> Texts:
        """The column."""
        return Texts(list(self._code_of), np.concatenate(self._parts))


def texts_of(texts: Sequence[str]) -> Texts:
    """A column of these texts."""
    column = TextsBuilder()
    column.extend(texts)
    return column.built()


@dataclass(frozen=True)
class Unknown:
    """Which values of a group column are no answer."""

    more: tuple[str, ...] = ()  # values that are none, beside those of the list
    listed: bool = True  # whether those of the list (and blanks) are none; else they are groups

    def has(self, text: str) -> bool:
        """Whether a value is no answer."""
        plain = key_of(text)
        if plain in {key_of(value) for value in self.more}:
            return True
        return self.listed and is_no_answer(text)


DEFAULT_UNKNOWN = Unknown()


@dataclass(frozen=True)
class Coded:
    """A column of categories."""

    values: tuple[str, ...]  # the known values, sorted
    codes: NDArray[np.int32]  # shape ``(rows,)``: index into ``values``; ``len(values)`` is unknown

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
    """A column of categories, spellings merged, and what to say of it."""
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
    """The group that each text means, and a note for every group spelled in several ways."""
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
            # Without counts: a report that hides small groups shows this note.
            spelt = some(sorted(same))
            notes.append(f"In {name} the spellings {spelt} were read as {some([best])}.")
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
                f"{some(sorted(text.strip() or BLANK for text in there))}"
            )


def no_answer_note(name: str, silent: Mapping[str, int]) -> str:
    """How many gave no answer, and what stands there instead."""
    total = sum(silent.values())
    looks = sorted(
        {_tidy(text) or BLANK for text in silent}, key=lambda look: (look != BLANK, look)
    )
    who = "1 person" if total == 1 else f"{total:,} people"
    verb = "is" if total == 1 else "are"
    return f"{who} gave no answer in {name} ({some(looks)}) and {verb} in no group."


def too_many(name: str, values: Sequence[str]) -> str:
    """Why people can't be compared by a column of so many values, and what to do."""
    numbers = sum(value.replace(".", "", 1).replace(",", "", 1).isdigit() for value in values)
    example = "20–29, 30–39 and so on" if 2 * numbers > len(values) else "a few larger groups"
    return (
        f"{name} has {len(values):,} different values, too many to compare people by (at most "
        f"{MOST_VALUES}); put them in bands ({example}) in a column of their own, and name that "
        "with --by"
    )


def _tidy(text: str) -> str:
    """Without the blanks around it, doubled ones and those that nobody sees."""
    return " ".join("".join(char for char in text if char not in _UNSEEN).split())


_UNSEEN = frozenset("\u200b\u200c\u2060\ufeff\u00ad")


def _shouted(look: str) -> bool:
    """Whether a word, not an abbreviation, is in capitals."""
    return len(look) > 3 and look.isupper()


def _spelling_key(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", _tidy(text)).casefold())


def parts_of(attribute: str) -> tuple[str, ...]:
    """The columns that an attribute crosses."""
    return tuple(part.strip() for part in attribute.split(CROSSED))


def refuse_joined(column: Coded, name: str, problems: Problems) -> None:
    """Report an attribute of an intersection with a value that holds the joining sign."""
    joined = [value for value in column.values if CROSSED in value]
    if joined:
        problems.report(
            f"the value {some(joined[:1])} holds a *, which joins the values of an intersection; "
            "write it otherwise",
            field=name,
        )


def crossed(columns: Sequence[Coded], attribute: str, path: str) -> Coded:
    """The intersection of columns: every combination of values, unknown where a part is."""
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


OUTCOMES = ("selected", "score")
OPTIONAL = ("id", "job", "period", "weight")
ROLES = ("id", "selected", "score", "job", "period", "weight")
_STRONG = 2
"""Columns of known roles that make a row a header where no column asked for is in it."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for."""

    groups: tuple[str, ...] = ()  # columns that people are compared by, as asked for
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])  # theirs to ours
    stages: tuple[str, ...] = ()  # columns of several steps, in their order, instead of one outcome

    def header_hits(self, cells: Sequence[str]) -> int:
        """How much a row looks like the header; 0 if it doesn't."""
        keys = [key_of(cell) for cell in cells if cell.strip()]
        if len(keys) < 2 or len({*keys}) < len(keys):
            return 0
        asked = {key_of(name) for name in (*self.groups, *self.mapping, *self.stages)}
        family = {key for name in self.groups for key in family_of(name)}
        groups = sum(key in asked or key in family for key in keys)
        roles = sum(key in _known_roles() for key in keys)
        return groups + roles if groups or roles >= _STRONG else 0


@dataclass
class Located:
    """Where everything is."""

    found: dict[str, int]  # evenhand's name to the column's position
    notes: list[str]  # what was found under another name, one sentence each
    unused: tuple[str, ...] = ()  # the columns that nothing was made of


def _known_roles() -> frozenset[str]:
    if not _ROLE_KEYS:
        lists = [("columns", role) for role in words()["columns"]]
        lists += [("counts", name) for name in words()["counts"] if name != "totals"]
        _ROLE_KEYS.update(key for section, name in lists for key in keys_of(section, name))
    return frozenset(_ROLE_KEYS)


_ROLE_KEYS: set[str] = set()


def family_of(name: str) -> tuple[str, ...]:
    """Other names of the same attribute."""
    plain = key_of(name)
    for attribute in words()["attributes"]:
        keys = keys_of("attributes", attribute)
        if plain in keys:
            return keys
    return ()


def locate(there: Sequence[str], wanted: Wanted, problems: Problems) -> Located:
    """The position of everything that is wanted and there; what is missing is reported."""
    said: dict[str, int] = {}
    for theirs, ours in wanted.mapping.items():
        at = position_of(there, theirs)
        if at is None:
            _report_missing([theirs], there, problems)
        else:
            _refuse_twice(there, at, ours, problems)
            said[ours] = at
    located = Located(dict(said), [])
    locate_groups(there, wanted, located, problems)
    free = [at for at in range(len(there)) if at not in located.found.values()]
    if not wanted.stages:
        _locate_outcome(there, free, located, problems)
    for role in OPTIONAL:
        _locate_role(role, there, free, located)
    taken = {*located.found.values()}
    located.unused = tuple(
        name for at, name in enumerate(there) if at not in taken and name.strip()
    )
    return located


def locate_groups(
    there: Sequence[str], wanted: Wanted, located: Located, problems: Problems
) -> None:
    """Find what people are compared by, and the steps of a selection."""
    names = (*wanted.groups, *wanted.stages)
    missing = [name for name in names if not _locate_group(name, there, located, problems)]
    if missing:
        _report_missing(missing, there, problems)


def position_of(there: Sequence[str], name: str) -> int | None:
    """The column of this name; else the only one that differs in case or punctuation alone."""
    if name in there:
        return there.index(name)
    alike = [at for at, other in enumerate(there) if key_of(other) == key_of(name)]
    return alike[0] if len(alike) == 1 else None


def _report_missing(names: Sequence[str], there: Sequence[str], problems: Problems) -> None:
    """Report columns that aren't there, and offer what is close."""
    near = [other for name in names for other in close_to(name, there)]
    hint = f"did you mean {some(dict.fromkeys(near))}? " if near else ""
    what = "no such column" if len(names) == 1 else "no such columns"
    problems.report(
        f"there is {what} as {some(names)}; {hint}the columns are {some(there)} (--map "
        f"theirs={names[0]} maps one to it)"
    )


def close_to(name: str, there: Iterable[str]) -> list[str]:
    """Columns whose names are close to one that isn't there."""
    by_key: dict[str, str] = {}
    for other in there:
        by_key.setdefault(key_of(other), other)
    plain = key_of(name)
    inside = [key for key in by_key if len(plain) > 2 and plain in key]
    near = get_close_matches(plain, list(by_key), n=3, cutoff=0.6)
    return [by_key[key] for key in dict.fromkeys([*near, *inside])][:3]


def _locate_group(name: str, there: Sequence[str], located: Located, problems: Problems) -> bool:
    """Whether a column for it was found, or two are in doubt and that was reported."""
    if name in located.found:
        return True
    at = position_of(there, name)
    if at is not None:
        _refuse_twice(there, at, name, problems)
        located.found[name] = at
        return True
    family = family_of(name)
    same = [at for at, other in enumerate(there) if key_of(other) in family]
    if not same:
        tokens = {key_of(name), *(key for key in family if len(key) > 2)}
        same = [
            at
            for at, other in enumerate(there)
            if tokens & {key_of(word) for word in other.replace("_", " ").split()}
        ]
    if len(same) == 1:
        located.found[name] = same[0]
        located.notes.append(f"{name} is read from the column {there[same[0]]!r}.")
    elif same:
        both = [there[at] for at in same]
        problems.report(
            f"there is no such column, and {' and '.join(map(repr, both))} could be meant; name "
            "one of them",
            field=name,
        )
    return bool(same)


def _locate_outcome(
    there: Sequence[str], free: Sequence[int], located: Located, problems: Problems
) -> None:
    """The outcome and the score; two candidates for the only outcome are a question."""
    given = any(role in located.found for role in OUTCOMES)
    for role in OUTCOMES:
        if role in located.found:
            continue
        exact = [at for at in free if key_of(there[at]) == role]
        alike = [at for at in free if key_of(there[at]) in keys_of("columns", role)]
        plainly = [at for at in exact if there[at] == role] or exact
        sure = len(alike) == 1 or (given and role == "score")
        if len(plainly) == 1 and (sure or there[plainly[0]] == role):
            located.found[role] = plainly[0]
            others = [there[at] for at in alike if at != plainly[0]]
            if others:
                located.notes.append(
                    f"{role} is read from {there[plainly[0]]!r}, not from {some(others)} "
                    f"(--{role} names another)."
                )
        elif exact and not given and len({there[at] for at in alike}) < len(alike):
            _refuse_twice(there, exact[0], role, problems)
            return
        elif given and role == "selected":
            continue
        elif len(alike) == 1:
            located.found[role] = alike[0]
            located.notes.append(f"{role} is read from the column {there[alike[0]]!r}.")
        elif alike and not given:
            names = [there[at] for at in alike]
            steps = f" (or several steps: --stage {','.join(names)})" if role == "selected" else ""
            problems.report(
                f"{' and '.join(map(repr, names))} could all be meant; name one with "
                f"--{role} {names[0]}{steps}",
                field=role,
            )
            return
        given = given or role in located.found
    if not given:
        dates = [one for one in there if key_of(one) in keys_of("columns", "selected_date")]
        dated = ""
        if dates:
            named = shlex.join(["--selected", dates[0]])
            dated = f" (where a date means selected: {named} --selected-is any --blank-is 0)"
        problems.report(
            "there is neither a column `selected` nor `score`, nor one of a usual name; name it "
            f"with --selected or --score{dated}; the columns are {some(there)}"
        )


def _locate_role(role: str, there: Sequence[str], free: Sequence[int], located: Located) -> None:
    if role in located.found:
        return
    order = keys_of("columns", role)
    alike = sorted(
        (order.index(key_of(there[at])), at)
        for at in free
        if key_of(there[at]) in order and at not in located.found.values()
    )
    if not alike:
        return
    at = alike[0][1]
    located.found[role] = at
    if role == "weight" and key_of(there[at]) == role:
        located.notes.append(
            f"A row counts for as many people as {there[at]!r} says; rename it if it means "
            "something else."
        )
    if key_of(there[at]) != role:
        others = [there[other] for _, other in alike[1:]]
        more = f", not from {some(others)} (--{role} names another)" if others else ""
        located.notes.append(f"{role} is read from the column {there[at]!r}{more}.")


def _refuse_twice(there: Sequence[str], at: int, ours: str, problems: Problems) -> None:
    if list(there).count(there[at]) > 1:
        problems.report("two columns have this name; rename one", field=ours)
