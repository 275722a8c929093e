"""The text gates: pure checks of one rewording, each a verdict with a reason.

``text_gates`` gives them in the order in which they run: a finished English sentence in the shape
of the one it replaces; no group named or dropped and no coded wording added (which would target
people); nothing said that the ad did not, nothing dropped that the span said. Facts are in
``facts``; gates that run a language model (meaning, perplexity) in ``generate``, those that need
people in ``reward``. A model's reply is first fitted to its span, which changes no word.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from evenhand.config.schema import GatesConfig
from evenhand.errors import ConfigError
from evenhand.language.constructions import as_told
from evenhand.language.duties import (
    duty_verb,
    misframed,
    opens_as_duty,
    past_form,
    split_frame,
    unframed,
)
from evenhand.language.facts import credential, facts_gate, facts_of
from evenhand.language.findings import find_wording, leaning
from evenhand.language.lexicon import TONE_WORDS, Lexicon
from evenhand.language.span import BatchGate, Gate, Span, Verdict, covered
from evenhand.language.text import (
    family,
    is_english,
    lemma,
    read,
    same_meaning,
    scan,
    sentences,
    tokens,
)

_WORDS = Lexicon("gates")
NEUTRAL_WORDS = _WORDS.words("neutral_words")
FRAMING_WORDS = _WORDS.words("framing_words")
_LABEL = _WORDS.pattern("label")
_QUOTES = ('"', "'", "“”", "‘’", "`")


def _unquoted(text: str) -> str:
    """The text without a pair of quotation marks around the whole of it."""
    for marks in _QUOTES:
        opening, closing = marks[0], marks[-1]
        inner = text[1:-1]
        if len(text) > 2 and text[0] == opening and text[-1] == closing and opening not in inner:
            return inner.strip()
    return text


def fit_to_span(before: str, reply: str) -> str:
    """The reply with the outer shape of the span: label, quotes, final mark and first letter."""
    lines = [line for line in reply.strip().splitlines() if line.strip()]
    text = _unquoted(_LABEL.sub("", lines[0].strip() if lines else ""))
    if not text:
        return ""
    if not before.rstrip().endswith((".", "!", "?", '"', ")")):
        text = text.rstrip(".").rstrip()
    elif before.rstrip().endswith((".", "!")) and text[-1].isalnum():
        text += before.rstrip()[-1]
    first = text[:1]
    if before[:1].isupper() and first.islower():
        return first.upper() + text[1:]
    if before[:1].islower() and first.isupper() and text[1:2].islower():
        return first.lower() + text[1:]
    return text


_LEFTOVER = _WORDS.pattern("leftover")
_ARTICLE = re.compile(r"\b(a|an)\s+(['\"(]?)([A-Za-z]+)", re.I)
_VOWEL_SOUNDS = re.compile(
    r"(?:[aeio]|u(?!n[ai]|s[aeiu]|t[ei]l|r[aeiou]|k|biq)|hour|honest|honou?r|heir)", re.I
)
_CONSONANT_SOUNDS = re.compile(r"(?:one\b|once\b|eu|ewe|uni(?!n)|use|usu|util|uto)", re.I)
_DANGLING = _WORDS.words("dangling")
_FRAMED = _WORDS.words("framed")
_SEARCHING = _WORDS.words("searching")
_NO_BASE_AFTER = _WORDS.words("no_base_after")
_PRONOUNS = _WORDS.words("pronouns")
_FINITE = _WORDS.words("finite")
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
    listed = read(text).words
    grams = list(zip(*(listed[n:] for n in range(size)), strict=False))
    if len(set(grams)) == len(grams):
        return Counter()
    return Counter({gram: count for gram, count in Counter(grams).items() if count > 1})


def _repeated(before: str, after: str) -> str:
    """An n-gram or content word that the rewording repeats beyond the original; or nothing."""
    for size in (3, 2):
        again = _repeats(after, size)
        extra = again - _repeats(before, size) if again else again
        if extra:
            return " ".join(next(iter(extra)))
    one, two = read(before).families, read(after).families
    again = (word for word, count in two.items() if count > 1 and count > one[word])
    return next(again, "") or _doubled(after)


def _doubled(text: str) -> str:
    """A word that stands twice in a row."""
    listed = read(text).lower
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
            and not credential(token.text, token.lower)
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
    first = read(before).first
    is_duty = first in _FRAMED or (opens_as_duty(before) and duty_verb(first) not in _SEARCHING)
    framed = re.match(r"(?:this|the|your|our) (?:role|position|job|work)\b", after, re.I)
    if framed and not is_duty and not before.lower().startswith(framed[0].lower()):
        return "puts a frame around a sentence that has its own subject"
    if re.search(r",\s(?:in )?this (?:role|position|job)\W*$", after, re.I):
        return "ends with a frame"
    found = read(after).lower
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
    found = read(text).lower
    subjects = any(word in _PRONOUNS and follower.isalpha() for word, follower in pairwise(found))
    thirds = any(word.endswith("s") and duty_verb(word) not in {None, word} for word in found)
    return subjects or thirds or any(word in _FINITE for word in found)


def _inside(before: str, after: str) -> str:
    """What is wrong inside the rewording; empty where nothing is."""
    written = [t for t in tokens(after) if t.is_word or t.text[0].isdigit()]
    last = written[-1].lower if written else ""
    if last in _DANGLING and last not in read(before).lower[-2:]:
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
        counts = [len(read(text).words) for text in cores]
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


GROUP_WORDS = _WORDS.words("group_words")


ATTRIBUTE_WORDS = _WORDS.words("attribute_words")

_PAIRED = "paired-pronoun"
"""The rule for "he or she": it names both, so "they" in its place names nobody less."""


def _groups(text: str) -> Counter[str]:
    return Counter(filter(GROUP_WORDS.__contains__, read(text).lower))


def _coded(text: str) -> Counter[str]:
    """How often each kind of wording the rules flag occurs, by kind and lean."""
    flagged = (f for f in find_wording(text, shown=True) if f.kind != "jargon")
    return Counter(f"{f.kind} {f.lean or ''}".strip() for f in flagged)


def statement_problem(statement: str) -> str:
    """Why a statement may not be put into ads, in one clause; empty where it may.

    It may name what groups differ in ("of any gender") but no group, and hold no coded wording.
    """
    coded = next((found for found in find_wording(statement) if found.kind != "jargon"), None)
    if coded is not None:
        return f"holds {coded.text!r}, which is {coded.kind} wording"
    named = sorted(set(_groups(statement)) - ATTRIBUTE_WORDS)
    return f"holds {named[0]!r}, which names a group" if named else ""


def neutrality_gate(original: str, span: Span, replacement: str) -> Verdict:
    """No group named that was not, none that was left unnamed, and no wording coded anew."""
    before, after = _groups(span.text), _groups(replacement)
    added = after - before
    if added:
        return Verdict("neutrality", False, f"adds {next(iter(added))!r}, which names a group")
    found = find_wording(span.text)
    flagged = {f.text.lower() for f in found if f.kind != "pronoun" or f.rule == _PAIRED}
    dropped = [word for word in before - after if not any(word in text for text in flagged)]
    if dropped:
        return Verdict("neutrality", False, f"drops {dropped[0]!r}, which names a group")
    more = _coded(replacement) - _coded(span.text)
    if more:
        return Verdict("neutrality", False, f"adds {next(iter(more))} wording")
    return Verdict("neutrality", True, "names no group and adds no coded wording")


_FRAME = 2
_COMPARED = _WORDS.words("compared")
_FILLERS = _WORDS.pattern("fillers")


def _listed(word: str, words: frozenset[str]) -> bool:
    """Whether the lower-case word or its dictionary form is in the list."""
    return word in words or lemma(word) in words


def free_words(text: str) -> list[str]:
    """Content words in lower case and in order, outside facts compared by value and fillers."""
    taken = [(f.start, f.end) for f in facts_of(text).facts if f.kind in _COMPARED]
    taken += [match.span() for match in _FILLERS.finditer(text)]
    found = read(text).content
    held = covered([token.start for token in found], taken)
    return [token.lower for token, inside in zip(found, held, strict=True) if not inside]


@dataclass(frozen=True, slots=True)
class _SpanWords:
    """What the gate needs to know of a span: its words, and what its rules suggest or flag."""

    words: tuple[str, ...]
    suggested: frozenset[str]
    flagged: frozenset[str]


@lru_cache(maxsize=4096)
def _span_words(text: str) -> _SpanWords:
    findings = find_wording(text, shown=True)
    suggested = (free_words(f.suggestion) for f in findings if f.suggestion)
    return _SpanWords(
        tuple(free_words(text)),
        frozenset(family(word) for words in suggested for word in words),
        frozenset(word for f in findings for word in free_words(f.text)) | _lean_of(text),
    )


_OF_PEOPLE = _WORDS.pattern("of_people")


@lru_cache(maxsize=1)
def _longest() -> int:
    """Words of the longest wording of a lean."""
    return max(phrase.count(" ") for phrase in leaning()) + 1


def _lean_of(text: str) -> frozenset[str]:
    """Words of a lean that a rewording of this span may leave out: it speaks of people's manner."""
    if not _OF_PEOPLE.search(text):
        return frozenset()
    said = [word.lower for word in scan(text) if word.is_word]
    phrases = leaning()
    runs = (said[at : at + n] for at in range(len(said)) for n in range(1, _longest() + 1))
    return frozenset(word for run in runs if " ".join(run) in phrases for word in run)


