"""Pictures of the README: there, small, of today's words, fetching nothing from elsewhere."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
MOST = 150_000


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    sys.path.append(str(ROOT / "docs"))
    try:
        import build_pictures  # pyright: ignore[reportMissingImports]
    finally:
        sys.path.remove(str(ROOT / "docs"))
    return build_pictures


def words(svg: str) -> list[str]:
    """The words of a picture, line by line as it has them."""
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    return " ".join(html.unescape(text) for text in texts).split()


def test_every_picture_shown_is_there_and_every_one_there_is_shown():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", readme)
    assert all(len(said) > 60 for said, _ in shown), "say what the picture shows"
    assert {ROOT / path for _, path in shown} == set(PICTURES.iterdir())


@pytest.mark.parametrize("path", sorted(PICTURES.iterdir()), ids=lambda path: path.name)
def test_pictures_are_small_and_fetch_nothing(path):
    content = path.read_bytes()
    assert len(content) <= MOST
    if path.suffix == ".svg":
        assert not re.search(rb"url\(['\"]?http|href|@import|<script", content)


@pytest.mark.parametrize("name", ["check", "ad"])
def test_pictures_show_the_words_of_today(builder, name):
    drawn = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")
    with builder.work():
        builder.write_files((ROOT / "README.md").read_text(encoding="utf-8"))
        now = {"check": builder.check_svg, "ad": builder.ad_svg}[name]()
    assert words(drawn) == words(now), "run `make pictures`"
    assert "salesman" in " ".join(words(drawn))


def test_the_audit_that_was_photographed_is_the_one_that_the_readme_runs(builder):
    assert f"$ {builder.AUDIT}\n" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert (PICTURES / "audit.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
