"""Postings as job boards and recruiting systems hand them out: where in a record the ad stands.

The shapes are data (``payloads.toml``). Of JSON the places of its strings are known, so that what
is read can be written back with everything else left to the byte. Not a reader of files
(``documents``, ``readers``).
"""

from __future__ import annotations

import json
import pathlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from evenhand.records.mapped import Mapped, Piece, joined
from evenhand.records.markup import read_markup

Path = tuple[str | int, ...]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.S)
_DEEPEST = 12
"""Keys and numbers on the way to a posting, at most."""
_ESCAPE = re.compile(r"(?:\\u[dD][89abAB]..\\u[dD][c-fC-F]..)|\\u....|\\.", re.S)


@dataclass(frozen=True, slots=True)
class _Shape:
    name: str
    has: tuple[str, ...]
    any: tuple[str, ...]
    id: str
    title: str
    parts: tuple[str, ...]
    twins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Posting:
    """One ad in a record.

    Attributes:
        shape: Name of the shape that the record has.
        id: Its own id; ``""`` where it has none.
        title: Path of the title; None where there is none.
        parts: Paths of its text, in order.
        twins: Paths of texts that say the same again.
        record: What the paths lead through.
    """

    shape: str
    id: str
    title: Path | None
    parts: tuple[Path, ...]
    twins: tuple[Path, ...]
    record: Mapping[str, object]

    @property
    def is_loose(self) -> bool:
        """Whether a table with a column ``text`` could have this shape by chance."""
        return self.shape == "title and description"

    def value(self, path: Path) -> str:
        """The string at a path."""
        return cast("str", _at(self.record, path))

    def text(self) -> str:
        """The ad without its title, read as its page shows it."""
        return joined([read_markup(self.value(path)) for path in self.parts]).text


@cache
def _shapes() -> tuple[_Shape, ...]:
    data = tomllib.loads(pathlib.Path(__file__).with_name("payloads.toml").read_text("utf-8"))
    return tuple(
        _Shape(
            shape["name"],
            tuple(shape["has"]),
            tuple(shape.get("any", ())),
            shape["id"],
            shape["title"],
            tuple(shape["parts"]),
            tuple(shape.get("twins", ())),
        )
        for shape in cast("list[dict[str, Any]]", data["shape"])
    )


def posting_of(record: Mapping[str, object]) -> Posting | None:
    """The ad in a record, by the first shape that it has; None for a record of no such shape."""
    for shape in _shapes():
        if not all(_has(record, key) for key in shape.has):
            continue
        if shape.any and not any(_has(record, key) for key in shape.any):
            continue
        parts = tuple(path for one in shape.parts for path in _strings(record, one))
        if not parts:
            continue
        title = next(_strings(record, shape.title), None)
        named = next(filter(None, (_name(record, one) for one in shape.id.split("|"))), "")
        used = {title, *parts}
        twins = (path for one in shape.twins for path in _strings(record, one))
        kept = tuple(path for path in twins if path not in used)
        return Posting(shape.name, named, title, parts, kept, record)
    return None


def postings_in(parsed: object, path: Path = ()) -> Iterator[tuple[Path, Posting]]:
    """Every ad in a document, with the path of its record: alone, in a list, in a list in it."""
    if len(path) > _DEEPEST:
        return
    if isinstance(parsed, dict):
        record = cast("dict[str, object]", parsed)
        if found := posting_of(record):
            yield path, found
            return
        for key, value in record.items():
            yield from postings_in(value, (*path, key))
    elif isinstance(parsed, list):
        for number, value in enumerate(cast("list[object]", parsed)):
            yield from postings_in(value, (*path, number))


def _at(value: object, path: Path) -> object:
    for key in path:
        if isinstance(value, dict):
            value = cast("dict[str | int, object]", value).get(key)
        elif isinstance(value, list) and isinstance(key, int):
            value = cast("list[object]", value)[key]
        else:
            return None
    return value


