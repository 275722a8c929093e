"""The second checker: independent of the first, and of use."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import pytest

import evenhand.language.second_checker as module
from evenhand.language.second_checker import second_check

_SPEC = importlib.util.spec_from_file_location(
    "tricky_spans", Path(__file__).with_name("tricky_spans.py")
)
assert _SPEC is not None
assert _SPEC.loader is not None
tricky_spans = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(tricky_spans)


def test_it_shares_nothing_with_the_first_checker() -> None:
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    imported = {
        node.module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    ours = {name for name in imported if name.startswith("evenhand")}
    assert ours == {"evenhand.language.span", "evenhand.language.lexicon"}
    assert re.findall(r"Lexicon\(.*?\)|rows\(", source) == ['Lexicon("second_checker")']


def test_it_catches_nearly_every_change_of_a_fact() -> None:
    changes = [(b, a) for b, a, gates in tricky_spans.CHANGES if gates == "facts"]
    missed = [(b, a) for b, a in changes if second_check(b, a).passed]
    assert len(missed) <= 0.07 * len(changes), missed


def test_it_lets_most_true_rewordings_pass() -> None:
    refused = [(b, a) for b, a in tricky_spans.TRUE_REWORDINGS if not second_check(b, a).passed]
    assert len(refused) <= 0.13 * len(tricky_spans.TRUE_REWORDINGS), refused


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("You need 3 years.", "You need 4 years.", "digits"),
        ("Loads weigh 20 kg.", "Loads weigh 20 lb.", "digits"),
        ("We are in Porto.", "We are in Lisbon.", "names"),
        ("Dutch is required.", "Dutch is preferred.", "logic"),
        ("Nurses train doctors.", "Doctors train nurses.", "people"),
        ("Reports for clients.", "Reports by clients.", "roles"),
        ("Write code for slides.", "Write slides for code.", "order"),
    ],
)
def test_it_says_what_differs(before: str, after: str, said: str) -> None:
    verdict = second_check(before, after)
    assert not verdict.passed
    assert verdict.reason.startswith(said)
    assert verdict.gate == "second check"
