"""Cosmetic fitting of a model's reply to the span it replaces, before any gate looks at it.

A small model adds quotation marks, a final stop or a label where the original has none. Taking
them off changes no word; everything else is left to the gates.
"""

from __future__ import annotations

import re

_LABEL = re.compile(
    r"^(?:here(?:'s| is)[^:]{0,40}|re-?word(?:ed|ing)[^:]{0,20}|rewritten[^:]{0,20}|rephrased"
    r"[^:]{0,20}|answer|output|revised[^:]{0,20}):\s*",
    re.I,
)
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
    """The reply with the outer shape of the span: label, quotes, final mark and first letter.

    Args:
        before: The text of the span.
        reply: What a model wrote in its place.

    Returns:
        The first line of the reply, without label or quotes around it, with the span's final
        stop or lack of one, and with its case of the first letter.
    """
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
