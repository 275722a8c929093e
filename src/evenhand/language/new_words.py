"""A rewording says nothing that the ad did not, and drops nothing that the span said.

Content words are compared by family and safe synonym. New ones must come from the span, from the
suggestions of wording rules that fire in it, or from the neutral list; words of tone may also
come from elsewhere in the ad. Dropped ones must be tone, neutral, or replaced by a synonym.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from evenhand.config.schema import GatesConfig
from evenhand.language.families import family, same_meaning
from evenhand.language.neutral import NEUTRAL_WORDS
from evenhand.language.span import Gate, Span, Verdict
from evenhand.language.text import content_tokens
from evenhand.language.tone import TONE_WORDS
from evenhand.language.findings import find_wording


@lru_cache(maxsize=1)
def _neutral() -> frozenset[str]:
    return frozenset(family(word) for word in NEUTRAL_WORDS)


@lru_cache(maxsize=1)
def _tone() -> frozenset[str]:
    return frozenset(family(word) for word in TONE_WORDS)


def families_of(text: str) -> list[str]:
    """Families of the content words, in order."""
    return [family(token.lower) for token in content_tokens(text)]


@lru_cache(maxsize=512)
def _ad_families(ad: str) -> frozenset[str]:
    return frozenset(families_of(ad))


@dataclass(frozen=True, slots=True)
class _SpanWords:
    """What the gate needs to know of a span: its families, and what its rules suggest or drop."""

    families: tuple[str, ...]
    suggested: frozenset[str]
    flagged: frozenset[str]


@lru_cache(maxsize=4096)
def _span_words(text: str) -> _SpanWords:
    findings = find_wording(text)
    suggested = (families_of(f.suggestion) for f in findings if f.suggestion)
    flagged = (families_of(f.text) for f in findings)
    return _SpanWords(
        tuple(families_of(text)),
        frozenset(word for words in suggested for word in words),
        frozenset(word for words in flagged for word in words),
    )


def _unmatched(words: Iterable[str], others: Iterable[str]) -> list[str]:
    """Words without an equal or a synonym among the others."""
    listed = frozenset(others)
    return [w for w in words if w not in listed and not any(same_meaning(w, o) for o in listed)]


def _overlap(one: tuple[str, ...], other: tuple[str, ...], free: frozenset[str]) -> float:
    """Share of the first text's words that the other holds, as themselves or by synonym."""
    counted = [word for word in one if word not in free]
    return 1 - len(_unmatched(counted, other)) / len(counted) if counted else 1.0


def _added(words: _SpanWords, after: tuple[str, ...], ad: str) -> str:
    """The first content word that the rewording had no right to add."""
    for word in _unmatched(after, words.families):
        if word in words.suggested or word in _neutral():
            continue
        if not (word in _tone() and word in _ad_families(ad)):
            return word
    return ""


def _dropped(words: _SpanWords, after: tuple[str, ...]) -> str:
    """The first content word that the rewording had no right to drop."""
    free = words.flagged | _tone() | _neutral()
    return next((w for w in _unmatched(words.families, after) if w not in free), "")


def _verdict(passed: bool, reason: str) -> Verdict:
    return Verdict("new_words", passed, reason)


def new_words_gate(config: GatesConfig) -> Gate:
    """The gate for one configuration: nothing new, nothing dropped, enough words shared."""

    def judge(original: str, span: Span, replacement: str) -> Verdict:
        words, after = _span_words(span.text), tuple(families_of(replacement))
        added = _added(words, after, original)
        if added:
            return _verdict(False, f"adds {_as_written(added, replacement)!r}")
        dropped = _dropped(words, after)
        if dropped:
            return _verdict(False, f"drops {_as_written(dropped, span.text)!r}")
        least = min(
            _overlap(words.families, after, words.flagged),
            _overlap(after, words.families, words.suggested),
        )
        if least < config.min_lemma_overlap:
            return _verdict(False, f"only {least:.0%} of the content words are shared")
        return _verdict(True, f"{least:.0%} of the content words are shared")

    return judge


def _as_written(wanted: str, text: str) -> str:
    found = (token.text for token in content_tokens(text) if family(token.lower) == wanted)
    return next(found, wanted)
