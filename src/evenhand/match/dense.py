"""The dense engine: cosine of sentence embeddings, ads and profiles encoded alike.

The only file of this room that imports torch, and only when a model is loaded. Search is exact;
there is no index here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import MatcherError, ModelError, need
from evenhand.match.cache import CacheDir, Vector
from evenhand.match.encoder import Encoder, Progress
from evenhand.match.exact import top_k
from evenhand.match.protocol import BoolArray, FloatArray, Query, Rankings
from evenhand.match.texts import document_texts, documents_digest, query_texts
from evenhand.records.candidate import Document
from evenhand.records.files import digest_texts
from evenhand.records.model_folders import as_data
from evenhand.records.pinned import MINILM

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED: Final = {MINILM.model.lower(): MINILM}
"""Encoders that a Python package carries, by name."""

_BATCH: Final = 8
_LEAST_FILL: Final = 0.9


def find_encoder(name: str) -> str:
    """Where an encoder's weights are: a folder, or a hub id that was fetched before.

    Args:
        name: A bundled name (``all-minilm-l6-v2``), a folder, or a hub id.

    Raises:
        ModelError: A bundled encoder that isn't installed, or whose files were changed.
    """
    pinned = BUNDLED.get(name.lower())
    return name if pinned is None else str(pinned.check() / Path(pinned.weights).parent)


def load_encoder(
    name: str = "all-minilm-l6-v2", cache_dir: CacheDir = "platform", device: str = "cpu"
) -> Encoder:
    """An encoder by name, in float64 (``SentenceModel``).

    Args:
        name: A bundled name, a folder of saved weights, or a hub id.
        cache_dir: Folder of the embedding cache, ``platform``, or None for memory alone.
        device: A torch device that knows float64; figures in reports are from ``cpu``.

    Raises:
        ModelError: The weights or the library are missing or can't be loaded.
    """
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

    It computes in float64. What was encoded beside a text, threads and the processor's instructions
    change last bits in any precision; here they lie at about 1e-16 and vanish when an ``Encoder``
    rounds to its grid. (Models that go through float32 inside, as rotary positions and RMS norms
    do, keep about 1e-7 of them.)

    Args:
        folder: Folder of saved weights.
        device: A torch device that knows float64.
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


class DenseMatcher:
    """Cosine between the ad's vector and every profile's; a ``LinearMatcher``.

    Args:
        encoder: What turns texts into unit vectors.
        documents: The people, as ids and texts.
        vectors: Their unit vectors where they are known, shape ``(people, dimensions)``.
        progress: Called while profiles are encoded.
    """

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

    @property
    def name(self) -> str:
        """Short name for reports."""
        return "dense"

    def encode_queries(self, queries: Sequence[Query]) -> FloatArray:
        """Unit vectors of the ads, shape ``(queries, dimensions)``.

        Raises:
            MatcherError: An ad is empty.
        """
        return self.encoder.encode(query_texts(queries)).astype(np.float64)

    def query_offsets(self, queries: Sequence[Query]) -> FloatArray:
        """Zeros of shape ``(queries, 1)``: a cosine has no offset."""
        return np.zeros((len(queries), 1))

    def scores(self, queries: Sequence[Query]) -> FloatArray:
        """Cosines of shape ``(queries, people)``, exact sums (``encoder.on_grid``)."""
        return self.encode_queries(queries) @ self.candidate_vectors.T

    def rank(self, queries: Sequence[Query], k: int, eligible: BoolArray | None = None) -> Rankings:
        """The k eligible people of highest cosine, exactly, ties by id."""
        positions, scores = top_k(self.scores(queries), self.candidate_ids, k, eligible)
        ids = tuple(query.id for query in queries)
        return Rankings(ids, self.candidate_ids, positions, scores)

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
