"""Who is shown at every depth of the lists, against what parity within each ad would show.

Formula: ``D_g(r) = Σ_j a_jg(r) / Σ_j n_j(r) F_jg / N_j``; the first r places of ad j hold
``a_jg(r)`` qualified people of group g and ``n_j(r)`` of any known group, its qualified pool
``F_jg`` and ``N_j``. People of unknown value are left out of all four.
Range: 0 to infinity. 1 is parity down to place r; 0 means that nobody of the group stands there;
2 that its people fill twice the places that their share of each pool would.
Undefined: NaN at depths where nobody qualified of known value is shown yet, and for a group that
no pool holds.
Source: observed over expected, the expectation being that of a hypergeometric draw in each ad.

Not a test and not one number: R is (``mantel_haenszel``). It shows *where* in the lists a gap lies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.match.protocol import BoolArray, FloatArray, Rankings
from evenhand.measure.labels import encode_labels
from evenhand.measure.selection import check_labels, divide, qualified_hits, top_positions


@dataclass(frozen=True)
class Depths:
    """Observed over expected, by place and group.

    Attributes:
        groups: The known values, sorted.
        ratio: Shape ``(places, groups)``.
    """

    groups: tuple[str, ...]
    ratio: FloatArray


def shown_by_depth(
    rankings: Rankings, qualified: BoolArray, labels: NDArray[np.str_], k: int
) -> Depths:
    """How often each group is shown in the first 1, 2, … k places, as a multiple of parity.

    Args:
        rankings: The lists.
        qualified: Shape ``(jobs, people)``.
        labels: Shape ``(people,)``; ``""`` where unknown.
        k: Places to look at.

    Raises:
        MeasureError: If the shapes don't belong together, or the lists are too short.
    """
    check_labels(labels, len(rankings.candidate_ids))
    groups = encode_labels(labels)
    known = groups.indicators()[:, :-1]
    hits = qualified_hits(rankings, qualified, k)
    shown = (known[top_positions(rankings, k)] * hits[:, :, None]).cumsum(axis=1)
    pool = qualified @ known
    share = np.nan_to_num(divide(pool, pool.sum(axis=1, keepdims=True)))
    expected = np.einsum("jk,jg->kg", shown.sum(axis=2), share)
    return Depths(groups.values, divide(shown.sum(axis=0), expected))
