"""One ad in the file it came in: its text, where each word stands there, and the way back.

Reads .txt, .md, .html, .docx, .pdf, .json (a posting of a job board) and standard input; tables of
ads are read in ``people``. A document gives its file back with words changed and every other byte
as it was; of a PDF, which can't be changed so, the text alone. The shapes of postings are data
(``payloads.toml``). Of a .docx, headers, footers, notes and comments aren't read.
"""

from __future__ import annotations

import codecs
import html
import io
import json
import re
import sys
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO, cast

from evenhand.errors import BadInput, RecordError, require
from evenhand.records.markup import (
    Mapped,
    TextEdit,
    Writer,
    edited,
    html_text,
    joined,
    plain,
    read_markup,
    unwrapped,
)
from evenhand.records.rows import MAX_RECORD, Problems, has_surrogate, opened

Keys = tuple[str | int, ...]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.S)
_DEEPEST = 12
"""Keys and numbers on the way to a posting, at most."""
_ESCAPE = re.compile(r"(?:\\u[dD][89abAB]..\\u[dD][c-fC-F]..)|\\u....|\\.", re.S)


@dataclass(frozen=True, slots=True)
class Posting:
    """One ad in a record."""

    shape: str  # name of the shape that the record has
    id: str  # its own id; ``""`` where it has none
    title: Keys | None  # keys of the title; None where there is none
    parts: tuple[Keys, ...]  # paths of its text, in order
    twins: tuple[Keys, ...]  # paths of texts that say the same again
    record: Mapping[str, object]  # what the paths lead through

    @property
    def is_loose(self) -> bool:
        """Whether a table with a column ``text`` could have this shape by chance."""
        return self.shape == "title and description"

    def value(self, path: Keys) -> str:
        """The string at a path."""
        return cast("str", _at(self.record, path))

    def text(self) -> str:
        """The ad without its title, read as its page shows it."""
        return joined([read_markup(self.value(path)) for path in self.parts]).text


@cache
def _shapes() -> list[dict[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("payloads.toml").read_text("utf-8"))["shape"]


def posting_of(record: Mapping[str, object]) -> Posting | None:
    """The ad in a record, by the first shape that it has; None for a record of no such shape."""
    for shape in _shapes():
        some_of = shape.get("any", ())
        if not all(_has(record, key) for key in shape["has"]):
            continue
        if some_of and not any(_has(record, key) for key in some_of):
            continue
        parts = tuple(path for one in shape["parts"] for path in _strings(record, one))
        if not parts:
            continue
        title = next(_strings(record, shape["title"]), None)
        names = (_own_name(record, one) for one in shape["id"].split("|"))
        twins = (path for one in shape.get("twins", ()) for path in _strings(record, one))
        kept = tuple(path for path in twins if path not in {title, *parts})
        return Posting(shape["name"], next(filter(None, names), ""), title, parts, kept, record)
    return None


def postings_in(parsed: object, path: Keys = ()) -> Iterator[tuple[Keys, Posting]]:
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


def _at(value: object, path: Keys) -> object:
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


def _own_name(record: Mapping[str, object], dotted: str) -> str:
    found = _at(record, tuple(dotted.split(".")))
    whole = isinstance(found, int) and not isinstance(found, bool)
    return str(found).strip() if whole or isinstance(found, str) else ""


def _strings(record: Mapping[str, object], written: str) -> Iterator[Keys]:
    """Paths of the strings that a path of a shape means."""
    for choice in written.split("|"):
        found = list(_expanded(record, choice.split("."), ()))
        yield from found
        if found:
            return


def _expanded(value: object, keys: Sequence[str], path: Keys) -> Iterator[Keys]:
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


def places_of_strings(source: str) -> dict[Keys, tuple[int, int]]:
    """Where in valid JSON every string stands, without its quotes, by its path."""
    found: dict[Keys, tuple[int, int]] = {}
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


def mapped_string(source: str, place: tuple[int, int]) -> Mapped:
    """What a JSON string says, read as a page shows it, with its places in the source."""
    start, end = place
    raw = source[start:end]
    writer, cursor = Writer(("ascii json" if raw.isascii() else "json",)), 0
    for escape in (*_ESCAPE.finditer(raw), None):
        stop = escape.start() if escape else len(raw)
        if stop > cursor:
            writer.piece(raw[cursor:stop], start + cursor, start + stop)
        if escape:
            letters = json.loads(f'"{escape[0]}"')
            writer.piece(letters, start + escape.start(), start + escape.end())
            cursor = escape.end()
    decoded = writer.done()
    return read_markup(decoded.text).through(decoded)


MAIN = "word/document.xml"
_MOST_XML = 64 * 1024 * 1024
_NAMESPACES = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_XML_TOKEN = re.compile(
    r"<(/?)([\w.-]+:)?([\w.-]+)([^<>]*)>|&(?:#\d+|#x[0-9a-fA-F]+|\w+);|[^<&]+|[<&]"
)
_OLE = b"\xd0\xcf\x11\xe0"


def read_main(content: bytes, problems: Problems) -> str:
    """The XML that holds the text."""
    if content.startswith(_OLE):
        problems.fail("is locked by a password or an old .doc; save it as .docx without a password")
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = archive.getinfo(MAIN).file_size
            xml = archive.read(MAIN).decode("utf-8-sig") if size <= _MOST_XML else ""
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, RuntimeError):
        problems.fail("is not a readable .docx file; save it again in Word")
    if size > _MOST_XML:
        problems.fail("holds more than 64 MiB of text; shorten it")
    if not _prefix(xml):
        problems.fail("is not a readable .docx file; save it again in Word")
    return xml


