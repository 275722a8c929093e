"""Drawing examples without replacement, evenly over templates, attributes and pairs.

Fitting (template, attribute) cells are put into an order in which every prefix is close to even
over templates and over attributes, and that order is gone through again and again; each time a cell
comes round it gets another pair, so that nothing repeats before everything was used. Permutations
come from the seed. Not independent random draws: the spread over cells is smaller than chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def draw(
    cells: Sequence[tuple[int, int]], pairs: int, n: int, seed: int
) -> list[tuple[int, int, int]]:
    """Draw ``n`` different (template, attribute, pair).

    Args:
        cells: The (template, attribute) that fit each other.
        pairs: Number of pairs.
        n: How many to draw, at most ``len(cells) * pairs``.
        seed: Same seed, same draws.
    """
    if n <= 0 or not cells or not pairs:
        return []
    rng = np.random.default_rng([seed, 5])
    ordered = _even_order(cells, rng)
    shuffled = rng.permutation(pairs)
    count = len(ordered)
    period = pairs // math.gcd(count, pairs)
    drawn: list[tuple[int, int, int]] = []
    for k in range(n):
        turn, place = divmod(k, count)
        pair = (place + turn * count + turn // period) % pairs
        drawn.append((*ordered[place], int(shuffled[pair])))
    return drawn


def _even_order(
    cells: Sequence[tuple[int, int]], rng: np.random.Generator
) -> list[tuple[int, int]]:
    """All cells, every prefix close to even over templates and over attributes."""
    blocks: dict[tuple[int, ...], list[int]] = {}
    attributes_of: dict[int, list[int]] = {}
    for template, attribute in cells:
        attributes_of.setdefault(template, []).append(attribute)
    for template, fitting in attributes_of.items():
        blocks.setdefault(tuple(fitting), []).append(template)
    placed: list[tuple[float, int, tuple[int, int]]] = []
    for number, (fitting, templates) in enumerate(blocks.items()):
        diagonal = _diagonals(rng.permutation(templates), rng.permutation(fitting))
        placed += [((k + 0.5) / len(diagonal), number, cell) for k, cell in enumerate(diagonal)]
    return [cell for _, _, cell in sorted(placed)]


def _diagonals(rows: np.ndarray, columns: np.ndarray) -> list[tuple[int, int]]:
    """Every (row, column) once, rows and columns both coming round in turn."""
    count = len(rows) * len(columns)
    period = math.lcm(len(rows), len(columns))
    return [
        (int(rows[k % len(rows)]), int(columns[(k + k // period) % len(columns)]))
        for k in range(count)
    ]
