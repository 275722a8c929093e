"""Names in pictures: where they break, and that they end inside their room."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.report.plots import NARROWEST, fitted, two_lines, width_of


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Hispanic or Latino", ["Hispanic", "or Latino"]),
        ("female · Hispanic or Latino", ["female ·", "Hispanic or Latino"]),
        ("male · Native Hawaiian", ["male ·", "Native Hawaiian"]),
        ("a_system_with_a_rather_long_name", ["a_system_with_a_", "rather_long_name"]),
        ("abcdefghij", ["abcde", "fghij"]),
    ],
)
def test_names_break_where_it_reads_well(name: str, lines: list[str]):
    assert two_lines(name) == lines


@given(st.text(st.characters(categories=["L", "N", "Zs"]), min_size=2, max_size=60))
def test_breaking_loses_nothing_but_a_blank(name: str):
    first, second = two_lines(name)
    assert name in (f"{first}{second}", f"{first} {second}")


def test_widths_follow_the_letters():
    assert width_of("") == 0
    assert width_of("ill") < width_of("abc") < width_of("WWW")
    assert width_of("ab") == width_of("a") + width_of("b")
    # Liberation Sans Bold at 13 pixels, as Chromium measures it.
    assert width_of("Hispanic or Latino") == pytest.approx(113.4, rel=0.05)


@pytest.mark.parametrize("length", [1, 10, 20, 40, 400])
def test_text_is_left_alone_then_squeezed_then_cut(length: int):
    text = ET.fromstring(fitted(0, 0, "n" * length, "row-label", 136))
    shown = text.text or ""
    squeezed = text.get("textLength")
    assert (squeezed is None) == (width_of(shown) <= 136)
    assert width_of(shown) * NARROWEST <= 136
    assert shown == "n" * length or shown.endswith("n…")
