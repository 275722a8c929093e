"""One sign a verdict, the same in sentences, tables and plots, told apart by shape alone."""

from __future__ import annotations

from evenhand.audit.plots import Shape
from evenhand.measure.rates.assessment import BY_CHANCE_POSSIBLE, BY_CHANCE_UNLIKELY, NOT_BELOW

HIGHEST_RATE = "highest rate"
GAP, NO_GAP = "a gap", "no detectable gap"
"""What is found of one comparison of lists."""
MARKS: dict[str, Shape] = {
    BY_CHANCE_UNLIKELY: "diamond",
    GAP: "diamond",
    BY_CHANCE_POSSIBLE: "hollow-diamond",
    NOT_BELOW: "circle",
    NO_GAP: "circle",
    HIGHEST_RATE: "ring",
}
"""Words of a verdict → its sign; what has no verdict has none."""
LEGEND = (
    "Filled diamond: below four-fifths and unlikely by chance. Hollow diamond: below, compatible "
    "with chance. Dot: not below. Ring: the highest rate."
)


def mark_of(text: str) -> Shape | None:
    """The sign of a text that starts with the words of a verdict, up to a colon or semicolon."""
    for words, shape in MARKS.items():
        rest = text[len(words) :]
        if text.lower().startswith(words) and (not rest or rest[0] in ":;"):
            return shape
    return None