def _has(record: Mapping[str, object], key: str) -> bool:
    name, equals, wanted = key.partition("=")
    found = _at(record, tuple(name.split(".")))
    if not equals:
        return found is not None and found != ""
    return wanted in (cast("list[object]", found) if isinstance(found, list) else [found])


def _name(record: Mapping[str, object], dotted: str) -> str:
    found = _at(record, tuple(dotted.split(".")))
    whole = isinstance(found, int) and not isinstance(found, bool)
    return str(found).strip() if whole or isinstance(found, str) else ""


def _strings(record: Mapping[str, object], written: str) -> Iterator[Path]:
    """Paths of the strings that a path of a shape means."""
    for choice in written.split("|"):
        found = list(_expanded(record, choice.split("."), ()))
        yield from found
        if found:
            return


def _expanded(value: object, keys: Sequence[str], path: Path) -> Iterator[Path]:
    if isinstance(value, str):
        if not keys and value.strip():
            yield path
        return
    if not keys:
        if isinstance(value, list):
            for number, one in enumerate(cast("list[object]", value)):
                yield from _expanded(one, (), (*path, number))
        elif isinstance(value, dict) and "description" in value:  # as schema.org allows
            below = cast("dict[str, object]", value)
            yield from _expanded(below["description"], (), (*path, "description"))
        return
    key, rest = keys[0], keys[1:]
    if key == "*":
        items: Iterator[tuple[str | int, object]] = (
            iter(cast("dict[str | int, object]", value).items())
            if isinstance(value, dict)
            else iter(enumerate(cast("list[object]", value) if isinstance(value, list) else []))
        )
        for name, one in items:
            yield from _expanded(one, rest, (*path, name))
    elif isinstance(value, dict):
        for name in key.split("+"):
            below = cast("dict[str, object]", value).get(name)
            yield from _expanded(below, rest, (*path, name))


def places_of_strings(source: str) -> dict[Path, tuple[int, int]]:
    """Where in valid JSON every string stands, without its quotes, by its path."""
    found: dict[Path, tuple[int, int]] = {}
    stack: list[list[Any]] = []  # for each open container: the key or number that comes next
    wants_key = False
    for token in _TOKEN.finditer(source):
        mark = token[0]
        if mark in "{[":
            stack.append([0 if mark == "[" else ""])
            wants_key = mark == "{"
        elif mark in "}]":
            stack.pop()
        elif mark == ",":
            if isinstance(stack[-1][0], int):
                stack[-1][0] += 1
            else:
                wants_key = True
        elif mark[0] == '"':
            if wants_key:
                stack[-1][0], wants_key = json.loads(mark), False
            else:
                found[tuple(at[0] for at in stack)] = token.start() + 1, token.end() - 1
    return found


def string_at(source: str, start: int, end: int) -> Mapped:
    """What a JSON string says, with its places in the source."""
    raw = source[start:end]
    how = ("ascii json" if raw.isascii() else "json",)
    parts: list[str] = []
    pieces: list[Piece] = []
    length = cursor = 0
    for escape in (*_ESCAPE.finditer(raw), None):
        stop = escape.start() if escape else len(raw)
        if stop > cursor:
            pieces.append(Piece(length, length + stop - cursor, start + cursor, start + stop, how))
            parts.append(raw[cursor:stop])
            length += stop - cursor
        if escape:
            letters = json.loads(f'"{escape[0]}"')
            at = start + escape.start()
            pieces.append(Piece(length, length + len(letters), at, start + escape.end(), how))
            parts.append(letters)
            length += len(letters)
            cursor = escape.end()
    return Mapped("".join(parts), tuple(pieces))


def mapped_string(source: str, place: tuple[int, int]) -> Mapped:
    """The same, read as a page shows it."""
    decoded = string_at(source, *place)
    return read_markup(decoded.text).through(decoded)
