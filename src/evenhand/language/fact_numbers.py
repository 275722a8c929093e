"""Numbers, ranges, amounts of money, dates and clock times, each in one canonical form.

"three years", "3 years" and "3 yrs" state the same number; "3+ years", "at least 3 years" and
"three or more years" the same bound. A number is never compared by its digits alone: its unit,
its bound and its currency belong to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evenhand.language.span import covered

_ONES = {
    word: value
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen""".split()
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}
_SCALES = {
    **dict.fromkeys(["hundred"], 1e2),
    **dict.fromkeys(["thousand", "k"], 1e3),
    **dict.fromkeys(["million", "mm", "mn", "m"], 1e6),
    **dict.fromkeys(["billion", "bn", "b"], 1e9),
    "dozen": 12.0,
}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth".split(), start=1
    )
}
_UNITS = {
    alias: unit
    for unit, aliases in {
        "year": "year years yr yrs yr. yrs. y",
        "month": "month months mo mos",
        "week": "week weeks wk wks",
        "day": "day days",
        "hour": "hour hours hr hrs h",
        "minute": "minute minutes min mins",
        "second": "sec secs",
        "percent": "% percent pct per-cent percentage",
        "km": "km kilometers kilometres kms",
        "mile": "mile miles mi",
        "metre": "meter meters metre metres",
        "foot": "foot feet ft",
        "inch": "inch inches",
        "pound": "lb lbs pounds lbs. lb.",
        "kg": "kg kgs kilos kilograms kilogram",
        "ton": "ton tons tonnes tonne",
        "gb": "gb gigabytes",
        "tb": "tb terabytes",
        "mb": "mb megabytes",
        "pb": "pb petabytes",
        "wpm": "wpm",
        "person": "people persons employees staff members",
        "customer": "customers clients",
        "user": "users",
        "time": "times x",
    }.items()
    for alias in aliases.split()
}
_CURRENCY = {
    name: sign
    for sign, names in {
        "$": "$ us$ usd dollars dollar",
        "€": "€ eur euros euro",
        "£": "£ gbp",
        "¥": "¥",
        "₹": "₹ inr",
        **{code: code for code in ("chf", "cad", "aud", "sgd", "nzd")},
    }.items()
    for name in names.split()
}
_BOUNDS = {
    phrase: sign
    for sign, phrases in {
        ">=": ("at least", "at minimum", "minimum", "min", "no less than", "not less than"),
        "<=": ("up to", "at most", "maximum", "max", "no more than", "not more than", "within"),
        ">": ("more than", "greater than", "over", "above"),
        "<": ("less than", "fewer than", "under", "below"),
        "~": ("about", "around", "approximately", "approx", "roughly", "nearly", "almost", "circa"),
        "last": ("over the last", "over the past"),
    }.items()
    for phrase in phrases
}
_UNIT_WORDS = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_WORD = "|".join([*_ONES, *_TENS, "hundred", "thousand", "million", "billion", "dozen"])
_NUMBER = (
    r"(?:\d+(?:,\d{3})*(?:\.\d+)?"
    r"(?:\s?(?:k|mm|m|mn|bn|b)\b|\s(?:hundred|thousand|million|billion)\b)?"
    rf"|(?:(?:{_WORD})\b(?:[\s-](?:and\s)?(?:{_WORD})\b)*))"
)
_SYMBOL = r"(?:us\$|[$€£¥₹]|\b(?:usd|eur|gbp|inr|chf|cad|aud|sgd|nzd)\b)"
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_QUANTITY = re.compile(
    r"(?P<before>\b(?:at least|at minimum|(?:a )?minimum (?:of )?|min\.?|no less than|not less than"
    r"|up to|at most|(?:a )?maximum (?:of )?|max\.?|no more than|not more than|more than|over"
    r"|greater than|above|less than|fewer than|under|below|about|around|approximately|approx\.?"
    r"|roughly|nearly|almost|circa|exactly|between|from|within|over the last|over the past)\s*)?"
    rf"(?P<currency>{_SYMBOL}\s?)?(?<![\w.])(?<!no )(?P<first>{_NUMBER})(?P<plus>\s?\+)?"
    rf"(?:\s?(?P<to>-|–|—|to|and|or)\s?(?:{_SYMBOL}\s?)?(?P<second>{_NUMBER})(?P<plus2>\s?\+)?)?"
    r"(?P<more>\s(?:or more|or greater|or above|plus|and above|and up)\b)?"
    rf"(?P<unit>[\s-]?(?:%|(?:{_UNIT_WORDS}|dollars?|euros?|usd|eur|gbp|inr|chf|cad|aud)\b\.?))?"
)
_CLOCK = re.compile(r"\b(\d{1,2})(?::(\d{2}))?\s?([ap])\.?m\b\.?")
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b(?!\s?(?:\+|people|users|employees|customers|hours))")


