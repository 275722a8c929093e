"""Fluency and language by rule: a finished sentence in the shape of the one it replaces.

No model is asked here; perplexity is a gate of its own. Every rule compares the rewording with
the original span, so a fragment may stay a fragment and a list item a list item.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import pairwise

from evenhand.config.schema import GatesConfig
from evenhand.language.duties import duty_verb, opens_as_duty, past_form
from evenhand.language.fact_names import credential
from evenhand.language.families import family
from evenhand.language.frames import misframed, split_frame, unframed
from evenhand.language.sentences import sentences
from evenhand.language.span import Gate, Span, Verdict
from evenhand.language.text import content_tokens, is_english, tokens

_LEFTOVER = re.compile(
    r"^\W*(?:here(?:'s| is| are)|sure|certainly|of course|okay|rewritten|rewrite|reworded|rephrased"
    r"|revised|edited|output|answer|response|original|example|note|sentence|translation|improved"
    r"|job (?:ad|description|posting)|statement|assistant|user)\b[^.]{0,40}:"
    r"|^(?:yes|no|sure|certainly|of course|okay)\b,|\*\*|__|```|^#|^\s*[-*•>]\s|</?[a-z]+>"
    r"|\bas an ai\b|\bi(?:'m| am) sorry\b|\breword(?:ed|ing)\b|\brephras|\brewrit|\[\w+\]|\{\w+\}",
    re.I,
)
_ARTICLE = re.compile(r"\b(a|an)\s+(['\"(]?)([A-Za-z]+)", re.I)
_VOWEL_SOUNDS = re.compile(
    r"(?:[aeio]|u(?!n[ai]|s[aeiu]|t[ei]l|r[aeiou]|k|biq)|hour|honest|honou?r|heir)", re.I
)
_CONSONANT_SOUNDS = re.compile(r"(?:one\b|once\b|eu|ewe|uni(?!n)|use|usu|util|uto)", re.I)
_DANGLING = frozenset(
    """a an the of to for with and or but by in on at from as into than that which who whose
    our your their its my his her this these those is are be been will can must should may if
    because while when such including between among through per every each very""".split()
)
_FRAMED = frozenset("in you responsible opportunity opportunities as".split())
_SEARCHING = frozenset("look seek hire search".split())
_NO_BASE_AFTER = frozenset("includes involves include involve including is of by for in".split())
_PRONOUNS = frozenset("we you i they it who".split())
_FINITE = frozenset(
    """is are was were be am 's 're 'm 'll 've 'd will can must should may would could has have do
    does""".split()
)
_PAIRS = (("(", ")"), ("[", "]"), ("“", "”"))


def _fail(reason: str) -> Verdict:
    return Verdict("fluency", False, reason)


def _ending(text: str) -> str:
    """The class of the last mark: "." and "!" end a statement, "?" a question, "" nothing."""
    last = text.rstrip("\"')”’ ")[-1:]
    return {".": "statement", "!": "statement", "…": "cut", "?": "question"}.get(
        last, "cut" if last in ",;:-–—&/" else ""
    )


def _unbalanced(text: str) -> bool:
    return any(text.count(a) != text.count(b) for a, b in _PAIRS) or text.count('"') % 2 == 1


def _repeats(text: str, size: int) -> Counter[tuple[str, ...]]:
    """N-grams of words that occur more than once, with how often."""
    listed = [token.lower for token in tokens(text) if token.is_word]
    grams = Counter(tuple(listed[i : i + size]) for i in range(len(listed) - size + 1))
    return Counter({gram: count for gram, count in grams.items() if count > 1})


def _repeated(before: str, after: str) -> str:
    """An n-gram or content word that the rewording repeats beyond the original; or nothing."""
    for size in (3, 2):
        extra = _repeats(after, size) - _repeats(before, size)
        if extra:
            return " ".join(next(iter(extra)))
    one, two = (
        Counter(family(token.lower) for token in content_tokens(t)) for t in (before, after)
    )
    extra = Counter({word: count for word, count in (two - one).items() if two[word] > 1})
    return next(iter(extra), "") or _doubled(after)


def _doubled(text: str) -> str:
    """A word that stands twice in a row."""
    listed = [token.lower for token in tokens(text)]
    return next(
        (a for a, b in pairwise(listed) if a == b and a not in {"that", "had"} and a.isalpha()), ""
    )


def _wrong_article(text: str) -> str:
    """The first "a" or "an" that clashes with the next word; acronyms are passed over."""
    for match in _ARTICLE.finditer(text):
        article, following = match[1].lower(), match[3]
        if (
            len(following) < 3
            or following[1:].lower() != following[1:]
            or (match[1] == "A" and match.start())
        ):
            continue
        vowel = bool(_VOWEL_SOUNDS.match(following)) and not _CONSONANT_SOUNDS.match(following)
        if (article == "an") != vowel:
            return match[0]
    return ""


def _recased(before: str, after: str) -> str:
    """A word that gained a capital in mid-sentence."""
    known = {token.text for token in tokens(before)}
    found = tokens(after)
    for previous, token in pairwise(found):
        risen = token.text[0].isupper() and token.text not in known and len(token.text) > 1
        if (
            risen
            and token.is_word
            and not credential(token)
            and previous.text not in {".", "!", "?", ":", '"', "“", "…"}
        ):
            return token.text
    return ""


def _shape(before: str, after: str) -> str:
    """What is wrong with the outer shape of the rewording; empty where nothing is."""
    if not after.strip() or after != after.strip():
        return "empty" if not after.strip() else "white space at the ends"
    if "\n" in after or "\r" in after:
        return "more than one line"
    if _LEFTOVER.search(after) and not _LEFTOVER.search(before):
        return "holds a leftover of the prompt or markup"
    if _ending(after) != _ending(before):
        return "does not end like the original"
    first, opening = before[:1], after[:1]
    if first.isupper() != opening.isupper() or first.isalpha() != opening.isalpha():
        return "does not begin like the original"
    if _unbalanced(after) and not _unbalanced(before):
        return "brackets or quotes are not closed"
    return ""


def _bad_frame(before: str, after: str) -> str:
    """What is wrong with an opening or ending that frames the span ("This role includes …")."""
    first = next((token.lower for token in tokens(before)), "")
    is_duty = first in _FRAMED or (opens_as_duty(before) and duty_verb(first) not in _SEARCHING)
    framed = re.match(r"(?:this|the|your|our) (?:role|position|job|work)\b", after, re.I)
    if framed and not is_duty and not before.lower().startswith(framed[0].lower()):
        return "puts a frame around a sentence that has its own subject"
    if re.search(r",\s(?:in )?this (?:role|position|job)\W*$", after, re.I):
        return "ends with a frame"
    found = [token.lower for token in tokens(after)]
    place = found.index(first) if duty_verb(first) == first and first in found else 0
    if place and found[place - 1] in _NO_BASE_AFTER:
        return f"breaks the grammar before {first!r}"
    if re.search(rf"\b(?:includes?|involves?) {re.escape(past_form(first))}\b", after):
        return f"breaks the grammar after {first!r} became {past_form(first)!r}"
    aimed = re.search(r"\bto (\w+ing)\b", after)
    if aimed and aimed[0] not in before and duty_verb(aimed[1]):
        return f"breaks the grammar in {aimed[0]!r}"
    return ""


def _has_finite_verb(text: str) -> bool:
    """Whether a verb form that can carry a sentence stands in the text, as far as forms tell."""
    found = [token.lower for token in tokens(text)]
    subjects = any(word in _PRONOUNS and follower.isalpha() for word, follower in pairwise(found))
    thirds = any(word.endswith("s") and duty_verb(word) not in {None, word} for word in found)
    return subjects or thirds or any(word in _FINITE for word in found)


def _inside(before: str, after: str) -> str:
    """What is wrong inside the rewording; empty where nothing is."""
    written = [t for t in tokens(after) if t.is_word or t.text[0].isdigit()]
    last = written[-1].lower if written else ""
    if last in _DANGLING and last not in {t.lower for t in tokens(before)[-2:]}:
        return f"breaks off after {last!r}"
    if len(sentences(after)) > len(sentences(before)):
        return "has more sentences than the original"
    frame = misframed(before, after) or _bad_frame(before, after)
    if frame:
        return frame
    is_duty = opens_as_duty(after) or bool(split_frame(after)[0])
    if _has_finite_verb(before) and not _has_finite_verb(after) and not is_duty:
        return "has lost its verb"
    repeated = _repeated(before, after)
    if repeated:
        return f"repeats {repeated!r}"
    article = _wrong_article(after)
    if article and not _wrong_article(before):
        return f"wrong article in {article!r}"
    risen = _recased(before, after)
    if risen:
        return f"gives {risen!r} a capital"
    return "odd spacing" if re.search(r"\s{2,}|\s[,.;!?](?!\w)|,,|\.\.(?!\.)", after) else ""


def fluency_gate(config: GatesConfig) -> Gate:
    """The gate for one configuration: length in words within bounds, then shape, then inside."""

    def judge(original: str, span: Span, replacement: str) -> Verdict:
        shape = _shape(span.text, replacement)
        if shape:
            return _fail(shape)
        cores = unframed(span.text, replacement)
        counts = [sum(t.is_word for t in tokens(text)) for text in cores]
        ratio = counts[1] / max(counts[0], 1)
        if not config.min_length_ratio <= ratio <= config.max_length_ratio:
            return _fail(f"{ratio:.2f} times as long as the original")
        inside = _inside(span.text, replacement)
        return _fail(inside) if inside else Verdict("fluency", True, f"length ratio {ratio:.2f}")

    return judge


def _foreign_character(text: str) -> str:
    """The first character of a kind no English sentence needs: emoji, right-to-left, control."""
    for character in text:
        category = unicodedata.category(character)
        odd = category in {"So", "Cc", "Cf", "Co", "Cn", "Cs", "Sk", "Lo", "Mn"}
        if odd or unicodedata.bidirectional(character) in {"R", "AL", "RLE", "RLO"}:
            return character
    return ""


def language_gate(original: str, span: Span, replacement: str) -> Verdict:
    """English in, English out: no other language, no emoji, no right-to-left or control mark."""
    odd = _foreign_character("".join(c for c in replacement if c not in span.text))
    if odd:
        return Verdict("language", False, f"adds the character U+{ord(odd):04X}")
    english = is_english(replacement)
    return Verdict("language", english, "English" if english else "does not read as English")
