"""What a reader gets of an audit: the tables of the page, and everything it publishes as text."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from evenhand.audit.audit import Audit
from evenhand.report.columns import as_csv, audit_json, tables_of
from evenhand.report.page import render
from evenhand.report.sentences import sentences

Row = list[str]


class _Tables(HTMLParser):
    """Captions and rows of cells; the first row is that of headings."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[Row]] = {}
        self._caption, self._into = "", ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "table":
            self._rows: list[Row] = []
        elif tag == "caption":
            self._caption, self._into = "", "caption"
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("th", "td"):
            self._rows[-1].append("")
            self._into = "cell"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("caption", "th", "td"):
            self._into = ""
        elif tag == "table":
            self.tables[self._caption] = self._rows

    def handle_data(self, data: str) -> None:
        if self._into == "caption":
            self._caption += data
        elif self._into == "cell":
            self._rows[-1][-1] += data


def tables_in(page: str) -> dict[str, list[Row]]:
    """Every table of a page by its caption."""
    parser = _Tables()
    parser.feed(page)
    return parser.tables


def published(audit: Audit) -> dict[str, str]:
    """Everything that an audit gives away, by where."""
    data = audit_json(audit)
    found = {
        "audit.json": json.dumps(data, ensure_ascii=False),
        "audit.html": without_style(render(audit.page())),
        "stdout": "\n".join((*sentences(audit), *audit.notes)),
    }
    return found | {f"{name}.csv": as_csv(rows) for name, rows in tables_of(audit, data).items()}


def without_style(page: str) -> str:
    """A page without its style sheet and the coordinates of its pictures, which are no data."""
    page = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return re.sub(r"<svg.*?</svg>", lambda svg: _words(svg.group()), page, flags=re.DOTALL)


def _words(svg: str) -> str:
    return " ".join(re.findall(r">([^<]+)<", svg))


def has_number(text: str, number: str) -> bool:
    """Whether a number stands in a text on its own, not as a part of a longer one."""
    return re.search(rf"(?<![\w.,]){re.escape(number)}(?![\w]|[.,]\d)", text) is not None
