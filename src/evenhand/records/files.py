"""Writing files and folders so that nothing is ever half-written, and digests of what they hold.

Every file that evenhand writes goes through ``atomic_path``: the content is written beside its
destination, flushed to the disk and renamed. A folder is made beside its place and put there whole.
What is still being written bears a name that says who writes, so that what a killed process left is
told from what is alive. That only one process writes at a time is ``outputs``' business.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import importlib
import json
import os
import re
import secrets
import shutil
import socket
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

from evenhand.errors import StorageError, require
from evenhand.records.result import visible_json
from evenhand.rehearsal import is_rehearsal

Owner = Literal["alive", "dead", "unknown"]
_NAME = re.compile(
    r"\.(?P<of>.+?)"
    r"(?:\.(?P<pid>\d+)-(?P<life>[0-9a-f]{8})-(?P<host>[0-9a-f]{8})-[0-9a-f]{8}|\.(?P<token>[0-9a-f]{4,8}))?"
    r"\.(?P<kind>part|old)(?P<suffix>\.[^.]+)?",
    re.DOTALL,
)
_LONGEST = 120


def temporary(target: Path, kind: Literal["part", "old"] = "part", *, folder: bool = False) -> Path:
    """A path beside ``target`` that nothing else has and that says whose it is."""
    assert not is_rehearsal(), f"a rehearsal was about to write {target}"
    pid = os.getpid()
    owner = f"{pid}-{_life(pid)}-{_host()}-{secrets.token_hex(4)}"
    name = target.name if folder else target.stem
    return target.with_name(f".{short(name)}.{owner}.{kind}{'' if folder else target.suffix}")


def short(name: str) -> str:
    """A name that leaves room for an owner, other for every other name."""
    if len(name.encode()) <= _LONGEST:
        return name
    digest = hashlib.blake2b(name.encode(), digest_size=4).hexdigest()
    return f"{name.encode()[: _LONGEST - 9].decode(errors='ignore')}-{digest}"


def set_aside(target: Path) -> list[Path]:
    """Folders that dead processes were about to replace as ``target``, the oldest first."""
    found = [
        path
        for path, match in _unfinished(target.parent)
        if match["kind"] == "old" and match["of"] == short(target.name)
        if _owner(match) != "alive"
    ]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def remove_leftovers(folder: Path, held: Iterable[Path] = (), *, deep: bool = False) -> None:
    """Remove what dead processes left unfinished in a folder."""
    names = {(short(path.stem), path.suffix) for path in held}
    names |= {(short(path.name), "") for path in held}
    for path, match in list(_unfinished(folder, deep=deep)):
        owner = _owner(match)
        ours = (match["of"], match["suffix"] or "") in names
        below = deep and (match["pid"] or match["token"])  # a bare name could be anybody's
        if owner == "dead" or (owner == "unknown" and (ours or below)):
            remove(path)


def remove(path: Path) -> None:
    """Remove a file or a folder as far as the system lets us; a link itself, never its target."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _unfinished(folder: Path, *, deep: bool = False) -> Iterator[tuple[Path, re.Match[str]]]:
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            match = _NAME.fullmatch(name)
            if match is not None:
                yield Path(root) / name, match
        if not deep:
            return


def _owner(match: re.Match[str]) -> Owner:
    """Whether who writes is alive; unknown where it ran elsewhere or didn't sign."""
    if match["pid"] is None or match["host"] != _host():
        return "unknown"
    return "alive" if _life(int(match["pid"])) == match["life"] else "dead"


def _life(pid: int) -> str:
    """Tells a process from others that have its number before or after it; "" when it's dead."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass  # it's another user's
    began = ""
    with suppress(OSError):  # not on every system: there the number has to do
        stat = Path(f"/proc/{pid}/stat").read_text()
        state, *others = stat.rpartition(")")[2].split()
        if state == "Z":
            return ""
        began = others[18] + Path("/proc/sys/kernel/random/boot_id").read_text()
    return hashlib.blake2b(began.encode(), digest_size=4).hexdigest()


@cache
def _host() -> str:
    """Tells machines apart, and containers on one machine, which number processes anew."""
    space = ""
    with suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink())
    said = f"{socket.gethostname()} {space}"
    return hashlib.blake2b(said.encode(), digest_size=4).hexdigest()


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
    """Give a temporary path beside ``path``; rename it to ``path`` if the block succeeds."""
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
    """Write UTF-8 text with the line ends it has."""
    write_texts({path: text})


def write_texts(texts: Mapping[AnyPath, str]) -> None:
    """Write texts that belong together, or none; see ``atomic_paths``."""
    with atomic_paths(*texts) as temporaries:
        for (path, text), written in zip(texts.items(), temporaries, strict=True):
            with _naming(path):
                written.write_bytes(text.encode())


def write_bytes(path: AnyPath, content: bytes) -> None:
    """Write bytes."""
    with atomic_path(path) as written, _naming(path):
        written.write_bytes(content)


def write_json(path: AnyPath, obj: object) -> None:
    """Write JSON with sorted keys, an indent of 2 and a trailing newline."""
    write_text(path, json_text(obj))


def json_text(obj: object) -> str:
    """What ``write_json`` writes."""
    return _dumps(obj, indent=2) + "\n"


def write_jsonl(path: AnyPath, rows: Iterable[Mapping[str, object]]) -> None:
    """Write one JSON object a line, keys in the order they have."""
    with atomic_path(path) as written, written.open("w", encoding="utf-8", newline="") as out:
        for row in rows:
            out.write(_dumps(row, sort_keys=False) + "\n")


def jsonl_text(rows: Iterable[Mapping[str, object]]) -> str:
    """What ``write_jsonl`` writes."""
    return "".join(_dumps(row, sort_keys=False) + "\n" for row in rows)


def write_parquet(path: AnyPath, rows: Any, *, metadata: Mapping[str, str] | None = None) -> None:
    """Write a Parquet file (zstd)."""
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
    """Read a JSON file that evenhand wrote."""
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
    """Hex digest of anything JSON-able; the order of keys doesn't count."""
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
    """Hex digest of a file's bytes."""
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


