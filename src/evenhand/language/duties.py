"""Whether a statement opens as a duty: "Prepare …", "Preparing …", "Prepares …"."""

from __future__ import annotations

import re
from functools import lru_cache

from evenhand.language.duty_verbs import DUTY_VERBS
from evenhand.language.inflection import inflections
from evenhand.language.text import tokens

_SUBJECT = re.compile(r", (?:[A-Z]\w+|we|you|it|they|our|the|this)\b")

_FINITE = re.compile(
    r"\b(?:is|are|was|were|will|has|have|can|should|must|means|requires|helps|makes|gives|takes"
    r"|comes|needs|allows)\b"
)


@lru_cache(maxsize=1)
def _forms() -> dict[str, str]:
    """Base, third person and gerund of every duty verb, to its base form."""
    return {form: verb for verb in sorted(DUTY_VERBS) for form in inflections(verb)[:3]}


def duty_verb(word: str) -> str | None:
    """The base form where a lower-case word is a duty verb in the present or a gerund."""
    return _forms().get(word)


def past_form(word: str) -> str:
    """The past form of a duty verb in the present; the word itself where it is none."""
    verb = duty_verb(word)
    return inflections(verb)[3] if verb else word


def opens_as_duty(text: str) -> bool:
    """Whether the text begins with a duty verb and not with a clause before its own subject."""
    found = tokens(text)
    first = found[0].lower if found else ""
    if duty_verb(first) is None:
        return False
    return not (first.endswith("ing") and (_SUBJECT.search(text) or _FINITE.search(text)))
