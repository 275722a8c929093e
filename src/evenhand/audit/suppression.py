"""Whose figures may be published, so that nothing published says anything of small groups.

A group of fewer than ``least`` people isn't shown; and its people are left out of every table,
total and test that is published beside it. So what is published is computed from the people of
shown groups alone: whatever the others are, how many of them, selected or not, every figure is the
same, and there is nothing that could be solved, subtracted or replayed. That leaves out few people
of large groups instead of hiding large groups beside small ones.

A large group isn't hidden for that. A table with so many small groups that a tenth of the
people would be left out, or a group of ``LARGE`` people or more, is *coarse*: its groups of
``GIVEN`` or more are shown and the others are one rest, too few to show, whose people count in the
other tables. What can be subtracted then is the rest within a group of a coarser table (women less
the women of shown races), so each such rest is treated as a group: of fewer than ``least`` people,
they are left out everywhere; and so are a small group that several published ones tell together
and few people of unknown group. Who knows everybody else's row can subtract it from a coarser
table's total and has what is left for a small group of the rest: only leaving out the people of
rests, a tenth to a half of a small file, would keep that from them.

Quality by ad tells how many people are qualified for every ad, so of lists the tables by
occupation group and value are published beside each other as crossed ones are: people of small
cells are taken out of the pool and of every list before anything is measured. Somebody who is
qualified in several occupation groups counts in a group of their own, which leaves out too many
rather than too few. Lists know no rest; there such a crossed table, or the rows by occupation
group, aren't given at all.

Not a protection of those who are shown: who takes one of them out and audits again sees what
changed. An evaluation, whose people are the evaluator's own, hides cells alone (``hidden_cells``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import BoolArray, FloatArray, IntArray, Rankings
from evenhand.measure.counts import CROSSED, OVERALL, UNKNOWN, Scopes, encode_labels, labels_of
from evenhand.measure.measures import ScopeMeasures
from evenhand.measure.study import SMALL_CELL
from evenhand.records.job import Job
from evenhand.records.people import Pool

MOST_SMALL = 0.1
"""Groups that aren't shown by people that are, above which a crossed table is too fine (for a
``least`` of 5; about half of those groups are empty and the others have two people each)."""
_PER_GROUP = 4
MOST_LEFT_OUT = 0.1
"""Share of the people who may be left out of all tables for a crossed one."""
LARGE, GIVEN = 30, 20
"""A group of so many people is shown; in a coarse table also one that a few were taken out of."""
MOST_SOLVED = 2_000_000
"""Published groups times combinations up to which it is solved what follows from them; above, every
small group of a coarse table counts as told."""
_EXACT = 1e-7


@dataclass(frozen=True, eq=False)
class Cells:
    """One table: everybody's cell, and the row of it that they stand in.

    ``codes`` tells every combination with an unknown part on its own; in ``group`` they are all
    ``groups``, the number of the rows of known groups.
    """

    codes: IntArray
    group: IntArray
    groups: int


@dataclass(frozen=True, eq=False)
class Shown:
    """What may be published.

    ``people`` are those that every published figure is made of, ``tables`` those that are given, of
    which ``coarse`` have a rest (the rows that are given); ``withheld`` have too many small groups.
    """

    people: BoolArray
    tables: tuple[str, ...]
    coarse: Mapping[str, BoolArray]
    withheld: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _People:
    """Who there is, and how large a group must be."""

    tables: Mapping[str, Cells]
    weight: IntArray
    known: BoolArray
    least: int

    def rows(self, name: str, people: BoolArray) -> IntArray:
        """People of every row of a table, the unknown last."""
        table = self.tables[name]
        counted = np.bincount(
            table.group, np.where(people, self.weight, 0), minlength=table.groups + 1
        )
        return counted.astype(np.int64)

    def known_in(self, name: str) -> BoolArray:
        """Whose group is known in a table."""
        table = self.tables[name]
        return np.asarray(table.group < table.groups, dtype=np.bool_)

    def count(self, people: BoolArray) -> int:
        """How many they are."""
        return int(self.weight[people].sum())

    def small(self, name: str, people: BoolArray) -> int:
        """Known groups of a table that nobody shown is in."""
        return int((self.rows(name, people)[:-1] == 0).sum())


def shown_people(
    tables: Mapping[str, Cells],
    weight: IntArray,
    known: BoolArray,
    least: int,
    *,
    rests: bool = True,
) -> Shown:
    """The most people of whom nobody stands in a cell of fewer than ``least`` of them.

    Args:
        tables: By attribute; ``*`` joins those of a crossed table.
        weight: Shape ``(people,)``: how many people a row stands for.
        known: Shape ``(people,)``: who is counted at all.
        least: Fewest people of a cell that is shown.
        rests: Whether a table may be coarse; else it isn't given.
    """
    everybody = _People(tables, weight, known, least)
    fine, coarse = list(tables), list[str]()
    while True:
        people, large = _in_large_cells(everybody, fine, coarse if rests else ())
        name = _too_fine(everybody, fine, coarse, people, rests)
        if name is None:
            given = {each for each in coarse if rests and large[each].any()}
            return Shown(
                people,
                tuple(each for each in tables if each in fine or each in given),
                {each: large[each] for each in coarse if each in given},
                tuple(each for each in coarse if each not in given),
            )
        fine.remove(name)
        coarse.append(name)


def _too_fine(
    everybody: _People, fine: Sequence[str], coarse: Sequence[str], people: BoolArray, rests: bool
) -> str | None:
    """The table to be coarse next; None for none."""
    if len(everybody.tables) == 1 or everybody.least <= 1:
        return None
    small = {name: everybody.small(name, people) for name in fine}
    count, known = everybody.count(people), everybody.count(everybody.known)
    most = MOST_SMALL * count * _PER_GROUP
    crossed = [name for name in fine if CROSSED in name and small[name]]
    found = [name for name in crossed if small[name] * (everybody.least - 1) > most]
    if found:
        return max(found, key=lambda name: (name.count(CROSSED), small[name]))
    many = rests and known - count > MOST_LEFT_OUT * known
    if not many and not _hides_a_large_group(everybody, people):
        return None
    gains: dict[str, int] = {}
    for name in crossed or [each for each in fine if rests and small[each]]:
        others = [each for each in fine if each != name]
        more, _ = _in_large_cells(everybody, others, [*coarse, name] if rests else ())
        gains[name] = everybody.count(more) - count
    best = max(gains, key=lambda name: (gains[name], name), default=None)
    # Who would gain is in a small group of it: so who is shown says which of the two was done.
    return best if best is not None and gains[best] > 0 else None


def _hides_a_large_group(everybody: _People, people: BoolArray) -> bool:
    """Whether a row of many people has none left."""
    large = max(LARGE, everybody.least)
    return any(
        bool(((everybody.rows(name, everybody.known) >= large) & (left == 0))[:-1].any())
        for name in everybody.tables
        for left in (everybody.rows(name, people),)
    )


def _in_large_cells(
    everybody: _People, fine: Sequence[str], coarse: Sequence[str]
) -> tuple[BoolArray, dict[str, BoolArray]]:
    """Leaving people out makes other cells small, so again until nothing changes."""
    people, large = everybody.known, dict[str, BoolArray]()
    while True:
        kept = people
        for name in fine:
            kept = kept & _enough(everybody, everybody.tables[name].codes, kept)
        for name in coarse:
            # Who gave no answer is said to be hidden, not merged with others: no rest for them.
            codes, known = everybody.tables[name].codes, everybody.known_in(name)
            kept = kept & (known | _enough(everybody, codes, kept))
            rows = everybody.rows(name, kept)[:-1] >= max(GIVEN, everybody.least)
            large[name] = np.asarray(rows, dtype=np.bool_)
        for name in coarse:
            rest = kept & ~_given(everybody, name, large)
            for codes in _lines(everybody, name, fine, large):
                kept = kept & (~rest | _enough(everybody, codes, rest))
        if kept.sum() == people.sum():
            # Without rests every group that follows is one of those counted above.
            told = _told(everybody, fine, coarse, large, kept) if coarse else None
            if told is None or not told.any():
                return people, large
            kept = kept & ~told
        people = kept


def _told(
    everybody: _People,
    fine: Sequence[str],
    coarse: Sequence[str],
    large: Mapping[str, BoolArray],
    people: BoolArray,
) -> BoolArray:
    """Who stands in a small group that follows from several of the published ones together.

    Published groups are rows of zeros and ones over the combinations of values, and a group that
    isn't published can be solved for if and only if it is a sum of multiples of them. Who solves it
    must know which combinations nobody has; so this leaves out too many rather than too few.
    """
    places = np.flatnonzero(people)
    weight, told = everybody.weight[places], np.zeros(len(places), dtype=np.bool_)
    cells = {name: everybody.tables[name].codes[places] for name in (*fine, *coarse)}
    rest = {name: ~_given(everybody, name, large)[places] for name in coarse}
    rows = [np.ones((1, len(places)))]
    for name, codes in cells.items():
        rows.append(_indicators(codes if name in fine else codes[~rest[name]], codes))
    published = np.concatenate(rows)
    for name in coarse if len(places) else ():
        hidden = _indicators(cells[name][rest[name]], cells[name])
        sizes = hidden @ weight
        if published.size > MOST_SOLVED:
            solved = np.ones(len(hidden), dtype=np.bool_)
        else:
            multiples = np.linalg.lstsq(published.T, hidden.T, rcond=None)[0]
            solved = np.abs(multiples.T @ published - hidden).max(axis=1, initial=0.0) < _EXACT
        small = sizes < everybody.least
        told |= hidden[solved & small].any(axis=0)
        # What is left of a published group once the solved ones are taken away is a group too.
        left = rest[name] & ~hidden[solved].any(axis=0)
        for line in published:
            inside = left & (line > 0)
            if 0 < weight[inside].sum() < everybody.least:
                told |= inside
    found = np.zeros(len(people), dtype=np.bool_)
    found[places[told]] = True
    return found


def _indicators(wanted: IntArray, codes: IntArray) -> FloatArray:
    """A row of zeros and ones for every different value that is wanted: where it stands."""
    return (np.unique(wanted)[:, None] == codes).astype(np.float64)


def _enough(everybody: _People, codes: IntArray, people: BoolArray) -> BoolArray:
    """Whose cell holds enough of those people."""
    sizes = np.bincount(codes, np.where(people, everybody.weight, 0))
    return np.asarray(sizes[codes] >= everybody.least, dtype=np.bool_)


def _given(everybody: _People, name: str, large: Mapping[str, BoolArray]) -> BoolArray:
    """Who stands in a row of a coarse table that is given."""
    return np.append(large[name], False)[everybody.tables[name].group]


def _lines(
    everybody: _People, name: str, fine: Sequence[str], large: Mapping[str, BoolArray]
) -> Iterator[IntArray]:
    """Cells of everything published that rows of a table can be subtracted from."""
    yield np.zeros(len(everybody.known), dtype=np.int64)
    parts = parts_of(name)
    for other, table in everybody.tables.items():
        if parts_of(other) < parts:
            if other in fine:
                yield table.codes
            elif other in large:
                yield np.where(_given(everybody, other, large), table.codes + 1, 0)


def parts_of(attribute: str) -> frozenset[str]:
    """The attributes that a table crosses."""
    return frozenset(part.strip() for part in attribute.split(CROSSED))


Cell = tuple[str, str]
"""A group of ads and a value of the attribute."""


def hidden_cells(scopes: Mapping[str, ScopeMeasures]) -> frozenset[Cell]:
    """The cells to hide, the overall row being shown wherever it isn't small itself."""
    people: dict[str, dict[str, int]] = {}
    for scope, measures in scopes.items():
        for count in measures.counts:
            if count.people:
                people.setdefault(count.value, {})[scope] = count.people
    return frozenset(
        (scope, value) for value, cells in people.items() for scope in _hidden_scopes(cells)
    )