def word_text(xml: str) -> Mapped:
    """The text, a paragraph a line; items of lists begin with a dash."""
    prefix, writer = _prefix(xml), Writer(("html",))
    inside, fallback, started, item = False, 0, False, False
    for token in _XML_TOKEN.finditer(xml):
        closing, space, name = token[1], token[2] or "", token[3]
        if name is None:
            if inside and not fallback:
                if item and not started:
                    writer.lay("- ")
                started = True
                writer.piece(html.unescape(token[0]), token.start(), token.end())
        elif name == "Fallback":  # says the same as its Choice
            fallback += -1 if closing else 1
        elif space == prefix and not fallback:
            empty = token[4].endswith("/")
            if name == "t":
                inside = not closing and not empty
            elif not closing and (name == "numPr" or (name == "pStyle" and "List" in token[4])):
                item = True
            elif (name == "p" and (closing or empty)) or (name in ("br", "cr") and not closing):
                writer.lay("\n")
                if name == "p":
                    started = item = False
            elif name == "tab" and not closing and started:
                writer.lay(" ")
    read = writer.done()
    return replace(read, text=read.text.rstrip("\n"))


def _prefix(xml: str) -> str:
    for name in _NAMESPACES:
        if found := re.search(rf'xmlns:([\w.-]+)="{re.escape(name)}"', xml):
            return f"{found[1]}:"
    return ""


def with_edits(content: bytes, xml: str, edits: Iterable[TextEdit]) -> bytes:
    """The file with other words in its runs."""
    import zipfile

    text = _spaces_kept(edited(xml, edits), _prefix(xml))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for part in before.infolist():
            with_text = text.encode() if part.filename == MAIN else before.read(part)
            after.writestr(part, with_text)
    return out.getvalue()


def _spaces_kept(xml: str, prefix: str) -> str:
    """Runs that now begin or end with a space say so, or Word would drop it."""
    return re.sub(rf"<{prefix}t>(?=\s|[^<>]*\s</)", f'<{prefix}t xml:space="preserve">', xml)


_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_LINKS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)


def new_word_file(text: str) -> bytes:
    """A plain Word file of a text, a line a paragraph; the same bytes for the same text."""
    import zipfile

    lines = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{html.escape(line, quote=False)}</w:t></w:r></w:p>'
        for line in text.split("\n")
    )
    main = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<w:document xmlns:w="{_NAMESPACES[0]}"><w:body>{lines}</w:body></w:document>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (("[Content_Types].xml", _TYPES), ("_rels/.rels", _LINKS), (MAIN, main)):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), part)
    return out.getvalue()


STDIN = "-"
KINDS = {
    ".txt": "text",
    ".text": "text",
    **dict.fromkeys((".md", ".markdown"), "markdown"),
    **dict.fromkeys((".html", ".htm", ".xhtml"), "html"),
    ".docx": "word",
    ".pdf": "pdf",
    ".json": "json",
}
"""What a suffix says of a document."""
_SAVED_OTHERWISE = frozenset(".doc .docm .dotx .rtf .odt .pages .eml .msg .wpd".split())
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{1,40})", re.I)
_LD = re.compile(r"<script[^<>]*application/ld\+json[^<>]*>(.*?)</script\s*>", re.I | re.S)
_CONTEXT = 40


