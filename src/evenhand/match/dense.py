"""The dense engine: cosine of sentence embeddings, ads and profiles encoded alike.

Texts of any length become unit vectors: cut, encoded where they aren't known yet, pooled. Where a
long text is cut hangs on each sentence alone, so that an edit stays local. Torch is imported when
a model is loaded, and only here. Search is exact; there is no index.
"""

from __future__ import annotations

import hashlib
import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MatcherError, ModelError, need
from evenhand.match.cache import CacheDir, Vector, VectorCache
from evenhand.match.protocol import (
    FloatArray,
    Query,
    Scored,
    document_texts,
    documents_digest,
    query_texts,
)
from evenhand.records.files import digest_texts
from evenhand.records.integrity import MINILM, as_data, refuse_no_folder
from evenhand.records.outputs import Progress
from evenhand.records.people import Document

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

RECIPE: Final = "content-chunks-1"
"""Name of this way of cutting; part of every digest of a vector of a whole text."""

_UNIT_END = re.compile(r"\n\s*|(?<=[.!?…])[\"'”’)\]]*\s+|(?<=[。！？؟।])\s*")
_WORD_END = re.compile(r"\s+")


class Chunk(NamedTuple):
    """One stretch of a text that is encoded by itself."""

    start: int  # offset of the first character
    end: int  # offset after the last character (white space around is the neighbour's or nobody's)
    tokens: int  # tokens that start inside it: its weight in the text's mean vector


