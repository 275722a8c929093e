"""Lines by depth: whatever the groups and values, all inside the frame and told apart in grey."""

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.report.plots import DASHES, LINE, RIGHT, TOP, WIDTH, Curve, curve_plot

SVG = "{http://www.w3.org/2000/svg}"
LONG = "People from somewhere rather far away No"
values = st.floats(0, 50) | st.just(math.nan)


def draw(curves: Sequence[Curve]) -> ET.Element:
    return ET.fromstring(curve_plot(curves, key="k", title="T", description="D"))


def of_kind(picture: ET.Element, tag: str, kind: str) -> list[ET.Element]:
    return [each for each in picture.iter(f"{SVG}{tag}") if each.get("class") == kind]


def number(element: ET.Element, name: str) -> float:
    return float(element.get(name, "nan"))


def near(groups: int, name: str = "group") -> list[Curve]:
    """Lines whose ends nearly coincide."""
    return [Curve(f"{name} {index}", (2.0, 1.5, 1 + index / 1000)) for index in range(groups)]


def words(picture: ET.Element) -> list[str]:
    return [text.text or "" for text in picture.iter(f"{SVG}text")]


@given(st.lists(st.lists(values, min_size=5, max_size=5), min_size=1, max_size=16))
def test_any_lines_make_well_formed_svg_inside_its_frame(lines: list[list[float]]):
    picture = draw([Curve(f"<{index}>&", tuple(line)) for index, line in enumerate(lines)])
    _, _, width, height = map(float, picture.get("viewBox", "").split())
    assert width == WIDTH
    for text in picture.iter(f"{SVG}text"):
        assert 0 <= number(text, "x") <= width
        assert 0 < number(text, "y") <= height
    assert "nan" not in ET.tostring(picture, encoding="unicode")
    drawn = sum(any(map(math.isfinite, line)) for line in lines)
    assert len(of_kind(picture, "path", "curve")) == drawn


@pytest.mark.parametrize("groups", [1, 2, 7, 16, 28])
@pytest.mark.parametrize("name", ["group", LONG])
def test_names_of_lines_that_meet_stand_apart_and_inside(groups: int, name: str):
    picture = draw(near(groups, name))
    heights = sorted(number(text, "y") for text in of_kind(picture, "text", "line-name"))
    assert len(heights) == groups * (1 if name == "group" else 2)
    assert all(below - above >= LINE - 0.11 for above, below in pairwise(heights))
    _, _, _, height = map(float, picture.get("viewBox", "").split())
    assert heights[0] >= TOP - LINE
    assert heights[-1] < height


def test_names_keep_the_order_of_their_lines():
    picture = draw(near(7))
    names = {text.text: number(text, "y") for text in of_kind(picture, "text", "line-name")}
    assert sorted(names, key=lambda name: names[name], reverse=True) == [
        f"group {index}" for index in range(7)
    ]


def test_names_far_from_others_stand_at_their_lines():
    picture = draw([Curve("high", (1.4, 1.4)), Curve("low", (0.1, 0.1)), Curve("less", (0.0, 0.0))])
    leaders = [path.get("d", "") for path in of_kind(picture, "path", "leader")]
    start, end = leaders[0].removeprefix("M").split("L")
    assert start.split()[1] == end.split()[1]


@pytest.mark.parametrize("groups", [7, 28])
def test_lines_differ_without_colour(groups: int):
    curves = [Curve(f"g{index}", (1.0,) * 50) for index in range(groups)]
    picture = draw(curves)
    dashes = [path.get("stroke-dasharray") for path in of_kind(picture, "path", "curve")]
    assert len(set(dashes)) == len(DASHES)
    signs = of_kind(picture, "path", "sign")
    assert len(signs) == groups - len(DASHES)
    shapes = [(each.get("d") or "M0 0").partition("m")[2].partition("M")[0] for each in signs]
    assert len(set(zip(dashes[len(DASHES) :], shapes, strict=True))) == len(signs)


def test_a_line_breaks_where_it_is_undefined_and_a_point_alone_is_seen():
    picture = draw([Curve("a", (1.0, math.nan, 1.0, 1.2, math.nan))])
    path = of_kind(picture, "path", "curve")[0].get("d", "")
    assert path.count("M") == 2
    assert path.count("h4") == 1
    assert path.index("h4") < path.rindex("M")


def test_one_place_only():
    picture = draw([Curve("a", (1.2,)), Curve("b", (0.8,))])
    assert all("h4" in path.get("d", "") for path in of_kind(picture, "path", "curve"))
    assert words(picture).count("1") == 2  # the place, and parity


def test_lines_that_say_nothing_are_left_out():
    picture = draw([Curve("a", (math.nan, math.nan)), Curve("b", (1.0, 1.0))])
    assert [text.text for text in of_kind(picture, "text", "line-name")] == ["b"]
    assert of_kind(draw([Curve("a", (math.nan,))]), "path", "curve") == []


def test_steep_starts_are_cut_off_and_it_says_so():
    assert any("cut off at 4" in text for text in words(draw([Curve("a", (30.0, 1.0))])))
    assert not any("cut off" in text for text in words(draw([Curve("a", (3.9, 1.0))])))
    path = of_kind(draw([Curve("a", (30.0, 1.0))]), "path", "curve")[0].get("d", "")
    assert float(path.split("L")[0].split()[1]) == TOP


def test_names_end_inside_the_picture():
    picture = draw([Curve("W" * 80, (1.0, 1.0))])
    for text in of_kind(picture, "text", "line-name"):
        assert number(text, "x") > RIGHT
        assert number(text, "x") + number(text, "textLength") <= WIDTH
        assert (text.text or "").endswith("…")
