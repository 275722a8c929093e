"""The facts of a text, and the gate that keeps them: present in the original, present in the edit.

A fact has a kind and a canonical value ("number", ">=3 year"): "three years" and "3 yrs" are one
number, "at least 3 years" and "3+ years" one bound. Numbers, links and names are told by their
look, must and may, not, all, weekly and the like by lists of phrases. The gate compares the facts
of a span with those of its replacement in both directions, then who does what: parties and their
order, the words that tie others ("in television", "to collect"), and the order of shared words.
Meaning at large is judged elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise

from evenhand.language.duties import duty_verb, unframed
from evenhand.language.lexicon import (
    BEFORE_NOUNS,
    DUTY_VERBS,
    FUNCTION_WORDS,
    TONE_WORDS,
    Lexicon,
    rows,
)
from evenhand.language.span import Span, Verdict, covered
from evenhand.language.text import Token, family, is_known, lemma, read, same_meaning, tokens

_WORDS = Lexicon("facts")
_TECHNOLOGIES = _WORDS.words("technologies")
_NAMES_THAT_ARE_WORDS = _WORDS.words("names_that_are_words")
_CREDENTIALS = _WORDS.words("credentials")
_CASE_FREE = _WORDS.words("case_free")


@lru_cache(maxsize=1)
def phrase_table() -> dict[str, list[tuple[tuple[str, ...], str, str]]]:
    """Phrases by their first token, longest first: (tokens, kind, value)."""
    table: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
    for kind, value, phrases in rows("fact_phrases.tsv"):
        for phrase in phrases.split(";"):
            parts = tuple(phrase.split())
            table.setdefault(parts[0], []).append((parts, kind, value))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


def match_phrases(lowered: Sequence[str]) -> Iterator[tuple[int, int, str, str]]:
    """(first token, one past the last, kind, value) of every listed phrase, left to right."""
    table, index = phrase_table(), 0
    while index < len(lowered):
        for parts, kind, value in table.get(lowered[index], ()):
            if tuple(lowered[index : index + len(parts)]) == parts:
                if kind != "harmless":
                    yield index, index + len(parts), kind, value
                index += len(parts)
                break
        else:
            index += 1


_ONES = {word: value for value, word in enumerate(_WORDS.tables["ones"].split())}
_TENS = {word: 10 * n for n, word in enumerate(_WORDS.tables["tens"].split(), 2)}
_SCALES = {
    **dict.fromkeys(["hundred"], 1e2),
    **dict.fromkeys(["thousand", "k"], 1e3),
    **dict.fromkeys(["million", "mm", "mn", "m"], 1e6),
    **dict.fromkeys(["billion", "bn", "b"], 1e9),
    "dozen": 12.0,
}
_ORDINALS = {word: n for n, word in enumerate(_WORDS.tables["ordinals"].split(), 1)}
_UNITS = _WORDS.by_word("units")
_CURRENCY = _WORDS.by_word("currency")
_BOUNDS = {
    phrase: sign
    for sign, phrases in _WORDS.pairs("bounds").items()
    for phrase in phrases.split("; ")
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
_HAS_NUMBER = re.compile(rf"\d|\b(?:{_WORD})\b")
_CALENDAR = re.compile(rf"\b(?:{_MONTHS}|{_DAYS})s?\b")
_ORDINAL = re.compile(rf"\b(?:{'|'.join(_ORDINALS)}|(\d+)(?:st|nd|rd|th))\b")
_CLOCK = re.compile(r"\b(\d{1,2})(?::(\d{2}))?\s?([ap])\.?m\b\.?")
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b(?!\s?(?:\+|people|users|employees|customers|hours))")


@dataclass(frozen=True, slots=True)
class Fact:
    """One protected fact: equal facts have equal kinds and values (``number``, ``>=3 year``)."""

    kind: str
    value: str
    start: int
    end: int


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


def _quantity(match: re.Match[str]) -> Fact:
    unit, after, end = _unit(match)
    currency = _CURRENCY.get((match["currency"] or "").strip(), after)
    value = _plain(number_value(match["first"]))
    if match["second"]:
        joint = "|" if match["to"] == "or" else "-"
        value += joint + _plain(number_value(match["second"]))
    kind = "money" if currency else "number"
    start = match.start()
    return Fact(kind, f"{_bound(match)}{currency}{value} {unit}".strip(), start, end)


def _dates(text: str) -> Iterator[Fact]:
    for match in _CLOCK.finditer(text):
        value = f"{match[1]}:{match[2] or '00'} {match[3]}m"
        yield Fact("date", value, *match.span())
    for match in _YEAR.finditer(text):
        yield Fact("date", match[0], *match.span())
    for match in _CALENDAR.finditer(text):
        if match[0] not in {"may", "march"}:
            yield Fact("date", match[0].removesuffix("s"), *match.span())
    for match in _ORDINAL.finditer(text):
        value = match[1] or str(_ORDINALS[match[0]])
        yield Fact("number", f"#{value}", *match.span())


def number_facts(lowered: str) -> list[Fact]:
    """Every number, amount, date and time of a lower-case text, in order, without overlaps."""
    found = list(_dates(lowered))
    quantities = list(_QUANTITY.finditer(lowered)) if _HAS_NUMBER.search(lowered) else []
    places = [match.start("first") for match in quantities]
    taken = covered(places, ((fact.start, fact.end) for fact in found))
    found += (_quantity(m) for m, dated in zip(quantities, taken, strict=True) if not dated)
    return sorted(found, key=lambda fact: fact.start)


_CONTACT = re.compile(
    r"[\w.+-]{1,99}@[\w-]+\.[\w.-]+|(?:https?://|www\.)\S+|#?[A-Z]{3,99}_[0-9a-f]{8,}#?"
    r"|\[[A-Z]{2,}\]|\b[\w-]{1,99}\.(?:com|org|net|io|co|edu|gov|ai|uk|de|eu)\b(?:/\S*)?|(?<![\w-])@\w{2,}"
    r"|\+?\(?\d{2,4}\)?[-. ]\d{3}[-. ]\d{3,4}\b"
)
_CONTACT_SIGN = re.compile(r"[@_\[]|\d{3}|://|www\.|\.(?:com|org|net|io|co|edu|gov|ai|uk|de|eu)\b")
"""What every contact has: most stretches have none of it."""
_OPENERS = frozenset("\"'([{“‘*-–—•·")
_STARTERS = frozenset(".!?:;…|") | {"...", "\u2022"}
_ONLY_UPPER = _WORDS.words("only_upper")
_TECH_MARKS = frozenset("#+")


def contacts(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, text) of links, addresses, phone numbers, handles and masks like [EMAIL]."""
    if _CONTACT_SIGN.search(text):
        for match in _CONTACT.finditer(text):
            yield match.start(), match.end(), match.group()


