"""Folds and halves of people: who may pay for what, decided by id and seed alone.

Stratified by occupation and attribute values, so that small groups are spread evenly. Nothing
here looks at a score, and the order of a file doesn't matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from evenhand.match.protocol import IntArray

HALF_SPLITS = 5
"""Random splits into two halves, over which reliability is averaged."""


def deal(ids: Sequence[str], strata: Sequence[str], parts: int, seed: Sequence[int]) -> IntArray:
    """Deal people into parts, evenly within every stratum.

    Args:
        ids: Candidate ids.
        strata: The stratum of each person.
        parts: How many parts.
        seed: What the order within a stratum depends on, besides the ids.

    Returns:
        The part of each person, 0 to ``parts - 1``, shape ``(people,)``. Parts differ by at most
        one person within a stratum and, the count running on, by at most one overall.
    """
    salt = "\x1f".join(str(number) for number in seed)
    order = sorted(range(len(ids)), key=lambda i: (strata[i], _hash(salt, ids[i]), ids[i]))
    dealt = np.empty(len(ids), dtype=np.int64)
    dealt[np.asarray(order, dtype=np.int64)] = np.arange(len(ids)) % parts
    return dealt


def halves(ids: Sequence[str], strata: Sequence[str], seed: int) -> IntArray:
    """``HALF_SPLITS`` random splits into two halves, shape ``(splits, people)``, values 0 and 1."""
    splits = [deal(ids, strata, 2, (seed, 1, split)) for split in range(HALF_SPLITS)]
    return np.stack(splits)


def folds(ids: Sequence[str], strata: Sequence[str], count: int, seed: int) -> IntArray:
    """The fold of each person, 0 to ``count - 1``, shape ``(people,)``."""
    return deal(ids, strata, count, (seed, 0))


def _hash(salt: str, candidate_id: str) -> bytes:
    return hashlib.blake2b(f"{salt}\x1f{candidate_id}".encode(), digest_size=12).digest()
