"""The text that a person reads in HTML and Markdown, with the place of every piece of it.

Blocks become lines, list items lines with a dash, entities the letters they stand for, however
often they were escaped. Which of them a text is written in is told from the text itself. One pass
from left to right: broken markup is read as far as it goes, and no input takes longer than its
length asks. One source may lie within another (HTML in JSON in a page): pieces are put through one
another, and edits of the text become edits of the source, which touch nothing else.
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from operator import attrgetter
from typing import NamedTuple

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_LONG = 4000
"""Characters from which an edit is no longer cut into those of its words."""


class TextEdit(NamedTuple):
    """``text[start:end]`` becomes ``after``."""

    start: int
    end: int
    after: str


class Piece(NamedTuple):
    """``text[start:end]`` was read from ``source[at:to]``, character by character if as long."""

    start: int
    end: int
    at: int
    to: int
    how: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether each character has its own place in the source."""
        return self.end - self.start == self.to - self.at

    def within(self, start: int, end: int) -> tuple[int, int]:
        """The part of the source behind a part of the text."""
        if not self.is_exact:
            return self.at, self.to
        return self.at + max(start, self.start) - self.start, self.to - max(0, self.end - end)


class Remark(NamedTuple):
    """What a comment in the source tells evenhand, and the offset in the text where it stands."""

    at: int
    told: str


@dataclass(frozen=True)
class Mapped:
    """A text with its places."""

    text: str  # what a person reads
    pieces: tuple[Piece, ...]  # those with a place in the source, in the order of the text
    remarks: tuple[Remark, ...] = ()  # of comments

    @cached_property
    def _ends(self) -> list[int]:
        return [piece.end for piece in self.pieces]

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.start for piece in self.pieces]

    def overlapping(self, start: int, end: int) -> Sequence[Piece]:
        """The pieces that hold a part of ``text[start:end]``."""
        first = bisect_right(self._ends, start)
        return self.pieces[first : max(first, bisect_left(self._starts, end))]

    def place(self, offset: int) -> int:
        """Where in the source a character stands, or the first one after it that has a place."""
        index = bisect_right(self._ends, offset)
        if index == len(self.pieces):
            return self.pieces[-1].to if self.pieces else 0
        piece = self.pieces[index]
        inside = offset - piece.start if piece.is_exact else 0
        return piece.at + max(0, inside)

    def through(self, lower: Mapped) -> Mapped:
        """The same over the source of another: this text was read from that one's text."""
        found: list[Piece] = []
        for upper in self.pieces:
            below = lower.overlapping(upper.at, upper.to)
            if not below:
                continue
            if not upper.is_exact:
                at, to = below[0].within(upper.at, upper.to)[0], below[-1].within(0, upper.to)[1]
                found.append(Piece(upper.start, upper.end, at, to, upper.how + below[0].how))
                continue
            for piece in below:
                first, last = max(upper.at, piece.start), min(upper.to, piece.end)
                by = upper.start - upper.at
                at, to = piece.within(first, last)
                found.append(Piece(first + by, last + by, at, to, upper.how + piece.how))
        return Mapped(self.text, tuple(found), self.remarks)

    def edits_of_source(self, edits: Iterable[TextEdit]) -> list[TextEdit]:
        """What to change in the source, from the last place to the first."""
        found: list[TextEdit] = []
        for edit in edits:
            for small in word_edits(self.text[edit.start : edit.end], edit):
                found += self._source_edits(small)
        return sorted(found, reverse=True)

    def _source_edits(self, edit: TextEdit) -> Iterator[TextEdit]:
        over = self.overlapping(edit.start, edit.end) if edit.end > edit.start else ()
        if not over:
            near = self.overlapping(max(0, edit.start - 1), edit.end + 1)
            if near and edit.after:
                piece = near[0]
                here = edit.start - piece.start + piece.at if piece.is_exact else piece.to
                here = min(max(here, piece.at), piece.to)
                yield TextEdit(here, here, escaped(edit.after, piece.how))
            return
        for number, piece in enumerate(over):
            after = "" if number else edit.after
            if not piece.is_exact:  # one sign of the source stands for all of the piece
                after = self.text[piece.start : max(piece.start, edit.start)] + after
                after += self.text[min(edit.end, piece.end) : piece.end]
            at, to = piece.within(edit.start, edit.end)
            yield TextEdit(at, to, escaped(after, piece.how))


