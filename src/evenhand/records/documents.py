"""One ad in the file it came in: its text, where each word stands there, and the way back.

Reads .txt, .md, .html, .docx, .pdf, .json (a posting of a job board) and standard input; tables of
ads are read by ``readers``. A document gives its file back with words changed and every other byte
as it was; of a PDF, which can't be changed so, the text alone.
"""

from __future__ import annotations

import codecs
import io
import json
import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO, cast

from evenhand.errors import BadInput, RecordError, require
from evenhand.records import payloads, word_file
from evenhand.records.mapped import Mapped, TextEdit, edited, joined, plain
from evenhand.records.markup import html_text, read_markup, unwrapped
from evenhand.records.rows import MAX_RECORD, Problems, has_surrogate, opened

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
    """One ad.

    Attributes:
        path: The file, as the user named it.
        id: Its own, or the file's name without suffix.
        kind: ``text``, ``markdown``, ``html``, ``word``, ``pdf`` or ``json``.
        read: The text with its places in the source.
        source: What the places lead into: the file, or the XML inside of it.
        title: Where it has one of its own, which is also the first line of the text.
        twins: Other texts of the file that say the same and change with it.
        before: Lines of the file before the source.
        encoding: Of the file.
        content: The file's bytes, where the source is something inside.
    """

    path: str
    id: str
    kind: str
    read: Mapped
    source: str
    title: str = ""
    twins: tuple[Mapped, ...] = ()
    before: int = 0
    encoding: str = "utf-8"
    content: bytes = b""

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
        """The file in the same format with parts of its text replaced, all else to the byte.

        Args:
            edits: Start and end in ``text`` and what goes there instead; none overlap.

        Raises:
            BadInput: A PDF can't be changed.
        """
        wanted = [TextEdit(*edit) for edit in edits]
        if self.kind == "pdf":
            raise BadInput(f"{self.path}: a PDF can't be changed; write a .docx, .md or .txt file")
        changes = self.read.edits_of_source(wanted)
        for twin in self.twins:
            found = (_in_twin(twin.text, self.text, edit) for edit in wanted)
            changes += twin.edits_of_source(edit for edit in found if edit)
        if self.kind == "word":
            return word_file.with_edits(self.content, self.source, changes)
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
        alike = _common(left, before) + _common(right, after)
        if best is None or alike > best[0]:
            best = alike, TextEdit(found.start(), found.end(), edit.after)
    least = min(8, len(before) + len(after))
    return best[1] if best and best[0] >= least else None


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())


def _common(one: str, other: str) -> int:
    number = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        number += 1
    return number


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
    """Read one ad.

    Args:
        path: A file, or ``-`` for standard input, whose kind is told from what it holds.

    Raises:
        RecordError: For a bad file, an empty one, one that isn't UTF-8 or is over 4 MiB, and for
            one that holds another number of ads than one.
    """
    found = read_documents(path)
    if len(found) != 1:
        Problems(str(path), collect=False).fail(
            f"holds {len(found)} ads where one is wanted; give them as .jsonl"
        )
    return found[0]


def read_documents(path: str | Path) -> list[AdDocument]:
    """The ads of a document: one, but for .json, pages and standard input with several postings.

    Raises:
        RecordError: As for ``read_document``.
        LibraryMissing: A PDF needs the extra ``documents``.
    """
    problems, suffix = Problems(str(path), collect=False), Path(path).suffix.lower()
    if suffix in _SAVED_OTHERWISE:
        problems.fail(f"is a {suffix} file, which isn't read; save it as .docx, .txt or .pdf")
    if str(path) == STDIN:
        content = _standard_input(sys.stdin)
        kind = _kind_of(content)
    else:
        if suffix not in KINDS and not Path(path).is_dir():
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
    posting = payloads.posting_of(record)
    if posting is None:
        text = record.get("text")
        if not isinstance(text, str) or not text.strip():
            return None
        title = record.get("title")
        named = ("title",) if isinstance(title, str) and title.strip() else None
        ad = record.get("id")
        name = str(ad) if isinstance(ad, str | int) else ""
        posting = payloads.Posting("", name, named, (("text",),), (), record)
    found = _of_posting(path, posting, source, (), payloads.places_of_strings(source))
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
            for at, (first, last) in payloads.places_of_strings(script[1]).items()
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
    places = payloads.places_of_strings(source)
    return [_of_posting(path, posting, source, at, places) for at, posting in found]


def _postings(parsed: object) -> list[tuple[payloads.Path, payloads.Posting]]:
    return list(payloads.postings_in(parsed))


def _of_posting(
    path: str,
    posting: payloads.Posting,
    source: str,
    at: payloads.Path,
    places: dict[payloads.Path, tuple[int, int]],
) -> AdDocument:
    def mapped(one: payloads.Path) -> Mapped:
        return payloads.mapped_string(source, places[(*at, *one)])

    title = "" if posting.title is None else posting.value(posting.title)
    named = [posting.title] if posting.title is not None and title.strip() else []
    read = joined([mapped(one) for one in (*named, *posting.parts)])
    twins = tuple(mapped(one) for one in posting.twins)
    return AdDocument(path, posting.id or _name(path), "json", read, source, title, twins)


def _read_word(path: str, content: bytes, problems: Problems) -> list[AdDocument]:
    try:
        xml = word_file.read_main(content)
        read = word_file.word_text(xml)
    except word_file.NotWord as cause:
        problems.fail(str(cause))
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
    """Refuse an output that an ad of this kind can't become, before anything is done.

    Args:
        document: The file that the ad is in.
        out: What is to be written.
        kind: Of the document, where its name doesn't tell.

    Raises:
        BadInput: It names what can be written.
    """
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
    """An ad with edits in the format that the output's suffix names.

    Raises:
        BadInput: It can't be written so.
    """
    refuse_output(document.path, out, document.kind)
    suffix = out.suffix.lower()
    if KINDS.get(suffix) == document.kind and document.kind != "pdf":
        return document.replace(edits)
    text = document.as_text(edits)
    if suffix == ".docx":
        return word_file.new_word_file(text)
    if suffix == ".md" and document.kind != "text":
        text = re.sub(r"([\\`*_\[\]<>])", r"\\\1", text)
    return (text if text.endswith("\n") else text + "\n").encode()
