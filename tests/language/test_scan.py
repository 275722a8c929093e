from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.language.text import scan, statements


def read(text: str) -> list[str]:
    return [text[start:end] for start, end in statements(text)]


def test_words_stay_whole_and_marks_stand_alone():
    found = [word.text for word in scan("Don’t ask U.S. women's teams: 3,5 self-made.")]
    assert found == ["Don’t", "ask", "U.S.", "women", "'s", "teams", ":", "3,5", "self", "-",
                     "made", "."]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No. 3 opens. Then close!", ["No. 3 opens.", "Then close!"]),
        ("- lift boxes\n2) sweep floors", ["lift boxes", "sweep floors"]),
        ("Work for Mr. Bell, e.g. In spring.", ["Work for Mr. Bell, e.g. In spring."]),
        ("We bake.You sell bread.", ["We bake.", "You sell bread."]),
        (" \n\t", []),
    ],
)
def test_statements(text: str, expected: list[str]):
    assert read(text) == expected


@given(st.text(max_size=300))
def test_every_letter_is_in_one_token_and_one_statement_at_most(text: str):
    places = [at for word in scan(text) for at in range(word.start, word.end)]
    assert places == sorted(set(places))
    assert {at for at, c in enumerate(text) if c.isalnum()} <= set(places)
    edges = [edge for pair in statements(text) for edge in pair]
    assert edges == sorted(edges)


@pytest.mark.parametrize("piece", ["(", "a.", "A.", "’s", "1,", ". ", "- ", "x" * 9, "U.S. "])
def test_odd_texts_take_linear_time(piece: str):
    def seconds(text: str) -> float:
        began = time.process_time()
        scan(text)
        list(statements(text))
        return time.process_time() - began

    assert seconds(piece * 30_000) < 3
