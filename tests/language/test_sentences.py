"""Sentences and statement lines with their offsets."""

from __future__ import annotations

from evenhand.language.text import sentences


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def test_sentences_end_at_marks_but_not_at_abbreviations() -> None:
    text = "Acme Inc. makes maps. You draw them, e.g. by hand! Ready?"
    assert pieces(text) == ["Acme Inc. makes maps.", "You draw them, e.g. by hand!", "Ready?"]


def test_closing_quotes_belong_to_the_sentence() -> None:
    assert pieces('She said "Stop." Then she left.') == ['She said "Stop."', "Then she left."]


def test_bullets_and_numbers_are_left_out() -> None:
    text = "Duties:\n- Draw maps\n• Print maps\n1. Sell maps\n2) Fold maps\r\na) Store maps"
    assert pieces(text) == [
        "Duties:", "Draw maps", "Print maps", "Sell maps", "Fold maps", "Store maps",
    ]  # fmt: skip


def test_items_of_a_list_in_one_line() -> None:
    text = "You will: - Draw maps - Print maps - Sell maps"
    assert pieces(text) == ["You will:", "Draw maps", "Print maps", "Sell maps"]


def test_one_dash_is_no_list() -> None:
    assert pieces("We draw maps - Berlin is home.") == ["We draw maps - Berlin is home."]


def test_glued_statements_are_parted() -> None:
    assert pieces("Draw maps on timePrint maps.Sell maps daily") == [
        "Draw maps on time", "Print maps.", "Sell maps daily",
    ]  # fmt: skip


def test_names_with_inner_capitals_are_no_seam() -> None:
    text = "We use iPhone and macOS at eBay with jQuery."
    assert pieces(text) == [text]


def test_the_text_between_sentences_is_white_space_or_bullets() -> None:
    text = "One two.  Three four!\n\n * Five six\n"
    covered = "".join(pieces(text)).replace(" ", "")
    assert covered == "Onetwo.Threefour!Fivesix"


def test_nothing_in_nothing() -> None:
    assert sentences("") == []
    assert sentences(" \n\t\r\n ") == []
