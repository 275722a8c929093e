"""Word files (.docx): their text with the place of every run, and plain ones made anew.

A .docx is a zip of XML, of which ``word/document.xml`` holds the text; the standard library reads
it. Writing changes the words inside runs and copies everything else, so that styles, lists,
pictures and headers stay. Headers, footers, notes and comments aren't read.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable

from evenhand.records.mapped import Mapped, Piece, TextEdit, edited

MAIN = "word/document.xml"
_MOST = 64 * 1024 * 1024
_NAMESPACES = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_TOKEN = re.compile(r"<(/?)([\w.-]+:)?([\w.-]+)([^<>]*)>|&(?:#\d+|#x[0-9a-fA-F]+|\w+);|[^<&]+|[<&]")
_OLE = b"\xd0\xcf\x11\xe0"


class NotWord(ValueError):
    """It isn't a .docx that can be read; the text says why and what to do."""


def read_main(content: bytes) -> str:
    """The XML that holds the text.

    Raises:
        NotWord: It is damaged, locked by a password or something else.
    """
    if content.startswith(_OLE):
        raise NotWord("is locked by a password or an old .doc; save it as .docx without a password")
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.getinfo(MAIN).file_size > _MOST:
                raise NotWord("holds more than 64 MiB of text; shorten it")
            return archive.read(MAIN).decode("utf-8-sig")
    except NotWord:
        raise
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, RuntimeError) as cause:
        raise NotWord("is not a readable .docx file; save it again in Word") from cause


def word_text(xml: str) -> Mapped:
    """The text, a paragraph a line; items of lists begin with a dash."""
    prefix = _prefix(xml)
    parts: list[str] = []
    pieces: list[Piece] = []
    length, inside, fallback, started, item = 0, False, 0, False, False
    for token in _TOKEN.finditer(xml):
        closing, space, name = token[1], token[2] or "", token[3]
        if name is None:
            if not inside or fallback:
                continue
            letters = html.unescape(token[0])
            if item and not started:
                parts.append("- ")
                length += 2
            started = True
            pieces.append(
                Piece(length, length + len(letters), token.start(), token.end(), ("html",))
            )
            parts.append(letters)
            length += len(letters)
            continue
        if name == "Fallback":  # says the same as its Choice
            fallback += -1 if closing else 1
        elif space == prefix and not fallback:
            empty = token[4].endswith("/")
            if name == "t":
                inside = not closing and not empty
            elif not closing and (name == "numPr" or (name == "pStyle" and "List" in token[4])):
                item = True
            elif (name == "p" and (closing or empty)) or (name in ("br", "cr") and not closing):
                parts.append("\n")
                length += 1
                if name == "p":
                    started = item = False
            elif name == "tab" and not closing and started:
                parts.append(" ")
                length += 1
    return Mapped("".join(parts).rstrip("\n"), tuple(pieces))


def _prefix(xml: str) -> str:
    for name in _NAMESPACES:
        if found := re.search(rf'xmlns:([\w.-]+)="{re.escape(name)}"', xml):
            return f"{found[1]}:"
    raise NotWord("is not a readable .docx file; save it again in Word")


def with_edits(content: bytes, xml: str, edits: Iterable[TextEdit]) -> bytes:
    """The file with other words in its runs.

    Args:
        content: The file.
        xml: What ``read_main`` gave.
        edits: Of that.
    """
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