class Place(NamedTuple):
    """A line and a column of a file, both from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class AdDocument:
    """One ad."""

    path: str  # the file, as the user named it
    id: str  # its own, or the file's name without suffix
    kind: str  # ``text``, ``markdown``, ``html``, ``word``, ``pdf`` or ``json``
    read: Mapped  # the text with its places in the source
    source: str  # what the places lead into: the file, or the XML inside of it
    title: str = ""  # where it has one of its own, which is also the first line of the text
    twins: tuple[Mapped, ...] = ()  # other texts of the file that say the same and change with it
    before: int = 0  # lines of the file before the source
    encoding: str = "utf-8"  # of the file
    content: bytes = b""  # the file's bytes, where the source is something inside

    @property
    def text(self) -> str:
        """What a person reads; offsets of findings and edits are of this."""
        return self.read.text

    @cached_property
    def _line_starts(self) -> list[int]:
        shown = self.source if self.kind not in ("word", "pdf") else self.text
        return [0, *(mark.end() for mark in re.finditer(r"\n", shown))]

    def place(self, offset: int) -> Place:
        """Where a character of the text stands: in the file, or in its text if that isn't text."""
        at = offset if self.kind in ("word", "pdf") else self.read.place(offset)
        line = bisect_right(self._line_starts, at)
        return Place(line + self.before, at - self._line_starts[line - 1] + 1)

    def line_of(self, offset: int) -> int:
        """The line of the file on which a character of the text stands."""
        return self.place(offset).line

    def replace(self, edits: Iterable[tuple[int, int, str]]) -> bytes:
        """The file in the same format with parts of its text replaced, all else to the byte."""
        wanted = [TextEdit(*edit) for edit in edits]
        if self.kind == "pdf":
            raise BadInput(f"{self.path}: a PDF can't be changed; write a .docx, .md or .txt file")
        changes = self.read.edits_of_source(wanted)
        for twin in self.twins:
            found = (_in_twin(twin.text, self.text, edit) for edit in wanted)
            changes += twin.edits_of_source(edit for edit in found if edit)
        if self.kind == "word":
            return with_edits(self.content, self.source, changes)
        written = edited(self.source, changes)
        errors = "xmlcharrefreplace" if self.kind == "html" else "strict"
        head = codecs.BOM_UTF8 if self.content.startswith(codecs.BOM_UTF8) else b""
        return head + written.encode(self.encoding, errors)

    def as_text(self, edits: Iterable[tuple[int, int, str]]) -> str:
        """The text alone with parts of it replaced."""
        return edited(self.text, [TextEdit(*edit) for edit in edits])


def _in_twin(twin: str, text: str, edit: TextEdit) -> TextEdit | None:
    """The same edit in a text that says the same with other breaks; None where it isn't there."""
    wanted = re.sub(r"\s+", " ", text[edit.start : edit.end])
    if not wanted.strip():
        return None
    pattern = r"\s+".join(map(re.escape, wanted.split()))
    before = _bare(text[max(0, edit.start - _CONTEXT) : edit.start])[::-1]
    after = _bare(text[edit.end : edit.end + _CONTEXT])
    best: tuple[int, TextEdit] | None = None
    for found in re.finditer(rf"(?<!\w){pattern}(?!\w)", twin):
        left = _bare(twin[max(0, found.start() - _CONTEXT) : found.start()])[::-1]
        right = _bare(twin[found.end() : found.end() + _CONTEXT])
        alike = letters_shared(left, before) + letters_shared(right, after)
        if best is None or alike > best[0]:
            best = alike, TextEdit(found.start(), found.end(), edit.after)
    least = min(8, len(before) + len(after))
    return best[1] if best and best[0] >= least else None


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())