_HERE, _EXCHANGE = -100, 2
"""Of Linux: the folder that relative paths start from, and "swap the two"."""


@dataclass(frozen=True)
class Contents:
    """What a verb writes into a folder that is replaced as one."""

    patterns: tuple[str, ...]  # of the files, as paths below the folder
    signed: Callable[[Path], Collection[str]]  # names that an earlier run says it wrote

    def earlier(self, folder: Path) -> frozenset[str]:
        """What an earlier run wrote into a folder, as paths below it."""
        return self._there(folder) & frozenset(self.signed(folder))

    def foreign(self, folder: Path) -> list[str]:
        """What stands where the verb writes and isn't of an earlier run, sorted."""
        return sorted(self._there(folder) - self.earlier(folder))

    def _there(self, folder: Path) -> frozenset[str]:
        found = (path for pattern in self.patterns for path in folder.glob(pattern))
        return frozenset(path.relative_to(folder).as_posix() for path in found)


@contextmanager
def whole_folder(path: AnyPath, contents: Contents) -> Generator[Path]:
    """Give an empty folder; put it at ``path`` in one step if the block succeeds.

    At any moment ``path`` is the whole old folder or the whole new one. Where the system can't
    swap folders the old one stands beside its place for a moment, and whoever comes next puts it
    back (``settle``). What an earlier run wrote goes; everything else is carried over.
    """
    target = Path(os.path.realpath(path))
    beside = temporary(target, folder=True)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(target.parent, [target])
        beside.mkdir()
        yield beside
        if not target.is_dir() or not any(target.iterdir()):
            _flush_tree(beside)
            beside.rename(target)
        else:
            shutil.copystat(target, beside)
            goes = contents.earlier(target)
            _carry(target, beside, goes)
            _flush_tree(beside)
            old = _swap(beside, target)
            _carry(old, target, goes)  # what came while this folder was being made
            remove(old)
        flush(target.parent)
    except OSError as cause:
        raise cannot_write(path, cause) from cause
    finally:
        remove(beside)


@contextmanager
def new_folder(path: Path) -> Generator[Path]:
    """Give an empty folder; put it at ``path``, where nothing is, if the block succeeds."""
    if os.path.lexists(path):
        raise StorageError(f"{path}: exists already and is left as it is; choose another folder")
    with whole_folder(path, Contents((), lambda _: ())) as folder:
        yield folder


def _carry(source: Path, target: Path, goes: Collection[str]) -> None:
    """Link, or else copy, what is in a folder into another, but what goes and what is there."""
    for path in _others(source, goes):
        name = path.relative_to(source)
        for folder in reversed(name.parents):
            if not (target / folder).exists():
                (target / folder).mkdir()
                shutil.copystat(source / folder, target / folder)
        if os.path.lexists(target / name):
            continue
        if path.is_dir() and not path.is_symlink():
            (target / name).mkdir()
            continue
        try:
            os.link(path, target / name, follow_symlinks=False)
        except OSError:  # a file system without links
            shutil.copy2(path, target / name, follow_symlinks=False)


def _others(source: Path, goes: Collection[str]) -> Iterator[Path]:
    """Files and empty folders below a folder that nothing earlier wrote."""
    for root, folders, files in os.walk(source):
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        for name in (*files, *links):
            if (Path(root) / name).relative_to(source).as_posix() not in goes:
                yield Path(root) / name
        if not folders and not files and Path(root) != source:
            yield Path(root)


def _swap(new: Path, target: Path) -> Path:
    """Put one folder in the place of another; where the other is then."""
    if _exchanged(new, target):
        return new
    old = temporary(target, "old", folder=True)
    target.rename(old)
    try:
        new.rename(target)
    except OSError:
        old.rename(target)
        raise
    return old


def _exchanged(first: Path, second: Path) -> bool:
    """Swap two folders in one step, where the system can."""
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    paths = os.fsencode(first), os.fsencode(second)
    if rename(_HERE, paths[0], _HERE, paths[1], _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number))


def _flush_tree(folder: Path) -> None:
    for root, _, files in os.walk(folder):
        for name in files:
            if (path := Path(root) / name).is_file() and not path.is_symlink():
                flush(path)
        flush(Path(root))