def _opening(found: tuple[Token, ...], index: int) -> int:
    """Index of the quotes and bullets that open what the token opens; its own where none do."""
    while index and found[index - 1].text in _OPENERS:
        index -= 1
    return index


def starts_sentence(found: tuple[Token, ...], index: int) -> bool:
    """Whether the token opens a sentence (opening quotes and bullets are passed over)."""
    index = _opening(found, index)
    return index == 0 or found[index - 1].text in _STARTERS


def credential(word: str, lower: str) -> str:
    """Canonical name of a licence, degree or certificate; empty for any other word."""
    plain = lower.replace(".", "").removesuffix("'s")
    if plain not in _CREDENTIALS:
        return ""
    if len(plain) <= 2 and not word.replace(".", "").isupper():
        return ""
    if plain.startswith(("licen", "certif")):
        return plain[:5]
    return plain if len(plain) <= 4 else plain.removesuffix("s")


def _looks_like_name(word: str, lower: str) -> bool:
    """Whether the inside of a word (capitals, digits) shows a name or acronym anywhere."""
    if any(c.isdigit() for c in word):
        return any(c.isalpha() for c in word)
    if any(c.isupper() for c in word[1:]) and not word.isupper():
        return True
    if word.isupper() and len(word) >= 2:
        if lower in _ONLY_UPPER:
            return lower in {"it", "us", "ap", "ar", "hr", "qa", "ux", "ui", "ma", "ms", "bs", "ba"}
        return lower not in FUNCTION_WORDS and (len(word) <= 3 or not is_known(lower))
    return False


@lru_cache(maxsize=32768)
def _by_itself(word: str, lower: str, marked: str) -> tuple[str, str]:
    """Kind and value of a word by its look; ``capital`` where only its place tells a name."""
    if licence := credential(word, lower):
        return "credential", licence
    skill = marked.lower()
    if skill in _TECHNOLOGIES and skill not in {"it", "ar", "ap"}:
        return "skill", skill
    if _looks_like_name(word, lower):
        return "name", marked
    plain = lower in FUNCTION_WORDS and lower not in _NAMES_THAT_ARE_WORDS
    return "capital" if word[0].isupper() and not plain else "", marked


