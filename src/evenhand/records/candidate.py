"""People and pools of people, with the attributes that only measuring may read.

The rewriter and the generator never import this module (a test enforces it): what a matching
engine gets is ``Pool.documents()``, ids and texts without any attribute.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evenhand.records.answers import (
    DEFAULT_UNKNOWN,
    MOST_VALUES,
    Unknown,
    no_answer_note,
    perhaps_alike,
    report_unused,
    spelled,
    too_many,
)
from evenhand.records.finding import Located, Wanted, locate_groups
from evenhand.records.rows import Problems


@dataclass(frozen=True, slots=True)
class Document:
    """An id and a text: all that a matching engine may know of a person."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person.

    Attributes:
        id: Unique within a pool.
        text: The profile that the matching engine reads.
        fields: Every other column, as text; ``""`` where unknown. Some of these are protected
            attributes (gender, age band): whoever measures names them, nobody else reads them.
    """

    id: str
    text: str
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Pool:
    """The people that ads are ranked against, in a fixed order.

    Attributes:
        people: Everybody.
        path: The file that they came from, for sentences.
        unknown: Which values of a group column are no answer.
        notes: What was made of their groups, one sentence each.
        grouped_by: The columns in which this was done.
    """

    people: tuple[Candidate, ...]
    path: str = field(default="the people", compare=False)
    unknown: Unknown = DEFAULT_UNKNOWN
    notes: tuple[str, ...] = field(default=(), compare=False)
    grouped_by: frozenset[str] = field(default=frozenset(), compare=False)

    def __len__(self) -> int:
        """Number of people."""
        return len(self.people)

    def __iter__(self) -> Iterator[Candidate]:
        """The people, in order."""
        return iter(self.people)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Candidate ids, in pool order."""
        return tuple(person.id for person in self.people)

    def documents(self) -> list[Document]:
        """What a matching engine may see: ids and texts."""
        return [Document(person.id, person.text) for person in self.people]

    def column(self, name: str) -> NDArray[np.str_]:
        """One field of everybody, shape ``(people,)``; ``""`` where unknown."""
        return np.array([person.fields.get(name, "") for person in self.people], dtype=np.str_)

    def has_column(self, name: str) -> bool:
        """Whether anybody has a value in this field."""
        return any(person.fields.get(name) for person in self.people)

    def where(self, keep: Callable[[Candidate], bool]) -> Pool:
        """The people for whom ``keep`` is true, in the same order."""
        return replace(self, people=tuple(person for person in self.people if keep(person)))

    def take(self, positions: Sequence[int] | NDArray[np.integer]) -> Pool:
        """The people at these positions."""
        people = tuple(self.people[int(position)] for position in positions)
        return replace(self, people=people)

    def grouped(self, columns: Sequence[str], *, alone: bool = True) -> Pool:
        """The same people with one spelling a group in these columns, and none for no answer.

        A column that isn't there is found under its usual names, as in outcomes.

        Args:
            columns: What people are compared by.
            alone: Whether ``unknown`` is about these people alone, so that a value of it that
                nobody has is a mistake.

        Raises:
            RecordError: For a column that isn't there, could be two, or has too many values; all
                of them in one message.
        """
        names = tuple(name for name in dict.fromkeys(columns) if name not in self.grouped_by)
        if not names:
            return self
        problems = Problems(self.path, collect=True)
        there = [*dict.fromkeys(name for person in self.people for name in person.fields)]
        located = Located({}, [])
        locate_groups(there, Wanted(names), located, problems)
        values: dict[str, list[str]] = {}
        notes = [*located.notes]
        for name, at in located.found.items():
            values[name], said = self._groups_in(there[at], name)
            notes += said
            different = sorted({*values[name]} - {""})
            if len(different) > MOST_VALUES:
                problems.report(too_many(name, different))
            elif not different:
                problems.report("nobody in the pool has a value in this column", field=name)
        if alone:
            texts = {
                name: dict.fromkeys(person.fields.get(there[at], "") for person in self.people)
                for name, at in located.found.items()
            }
            report_unused(self.unknown, texts, problems)
        problems.settle()
        people = tuple(
            replace(
                person,
                fields={**person.fields, **{name: column[at] for name, column in values.items()}},
            )
            for at, person in enumerate(self.people)
        )
        grouped_by = self.grouped_by | {*names}
        return replace(self, people=people, notes=(*self.notes, *notes), grouped_by=grouped_by)

    def _groups_in(self, column: str, name: str) -> tuple[list[str], list[str]]:
        """Everybody's group in a column, and what to say of it."""
        texts = [person.fields.get(column, "") for person in self.people]
        count = Counter(texts)
        chosen, notes = spelled(list(count), list(count.values()), name, self.unknown)
        notes += perhaps_alike(sorted({*chosen.values()}), name)
        silent = {text: number for text, number in count.items() if text not in chosen}
        if silent and chosen:
            notes.append(no_answer_note(name, silent))
        return [chosen.get(text, "") for text in texts], notes

    @cached_property
    def digest(self) -> str:
        """Hex digest of ids and texts in order; attributes are left out on purpose."""
        digest = hashlib.blake2b(digest_size=16)
        for person in self.people:
            for part in (person.id, person.text):
                encoded = part.encode()
                digest.update(len(encoded).to_bytes(8, "little"))
                digest.update(encoded)
        return digest.hexdigest()
