"""The page in a real browser: a recruiter's and an analyst's way through it, widths, axe, keys."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the page needs the extra page")
pytest.importorskip("playwright", reason="playwright isn't installed")

import uvicorn
from playwright import sync_api

from evenhand.web.app import make_app
from evenhand.web.serve import HOST, listening_on
from evenhand.web.store import Store

ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Where the page is, and the link that signs in; for the tests of this file, one browser."""
    listening = listening_on(None)
    home = f"{HOST}:{listening.getsockname()[1]}"
    store = Store(tmp_path_factory.mktemp("page") / "kept")
    app = make_app(store, frozenset({home}))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://{home}", f"http://{home}/sign-in?key={app.state.site.keys.link}"
    server.should_exit = True
    thread.join()
    store.close()


@pytest.fixture(scope="module")
def chromium(browser: str) -> Iterator[Any]:
    with sync_api.sync_playwright() as running:
        found = running.chromium.launch(executable_path=browser, args=ARGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def cookies(chromium: Any, served: tuple[str, str]) -> list[Any]:
    context = chromium.new_context()
    context.new_page().goto(served[1])
    kept = context.cookies()
    context.close()
    return kept


@pytest.fixture
def page(chromium: Any, cookies: list[Any], request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page that is signed in, and says nothing on its console."""
    context = chromium.new_context(**getattr(request, "param", {}))
    context.add_cookies(cookies)
    made = context.new_page()
    said: list[str] = []
    made.on("console", lambda one: said.append(one.text))
    made.on("pageerror", lambda one: said.append(str(one)))
    yield made
    assert said == []
    context.close()


def faults(page: Any) -> list[str]:
    """What axe finds, and whether the page is wider than its window."""
    spec = find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        pytest.skip("axe-playwright-python isn't installed")
    script = (Path(spec.origin).parent / "axe.min.js").read_text(encoding="utf-8")
    page.evaluate(script)
    found = [
        f"{one['id']}: {one['nodes'][0]['html']}"
        for one in page.evaluate("axe.run()")["violations"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return [*found, *(["wider than the window"] if wide else [])]


def test_a_recruiter_reviews_an_ad_by_keys_alone(page, served):
    page.goto(served[0])
    page.keyboard.press("Tab")  # skip link
    for _ in range(40):
        if page.evaluate("document.activeElement.value") == "sales_lead.txt":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews/*")
    assert "3 of direct discrimination" in page.inner_text("main")
    before = page.locator("article.card").count()
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_url("**#o*")
    page.wait_for_function(f"document.querySelectorAll('article.card').length < {before}")
    assert "fluent English speaker" in page.input_value("#plain")
    page.get_by_role("button", name="Undo the last step").press("Enter")
    page.wait_for_function(f"document.querySelectorAll('article.card').length === {before}")
    assert "native English speaker" in page.input_value("#plain")


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_an_ad_is_mended_and_taken_along_without_scripts(page, served):
    page.goto(served[0])
    page.get_by_label("Paste the ad").fill(
        "Salesmen\n\n- Man the desk\n- Answer calls from clients"
    )
    page.get_by_role("button", name="Show what is found").click()
    page.get_by_role("button", name="Accept all changes").click()
    assert page.get_by_label("Copy the text").input_value().startswith("Salespeople\n\n- Staff")
    page.get_by_role("link", name="Change line 4").click()
    page.get_by_label("Write line 4 yourself").fill("- Answer our clients' calls")
    page.get_by_role("button", name="Put it in").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download as .docx").click()
    assert waiting.value.suggested_filename == "Salesmen reworded.docx"


def test_an_analyst_audits_a_table(page, served):
    page.goto(served[0])
    page.get_by_role("button", name="A table of made-up applicants").click()
    page.get_by_label("sex").check()
    page.get_by_label("Compare within jobs").select_option("department")
    page.get_by_role("button", name="Make the audit").click()
    report = page.frame_locator("iframe")
    assert "Female" in report.locator("body").inner_text()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the workbook").click()
    assert waiting.value.suggested_filename == "tables.xlsx"


@pytest.mark.parametrize(
    "page",
    [
        {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
        for width in (360, 768, 1440)
        for scheme in ("light", "dark")
    ],
    indirect=True,
    ids=str,
)
def test_every_page_fits_and_axe_finds_nothing(page, served):
    page.goto(served[0])
    assert faults(page) == []
    page.get_by_role("button", name="An ad for a ward nurse").click()
    page.wait_for_url("**/reviews/*")
    assert faults(page) == []
    page.get_by_role("link", name="Change line 6").click()
    assert faults(page) == []
    page.goto(served[0])
    page.get_by_role("button", name="A table of made-up applicants").click()
    page.wait_for_url("**/audits/*")
    assert faults(page) == []