def _is_name(found: tuple[Token, ...], index: int, known: frozenset[str]) -> bool:
    """Whether a word with a capital, which has nothing odd about it, is a name where it stands."""
    word, lower = found[index].text, found[index].lower
    if not starts_sentence(found, index):
        return lower not in FUNCTION_WORDS or lower in {"will", "may"}
    return lower not in FUNCTION_WORDS and (word in known or not is_known(lower))


def _marked(found: tuple[Token, ...], index: int) -> str:
    """The token with a glued "#" or "+" ("C#" comes as two tokens)."""
    token = found[index]
    for following in found[index + 1 : index + 2]:
        if following.start == token.end and following.text in _TECH_MARKS and len(token.text) == 1:
            return token.text + following.text
    return token.text


def names(text: str, known: frozenset[str] = frozenset()) -> Iterator[tuple[int, str, str]]:
    """(token index, kind, value) of names, skills and credentials; ``known`` as names elsewhere."""
    found = tokens(text)
    for index, token in enumerate(found):
        if not token.is_word:
            continue
        word = token.text
        marked = word if len(word) > 1 else _marked(found, index)
        kind, value = _by_itself(word, token.lower, marked)
        if kind == "capital":
            kind = "name" if _is_name(found, index, known) else ""
        if kind:
            yield index, kind, value


@lru_cache(maxsize=512)
def known_names(ad: str) -> frozenset[str]:
    """Words the ad writes with a capital in the middle of a sentence, and not otherwise."""
    found = tokens(ad)
    plain = {token.text for token in found if token.text.islower()}
    return frozenset(
        token.text
        for index, token in enumerate(found)
        if token.text[0].isupper()
        and token.is_word
        and token.lower not in plain
        and token.lower not in FUNCTION_WORDS
        and not starts_sentence(found, index)
        and "\n" not in ad[found[_opening(found, index) - 1].end : token.start]
    )


_PARTIES = _WORDS.by_word("parties")
_ROLE_NOUNS = _WORDS.words("role_nouns")
_GENERIC = _WORDS.words("generic")
_BINDING = _WORDS.words("binding")
_AUXILIARIES = _WORDS.words("auxiliaries")
_POINTING = _WORDS.words("pointing")
_FINITE = _WORDS.words("finite")
_SEXED = {
    **dict.fromkeys(["he", "she", "s"], "they"),
    **dict.fromkeys(["his", "her"], "their"),
    **dict.fromkeys(["him", "himself", "herself", "hers"], "them"),
}
_SEEKING = _WORDS.words("seeking")
_ANYBODY = _WORDS.words("anybody")


@lru_cache(maxsize=1)
def _role_families() -> frozenset[str]:
    """Families of the nouns that name people and groups at work."""
    return frozenset(map(family, _ROLE_NOUNS))


@lru_cache(maxsize=16384)
def _role(word: str) -> str:
    """The party or role that a word names; empty where it names none."""
    if word in _ANYBODY:
        return "people"
    key = _PARTIES.get(word) or family(word)
    return key if key in _role_families() or word in {"us", "you", "me"} else ""


def _is_paired(first: Token, joint: Token, second: Token) -> bool:
    return first.lower in _SEXED and joint.lower in {"/", "or"} and second.lower in _SEXED


def _without_pairs(found: tuple[Token, ...]) -> list[Token]:
    """The tokens with "he or she" read as "they", "his/her" as "their": they name nobody."""
    read: list[Token] = []
    index = 0
    while index < len(found):
        token = found[index]
        if index + 2 < len(found) and _is_paired(token, found[index + 1], found[index + 2]):
            read.append(token._replace(lower=_SEXED[token.lower]))
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
        key = _role(token.lower)
        before = _preposition(found, index) if key else None
        if before is not None and not _belongs_to_verb(found, before):
            yield before, index + 1, f"{found[before].lower} {key}"


_PAST = _WORDS.words("past")
_RELATIVE = frozenset({"who", "which", "whom", "whose", "that"})
_IRREGULAR = _WORDS.words("irregular")
_BEFORE_PAST = _WORDS.words("before_past")
_PREPOSITIONS = {
    word: words.split()[0] for words in _WORDS.tables["prepositions"] for word in words.split()
}


