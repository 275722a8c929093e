"""Where a verb writes: looked at first, held by one process, and a folder replaced as one.

``writes`` holds the outputs of a verb while it runs: a path that can't be written is refused before
any work, so is one that another process writes, and leftovers of a kill are removed. A folder of
several files is made beside its place and put there whole (``whole_folder``). Single files are
``files``' business, and what a verb may find in its folder is its own.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import inspect
import os
import shutil
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import ParamSpec, TypeVar

from evenhand.errors import BadInput, Stopped, StorageError
from evenhand.records.files import AnyPath, cannot_write, flush
from evenhand.records.leftovers import remove, remove_leftovers, set_aside, short, temporary

try:
    import fcntl
except ImportError:  # no POSIX: two processes on one output aren't told apart
    fcntl = None

Given = ParamSpec("Given")
Result = TypeVar("Result")
_BAD_PATHS = {errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EISDIR, errno.EINVAL}
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


@dataclass
class _Place:
    """An output that this process holds.

    Attributes:
        path: As the user named it.
        target: Where that is.
        before: What tells whether it was written since.
        kept: Says what a stopped verb leaves to go on from; None where nothing is kept.
        lock: Descriptor and path of the lock; None where the system has none.
        made: Parent folders that were made for it.
    """

    path: AnyPath
    target: Path
    before: tuple[int, int] | None = None
    kept: Callable[[], str] | None = None
    lock: tuple[int, Path] | None = None
    made: list[Path] = field(default_factory=list[Path])


_held: dict[Path, _Place] = {}


def writes(
    *names: str, folder: bool | Contents = False, inside: str = ""
) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Hold the outputs that arguments name while a function runs; see ``hold``.

    Args:
        names: The arguments; None in one of them means that nothing is written.
        folder: Whether they are folders; what is in them where they are replaced as one.
        inside: A file's name: a path without its suffix is a folder for it.
    """

    def decorate(function: Callable[Given, Result]) -> Callable[Given, Result]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def held(*args: Given.args, **kwargs: Given.kwargs) -> Result:
            bound = signature.bind(*args, **kwargs).arguments
            given = {name: Path(bound[name]) for name in names if bound.get(name) is not None}
            if inside:
                end = Path(inside).suffix
                given = {n: p if p.suffix == end else p / inside for n, p in given.items()}
            with hold(*given.values(), folder=folder, names=tuple(given)):
                return function(*args, **kwargs)

        return held

    return decorate


@contextmanager
def hold(
    *paths: AnyPath, folder: bool | Contents = False, names: Sequence[str] = ()
) -> Generator[None]:
    """Make sure that outputs can be written and that no other process writes them.

    What this process holds already is left to whoever took it. A ``Stopped`` that escapes is told
    what was kept.

    Args:
        paths: The outputs.
        folder: Whether they are folders; what is in them where they are replaced as one.
        names: Of the options that gave the paths, without dashes, to say which is wrong.

    Raises:
        BadInput: A path can't be that of an output.
        StorageError: The system refuses to write there, or another process does.
    """
    outermost = not _held
    taken: list[_Place] = []
    try:
        for path, name in zip_longest(paths, names):
            target = Path(os.path.realpath(path))
            if target not in _held:
                place = _held[target] = _Place(path, target)
                taken.append(place)
                _take(place, folder, f"--{name} {path}" if name else os.fspath(path))
        yield
    except Stopped as stop:
        stop.kept = stop.kept or _said(taken, outermost)
        raise
    finally:
        for place in taken:
            del _held[place.target]
            _give_back(place)


def keeps(path: AnyPath, kept: Callable[[], str]) -> None:
    """Say what a stopped verb leaves in the output that it holds.

    Args:
        path: The output.
        kept: A sentence without capital and full stop, made when it's needed; "" for nothing.
    """
    place = _held.get(Path(os.path.realpath(path)))
    if place is not None:
        place.kept = kept


def settle(path: AnyPath) -> None:
    """Put a whole folder back that a killed process had moved aside, before it is read.

    Raises:
        StorageError: Another process is at it.
    """
    target = Path(os.path.realpath(path))
    if not os.path.lexists(target) and target.parent.is_dir() and set_aside(target):
        with hold(path, folder=True):
            pass


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