def plain(source: str) -> Mapped:
    """A text that is its own source."""
    return Mapped(source, (Piece(0, len(source), 0, len(source)),) if source else ())


def joined(parts: Sequence[Mapped], between: str = "\n\n") -> Mapped:
    """Texts from one source as one; what is put between them has no place in it."""
    text, pieces, remarks = "", list[Piece](), list[Remark]()
    for part in parts:
        by = len(text) + (len(between) if text else 0)
        text += (between if text else "") + part.text
        pieces += (p._replace(start=p.start + by, end=p.end + by) for p in part.pieces)
        remarks += (remark._replace(at=remark.at + by) for remark in part.remarks)
    return Mapped(text, tuple(pieces), tuple(remarks))


def word_edits(before: str, edit: TextEdit) -> Iterator[TextEdit]:
    """An edit as those of the words that differ, so that markup between the others stays."""
    if len(before) + len(edit.after) > _LONG:
        yield edit
        return
    from difflib import SequenceMatcher

    old, new = _WORDS.findall(before), _WORDS.findall(edit.after)
    starts = [edit.start]
    for word in old:
        starts.append(starts[-1] + len(word))
    for kind, first, last, one, other in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if kind != "equal":
            yield TextEdit(starts[first], starts[last], "".join(new[one:other]))


def edited(source: str, edits: Iterable[TextEdit]) -> str:
    """The source with edits that don't overlap."""
    parts: list[str] = []
    end = len(source)
    for edit in sorted(edits, key=attrgetter("start", "end"), reverse=True):
        parts += (source[edit.end : end], edit.after)
        end = edit.start
    return source[:end] + "".join(reversed(parts))


def escaped(text: str, how: Sequence[str]) -> str:
    """A text as it has to be written where it goes."""
    for name in how:
        text = _ESCAPES[name](text)
    return text


_ESCAPES: dict[str, Callable[[str], str]] = {
    "html": lambda text: html.escape(text, quote=False),
    "markdown": lambda text: re.sub(r"([\\`*_\[\]<>])", r"\\\1", text),
    "json": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "ascii json": lambda text: json.dumps(text)[1:-1],
}


_BLOCKS = {
    **dict.fromkeys("p h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre hr figure".split(), 2),
    **dict.fromkeys("div section article header footer main aside form tr li dt dd".split(), 1),
    **dict.fromkeys("br address fieldset body thead tbody caption figcaption".split(), 1),
}
"""Elements that stand on lines of their own, and whether a blank line parts them."""
_UNREAD = frozenset(
    "script style template noscript svg title nav select textarea iframe object".split()
)
_INLINE = "strong b em i u span a font small mark sub sup code abbr"
_KNOWN = "|".join((*_BLOCKS, *_INLINE.split()))
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)([^<>]*)>")
_HTML_SIGN = re.compile(
    rf"</(?:{_KNOWN}|html)\s*>|<(?:br|p|li|hr)(?:\s[^<>]*)?/?>\s*\S|<!doctype html", re.I
)
_ESCAPED_SIGN = re.compile(
    rf"&(?:amp;){{0,3}}lt;/(?:{_KNOWN})\s*&(?:amp;){{0,3}}gt;"
    r"|&(?:amp;){0,3}lt;(?:br|p|li)(?:\s[^<>&]*)?/?&(?:amp;){0,3}gt;\s*\S",
    re.I,
)
_ENTITY = r"&(?:\#\d{1,7}|\#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});"
_ENTITY_SIGN = re.compile(_ENTITY)
_MARKDOWN_SIGN = re.compile(
    r"\[[^\]\n]{1,300}\]\((?:https?:|mailto:|tel:|www\.|[/#])[^)\s]*\)|\*\*[^\s*][^*\n]*\*\*"
    r"|(?<!\w)__[^\s_][^_\n]*__(?!\w)|^#{1,6} \S|(?<![\w*])\*[^\W\d_][^*\n]*\*(?![\w*])",
    re.M,
)
_REMARK = re.compile(r"\s*evenhand:\s*(ignore-file|ignore)\s*")
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
_LINE_MARK = re.compile(
    r"[ \t]*(?:(?P<heading>\#{1,6}[ \t]+)|(?P<quote>(?:>[ \t]?)+)|(?P<bullet>[-*+][ \t]+))?"
)
_RULE_LINE = re.compile(
    r"[ \t]*(?:(?:[-*_=][ \t]*){3,}$|\|?(?:[ \t]*:?-{2,}:?[ \t]*\|)+[ \t:-]*$|```)"
)
_LINES = re.compile(r"[^\n]*\n?")
_BULLET = re.compile(r"\s*(?:[-*+•·▪●]|\(?\d{1,2}[.)]|[a-z][.)])\s")
_WRAPPED = 40
"""Shortest line that may have been broken in the midst of a sentence."""


