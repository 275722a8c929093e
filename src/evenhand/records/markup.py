"""The text that a person reads in HTML and Markdown, with the place of every piece of it.

Blocks become lines, list items lines with a dash, entities the letters they stand for, however
often they were escaped. Which of them a text is written in is told from the text itself, so that an
ad that was pasted into a table or a .txt file is read as its page shows it. One pass from left to
right: broken markup is read as far as it goes, and no input takes longer than its length asks.
"""

from __future__ import annotations

import html
import re
from functools import cache

from evenhand.records.mapped import Mapped, Piece, Remark, plain

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


class _Writer:
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
            self._piece(" ", first, last)
        if self.bullet:
            self.lay("- ")
        self.breaks, self.space, self.bullet = 0, None, False
        self._piece(text, at, to)

    def _piece(self, text: str, at: int, to: int) -> None:
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
    """A text in whatever it is written in: escaped HTML, HTML, Markdown or nothing of these.

    Args:
        source: As it stands in the file.
        markdown: It is Markdown, whatever it looks like.
    """
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
    writer = _Writer(())
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
    writer, at = _Writer(("html",)), 0
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


def _spaced(writer: _Writer, start: int, end: int) -> None:
    writer.space = (writer.space[0] if writer.space else start, end)


def _behind_comment(source: str, at: int, writer: _Writer, closed: set[str]) -> int:
    end = source.find("-->", at) if "-->" in closed else -1
    if end < 0:  # never closed: what follows is read, as it may be the ad
        closed.discard("-->")
        return at
    writer.comment(source[at:end])
    return end + 3


def _behind_tag(source: str, found: re.Match[str], writer: _Writer, closed: set[str]) -> int:
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
    writer, closed = _Writer(("markdown",)), {"-->"}
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


def _front_matter(source: str, writer: _Writer) -> int:
    """Where the text begins; of what stands before it the title is read."""
    found = re.match(r"---\n(.{0,4000}?)\n---\n", source, re.S)
    if found is None:
        return 0
    for line in re.finditer(r"^title:[ \t]*[\"']?([^\n\"']+)", source[: found.end()], re.M):
        writer.write(line[1], line.start(1), line.end(1))
        writer.break_line(2)
    return found.end()


def _inline(source: str, at: int, end: int, writer: _Writer, closed: set[str]) -> int:
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
