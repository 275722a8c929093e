"""Audit and comparison pages in a real browser: layout, print, keyboard, names, axe.

Every page is opened once, in frames as wide as a screen, a telephone, an enlarged window and a
printed sheet. Skipped where no Chromium is installed.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from .audit_pages import audit_lists, audit_of_fourteen, audit_people, comparison, gallery

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
SECONDS = 120
PAGES = ("people", "lists", "people compared", "lists compared", "pictures")
AUDITS = PAGES[:4]
WIDTHS = {"screen": 1150, "telephone": 390, "enlarged": 575, "sheet": 680}
"""Enlarged: a screen at 200 %. Sheet: the 180 mm between the margins of A4."""
POINT = 96 / 72
SHEETS = {"A4": (595, 842), "Letter": (612, 792)}

PROBE = Path(__file__).with_name("probe.js")
AXE = "axe_playwright_python"
FRAMES = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/></head><body>
<script>
const texts = %s;
const found = {};
const frames = Object.entries(texts).map(([name, [width, text]]) => {
  const frame = document.createElement("iframe");
  frame.style.cssText = `width: ${width}px; height: 900px; border: 0`;
  frame.srcdoc = text;
  document.body.append(frame);
  return [name, frame];
});
const timer = setInterval(() => {
  for (const [name, frame] of frames) {
    const probe = frame.contentDocument?.getElementById("probe");
    const axe = frame.contentDocument?.getElementById("axe");
    if (probe && (axe || !texts[name][2])) {
      found[name] = { ...JSON.parse(probe.textContent), axe: axe && JSON.parse(axe.textContent) };
    }
  }
  if (Object.keys(found).length < frames.length) return;
  clearInterval(timer);
  const result = document.createElement("pre");
  result.id = "found";
  result.textContent = JSON.stringify(found);
  document.body.replaceChildren(result);
}, 100);
</script></body></html>"""
RUN_AXE = """addEventListener("load", async () => {
  const run = await axe.run({ exclude: ["#probe"] }, { resultTypes: ["violations"] });
  const result = document.createElement("pre");
  result.id = "axe";
  result.textContent = JSON.stringify(
    run.violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html.slice(0, 120))]),
  );
  document.body.append(result);
});"""