def _unmatched(words: Sequence[str], others: Sequence[str]) -> list[str]:
    """Words without an equal family or a synonym of their own among the others, repeats counted."""
    left = Counter(family(other) for other in others)
    missing: list[str] = []
    for word in words:
        if left[family(word)] > 0:
            left[family(word)] -= 1
        else:
            missing.append(word)
    spare = list((+left).elements())
    return [word for word in missing if not _take_synonym(family(word), spare)]


def _take_synonym(word: str, spare: list[str]) -> bool:
    """Whether a spare family means the same; it is used up."""
    found = next((other for other in spare if same_meaning(word, other)), None)
    if found is not None:
        spare.remove(found)
    return found is not None


def _added(words: _SpanWords, unmatched: list[str], lost: int, ad: str) -> str:
    """The first content word that the rewording had no right to add.

    Neutral words may replace the ``lost`` ones, and two more may frame them; a longer tail of
    neutral words would be a statement of its own.
    """
    left = lost + _FRAME
    for word in unmatched:
        if family(word) in words.suggested:
            continue
        if _listed(word, NEUTRAL_WORDS) and left > 0:
            left -= 1
            continue
        if not (word in TONE_WORDS and family(word) in read(ad).families):
            return word
    return ""


def _compound(before: str, after: str, suggested: frozenset[str]) -> str:
    """The first hyphenated word that neither the span, in some spelling, nor a rule holds."""
    flat = before.lower().replace("-", " ")
    for match in re.finditer(r"\b[A-Za-z]+(?:-[A-Za-z]+)+\b", after):
        parts = match[0].lower().split("-")
        if " ".join(parts) not in flat and not {family(part) for part in parts} <= suggested:
            return match[0]
    return ""


