"""What the texts of an outcomes file mean: outcomes, scores, weights and ids.

Knows columns and where a row stands, and no file format; groups are understood in ``answers``.
Whatever is wrong is one sentence that shows the value at fault and never an id beside a group.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evenhand.records.answers import Coded, is_no_answer, key_of, keys_of, quoted
from evenhand.records.columns import some
from evenhand.records.rows import Problems
from evenhand.records.texts import Texts

MOST_WEIGHT = 2**53
"""A file stands for fewer people than this: below it sums are exact in floating point."""

ANY = "any"
"""``--selected-is any``: whatever isn't blank."""
_MORE_SAID = 5
_MONTH = "(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-zä]*"
_DAY = re.compile(
    rf"(?:\d{{4}}([-/.])\d{{1,2}}\1\d{{1,2}}|\d{{1,2}}([-/.])\d{{1,2}}\2(?:\d{{2}}|\d{{4}})"
    rf"|\d{{1,2}}[.]?[ -]?{_MONTH}[.]?[ -]?(?:\d{{2}}|\d{{4}})|{_MONTH}[.]? \d{{1,2}},? \d{{4}})"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.]\d+)?)?(?: ?[AP]M)?(?:Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_DECIMAL = re.compile(r"[+-]?(\d*|[1-9]\d{0,2}(\.\d{3})+),\d+")


@dataclass(frozen=True)
class Outcome:
    """What the values of an outcome column mean.

    Attributes:
        positive: Values that mean selected; every other that isn't blank means not selected. Empty
            for the usual words (yes and no, hired and rejected, 1 and 0). ``any`` alone means
            whatever isn't blank, as a date of hire.
        blank: ``0`` where a blank means not selected, ``unknown`` where it means that nothing is
            known, ``""`` where nobody said.
        asked: Whether the question is put what blanks mean, where the answer hangs on it.
    """

    positive: tuple[str, ...] = ()
    blank: str = ""
    asked: bool = True


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

    def report(self, problem: str, row: int, field: str) -> None:
        """Report one row; ``{place}`` in the sentence becomes its place."""
        number = self.number_of(row)
        said = problem.replace("{place}", f"{self.word} {number}")
        self.problems.report(said, line=number, field=field)

    def report_values(
        self, column: Texts, bad: Sequence[bool], problem: str, remedy: str, field: str
    ) -> None:
        """Report a column's wrong values: the first with its place, others beside it."""
        wrong = [text.strip() for text, one in zip(column.distinct, bad, strict=True) if one]
        row = int(np.argmax(np.array(bad, dtype=np.bool_)[column.codes]))
        first = column.distinct[int(column.codes[row])].strip()
        others = [text for text in dict.fromkeys(wrong) if text != first]
        more = f" (as are {quoted(others, _MORE_SAID)})" if others else ""
        self.report(f"{some([first])} on {{place}} is {problem}{more}; {remedy}", row, field)


def outcomes_of(
    column: Texts, place: Place, meaning: Outcome, field: str = "selected"
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Who was selected and whose outcome is blank, each of shape ``(rows,)``.

    Values that are no outcome are reported, and so is a column in which everybody known was
    selected and the rest are blank: whether these weren't selected is a question.
    """
    texts, indices = column.distinct, column.codes
    if _means_any(meaning, texts):
        meaning = replace(meaning, positive=tuple(one for one in texts if not is_no_answer(one)))
    found = [_outcome(text, meaning) for text in texts]
    blank = [is_no_answer(text) for text in texts]
    bad = [one is None and not none for one, none in zip(found, blank, strict=True)]
    if any(bad) and all(is_a_day(text) for text, one in zip(texts, bad, strict=True) if one):
        place.report_values(
            column,
            bad,
            "a date and no outcome",
            "if whoever has a date was selected and a blank means not selected, add --selected-is "
            "any --blank-is 0",
            field,
        )
    elif any(bad):
        place.report_values(
            column,
            bad,
            "no outcome",
            "write 1 or 0, true or false, yes or no, or leave it blank; or name the value that "
            "means selected (--selected-is VALUE)",
            field,
        )
    keys = {*map(key_of, texts)}
    unused = [value for value in meaning.positive if key_of(value) not in keys]
    if unused:
        place.problems.report(
            f"--selected-is {unused[0]}: no row has this value; there are {quoted(texts)}",
            field=field,
        )
    selected = np.array([one is True for one in found], dtype=np.bool_)[indices]
    missing = np.array([one is None for one in found], dtype=np.bool_)[indices]
    if meaning.blank == "0":
        missing = np.zeros_like(missing)
    elif (
        not any(bad)
        and meaning.asked
        and not meaning.blank
        and missing.any()
        and (selected | missing).all()
    ):
        _ask_about_blanks(texts, found, selected, missing, place, field)
    return selected, missing


def _ask_about_blanks(
    texts: Sequence[str],
    found: Sequence[bool | None],
    selected: NDArray[np.bool_],
    missing: NDArray[np.bool_],
    place: Place,
    field: str,
) -> None:
    yes = quoted(text.strip() for text, one in zip(texts, found, strict=True) if one)
    if not selected.any():
        return
    place.problems.report(
        f"every outcome that is known is {yes} ({int(selected.sum()):,} rows) and the other "
        f"{int(missing.sum()):,} rows are blank: were these not selected? Then add --blank-is 0; "
        "if nothing is known of them, --blank-is unknown",
        field=field,
    )


def not_selected(column: Texts, meaning: Outcome) -> str:
    """What is said of the values that ``--selected-is`` makes "not selected"; empty for none."""
    others = [text for text in column.distinct if _outcome(text, meaning) is False]
    if not meaning.positive or not others:
        return ""
    return f"Counted as not selected: {quoted(others)} (leave rows out that are neither)."


def _means_any(meaning: Outcome, texts: Sequence[str]) -> bool:
    """Whether whatever isn't blank means selected; a value ``any`` is a value like others."""
    return meaning.positive == (ANY,) and ANY not in map(key_of, texts)


def is_a_day(text: str) -> bool:
    """Whether it is a date with a day, with or without a time."""
    return _DAY.fullmatch(text.strip()) is not None


def _outcome(text: str, meaning: Outcome) -> bool | None:
    plain = key_of(text)
    if "%" in text:  # a share of something, whatever its number
        return None
    if meaning.positive:
        if plain in {key_of(value) for value in meaning.positive}:
            return True
        return None if is_no_answer(text) else False
    for said, outcome in (("yes", True), ("no", False)):
        if plain in keys_of("outcome", said):
            return outcome
    try:
        return {0.0: False, 1.0: True}.get(float(text.strip()))
    except ValueError:
        return None


def scores_of(column: Texts, place: Place, notes: list[str]) -> NDArray[np.float64]:
    """The scores, NaN where there is none, shape ``(rows,)``; text and infinities are reported."""
    numbers = _numbers(column, place, "score", "write a number or leave it blank", notes)
    infinite = np.isinf(numbers)
    if infinite.any():
        place.report(
            "the score on {place} is infinite; write a finite number or leave it blank",
            int(np.argmax(infinite)),
            "score",
        )
    return numbers


def weights_of(column: Texts, place: Place) -> NDArray[np.int64]:
    """How many people each row stands for, shape ``(rows,)``.

    Anything but whole numbers from 0 is reported, and more people than can be counted exactly.
    """
    remedy = "write how many people the row stands for, a whole number from 0"
    numbers = _numbers(column, place, "weight", remedy, [])
    bad = ~(np.isfinite(numbers) & (numbers >= 0) & (numbers == np.floor(numbers)))
    if bad.any() and not place.problems.found:
        row = int(np.argmax(bad))
        value = numbers[row]
        kind = "blank" if np.isnan(value) else "negative" if value < 0 else "not a whole number"
        place.report(f"the weight on {{place}} is {kind}; {remedy}", row, "weight")
    numbers = np.where(bad, 0.0, numbers)
    if numbers.sum() >= MOST_WEIGHT:
        place.problems.report(
            "the weights add up to 2^53 people or more; check them", field="weight"
        )
        return np.ones(len(numbers), dtype=np.int64)
    return numbers.astype(np.int64)


def _numbers(
    column: Texts, place: Place, field: str, remedy: str, notes: list[str]
) -> NDArray[np.float64]:
    """Numbers as people write them: with a percent sign, with a decimal comma, with thousands."""
    texts = ["" if is_no_answer(text) else text.strip() for text in column.distinct]
    percent = [text.endswith("%") for text in texts]
    if any(percent):
        bare = [bool(text) and not one for one, text in zip(percent, texts, strict=True)]
        if any(bare):
            fewer, what = (bare, "without") if sum(bare) < sum(percent) else (percent, "with")
            place.report_values(
                column, fewer, f"{what} a percent sign, unlike the others", remedy, field
            )
        texts = [text.removesuffix("%").rstrip() for text in texts]
    texts = _with_points(texts, field, notes)
    found = [number_of(text) for text in texts]
    bad = [number is None for number in found]
    if any(bad):
        place.report_values(column, bad, "no number", remedy, field)
    return np.array([math.nan if number is None else number for number in found], dtype=np.float64)[
        column.codes
    ]


def _with_points(texts: list[str], field: str, notes: list[str]) -> list[str]:
    """The same with decimal points and without marks between thousands."""
    commas = [text for text in texts if "," in text]
    if not commas:
        return texts
    bare = any(text and "," not in text for text in texts)
    if all(map(_THOUSANDS.fullmatch, commas)) and (
        bare or any("." in text or text.count(",") > 1 for text in commas)
    ):
        notes.append(f"In {field} commas stand between thousands.")
        return [text.replace(",", "") for text in texts]
    if all(map(_DECIMAL.fullmatch, commas)):
        notes.append(f"In {field} commas were read as decimal points.")
        return [text.replace(".", "").replace(",", ".") if "," in text else text for text in texts]
    return texts


def number_of(text: str) -> float | None:
    """NaN where there is none; None for what is no number."""
    tidy = text.strip()
    if not tidy:
        return math.nan
    try:
        # Python alone reads 1_000 and the digits of other scripts.
        return float(tidy) if tidy.isascii() and "_" not in tidy else None
    except ValueError:
        return None


def check_ids(
    ids: Texts | None,
    job: Coded | None,
    period: Coded | None,
    place: Place,
    notes: list[str],
) -> None:
    """Report blank and repeated ids, no group beside them; note what can't be told.

    An id may stand on several rows where ``job`` or ``period`` tells them apart.
    """
    if ids is None:
        notes.append(
            "There is no id column: duplicates can't be detected, and two audits can't be paired."
        )
        return
    if ids.unique and not ids.any_blank:
        return
    if ids.any_blank:
        place.report(
            "the id on {place} is missing or blank; an id must be text or a whole number",
            int(np.argmax(ids.blank)),
            "id",
        )
        return
    keys = ids.codes.astype(np.int64)
    for column in (job, period):
        if column is not None:
            keys = keys * (len(column.values) + 1) + column.codes
    unique, first = np.unique(keys, return_index=True)
    if len(unique) < len(keys):
        _report_duplicate(keys, first, ids, place)
        return
    notes.append(
        f"{len(ids.distinct)} ids stand on {len(ids)} rows: people were assessed more than once, "
        "for several jobs or in several periods."
    )


def several_groups(ids: Texts | None, groups: Mapping[str, Coded]) -> list[str]:
    """How many ids have rows in different groups of one column, none of them named."""
    notes: list[str] = []
    if ids is None or ids.unique:
        return notes
    for name, column in groups.items():
        known = column.codes < column.unknown
        pairs = ids.codes[known].astype(np.int64) * (column.unknown + 1) + column.codes[known]
        owners = np.unique(pairs) // (column.unknown + 1)
        number = int((np.unique(owners, return_counts=True)[1] > 1).sum())
        if number:
            who = "1 id has" if number == 1 else f"{number:,} ids have"
            notes.append(f"{who} rows with different values of {name}: each row counts as it says.")
    return notes


def _report_duplicate(
    keys: NDArray[np.int64], first: NDArray[np.intp], ids: Texts, place: Place
) -> None:
    again = np.ones(len(keys), dtype=bool)
    again[first] = False
    row = int(np.argmax(again))
    before = place.number_of(int(np.argmax(keys == keys[row])))
    more = int(again.sum()) - 1
    others = f" ({more:,} more rows repeat an id)" if more else ""
    place.report(
        f"{some([ids.distinct[int(ids.codes[row])]])} on {{place}} is also the id of {place.word} "
        f"{before}{others}; keep one of them, or name a column that tells them apart (--job or "
        "--period)",
        row,
        "id",
    )