def _hidden_scopes(cells: Mapping[str, int]) -> list[str]:
    if cells.get(OVERALL, SMALL_CELL) < SMALL_CELL:
        return list(cells)
    scopes = {scope: people for scope, people in cells.items() if scope != OVERALL}
    hidden = [scope for scope, people in scopes.items() if people < SMALL_CELL]
    shown = sorted(scopes.keys() - {*hidden}, key=lambda scope: (scopes[scope], scope))
    while shown and not _safe(scopes, hidden):
        hidden.append(shown.pop(0))
    return hidden


def _safe(scopes: Mapping[str, int], hidden: Sequence[str]) -> bool:
    """Whether a small cell may, for all that the total says, have 1 to 4 people."""
    people = [scopes[scope] for scope in hidden]
    if not any(number < SMALL_CELL for number in people):
        return True
    # The others may all have one, and then this one has what they lose.
    return len(people) > 1 and 1 + sum(number - 1 for number in people) >= SMALL_CELL - 1


Rows = frozenset[tuple[str, str]]
"""Occupation group (or ``overall``) and value; ``""`` is the unknown row."""

_SCOPE = "\x00"
"""Stands for the occupation group among the attributes."""


@dataclass(frozen=True, eq=False)
class InLists:
    """Who may be shown of a pool.

    ``values`` has every value of each attribute that is given, also those of people left out;
    ``withheld`` are crossed attributes that aren't given, ``scoped`` those whose rows by occupation
    group are.
    """

    people: BoolArray
    values: Mapping[str, tuple[str, ...]]
    withheld: tuple[str, ...]
    scoped: frozenset[str]

    @property
    def hides(self) -> bool:
        """Whether somebody is left out because few people share their group."""
        return not bool(self.people.all())


