"""Where wording rules fire in a text: findings with their place, reason and suggestion.

Every token counts in one finding at most, the longest phrase first. Harmless phrases ("lead
time", "competitive salary"), negated wording ("not aggressive"), names and legal statements are
passed over. The rules themselves are data in ``coded_words`` and ``plain_words``; those in
``shown_words`` are for audits, a rewriter doesn't use them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from evenhand.language import coded_words, plain_words, shown_words
from evenhand.language.finding import Finding
from evenhand.language.sentences import sentences
from evenhand.language.text import Token, tokens

_NEGATIONS = frozenset("not n't no never without non neither nor avoid isn't aren't".split())
_HYPHENS = frozenset("-‐‑–")
_LEGAL = re.compile(
    r"equal[- ](?:employment )?opportunit|regardless of|without regard|discriminat"
    r"|affirmative action|protected (?:class|veteran|status)|sexual orientation|national origin",
    re.I,
)
_GENERIC = re.compile(
    r"\b(?:candidate|applicant|employee|incumbent|person|individual|someone|professional|manager"
    r"|successful|ideal|worker|hire|developer|engineer|assistant|representative)s?\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One form of one wording rule.

    Attributes:
        name: The rule that the form belongs to.
        kind: ``gender-coded``, ``gendered``, ``age``, ``ableist``, ``culture``, ``jargon``,
            ``pronoun``, and ``origin`` among the shown rules; ``""`` for a harmless phrase.
        lean: ``agentic`` or ``communal`` for gender-coded wording.
        parts: The tokens of the form, hyphens left out.
        suggestion: A plain replacement in the same inflection; None where there is none.
        why: The reason, one clause.
    """

    name: str
    kind: str
    lean: str | None
    parts: tuple[str, ...]
    suggestion: str | None
    why: str


def _parts(phrase: str) -> tuple[str, ...]:
    """Tokens of a phrase as the tokenizer cuts it, hyphens left out."""
    return tuple(t.lower for t in tokens(phrase) if t.text not in _HYPHENS)


def _rules_of(table: str, kind: str, lean: str | None, why: str) -> Iterator[Rule]:
    for line in table.strip().replace("\n  ", " ").splitlines():
        name, _, forms = line.partition(" | ")
        shown = "jargon" if name == "jargon" else kind
        for form in forms.split("; "):
            phrase, _, suggestion = form.partition(">")
            reason = plain_words.WHY.get(shown, why)
            yield Rule(name, shown, lean, _parts(phrase), suggestion or None, reason)


def _harmless(table: str) -> Iterator[Rule]:
    for phrase in table.replace("\n", " ").split(";"):
        yield Rule("", "", None, _parts(phrase.strip()), None, "")


@lru_cache(maxsize=1)
def all_rules() -> tuple[Rule, ...]:
    """Every form of every rule, harmless phrases included."""
    why = plain_words.WHY
    return (
        *_rules_of(coded_words.AGENTIC, "gender-coded", "agentic", coded_words.AGENTIC_WHY),
        *_rules_of(coded_words.COMMUNAL, "gender-coded", "communal", coded_words.COMMUNAL_WHY),
        *_rules_of(plain_words.GENDERED, "gendered", None, why["gendered"]),
        *_rules_of(plain_words.AGE, "age", None, why["age"]),
        *_rules_of(plain_words.ABLEIST, "ableist", None, why["ableist"]),
        *_rules_of(plain_words.CULTURE, "culture", None, why["culture"]),
        *_rules_of(plain_words.PRONOUNS, "pronoun", None, why["pronoun"]),
        *_harmless(coded_words.HARMLESS),
        *_harmless(plain_words.HARMLESS),
    )


