"""Rows of a file with the lines they stand on, and what is wrong with them.

Not a parser (``formats``), and it knows nothing of jobs or people. Whatever is wrong with one
record is reported to ``Problems``; whatever is wrong with the file as a whole raises.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple, NoReturn, cast

from evenhand.errors import RecordError

MOST_SAID = 12
"""Most problems of a file that one message names."""
MAX_RECORD = 4 * 1024 * 1024
"""Most bytes (JSONL, CSV) or characters (Parquet) of one record."""


class Row(NamedTuple):
    """One record as it stands in the file.

    Attributes:
        line: 1-based line of the file where the record begins; the row number in Parquet.
        values: Column to value, of whatever types the format has.
    """

    line: int
    values: dict[str, object]


@dataclass(frozen=True)
class RowTable:
    """Everything that a file holds.

    Attributes:
        path: The file, as the user named it.
        columns: Every column, in order of first appearance.
        rows: The records that could be parsed, in file order.
        notes: What is unusual about the file, one sentence each.
        place: What a row's number is called in sentences: ``line`` or ``row``.
    """

    path: str
    columns: tuple[str, ...]
    rows: list[Row]
    notes: tuple[str, ...] = ()
    place: str = "line"


@dataclass
class Problems:
    """Where the problems of single records go: raised at once, or collected.

    Attributes:
        path: The file, as the user named it.
        collect: Whether to go on after a problem.
        found: The problems so far.
    """

    path: str
    collect: bool
    found: list[RecordError] = field(default_factory=list[RecordError])

    def report(self, problem: str, *, line: int | None = None, field: str = "") -> None:
        """Raise the problem of one record, or note it."""
        error = RecordError(problem, path=self.path, line=line, field=field)
        if not self.collect:
            raise error
        self.found.append(error)

    def fail(self, problem: str, *, line: int | None = None, field: str = "") -> NoReturn:
        """Raise a problem of the whole file."""
        raise RecordError(problem, path=self.path, line=line, field=field)

    def settle(self) -> None:
        """Raise everything that was noted as one message, in the order of the lines."""
        if self.found:
            raise all_of(sorted(self.found, key=lambda error: error.line or 0))


def all_of(errors: Sequence[RecordError], most: int = MOST_SAID) -> RecordError:
    """Several problems as one error, a sentence a line; the first one's place is its place.

    The same problem on several lines is said once.
    """
    first = errors[0]
    alike: dict[tuple[str, str], list[RecordError]] = {}
    for error in errors:
        alike.setdefault((error.field, error.problem), []).append(error)
    said = [_said_once(same) for same in alike.values()]
    if len(said) > most:
        said = [*said[:most], f"{first.path}: and {len(said) - most} more problems"]
    return RecordError(
        first.problem, path=first.path, line=first.line, field=first.field, said="\n".join(said)
    )


def _said_once(errors: Sequence[RecordError]) -> str:
    lines = [str(error.line) for error in errors[1:]]
    more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
    also = f" (and on {', '.join(lines[:5])}{more})" if lines else ""
    return f"{errors[0]}{also}"


@contextmanager
def opened(problems: Problems) -> Generator[BinaryIO]:
    """Open a user's file for reading bytes, those inside where it is compressed with gzip.

    Raises:
        RecordError: When it is absent, a folder, or can't be opened or read.
    """
    path = Path(problems.path)
    if path.is_dir():
        problems.fail("is a folder; name a file in it")
    try:
        with path.open("rb") as file:
            if path.suffix.lower() != ".gz":
                yield file
                return
            with gzip.open(file) as inside:
                yield cast("BinaryIO", inside)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        problems.fail("is not a readable .gz file; compress it again")
    except FileNotFoundError:
        problems.fail("no such file; check the path")
    except OSError as cause:
        raise RecordError(
            f"cannot be read ({cause.strerror or cause}); check the path and its permissions",
            path=problems.path,
        ) from cause


def suffix_of(path: str) -> str:
    """The suffix of a file's name in lower case, without ``.gz``."""
    name = Path(path)
    return (Path(name.stem) if name.suffix.lower() == ".gz" else name).suffix.lower()


def has_surrogate(text: str) -> bool:
    """Whether a text holds half a character, which UTF-8 can't."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def kind_of(value: object) -> str:
    """A JSON value's kind in words, for sentences."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "an object"
    return "text" if isinstance(value, str) else f"a {type(value).__name__}"
