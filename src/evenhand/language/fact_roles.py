"""Who does what to whom: parties, their order, the prepositions that bind them, and tense.

The reader ("you", "the candidate") and the employer ("we") are parties, and so is what "it" or
"this" points to where it is a subject; role nouns (client, manager, team) are the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from evenhand.language.families import family
from evenhand.language.function_words import BEFORE_NOUNS, FUNCTION_WORDS
from evenhand.language.text import Token
from evenhand.language.tone import TONE_WORDS

_PARTIES = {
    word: party
    for party, words in {
        "you": "you yourself yourselves candidate candidates applicant applicants",
        "your": "your yours",
        "we": "we us ourselves",
        "our": "our ours",
        "I": "i me my mine myself",
        "he or she": "he him his himself she her hers herself",
    }.items()
    for word in words.split()
}
_ROLE_NOUNS = """
    client customer user patient student consumer guest visitor member subscriber buyer seller
    manager supervisor director executive officer president head chief boss lead leader owner
    founder partner investor stakeholder shareholder board committee council vendor supplier
    contractor engineer developer designer programmer architect analyst scientist researcher
    technician administrator operator specialist expert consultant advisor adviser accountant
    auditor bookkeeper clerk secretary assistant associate representative agent broker
    salesperson teacher instructor professor tutor trainer coach mentor trainee intern
    apprentice doctor physician surgeon nurse therapist counselor psychologist dentist
    pharmacist clinician attorney lawyer paralegal judge writer author editor journalist
    reporter producer artist actor team staff employee worker colleague coworker peer group
    department division unit personnel company organization firm business agency government
    authority public community family parent child adult people person individual professional
    """
_GENERIC = frozenset(
    "team teams company organization organisation business group office staff firm".split()
)
_BINDING = frozenset("by from to for with under against through via toward towards".split())
_AUXILIARIES = frozenset(
    "will 'll are 're can may must should would could have 've 'd get need shall be do".split()
)
_POINTING = frozenset("it this these they that".split())
_FINITE = frozenset("is are was were will would can could must should 's 're 'll has have".split())
_SEXED = {
    **dict.fromkeys(["he", "she", "s"], "they"),
    **dict.fromkeys(["his", "her"], "their"),
    **dict.fromkeys(["him", "himself", "herself", "hers"], "them"),
}
_SEEKING = frozenset("look looks looking looked search searching hunting asking".split())
_ANYBODY = frozenset("individual individuals person persons people someone".split())


@lru_cache(maxsize=1)
def role_nouns() -> frozenset[str]:
    """Families of the nouns that name people and groups at work."""
    return frozenset(family(word) for word in _ROLE_NOUNS.split())


def _is_paired(first: Token, joint: Token, second: Token) -> bool:
    return first.lower in _SEXED and joint.lower in {"/", "or"} and second.lower in _SEXED


def _without_pairs(found: tuple[Token, ...]) -> list[Token]:
    """The tokens with "he or she" read as "they", "his/her" as "their": they name nobody."""
    read: list[Token] = []
    index = 0
    while index < len(found):
        token = found[index]
        if index + 2 < len(found) and _is_paired(token, found[index + 1], found[index + 2]):
            read.append(Token(token.start, token.end, token.text, _SEXED[token.lower]))
            index += 3
        else:
            read.append(token)
            index += 1
    return read


def parties(found: tuple[Token, ...]) -> list[str]:
    """The parties in order, every mention; a leading subject "you" left out.

    A duty ("Prepare reports") and its full form ("You will prepare reports") have one doer, and
    "the team" of an ad is "our team": neither adds a party.
    """
    listed: list[str] = []
    read = _without_pairs(found)
    for index, token in enumerate(read):
        following = read[index + 1].lower if index + 1 < len(read) else ""
        pointing = token.lower in _POINTING and following in _FINITE
        party = "it" if pointing else _PARTIES.get(token.lower)
        if party is None or (token.text == "US"):
            continue
        if token.lower == "our" and following in _GENERIC:
            continue
        if token.lower == "you" and not listed and following in _AUXILIARIES:
            continue
        listed.append(party)
    return listed


def _preposition(found: tuple[Token, ...], index: int) -> int | None:
    """Index of the preposition that binds the noun at this token; None where none does.

    Determiners and words of tone in between are passed over, and up to two nouns ("with the
    design team"), but for "to", which may also open an infinitive.
    """
    nouns = 0
    for before in range(index - 1, max(index - 6, -1), -1):
        word = found[before].lower
        if word in _BINDING:
            return before if word != "to" or not nouns else None
        if word in BEFORE_NOUNS or word in TONE_WORDS:
            continue
        nouns += 1
        if nouns > 2 or not found[before].is_word or word.endswith("ing") or word in FUNCTION_WORDS:
            return None
    return None


def _belongs_to_verb(found: tuple[Token, ...], index: int) -> bool:
    """Whether "for" only completes a verb: "looking for a clerk" and "seeking a clerk" are one."""
    return found[index].lower == "for" and index > 0 and found[index - 1].lower in _SEEKING


def relations(found: tuple[Token, ...]) -> Iterator[tuple[int, int, str]]:
    """(first token, one past the last, "preposition role") where a preposition binds a role."""
    for index, token in enumerate(found):
        key = _PARTIES.get(token.lower) or family(token.lower)
        if token.lower in _ANYBODY:
            key = "people"
        elif key not in role_nouns() and token.lower not in {"us", "you", "me"}:
            continue
        before = _preposition(found, index)
        if before is not None and not _belongs_to_verb(found, before):
            yield before, index + 1, f"{found[before].lower} {key}"
