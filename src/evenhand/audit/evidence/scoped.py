"""Who of the people that lists are over may be shown, in all ads and by occupation group.

Quality by ad tells how many people are qualified for every ad, so the tables by occupation group
and value are published beside each other as crossed ones are (``suppression``): people of small
cells are taken out of the pool and of every list before anything is measured. Somebody who is
qualified in several occupation groups counts in a group of their own, which leaves out too many
rather than too few. Where too many would go, no row by occupation group is given instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.audit.suppression import Cells, shown_people
from evenhand.match.protocol import BoolArray, IntArray, Rankings
from evenhand.measure.estimates import OVERALL, Scopes
from evenhand.measure.labels import CROSSED, UNKNOWN, encode_labels, labels_of
from evenhand.records.candidate import Pool
from evenhand.records.job import Job

Rows = frozenset[tuple[str, str]]
"""Occupation group (or ``overall``) and value; ``""`` is the unknown row."""

_SCOPE = "\x00"
"""Stands for the occupation group among the attributes."""


@dataclass(frozen=True, eq=False)
class InLists:
    """Who may be shown of a pool.

    Attributes:
        people: Shape ``(people,)``.
        values: Every value of each attribute that is given, also those of people left out.
        withheld: Crossed attributes that aren't given.
        scoped: Attributes whose rows by occupation group are given.
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
    """Who may be shown of the people that lists are over.

    Args:
        jobs: The ads.
        pool: The people.
        qualified: Shape ``(jobs, people)``.
        by: Attributes.
        grouped_by: Field of the ads that holds their occupation group.
        least: Fewest people of a group that is shown.
    """
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
    """The lists without some of the people; those below them move up.

    Args:
        rankings: Over everybody.
        people: Shape ``(people,)``: who stays.
    """
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

    Args:
        qualified: Shape ``(jobs, people)``, of those who may be shown.
        scopes: Which ads are in which occupation group; ``overall`` first.
        labels: By attribute, shape ``(people,)``; ``""`` where unknown.
        among: Who was left out.
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