def _dropped(words: _SpanWords, unmatched: list[str]) -> str:
    """The first content word that the rewording had no right to leave out."""
    for word in unmatched:
        if word not in words.flagged | TONE_WORDS and not _listed(word, FRAMING_WORDS):
            return word
    return ""


def _share(unmatched: list[str], words: Sequence[str], free: frozenset[str]) -> float:
    """Share of the words that the other text holds, as themselves or by synonym."""
    counted = [word for word in words if word not in free]
    missing = [word for word in unmatched if word not in free]
    return 1 - len(missing) / len(counted) if counted else 1.0


def _verdict(passed: bool, reason: str) -> Verdict:
    return Verdict("new_words", passed, reason)


def new_words_gate(config: GatesConfig) -> Gate:
    """The gate for one configuration: nothing new, nothing dropped, enough words shared."""

    def judge(original: str, span: Span, replacement: str) -> Verdict:
        one, two = unframed(span.text, replacement)
        words, after = _span_words(one), free_words(two)
        gained, lost = _unmatched(after, words.words), _unmatched(words.words, after)
        added = _added(words, gained, len(lost), original)
        added = added or _compound(one, two, words.suggested)
        if added:
            return _verdict(False, f"adds {added!r}")
        dropped = _dropped(words, lost)
        if dropped:
            return _verdict(False, f"leaves out {dropped!r}")
        suggested = frozenset(word for word in after if family(word) in words.suggested)
        least = min(_share(lost, words.words, words.flagged), _share(gained, after, suggested))
        passed = least >= config.min_lemma_overlap
        return _verdict(passed, f"{least:.0%} of the content words stay or have a listed synonym")

    return judge


Remembered = dict[tuple[str, Span, str], Verdict]
"""Verdicts by ad, span and replacement."""


def unchanged_gate(original: str, span: Span, replacement: str) -> Verdict:
    """The same text is no edit."""
    same = " ".join(replacement.split()) == " ".join(span.text.split())
    return Verdict("unchanged", not same, "the same text" if same else "the text differs")


def text_gates(config: GatesConfig, approved_statements: Sequence[str] = ()) -> list[Gate]:
    """All text gates for one configuration."""
    for statement in approved_statements:
        if problem := statement_problem(statement):
            raise ConfigError(
                f"sampling.approved_statements: {statement!r} {problem}; say it without that word"
            )
    approved = tuple(statement.strip() for statement in approved_statements)

    def on_what_differs(gate: Gate) -> Gate:
        def judge(original: str, span: Span, replacement: str) -> Verdict:
            own = _without(replacement, approved)
            return gate(original, replace(span, text=as_told(span.text, own)), own)

        return judge

    inner: list[Gate] = [
        language_gate,
        fluency_gate(config),
        facts_gate,
        neutrality_gate,
        new_words_gate(config),
    ]
    return [unchanged_gate, *map(on_what_differs, inner)]


def remembered(gate: BatchGate, known: Remembered | None = None) -> BatchGate:
    """The gate, asked once for each replacement of a span; ``known`` is filled further."""
    said: Remembered = {} if known is None else known

    def judge(original: str, span: Span, replacements: Sequence[str]) -> list[Verdict]:
        keys = [(original, span, after) for after in replacements]
        new = [key for key in dict.fromkeys(keys) if key not in said]
        if new:
            said.update(zip(new, gate(original, span, [key[2] for key in new]), strict=True))
        return [said[key] for key in keys]

    return judge


def _without(replacement: str, approved: tuple[str, ...]) -> str:
    """The replacement without an approved statement at its end."""
    for statement in approved:
        if statement and replacement.rstrip().endswith(statement):
            return replacement.rstrip().removesuffix(statement).rstrip()
    return replacement