def letters_shared(one: str, other: str) -> int:
    """How many letters two texts have in common before they differ."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def is_document(path: str | Path) -> bool:
    """Whether a file holds one ad and no table of ads; of .json its content decides."""
    suffix = Path(path).suffix.lower()
    if str(path) == STDIN or suffix in _SAVED_OTHERWISE:
        return True
    if suffix != ".json":
        return suffix in KINDS
    try:
        with opened(Problems(str(path), collect=False)) as file:
            parsed: object = json.loads(file.read(MAX_RECORD + 1))
    except (RecordError, ValueError, RecursionError):
        return False
    record = cast("dict[str, object]", parsed) if isinstance(parsed, dict) else {}
    return isinstance(record.get("text"), str) or len(_postings(cast("object", parsed))) == 1


def read_document(path: str | Path) -> AdDocument:
    """Read one ad."""
    found = read_documents(path)
    if len(found) != 1:
        Problems(str(path), collect=False).fail(
            f"holds {len(found)} ads where one is wanted; give them as .jsonl"
        )
    return found[0]


def read_documents(path: str | Path) -> list[AdDocument]:
    """The ads of a document: one, but for .json, pages and standard input with several postings."""
    problems, suffix = Problems(str(path), collect=False), Path(path).suffix.lower()
    if suffix in _SAVED_OTHERWISE:
        problems.fail(f"is a {suffix} file, which isn't read; save it as .docx, .txt or .pdf")
    if str(path) == STDIN:
        content = _standard_input(sys.stdin)
        kind = _kind_of(content)
    else:
        if suffix not in KINDS and not Path(path).is_dir():
            if not Path(path).exists():
                problems.fail("no such file; check the path")
            problems.fail(
                "is not a file of one ad (.txt, .md, .html, .docx, .pdf, .json) or of several "
                "(.jsonl, .csv, .xlsx, .parquet); save it as one of these"
            )
        with opened(problems) as file:
            content = _whole(file)
        kind = KINDS.get(suffix, "text")
    most = MAX_RECORD if kind not in ("word", "pdf") else 16 * MAX_RECORD
    if len(content) > most:
        problems.fail(f"the ad is longer than {most >> 20} MiB; shorten it")
    found = _READERS[kind](str(path), content, problems)
    for document in found:
        if not document.text.strip():
            problems.fail("the ad is empty; write its text")
        if has_surrogate(document.text):
            problems.fail("holds half a character; write the text again")
    return found


def read_record(path: str, line: int, source: str, record: dict[str, object]) -> AdDocument | None:
    """The ad in a line of JSON; None where it has neither a known shape nor a ``text``."""
    posting = posting_of(record)
    if posting is None:
        text = record.get("text")
        if not isinstance(text, str) or not text.strip():
            return None
        title = record.get("title")
        named = ("title",) if isinstance(title, str) and title.strip() else None
        ad = record.get("id")
        name = str(ad) if isinstance(ad, str | int) else ""
        posting = Posting("", name, named, (("text",),), (), record)
    found = _of_posting(path, posting, source, (), places_of_strings(source))
    return replace(found, before=line - 1, id=found.id or f"line {line}")


def _whole(file: BinaryIO) -> bytes:
    return file.read(16 * MAX_RECORD + 1)


@lru_cache(maxsize=1)
def _standard_input(stream: TextIO) -> bytes:
    """All of standard input, kept: it can be read once only."""
    return _whole(stream.buffer)


def _kind_of(content: bytes) -> str:
    head = content[:2048].removeprefix(codecs.BOM_UTF8).lstrip()
    if head.startswith(b"%PDF"):
        return "pdf"
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "word"
    if head[:1] in (b"{", b"["):
        try:
            json.loads(content)
            return "json"
        except ValueError:
            return "text"
    return "html" if re.match(rb"<!doctype html|<html|<head|<body", head, re.I) else "text"


def _decoded(content: bytes, problems: Problems) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        line = content[: cause.start].count(b"\n") + 1
        problems.fail("is not UTF-8; save the file as UTF-8", line=line)


def _read_text(path: str, content: bytes, problems: Problems) -> list[AdDocument]:
    source = _decoded(content, problems)
    kind = KINDS.get(Path(path).suffix.lower(), "text")
    read = unwrapped(read_markup(source, markdown=kind == "markdown"))
    return [AdDocument(path, _name(path), kind, read, source, content=content[:3])]


def _read_html(path: str, content: bytes, problems: Problems) -> list[AdDocument]:
    encoding = "utf-8"
    named = _CHARSET.search(content[:4096])
    try:
        source = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            encoding = codecs.lookup(named[1].decode()).name if named else ""
            source = content.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            source = _decoded(content, problems)
    shown = html_text(source)
    found = _in_page(path, source, shown)
    if not found:
        # A page may show an ad as it came from a feed, escaped once more.
        read = read_markup(shown.text).through(shown) if "&lt;" in source else shown
        found = [AdDocument(path, _name(path), "html", read, source)]
    return [replace(one, encoding=encoding, content=content[:3]) for one in found]


def _in_page(path: str, source: str, shown: Mapped) -> list[AdDocument]:
    """The postings that a page declares to search engines; what it shows says the same again."""
    found: list[AdDocument] = []
    for script in _LD.finditer(source):
        start = script.start(1)
        try:
            parsed = json.loads(script[1])
        except (ValueError, RecursionError):
            continue
        places = {
            at: (first + start, last + start)
            for at, (first, last) in places_of_strings(script[1]).items()
        }
        for at, posting in _postings(parsed):
            if posting.shape.endswith("JobPosting"):
                document = _of_posting(path, posting, source, at, places)
                twins = (*document.twins, shown)
                found.append(replace(document, kind="html", twins=twins))
    if len(found) > 1:
        found = [replace(one, twins=()) for one in found]
    return found


def _read_json(path: str, content: bytes, problems: Problems) -> list[AdDocument]:
    source = _decoded(content, problems)
    try:
        parsed: object = json.loads(source)
    except (ValueError, RecursionError) as cause:
        line = cause.lineno if isinstance(cause, json.JSONDecodeError) else None
        problems.fail(f"is not valid JSON ({getattr(cause, 'msg', cause)})", line=line)
    alone = cast("dict[str, object]", parsed) if isinstance(parsed, dict) else {}
    if record := read_record(path, 1, source, alone):
        return [replace(record, id=_name(path) if record.id == "line 1" else record.id)]
    found = _postings(cast("object", parsed))
    if not found:
        problems.fail(
            "holds no ad that is known (JobPosting, Greenhouse, Lever, Workable, SmartRecruiters, "
            "or `title` and `description`); give `id` and `text`"
        )
    places = places_of_strings(source)
    return [_of_posting(path, posting, source, at, places) for at, posting in found]


def _postings(parsed: object) -> list[tuple[Keys, Posting]]:
    return list(postings_in(parsed))


def _of_posting(
    path: str,
    posting: Posting,
    source: str,
    at: Keys,
    places: dict[Keys, tuple[int, int]],
) -> AdDocument:
    def mapped(one: Keys) -> Mapped:
        return mapped_string(source, places[(*at, *one)])

    title = "" if posting.title is None else posting.value(posting.title)
    named = [posting.title] if posting.title is not None and title.strip() else []
    read = joined([mapped(one) for one in (*named, *posting.parts)])
    twins = tuple(mapped(one) for one in posting.twins)
    return AdDocument(path, posting.id or _name(path), "json", read, source, title, twins)


def _read_word(path: str, content: bytes, problems: Problems) -> list[AdDocument]:
    xml = read_main(content, problems)
    read = word_text(xml)
    return [AdDocument(path, _name(path), "word", read, xml, content=content)]


def _read_pdf(path: str, content: bytes, problems: Problems) -> list[AdDocument]:
    pypdf: Any = require("pypdf", f"reading the PDF {path}")
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        locked = reader.is_encrypted and not reader.decrypt("")
        pages = [] if locked else [str(page.extract_text()) for page in reader.pages]
    except Exception as cause:
        # The library raises classes of its own for every kind of damage, and plain ones too.
        del cause
        problems.fail("is not a readable PDF; save it again, or as .docx or .txt")
    if locked:
        problems.fail("is locked by a password; save it without one")
    text = "\n".join(pages)
    if not text.strip():
        problems.fail("holds pictures and no text; give the text as .docx or .txt")
    read = unwrapped(plain(re.sub(r"[ \t]+\n", "\n", text).strip()))
    return [AdDocument(path, _name(path), "pdf", read, read.text)]


def _name(path: str) -> str:
    return "standard input" if path == STDIN else Path(path).stem


_READERS: dict[str, Callable[[str, bytes, Problems], list[AdDocument]]] = {
    "text": _read_text,
    "markdown": _read_text,
    "html": _read_html,
    "word": _read_word,
    "pdf": _read_pdf,
    "json": _read_json,
}
_WRITES = {".txt": "text", ".text": "text", ".md": "markdown", ".docx": "word"}
"""What any ad can be written as, whatever it came as."""


def refuse_output(document: str | Path, out: str | Path, kind: str = "") -> None:
    """Refuse an output that an ad of this kind can't become, before anything is done."""
    came, goes = Path(document).suffix.lower(), Path(out).suffix.lower()
    kind = kind or KINDS.get(came, "text")
    if KINDS.get(goes) == kind and kind != "pdf":
        return
    if goes in _WRITES and not (goes == ".docx" and kind not in ("pdf", "text", "markdown")):
        return
    same = f"{came}, " if came and kind != "pdf" else ""
    raise BadInput(
        f"--out {out}: {document} can't be written as {goes or 'a file without a suffix'}; name a "
        f"{same}.txt or .md file, or .jsonl for the changes with their reasons"
    )


def ad_bytes(document: AdDocument, edits: Sequence[tuple[int, int, str]], out: Path) -> bytes:
    """An ad with edits in the format that the output's suffix names."""
    refuse_output(document.path, out, document.kind)
    suffix = out.suffix.lower()
    if KINDS.get(suffix) == document.kind and document.kind != "pdf":
        return document.replace(edits)
    text = document.as_text(edits)
    if suffix == ".docx":
        return new_word_file(text)
    if suffix == ".md" and document.kind != "text":
        text = re.sub(r"(?m)(?!^\* )([\\`*_\[\]<>])", r"\\\1", text)
    return (text if text.endswith("\n") else text + "\n").encode()
