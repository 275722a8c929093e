"""What the texts of an outcomes file mean: categories, outcomes, scores and weights.

Knows columns and where a row stands, and no file format. Whatever is wrong is one sentence that
shows the value at fault and never an id beside a group.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from evenhand.records.columns import some
from evenhand.records.rows import Problems
from evenhand.records.texts import Texts

MOST_WEIGHT = 2**53
"""A file stands for fewer people than this: below it sums are exact in floating point."""

_OUTCOMES = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


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


@dataclass(frozen=True)
class Place:
    """Where a row stands, for sentences.

    Attributes:
        problems: Names the file.
        word: ``line`` or ``row``.
        number_of: From a row's position to its number in the file.
    """

    problems: Problems
    word: str
    number_of: Callable[[int], int]

    def fail(self, problem: str, row: int, field: str) -> NoReturn:
        """Refuse the file because of one row; ``{place}`` in the sentence becomes its place."""
        number = self.number_of(row)
        said = problem.replace("{place}", f"{self.word} {number}")
        self.problems.fail(said, line=number, field=field)


def coded(
    column: Texts, name: str, weight: NDArray[np.int64], unknown: Sequence[str]
) -> tuple[Coded, list[str]]:
    """A column of categories, spellings merged, and what to say of it.

    Args:
        column: Its texts.
        name: The column's name, for the sentences.
        weight: Shape ``(rows,)``: people that each row stands for.
        unknown: Values that mean that nothing is known, beside blanks; case doesn't count.
    """
    texts, indices = column.distinct, column.codes
    people = np.bincount(indices, weights=weight, minlength=len(texts)).astype(np.int64)
    nothing = {_key(value) for value in unknown} | {""}
    spellings: dict[str, list[int]] = {}
    for at, text in enumerate(texts):
        spellings.setdefault(_key(text), []).append(at)
    chosen = {
        key: min(
            (_tidy(texts[at]) for at in ats),
            key=lambda text: (-_people_of(text, texts, people, ats), text),
        )
        for key, ats in spellings.items()
        if key not in nothing
    }
    values = tuple(sorted(chosen.values()))
    code_of = {value: code for code, value in enumerate(values)}
    codes = np.full(len(texts), len(values), dtype=np.int32)
    for key, value in chosen.items():
        codes[spellings[key]] = code_of[value]
    notes = [
        _merged(name, chosen[key], sorted(texts[at] for at in ats))
        for key, ats in sorted(spellings.items())
        if key in chosen and len(ats) > 1
    ]
    if not values:
        notes.append(f"In {name} no row has a known value; there is nothing to compare by it.")
    return Coded(values, codes[indices]), notes


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _key(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", _tidy(text)).casefold())


def _people_of(
    tidy: str, texts: Sequence[str], people: NDArray[np.int64], ats: Sequence[int]
) -> int:
    return int(sum(people[at] for at in ats if _tidy(texts[at]) == tidy))


def _merged(name: str, value: str, spellings: Sequence[str]) -> str:
    """Without counts: a report that hides small groups shows this note."""
    shown = [some([text]) for text in spellings[:8]]
    more = f" and {len(spellings) - 8} more" if len(spellings) > 8 else ""
    return f"In {name} the spellings {', '.join(shown)}{more} were read as {some([value])}."


def outcomes_of(column: Texts, place: Place) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Who was selected and whose outcome is blank, each of shape ``(rows,)``.

    Raises:
        RecordError: For anything but 0/1, true/false and yes/no; with the place of the first.
    """
    texts, indices = column.distinct, column.codes
    found = [_outcome(text) for text in texts]
    bad = np.array(
        [outcome is None and bool(text.strip()) for outcome, text in zip(found, texts, strict=True)]
    )
    if bad.any():
        row = int(np.argmax(bad[indices]))
        place.fail(
            f"{some([texts[int(indices[row])]])} on {{place}} is no outcome; write 1 or 0, true or "
            "false, yes or no, or leave it blank",
            row,
            "selected",
        )
    selected = np.array([outcome is True for outcome in found])
    missing = np.array([outcome is None for outcome in found])
    return selected[indices], missing[indices]


def _outcome(text: str) -> bool | None:
    tidy = text.strip().casefold()
    if tidy in _OUTCOMES:
        return _OUTCOMES[tidy]
    try:
        return {0.0: False, 1.0: True}.get(float(tidy))
    except ValueError:
        return None


def scores_of(column: Texts, place: Place) -> NDArray[np.float64]:
    """The scores, NaN where there is none, shape ``(rows,)``.

    Raises:
        RecordError: For text and infinities, with the place of the first.
    """
    numbers = _numbers(column, place, "score", "no number; write a number or leave it blank")
    infinite = np.isinf(numbers)
    if infinite.any():
        place.fail(
            "the score on {place} is infinite; write a finite number or leave it blank",
            int(np.argmax(infinite)),
            "score",
        )
    return numbers


def weights_of(column: Texts, place: Place) -> NDArray[np.int64]:
    """How many people each row stands for, shape ``(rows,)``.

    Raises:
        RecordError: For anything but whole numbers from 0, and for more people than can be
            counted exactly.
    """
    remedy = "write how many people the row stands for, a whole number from 0"
    numbers = _numbers(column, place, "weight", f"no number; {remedy}")
    bad = ~(np.isfinite(numbers) & (numbers >= 0) & (numbers == np.floor(numbers)))
    if bad.any():
        row = int(np.argmax(bad))
        value = numbers[row]
        kind = "blank" if np.isnan(value) else "negative" if value < 0 else "not a whole number"
        place.fail(f"the weight on {{place}} is {kind}; {remedy}", row, "weight")
    if numbers.sum() >= MOST_WEIGHT:
        place.problems.fail("the weights add up to 2^53 people or more; check them", field="weight")
    return numbers.astype(np.int64)


def _numbers(column: Texts, place: Place, field: str, problem: str) -> NDArray[np.float64]:
    found = [_number(text) for text in column.distinct]
    if None in found:
        bad = np.array([number is None for number in found])[column.codes]
        row = int(np.argmax(bad))
        text = column.distinct[int(column.codes[row])].strip()
        place.fail(f"{some([text])} on {{place}} is {problem}", row, field)
    return np.array(found, dtype=np.float64)[column.codes]


def _number(text: str) -> float | None:
    """NaN where there is none; None for what is no number."""
    tidy = text.strip()
    if not tidy:
        return math.nan
    try:
        # Python alone reads 1_000 and the digits of other scripts.
        return float(tidy) if tidy.isascii() and "_" not in tidy else None
    except ValueError:
        return None
