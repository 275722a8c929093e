"""Inflected forms of the verbs of duties and plain replacements; regular ones by rule."""

from __future__ import annotations

import re
from functools import lru_cache

FORMS = ("base", "s", "ing", "ed")
_IRREGULAR = {
    forms.split()[0]: forms
    for forms in (
        "get gets getting got",
        "do does doing did",
        "go goes going went",
        "wear wears wearing wore",
        "break breaks breaking broke",
        "beat beats beating beat",
        "drink drinks drinking drank",
        "eat eats eating ate",
        "take takes taking took",
        "buy buys buying bought",
        "give gives giving gave",
        "keep keeps keeping kept",
        "find finds finding found",
        "show shows showing showed",
        "choose chooses choosing chose",
        "let lets letting let",
        "begin begins beginning began",
        "make makes making made",
        "run runs running ran",
        "hold holds holding held",
        "seek seeks seeking sought",
        "write writes writing wrote",
        "teach teaches teaching taught",
        "oversee oversees overseeing oversaw",
        "lead leads leading led",
        "meet meets meeting met",
        "read reads reading read",
        "build builds building built",
        "sell sells selling sold",
        "speak speaks speaking spoke",
        "think thinks thinking thought",
        "understand understands understanding understood",
        "undertake undertakes undertaking undertook",
        "draw draws drawing drew",
        "drive drives driving drove",
        "grow grows growing grew",
        "win wins winning won",
        "set sets setting set",
        "send sends sending sent",
        "bring brings bringing brought",
        "see sees seeing saw",
        "tell tells telling told",
        "pay pays paying paid",
        "deal deals dealing dealt",
        "put puts putting put",
        "hear hears hearing heard",
        "lay lays laying laid",
        "lend lends lending lent",
        "cast casts casting cast",
        "rewrite rewrites rewriting rewrote",
        "rebuild rebuilds rebuilding rebuilt",
        "proofread proofreads proofreading proofread",
        "uphold upholds upholding upheld",
        "withhold withholds withholding withheld",
        "spell spells spelling spelled",
    )
}
_DOUBLING = frozenset(
    """plan get run let begin confer log refer transfer submit fit ship debug control program map
    scan permit commit equip patrol flag swap""".split()
)


IRREGULAR_PLURALS = {
    "is": "are", "was": "were", "has": "have", "does": "do", "isn't": "aren't",
    "wasn't": "weren't", "hasn't": "haven't", "doesn't": "don't", "needn't": "needn't",
}  # fmt: skip
"""Forms in the third person of verbs that no rule covers, with those that go with "they"."""
_ES_OFF = re.compile(r"(?:ss|sh|x|zz|(?<!a)ch|each|oach|atch|tach|o)es$|(?:focus|bias|canvas)es$")
_KEEPS_E = frozenset("dies lies ties vies aches caches shoes hoes toes canoes tiptoes".split())


def _regular(verb: str) -> tuple[str, str, str]:
    consonant_y = verb.endswith("y") and verb[-2] not in "aeiou"
    if consonant_y:
        return verb[:-1] + "ies", verb + "ing", verb[:-1] + "ied"
    stem = verb + verb[-1] if verb in _DOUBLING else verb
    hissing = verb.endswith(("s", "sh", "ch", "x", "z"))
    dropped = verb[:-1] if verb.endswith("e") and not verb.endswith("ee") else stem
    return verb + ("es" if hissing else "s"), dropped + "ing", dropped + "ed"


@lru_cache(maxsize=1024)
def inflections(verb: str) -> tuple[str, str, str, str]:
    """Base form, third person, gerund and past of a verb or phrasal verb ("carry out")."""
    head, _, rest = verb.partition(" ")
    listed = _IRREGULAR.get(head)
    forms = listed.split() if listed else [head, *_regular(head)]
    joined = [f"{form} {rest}".strip() for form in forms]
    return joined[0], joined[1], joined[2], joined[3]


def inflect(verb: str, form: str) -> str:
    """One inflected form of a verb; ``form`` is one of ``FORMS``."""
    return inflections(verb)[FORMS.index(form)]


def plural_verb(word: str) -> str:
    """The form that goes with "they" of a verb in the third person ("carries" → "carry")."""
    lowered = word.lower()
    if lowered in IRREGULAR_PLURALS:
        base = IRREGULAR_PLURALS[lowered]
    elif lowered in _KEEPS_E or not lowered.endswith("ies"):
        base = lowered[:-2] if _cuts_es(lowered) else lowered[:-1]
    else:
        base = lowered[:-3] + "y"
    return base[:1].upper() + base[1:] if word[:1].isupper() else base


def _cuts_es(word: str) -> bool:
    return word not in _KEEPS_E and bool(_ES_OFF.search(word))