def _take(place: _Place, folder: bool | Contents, name: str) -> None:
    target = place.target
    try:
        _require_kind(target, name, folder=bool(folder))
        _make_parents(place)
        _lock(place)
        if folder and target.is_dir():
            _try_to_write(target)
        if not os.path.lexists(target) and (aside := set_aside(target)):
            aside[-1].rename(target)
        remove_leftovers(target.parent, [target])
        if folder and target.is_dir():
            remove_leftovers(target, deep=True)
        if isinstance(folder, Contents) and target.is_dir():
            _require_replaceable(target, name, folder)
        place.before = _state(target)
    except OSError as cause:
        if cause.errno in _BAD_PATHS:
            raise BadInput(str(cannot_write(name, cause))) from cause
        raise cannot_write(place.path, cause) from cause


def _require_kind(target: Path, name: str, *, folder: bool) -> None:
    if folder and target.exists() and not target.is_dir():
        raise BadInput(f"{name}: is a file; name a folder, which is made if it isn't there")
    if not folder and target.is_dir():
        raise BadInput(f"{name}: is a folder; name a file")
    if not folder and target.exists() and not target.is_file():
        raise BadInput(f"{name}: is a device or pipe; name a file")


def _require_replaceable(target: Path, name: str, contents: Contents) -> None:
    """Refuse a folder in which something else stands where a verb writes.

    Raises:
        BadInput: It names the first such thing, or says why the folder can't be replaced.
    """
    if foreign := contents.foreign(target):
        raise BadInput(
            f"{name}: {foreign[0]} stands where this command writes and isn't of an earlier run "
            "of it; move it away, or choose another folder"
        )
    here = Path(os.path.realpath(os.curdir))
    what = "a mount point" if target.is_mount() else "the folder you are in"
    if any(target.iterdir()) and (target.is_mount() or here.is_relative_to(target)):
        raise BadInput(
            f"{name}: is {what} and isn't empty, so it can't be replaced as one; name a new "
            "folder in it"
        )


def _make_parents(place: _Place) -> None:
    missing: list[Path] = []
    parent = place.target.parent
    while not parent.exists():
        missing.append(parent)
        parent = parent.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        place.made.append(folder)


def _lock(place: _Place) -> None:
    """Lock a file beside the output: the first writing there, and gone with its process."""
    path = place.target.with_name(f".{short(place.target.name)}.lock")
    while place.lock is None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if not _locked(descriptor):
            who = os.read(descriptor, 100).decode(errors="replace") or "another process"
            os.close(descriptor)
            raise StorageError(
                f"{os.fspath(place.path)}: is being written by {who}; wait until it ends, or "
                "choose another path"
            )
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                place.lock = (descriptor, path)
                break
        os.close(descriptor)  # its holder ended, and took it away, after we had opened it
    began = datetime.now().astimezone().isoformat(" ", "seconds")
    descriptor = place.lock[0]
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"process {os.getpid()} since {began}".encode())
    os.fsync(descriptor)


def _locked(descriptor: int) -> bool:
    """Whether the lock is ours; a system without locks gives it to everybody."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _try_to_write(folder: Path) -> None:
    """Whether the system lets us write in a folder, which rights alone don't tell."""
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    tried = temporary(folder / "tried")
    try:
        tried.write_bytes(b"?")
    finally:
        remove(tried)


def _give_back(place: _Place) -> None:
    if place.lock is not None:
        descriptor, path = place.lock
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)
    for folder in reversed(place.made):
        with suppress(OSError):  # it isn't empty
            folder.rmdir()


def _said(taken: Iterable[_Place], outermost: bool) -> str:
    """What a stopped verb kept, as far as these outputs tell."""
    places = list(taken)
    kept = [said for place in places if place.kept is not None and (said := place.kept())]
    if kept or not outermost:
        return "; ".join(kept)
    written = [str(place.path) for place in places if _state(place.target) != place.before]
    if written:
        return f"{' and '.join(written)} was written whole"
    there = [str(place.path) for place in places if place.before is not None]
    return "nothing was written" + (f", {' and '.join(there)} is as it was" if there else "")


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


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
