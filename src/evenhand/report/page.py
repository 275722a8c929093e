"""A page as blocks of text that is ready to show, and the blocks as HTML in one file.

Not evidence: numbers are already formatted. No script, font, picture or style comes from elsewhere;
everything from outside is escaped. What a page says is decided by whoever lays out its sections;
fixed texts stand in ``data/texts``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from importlib.metadata import version
from importlib.resources import files
from string import Formatter
from typing import Any, ClassVar, TypeAlias

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evenhand.records.result import visible
from evenhand.report.numbers import UNDEFINED, WRITERS
from evenhand.report.plots import mark_of


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure at the top; ``verdict`` are the words of its verdict, which has a sign."""

    label: str
    value: str
    note: str
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Paragraphs of plain text."""

    kind: ClassVar[str] = "words"
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within a section."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A command, to be copied as it stands."""

    kind: ClassVar[str] = "code"
    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list; each point may start with a bold title."""

    kind: ClassVar[str] = "points"
    points: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found: what each finding is about, and one line a sentence.

    A line that starts with the words of a verdict gets its sign.
    """

    kind: ClassVar[str] = "findings"
    findings: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names the rows; ``words`` are columns that hold no numbers.

    Rows named in ``strong`` are set off.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[int, ...] = (0,)
    strong: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot with the table of its numbers, which follows it or stands in section ``table_in``.

    ``narrow`` takes the picture's place on a telephone.
    """

    kind: ClassVar[str] = "figure"
    picture: Markup
    caption: str
    table: Table
    narrow: Markup | None = None
    table_in: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an ad: ``same``, ``deleted``, ``inserted``, ``number`` or ``skipped``."""

    op: str
    text: str


@dataclass(frozen=True, slots=True)
class ChangedAd:
    """One ad with its changes in place; for every edit its source and what each gate said."""

    heading: str
    summary: str
    pieces: tuple[Piece, ...]
    reasons: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """Reworded ads."""

    kind: ClassVar[str] = "changes"
    ads: tuple[ChangedAd, ...]


Block: TypeAlias = Words | Heading | Code | Points | Findings | Table | Figure | Changes


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that are folded away until somebody asks for them, in print as well."""

    kind: ClassVar[str] = "fold"
    summary: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report under a heading of its own."""

    key: str
    title: str
    blocks: Sequence[Block | Fold]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole report.

    Attributes:
        title: Of the page.
        subtitle: What was compared, in one line.
        notice: Shown first and prominently; empty for none.
        tiles: Key figures.
        sections: In reading order.
        version: Of evenhand.
        particulars: Who audits what, by its name.
        verdict: What was found in short, shown before everything else; None for none.
        lead: Pictures and an example, shown before the tiles; None for none.
    """

    title: str
    subtitle: str
    notice: str
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    version: str
    particulars: tuple[tuple[str, str], ...] = ()
    verdict: Findings | None = None
    lead: Section | None = None

    def tables(self) -> Iterator[Table]:
        """Every table, those of figures among them, in reading order."""
        for block in self._blocks():
            if isinstance(block, Table):
                yield block
            elif isinstance(block, Figure) and not block.table_in:
                yield block.table

    def figures(self) -> Iterator[Figure]:
        """Every figure, in reading order."""
        yield from (block for block in self._blocks() if isinstance(block, Figure))

    def pictures(self) -> dict[str, str]:
        """The pictures by name, each as an SVG file that needs no page around it."""
        return pictures(self)

    def _blocks(self) -> Iterator[Block]:
        for section in ([self.lead] if self.lead else []) + list(self.sections):
            for block in section.blocks:
                yield from block.blocks if isinstance(block, Fold) else (block,)


def new_page(
    title: str,
    subtitle: str,
    sections: Iterable[Section | None],
    *,
    notice: str = "",
    tiles: Iterable[Tile] = (),
    **more: Any,
) -> Page:
    """A page of this version; sections without blocks are left out."""
    kept = tuple(each for each in sections if each is not None and each.blocks)
    return Page(title, subtitle, notice, tuple(tiles), kept, version("evenhand"), **more)


def cannot_say(title: str, more: tuple[tuple[str, str], ...] = ()) -> Section:
    """The statements of what no result says, after points of its own."""
    points = (*more, *((each.title, each.text) for each in STATEMENTS))
    return Section("cannot-say", title, (Points(points),))


@dataclass(frozen=True, slots=True)
class Col:
    """One column: its heading, where a row has its value, how that is written.

    ``key`` is the path of an attribute, or what gives the value of a row; None is a dash.
    """

    heading: str
    key: str | Callable[[Any], object]
    format: Callable[[Any], str] = str
    words: bool = False

    def of(self, row: object) -> str:
        """A row's cell."""
        found = self.key(row) if callable(self.key) else reduce(_part, self.key.split("."), row)
        return UNDEFINED if found is None else self.format(found)


