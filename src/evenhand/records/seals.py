"""Documents that seal a folder: written last, they hold the digest of every file beside them.

Under ``written`` a sealed document names the files of its folder with the digests of their bytes,
under ``seal`` it keeps the digest of itself. A seal tells a file that was changed, cut off or
exchanged; it is no signature, since whoever changes a file can write a new seal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, cast

from evenhand.errors import StorageError
from evenhand.records.files import digest_file, digest_of, read_json, write_json

WRITTEN, SEAL = "written", "seal"
_NO_FILES = ("/proc/", "/sys/", "/dev/")
"""Folders of the system whose files are devices, or without end, whatever they say they are."""


def write_sealed(
    path: str | Path, document: Mapping[str, Any], files: Iterable[str | Path] = ()
) -> None:
    """Write a JSON document with the digests of files in its folder and its own.

    Args:
        path: The document; written whole or not at all, after every file.
        document: Its keys are text and none is ``written`` or ``seal``.
        files: Files in its folder or below.

    Raises:
        StorageError: A file can't be read, or the document can't be written.
    """
    folder = Path(path).parent
    named = {Path(each).relative_to(folder).as_posix(): Path(each) for each in files}
    digests = {name: digest_file(each) for name, each in sorted(named.items())}
    whole = {**document, WRITTEN: digests}
    write_json(path, {**whole, SEAL: digest_of(whole)})


def read_sealed(
    path: str | Path,
    again: str,
    *,
    needed: Iterable[str] = (),
    only: Callable[[str], bool] | None = None,
) -> dict[str, Any]:
    """A sealed document, once it and the files that it names are found to be as they were.

    Args:
        path: The document.
        again: How such a folder is made anew ("tune again"); ends every refusal.
        needed: Files that it must name.
        only: Which of the files to check, by name; all of them without.

    Returns:
        The document without its digests.

    Raises:
        StorageError: The document or a file is missing, was changed or is no regular file; the
            document has no seal; or a file is there that it doesn't name, in a folder below its
            own that holds files that it does.
    """
    source = Path(path)
    if not is_regular(source):
        raise StorageError(f"{source}: there is no such file; put it back or {again}")
    document, digests = _parts(read_json(source), source, again)
    for name in needed:
        if name not in digests:
            raise StorageError(f"{source}: says nothing of {name}; put it back or {again}")
    wanted = {name: digest for name, digest in digests.items() if only is None or only(name)}
    for name, digest in wanted.items():
        file = source.parent / name
        if not is_regular(file):
            raise StorageError(f"{file}: there is no such file; put it back or {again}")
        if digest_file(file) != digest:
            raise StorageError(f"{file}: was changed after it was written; put it back or {again}")
    for stranger in _strangers(source.parent, wanted):
        raise StorageError(f"{stranger}: wasn't there when the folder was written; remove it")
    return document


def is_regular(path: str | Path) -> bool:
    """Whether there is a file that ends: no device, no pipe, and nothing that stands for one."""
    try:
        found = Path(path).resolve()
        return found.is_file() and not str(found).startswith(_NO_FILES)
    except (OSError, ValueError, RuntimeError):  # a loop of links, or no name for a file
        return False


def every_file(folder: Path, *, without: Iterable[str] = ()) -> list[Path]:
    """All files of a folder and below, but hidden ones and those in the folders ``without``."""
    left_out = set(without)
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _passed_over(path.relative_to(folder).parts, left_out)
    ]


def _passed_over(parts: tuple[str, ...], left_out: set[str]) -> bool:
    return parts[0] in left_out or any(part.startswith(".") for part in parts)


def _parts(found: object, source: Path, again: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The document and its digests, its own checked."""
    document = dict(cast("Mapping[str, Any]", found)) if isinstance(found, dict) else {}
    seal, digests = document.pop(SEAL, None), document.get(WRITTEN)
    if seal is None or not isinstance(digests, dict):
        raise StorageError(
            f"{source}: has no seal, so an earlier version or something else wrote it; {again}"
        )
    names = cast("dict[str, str]", digests)
    if seal != digest_of(document) or not all(map(_inside, names)):
        raise StorageError(f"{source}: was changed after it was written; put it back or {again}")
    del document[WRITTEN]
    return document, names


def _inside(name: str) -> bool:
    """Whether a name stays in the folder, on any system."""
    path = PurePosixPath(name)
    odd = {"..", "\\", ":"} & {*path.parts, *name}
    return bool(path.parts) and not path.is_absolute() and not odd


def _strangers(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    """What stands beside the named files in folders below: libraries look at all of it."""
    known = {each for name in names for each in (PurePosixPath(name), *PurePosixPath(name).parents)}
    for below in sorted(each for each in known if each != PurePosixPath(".")):
        if (folder / below).is_dir():
            for path in sorted((folder / below).iterdir()):
                if not path.name.startswith(".") and below / path.name not in known:
                    yield path
