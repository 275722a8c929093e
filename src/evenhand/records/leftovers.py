"""Names of what is still being written, and the removal of what a killed process left so.

Such a name says who writes: ``.NAME.PID-LIFE-HOST-TOKEN.part``. A process that ended and another
that got its number since differ in LIFE, and machines and containers in HOST, so nothing that is
alive is ever taken for a leftover. This file writes nothing and holds no lock (``folders``).
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Literal

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
    """A path beside ``target`` that nothing else has and that says whose it is.

    Args:
        target: What is being written.
        kind: ``part`` for what isn't finished, ``old`` for a whole folder that is being replaced.
        folder: A folder's temporary has no suffix; a file's has that of the file.
    """
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
    """Whole folders that dead processes were about to replace ``target`` by another, oldest first.

    One is there without ``target`` only where such a process was killed between two renames.
    """
    found = [
        path
        for path, match in _unfinished(target.parent)
        if match["kind"] == "old" and match["of"] == short(target.name)
        if _owner(match) != "alive"
    ]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def remove_leftovers(folder: Path, held: Iterable[Path] = (), *, deep: bool = False) -> None:
    """Remove what dead processes left unfinished in a folder.

    Args:
        folder: Where to look.
        held: Targets in it that this process alone may write: what bears their names is removed
            wherever its writer ran, unless that is known to be alive.
        deep: The whole folder is held; look into all that is below it.
    """
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
