"""Where a verb writes, looked at before any work and held by one process, and the pace of its work.

A path that can't be written is refused first, so is one that another process writes, and leftovers
of a kill are removed. What a verb may find in a folder of its own is the verb's business, and how
files and folders come to their place that of ``files``. Long work is saved often enough that a kill
costs less than a minute; only the clock decides, so nothing that is saved may hang on when it is.
"""

from __future__ import annotations

import errno
import functools
import inspect
import math
import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

from evenhand.errors import BadInput, Stopped, StorageError
from evenhand.records.files import (
    AnyPath,
    Contents,
    cannot_write,
    remove,
    remove_leftovers,
    set_aside,
    short,
    temporary,
)
from evenhand.rehearsal import Rehearsed, foretell, is_rehearsal

try:
    import fcntl
except ImportError:  # no POSIX: two processes on one output aren't told apart
    fcntl = None

Given = ParamSpec("Given")
Result = TypeVar("Result")
_BAD_PATHS = {errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EISDIR, errno.EINVAL}


@dataclass
class _Place:
    """An output that this process holds."""

    path: AnyPath  # as the user named it
    target: Path  # where that is
    before: tuple[int, int] | None = None  # what tells whether it was written since
    kept: Callable[[], str] | None = None  # says what a stopped verb leaves to go on from
    lock: tuple[int, Path] | None = None  # descriptor and path, where the system has locks
    made: list[Path] = field(default_factory=list[Path])  # parent folders that were made for it


_held: dict[Path, _Place] = {}


def writes(
    *names: str,
    folder: bool | Contents = False,
    inside: str = "",
    suffixes: Mapping[str, Sequence[str]] | None = None,
) -> Callable[[Callable[Given, Result]], Callable[Given, Result]]:
    """Hold the outputs that arguments name while a function runs; see ``hold``."""

    def decorate(function: Callable[Given, Result]) -> Callable[Given, Result]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def held(*args: Given.args, **kwargs: Given.kwargs) -> Result:
            bound = signature.bind(*args, **kwargs).arguments
            given = {name: Path(bound[name]) for name in names if bound.get(name) is not None}
            if inside:
                end = Path(inside).suffix
                given = {n: p if p.suffix == end else p / inside for n, p in given.items()}
            for name, known in (suffixes or {}).items():
                if name in given:
                    _require_suffix(given[name], name, known)
            fresh = "force" in signature.parameters and not bound.get("force", False)
            with hold(*given.values(), folder=folder, names=tuple(given), fresh=fresh):
                return function(*args, **kwargs)

        return held

    return decorate


@contextmanager
def hold(
    *paths: AnyPath,
    folder: bool | Contents = False,  # what is in folders that are replaced as one
    names: Sequence[str] = (),  # of the options that gave the paths, without dashes
    fresh: bool = False,  # refuse folders with something in them; ``--force`` writes there
) -> Generator[None]:
    """Make sure that outputs can be written and that no other process writes them."""
    outermost = not _held
    taken: list[_Place] = []
    try:
        named = (*names, *[""] * (len(paths) - len(names)))
        for path, name in zip(paths, named, strict=True):
            target = Path(os.path.realpath(path))
            if target not in _held:
                place = _held[target] = _Place(path, target)
                taken.append(place)
                _take(place, folder, f"--{name} {path}" if name else os.fspath(path), fresh)
        yield
    except Stopped as stop:
        stop.kept = stop.kept or _said(taken, outermost)
        raise
    except Rehearsed:
        foretell(writes=[_foretold(place, folder is True) for place in taken])
        raise
    finally:
        for place in taken:
            del _held[place.target]
            _give_back(place)


def keeps(path: AnyPath, kept: Callable[[], str]) -> None:
    """Say what a stopped verb leaves in the output that it holds."""
    place = _held.get(Path(os.path.realpath(path)))
    if place is not None:
        place.kept = kept


def settle(path: AnyPath) -> None:
    """Put a whole folder back that a killed process had moved aside, before it is read."""
    target = Path(os.path.realpath(path))
    gone = not is_rehearsal() and not os.path.lexists(target) and target.parent.is_dir()
    if gone and set_aside(target):
        with hold(path, folder=True):
            pass


def _take(place: _Place, folder: bool | Contents, name: str, fresh: bool) -> None:
    target = place.target
    try:
        _require_kind(target, name, folder=bool(folder))
        if is_rehearsal():
            _require_room(place, bool(folder))
        else:
            _make_room(place, bool(folder))
        if isinstance(folder, Contents) and target.is_dir():
            if fresh and any(target.iterdir()):
                raise BadInput(
                    f"{name}: exists already and isn't empty; choose another folder, or add "
                    "--force to replace what this command wrote there before (nothing else goes)"
                )
            _require_replaceable(target, name, folder)
        place.before = _state(target)
    except OSError as cause:
        if cause.errno in _BAD_PATHS:
            raise BadInput(str(cannot_write(name, cause))) from cause
        raise cannot_write(place.path, cause) from cause


