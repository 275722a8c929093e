"""One person: whether moving a single selection reverses which of two rates is higher.

Formula: with the cell below the benchmark, ``(x_g + 1) n_b > (x_b - 1) n_g``; in exact integers.
Where the cell is above (it may not be the benchmark) the move goes the other way.
Range: yes ("too small to call") or no.
Undefined: no where a side is empty, where both rates are the same, or where there is no selection
to move.
Source: in the spirit of Question 21 of the Questions and Answers on the Uniform Guidelines (44 FR
11996, 1979): when one more or one fewer selection turns the outcome, the numbers are too small.

Not a test: large samples with equal rates can be turned by one person too.
"""

from __future__ import annotations


def turns_on_one_person(
    positive: int, size: int, benchmark_positive: int, benchmark_size: int
) -> bool:
    """Whether the order of the two rates turns on one selection.

    Args:
        positive: Positives of the cell.
        size: People of the cell.
        benchmark_positive: Positives of the benchmark.
        benchmark_size: People of the benchmark.
    """
    low, high = (positive, size), (benchmark_positive, benchmark_size)
    if low[0] * high[1] > high[0] * low[1]:
        low, high = high, low
    movable = high[0] > 0 and low[0] < low[1]
    differ = low[0] * high[1] != high[0] * low[1]
    return movable and differ and (low[0] + 1) * high[1] > (high[0] - 1) * low[1]