@cache
def _html_token() -> re.Pattern[str]:
    """What HTML is made of; compiled for those few texts that are."""
    return re.compile(
        rf"(?P<comment><!--)|(?P<tag></?[a-zA-Z][^<>]*>)|(?P<other><[!?][^<>]*>)|(?P<entity>{_ENTITY})"
        r"|(?P<space>[\s\xa0]+)|(?P<unseen>[\u00ad\u200b\u2060\ufeff])"
        r"|(?P<word>[^<&\s\xa0\u00ad\u200b\u2060\ufeff]+|[<&])"
    )


@cache
def _inline_token() -> re.Pattern[str]:
    """What a line of Markdown is made of."""
    return re.compile(
        rf"(?P<comment><!--)|(?P<tag></?(?:{_KNOWN})(?:\s[^<>]*)?/?>)|(?P<entity>{_ENTITY})"
        r"|(?P<image>!\[[^\]\n]{0,300}\](?:\([^()\s]*(?:\s[^()\n]*)?\))?)"
        r"|(?P<target>\](?:\([^()\s]*(?:\s[^()\n]*)?\)|\[[^\]\n]{0,100}\]))|(?P<bracket>\[(?=[^\[\]\n]{0,300}\][\[(]))"
        r"|(?P<escape>\\[!-/:-@\[-`{-~])|(?P<stars>\*+|`+|~~|(?<!\w)_+(?=\S)|(?<=\S)_+(?!\w))"
        r"|(?P<unseen>[\u00ad\u200b\u2060\ufeff])"
        r"|(?P<word>[^<&!\[\]\\*`~_\u00ad\u200b\u2060\ufeff]+|.)"
    )


class Writer:
    """The text as it grows; what is only laid out has no place in the source."""

    def __init__(self, how: tuple[str, ...]) -> None:
        self.how, self.length, self.breaks = how, 0, 0
        self.parts: list[str] = []
        self.pieces: list[Piece] = []
        self.remarks: list[Remark] = []
        self.space: tuple[int, int] | None = None
        self.bullet = False

    def break_line(self, number: int) -> None:
        """The next words stand on a new line, or behind a blank one."""
        self.breaks, self.space = max(self.breaks, number), None

    def lay(self, text: str) -> None:
        """Write what the source doesn't hold."""
        self.parts.append(text)
        self.length += len(text)

    def write(self, text: str, at: int, to: int) -> None:
        """Write what stands at a place of the source, behind what was put off till now."""
        if self.breaks and self.length:
            self.lay("\n" * self.breaks)
        elif self.space and self.length:
            first, last = self.space
            self.piece(" ", first, last)
        if self.bullet:
            self.lay("- ")
        self.breaks, self.space, self.bullet = 0, None, False
        self.piece(text, at, to)

    def piece(self, text: str, at: int, to: int) -> None:
        """Write what stands at a place of the source, right here."""
        end = self.length + len(text)
        last = self.pieces[-1] if self.pieces else None
        exact = len(text) == to - at
        if last and last.end == self.length and last.to == at and last.is_exact and exact:
            self.pieces[-1] = Piece(last.start, end, last.at, to, self.how)
        else:
            self.pieces.append(Piece(self.length, end, at, to, self.how))
        self.lay(text)

    def comment(self, inside: str) -> None:
        """Heed what a comment tells evenhand."""
        if told := _REMARK.fullmatch(inside):
            self.remarks.append(Remark(self.length, told[1]))

    def done(self) -> Mapped:
        """What was written."""
        return Mapped("".join(self.parts), tuple(self.pieces), tuple(self.remarks))


