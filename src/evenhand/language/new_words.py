"""A rewording says nothing that the ad did not, and drops nothing that the span said.

Content words are compared by family and safe synonym. New ones must come from the span, from the
suggestions of wording rules that fire in it, or from the neutral list; words of tone may also
come from elsewhere in the ad. Dropped ones must be tone, framing, or replaced by a synonym.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from evenhand.config.schema import GatesConfig
from evenhand.language.facts import facts_of
from evenhand.language.families import family, same_meaning
from evenhand.language.findings import find_wording
from evenhand.language.frames import unframed
from evenhand.language.neutral import FRAMING_WORDS, NEUTRAL_WORDS
from evenhand.language.scan import scan
from evenhand.language.span import Gate, Span, Verdict, covered
from evenhand.language.text import content_tokens, lemma
from evenhand.language.tone import TONE_WORDS
from evenhand.language.wording_rules import leaning

_FRAME = 2
_COMPARED = frozenset(
    """number money date credential requirement modality negation quantity comparison frequency
    time condition conjunction example""".split()
)
_FILLERS = re.compile(
    r"\b(?:in order to|as well as|in accordance with|in line with|with regard to|with respect to"
    r"|on an? \w+ basis|such as|in terms of|in addition to)\b",
    re.I,
)


def _listed(word: str, words: frozenset[str]) -> bool:
    """Whether the lower-case word or its dictionary form is in the list."""
    return word in words or lemma(word) in words


def free_words(text: str) -> list[str]:
    """Content words in lower case and in order, outside facts compared by value and fillers."""
    taken = [(f.start, f.end) for f in facts_of(text).facts if f.kind in _COMPARED]
    taken += [match.span() for match in _FILLERS.finditer(text)]
    found = content_tokens(text)
    held = covered([token.start for token in found], taken)
    return [token.lower for token, inside in zip(found, held, strict=True) if not inside]


@lru_cache(maxsize=512)
def _ad_families(ad: str) -> frozenset[str]:
    return frozenset(family(token.lower) for token in content_tokens(ad))


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


_OF_PEOPLE = re.compile(
    r"\b(?:you|your|we|us|our|ours|people|person|professional|someone|candidates?|team|colleagues?"
    r"|individuals?|results|performance|deadlines|pace)\b",
    re.I,
)


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
        if not (word in TONE_WORDS and family(word) in _ad_families(ad)):
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
