"""Folders of several files that are put in their place as one, or replaced as one.

A folder is made beside its place and put there whole. Single files are ``files``' business, and
that only one process writes at a time is ``outputs``'.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evenhand.errors import StorageError
from evenhand.records.files import AnyPath, cannot_write, flush
from evenhand.records.leftovers import remove, remove_leftovers, temporary

_HERE, _EXCHANGE = -100, 2
"""Of Linux: the folder that relative paths start from, and "swap the two"."""


@dataclass(frozen=True)
class Contents:
    """What a verb writes into a folder that is replaced as one.

    Attributes:
        patterns: Of the files, as paths below the folder.
        signed: Which names in a folder an earlier run says it wrote.
    """

    patterns: tuple[str, ...]
    signed: Callable[[Path], Collection[str]]

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

    Args:
        path: The folder to make or replace.
        contents: What of an earlier run goes.

    Raises:
        StorageError: It can't be written; the old folder stays.
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
    """Give an empty folder; put it at ``path``, where nothing is, if the block succeeds.

    Raises:
        StorageError: ``path`` exists already, or can't be written.
    """
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
