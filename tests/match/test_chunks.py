"""Cutting long texts: nothing lost, nothing too long, and edits stay local."""

from __future__ import annotations

import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.match.conftest import word_starts

from evenhand.match.dense import cut

PIECES = st.sampled_from(
    ["word", "a", "x" * 40, ". ", "! ", "\n", "\n\n", " ", "  ", "。", "سؤال؟ ", "📊", "etc.) "]
)


def sentences(seed: int, count: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [
        " ".join(f"w{rng.integers(500)}" for _ in range(rng.integers(4, 14))) + "."
        for _ in range(count)
    ]


@given(st.lists(PIECES, max_size=200).map("".join), st.integers(2, 30))
def test_chunks_hold_every_token_once_and_fit(text: str, capacity: int):
    starts = word_starts(text)
    chunks = cut(text, starts, capacity)
    if len(starts) > capacity:
        assert all(0 < chunk.tokens <= capacity for chunk in chunks)
    assert sum(chunk.tokens for chunk in chunks) == len(starts)
    inside = [start for c in chunks for start in starts if c.start <= start < c.end]
    assert inside == starts
    between = [0, *(offset for c in chunks for offset in (c.start, c.end)), len(text)]
    assert between == sorted(between)
    left_out = "".join(text[a:b] for a, b in zip(between[::2], between[1::2], strict=True))
    assert not left_out.strip()


def test_a_text_that_fits_is_one_chunk():
    text = "  One. Two.\nThree.  "
    (chunk,) = cut(text, word_starts(text), 3)
    assert text[chunk.start : chunk.end] == "One. Two.\nThree."


def test_chunks_end_where_sentences_end():
    text = " ".join(sentences(0, 60))
    for chunk in cut(text, word_starts(text), 50):
        assert text[chunk.end - 1] == "."


def test_rewording_a_sentence_seldom_touches_another_chunk():
    kept, touched = [], []
    for seed in range(40):
        before = sentences(seed, 80)
        after = list(before)
        after[seed] = "some " + after[seed]
        pieces = [
            {text[c.start : c.end] for c in cut(text, word_starts(text), 100)}
            for text in (" ".join(before), " ".join(after))
        ]
        touched.append(len(pieces[1] - pieces[0]))
        kept.append(len(pieces[1] & pieces[0]))
    assert np.mean(touched) < 1.7
    assert np.mean(kept) > 6


def test_fixed_windows_would_touch_all_chunks_after_the_edit():
    """What content-defined boundaries are for; fails if the test above became vacuous."""
    words = " ".join(sentences(1, 80)).split()
    fixed = [
        {" ".join(w[n : n + 100]) for n in range(0, len(w), 100)} for w in (words, ["some", *words])
    ]
    assert not fixed[0] & fixed[1]


def test_a_sentence_longer_than_the_window_is_cut_between_words():
    text = " ".join(f"word{n}" for n in range(1000))
    chunks = cut(text, word_starts(text), 100)
    assert all(50 <= chunk.tokens <= 100 for chunk in chunks[:-1])
    assert " ".join(text[c.start : c.end] for c in chunks) == text


def test_a_word_longer_than_the_window_is_cut_between_tokens():
    text = "汉" * 1000
    chunks = cut(text, range(1000), 100)
    assert sum(chunk.tokens for chunk in chunks) == 1000
    assert "".join(text[c.start : c.end] for c in chunks) == text


def test_hostile_white_space_takes_no_time():
    text = ("a" + " " * 50_000 + "b." + "\n" * 50_000 + "." * 50_000 + '"' * 50_000) * 2
    start = time.perf_counter()
    cut(text, word_starts(text), 2)
    assert time.perf_counter() - start < 5
