"""One thing read in an ad that is no matter of tone: a year, a degree, a salary, a place.

The type alone, and whether a statement is about the employer and not about the person sought.
What is read stands in ``requirements``, ``credentials`` and ``presence``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_EMPLOYER = re.compile(
    r"\b(?:we|we['’](?:re|ve)|our|ours|us|i|i['’]m|i['’]ve|my|founders?|co-?founders?|company"
    r"|firm"
    r"|startup|clients have|it was|has been|have been|investors?|the team|customers)\b",
    re.I,
)
_PERSON = re.compile(
    r"\b(?:you|you['’](?:re|ve|ll)|your|candidates?|applicants?|someone|somebody|who (?:has|have"
    r"|is)"
    r"|must|requir\w+|minimum|at least|looking for|seeking|searching for|need(?:ed|s)?|wanted"
    r"|want"
    r"|prefer\w*|ideal(?:ly)?|desir\w+|hiring|plus|should|individual)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that an ad states.

    Attributes:
        start: Offset of the first character.
        end: Offset after the last.
        text: As written.
        kind: ``years``, ``degree``, ``certificate``, ``salary``, ``place``, ``remote`` or
            ``equal-opportunity``.
        value: Canonical form ("3" for "3+ years", "bachelor"); empty where there is none.
        strength: ``must``, ``nice`` or empty where the ad doesn't say or it makes no sense.
    """

    start: int
    end: int
    text: str
    kind: str
    value: str = ""
    strength: str = ""


@lru_cache(maxsize=16)
def is_about_employer(statement: str) -> bool:
    """Whether a statement speaks of the employer and not of the person sought."""
    return bool(_EMPLOYER.search(statement)) and not _PERSON.search(statement)
