"""The frontier of the mitigation benchmark as a picture: bias left against subject mass kept.

One line a kind over the weights of lost mass, told apart by marks and dashes; controls as letters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WIDTH, HEIGHT = 720, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 560, 30, 400
MOST, MOST_MASS = 1.2, 1.5
DASHES = ("", "9 4", "2 4", "12 4 2 4")
MARKS = ("M-5 0L0 -6L5 0L0 6Z", "M-5 -5H5V5H-5Z", "M0 -6L6 5H-6Z", "M-6 0H6M0 -6V6")
CONTROLS = {"paper_trained": "P", "uniform": "U"}


def frontier_svg(report: Mapping[str, Any]) -> str:
    """The picture; ε over the base's against subject mass over the base's."""
    parts = [_frame()]
    for place, (kind, rows) in enumerate(report["frontier"].items()):
        base = report["kinds"][kind]["systems"]["base"]
        points = [(row["mass_kept"], row["epsilon"] / base["epsilon"]) for row in rows]
        points.sort()
        path = "L".join(f"{_x(mass):.1f} {_y(bias):.1f}" for mass, bias in points)
        dash = f' stroke-dasharray="{DASHES[place]}"' if DASHES[place] else ""
        parts.append(f'<path d="M{path}" fill="none" stroke="#0b4f6c" stroke-width="2"{dash}/>')
        parts += [_mark(MARKS[place], mass, bias) for mass, bias in points]
        height = 60 + 26 * place
        parts.append(f'<path d="M580 {height}h36" stroke="#0b4f6c" stroke-width="2"{dash}/>')
        parts.append(
            f'<path transform="translate(598 {height})" d="{MARKS[place]}" fill="#0b4f6c" '
            'stroke="#0b4f6c"/>'
        )
        parts.append(f'<text x="626" y="{height + 5}">{kind}</text>')
        parts += [_letter(letter, base, report, kind, name) for name, letter in CONTROLS.items()]
    parts.append('<text x="580" y="180">P: the paper\'s, trained</text>')
    parts.append('<text x="580" y="204">U: uniform</text>')
    parts.append('<text x="580" y="228">B: the base</text>')
    parts.append(f'<text x="{_x(1.0) - 4:.1f}" y="{_y(1.0) + 5:.1f}">B</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'font-family="sans-serif" font-size="13"><title>Attribute error left against subject mass '
        f'kept</title><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _x(mass: float) -> float:
    return LEFT + min(mass, MOST_MASS) / MOST_MASS * (RIGHT - LEFT)


def _y(bias: float) -> float:
    return BOTTOM - min(bias, MOST) / MOST * (BOTTOM - TOP)


def _mark(shape: str, mass: float, bias: float) -> str:
    at = f"{_x(mass):.1f} {_y(bias):.1f}"
    return f'<path transform="translate({at})" d="{shape}" fill="#0b4f6c" stroke="#0b4f6c"/>'


def _letter(
    letter: str, base: Mapping[str, Any], report: Mapping[str, Any], kind: str, name: str
) -> str:
    row = report["kinds"][kind]["systems"][name]
    mass, bias = row["subject_mass"] / base["subject_mass"], row["epsilon"] / base["epsilon"]
    return f'<text x="{_x(mass) - 4:.1f}" y="{_y(bias) + 5:.1f}">{letter}</text>'


def _frame() -> str:
    """Axes, ticks, and the corner that the test asks for."""
    ticks = [0.0, 0.25, 0.5, 0.75, 1.0]
    lines = [
        f'<rect x="{_x(0.9):.1f}" y="{_y(0.5):.1f}" width="{RIGHT - _x(0.9):.1f}" '
        f'height="{BOTTOM - _y(0.5):.1f}" fill="#dfe4ea"/>',
        f'<text x="{_x(0.91):.1f}" y="{BOTTOM - 8}">asked for</text>',
        f'<path d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}" fill="none" stroke="#1b1f2a"/>',
    ]
    for tick in (*ticks, 1.25, 1.5):
        lines.append(
            f'<text x="{_x(tick):.1f}" y="{BOTTOM + 20}" text-anchor="middle">{tick:g}</text>'
        )
    for tick in ticks:
        lines.append(
            f'<text x="{LEFT - 8}" y="{_y(tick) + 5:.1f}" text-anchor="end">{tick:g}</text>'
        )
    below = "subject mass, over the base's →"
    lines.append(f'<text x="{RIGHT}" y="{BOTTOM + 44}" text-anchor="end">{below}</text>')
    above = "ε, over the base's (lower is better)"
    lines.append(f'<text x="{LEFT}" y="{TOP - 10}">{above}</text>')
    return "".join(lines)
