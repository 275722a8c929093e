"""Readability against values worked out by hand from the published formulas."""

from __future__ import annotations

import pytest

from evenhand.language.style import Readability, monotony, natural, readability, syllables


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("cat", 1), ("make", 1), ("table", 2), ("manager", 3), ("information", 4), ("area", 3),
        ("reports", 1 + 1), ("worked", 1), ("wanted", 2), ("idea", 3), ("science", 2), ("the", 1),
        ("client", 2), ("editor", 3), ("quality", 3), ("created", 3), ("being", 2), ("people", 2),
    ],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_formulas() -> None:
    found = readability("The cat sat on the mat. It was happy.")
    assert found.words == 9
    assert found.sentences == 2
    assert found.words_per_sentence == 4.5
    assert found.reading_ease == pytest.approx(206.835 - 1.015 * 4.5 - 84.6 * 10 / 9)
    assert found.grade == pytest.approx(0.39 * 4.5 + 11.8 * 10 / 9 - 15.59)


def test_long_words_and_sentences_are_harder() -> None:
    easy = readability("We draw maps. We sell them.")
    hard = readability("Organizational responsibilities include administering documentation.")
    assert easy.reading_ease > hard.reading_ease
    assert easy.grade < hard.grade


def test_a_text_without_words() -> None:
    assert readability("12 + 3 🙂") == Readability(0, 0, 0.0, 0.0, 0.0)


def test_an_ad_reads_naturally_as_long_as_it_stays_as_long_as_easy_and_as_varied() -> None:
    ad = "We bake bread. You knead the dough. The shop opens at six. They come early for rolls."
    assert monotony(ad) == 0
    assert natural(ad, ad).passed
    alike = "You will bake bread. You will knead the dough. You will open at six."
    assert monotony(alike) == 1
    assert not natural(ad, alike).passed
    longer = natural(ad, ad + " Each of us bakes twelve loaves in the hour before we open.")
    assert not longer.passed
    assert "too long" in longer.reason
    harder = "Our establishment manufactures bakery products. Operations commence early. " * 2
    assert "harder to read" in natural(ad, harder).reason
