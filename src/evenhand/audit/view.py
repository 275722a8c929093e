"""The blocks that a report is laid out from: text that is ready to show, and nothing else.

Not evidence (``evidence``) and not HTML (``templates``): numbers are already formatted, and the
template escapes every string.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from markupsafe import Markup

from evenhand.records.result import Grid, Result


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure at the top.

    Attributes:
        label: What it is.
        value: The figure, large.
        note: What it means, in a few words.
        verdict: The words of its verdict, which has a sign of its own; empty for none.
    """

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
    """What was found, one finding an entry: what it is about, and one line a sentence.

    A line that starts with the words of a verdict gets its sign.
    """

    kind: ClassVar[str] = "findings"
    findings: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names the rows.

    Attributes:
        caption: What it shows.
        columns: Headings.
        rows: As many cells as columns each.
        words: Columns that hold words; the others are aligned as numbers.
        strong: Names of rows to set off.
        notes: What a reader needs to know to read it.
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
    """A plot with the table of its numbers.

    Attributes:
        picture: Drawn.
        caption: How to read it.
        table: The numbers; they follow the picture unless ``table_in`` says where they are.
        narrow: Takes its place on a telephone.
        table_in: Key of the section that holds the table.
    """

    kind: ClassVar[str] = "figure"
    picture: Markup
    caption: str
    table: Table
    narrow: Markup | None = None
    table_in: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an ad.

    Attributes:
        op: ``same``, ``deleted``, ``inserted``, or ``skipped`` for a remark on what isn't shown.
        text: The stretch.
    """

    op: str
    text: str


@dataclass(frozen=True, slots=True)
class ChangedAd:
    """One ad with its changes in place and the reasons beneath.

    Attributes:
        heading: Title or id.
        summary: How many changes, and what they are worth.
        pieces: The ad, changes marked.
        reasons: For every edit, where it came from and what each gate said.
    """

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

    def _blocks(self) -> Iterator[Block]:
        for section in ([self.lead] if self.lead else []) + list(self.sections):
            for block in section.blocks:
                yield from block.blocks if isinstance(block, Fold) else (block,)


class Paged(Result):
    """A result with a page: a notebook shows the page's first table, figures are the page's."""

    @abstractmethod
    def page(self) -> Page:
        """What is rendered as the result's page."""

    def shown_table(self) -> Grid:
        """The page's first table."""
        first = next(self.page().tables(), None)
        return ((), ()) if first is None else (first.columns, first.rows)

    def figures(self) -> dict[str, str]:
        """The page's pictures by name, each the text of an SVG file of its own."""
        from evenhand.audit.rendering import pictures

        return pictures(self.page())
