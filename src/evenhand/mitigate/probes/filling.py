"""Filling a template: subjects and attribute into their slots, then "a" or "an" repaired.

Only an article that stands right before a filled slot is repaired, by the sound the word begins
with; the rest of the text stays as its author wrote it. A ``[mask]`` stays a ``[mask]``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenhand.mitigate.probes.types import Attribute, Prompt, Subject, Template

SLOT = re.compile(r"\[([pl]_act)(-single)?(:neg)?\]")
"""An attribute's place in a question."""
SUBJECT_SLOT = re.compile(r"\[subj([12])(:dem)?\]")
ANY_SLOT = re.compile(r"\[[^\[\]]*\]")
_ARTICLE_AND_SLOT = re.compile(r"(?:\b([Aa])n? )?(\[(?:subj|[pl]_act)[^\[\]]*\])")
_VOWEL_LETTER_CONSONANT_SOUND = re.compile(
    r"(?:eu|uni(?!n)|us[aeiu]|ut[ei]|uk|uga|one\b|once\b|ur[aiu])", re.I
)
_CONSONANT_LETTER_VOWEL_SOUND = re.compile(r"(?:hour|hono[u]?r|honest|heir|MBA\b|[FHLMNRSX]-)")


def slot_of(question: str) -> str:
    """Which kind of attribute a question asks for; empty where it has no slot."""
    found = SLOT.search(question)
    return found.group(1) if found else ""


def article(word: str) -> str:
    """The article, "a" or "an", by the sound that ``word`` begins with."""
    if _CONSONANT_LETTER_VOWEL_SOUND.match(word):
        return "an"
    if _VOWEL_LETTER_CONSONANT_SOUND.match(word):
        return "a"
    return "an" if word[:1].lower() in "aeiou" else "a"


def fill(text: str, subjects: tuple[str, str], attribute: Attribute) -> str:
    """Put two subjects (in the order they are named) and an attribute into ``text``."""

    def put(found: re.Match[str]) -> str:
        letter, slot = found.group(1), found.group(2)
        said = _said(slot, subjects, attribute)
        if letter is None:
            return said
        return f"{letter}{article(said)[1:]} {said}"

    return _ARTICLE_AND_SLOT.sub(put, text)


def _said(slot: str, subjects: tuple[str, str], attribute: Attribute) -> str:
    """What stands in place of one slot."""
    if subject := SUBJECT_SLOT.fullmatch(slot):
        return subjects[int(subject.group(1)) - 1]
    found = SLOT.fullmatch(slot)
    if found is None:
        return slot
    single, negated = bool(found.group(2)), bool(found.group(3))
    if single:
        return attribute.single_negated if negated else attribute.single
    return attribute.negated if negated else attribute.text


def four_prompts(
    template: Template, attribute: Attribute, first: Subject, second: Subject
) -> tuple[Prompt, Prompt, Prompt, Prompt]:
    """The prompts (12, a), (21, a), (12, not a), (21, not a)."""
    from evenhand.mitigate.probes.types import Prompt

    orders = ((first.text, second.text), (second.text, first.text))
    asked, negated = (
        [
            Prompt(fill(template.context, order, attribute), fill(text, order, attribute))
            for order in orders
        ]
        for text in (template.question, template.negated)
    )
    return asked[0], asked[1], negated[0], negated[1]
