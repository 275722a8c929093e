"""Wording rules and the plain replacements they suggest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from evenhand.language.span import Span


@dataclass(frozen=True, slots=True)
class Finding:
    """One stretch of wording that a rule flags."""

    start: int
    end: int
    text: str
    rule: str
    kind: str
    lean: str | None
    suggestion: str | None
    why: str


@lru_cache(maxsize=4096)
def _findings(text: str) -> tuple[Finding, ...]:
    return ()


def find_wording(text: str) -> list[Finding]:
    """Every finding in the text."""
    return list(_findings(text))


def rule_rewordings(span: Span) -> list[tuple[str, str]]:
    """Alternatives (text, rule)."""
    return []
