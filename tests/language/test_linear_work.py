"""No text takes more than linear work: not in Python, not in the tokenizer.

Work in Python is counted, line by line: four times the text may run little more than four times
the lines. What patterns do is measured by ``bench/lab/linear_patterns.py``.
"""

from __future__ import annotations

import importlib
import re
import sys
import time
from collections.abc import Callable
from types import FrameType

import pytest

from evenhand.config.schema import GatesConfig, SpansConfig
from evenhand.language.facts import facts_of
from evenhand.language.gates import text_gates
from evenhand.language.second_checker import second_check
from evenhand.language.span import word_diff
from evenhand.language.style import profile
from evenhand.language.text import tokens
from evenhand.match.dense import cut
from evenhand.records.job import Job
from evenhand.rewrite import Guard, Rewriter

UNITS = (
    "Prepare weekly reports for the sales team.\n", "- Greet clients or answer calls\n", "\n-",
    "We are an aggressive team. ", "the manager of a client or team, ", "We pay $50,000 a year. ",
    "5+ years of experience ", "Requirements:\n", "CPA certified ", "he or she ", "he ", "no ",
    "such as a or ", "you will ", "London, UK | ", "Location: ", "$90k-$100k ", "recruiters ",
    "looking for someone with ", "timeCheck", "(", "(a", "! ", "!)", "a-", "1-", "a@", "A.", "&",
    "'s", "ment", "\u00a0", "e\u0301", "🙂 ", "中。", "\r\n", "x" * 50 + " ",
)  # fmt: skip
"""Each is repeated to the length of a text."""


def forget() -> None:
    """Empty the caches of what was read."""
    for name, module in list(sys.modules.items()):
        for found in list(vars(module).values()) if name.startswith("evenhand.language") else ():
            if hasattr(found, "cache_clear") and found.cache_info().maxsize != 1:
                found.cache_clear()


def lines_run(read: Callable[[str], object], text: str) -> int:
    """How many lines of evenhand run while a text is read."""
    count = 0

    def line(_: FrameType, event: str, __: object) -> object:
        nonlocal count
        count += event == "line"
        return line

    def call(frame: FrameType, _: str, __: object) -> object:
        return line if "evenhand" in frame.f_code.co_filename else None

    forget()
    before = sys.gettrace()
    sys.settrace(call)
    try:
        read(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("read", [profile, facts_of])
def test_four_times_the_text_runs_four_times_the_lines(
    read: Callable[[str], object], unit: str
) -> None:
    once, more = ((unit * size)[:size] for size in (200, 800))
    read(once)
    assert lines_run(read, more) <= 6 * lines_run(read, once) + 3000


@pytest.mark.parametrize("mark", ["(", "a(", "$%'", "_", "字", "🙂", "-a"])
def test_the_tokenizer_gets_no_long_run_and_tokens_keep_their_places(
    mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module("evenhand.language.text")
    whole, given = module._tokenizer(), list[str]()
    monkeypatch.setattr(
        module, "_tokenizer", lambda: lambda text: given.append(text) or whole(text)
    )
    text = f"We’re  {mark * 1500} here,\n{mark * 130}x don't."
    forget()
    found = tokens(text)
    assert max(map(len, given[0].split())) <= 400
    assert not re.search(r"(?:[^\w\s]|_){101}", given[0])
    assert all(text[token.start : token.end] == token.text for token in found)
    assert "".join(token.text for token in found) == "".join(text.split())


def test_a_run_of_ordinary_length_is_cut_by_the_tokenizer_alone() -> None:
    spacy = importlib.import_module("spacy").blank("en").tokenizer
    text = f"See http://a.com/{'b/' * 190} {'=' * 100} (e.g. {'word' * 90}) {'(a)' * 100}"
    assert [(t.start, t.text) for t in tokens(text)] == [
        (t.idx, t.text) for t in spacy(text) if not t.is_space
    ]


def test_long_odd_texts_are_read_within_a_generous_time() -> None:
    rewriter = Rewriter(Guard(tuple(text_gates(GatesConfig()))), SpansConfig(), strategy="plain")
    start = time.process_time()
    for unit in ("(", "$%", "!)", "&", "a."):
        text = unit * (30_000 // len(unit))
        assert rewriter.rewrite([Job("ad", text)])[0].rewritten == text
        profile(text)
        cut(text, range(len(text)), 500)
    assert time.process_time() - start < 60
    words = " ".join("a b" for _ in range(15_000))
    assert "".join(c.after for c in word_diff(words, f"x {words[::-1]} y")) == f"x {words[::-1]} y"
    assert second_check("aA" * 15_000, "aA" * 15_000).passed
    assert time.process_time() - start < 90