def shown_in_lists(
    jobs: Sequence[Job],
    pool: Pool,
    qualified: BoolArray,
    by: Sequence[str],
    *,
    grouped_by: str,
    least: int,
) -> InLists:
    """Who may be shown of the people that lists are over."""
    groups = np.array([job.fields.get(grouped_by, "") for job in jobs], dtype=np.str_)
    anybody: BoolArray = np.asarray(qualified.any(axis=0), dtype=np.bool_)
    members = [qualified[groups == name].any(axis=0) for name in np.unique(groups) if name]
    where = _numbered(np.stack([anybody, *members], axis=1))
    tables: dict[str, Cells] = {}
    values: dict[str, tuple[str, ...]] = {}
    for name in by:
        coded = encode_labels(labels_of(pool, name))
        values[name] = coded.values
        parts = [pool.column(part.strip()) for part in name.split(CROSSED)]
        codes = _numbered(np.stack([*parts, anybody.astype(np.str_)], axis=1))
        tables[name] = Cells(codes, coded.codes, len(coded.values))
        inside = where * (len(coded.values) + 1) + coded.codes
        rows = len(coded.values) * (int(where.max(initial=0)) + 1)
        unknown = coded.codes == len(coded.values)
        tables[f"{_SCOPE}{CROSSED}{name}"] = Cells(inside, np.where(unknown, rows, inside), rows)
    weight = np.ones(len(pool), dtype=np.int64)
    shown = shown_people(tables, weight, np.ones(len(pool), dtype=np.bool_), least, rests=False)
    return InLists(
        shown.people,
        {name: values[name] for name in by if name in shown.tables},
        tuple(name for name in shown.withheld if _SCOPE not in name),
        frozenset(name for name in by if f"{_SCOPE}{CROSSED}{name}" in shown.tables),
    )