def cut(text: str, token_starts: Sequence[int], capacity: int) -> list[Chunk]:
    """Cut a text into chunks of at most ``capacity`` tokens.

    A text that fits is one chunk. Otherwise each chunk ends, among the ends of sentences and
    lines that leave it at least half full, at the one whose sentence has the smallest hash.
    Sentences longer than ``capacity`` are cut between words, and words between tokens.
    """
    if len(token_starts) <= capacity:
        return [_stripped(text, 0, len(text), len(token_starts))]
    ends = _unit_ends(text, token_starts, capacity)
    filled = [bisect_left(token_starts, end) for end in ends]
    hashes = [_hash(text[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
    chunks: list[Chunk] = []
    start = before = first = 0
    while len(token_starts) - before > capacity:
        last = _boundary(filled, hashes, first, before, capacity)
        chunks.append(_stripped(text, start, ends[last], filled[last] - before))
        start, before, first = ends[last], filled[last], last + 1
    return [*chunks, _stripped(text, start, len(text), len(token_starts) - before)]


def _boundary(
    filled: list[int], hashes: list[bytes], first: int, before: int, capacity: int
) -> int:
    """Index of the unit that ends the chunk starting at unit ``first``."""
    stop = bisect_left(filled, before + capacity + 1, first)
    half_full = bisect_left(filled, before + capacity // 2, first)
    if half_full >= stop:
        return stop - 1
    return min(range(half_full, stop), key=lambda unit: (hashes[unit], unit))


def _unit_ends(text: str, token_starts: Sequence[int], capacity: int) -> list[int]:
    """End offsets of units, each of at most ``capacity`` tokens."""
    ends: list[int] = []
    start = 0
    for end in _ends(_UNIT_END, text, 0, len(text)):
        if _tokens_in(token_starts, start, end) > capacity:
            ends += _word_ends(text, token_starts, start, end, capacity)
        else:
            ends.append(end)
        start = end
    return ends


def _word_ends(
    text: str, token_starts: Sequence[int], start: int, end: int, capacity: int
) -> list[int]:
    """End offsets of the words of one long unit; a word that is too long is cut by tokens."""
    ends: list[int] = []
    for word_end in _ends(_WORD_END, text, start, end):
        inside = token_starts[
            bisect_left(token_starts, start) : bisect_left(token_starts, word_end)
        ]
        ends += [*inside[capacity::capacity], word_end]
        start = word_end
    return ends


def _ends(pattern: re.Pattern[str], text: str, start: int, end: int) -> list[int]:
    """Ends of the pattern's matches in ``text[start:end]``, the end of it always included."""
    found = {match.end() for match in pattern.finditer(text, start, end)} - {start}
    return sorted(found | {end})


def _tokens_in(token_starts: Sequence[int], start: int, end: int) -> int:
    """How many tokens start in ``text[start:end]``."""
    return bisect_left(token_starts, end) - bisect_left(token_starts, start)


def _stripped(text: str, start: int, end: int, tokens: int) -> Chunk:
    """The chunk without white space around it."""
    piece = text[start:end]
    lead = len(piece) - len(piece.lstrip())
    return Chunk(start + lead, start + max(lead, len(piece.rstrip())), tokens)


def _hash(unit: str) -> bytes:
    """Hash of a unit's text, without white space around it."""
    return hashlib.blake2b(unit.strip().encode("utf-8", "surrogatepass"), digest_size=8).digest()


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

    A text longer than the window is cut in chunks (``cut``); its vector is the mean of the chunks'
    unit vectors, weighted by their tokens, scaled to length 1 (``on_grid``). With a model in
    float64 a vector depends neither on what is encoded beside it nor on batches, threads or the
    processor, but for one number in a thousand million that moves by one step of the grid.
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
        """Unit vectors of texts."""
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
    on every machine, beside any other query, and equal profiles tie. A score moves by less than
    2⁻²⁴ where what was computed in float64 errs across the border of a cell.
    """
    return np.round(vectors * _GRID) / _GRID


def _key(kind: str, text: str) -> bytes:
    """Key of a text in the cache; ``kind`` keeps whole texts and pieces apart."""
    return hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"), digest_size=16, person=kind.encode()[:16]
    ).digest()


BUNDLED: Final = {MINILM.model.lower(): MINILM}
"""Encoders that a Python package carries, by name."""

_BATCH: Final = 8
_LEAST_FILL: Final = 0.9


def find_encoder(name: str) -> str:
    """Where an encoder's weights are: a folder, or a hub id that was fetched before."""
    pinned = BUNDLED.get(name.lower())
    if pinned is None:
        refuse_no_folder("encoder", name, BUNDLED)
    return name if pinned is None else str(pinned.check() / Path(pinned.weights).parent)


def load_encoder(
    name: str = "all-minilm-l6-v2", cache_dir: CacheDir = "platform", device: str = "cpu"
) -> Encoder:
    """An encoder by name, in float64 (``SentenceModel``)."""
    need("an encoder", "embed")
    folder = find_encoder(name)
    try:
        model = SentenceModel(folder if Path(folder).is_dir() else _fetched(folder), device)
    except ModelError:
        raise
    except Exception as cause:
        reason = str(cause).strip().partition("\n")[0]
        raise ModelError(
            f"the encoder {name!r} can't be loaded ({type(cause).__name__}: {reason}); give a "
            f"folder of sentence-transformers weights, a hub id that can be fetched, or one of "
            f"{sorted(BUNDLED)}"
        ) from cause
    return Encoder(model, cache_dir)


def _fetched(name: str) -> str:
    """The folder of a hub model, fetched without any file that isn't data."""
    from huggingface_hub import snapshot_download

    repository = name if "/" in name else f"sentence-transformers/{name}"
    return snapshot_download(
        repository, allow_patterns=["*.json", "*.safetensors", "*.model", "*.jinja", "*.txt"]
    )


class SentenceModel:
    """A sentence-transformers model as a ``TextModel``.

    It computes in float64: what differs with threads and the processor's instructions lies at about
    1e-16 there and vanishes on the grid. (Models that go through float32 inside keep about 1e-7.)
    """

    def __init__(self, folder: str, device: str = "cpu") -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        with _quiet(), as_data(folder):
            loaded = SentenceTransformer(
                folder,
                device=device,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        self.sentence_transformer: SentenceTransformer = loaded.to(torch.float64)
        self.sentence_transformer.eval()
        self._tokenizer = self.sentence_transformer.tokenizer
        self._most_tokens = int(self.sentence_transformer.max_seq_length or 512)
        specials: list[int] = self._tokenizer("")["input_ids"]
        self.window = self._most_tokens - len(specials)
        self.dimensions = self._forward([specials]).shape[1]
        self.digest = _digest(self.sentence_transformer, self.window)

    def token_starts(self, texts: Sequence[str]) -> list[list[int]]:
        """Offset of the first character of every token of each text."""
        if not texts:
            return []
        encoded = self._tokenizer(
            _encodable(texts), add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        return [[start for start, _ in row] for row in encoded["offset_mapping"]]

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """Unit vectors of texts that fit the window, shape ``(texts, dimensions)``."""
        vectors = np.empty((len(texts), self.dimensions))
        if not texts:
            return vectors
        rows = self._tokenizer(
            _encodable(texts), truncation=True, max_length=self._most_tokens, verbose=False
        )["input_ids"]
        for batch in _batches([len(row) for row in rows]):
            vectors[batch] = self._forward([rows[place] for place in batch])
        return vectors

    def _forward(self, rows: list[list[int]]) -> FloatArray:
        """One batch through the model."""
        import torch

        shape = len(rows), max(map(len, rows))
        ids = np.full(shape, self._tokenizer.pad_token_id or 0, dtype=np.int64)
        mask = np.zeros_like(ids)
        for index, row in enumerate(rows):
            ids[index, : len(row)] = row
            mask[index, : len(row)] = 1
        features = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        if "token_type_ids" in self._tokenizer.model_input_names:
            features["token_type_ids"] = torch.zeros_like(features["input_ids"])
        with torch.inference_mode():
            on_device = {
                key: value.to(self.sentence_transformer.device) for key, value in features.items()
            }
            vectors = self.sentence_transformer(on_device)["sentence_embedding"]
            vectors = torch.nn.functional.normalize(vectors.double(), dim=1)
        return vectors.cpu().numpy()


class DenseMatcher(Scored):
    """Cosine between the ad's vector and every profile's; a ``LinearMatcher``."""

    name = "dense"

    def __init__(
        self,
        encoder: Encoder,
        documents: Sequence[Document],
        vectors: Vector | FloatArray | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.encoder = encoder
        self.documents = tuple(documents)
        texts = document_texts(self.documents)
        encoded = encoder.encode(texts, progress) if vectors is None else vectors
        if encoded.shape != (len(self.documents), encoder.dimensions):
            raise MatcherError(
                f"{len(self.documents)} people have vectors of shape {encoded.shape}; "
                f"one of {encoder.dimensions} numbers each is needed"
            )
        self.candidate_vectors: FloatArray = encoded.astype(np.float64)
        """Unit vectors of the people, shape ``(people, dimensions)``."""
        self.candidate_ids = tuple(document.id for document in self.documents)
        self.engine_digest = encoder.digest
        self.digest = digest_texts(["dense", encoder.digest, documents_digest(self.documents)])

    def encode_queries(self, queries: Sequence[Query]) -> FloatArray:
        """Unit vectors of the ads, shape ``(queries, dimensions)``."""
        return self.encoder.encode(query_texts(queries)).astype(np.float64)

    def query_offsets(self, queries: Sequence[Query]) -> FloatArray:
        """Zeros of shape ``(queries, 1)``: a cosine has no offset."""
        return np.zeros((len(queries), 1))

    def scores(self, queries: Sequence[Query]) -> FloatArray:
        """Cosines of shape ``(queries, people)``, exact sums (``encoder.on_grid``)."""
        return self.encode_queries(queries) @ self.candidate_vectors.T

    def restrict(self, positions: Sequence[int] | NDArray[np.integer]) -> DenseMatcher:
        """The same engine over some of its people, in the order given; nothing is encoded."""
        keep = np.asarray(positions, dtype=np.int64)
        return DenseMatcher(
            self.encoder, [self.documents[int(p)] for p in keep], self.candidate_vectors[keep]
        )


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of up to 8 texts of about one length, longest first, so that padding costs little."""
    order = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    batch: list[int] = []
    for place in order:
        if len(batch) == _BATCH or (batch and lengths[place] < _LEAST_FILL * lengths[batch[0]]):
            yield batch
            batch = []
        batch.append(place)
    yield batch


def _encodable(texts: Sequence[str]) -> list[str]:
    """Texts with lone surrogates replaced, one character by one: tokenizers refuse them."""
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bar of transformers' own while weights are read."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _digest(model: SentenceTransformer, window: int) -> str:
    """Digest of weights, tokenizer, layers and window."""
    digest = hashlib.blake2b(f"{window}|{model!r}".encode(), digest_size=16)
    tokenizer = deepcopy(model.tokenizer.backend_tokenizer)
    tokenizer.no_truncation()  # these two are left over from the last call, not settings
    tokenizer.no_padding()
    digest.update(tokenizer.to_str().encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensor.detach().cpu().numpy()).tobytes())
    return digest.hexdigest()