def read_markup(source: str, *, markdown: bool = False) -> Mapped:
    """A text in whatever it is written in: escaped HTML, HTML, Markdown or nothing of these."""
    found = plain(source)
    while _ESCAPED_SIGN.search(found.text) and not _HTML_SIGN.search(found.text):
        found = _unescaped(found.text).through(found)
    if _HTML_SIGN.search(found.text) and not markdown:
        found = html_text(found.text).through(found)
    elif markdown or _MARKDOWN_SIGN.search(found.text) or "<!-- evenhand:" in found.text:
        found = markdown_text(found.text).through(found)
    for _ in range(3):  # some feeds escape what was escaped already
        if not (_ENTITY_SIGN.search(found.text) or _UNSEEN.search(found.text)):
            break
        found = _unescaped(found.text).through(found)
    return found


def _unescaped(source: str) -> Mapped:
    """Entities as the letters they stand for, white space as it is; unseen marks left out."""
    writer = Writer(())
    escape = ("html",)
    cursor = 0
    for found in re.finditer(rf"{_ENTITY}|{_UNSEEN.pattern}", source):
        if found.start() > cursor:
            writer.write(source[cursor : found.start()], cursor, found.start())
        letters = _letters(found[0])
        if letters:
            writer.write(letters, found.start(), found.end())
        cursor = found.end()
    if cursor < len(source):
        writer.write(source[cursor:], cursor, len(source))
    done = writer.done()
    if not _ENTITY_SIGN.search(source):
        return Mapped(done.text, done.pieces)
    return Mapped(done.text, tuple(p._replace(how=escape) for p in done.pieces))


def _letters(entity: str) -> str:
    text = html.unescape(entity).replace("\xa0", " ") if entity[0] == "&" else ""
    return _UNSEEN.sub("", text)


def html_text(source: str) -> Mapped:
    """The text of a page or of a piece of one."""
    writer, at = Writer(("html",)), 0
    closed = {"-->"}  # what is known to be closed somewhere behind
    token = _html_token()
    while found := token.match(source, at):
        at = found.end()
        match found.lastgroup:
            case "comment":
                at = _behind_comment(source, at, writer, closed)
            case "tag":
                at = _behind_tag(source, found, writer, closed)
            case "entity":
                letters = _letters(found[0])
                if letters.isspace():
                    _spaced(writer, found.start(), at)
                elif letters:
                    writer.write(letters, found.start(), at)
            case "space":
                _spaced(writer, found.start(), at)
            case "word":
                writer.write(found[0], found.start(), at)
            case _:
                pass
    return writer.done()


def _spaced(writer: Writer, start: int, end: int) -> None:
    writer.space = (writer.space[0] if writer.space else start, end)


def _behind_comment(source: str, at: int, writer: Writer, closed: set[str]) -> int:
    end = source.find("-->", at) if "-->" in closed else -1
    if end < 0:  # never closed: what follows is read, as it may be the ad
        closed.discard("-->")
        return at
    writer.comment(source[at:end])
    return end + 3


