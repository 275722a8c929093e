"""A flagged word left out, and what stood around it closed up again.

"A strong, aggressive and friendly clerk" becomes "a strong and friendly clerk". Where leaving the
word out would leave a hole ("you are aggressive"), that is said and nothing is changed.
"""

from __future__ import annotations

import re

from evenhand.language.agreement import Change, refitted
from evenhand.language.finding import Finding

_HOLE = "leaving it out would leave a hole in the sentence; say it another way"
_DEGREES = frozenset("very highly extremely really truly quite super incredibly deeply".split())
_COMPARES = frozenset(
    "as so too more most less least how not only both either neither be being".split()
)
_NEEDS_MORE = frozenset(
    """a an the be is are was were been being am become seem look feel stay remain get of to for
    with in on at by as from into about like than our your their his her its my this that these
    those every each some any and or but who we're you're they're it's very who're into""".split()
)
"""Words that can't end a clause."""
_ENDS = re.compile(r"\s*(?:[.!?;:)\]\"”’]|$|,? (?:and|or|but|who|which|that|to|in|for|with|at)\b)")
_WORD = r"[^\W\d_][\w'’-]*"
_AND = re.compile(r"(,?) (and|or|&) $", re.I)


def left_out(piece: str, finding: Finding) -> list[Change] | str:
    """The changes that leave a flagged word out of its statement.

    Args:
        piece: The statement.
        finding: What goes.

    Returns:
        The changes, or the reason why it can't simply go.
    """
    start, end = finding.start, finding.end
    degree = re.search(rf"(?<![\w-])({_WORD}) $", piece[:start])
    if degree and degree[1].lower() in _DEGREES:
        start = degree.start(1)
    if piece[start - 1 : start] in {"-", "‑"} or piece[end : end + 1] in {"-", "‑", "'", "’"}:
        return _HOLE
    taken = _of_list(piece, start, end) or _alone(piece, start, end)
    if taken is None:
        return _HOLE
    (first, last, put), *more = taken
    if not re.search(r"\w", piece[:first] + put + piece[last:]):
        return _HOLE
    put = _raised_if_first(piece, first, last, put)
    rest = put[0] if isinstance(put, tuple) else put
    end_of_change = put[1] if isinstance(put, tuple) else last
    changes = [Change(first, end_of_change, rest)]
    fitted = refitted(piece, first, rest + piece[end_of_change:])
    if fitted:
        changes.append(Change(*fitted))
    return [*changes, *(Change(*one) for one in more)]


def _raised_if_first(piece: str, first: int, last: int, put: str) -> str | tuple[str, int]:
    """What is put in its place, with the next word raised where a capital went."""
    opens = not any(c.isalnum() for c in piece[:first]) and piece[first : first + 1].isupper()
    following = re.match(r"[^\W\d_]", piece[last:])
    if opens and not put and following:
        return piece[last].upper(), last + 1
    return put


def _of_list(piece: str, start: int, end: int) -> list[tuple[int, int, str]] | None:
    """The cuts that take one item out of a list of adjectives or nouns; None outside a list."""
    left, right = piece[:start], piece[end:]
    if re.search(r"\b(?:both|either|neither|not only|between|as|so|more|most) $", left, re.I):
        return None
    last = _AND.search(left)
    comma_left = re.search(rf"{_WORD}, $", left)
    follows = re.match(rf",? (?:and|or|&) (?={_WORD})", right, re.I)
    comma_right = re.match(rf", (?={_WORD})", right)
    slash = re.search(r"\w ?/ ?$", left) or re.match(r" ?/ ?\w", right)
    if slash:
        return _of_slashes(piece, start, end)
    if last and re.search(r"\w$", left[: last.start()]):
        return _last_of_list(piece, last, start, end)
    if comma_left and follows:  # "A, X and B", "A, X, and B"
        cut = start - 2
        word = re.search(r"and|or|&", follows[0], re.I)
        many = re.search(rf", {_WORD}$", left[:-2]) and follows[0].startswith(",")
        return [(cut, end + follows.end(), f"{',' if many else ''} {word[0]} ")] if word else None
    if comma_left and (comma_right or re.match(rf" (?={_WORD})", right)):
        # "A, X, B" and "a calm, X clerk"
        return [(start - 2, end, "")]
    if follows or comma_right:
        both = follows or comma_right
        return [(start, end + both.end(), "")] if both else None
    return None


def _of_slashes(piece: str, start: int, end: int) -> list[tuple[int, int, str]]:
    left = re.search(r" ?/ ?$", piece[:start])
    right = re.match(r" ?/ ?", piece[end:])
    if left:
        return [(left.start(), end, "")]
    return [(start, end + (right.end() if right else 0), "")]


def _last_of_list(
    piece: str, joint: re.Match[str], start: int, end: int
) -> list[tuple[int, int, str]] | None:
    """The cuts that take the last item away: "A, B and X" becomes "A and B"."""
    left = piece[: joint.start()]
    earlier = re.search(rf"({_WORD})(, )({_WORD})$", left)
    if re.search(r"(?:^|[.;:])\s*$", left):
        return None
    cut = (joint.start(), end, "")
    if earlier is None or (re.match(rf" {_WORD}", piece[end:]) is None and not _listed(left)):
        return [cut]
    return [cut, (earlier.start(2), earlier.end(2), f" {joint[2]} ")]


def _listed(left: str) -> bool:
    return bool(re.search(rf"\b{_WORD}, {_WORD}$", left))


def _alone(piece: str, start: int, end: int) -> list[tuple[int, int, str]] | None:
    """The cut of a word that stands in no list; None where it can't be missed."""
    left, right = piece[:start], piece[end:]
    before = re.search(rf"({_WORD})\W*$", left)
    word = before[1].lower() if before else ""
    if word in _COMPARES and re.search(r"\s$", left):
        return None
    ends = _ENDS.match(right)
    if ends and (word in _NEEDS_MORE or not word):
        return None
    if ends and left[-1:] in {"(", '"', "“"}:
        return None
    if left.endswith(" ") and (ends or not right.startswith(" ")):
        return [(start - 1, end, "")]
    space = re.match(r"[ \t]+", right)
    return [(start, end + (space.end() if space else 0), "")]
