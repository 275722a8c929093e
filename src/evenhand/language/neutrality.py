"""Nothing that names or targets a group is added or taken away, and no coded wording added.

Pronouns and words for women or men move a matching engine's lists strongly; that is targeting
people by sex, so both directions are refused. Replacing a gendered title by the plain one the
rules suggest ("chairman" by "chair") is allowed: it names nobody.
"""

from __future__ import annotations

from collections import Counter

from evenhand.language.findings import find_wording
from evenhand.language.span import Span, Verdict
from evenhand.language.text import tokens

GROUP_WORDS = frozenset(
    """
    he him his himself she her hers herself man men woman women male males female females boy
    boys girl girls guy guys gal gals lady ladies gentleman gentlemen mother mothers father
    fathers mom moms mum mums dad dads maternal paternal maternity paternity motherhood
    fatherhood wife wives husband husbands daughter daughters son sons sister sisters brother
    brothers brotherhood sisterhood feminine masculine femininity masculinity feminist gender
    genders sex gendered nonbinary lgbt lgbtq gay lesbian transgender queer straight young
    younger youngest youthful youth old older oldest elderly senior-citizen seniors aged age
    ages teen teens teenager teenagers millennial millennials boomer boomers retiree retirees
    graduate graduates mature black white asian hispanic latino latina latinx african caucasian
    indigenous native immigrant immigrants foreigner foreigners ethnic ethnicity race racial
    minority minorities christian muslim jewish jew hindu buddhist catholic religious religion
    faith disabled disability disabilities handicapped able-bodied autistic blind deaf veteran
    veterans married single parent parents pregnant pregnancy childless mr mrs ms
    """.split()
)


ATTRIBUTE_WORDS = frozenset(
    """
    gender genders sex age ages race ethnicity religion faith disability disabilities pregnancy
    maternity paternity
    """.split()
)
"""Those that name what groups differ in, and no group."""

_PAIRED = "paired-pronoun"
"""The rule for "he or she": it names both, so "they" in its place names nobody less."""


def _groups(text: str) -> Counter[str]:
    return Counter(token.lower for token in tokens(text) if token.lower in GROUP_WORDS)


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
