"""Word diffs: both texts come back, markup is escaped, changes are words."""

from __future__ import annotations

from evenhand.language.span import WordChange as Change
from evenhand.language.span import diff_html, pieces, word_diff


def test_changes_are_whole_words() -> None:
    assert word_diff("We need a ninja now.", "We need an expert now.") == [
        Change("same", "We need ", "We need "),
        Change("replaced", "a ninja ", "an expert "),
        Change("same", "now.", "now."),
    ]


def test_insertion_and_deletion() -> None:
    assert [c.op for c in word_diff("draw maps", "draw good maps")] == ["same", "inserted", "same"]
    assert [c.op for c in word_diff("draw good maps", "draw maps")] == ["same", "deleted", "same"]


def test_pieces_put_the_deletion_first() -> None:
    assert list(pieces("a ninja", "a clerk")) == [
        ("same", "a "), ("deleted", "ninja"), ("inserted", "clerk"),
    ]  # fmt: skip


def test_html_is_escaped() -> None:
    html = diff_html("x <b>bold</b> & y", "x <i>slanted</i> & y")
    assert "<b>" not in html
    assert "&lt;" in html
    assert "<del>" in html
    assert "<ins>" in html


def test_equal_texts_have_no_marks() -> None:
    assert diff_html("a & b", "a & b") == "a &amp; b"
    assert word_diff("", "") == []