@dataclass(frozen=True, slots=True)
class NumberFact:
    """One number as written, in canonical form.

    Attributes:
        start: Offset of the first character.
        end: Offset after the last.
        kind: ``number``, ``money`` or ``date``.
        value: Canonical text, for example ``>=3 year`` or ``$80000-100000``.
    """

    start: int
    end: int
    kind: str
    value: str


def _spelled(text: str) -> float | None:
    """Value of number words ("twenty-five", "two hundred"); None where they are none."""
    total, part = 0.0, 0.0
    for word in re.findall(r"[a-z]+", text):
        if word in _ONES:
            part += _ONES[word]
        elif word in _TENS:
            part += _TENS[word]
        elif word in _SCALES:
            part = (part or 1.0) * _SCALES[word]
            if _SCALES[word] >= 1000:
                total, part = total + part, 0.0
        elif word != "and":
            return None
    return total + part


def number_value(text: str) -> float | None:
    """The value of digits with a scale ("80k", "1.5 million") or of number words."""
    match = re.fullmatch(r"(\d+(?:,\d{3})*(?:\.\d+)?)\s?([a-z]*)", text.strip())
    if not match:
        return _spelled(text)
    value = float(match.group(1).replace(",", ""))
    return value * _SCALES.get(match.group(2), 1.0)


def _plain(value: float | None) -> str:
    return "?" if value is None else f"{value:g}" if value < 1e6 else f"{value:.0f}"


def _bound(match: re.Match[str]) -> str:
    """The bound that stands around a number: ``>=``, ``<``, ``~`` … or nothing."""
    if match["plus"] or match["plus2"] or match["more"]:
        return ">="
    before = (match["before"] or "").strip().rstrip(".")
    words = before.removeprefix("a ").removesuffix(" of").strip()
    return _BOUNDS.get(words, "")


def _unit(match: re.Match[str]) -> tuple[str, str, int]:
    """Canonical unit and currency after a number, and where the number ends."""
    raw = (match["unit"] or "").strip(" -")
    if raw in _CURRENCY:
        return "", _CURRENCY[raw], match.end()
    return _UNITS.get(raw, _UNITS.get(raw.rstrip("."), "")), "", match.end()


def _quantity(match: re.Match[str]) -> NumberFact:
    unit, after, end = _unit(match)
    currency = _CURRENCY.get((match["currency"] or "").strip(), after)
    value = _plain(number_value(match["first"]))
    if match["second"]:
        joint = "|" if match["to"] == "or" else "-"
        value += joint + _plain(number_value(match["second"]))
    kind = "money" if currency else "number"
    start = match.start()
    return NumberFact(start, end, kind, f"{_bound(match)}{currency}{value} {unit}".strip())


def _dates(text: str) -> Iterator[NumberFact]:
    for match in _CLOCK.finditer(text):
        value = f"{match[1]}:{match[2] or '00'} {match[3]}m"
        yield NumberFact(match.start(), match.end(), "date", value)
    for match in _YEAR.finditer(text):
        yield NumberFact(match.start(), match.end(), "date", match[0])
    for match in re.finditer(rf"\b(?:{_MONTHS}|{_DAYS})s?\b", text):
        if match[0] not in {"may", "march"}:
            yield NumberFact(match.start(), match.end(), "date", match[0].removesuffix("s"))
    for match in re.finditer(r"\b(?:" + "|".join(_ORDINALS) + r"|(\d+)(?:st|nd|rd|th))\b", text):
        value = match[1] or str(_ORDINALS[match[0]])
        yield NumberFact(match.start(), match.end(), "number", f"#{value}")


def number_facts(lowered: str) -> list[NumberFact]:
    """Every number, amount, date and time of a lower-case text, in order, without overlaps.

    Args:
        lowered: Lower-case text with straight quotes, as long as the original.
    """
    found = list(_dates(lowered))
    quantities = list(_QUANTITY.finditer(lowered))
    places = [match.start("first") for match in quantities]
    taken = covered(places, ((fact.start, fact.end) for fact in found))
    found += (_quantity(m) for m, dated in zip(quantities, taken, strict=True) if not dated)
    return sorted(found, key=lambda fact: fact.start)
