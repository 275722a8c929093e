"""Scores by group as boxes: scores that are all the same, negative, huge or undefined."""

import math
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.report.plots import LEFT, RIGHT, Spread, spread_plot, width_of

SVG = "{http://www.w3.org/2000/svg}"
UNDEFINED = (math.nan, math.nan, math.nan, math.nan, math.nan)
scores = st.lists(st.floats(-1e9, 1e9), min_size=5, max_size=5).map(sorted)


def draw(*spreads: Spread, median: float) -> ET.Element:
    return ET.fromstring(spread_plot(spreads, median=median, key="k", title="T", description="D"))


def of(*values: float) -> Spread:
    low, left, middle, right, high = values
    return Spread("a", (low, left, middle, right, high))


def boxes(picture: ET.Element) -> list[tuple[float, float]]:
    return [
        (float(box.get("x", "nan")), float(box.get("width", "nan")))
        for box in picture.iter(f"{SVG}rect")
    ]


def ticks(picture: ET.Element) -> list[tuple[float, str]]:
    return [
        (float(text.get("x", "nan")), text.text or "")
        for text in picture.iter(f"{SVG}text")
        if text.get("class") == "tick"
    ]


@given(st.lists(scores, min_size=1, max_size=16))
def test_any_scores_make_well_formed_svg_inside_its_frame(found: list[list[float]]):
    picture = draw(*(of(*values) for values in found), median=found[0][2])
    for left, width in boxes(picture):
        assert LEFT <= left <= left + width <= RIGHT
        assert width >= 4
    assert "nan" not in ET.tostring(picture, encoding="unicode")
    assert len(boxes(picture)) == len(found)


@pytest.mark.parametrize("score", [0.0, 5.0, -3.0, 1e6, -1e9, 1e-9])
def test_scores_that_are_all_the_same_still_have_a_box(score: float):
    picture = draw(of(*(score,) * 5), median=score)
    ((left, width),) = boxes(picture)
    assert width > 0
    middle = next(
        float((path.get("d") or "")[1:].split()[0])
        for path in picture.iter(f"{SVG}path")
        if path.get("class") == "box-median"
    )
    assert left + width / 2 == pytest.approx(middle, abs=0.1)


@pytest.mark.parametrize(
    "values",
    [(-9, -3, -1, 0, 2), (1e6, 2e6, 3e6, 4e6, 9e6), (1e12, 2e12, 3e12, 4e12, 5e12),
     (1e-9, 2e-9, 3e-9, 4e-9, 5e-9), (1e6, 1e6, 1e6, 1e6 + 0.001, 1e6 + 0.002), (0, 0, 0, 0, 1)],
)  # fmt: skip
def test_labels_of_the_axis_differ_ascend_and_never_touch(values: tuple[float, ...]):
    found = ticks(draw(of(*values), median=values[2]))
    assert len(found) >= 2
    assert len({label for _, label in found}) == len(found)
    for (at, label), (then, following) in pairwise(found):
        assert at < then
        assert then - at > 0.85 * (width_of(label) + width_of(following)) / 2


def test_negative_scores_have_a_minus_and_zero_has_none():
    labels = [label for _, label in ticks(draw(of(-9, -3, -1, 0, 2), median=-1))]
    assert "−8" in labels
    assert "0" in labels
    assert not any("-" in label for label in labels)


def test_a_group_without_scores_keeps_its_name_and_gets_no_box():
    none = Spread("nobody", UNDEFINED, "–")
    picture = draw(none, of(1, 2, 3, 4, 5), median=3.0)
    assert len(boxes(picture)) == 1
    assert "nobody" in [text.text for text in picture.iter(f"{SVG}text")]


def test_without_a_median_of_all_there_is_no_line_for_it():
    def labelled(median: float) -> bool:
        picture = draw(of(1, 2, 3, 4, 5), median=median)
        return "median of all" in [text.text for text in picture.iter(f"{SVG}text")]

    assert labelled(3.0)
    assert not labelled(math.nan)
    assert boxes(draw(Spread("nobody", UNDEFINED), median=math.nan)) == []
