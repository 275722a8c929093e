"""Whether the ids of an outcomes file tell its rows apart.

An id may stand on several rows where ``job`` or ``period`` tells them apart. Not a joiner of
files (``outcome_pairs``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from evenhand.records.columns import some
from evenhand.records.outcome_columns import Coded, Place
from evenhand.records.outcome_files import TextTable


def check_ids(
    table: TextTable,
    job: Coded | None,
    period: Coded | None,
    place: Place,
    notes: list[str],
) -> None:
    """Refuse blank and repeated ids; note what can't be told.

    Raises:
        RecordError: With the place of the first; no group is shown.
    """
    if "id" not in table.columns:
        notes.append(
            "There is no id column: duplicates can't be detected, and two audits can't be paired."
        )
        return
    ids, codes = table.columns["id"].distinct, table.columns["id"].codes
    blank = table.columns["id"].blank
    if blank.any():
        place.fail(
            "the id on {place} is missing or blank; an id must be text or a whole number",
            int(np.argmax(blank)),
            "id",
        )
    if len(ids) == len(codes):
        return
    keys = _keys(codes, job, period)
    unique, first = np.unique(keys, return_index=True)
    if len(unique) < len(keys):
        _refuse_duplicate(keys, first, ids, codes, place)
    notes.append(
        f"{len(ids)} ids stand on {len(codes)} rows: people were assessed more than once, for "
        "several jobs or in several periods."
    )


def _keys(codes: NDArray[np.int32], job: Coded | None, period: Coded | None) -> NDArray[np.int64]:
    keys = codes.astype(np.int64)
    for column in (job, period):
        if column is not None:
            keys = keys * (len(column.values) + 1) + column.codes
    return keys


def _refuse_duplicate(
    keys: NDArray[np.int64],
    first: NDArray[np.intp],
    ids: Sequence[str],
    codes: NDArray[np.int32],
    place: Place,
) -> NoReturn:
    again = np.ones(len(keys), dtype=bool)
    again[first] = False
    row = int(np.argmax(again))
    before = place.number_of(int(np.argmax(keys == keys[row])))
    place.fail(
        f"{some([ids[int(codes[row])]])} on {{place}} is also the id of {place.word} {before}; "
        "keep one of them, or add a column `job` or `period` that tells them apart",
        row,
        "id",
    )
