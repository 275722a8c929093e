"""Texts of any length to unit vectors: cut, encode what isn't known yet, pool.

The model behind it is a ``TextModel`` (``dense`` has the real one); this file imports no torch.
It is not a matcher and knows no people.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from itertools import islice
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import ModelError
from evenhand.match.cache import CacheDir, Vector, VectorCache
from evenhand.match.chunks import RECIPE, Chunk, cut
from evenhand.match.protocol import FloatArray
from evenhand.records.pace import Progress

_CUT_MARGIN: Final = 2
"""Tokens left free in a chunk: some tokenizers add one where a text is cut."""
_SAVE_EVERY: Final = 256
"""Texts encoded between two writes to the cache."""
_GRID: Final = float(2**24)


class TextModel(Protocol):
    """A model that turns short texts into vectors."""

    @property
    def digest(self) -> str:
        """Changes whenever weights, tokenizer or window change."""
        ...

    @property
    def window(self) -> int:
        """Most tokens of one text, special tokens not counted."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        """Offset of the first character of every token of each text, ascending."""
        ...

    def embed(self, texts: Sequence[str]) -> Vector | FloatArray:
        """Unit vectors, shape ``(texts, dimensions)``; the others may change a text's last bits."""
        ...


class Encoder:
    """Unit vectors of whole texts, however long.

    A text longer than the window is cut in chunks (``match.chunks``); its vector is the mean of
    the chunks' unit vectors, weighted by their tokens, scaled to length 1 (``on_grid``). Ads and
    profiles are treated alike. Only chunks that neither memory nor disk knows are encoded.

    With a model in float64 a vector depends neither on what is encoded beside it nor on batches,
    threads or the processor, but for one number in a thousand million that moves by one step of
    the grid. A score then moves by less than 2⁻²⁴, so lists agree wherever neighbours are further
    apart than twice that.

    Args:
        model: The model.
        cache_dir: Folder of the disk cache, ``platform``, or None for memory alone.
    """

    def __init__(self, model: TextModel, cache_dir: CacheDir = "platform") -> None:
        self._model = model
        self._cache = VectorCache(cache_dir, self.digest, model.dimensions)
        self.encoded_chunks = 0
        """Chunks that the model itself has encoded so far: the cost of what was asked."""

    @property
    def digest(self) -> str:
        """Digest of all that decides a vector: model, cutting, pooling, grid."""
        recipe = f"{self._model.digest}|{RECIPE}|mean-by-tokens|{_GRID}"
        return hashlib.blake2b(recipe.encode(), digest_size=16).hexdigest()

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._model.dimensions

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vector:
        """Unit vectors of texts.

        Args:
            texts: Any texts; an empty one gets the vector of the bare special tokens.
            progress: Called with ``("encode", texts done, texts that aren't cached)``.

        Returns:
            Shape ``(texts, dimensions)``, float32, rows of length 1, numbers ``on_grid``.

        Raises:
            ModelError: The model returned something that isn't a finite vector.
            StorageError: The cache can't be read or written.
        """
        keys = [_key(RECIPE, text) for text in texts]
        known = self._cache.get(keys)
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        for start in range(0, len(new), _SAVE_EVERY):
            part = dict(islice(new.items(), start, start + _SAVE_EVERY))
            pooled = dict(zip(part, self._encode_new(list(part.values())), strict=True))
            self._cache.put(pooled)
            known |= pooled
            if progress is not None:
                progress("encode", start + len(part), len(new))
        if not keys:
            return np.empty((0, self.dimensions), dtype=np.float32)
        return np.stack([known[key] for key in keys])

    def chunks(self, texts: Sequence[str]) -> list[list[Chunk]]:
        """How each text is cut; one chunk where the whole text fits the window."""
        window = self._model.window
        cuts: list[list[Chunk]] = []
        for text, starts in zip(texts, self._model.token_starts(texts), strict=True):
            fits = len(starts) <= window
            cuts.append(cut(text, starts, window if fits else window - _CUT_MARGIN))
        return cuts

    def _encode_new(self, texts: list[str]) -> list[Vector]:
        """Pooled vectors of texts that no cache knows as a whole."""
        cuts = self.chunks(texts)
        pieces = [
            [text[chunk.start : chunk.end] for chunk in chunks]
            for text, chunks in zip(texts, cuts, strict=True)
        ]
        vectors = self._encode_pieces([piece for row in pieces for piece in row])
        return [
            _pool([vectors[piece] for piece in row], chunks)
            for row, chunks in zip(pieces, cuts, strict=True)
        ]

    def _encode_pieces(self, pieces: Sequence[str]) -> dict[str, Vector]:
        """Vectors of texts that fit the window, by text."""
        keys = {piece: _key("piece", piece) for piece in pieces}
        known = self._cache.get(list(keys.values()))
        missing = [piece for piece, key in keys.items() if key not in known]
        if missing:
            fresh = dict(zip((keys[p] for p in missing), self._embed(missing), strict=True))
            self._cache.put(fresh)
            known |= fresh
        return {piece: known[key] for piece, key in keys.items()}

    def _embed(self, pieces: Sequence[str]) -> Vector:
        """What the model says, checked, on the grid."""
        vectors = self._model.embed(pieces)
        if vectors.shape != (len(pieces), self.dimensions) or not np.isfinite(vectors).all():
            raise ModelError(
                f"the encoder returned an array of shape {vectors.shape} or numbers that aren't "
                f"finite for {len(pieces)} texts; its weights are damaged, install them again"
            )
        self.encoded_chunks += len(pieces)
        return on_grid(vectors.astype(np.float64)).astype(np.float32)


def _pool(vectors: Sequence[Vector], chunks: Sequence[Chunk]) -> Vector:
    """Mean weighted by tokens, scaled to length 1, on the grid: sums are exact."""
    weights: NDArray[np.float64] = np.array([max(chunk.tokens, 1) for chunk in chunks], float)
    total = weights @ np.stack(vectors).astype(np.float64)
    length = math.sqrt(math.fsum(total * total))
    return on_grid(total / length).astype(np.float32)


def on_grid(vectors: FloatArray) -> FloatArray:
    """Numbers rounded to multiples of 2⁻²⁴, of which float32 holds every one in [-1, 1].

    Products of two such numbers are multiples of 2⁻⁴⁸ and the partial sums of a dot product of
    unit vectors stay below 2, so float64 adds them up *exactly*, in any order: a score is the same
    on every machine, beside any other query, and equal profiles tie. What computes the numbers in
    float64 errs by 1e-16: unless a number lies that close to the border of a cell (about once in a
    thousand million numbers), it is rounded to the same.
    """
    return np.round(vectors * _GRID) / _GRID


def _key(kind: str, text: str) -> bytes:
    """Key of a text in the cache; ``kind`` keeps whole texts and pieces apart."""
    return hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"), digest_size=16, person=kind.encode()[:16]
    ).digest()