@lru_cache(maxsize=1)
def shown_rules() -> tuple[Rule, ...]:
    """Every form of the rules that an audit shows beside ``all_rules``, harmless ones included."""
    why = {**plain_words.WHY, **shown_words.WHY}
    return (
        *_rules_of(shown_words.AGENTIC, "gender-coded", "agentic", coded_words.AGENTIC_WHY),
        *_rules_of(shown_words.COMMUNAL, "gender-coded", "communal", coded_words.COMMUNAL_WHY),
        *_rules_of(shown_words.GENDERED, "gendered", None, why["gendered"]),
        *_rules_of(shown_words.AGE, "age", None, why["age"]),
        *_rules_of(shown_words.DISABILITY, "ableist", None, why["body"]),
        *_rules_of(shown_words.CULTURE, "culture", None, why["culture"]),
        *_rules_of(shown_words.ORIGIN, "origin", None, why["origin"]),
        *_harmless(shown_words.HARMLESS),
    )


def _rank(rule: Rule) -> tuple[int, bool]:
    return -len(rule.parts), rule.kind != ""


@lru_cache(maxsize=2)
def _by_first(shown: bool) -> dict[str, tuple[Rule, ...]]:
    """Rules by their first token: longest first, then harmless ones, then in the order given."""
    table: dict[str, list[Rule]] = {}
    for rule in (*shown_rules(), *all_rules()) if shown else all_rules():
        table.setdefault(rule.parts[0], []).append(rule)
    order = {k: tuple(sorted(v, key=_rank)) for k, v in table.items()}
    return order


def _cased(suggestion: str, written: str) -> str:
    """The suggestion in the case of the wording it replaces."""
    if written.isupper() and len(written) > 3:
        return suggestion.upper()
    return suggestion[0].upper() + suggestion[1:] if written[0].isupper() else suggestion


def _is_negated(found: list[Token], index: int) -> bool:
    return any(token.lower in _NEGATIONS for token in found[max(0, index - 3) : index])


def _is_name(found: list[Token], index: int, rule: Rule) -> bool:
    """Whether a capital in mid-sentence shows that a coded word is a name here."""
    if len(rule.parts) > 1 or rule.kind not in {"gender-coded", "age", "ableist"}:
        return False
    inside = index > 0 and found[index - 1].text not in {".", "!", "?", ":", "•"}
    return inside and found[index].text[0].isupper() and not found[index].text.isupper()


@lru_cache(maxsize=16)
def _is_about_anybody(sentence: str) -> bool:
    return _GENERIC.search(sentence) is not None


def _finding(text: str, found: list[Token], index: int, rule: Rule) -> Finding | None:
    if not rule.kind or _is_name(found, index, rule):
        return None
    if rule.kind == "pronoun" and rule.name != "paired-pronoun" and not _is_about_anybody(text):
        return None
    if rule.kind != "pronoun" and _is_negated(found, index):
        return None
    start, end = found[index].start, found[index + len(rule.parts) - 1].end
    written = text[start:end]
    suggestion = _cased(rule.suggestion, written) if rule.suggestion else None
    return Finding(start, end, written, rule.name, rule.kind, rule.lean, suggestion, rule.why)


def _in_sentence(sentence: str, shown: bool) -> Iterator[Finding]:
    found = [token for token in tokens(sentence) if token.text not in _HYPHENS]
    lowered = tuple(token.lower for token in found)
    table, index = _by_first(shown), 0
    while index < len(found):
        for rule in table.get(lowered[index], ()):
            if lowered[index : index + len(rule.parts)] == rule.parts:
                finding = _finding(sentence, found, index, rule)
                if finding:
                    yield finding
                index += len(rule.parts)
                break
        else:
            index += 1


@lru_cache(maxsize=4096)
def _findings(text: str, shown: bool) -> tuple[Finding, ...]:
    found: list[Finding] = []
    for start, end in sentences(text):
        sentence = text[start:end]
        if not _LEGAL.search(sentence):
            found += (finding.moved(start) for finding in _in_sentence(sentence, shown))
    return tuple(found)


def find_wording(text: str, *, shown: bool = False) -> list[Finding]:
    """Every finding in the text, in order; none overlap.

    Args:
        text: An ad or a part of one.
        shown: Whether to use the rules for audits as well, which propose nothing.

    Returns:
        The findings; without ``shown`` those that a rewriter may act on.
    """
    return list(_findings(text, shown))
