"""What each line of an ad does: a duty, a requirement, a fact, or praise that states none of these.

Precision comes first where it matters: only a line that praises and holds no figure, name, duty,
requirement, benefit or law is called praise, and so may be proposed for cutting. Rules, not a
parser; what a line does to anybody's list is measured in ``audit.lines``, and only a person cuts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from evenhand.errors import BadInput
from evenhand.language.duties import opens_as_duty, states_duty
from evenhand.language.facts import contacts, known_names, shaped
from evenhand.language.lexicon import Lexicon
from evenhand.language.posting import presence, requirements, statements
from evenhand.language.span import Edit
from evenhand.language.spans import is_boilerplate, kept_lines, opens_section, titled
from evenhand.language.text import lines, sentences, without_bullet

_WORDS = Lexicon("lines")
_BENEFIT = _WORDS.any_of("benefit")
_PRAISE = _WORDS.any_of("praise")
_ROLE = _WORDS.any_of("role")
_ASKED = _WORDS.any_of("asked")
_LONGEST_HEADING = 12
"""Words; a longer line that ends in a colon is prose."""
KINDS = _WORDS.pairs("kinds")
"""What each kind of line is called."""
PROPOSALS = _WORDS.pairs("proposals")
LineKind = Literal[
    "title",
    "heading",
    "contact",
    "legal",
    "must",
    "nice",
    "duty",
    "benefit",
    "fact",
    "role",
    "praise",
    "other",
]


class Line(NamedTuple):
    """A line of an ad, or a sentence of a line that holds several (then numbered "4.2")."""

    number: str
    start: int
    end: int
    kind: LineKind


def lines_of(ad: str) -> list[Line]:
    """The lines that hold something, in order, each with what it does."""
    found = lines(ad)
    kept = kept_lines(ad, found)
    kinds = _Kinds(ad)
    every: list[Line] = []
    for at, (start, end) in enumerate(found):
        number = str(ad.count("\n", 0, start) + 1)
        if at == 0 and titled(ad, start, end):
            every.append(Line(number, start, end, "title"))
        elif _is_heading(ad, start, end):
            every.append(Line(number, start, end, "heading"))
        else:
            inside = list(_sentences(ad, start, end))
            for place, (first, last) in enumerate(inside, 1):
                whole = number if len(inside) == 1 else f"{number}.{place}"
                kind = kinds.of(first, last)
                kind = "benefit" if at in kept and kind in {"praise", "other"} else kind
                every.append(Line(whole, first, last, kind))
    return every


def cuts(ad: str, numbers: Sequence[str]) -> list[Edit]:
    """The edits that leave lines out, in order; a line that is left empty goes with its break.

    Raises:
        BadInput: The ad has no line of a number.
    """
    every = lines_of(ad)
    chosen: set[Line] = set()
    for number in numbers:
        named = {line for line in every if number in {line.number, line.number.partition(".")[0]}}
        if not named:
            here = ", ".join(dict.fromkeys(line.number.partition(".")[0] for line in every))
            raise BadInput(f"--cut {number}: the ad has no such line; its lines are {here}")
        chosen |= named
    return left_out(ad, chosen)


def left_out(ad: str, chosen: Iterable[Line]) -> list[Edit]:
    """The edits that leave lines of an ad out, in order."""
    places = sorted((line.start, line.end) for line in chosen)
    return [Edit(a, b, ad[a:b], "") for a, b in _with_breaks(ad, places)]


def _with_breaks(ad: str, places: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The same stretches with what would be left over: bullets, blanks, the line's break."""
    joined: list[tuple[int, int]] = []
    for start, end in places:
        if (
            joined
            and not ad[joined[-1][1] : start].strip()
            and "\n" not in ad[joined[-1][1] : start]
        ):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    for start, end in joined:
        opens = ad.rfind("\n", 0, start) + 1
        closes = ad.find("\n", end)
        closes = len(ad) if closes < 0 else closes
        if without_bullet(ad, opens, closes)[0] >= start and not ad[end:closes].strip():
            if closes < len(ad):
                yield opens, closes + 1
            else:  # the last line takes the break before it
                yield max(opens - 1, 0), closes
            continue
        while end < closes and ad[end] == " ":
            end += 1
        yield start, end


def _sentences(ad: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    inside = [(a, b) for a, b in sentences(ad[start:end])]
    ends = [*(a for a, _ in inside[1:]), end - start]
    for (first, _), last in zip(inside, ends, strict=True):
        yield start + first, start + first + len(ad[start + first : start + last].rstrip())


def _is_heading(ad: str, start: int, end: int) -> bool:
    bare = without_bullet(ad, start, end)[0] == start
    ends = ad[end - 1] == ":" and len(ad[start:end].split()) <= _LONGEST_HEADING
    return (bare and opens_section(ad[start:end]) is not None) or ends


class _Kinds:
    """What an ad states, by place."""

    def __init__(self, ad: str) -> None:
        named = presence(ad)
        self._ad = ad
        self._known = known_names(ad)
        self._asks = [(s.start, s.end, s.strength) for s in statements(ad) if s.strength]
        self._asks += [(r.start, r.end, r.strength or "must") for r in requirements(ad).readings]
        self._pay = [(one.start, one.end) for one in (*named.salary, *named.remote)]
        self._legal = [(one.start, one.end) for one in named.equal_opportunity]
        self._places = [(one.start, one.end) for one in named.place]

    def of(self, start: int, end: int) -> LineKind:
        """What a stretch does, the weightiest first."""

        def meets(found: Sequence[tuple[int, int]]) -> bool:
            return any(a < end and start < b for a, b in found)

        text = self._ad[start:end]
        asked = {how for a, b, how in self._asks if a < end and start < b}
        if any(True for _ in contacts(text)):
            return "contact"
        if meets(self._legal):
            return "legal"
        if meets(self._pay):
            return "benefit"
        if asked:
            return "must" if "must" in asked else "nice"
        core = text[without_bullet(text, 0, len(text))[0] :]
        if opens_as_duty(core) or states_duty(core):
            return "duty"
        if _BENEFIT.search(text):
            return "benefit"
        if is_boilerplate(text):
            return "contact"
        if meets(self._places) or shaped(text, self._known):
            return "fact"
        if _ASKED.search(text):
            return "must"
        if _ROLE.search(text):
            return "role"
        return "praise" if _PRAISE.search(text) else "other"