@lru_cache(maxsize=4096)
def _governed(text: str) -> dict[str, str]:
    """The preposition class before each noun, by the noun's family; verbs are left out.

    A noun that stands twice with different prepositions is left out too.
    """
    listed: dict[str, set[str]] = {}
    found = tokens(text)
    for index, token in enumerate(found):
        if not token.is_word or token.lower in FUNCTION_WORDS or token.lower.endswith("ing"):
            continue
        before = index - 1
        while before >= 0 and index - before < 4 and found[before].lower in BEFORE_NOUNS:
            before -= 1
        aims = found[before].lower == "to" and token.lower in DUTY_VERBS
        aims = aims or (before > 0 and found[before - 1].lower == "such")
        if before >= 0 and found[before].lower in _PREPOSITIONS and not aims:
            listed.setdefault(family(token.lower), set()).add(_PREPOSITIONS[found[before].lower])
    return {noun: min(classes) for noun, classes in listed.items() if len(classes) == 1}


def past_tense(found: tuple[Token, ...]) -> int | None:
    """Index of a token that sets the sentence in the past; None where nothing does."""
    before = ""
    for index, token in enumerate(found):
        word, ended = token.lower, token.lower.endswith("ed")
        if word in _PAST or (index == 0 and ended and lemma(word) in DUTY_VERBS):
            return index
        if before in _BEFORE_PAST and (word in _IRREGULAR or (ended and len(word) > 4)):
            return index
        before = word
    return None


def _names_duty(word: str) -> bool:
    return duty_verb(word) is not None or (word.endswith("ing") and len(word) > 5)


@lru_cache(maxsize=4096)
def _purposes(text: str) -> dict[str, str]:
    """How each later verb is tied, by its family: "to" an aim, "by" a means, "," on its own."""
    ties: dict[str, str] = {}
    for before, token in pairwise(tokens(text)):
        if before.lower in {"to", "by"} and before.start > 0:
            ties.setdefault(family(token.lower), before.lower)
        elif before.lower in {",", ";", "and", "or"} and _names_duty(token.lower):
            ties.setdefault(family(token.lower), ",")
    return ties


def comparatives(found: tuple[Token, ...]) -> Iterator[tuple[int, str]]:
    """(token index, form) of adjectives that compare: "happier", "fastest"."""
    for index, token in enumerate(found):
        word = token.lower
        if len(word) > 4 and word.endswith(("er", "est")):
            base = lemma(word)
            if base != word and base[:3] == word[:3]:
                yield index, f"{base}-{'est' if word.endswith('est') else 'er'}"


def recast_modifier(before: str, after: str) -> str:
    """A noun before a noun that became a participle ("investment" to "investing"); or nothing."""
    nouns = {
        (family(one), family(two))
        for one, two in pairwise(read(before).lower)
        if one.endswith(("ment", "tion", "sion"))
    }
    for one, two in pairwise(tokens(after)) if nouns else ():
        if one.lower.endswith("ing") and (family(one.lower), family(two.lower)) in nouns:
            return f"{one.text} {two.text}"
    return ""


def retied(before: str, after: str) -> str:
    """The first word that the second text ties in another way than the first; or nothing."""
    one, two = _governed(before), _governed(after)
    for noun in sorted(one.keys() & two.keys()):
        if one[noun] != two[noun]:
            return f"{one[noun]!r} became {two[noun]!r} before {noun!r}"
    if _RELATIVE.isdisjoint(read(before).lower) != _RELATIVE.isdisjoint(read(after).lower):
        return "a clause with 'who', 'which' or 'that' came or went"
    recast = recast_modifier(before, after) or recast_modifier(after, before)
    if recast:
        return f"{recast!r} is no longer the same"
    aims, later = _purposes(before), _purposes(after)
    loose = sorted(verb for verb in aims.keys() & later.keys() if aims[verb] != later[verb])
    return f"{loose[0]!r} is no longer tied as it was" if loose else ""


_SEPARATORS = _WORDS.words("separators")
_FRAMES = _WORDS.words("frames")
_BINDERS = _WORDS.words("binders")


@lru_cache(maxsize=4096)
def _chunks(text: str) -> list[list[str]]:
    """Families of the content words, cut at commas and conjunctions."""
    chunks: list[list[str]] = [[]]
    for token in tokens(text):
        if token.lower in _SEPARATORS:
            chunks.append([])
        elif token.is_word and token.lower not in FUNCTION_WORDS:
            word = family(token.lower)
            chunks[-1] += [word] if word not in _FRAMES else []
        elif token.text[0].isdigit():
            chunks[-1].append(token.text)
    return chunks