def _part(of: object, name: str) -> object:
    return None if of is None else getattr(of, name)


def words_col(
    heading: str, key: str | Callable[[Any], object], *written: Callable[[Any], str]
) -> Col:
    """A column that holds words."""
    return Col(heading, key, *written, words=True)


def written_cols(*headings: str, words: Sequence[int] = ()) -> tuple[Col, ...]:
    """Columns of rows that are written already, a text a column."""
    return tuple(
        Col(heading, lambda row, at=at: row[at], words=at in words)
        for at, heading in enumerate(headings)
    )


def make_table(
    caption: str,
    columns: Sequence[Col],
    rows: Iterable[Any],
    notes: Iterable[str] = (),
    strong: Iterable[str] = (),
) -> Table:
    """A table of columns; the first one always holds names."""
    return Table(
        caption,
        tuple(column.heading for column in columns),
        tuple(tuple(column.of(row) for column in columns) for row in rows),
        tuple(at for at, column in enumerate(columns) if column.words or not at),
        frozenset(strong),
        tuple(notes),
    )


class _Filled(Formatter):
    """Format strings that know how numbers and names are written for people."""

    def format_field(self, value: Any, format_spec: str) -> str:
        write = WRITERS.get(format_spec)
        return str(super().format_field(value, format_spec)) if write is None else write(value)


_FILLED = _Filled()


class Texts:
    """The fixed texts of one kind of page, from a file of ``data/texts``.

    A key is a path of names joined by dots; what stands in braces is filled in by name, and
    written as the word after a colon says (``numbers.WRITERS``).
    """

    def __init__(self, name: str) -> None:
        """Texts are read when the first is asked for."""
        self._name = name

    def __call__(self, key: str, /, **values: object) -> str:
        """One text."""
        return _FILLED.vformat(str(self._found(key)), (), values)

    def every(self, key: str, /, **values: object) -> tuple[str, ...]:
        """The texts of a list; none where there is no such key."""
        return tuple(_FILLED.vformat(str(each), (), values) for each in self._found(key, ()))

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """Names and texts of a table, in its order."""
        return tuple((str(name), str(text)) for name, text in self._found(key).items())

    def table(
        self,
        key: str,
        columns: Sequence[Col],
        rows: Iterable[Any],
        /,
        *,
        before: Iterable[str] = (),
        after: Iterable[str] = (),
        strong: Iterable[str] = (),
        **values: object,
    ) -> Table:
        """A table with the caption and the notes of a key, and notes before and after those."""
        notes = (*before, *self.every(f"{key}.notes", **values), *after)
        return make_table(self(f"{key}.caption", **values), columns, rows, notes, strong)

    def _found(self, key: str, otherwise: Any = None) -> Any:
        found: Any = _texts(self._name)
        for part in key.split("."):
            if part not in found and otherwise is not None:
                return otherwise
            found = found[part]
        return found


@cache
def _texts(name: str) -> Mapping[str, Any]:
    path = files("evenhand") / "data" / "texts" / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Statement:
    """One limit that holds for every result: a stable name, a few words, whole sentences."""

    key: str
    title: str
    text: str


STATEMENTS = tuple(Statement(**each) for each in _texts("statements")["statement"])
"""What no report can say; nothing here depends on a run."""


def statements_markdown() -> str:
    """The statements as a Markdown list, one a line, ending with a newline."""
    return "".join(f"- **{each.title}.** {each.text}\n" for each in STATEMENTS)


