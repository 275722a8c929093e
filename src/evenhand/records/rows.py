"""Rows of a file with the lines they stand on, and what is wrong with them.

Not a parser (``formats``), and it knows nothing of jobs or people. Whatever is wrong with one
record is reported to ``Problems``; whatever is wrong with the file as a whole raises.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple, NoReturn

from evenhand.errors import RecordError

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
    """

    path: str
    columns: tuple[str, ...]
    rows: list[Row]


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


@contextmanager
def opened(problems: Problems) -> Generator[BinaryIO]:
    """Open a user's file for reading bytes.

    Raises:
        RecordError: When it is absent, a folder, or can't be opened or read.
    """
    path = Path(problems.path)
    if path.is_dir():
        problems.fail("is a folder; name a file in it")
    try:
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        problems.fail("no such file; check the path")
    except OSError as cause:
        raise RecordError(
            f"cannot be read ({cause.strerror or cause}); check the path and its permissions",
            path=problems.path,
        ) from cause


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
