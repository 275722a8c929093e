"""Drawing tokens: nucleus sampling by inverse CDF, one private random stream per sample.

One uniform number decides one token, and a sample's numbers depend on the seed, its prompt and
its index only: not on the batch, the other prompts or how many samples are drawn. Probabilities
that are off by a factor within 1 ± ε draw the same token unless the number lies within 4ε of a
border between tokens, or two probabilities or the nucleus' edge are that close. Runs no model.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_LIKELY = 1e-4


def uniforms(seed: int, prompt: Sequence[int], sample: int, count: int) -> NDArray[np.float64]:
    """``count`` numbers in [0, 1) of one sample's stream; a longer draw begins the same."""
    text = np.asarray(prompt, dtype=np.int64).tobytes()
    words = np.frombuffer(hashlib.sha256(text).digest(), dtype=np.uint32)
    return np.random.default_rng([seed, sample, *words.tolist()]).random(count)


def nucleus(
    probabilities: NDArray[np.float32], top_p: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The smallest set of likeliest tokens whose mass reaches ``top_p``.

    Args:
        probabilities: One distribution over the vocabulary.
        top_p: Mass in (0, 1]; 1 keeps everything.

    Returns:
        Token ids, likeliest first (ties by id), and the cumulative sums of their
        probabilities, not normalised. With ``top_p`` 1, in vocabulary order.
    """
    if top_p >= 1.0:
        return np.arange(len(probabilities)), np.cumsum(probabilities, dtype=np.float64)
    # What lies outside the nucleus weighs less than 1 - top_p in all, so tokens under an equal
    # share of that can't be needed; most steps are decided by far fewer tokens.
    for floor in (_LIKELY, (1.0 - top_p) / len(probabilities), 0.0):
        ids = np.flatnonzero(probabilities >= floor)
        ids = ids[np.argsort(-probabilities[ids], kind="stable")]
        mass = np.cumsum(probabilities[ids], dtype=np.float64)
        if len(mass) and mass[-1] >= top_p:
            break
    size = int(np.searchsorted(mass, top_p)) + 1
    return ids[:size], mass[:size]


def draw(probabilities: NDArray[np.float32], top_p: float, uniform: float) -> int:
    """The token at ``uniform`` of the renormalised nucleus."""
    ids, mass = nucleus(probabilities, top_p)
    return int(ids[np.searchsorted(mass, uniform * mass[-1], side="right").clip(max=len(ids) - 1)])