def _make_room(place: _Place, folder: bool) -> None:
    """Make the output's parents, lock it and put in order what a killed process left."""
    target = place.target
    _make_parents(place)
    _lock(place)
    if folder and target.is_dir():
        _try_to_write(target)
    if not os.path.lexists(target) and (aside := set_aside(target)):
        aside[-1].rename(target)
    remove_leftovers(target.parent, [target])
    if folder and target.is_dir():
        remove_leftovers(target, deep=True)


def _require_room(place: _Place, folder: bool) -> None:
    """Refuse what ``_make_room`` would, as far as that can be told without writing."""
    parent = place.target.parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    for held in (parent, *([place.target] if folder and place.target.is_dir() else [])):
        if not os.access(held, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        if _keeps_no_files(held):
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    lock = _lock_of(place.target)
    if lock.exists():
        descriptor = os.open(lock, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if not _locked(descriptor):
                raise _busy(place, descriptor)
        finally:
            os.close(descriptor)


def _keeps_no_files(folder: Path) -> bool:
    """Whether a folder is the system's own view of itself (/proc), whatever its rights say."""
    if not hasattr(os, "statvfs") or os.statvfs(folder).f_blocks:
        return False
    try:  # a file without a name, which isn't seen by anybody; a disk in memory gives one
        os.close(os.open(folder, os.O_WRONLY | getattr(os, "O_TMPFILE", os.O_DIRECTORY)))
    except OSError:
        return True
    return False


def _foretold(place: _Place, goes_on: bool) -> str:
    """An output and what becomes of what is there now."""
    if place.before is None:
        return f"{place.path} (new)"
    if place.target.is_dir() and not any(place.target.iterdir()):
        return f"{place.path} (an empty folder)"
    return f"{place.path} (is there and is {'gone on from' if goes_on else 'replaced'})"


def _require_kind(target: Path, name: str, *, folder: bool) -> None:
    if folder and target.exists() and not target.is_dir():
        raise BadInput(f"{name}: is a file; name a folder, which is made if it isn't there")
    if not folder and target.is_dir():
        raise BadInput(f"{name}: is a folder; name a file")
    if not folder and target.exists() and not target.is_file():
        raise BadInput(f"{name}: is a device or pipe; name a file")


def _require_suffix(path: Path, name: str, known: Sequence[str]) -> None:
    """Refuse a file whose name says that it holds something else than is written."""
    suffix = path.suffix.lower()
    if suffix and suffix not in known and not path.is_dir():
        raise BadInput(f"--{name} {path}: can only be a {' or '.join(known)} file; name one")


def _require_replaceable(target: Path, name: str, contents: Contents) -> None:
    """Refuse a folder in which something else stands where a verb writes."""
    if foreign := contents.foreign(target):
        raise BadInput(
            f"{name}: {foreign[0]} stands where this command writes and isn't of an earlier run "
            "of it; move it away, or choose another folder"
        )
    here = Path(os.path.realpath(os.curdir))
    if target.is_mount() or here.is_relative_to(target):
        what = "a mount point" if target.is_mount() else "the folder you are in"
        raise BadInput(
            f"{name}: is {what}, which can't be replaced as one; name a new folder in it"
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
    path = _lock_of(place.target)
    while place.lock is None:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if not _locked(descriptor):
            busy = _busy(place, descriptor)
            os.close(descriptor)
            raise busy
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


def _lock_of(target: Path) -> Path:
    return target.with_name(f".{short(target.name)}.lock")


def _busy(place: _Place, descriptor: int) -> StorageError:
    """That another process has the lock, and which."""
    who = os.read(descriptor, 100).decode(errors="replace") or "another process"
    return StorageError(
        f"{os.fspath(place.path)}: is being written by {who}; wait until it ends, or choose "
        "another path"
    )


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


T = TypeVar("T")

SECONDS = 20.0
"""Between two saves; a step that is under way when a kill comes is lost as well."""

Progress = Callable[[str, int, int], None]
"""Called as ``progress(stage, done, total)``."""


class Pace:
    """Tells when the last save is long enough ago."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def due(self) -> bool:
        """Whether it is time to save; asked once, it counts as saved."""
        now = time.monotonic()
        if now - self._last < SECONDS:
            return False
        self._last = now
        return True


def tell(progress: Progress | None, stage: str, done: int, total: int) -> None:
    """Report progress where somebody listens."""
    if progress is not None:
        progress(stage, done, total)


def steps(progress: Progress | None, stage: str, items: Sequence[T]) -> Iterator[T]:
    """The items one by one, told as they come and when the last is over."""
    for done, item in enumerate(items):
        tell(progress, stage, done, len(items))
        yield item
    tell(progress, stage, len(items), len(items))


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    for unit, length in (("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return "an unknown part" if math.isnan(seconds) else "less than 2 seconds"
