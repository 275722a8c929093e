"""The texts of people and ads as engines take them: unique ids, nothing empty; their digests.

Not a reader: files are checked line by line in ``records``; this guards calls from Python.
"""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.errors import MatcherError
from evenhand.match.protocol import Query
from evenhand.records.candidate import Document
from evenhand.records.files import digest_texts


def document_texts(documents: Sequence[Document]) -> list[str]:
    """Texts of the people an engine is bound to.

    Raises:
        MatcherError: Nobody, an id twice, or an empty text.
    """
    if not documents:
        raise MatcherError("the engine got no people to search; give it a pool that isn't empty")
    seen: set[str] = set()
    for document in documents:
        if document.id in seen:
            raise MatcherError(f"the candidate id {document.id!r} stands twice in the pool")
        if not document.text.strip():
            raise MatcherError(f"candidate {document.id!r} has an empty text; leave them out")
        seen.add(document.id)
    return [document.text for document in documents]


def query_texts(queries: Sequence[Query]) -> list[str]:
    """Texts of the ads.

    Raises:
        MatcherError: An ad is empty.
    """
    for query in queries:
        if not query.text.strip():
            raise MatcherError(f"job {query.id!r} has an empty text and can't be matched")
    return [query.text for query in queries]


def documents_digest(documents: Sequence[Document]) -> str:
    """Hex digest of ids and texts, in order."""
    return digest_texts(part for document in documents for part in (document.id, document.text))