def _only(chunks: list[list[str]], shared: Counter[str]) -> list[tuple[str, ...]]:
    """The chunks reduced to shared words, each used as often as both texts have it."""
    left = Counter(shared)
    kept: list[tuple[str, ...]] = []
    for chunk in chunks:
        words: list[str] = []
        for word in chunk:
            if left[word] > 0:
                left[word] -= 1
                words.append(word)
        kept.append(tuple(words))
    return [chunk for chunk in kept if chunk]


def _items(
    chunks: list[tuple[str, ...]], one: list[str], other: list[str]
) -> list[tuple[str, ...]]:
    """The chunks in sorted order, without the words that both texts begin and end with."""
    pairs = list(zip(one, other, strict=True))
    head = next((i for i, (a, b) in enumerate(pairs) if a != b), 0)
    tail = next((i for i, (a, b) in enumerate(reversed(pairs)) if a != b), 0)
    kept: list[tuple[str, ...]] = []
    position = 0
    for chunk in chunks:
        ends = len(pairs) - tail
        kept.append(tuple(w for i, w in enumerate(chunk, position) if head <= i < ends))
        position += len(chunk)
    return sorted(chunk for chunk in kept if chunk)


def order_kept(before: str, after: str) -> str:
    """Empty when the shared words keep their order, else the first word that moved.

    A permutation of whole list items is no move, unless a negation, a condition or a number ties
    words to their place.
    """
    one, two = _chunks(before), _chunks(after)
    counts = Counter(w for chunk in one for w in chunk)
    shared = counts & Counter(w for chunk in two for w in chunk)
    left, right = _only(one, shared), _only(two, shared)
    flat_left = [word for chunk in left for word in chunk]
    flat_right = [word for chunk in right for word in chunk]
    if flat_left == flat_right:
        return ""
    bound = any(word in _BINDERS or word[0].isdigit() for word in read(before).lower)
    if not bound and _items(left, flat_left, flat_right) == _items(right, flat_left, flat_right):
        return ""
    moved = next(b for a, b in zip(flat_left, flat_right, strict=True) if a != b)
    return f"{moved!r} moved"


_EXAMPLES = frozenset({"such as", ", including", "e.g."})


@dataclass(frozen=True)
class FactSet:
    """All protected facts of one text."""

    facts: tuple[Fact, ...]
    parties: tuple[str, ...]

    @property
    def alternatives(self) -> int:
        """How often "or" stands between alternatives."""
        return sum(fact.value == "or" for fact in self.facts)

    @cached_property
    def keys(self) -> frozenset[tuple[str, str]]:
        """(kind, value) of every fact."""
        return frozenset((fact.kind, fact.value) for fact in self.facts)


@lru_cache(maxsize=8192)
def shaped(text: str, known: frozenset[str]) -> tuple[Fact, ...]:
    """Facts that are recognised by their look: contacts, numbers, names."""
    found = tokens(text)
    lowered = text.lower()
    if not text.isascii():
        lowered = "".join(c if len(low := c.lower()) != 1 else low for c in text)
        lowered = lowered.replace("\u2019", "'")
    return (
        *(Fact("contact", value, start, end) for start, end, value in contacts(text)),
        *number_facts(lowered),
        *(Fact(k, v, found[n].start, found[n].end) for n, k, v in names(text, known)),
    )


def _is_content(token: Token) -> bool:
    return token.is_word and token.lower not in FUNCTION_WORDS


def _last_content(found: tuple[Token, ...]) -> list[Token | None]:
    """The last content word before each token, and before the end."""
    last: list[Token | None] = [None]
    for token in found:
        last.append(token if _is_content(token) else last[-1])
    return last


def _head(found: tuple[Token, ...], index: int, last: Token | None) -> str:
    """Family of the first content word after a negation (or the last one before it)."""
    chosen = next(filter(_is_content, found[index : index + 5]), last)
    return family(chosen.lower) if chosen else ""


def _example_ends(lowered: list[str]) -> int:
    """Number of tokens up to the end of the first sign of an example; past the last if none is."""
    joined = " ".join(lowered)
    ends = (joined.index(sign) + len(sign) for sign in _EXAMPLES if sign in joined)
    first = min(ends, default=len(joined) + 1)
    return bisect_left([*accumulate(len(word) + 1 for word in lowered)], first + 1) + 1


