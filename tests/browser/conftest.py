"""The browser that pages are looked at in, with a font as wide as those that people have."""

from __future__ import annotations

import shutil
import subprocess

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> str:
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")
    matcher = shutil.which("fc-match")
    if matcher is not None:
        font = subprocess.run([matcher, "Arial", "family"], capture_output=True, text=True).stdout
        if "DejaVu" in font:
            pytest.skip(
                "no font like Arial, and words are wider in DejaVu: install fonts-liberation"
            )
    return found
