"""Which column of a file is meant: by name, by usual names, or by what the user said.

Case, accents, blanks and punctuation don't count. Whatever was found under another name is noted,
and two columns that could both be meant are a question. Knows names alone, never a value.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from evenhand.records.answers import key_of, keys_of, words
from evenhand.records.columns import some
from evenhand.records.rows import Problems

OUTCOMES = ("selected", "score")
OPTIONAL = ("id", "job", "period", "weight")
ROLES = ("id", "selected", "score", "job", "period", "weight")
_STRONG = 2
"""Columns of known roles that make a row a header where no column asked for is in it."""


@dataclass(frozen=True)
class Wanted:
    """What is looked for.

    Attributes:
        groups: Columns that people are compared by, as asked for.
        mapping: The file's column to evenhand's name, where the user said so.
        stages: Columns of several steps, in their order, instead of one outcome.
    """

    groups: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    stages: tuple[str, ...] = ()

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
    """Where everything is.

    Attributes:
        found: Evenhand's name to the column's position.
        notes: What was found under another name, one sentence each.
        unused: The columns that nothing was made of.
    """

    found: dict[str, int]
    notes: list[str]
    unused: tuple[str, ...] = ()


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
    """The position of everything that is wanted and there; what is missing is reported.

    Args:
        there: The file's columns.
        wanted: What is looked for.
        problems: Where missing and doubtful columns are reported.
    """
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
