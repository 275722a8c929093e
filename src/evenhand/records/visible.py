r"""Names and texts from outside as they may be shown: what would act, hide or mislead is spelt out.

A name in somebody's file may hold characters that command a terminal, turn the order of letters
around, take no room, or look like the sign that starts a formula. Wherever a person reads it they
stand as escapes (``\x1b``, ``\u202e``), the same in terminal, page, table and sentence. Not
escaping for HTML or CSV, which those who write these do besides, and never a change of the data.
"""

from __future__ import annotations

import json
import re

_UNSEEN = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Controls, turns of direction, what takes no room or no ink, halves of characters."""
_ACTING = re.compile(f"[{_UNSEEN}]")
_ACTING_IN_TEXT = re.compile(rf"(?![\n\t])[{_UNSEEN}]")
_LIKE_A_FORMULA = re.compile("((?:^|\\*)\\s*)([＝＋－＠﹦﹢﹣﹫])")
"""Broad and small forms of ``= + - @`` where a name, or a part of a crossed one, starts."""


def visible(name: str, *, lines: bool = False) -> str:
    """A name as it may be shown; what is shown so once stays as it is.

    Args:
        name: From anywhere.
        lines: It is a text of several lines, whose line ends and tabs stay and which may start as
            it likes.
    """
    if lines:
        return _ACTING_IN_TEXT.sub(_escaped, name)
    shown = _ACTING.sub(_escaped, name)
    return _LIKE_A_FORMULA.sub(lambda found: found[1] + _code(found[2]), shown)


def visible_json(document: str) -> str:
    """JSON whose strings show them by JSON's own escapes, so that it still says the same."""
    return _ACTING_IN_TEXT.sub(lambda found: json.dumps(found[0])[1:-1], document)


def _escaped(found: re.Match[str]) -> str:
    return _code(found[0])


def _code(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
