"""Digests of the people that an audit shows: the same whoever is hidden beside them.

A digest of a whole file lets anybody who can write down every file that it may have been try which
one it was, hidden people included. These know nothing of them, and still change with anything that
the audit rests on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

from evenhand.audit.evidence.audit import Ranked
from evenhand.audit.evidence.rates import SCORING, RateEvidence, shown_column
from evenhand.measure.labels import labels_of
from evenhand.records.files import digest_texts
from evenhand.records.outcomes import Coded, Outcomes

OF_SHOWN = "shown:"
"""Starts a digest of the people who are shown, in place of one of the file."""


def digest_of_people(outcomes: Outcomes, rates: Sequence[RateEvidence]) -> str:
    """Digest of the rows that are shown.

    Args:
        outcomes: People assessed.
        rates: What is shown of them.
    """
    digest = hashlib.blake2b(digest_size=16)
    for one in rates:
        rows = np.flatnonzero(one.known)
        result = outcomes.score if one.measure == SCORING else one.positive
        digest.update(one.measure.encode())
        for values in (result, outcomes.weight):
            digest.update(b"" if values is None else values[rows].tobytes())
        columns = [
            shown_column(outcomes.crossed(name), one.coarse.get(name)) for name in one.tables
        ]
        for column in (*columns, outcomes.job, outcomes.period):
            if column is not None:
                digest.update(digest_texts(_texts(column, rows)).encode())
        if outcomes.ids is not None:
            digest.update(digest_texts(outcomes.ids.only(rows).tolist()).encode())
    return OF_SHOWN + digest.hexdigest()


def _texts(column: Coded, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Iterator[str]:
    """The values that are there, then each row's, by number."""
    used, places = np.unique(column.codes[rows], return_inverse=True)
    yield from ((*column.values, "")[code] for code in used.tolist())
    yield places.tobytes().hex()


def digest_of_lists(ranked: Ranked, by: Sequence[str]) -> str:
    """Digest of lists over the people who are shown.

    Args:
        ranked: The lists, without the others.
        by: What people are compared by.
    """
    digest = hashlib.blake2b(ranked.pool.digest.encode(), digest_size=16)
    for name in by:
        digest.update(digest_texts(labels_of(ranked.pool, name).tolist()).encode())
    digest.update(ranked.qualified.tobytes())
    digest.update(ranked.rankings.positions.tobytes())
    return OF_SHOWN + digest.hexdigest()
