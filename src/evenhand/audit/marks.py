"""One sign a verdict, the same in sentences, tables and plots, told apart by shape alone."""

from __future__ import annotations

from evenhand.audit.plots import Shape
from evenhand.measure.rates.assessment import BENCHMARK, TO_REST, VERDICTS

GAP, NO_GAP = "a gap", "no detectable gap"
"""What is found of one comparison of lists."""
MARKS: dict[str, Shape] = {
    VERDICTS[0]: "diamond",
    GAP: "diamond",
    VERDICTS[2]: "square",
    TO_REST: "square",
    VERDICTS[1]: "hollow-diamond",
    VERDICTS[3]: "circle",
    NO_GAP: "circle",
    BENCHMARK: "ring",
}
"""Words of a verdict → its sign; what has no verdict has none."""
LEGEND = (
    "Diamond: below four-fifths; filled, unlikely by chance; hollow, compatible with it. Not below "
    "four-fifths: square, unlikely by chance; dot, compatible with it. Square also where chance "
    "hardly explains a difference to everybody else alone. Ring: the benchmark."
)


def mark_of(text: str) -> Shape | None:
    """The sign of a text that starts with the words of a verdict, up to a colon or semicolon."""
    for words, shape in MARKS.items():
        rest = text[len(words) :]
        if text.lower().startswith(words) and (not rest or rest[0] in ":;"):
            return shape
    return None