def _follows_you(found: tuple[Token, ...], index: int) -> bool:
    """Whether the reader is the subject of the auxiliary at this token."""
    before = [t.lower for t in found[max(0, index - 3) : index]]
    return bool(before) and (before[-1] == "you" or bool({"candidate", "role"} & set(before)))


def _worded(found: tuple[Token, ...], taken: set[int]) -> Iterator[Fact]:
    """Facts of closed word classes, outside the tokens that numbers and names take."""
    lowered = ["\0" if i in taken else token.lower for i, token in enumerate(found)]
    matches = list(match_phrases(lowered))
    values = {value for *_, value in matches}
    exampled = _example_ends(lowered) if "or" in values else 0
    last_content = _last_content(found) if "not" in values else []
    for first, last, kind, value in matches:
        if value == "will" and _follows_you(found, first):
            continue
        if value == "or" and first >= exampled:
            continue
        if kind == "negation" and value == "not":
            value = f"not {_head(found, last, last_content[last])}"
        yield Fact(kind, value, found[first].start, found[last - 1].end)
    for first, last, value in relations(found):
        yield Fact("relation", value, found[first].start, found[last - 1].end)
    for index, value in comparatives(found):
        if index not in taken:
            yield Fact("comparison", value, found[index].start, found[index].end)
    past = past_tense(found)
    if past is not None:
        yield Fact("tense", "past", found[past].start, found[past].end)


def _taken(found: tuple[Token, ...], facts: Sequence[Fact]) -> set[int]:
    """Indices of the tokens that lie inside one of the facts."""
    ranges = ((fact.start, fact.end) for fact in facts if fact.kind != "credential")
    held = covered([token.start for token in found], ranges)
    return {index for index, inside in enumerate(held) if inside}


def facts_in(text: str, known: frozenset[str]) -> FactSet:
    """The facts of a text; ``known`` holds words that the rest of the ad writes as names."""
    return _facts_in(text, known.intersection(_words(text)))


def facts_of(text: str) -> FactSet:
    """The protected facts of a text on its own."""
    return _facts_in(text, frozenset[str]())


@lru_cache(maxsize=8192)
def _facts_in(text: str, known: frozenset[str]) -> FactSet:
    found, by_look = tokens(text), shaped(text, known)
    return FactSet((*by_look, *_worded(found, _taken(found, by_look))), tuple(parties(found)))


def _matched(fact: Fact, others: FactSet, words: frozenset[str]) -> bool:
    """Whether the fact stands in the other text as well."""
    if (fact.kind, fact.value) in others.keys:
        return True
    if fact.kind == "name":
        free = fact.value.lower() in _CASE_FREE
        return fact.value in words or (free and fact.value.lower() in words)
    if fact.kind == "negation" and fact.value.startswith("not "):
        heads = [f.value[4:] for f in others.facts if f.value.startswith("not ")]
        return any(same_meaning(fact.value[4:], head) for head in heads)
    return False


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(token.text for token in tokens(text))


def _first_missing(text: str, facts: FactSet, other: str, others: FactSet) -> Fact | None:
    words = _words(other)
    return next((f for f in facts.facts if not _matched(f, others, words)), None)


def _verdict(passed: bool, reason: str) -> Verdict:
    return Verdict("facts", passed, reason)


def facts_gate(original: str, span: Span, replacement: str) -> Verdict:
    """Whether the replacement states the same facts as the span, no more and no fewer.

    Where the span states a duty, the frames of both ("You will …") are left out: they say only
    that it is one.
    """
    known = known_names(original)
    one, two = unframed(span.text, replacement)
    before, after = facts_in(one, known), facts_in(two, known)
    lost = _first_missing(one, before, two, after)
    if lost:
        return _verdict(False, f"loses the {lost.kind} {one[lost.start : lost.end]!r}")
    added = _first_missing(two, after, one, before)
    if added:
        return _verdict(False, f"adds the {added.kind} {two[added.start : added.end]!r}")
    if before.alternatives != after.alternatives:
        return _verdict(False, "changes how many alternatives 'or' offers")
    if before.parties != after.parties:
        return _verdict(False, "changes who does what: " + _told(before.parties, after.parties))
    moved = retied(one, two) or order_kept(one, two)
    if moved:
        return _verdict(False, f"changes who does what: {moved}")
    return _verdict(True, f"{len(before.facts)} facts kept")


def _told(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    return f"{' … '.join(before) or 'nobody'} became {' … '.join(after) or 'nobody'}"
