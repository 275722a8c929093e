"""QF: the share of people whom at least one list shows.

Formula: ``QF = #{c_i > 0} / n``. Corrected: ``(#{c_i > 0} - k) / (min(n, T) - k)``.
Range: original ``k/n`` to ``min(1, T/n)``; corrected 0 (one list for all) to 1 (nobody left out
who had room).
Trap: the original can't reach 1 while there are fewer places than people, and showing a person
once counts as much as a thousand times.
Undefined: corrected NaN where there is one list only, or everybody fits in every list.
Source: Zhu et al. 2021 (QF); corrected form Rampisela et al. 2023 (arXiv 2311.01013).

Not about qualification for a job: "qualified" is the source's word for "shown at all".
"""

from __future__ import annotations

import numpy as np

from evenhand.match.protocol import FloatArray
from evenhand.measure.candidates.shown import Shown, rescale


def qualified_fairness(shown: Shown) -> float:
    """Share of people shown at least once."""
    return _share(shown.counts)


def qualified_fairness_corrected(shown: Shown) -> float:
    """The share between one list for all (0) and the most even counts (1)."""
    return rescale(
        qualified_fairness(shown),
        zero=_share(shown.one_list_counts),
        one=_share(shown.even_counts),
    )


def _share(counts: FloatArray) -> float:
    return float(np.count_nonzero(counts) / len(counts))
