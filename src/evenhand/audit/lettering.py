"""Names and notes in pictures: how wide they are, where they break, how they fit their room.

SVG neither wraps nor measures text, and a report asks no font; so widths are estimated.
"""

from __future__ import annotations

from markupsafe import Markup

from evenhand.records.visible import visible

FONT_SIZE = 13
LETTERS = (
    (0.28, "ijlI.,:;'|!/[] ·"),
    (0.4, "()-frt*"),
    (0.56, "0123456789acekszvxyJ_"),
    (0.62, "bdghnopquLFZ"),
    (0.95, "mwMW@%…—"),
)
"""Widths of bold letters by font size, as in Arial, which is broader than most."""
CAPITAL, OTHER, FULL_WIDTH, FIRST_FULL_WIDTH = 0.76, 0.8, 1.05, 0x1100
NARROWEST = 0.62
"""The most that a line of text is squeezed before it is cut short."""
LINE = 15
"""Height of a line of a name that is broken in two."""


def two_lines(name: str) -> list[str]:
    """A name broken where it leaves the shorter longest line: at a blank, or within the word."""
    breaks = [at for at, letter in enumerate(name) if letter == " " and 0 < at < len(name) - 1]
    if not breaks:
        joints = [at + 1 for at, letter in enumerate(name) if letter in "_-/" and at]
        at = min([*joints, len(name) // 2], key=lambda at: max(at, len(name) - at))
        return [name[:at], name[at:]]

    def longest(at: int) -> float:
        # The parts of an intersection are kept together where that costs little.
        return max(at, len(name) - at - 1) - (3 if name[at - 1] == "·" else 0)

    at = min(breaks, key=longest)
    return [name[:at], name[at + 1 :]]


def width_of(text: str) -> float:
    """Room that a text takes, without asking a font."""
    return FONT_SIZE * sum(map(_letter, text))


def _letter(letter: str) -> float:
    found = next((width for width, letters in LETTERS if letter in letters), None)
    if found is not None:
        return found
    if letter.isascii():
        return CAPITAL
    return OTHER if ord(letter) < FIRST_FULL_WIDTH else FULL_WIDTH


def fitted(x: float, y: float, text: str, kind: str, room: float) -> Markup:
    """A line of text in its room: squeezed where it is too long, then cut short."""
    text = visible(text)
    # A text longer than the narrowest letters could be is cut at once.
    shown = text[: int(room / (LETTERS[0][0] * FONT_SIZE * NARROWEST)) + 2]
    while width_of(shown) * NARROWEST > room:
        shown = f"{shown[:-2].rstrip()}…"
    squeeze = Markup("")
    if width_of(shown) > room:
        squeeze = Markup(' textLength="{}" lengthAdjust="spacingAndGlyphs"').format(room)
    return Markup('<text class="{}" x="{}" y="{}"{}>{}</text>').format(kind, x, y, squeeze, shown)