def _behind_tag(source: str, found: re.Match[str], writer: Writer, closed: set[str]) -> int:
    tag = _TAG.fullmatch(found[0])
    if tag is None:
        return found.end()
    name = tag[2].lower()
    if name in _UNREAD and not tag[1] and f"<{name}" not in closed:
        end = re.compile(rf"</{name}\s*>", re.I).search(source, found.end())
        if end:
            return end.end()
        closed.add(f"<{name}")  # never closed, and not looked for again
    if name in _BLOCKS:
        number = 2 if name == "br" and writer.breaks else _BLOCKS[name]
        writer.break_line(number)
        writer.bullet = (name == "li" and not tag[1]) or (writer.bullet and name != "li")
    elif name in ("td", "th") and not tag[1]:
        _spaced(writer, found.start(), found.end())
    return found.end()


def markdown_text(source: str) -> Mapped:
    """The text of a Markdown file; a line that breaks off in the midst of a sentence goes on."""
    writer, closed = Writer(("markdown",)), {"-->"}
    at = _front_matter(source, writer)
    while at < len(source):
        line = _LINES.match(source, at)
        assert line is not None
        end = at + len(line[0].rstrip("\r\n"))
        if _RULE_LINE.match(line[0]):
            writer.break_line(1)
        elif not line[0].strip():
            writer.break_line(2)
        else:
            mark = _LINE_MARK.match(source, at, end)
            assert mark is not None
            writer.bullet = writer.bullet or mark["bullet"] is not None
            end = _inline(source, mark.end(), end, writer, closed)
            if end >= line.end():  # a comment went over several lines
                at = end
                continue
            writer.break_line(1)
        at = line.end()
    return writer.done()


def _front_matter(source: str, writer: Writer) -> int:
    """Where the text begins; of what stands before it the title is read."""
    found = re.match(r"---\n(.{0,4000}?)\n---\n", source, re.S)
    if found is None:
        return 0
    for line in re.finditer(r"^title:[ \t]*[\"']?([^\n\"']+)", source[: found.end()], re.M):
        writer.write(line[1], line.start(1), line.end(1))
        writer.break_line(2)
    return found.end()


def _inline(source: str, at: int, end: int, writer: Writer, closed: set[str]) -> int:
    """Write the words of a line; where the reading goes on."""
    token = _inline_token()
    while at < end:
        found = token.match(source, at, end)
        if found is None:
            return end
        at = found.end()
        match found.lastgroup:
            case "comment":
                at = _behind_comment(source, at, writer, closed)
            case "tag":
                at = _behind_tag(source, found, writer, closed)
            case "entity":
                if letters := _letters(found[0]):
                    writer.write(letters, found.start(), at)
            case "escape":
                writer.write(found[0][1:], found.start(), at)
            case "stars":
                if found[0][0] == "*" and _stands_alone(source, found):
                    writer.write(found[0], found.start(), at)
            case "word":
                writer.write(found[0], found.start(), at)
            case _:
                pass
    return at


def _stands_alone(source: str, found: re.Match[str]) -> bool:
    """Whether stars have white space on both sides and so stress nothing."""
    around = source[found.start() - 1 : found.start()] + source[found.end() : found.end() + 1]
    return len(around) == 2 and around.isspace()


def unwrapped(found: Mapped) -> Mapped:
    """The same with lines joined that were broken in the midst of a sentence."""
    text = list(found.text)
    for mark in re.finditer(r"\n(?=[^\W\d_A-Z])", found.text):
        start = found.text.rfind("\n", 0, mark.start()) + 1
        line = found.text[start : mark.start()].rstrip()
        rest = found.text[mark.end() : mark.end() + 4]
        goes_on = len(line) >= _WRAPPED and (line[-1].isalnum() or line[-1] in ",-–—&/'’)")
        if goes_on and rest[0].islower() and not _BULLET.match(rest):
            text[mark.start()] = " "
    return Mapped("".join(text), found.pieces, found.remarks)
