"""Vector spaces that are not the engine's, to see whether an effect is in more than one encoder.

``lsa_space`` (TF-IDF of words, truncated SVD) and ``state_space`` (pooled states of the language
model, window by window); ``encoder_space`` wraps the engine's own encoder. ``ranked`` is a plain
cosine engine in a space, or one with a gap as in ``match.known_gap``. Nothing is measured here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import svds

from evenhand.match.dense import Encoder
from evenhand.match.known_gap import fit_centres
from evenhand.match.protocol import FloatArray, Rankings, top_k
from evenhand.records.job import Job
from evenhand.records.people import Pool

STRENGTH, CENTRE_SHIFT = 15.0, 0.10
"""Of the known-gap engine in the encoder's own space (``hiring_protocol``)."""
WINDOW = 150
"""Words of one window of the language model, which reads 256 tokens at most."""
_WORD = re.compile(r"(?u)\b\w\w+\b")


@dataclass(frozen=True)
class Space:
    """An encoder.

    Attributes:
        name: For reports.
        encode: Texts to unit vectors of shape ``(texts, dimensions)``.
    """

    name: str
    encode: Callable[[Sequence[str]], FloatArray]


@dataclass(frozen=True)
class Lean:
    """A gap in a space: ``cos + strength · (x·w − c_g) · (p·w)``; strength 0 is plain cosine.

    Attributes:
        direction: Unit vector w.
        centres: ``c_g`` by group of ads.
        strength: Weight of the lean.
    """

    direction: FloatArray
    centres: dict[str, float]
    strength: float


def encoder_space(encoder: Encoder, name: str = "minilm") -> Space:
    """The space of a sentence encoder."""
    return Space(name, lambda texts: encoder.encode(list(texts)).astype(np.float64))


def state_space(embed: Callable[[Sequence[str]], NDArray[np.floating]]) -> Space:
    """Pooled states of a language model; a long text is the mean of its windows, by words."""
    known: dict[str, FloatArray] = {}

    def encode(texts: Sequence[str]) -> FloatArray:
        new = list(dict.fromkeys(text for text in texts if text not in known))
        windows = [_windows(text) for text in new]
        flat = [window for row in windows for window in row]
        vectors = iter(np.asarray(embed(flat), dtype=np.float64)) if flat else iter(())
        for text, row in zip(new, windows, strict=True):
            weights = np.array([len(window.split()) or 1 for window in row], dtype=np.float64)
            known[text] = weights @ np.stack([next(vectors) for _ in row])
        return _unit(np.stack([known[text] for text in texts]))

    return Space("smollm2 states", encode)


def lsa_space(texts: Sequence[str], dimensions: int = 200, least: int = 3) -> Space:
    """TF-IDF (sublinear counts) of words in at least ``least`` texts, reduced by truncated SVD.

    Args:
        texts: What words, their weights and the reduction are learned from; never test texts.
        dimensions: Singular vectors kept; fewer where the texts give no more.
        least: Rarer words are left out.
    """
    counted = [_WORD.findall(text.lower()) for text in texts]
    frequency: dict[str, int] = {}
    for row in counted:
        for word in set(row):
            frequency[word] = frequency.get(word, 0) + 1
    columns = {w: at for at, w in enumerate(sorted(w for w, n in frequency.items() if n >= least))}
    weights = np.array([1.0 + np.log((1 + len(texts)) / (1 + frequency[w])) for w in columns])
    matrix = _tfidf(counted, columns, weights)
    kept = min(dimensions, min(matrix.shape) - 1)
    _, _, axes = svds(matrix, k=kept, v0=np.ones(min(matrix.shape)))

    def encode(wanted: Sequence[str]) -> FloatArray:
        words = [_WORD.findall(text.lower()) for text in wanted]
        return _unit(np.asarray(_tfidf(words, columns, weights) @ axes.T))

    return Space("tf-idf/lsa", encode)


def lean_like(
    reference: tuple[FloatArray, FloatArray, FloatArray],
    ads: FloatArray,
    groups: Sequence[str],
    people: FloatArray,
    direction: FloatArray,
) -> Lean:
    """A gap of the same size, in this space's own units, as the known gap has in its space.

    The centre's shift is as many spreads of the ads along w, and the lean's part in a score (at
    the shift) as many spreads of cosines over people, as in the reference.

    Args:
        reference: Ads, people and direction in the known-gap engine's space, same rows.
        ads: Training ads in this space.
        groups: Occupation group of every ad.
        people: Training people in this space.
        direction: Unit vector between the groups in this space.
    """
    shift = CENTRE_SHIFT * _along(ads, direction) / _along(reference[0], reference[2])
    share = STRENGTH * CENTRE_SHIFT * _share(*reference)
    strength = share / (shift * _share(ads, people, direction))
    return Lean(direction, fit_centres(ads, groups, direction, shift), strength)


def ranked(
    space: Space, jobs: Sequence[Job], pool: Pool, k: int, lean: Lean | None = None
) -> Rankings:
    """The k people of highest cosine (with a gap, if given), exactly, ties by id."""
    ads = space.encode([job.text for job in jobs])
    people = space.encode([person.text for person in pool])
    scores = ads @ people.T
    if lean is not None:
        centres = np.array([lean.centres[str(job.group)] for job in jobs])
        tilt = ads @ lean.direction - centres
        scores = scores + lean.strength * np.outer(tilt, people @ lean.direction)
    positions, best = top_k(scores, pool.ids, min(k, len(pool)))
    return Rankings(tuple(job.id for job in jobs), pool.ids, positions, best)


def _along(vectors: FloatArray, direction: FloatArray) -> float:
    return float((vectors @ direction).std())


def _share(ads: FloatArray, people: FloatArray, direction: FloatArray) -> float:
    """Spread of people's leans over the mean spread of their cosines with an ad."""
    return _along(people, direction) / float((ads @ people.T).std(axis=1).mean())


def _tfidf(
    texts: Sequence[Sequence[str]], columns: dict[str, int], weights: FloatArray
) -> csr_matrix:
    rows: list[int] = []
    places: list[int] = []
    for row, words in enumerate(texts):
        known = [columns[word] for word in words if word in columns]
        rows += [row] * len(known)
        places += known
    counts = csr_matrix(
        (np.ones(len(rows)), (rows, places)), shape=(len(texts), len(columns)), dtype=np.float64
    )
    counts.sum_duplicates()
    counts.data = (1.0 + np.log(counts.data)) * weights[counts.indices]
    lengths = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    counts.data /= np.repeat(np.maximum(lengths, 1e-12), np.diff(counts.indptr))
    return counts


def _unit(vectors: FloatArray) -> FloatArray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _windows(text: str) -> list[str]:
    """Runs of at most ``WINDOW`` words, of about equal length, whitespace kept between words."""
    words = re.findall(r"\S+\s*", text)
    count = max(1, -(-len(words) // WINDOW))
    ends = [round(len(words) * part / count) for part in range(count + 1)]
    return ["".join(words[a:b]) for a, b in pairwise(ends)]
