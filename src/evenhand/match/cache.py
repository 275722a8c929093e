"""Embeddings kept on disk by model and text digest, safe under kill -9 and beside other processes.

One SQLite file a model, in write-ahead mode: a vector is there whole or not at all. In front of it
a bounded memory layer. This file knows no model and no text, only keys and float32 vectors.
"""

from __future__ import annotations

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import StorageError

Vector = NDArray[np.float32]

CacheDir = Path | Literal["platform"] | None
"""A folder; ``platform`` for ``platform_cache()``; None to keep nothing on disk."""

_IN_MEMORY: Final = 65_536
_PER_STATEMENT: Final = 500
_WAIT_SECONDS: Final = 60.0


def platform_cache() -> Path:
    """Evenhand's cache folder: ``$EVENHAND_CACHE``, else ``~/.cache/evenhand``."""
    chosen = os.environ.get("EVENHAND_CACHE")
    return Path(chosen).expanduser() if chosen else Path.home() / ".cache" / "evenhand"


class VectorCache:
    """Vectors of one model, by key."""

    def __init__(
        self,
        cache_dir: CacheDir,
        model_digest: str,
        dimensions: int,
        in_memory: int = _IN_MEMORY,
    ) -> None:
        folder = platform_cache() if cache_dir == "platform" else cache_dir
        self.path = None if folder is None else folder / "embeddings" / f"{model_digest}.sqlite"
        self._dimensions = dimensions
        self._in_memory = in_memory
        self._memory: OrderedDict[bytes, Vector] = OrderedDict()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        """The vectors that are known, by key."""
        found: dict[bytes, Vector] = {}
        missing: list[bytes] = []
        for key in dict.fromkeys(keys):
            vector = self._memory.get(key)
            if vector is None:
                missing.append(key)
            else:
                self._memory.move_to_end(key)
                found[key] = vector
        from_disk = self._read(missing)
        self._remember(from_disk)
        return found | from_disk

    def put(self, vectors: Mapping[bytes, Vector]) -> None:
        """Keep these vectors, on disk in one transaction."""
        self._remember(vectors)
        if self.path is None or not vectors:
            return
        rows = [(key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()]
        with self._database(self.path) as database, database:
            database.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)

    def _read(self, keys: list[bytes]) -> dict[bytes, Vector]:
        """Vectors on disk."""
        if self.path is None or not keys or not self.path.exists():
            return {}
        found: dict[bytes, Vector] = {}
        with self._database(self.path) as database:
            for start in range(0, len(keys), _PER_STATEMENT):
                part = keys[start : start + _PER_STATEMENT]
                marks = ",".join("?" * len(part))
                query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"
                for key, blob in database.execute(query, part):
                    found[key] = self._vector(blob)
        return found

    def _vector(self, blob: bytes) -> Vector:
        """A stored vector, checked."""
        vector = np.frombuffer(blob, dtype="<f4").astype(np.float32)
        if vector.shape != (self._dimensions,) or not np.isfinite(vector).all():
            raise StorageError(
                f"{self.path} holds a vector that isn't {self._dimensions} finite numbers; "
                "delete the file, it will be filled again"
            )
        return vector

    def _remember(self, vectors: Mapping[bytes, Vector]) -> None:
        """Put vectors in front, and let the oldest go."""
        self._memory.update(vectors)
        while len(self._memory) > self._in_memory:
            self._memory.popitem(last=False)

    @contextmanager
    def _database(self, path: Path) -> Iterator[sqlite3.Connection]:
        """A connection for one operation: nothing is held across forks, threads or kills."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS)) as database:
                # Large pages hold whole vectors; only a file that is still empty takes the size.
                database.execute("PRAGMA page_size = 16384")
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("PRAGMA synchronous = NORMAL")
                database.execute(
                    "CREATE TABLE IF NOT EXISTS vectors "
                    "(key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
                )
                yield database
        except (sqlite3.Error, OSError) as cause:
            damaged = type(cause) is sqlite3.DatabaseError  # not one that is full or in use
            remedy = "delete the file, it will be filled again" if damaged else "free disk space"
            raise StorageError(
                f"the embedding cache {path} can't be used ({cause}); {remedy}, or choose another "
                "folder with EVENHAND_CACHE"
            ) from cause