def _numbered(rows: NDArray[np.generic]) -> IntArray:
    """A number for every different row."""
    return np.asarray(np.unique(rows, axis=0, return_inverse=True)[1], dtype=np.int64).ravel()


def without(rankings: Rankings, people: BoolArray) -> Rankings:
    """The lists without some of the people; those below them move up."""
    place = np.append(np.where(people, np.cumsum(people) - 1, -1), -1)
    positions = place[rankings.positions]
    order = np.argsort(positions < 0, axis=1, kind="stable")
    positions = np.take_along_axis(positions, order, axis=1)
    scores = np.take_along_axis(rankings.scores, order, axis=1)
    ids = tuple(one for one, kept in zip(rankings.candidate_ids, people, strict=True) if kept)
    return Rankings(rankings.query_ids, ids, positions, np.where(positions < 0, np.nan, scores))


def hidden_rows(
    qualified: BoolArray, scopes: Scopes, labels: Mapping[str, NDArray[np.str_]], among: InLists
) -> dict[str, Rows]:
    """The rows by occupation group to hide, by attribute.

    Where somebody is left out, those are the rows without people.
    """
    found: dict[str, Rows] = {}
    for name, own in labels.items():
        values = (*among.values[name], UNKNOWN)
        hidden: set[tuple[str, str]] = set()
        for scope, ads in zip(scopes.names, scopes.membership.T, strict=True):
            there = set(own[qualified[ads].any(axis=0)].tolist())
            every = scope != OVERALL and name not in among.scoped
            hidden |= {
                (scope, value) for value in values if every or (among.hides and value not in there)
            }
        found[name] = frozenset(hidden)
    return found
