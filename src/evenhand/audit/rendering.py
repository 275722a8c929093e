"""Blocks of a page as HTML: one template, one style sheet, everything in the file itself.

No script, no font, no picture and no style comes from elsewhere; everything from outside is
escaped. What a page says is decided by whoever lays out its sections.
"""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from evenhand.audit.marks import mark_of
from evenhand.audit.view import Page
from evenhand.records.visible import visible

TEMPLATE = "report.html.j2"
STYLE = "report.css"
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAME = re.compile(r'aria-labelledby="(\S+)-title ')
_SIZE = re.compile(r'viewBox="0 0 (\S+) ([^\s"]+)"')
_COLOUR = re.compile(r"(--[\w-]+): ([^;]+);")
_RULE = re.compile(r"^\.plot\b.*$", re.MULTILINE)
_LAYOUT = re.compile(r"(?<=^\.plot \{ ).*?(font: .*)$", re.MULTILINE)
_BESIDE = " The table below has the numbers."
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>")
_LONGEST, _MARGIN, _HEADING = 80, 12, 38


def render(page: Page) -> str:
    """A page as HTML; the same page gives the same bytes."""
    return _environment().get_template(TEMPLATE).render(page=page, style=_style())


def pictures(page: Page) -> dict[str, str]:
    """The pictures of a page by name, each as an SVG file that needs no page around it."""
    found: dict[str, str] = {}
    for figure in page.figures():
        svg = str(figure.picture)
        named = _NAME.search(svg)
        assert named is not None, "a picture has a title"
        name = named[1][:_LONGEST]
        while name in found:
            name += "-2"
        found[name] = _alone(svg)
    return found


def _alone(svg: str) -> str:
    """A picture with its title and size, its part of the style sheet and a light ground."""
    told = visible(svg, lines=True).replace(_BESIDE, "")
    head, end, rest = told.partition("</desc>")
    size, title = _SIZE.search(head), _TITLE.search(head)
    assert size is not None, "a picture has a size"
    assert title is not None, "a picture has a title"
    width, height = (float(side) for side in size.groups())
    room = (-_MARGIN, -_HEADING, width + 2 * _MARGIN, height + _HEADING + _MARGIN)
    x, y, across, down = (f"{side:g}" for side in room)
    start = f'<svg width="{across}" height="{down}" '
    box = f'viewBox="{x} {y} {across} {down}"'
    ground = f'<rect x="{x}" y="{y}" width="{across}" height="{down}" fill="#fff"/>'
    heading = f'<text class="row-label" x="0" y="{_MARGIN - _HEADING + 8}">{title[1]}</text>'
    style = f"<style>{_style_of_plots()}</style>"
    head = head.replace("<svg ", start, 1).replace(size[0], box, 1)
    return f"{_XML}{head}{end}{style}{ground}{heading}{rest}\n"


@cache
def _style_of_plots() -> str:
    """The rules for plots with the colours in place of their names, which few programs resolve."""
    sheet = str(_style())
    colours = dict(_COLOUR.findall(sheet))
    rules = "\n".join(_RULE.findall(sheet))
    # The size of a file's picture is its own.
    rules = _LAYOUT.sub(r"\1", rules)
    return re.sub(r"var\((--[\w-]+)\)", lambda name: colours[name[1]], rules)


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