_NAME = re.compile(r'aria-labelledby="(\S+)-title ')
_SIZE = re.compile(r'viewBox="0 0 (\S+) ([^\s"]+)"')
_COLOUR = re.compile(r"(--[\w-]+): ([^;]+);")
_RULE = re.compile(r"^\.plot\b.*$", re.MULTILINE)
_LAYOUT = re.compile(r"(?<=^\.plot \{ ).*?(font: .*)$", re.MULTILINE)
_BESIDE = " The table below has the numbers."
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>")
_NARROW = "-narrow"
"""Ends the name of a picture's other form, for narrow screens, which is no file."""
_LONGEST, _MARGIN, _HEADING = 80, 12, 38


def render(page: Page) -> str:
    """A page as HTML; the same page gives the same bytes."""
    return _environment().get_template("report.html.j2").render(page=page, style=_style())


def files_of(page: Page, name: str) -> dict[str, str]:
    """A page's files as texts by name: the page, and its pictures below ``figures/``."""
    drawn = {f"figures/{one}.svg": picture for one, picture in pictures(page).items()}
    return {name: render(page), **drawn}


def pictures(page: Page) -> dict[str, str]:
    """The pictures of a page by name, each as an SVG file that needs no page around it."""
    drawn = [str(figure.picture) for figure in page.figures()]
    names = names_of_pictures("".join(drawn))
    assert len(names) == len(drawn), "a picture has a title"
    return dict(zip(names, map(alone, drawn), strict=True))


def names_of_pictures(html: str) -> list[str]:
    """The names that the pictures of a page have as files, from the page itself."""
    found: list[str] = []
    drawn = (named[1] for named in _NAME.finditer(html))
    for name in (one[:_LONGEST] for one in drawn if not one.endswith(_NARROW)):
        while name in found:
            name += "-2"
        found.append(name)
    return found


def _group(pattern: re.Pattern[str], svg: str) -> re.Match[str]:
    """What every picture has: name, title and size."""
    found = pattern.search(svg)
    assert found is not None, pattern.pattern
    return found


def alone(svg: str) -> str:
    """A picture with its title and size, its part of the style sheet and a light ground."""
    head, end, rest = visible(svg, lines=True).replace(_BESIDE, "").partition("</desc>")
    size, title = _group(_SIZE, head), _group(_TITLE, head)
    width, height = (float(side) for side in size.groups())
    room = (-_MARGIN, -_HEADING, width + 2 * _MARGIN, height + _HEADING + _MARGIN)
    x, y, across, down = (f"{side:g}" for side in room)
    ground = f'<rect x="{x}" y="{y}" width="{across}" height="{down}" fill="#fff"/>'
    heading = f'<text class="row-label" x="0" y="{_MARGIN - _HEADING + 8}">{title[1]}</text>'
    style = f"<style>{_style_of_plots()}</style>"
    head = head.replace("<svg ", f'<svg width="{across}" height="{down}" ', 1)
    head = head.replace(size[0], f'viewBox="{x} {y} {across} {down}"', 1)
    declared = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{declared}{head}{end}{style}{ground}{heading}{rest}\n"


@cache
def _style_of_plots() -> str:
    """The rules for plots with the colours in place of their names, which few programs resolve."""
    sheet = str(_style())
    colours = dict(_COLOUR.findall(sheet))
    # The size of a file's picture is its own.
    rules = _LAYOUT.sub(r"\1", "\n".join(_RULE.findall(sheet)))
    return re.sub(r"var\((--[\w-]+)\)", lambda name: colours[name[1]], rules)


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("evenhand.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["mark"] = mark_of  # pyright: ignore[reportUnknownMemberType]
    return found


def _shown(value: object) -> object:
    """Whatever stands on a page, spelt out where it would act; markup of our own is left alone."""
    return visible(value, lines=True) if type(value) is str else value


def _style() -> Markup:
    """Our own style sheet, which isn't escaped."""
    source, _, _ = _environment().loader.get_source(_environment(), "report.css")  # type: ignore[union-attr]
    return Markup(source)
