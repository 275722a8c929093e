"""Who does what to whom: parties, their order, the prepositions that bind them, and tense.

The reader ("you", "the candidate") and the employer ("we") are parties; role nouns (client,
manager, team) are the others. Pronouns that point back ("they", "it") are left out: they follow
the nouns.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from evenhand.language.duty_verbs import DUTY_VERBS
from evenhand.language.families import family
from evenhand.language.function_words import FUNCTION_WORDS
from evenhand.language.text import Token, lemma
from evenhand.language.tone import TONE_WORDS

_PARTIES = {
    word: party
    for party, words in {
        "you": "you your yours yourself yourselves candidate candidates applicant applicants",
        "we": "we us our ours ourselves",
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
    "team teams company organization organisation business group office staff department firm".split()
)
_BINDING = frozenset("by from to for with under against through via toward towards".split())
_PREPOSITIONS = {
    word: words.split()[0]
    for words in (
        "in on at within across throughout around into inside",
        "to toward towards",
        "by through via",
        "of for about regarding concerning",
        "with",
        "from",
        "against",
    )
    for word in words.split()
}
_AUXILIARIES = frozenset(
    "will 'll are 're can may must should would could have 've 'd get need shall be do".split()
)
_PAST = frozenset("was were had did been".split())
_IRREGULAR = frozenset(
    """
    built made won grew began became took went came gave found left kept held led met paid sold
    brought bought taught thought wrote drove chose rose saw spoke ran got sent spent put set
    raised closed launched founded
    """.split()
)
_SUBJECTS = frozenset("we i you they it he she who that which company team".split())
_SEEKING = frozenset("look looks looking looked search searching hunting asking".split())
_ANYBODY = frozenset("individual individuals person persons people someone".split())
_SKIPPED = frozenset(
    """
    a an the this that these those our your their its his her my all both each every other any
    some various many several new existing current potential key internal external senior and 's
    '
    """.split()
)


@lru_cache(maxsize=1)
def role_nouns() -> frozenset[str]:
    """Families of the nouns that name people and groups at work."""
    return frozenset(family(word) for word in _ROLE_NOUNS.split())


def parties(found: tuple[Token, ...]) -> list[str]:
    """The parties in order, neighbours that are equal merged; a leading subject "you" left out.

    A duty ("Prepare reports") and its full form ("You will prepare reports") have one doer, and
    "the team" of an ad is "our team": neither adds a party.
    """
    listed: list[str] = []
    for index, token in enumerate(found):
        party = _PARTIES.get(token.lower)
        if party is None or (token.text == "US"):
            continue
        following = found[index + 1].lower if index + 1 < len(found) else ""
        if token.lower == "our" and following in _GENERIC:
            continue
        if party == "you" and not listed and token.lower != "your" and following in _AUXILIARIES:
            continue
        if not listed or listed[-1] != party:
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
        if word in _SKIPPED or word in TONE_WORDS:
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


def governed(found: tuple[Token, ...]) -> dict[str, str]:
    """The preposition class before each noun, by the noun's family; verbs are left out.

    A noun that stands twice with different prepositions is left out too.
    """
    listed: dict[str, set[str]] = {}
    for index, token in enumerate(found):
        if not token.is_word or token.lower in FUNCTION_WORDS or lemma(token.lower) in DUTY_VERBS:
            continue
        before = index - 1
        while before >= 0 and index - before < 4 and found[before].lower in _SKIPPED:
            before -= 1
        if before >= 0 and found[before].lower in _PREPOSITIONS:
            listed.setdefault(family(token.lower), set()).add(_PREPOSITIONS[found[before].lower])
    return {noun: min(classes) for noun, classes in listed.items() if len(classes) == 1}


def past_tense(found: tuple[Token, ...]) -> int | None:
    """Index of a token that sets the sentence in the past; None where nothing does."""
    for index, token in enumerate(found):
        opens = index == 0 and token.lower.endswith("ed") and lemma(token.lower) in DUTY_VERBS
        if token.lower in _PAST or opens:
            return index
        before = [t.lower for t in found[max(0, index - 2) : index]]
        finite = token.lower in _IRREGULAR or (token.lower.endswith("ed") and len(token.lower) > 4)
        if finite and before and (before[-1] in _SUBJECTS or before[-1] in {"have", "has", "'ve"}):
            return index
    return None
