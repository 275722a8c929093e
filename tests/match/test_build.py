"""Engines by name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from evenhand.errors import ConfigError
from evenhand.match.dense import DenseMatcher
from evenhand.match.lexical import LexicalMatcher
from evenhand.match.load import build_matcher
from evenhand.records.people import Document


def test_names_make_engines(documents: list[Document], cache: Path):
    assert isinstance(build_matcher("lexical", documents), LexicalMatcher)
    calls = []
    dense = build_matcher(
        "dense", documents, cache_dir=cache, progress=lambda *call: calls.append(call)
    )
    assert isinstance(dense, DenseMatcher)
    assert dense.candidate_ids == tuple(f"p{n}" for n in range(8))
    assert calls == [("encode", 8, 8)]
    assert len(list((cache / "embeddings").iterdir())) >= 1


def test_an_unknown_name_lists_the_known(documents: list[Document]):
    with pytest.raises(ConfigError, match="no matcher 'sparse'; use lexical, dense, or module:n"):
        build_matcher("sparse", documents)


def test_the_room_imports_no_engine():
    program = (
        "import sys, evenhand.match, evenhand.match.dense, evenhand.match.known_gap\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'bm25s', 'pyarrow'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
