"""CITATION.cff: what it must have, and of this version."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

import evenhand

ROOT = Path(__file__).resolve().parents[2]


def test_the_citation_is_whole_and_of_this_version():
    pytest.importorskip("yaml", reason="needs PyYAML, which the extra `train` brings")
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    found = importlib.import_module("yaml").safe_load(text)
    assert {"cff-version", "message", "title", "authors"} <= set(found)
    assert found["version"] == evenhand.__version__
    assert found["license"] == "Apache-2.0"
    papers = found["references"]
    assert [re.findall(r"\d{4}\.\d{5}", each["url"])[0] for each in papers] == [
        "2501.07324",
        "2408.09489",
    ]
    for each in papers:
        assert {"type", "title", "authors"} <= set(each)
        assert all(set(one) == {"family-names", "given-names"} for one in each["authors"])
