"""The lexical engine: BM25 of the ad's words over the people's texts.

Words are runs of letters and digits of any script, lower-cased, English stop words left out. It
gives every person a score (zero where no word is shared); search is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from evenhand.errors import require
from evenhand.match.protocol import (
    FloatArray,
    Query,
    Scored,
    document_texts,
    documents_digest,
    query_texts,
)
from evenhand.records.files import digest_texts
from evenhand.records.people import Document

if TYPE_CHECKING:
    import bm25s

_WORD: Final = r"(?u)\b\w+\b"
_K1: Final = 1.5
_B: Final = 0.75


class LexicalMatcher(Scored):
    """BM25 (Lucene's variant, k1 = 1.5, b = 0.75) by bm25s; a ``ScoringMatcher``."""

    name = "lexical"

    def __init__(self, documents: Sequence[Document]) -> None:
        engine = require("bm25s", "the lexical engine")
        self.documents = tuple(documents)
        self.candidate_ids = tuple(document.id for document in self.documents)
        words = _words(document_texts(self.documents))
        settings = f"bm25 lucene {_K1} {_B} {_WORD}"
        self.engine_digest = digest_texts([settings])
        self.digest = digest_texts([settings, documents_digest(self.documents)])
        self._index: bm25s.BM25 | None = None
        if any(words):
            index: bm25s.BM25 = engine.BM25(k1=_K1, b=_B, method="lucene", dtype="float64")
            index.index(words, show_progress=False)
            self._index = index

    def scores(self, queries: Sequence[Query]) -> FloatArray:
        """BM25 scores of shape ``(queries, people)``, ≥ 0."""
        scores = np.zeros((len(queries), len(self.candidate_ids)))
        if self._index is None:
            return scores
        for row, words in enumerate(_words(query_texts(queries))):
            known = self._index.get_tokens_ids(words)
            if known:
                scores[row] = self._index.get_scores_from_ids(known)
        return scores


def _words(texts: list[str]) -> list[list[str]]:
    """The words of each text; none where it has only signs."""
    tokens = require("bm25s", "the lexical engine").tokenize(
        texts, token_pattern=_WORD, stopwords="english", return_ids=False, show_progress=False
    )
    return [[str(token) for token in row] for row in tokens]
