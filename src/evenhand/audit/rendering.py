"""Blocks of a page as HTML: one template, one style sheet, everything in the file itself.

No script, no font, no picture and no style comes from elsewhere; everything from outside is
escaped. What a page says is decided by whoever lays out its sections.
"""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evenhand.audit.marks import mark_of
from evenhand.audit.view import Page
from evenhand.records.visible import visible

TEMPLATE = "report.html.j2"
STYLE = "report.css"


def render(page: Page) -> str:
    """A page as HTML; the same page gives the same bytes."""
    return _environment().get_template(TEMPLATE).render(page=page, style=_style())


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("evenhand.audit", "templates"),
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
    source, _, _ = _environment().loader.get_source(_environment(), STYLE)  # type: ignore[union-attr]
    return Markup(source)
