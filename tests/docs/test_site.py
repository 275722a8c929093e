"""The documentation site: built without a warning, whole, linked, searchable and from here alone.

Built once, as ``make site`` builds it; skipped where Sphinx, MyST or Furo isn't installed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import evenhand

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("sphinx", "myst_parser", "furo")
ASSETS = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    """What a page fetches, where it links to, and what can be linked to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.assets: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif ASSETS.get(tag, "") in given:
            self.assets.append(given[ASSETS[tag]])


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The folder of the site, built with every warning an error."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        pytest.skip(f"the site isn't built: {', '.join(missing)} isn't installed (extra `site`)")
    out = tmp_path_factory.mktemp("site")
    words = "-W --keep-going -q -b html -c docs .".split()
    assert " ".join(words) in (ROOT / "Makefile").read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *words, str(out)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    """Every page of it, read."""
    return {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def test_every_page_of_the_repository_is_on_it(site):
    written = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert len(written) > 40
    for path in written:
        assert (site / path.relative_to(ROOT)).with_suffix(".html").exists(), path


def test_every_public_name_is_described(pages, site):
    ids = pages[site / "docs" / "api.html"].ids
    modules = {"api": evenhand.api, "mitigate": evenhand.mitigate}
    names = [name for name in evenhand.__all__ if name not in modules]
    assert [name for name in names if f"evenhand.{name}" not in ids] == []
    for module, held in modules.items():
        assert f"module-evenhand.{module}" in ids
        assert [n for n in held.__all__ if f"evenhand.{module}.{n}" not in ids] == []


def test_links_between_pages_lead_somewhere(pages, site):
    broken: list[str] = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchor = unquote(parts.fragment)
            found = target.exists() and (not anchor or anchor in pages[target].ids)
            broken += [] if found else [f"{path.relative_to(site)}: {link}"]
    assert broken == []


def test_nothing_is_fetched_from_elsewhere(pages, site):
    fetched = {asset for page in pages.values() for asset in page.assets}
    assert [asset for asset in fetched if re.match(r"(https?:)?//", asset)] == []
    for path in site.rglob("*.css"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", text), path.name


def test_it_can_be_searched_from_a_folder(site):
    """The index is a script, which a page opened from a folder may load, and not a request."""
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    found = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))
    names = found["docnames"]
    where = found["terms"]["ratio"]
    assert "docs/guide/auditing" in {
        names[n] for n in (where if isinstance(where, list) else [where])
    }
    assert 'src="searchindex.js"' in (site / "search.html").read_text(encoding="utf-8")


def test_the_site_begins_at_its_top(site):
    assert 'url=docs/index.html"' in (site / "index.html").read_text(encoding="utf-8")
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "build/" in ignored
