"""Word families and safe synonyms: when do two words say the same thing?

A *family* joins inflections and plain derivations of one word (manage, manages, management,
managing). Agent nouns (manager, designer) are never joined with the activity, nor are the names
of trades (marketing, accounting): who does a thing is a fact. A *synonym group* joins words that
ads use for the same activity or quality; the groups are kept small on purpose.
"""

from __future__ import annotations

from functools import lru_cache

from evenhand.language.synonyms import SYNONYM_GROUPS
from evenhand.language.text import lemma

_TRADES = frozenset(
    """
    marketing accounting engineering nursing banking manufacturing catering plumbing boarding
    clothing housing buildings meetings wellbeing offerings earnings savings settings standing
    outstanding something anything nothing everything morning evening during spring string including
    """.split()
)
_WHOLE = frozenset(
    """
    business witness harness fitness wellness illness passion mission portion production million
    billion statement department apartment element moment comment segment instrument
    environment government hardly lately nearly shortly mostly only early family daily weekly
    monthly yearly quarterly hourly supply apply reply rely assembly likely friendly lonely
    station nation ration relation option fashion motion pension mansion session private climate
    state states rate rates date dates late plate debate estate chocolate candidate candidates
    graduate graduates associate associates corporate certificate certificates real reel intern
    interns internal international general generate news new good goods customs custom physics
    mathematics statistics economics politics arts art wages needs means proceeds user users
    used uses using use
    """.split()
)
_BRITISH = {
    "labour": "labor", "behaviour": "behavior", "favour": "favor", "honour": "honor",
    "colour": "color", "centre": "center", "programme": "program", "licence": "license",
    "practise": "practice", "organisation": "organization", "analyse": "analyze",
    "catalogue": "catalog", "enrol": "enroll", "fulfil": "fulfill", "utilise": "utilize",
    "judgement": "judgment", "travelling": "traveling", "modelling": "modeling",
}  # fmt: skip
_NOT_BRITISH = frozenset(
    """exercise promise advise revise supervise enterprise expertise precise franchise otherwise
    merchandise likewise comprise surprise premise disguise compromise improvise televise concise
    paradise turquoise""".split()
)
_SUFFIXES = ("isations", "izations", "isation", "ization", "ations", "ation", "itions", "ition",
             "ments", "ment", "ates", "ate", "ating", "ated", "ness", "ally", "ably", "ly", "ings",
             "ing", "ions", "ion", "ed", "es", "s", "e")  # fmt: skip
_NOUNS = frozenset("ation ations ition itions ment ments".split())
_LEAST = {"ate": 4, "ates": 4, "ated": 4, "ating": 4, "ation": 4, "ations": 4, "ion": 4,
          "ions": 4, "ally": 5}  # fmt: skip


def _strip(word: str) -> str:
    """The word without its longest listed suffix, where enough of a stem is left."""
    for suffix in _SUFFIXES:
        stem = word[: -len(suffix)]
        if not word.endswith(suffix) or len(stem) < _LEAST.get(suffix, 3):
            continue
        if suffix in {"s", "es"} and word.endswith("ss"):
            continue
        if suffix in _NOUNS:
            return _strip(stem)
        return stem + "iz" if suffix.startswith(("iza", "isa")) else stem
    return word


def _american(base: str) -> str:
    """The American spelling of a British lemma."""
    if base.endswith("ise") and base not in _NOT_BRITISH and len(base) > 6:
        return base[:-3] + "ize"
    return _BRITISH.get(base, base)


@lru_cache(maxsize=65536)
def family(word: str) -> str:
    """A key that inflections and plain derivations of one lower-case word share."""
    word = word.strip("'-").removesuffix("'s")
    if word in _TRADES:
        return word.removesuffix("s") if word.endswith("ings") else word
    base = lemma(word)
    if word in _WHOLE or base in _WHOLE:
        return base
    stem = _strip(_american(base))
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] in "bdgmnprt":
        stem = stem[:-1]
    return stem[:-1] + "i" if stem.endswith("y") and len(stem) > 3 else stem


@lru_cache(maxsize=1)
def _groups() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, group in enumerate(SYNONYM_GROUPS):
        for word in group.split():
            found.setdefault(family(word), set()).add(number)
    return {key: frozenset(numbers) for key, numbers in found.items()}


def same_meaning(one: str, other: str) -> bool:
    """Whether two families are equal or share a synonym group."""
    if one == other:
        return True
    return bool(_groups().get(one, frozenset()) & _groups().get(other, frozenset()))