@pytest.fixture(scope="module")
def pages(browser: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every page by its name; asks for the browser so that nothing is made without one."""
    folder = tmp_path_factory.mktemp("pages")
    people = [
        audit_people(folder / name, seed=1, women=women) for name, women in (("a", 0.2), ("b", 0.3))
    ]
    lists = [audit_lists(folder / f"lists-{top}", top=top) for top in (20, 10)]
    texts = (
        (people[0] / "audit.html").read_text(encoding="utf-8"),
        (lists[0] / "audit.html").read_text(encoding="utf-8"),
        comparison(*people),
        comparison(*lists),
        gallery(),
    )
    return dict(zip(PAGES, texts, strict=True))


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("profile")


@pytest.fixture(scope="module")
def probed(
    browser: str, pages: dict[str, str], profile: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """What was measured on every page at every width, and what axe found on a screen."""
    folder = tmp_path_factory.mktemp("frames")
    found: dict[str, dict[str, Any]] = {}
    for name, text in pages.items():
        path = folder / f"{name.replace(' ', '-')}.html"
        framed = {kind: _framed(kind, width, text) for kind, width in WIDTHS.items()}
        content = json.dumps(framed).replace("</", "<\\/")
        path.write_text(FRAMES % content, encoding="utf-8")
        dom = _run(
            browser, profile, "--virtual-time-budget=60000", "--window-size=1300,900",
            "--dump-dom", path.as_uri(),
        )  # fmt: skip
        result = re.search(r'<pre id="found">(.*?)</pre>', dom, re.DOTALL)
        assert result is not None, f"{name} did not finish loading"
        found[name] = json.loads(html.unescape(result.group(1)))
    return found


def _framed(kind: str, width: int, text: str) -> tuple[int, str, bool]:
    """A page with its probe: as printed on a sheet, else as on a screen; axe on a screen only."""
    axe = kind == "screen" and find_spec(AXE) is not None
    if kind == "sheet":
        text = text.replace("@media print {", "@media screen {")
        assert "@media screen {" in text
    scripts = [PROBE.read_text(encoding="utf-8"), *([_axe(), RUN_AXE] if axe else [])]
    tags = "".join(f"<script>{script}</script>" for script in scripts)
    return width, text.replace("</body>", f"{tags}</body>"), axe


def _axe() -> str:
    """The source of axe, wherever its package lies; the package itself isn't imported."""
    spec = find_spec(AXE)
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def _run(browser: str, profile: Path, *flags: str) -> str:
    command = [browser, *FLAGS, f"--user-data-dir={profile}", *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout


def everywhere(probed: dict[str, dict[str, Any]], key: str) -> dict[tuple[str, str], Any]:
    return {
        (page, kind): found[key] for page, kinds in probed.items() for kind, found in kinds.items()
    }


def test_every_page_fits_its_window(probed: dict[str, dict[str, Any]]):
    assert {at: wide for at, wide in everywhere(probed, "tooWide").items() if wide > 0} == {}


def test_verdict_and_picture_are_seen_without_scrolling_sideways(
    probed: dict[str, dict[str, Any]],
):
    for page in ("people", "lists"):
        for kind, width in WIDTHS.items():
            top = probed[page][kind]["top"]
            (left, right, bottom), (first, last, begins) = top["short"], top["plot"]
            assert 0 <= left < right <= width, (page, kind)
            assert 0 <= first < last <= width, (page, kind)
            assert bottom < begins, (page, kind)
            assert top["folded"] > 3, (page, kind)


def test_tables_fit_a_screen_and_a_sheet_and_scroll_elsewhere(probed: dict[str, dict[str, Any]]):
    for (page, kind), tables in everywhere(probed, "tables").items():
        assert tables
        for table in tables:
            if kind in ("screen", "sheet"):
                assert table["tooWide"] <= 0, (page, kind, table)
            else:
                assert table["scrolls"], (page, kind, table)


def test_print_can_be_read(probed: dict[str, dict[str, Any]]):
    for page in PAGES:
        sheet = probed[page]["sheet"]
        assert min(table["letters"] for table in sheet["tables"]) >= 7.5 * POINT
        assert min(sheet["letters"], default=10) >= 7.4 * POINT


@pytest.mark.parametrize("kind", WIDTHS)
def test_pictures_hold_their_text_without_overlap(probed: dict[str, dict[str, Any]], kind: str):
    counts = {page: len(probed[page][kind]["pictures"]) for page in PAGES}
    assert counts["pictures"] == 11
    assert min(counts.values()) >= 1
    for page in PAGES:
        for picture in probed[page][kind]["pictures"]:
            assert picture["height"] > 60
            assert (picture["outside"], picture["overlapping"], picture["intruding"]) == (
                [],
                [],
                [],
            )


def test_text_stands_out_from_its_paper(probed: dict[str, dict[str, Any]]):
    for at, contrast in everywhere(probed, "contrast").items():
        assert len(contrast) > 8
        assert {kind: ratio for kind, ratio in contrast.items() if ratio < 4.5} == {}, at


def test_pages_ask_for_nothing_and_run_nothing(
    probed: dict[str, dict[str, Any]], pages: dict[str, str]
):
    assert set(everywhere(probed, "requests").values()) == {0}
    for text in pages.values():
        assert "<script" not in text
        assert not re.search(r"\son\w+=", text)
        assert not re.search(r"(src|href)=[\"'](?!#)", text)


def test_keys_reach_everything_in_its_order_and_show_where_one_is(
    probed: dict[str, dict[str, Any]],
):
    for at, stops in everywhere(probed, "stops").items():
        if at[1] == "sheet":
            continue
        assert len(stops) > 3
        for stop in stops:
            assert stop["index"] == 0  # in the order of the page
            assert stop["reached"], (at, stop)
            assert stop["ring"] >= 2, (at, stop)


def test_names_and_ids_are_not_used_twice(probed: dict[str, dict[str, Any]]):
    for at, names in everywhere(probed, "names").items():
        named = [name for name in names if name != "Command"]
        assert len(named) == len(set(named)), at
        assert all(named)
    for at, ids in everywhere(probed, "ids").items():
        assert len(ids) == len(set(ids)), at


@pytest.mark.parametrize("page", PAGES)
def test_axe_finds_no_violation(probed: dict[str, dict[str, Any]], page: str):
    """All rules of axe: WCAG 2.1 A and AA, and best practice."""
    if find_spec(AXE) is None:
        pytest.skip(f"axe-core is not here: the package {AXE} isn't installed")
    assert probed[page]["screen"]["axe"] == []


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize(("page", "least", "most"), [("people", 4, 8), ("lists compared", 1, 4)])
def test_pages_print_on_sheets_of_either_size(
    browser: str, pages: dict[str, str], profile: Path, tmp_path: Path,
    page: str, least: int, most: int, sheet: str,
):  # fmt: skip
    source, target = tmp_path / "page.html", tmp_path / "page.pdf"
    style = f"<style>@page {{ size: {sheet}; }}</style></head>"
    source.write_text(pages[page].replace("</head>", style), encoding="utf-8")
    _run(browser, profile, "--no-pdf-header-footer", f"--print-to-pdf={target}", source.as_uri())
    content = target.read_bytes()
    assert content.startswith(b"%PDF")
    assert least <= len(re.findall(rb"/Type\s*/Page\b", content)) <= most
    boxes = set(re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", content))
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {
        SHEETS[sheet]
    }


@pytest.mark.parametrize("sheet", SHEETS)
def test_fourteen_crossed_groups_with_scores_print_on_seven_sheets(
    browser: str, profile: Path, tmp_path: Path, sheet: str
):
    audit_of_fourteen(tmp_path / "given.csv", tmp_path / "audit")
    text = (tmp_path / "audit" / "audit.html").read_text(encoding="utf-8")
    style = f"<style>@page {{ size: {sheet}; }}</style></head>"
    source, target = tmp_path / "page.html", tmp_path / "page.pdf"
    source.write_text(text.replace("</head>", style), encoding="utf-8")
    _run(browser, profile, "--no-pdf-header-footer", f"--print-to-pdf={target}", source.as_uri())
    assert len(re.findall(rb"/Type\s*/Page\b", target.read_bytes())) < 8


def test_signs_of_verdicts_differ_by_shape_not_by_colour(pages: dict[str, str]):
    signs = dict(re.findall(r'<svg class="sign sign-([\w-]+)"[^>]*>(<\w+)', pages["people"]))
    assert set(signs) == {"diamond", "hollow-diamond", "circle", "ring"}
    assert signs["diamond"] == signs["hollow-diamond"] != signs["circle"] == signs["ring"]
    assert ".sign-hollow-diamond, .sign-ring { fill: var(--paper); }" in pages["people"]
