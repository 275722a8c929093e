"""The report in a real browser: layout, contrast and requests, measured by a script in the page.

Skipped where no Chromium is installed.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from evenhand.audit import evaluate
from evenhand.report import render_report

from ..audit.example import ToneEngine, example_jobs, example_pool, example_rewrites

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
SECONDS = 120
LONG_NAME = "a_system_with_a_rather_long_name"

PROBE = Path(__file__).with_name("probe.js")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    jobs, pool = example_jobs(), example_pool()
    rewrites = example_rewrites(jobs)
    rewrites[LONG_NAME] = rewrites["align_only"]
    evaluation = evaluate(
        jobs, pool, ToneEngine(pool), rewrites, by=["gender", "age_band"], resamples=200
    )
    page = render_report(evaluation, jobs=jobs, rewrites=rewrites, notice="Made up.", show=3)
    path = tmp_path_factory.mktemp("report") / "report.html"
    probe = f"<script>{PROBE.read_text(encoding='utf-8')}</script>"
    path.write_text(page.replace("</body>", f"{probe}</body>"), encoding="utf-8")
    return path


def run(browser: str, profile: Path, *flags: str) -> str:
    command = [browser, *FLAGS, f"--user-data-dir={profile}", *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=[1150, 500])
def probed(
    request: pytest.FixtureRequest,
    browser: str,
    report: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    profile = tmp_path_factory.mktemp("profile")
    page = run(
        browser, profile, f"--window-size={request.param},900", "--dump-dom", report.as_uri()
    )
    found = re.search(r'<pre id="probe">(.*?)</pre>', page, re.DOTALL)
    assert found is not None, "the page did not finish loading"
    return json.loads(html.unescape(found.group(1)))


def test_the_page_fits_its_window(probed: dict[str, Any]):
    assert probed["tooWide"] <= 0


def test_pictures_hold_their_text_without_overlap(probed: dict[str, Any]):
    assert len(probed["pictures"]) == 2
    for picture in probed["pictures"]:
        assert picture["height"] > 100
        assert picture["outside"] == []
        assert picture["overlapping"] == []
        assert picture["intruding"] == []


def test_text_can_be_read(probed: dict[str, Any]):
    assert len(probed["contrast"]) > 10
    assert {kind: ratio for kind, ratio in probed["contrast"].items() if ratio < 4.5} == {}


def test_changes_are_marked_without_colour(probed: dict[str, Any]):
    assert probed["marks"] == ["underline", "line-through"]


def test_the_page_asks_for_nothing(probed: dict[str, Any]):
    assert probed["requests"] == 0


def test_it_prints(browser: str, report: Path, tmp_path: Path):
    target = tmp_path / "report.pdf"
    run(
        browser, tmp_path / "profile", "--no-pdf-header-footer", f"--print-to-pdf={target}",
        report.as_uri(),
    )  # fmt: skip
    content = target.read_bytes()
    assert content.startswith(b"%PDF")
    assert 5 <= len(re.findall(rb"/Type\s*/Page\b", content)) <= 20
