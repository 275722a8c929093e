"""Writing files so that nothing is ever half-written, and digests of what they hold.

Every file that evenhand writes goes through ``atomic_path``: the content is written beside its
destination, flushed to the disk and renamed. Not a reader of users' records (``readers``) and not
a format of its own.
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import json
import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias, cast

from evenhand.errors import StorageError, require
from evenhand.records.leftovers import temporary
from evenhand.records.visible import visible_json

AnyPath: TypeAlias = str | os.PathLike[str]

_REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space or choose another folder",
    errno.EDQUOT: "the disk quota is used up; free some space or choose another folder",
    errno.EFBIG: "the file is larger than this system allows; raise the limit or write less",
    errno.EACCES: "permission denied; choose a folder that you may write to",
    errno.EPERM: "permission denied; choose a folder that you may write to",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another path",
    errno.EEXIST: "a part of the path is a file, not a folder; choose another path",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


@contextmanager
def atomic_path(path: AnyPath) -> Generator[Path]:
    """Give a temporary path beside ``path``; rename it to ``path`` if the block succeeds.

    Missing parent folders are made. The temporary file has the suffix of ``path``. Whatever
    escapes the block, the temporary file is removed and an existing ``path`` stays as it was.

    Args:
        path: The destination; where it exists it must be a regular file.

    Yields:
        The path to write to.

    Raises:
        StorageError: On any ``OSError``; it names ``path`` and says what to do.
    """
    with atomic_paths(path) as (written,):
        yield written


@contextmanager
def atomic_paths(*paths: AnyPath) -> Generator[tuple[Path, ...]]:
    """The same for files that belong together, the one that can stand alone first.

    All are on the disk before the first is renamed. Then the others' old files go, the first is
    renamed and the others follow: a kill in between leaves fewer files, never files of two
    writings.
    """
    targets = {path: Path(os.path.realpath(path)) for path in paths}
    beside = {path: temporary(target) for path, target in targets.items()}
    try:
        for path, target in targets.items():
            with _naming(path):
                _refuse_special(target)
                target.parent.mkdir(parents=True, exist_ok=True)
        with _naming(next(iter(paths), "")):
            yield tuple(beside.values())
        for path, written in beside.items():
            with _naming(path):
                flush(written)
        for path in paths[1:]:
            with _naming(path):
                targets[path].unlink(missing_ok=True)
                flush(targets[path].parent)
        for path, target in targets.items():
            with _naming(path):
                os.replace(beside[path], target)
                flush(target.parent)
    finally:
        for written in beside.values():
            with suppress(OSError):
                written.unlink()


@contextmanager
def _naming(path: AnyPath) -> Generator[None]:
    """Say of which path the system refused something."""
    try:
        yield
    except OSError as cause:
        raise cannot_write(path, cause) from cause


def cannot_write(path: AnyPath, cause: OSError) -> StorageError:
    """The sentence for a path that the system refuses to write."""
    return StorageError(f"{os.fspath(path)}: cannot be written: {_remedy(cause)}")


def write_text(path: AnyPath, text: str) -> None:
    """Write UTF-8 text with the line ends it has.

    Raises:
        StorageError: When it cannot be written; nothing is left half-written.
    """
    write_texts({path: text})


def write_texts(texts: Mapping[AnyPath, str]) -> None:
    """Write texts that belong together, or none; see ``atomic_paths``.

    Raises:
        StorageError: When one cannot be written; nothing is left half-written.
    """
    with atomic_paths(*texts) as temporaries:
        for (path, text), written in zip(texts.items(), temporaries, strict=True):
            with _naming(path):
                written.write_bytes(text.encode())


def write_bytes(path: AnyPath, content: bytes) -> None:
    """Write bytes.

    Raises:
        StorageError: When they cannot be written; nothing is left half-written.
    """
    with atomic_path(path) as written, _naming(path):
        written.write_bytes(content)


def write_json(path: AnyPath, obj: object) -> None:
    """Write JSON with sorted keys, an indent of 2 and a trailing newline.

    numpy numbers and arrays are written as plain ones. NaN and infinities are not JSON: write
    ``None``.

    Raises:
        StorageError: When it cannot be written; nothing is left half-written.
        ValueError: For NaN and infinities.
    """
    write_text(path, json_text(obj))


def json_text(obj: object) -> str:
    """What ``write_json`` writes."""
    return _dumps(obj, indent=2) + "\n"


def write_jsonl(path: AnyPath, rows: Iterable[Mapping[str, object]]) -> None:
    """Write one JSON object a line, keys in the order they have.

    Raises:
        StorageError: When it cannot be written; nothing is left half-written.
        ValueError: For NaN and infinities.
    """
    with atomic_path(path) as written, written.open("w", encoding="utf-8", newline="") as out:
        for row in rows:
            out.write(_dumps(row, sort_keys=False) + "\n")


def jsonl_text(rows: Iterable[Mapping[str, object]]) -> str:
    """What ``write_jsonl`` writes."""
    return "".join(_dumps(row, sort_keys=False) + "\n" for row in rows)


def write_parquet(path: AnyPath, rows: Any, *, metadata: Mapping[str, str] | None = None) -> None:
    """Write a Parquet file (zstd).

    Args:
        path: The destination.
        rows: A ``pyarrow.Table``, a mapping of column name to values, or a list of mappings with
            the same keys.
        metadata: Key-value pairs kept in the schema, added to those of a table.

    Raises:
        StorageError: When it cannot be written; nothing is left half-written.
    """
    parquet = require("pyarrow.parquet", "writing Parquet")
    arrow = importlib.import_module("pyarrow")
    table = rows
    if isinstance(rows, Mapping):
        table = arrow.table(rows)
    elif isinstance(rows, list):
        table = arrow.Table.from_pylist(rows)
    if metadata:
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), **metadata})
    with atomic_path(path) as written:
        parquet.write_table(table, written, compression="zstd")


def read_json(path: AnyPath) -> Any:
    """Read a JSON file that evenhand wrote.

    Raises:
        StorageError: When the file is absent, unreadable or not JSON.
    """
    name = os.fspath(path)
    try:
        return json.loads(Path(path).read_bytes().decode())
    except FileNotFoundError as cause:
        raise StorageError(f"{name}: no such file; check the path") from cause
    except OSError as cause:
        raise StorageError(f"{name}: cannot be read: {cause.strerror}; check the path") from cause
    except (ValueError, RecursionError) as cause:
        raise StorageError(
            f"{name}: is not JSON ({cause}); it was changed by hand or cut off, make it again"
        ) from cause


def digest_of(obj: object) -> str:
    """Hex digest of anything JSON-able; the order of keys doesn't count.

    numpy numbers and arrays count as plain ones, tuples as lists.
    """
    canonical = json.dumps(
        obj, sort_keys=True, separators=(",", ":"), allow_nan=True, default=_plain
    )
    return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()


def digest_texts(texts: Iterable[str]) -> str:
    """Hex digest of texts in order; where one ends and the next begins counts."""
    digest = hashlib.blake2b(digest_size=16)
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return digest.hexdigest()


def digest_file(path: AnyPath) -> str:
    """Hex digest of a file's bytes.

    Raises:
        StorageError: When it cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    try:
        with Path(path).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as cause:
        raise StorageError(
            f"{os.fspath(path)}: cannot be read: {cause.strerror}; check the path"
        ) from cause
    return digest.hexdigest()


def _dumps(obj: object, *, indent: int | None = None, sort_keys: bool = True) -> str:
    text = json.dumps(
        obj,
        indent=indent,
        sort_keys=sort_keys,
        ensure_ascii=False,
        allow_nan=False,
        default=_plain,
    )
    return visible_json(text)


def _plain(obj: object) -> object:
    import numpy as np  # here, as most of what reads or writes a file has no arrays

    if isinstance(obj, np.generic):
        return cast("object", cast("Any", obj).item())
    if isinstance(obj, np.ndarray):
        return cast("object", cast("Any", obj).tolist())
    raise TypeError(f"{type(obj).__name__} is not JSON-able")


def _refuse_special(target: Path) -> None:
    """Devices and folders must not be replaced by a rename, whoever runs this."""
    if target.is_dir():
        raise OSError(errno.EISDIR, "is a folder")
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "is a device or pipe")


def flush(path: Path) -> None:
    """Have the disk confirm a file or a folder; systems that can't open folders skip those."""
    if path.is_dir() and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remedy(cause: OSError) -> str:
    known = _REMEDIES.get(cause.errno or 0)
    return known or f"{cause.strerror or cause}; choose another path"
