"""People and pools of people, with the attributes that only measuring may read.

The rewriter and the generator never import this module (a test enforces it): what a matching
engine gets is ``Pool.documents()``, ids and texts without any attribute.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


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
    """The people that ads are ranked against, in a fixed order."""

    people: tuple[Candidate, ...]

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
        return Pool(tuple(person for person in self.people if keep(person)))

    def take(self, positions: Sequence[int] | NDArray[np.integer]) -> Pool:
        """The people at these positions."""
        return Pool(tuple(self.people[int(position)] for position in positions))

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
