"""Names from outside as they may be shown, wherever they are."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.records.files import json_text
from evenhand.records.result import visible, visible_json

HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
SEEN = {0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6DD, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
"""Format characters that are drawn: signs of Arabic and Kaithi numbers; hieroglyphs beside them."""
anything = st.text(st.characters(exclude_categories=()))
acting = st.text(st.characters(categories=HIDDEN), min_size=1)


def is_hidden(letter: str) -> bool:
    drawn = ord(letter) in SEEN or 0x13430 <= ord(letter) <= 0x1345F
    return unicodedata.category(letter) in HIDDEN and not drawn


@given(anything | acting)
def test_nothing_that_acts_or_hides_is_left(name: str):
    assert not [letter for letter in visible(name) if is_hidden(letter)]
    assert visible(visible(name)) == visible(name)


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"), codec="latin-1")))
def test_what_is_seen_stays(name: str):
    assert visible(name) == name


@given(anything)
def test_texts_keep_their_lines_and_json_what_it_says(text: str):
    assert visible(text, lines=True).count("\n") == text.count("\n")
    document = json.dumps({text: [text]}, ensure_ascii=False)
    assert json.loads(visible_json(document)) == {text: [text]}
    assert not [letter for letter in visible_json(document) if is_hidden(letter)]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\u202eb\u2066c\u200f", "a\\u202eb\\u2066c\\u200f"),
        ("Fe\u200bmale\ufeff", "Fe\\u200bmale\\ufeff"),
        ("two\nlines\tand\r", "two\\nlines\\tand\\r"),
        ("＝1+1", "\\uff1d1+1"),
        ("x*＠sum", "x*\\uff20sum"),
        ("  ＋1", "  \\uff0b1"),
        ("1 ＝ 1", "1 ＝ 1"),
        ("\u3164", "\\u3164"),
        ("Zoë · 女 [red] =1", "Zoë · 女 [red] =1"),
    ],
)
def test_names_that_trick(name: str, shown: str):
    assert visible(name) == shown


def test_written_json_shows_names_by_its_own_escapes():
    text = json_text({"a\u202e\x9b": "\x1b\u200b"})
    assert '"a\\u202e\\u009b": "\\u001b\\u200b"' in text
    assert json.loads(text) == {"a\u202e\x9b": "\x1b\u200b"}
