import math
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.records.result import visible
from evenhand.report.plots import (
    LEFT,
    NARROW,
    RIGHT,
    WIDE,
    PlotRow,
    Room,
    quality_plot,
    ratio_plot,
)

SVG = "{http://www.w3.org/2000/svg}"
ratios = st.floats(0.001, 1000)
rows = st.builds(
    PlotRow,
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=9),
    value=st.none() | ratios,
    interval=st.tuples(st.none() | ratios, st.none() | ratios),
    null=st.none() | st.tuples(st.floats(0.5, 1), st.floats(1, 2)),
    shape=st.sampled_from(["circle", "diamond", "triangle", "ring"]),
    note=st.just("<b> & \"'"),
)


def draw(*given_rows: PlotRow, room: Room = WIDE) -> ET.Element:
    ends = ("less", "more")
    return ET.fromstring(
        ratio_plot(given_rows, key="k", title="T", description="D", ends=ends, room=room)
    )


def texts(picture: ET.Element, kind: str) -> list[str]:
    return [t.text or "" for t in picture.iter(f"{SVG}text") if t.get("class") == kind]


def where(picture: ET.Element, kind: str) -> list[float]:
    return [float(t.get("x", "nan")) for t in picture.iter(f"{SVG}text") if t.get("class") == kind]


@given(st.lists(rows, max_size=6), st.sampled_from([WIDE, NARROW]))
def test_any_rows_make_well_formed_svg_inside_its_frame(given_rows: list[PlotRow], room: Room):
    picture = draw(*given_rows, room=room)
    assert picture.get("role") == "img"
    assert picture.find(f"{SVG}title") is not None
    assert picture.find(f"{SVG}desc") is not None
    names = [t.text or "" for t in picture.iter(f"{SVG}text") if t.get("class") == "row-label"]
    assert names == [visible(row.name) for row in given_rows]
    for element in picture.iter():
        for name in ("x", "cx"):
            if element.get(name) is not None:
                assert 0 <= float(element.get(name, "")) <= room.width
        assert "nan" not in str(element.attrib).lower()


def test_parity_has_its_line_and_its_tick():
    picture = draw(PlotRow("a", 0.2, (0.1, 0.4)))
    assert texts(picture, "line-label") == ["parity"]
    assert "1" in texts(picture, "tick")
    tick = where(picture, "tick")[texts(picture, "tick").index("1")]
    assert where(picture, "line-label") == [tick]


def test_equal_factors_are_equal_distances():
    picture = draw(PlotRow("a", 0.25), PlotRow("b", 0.5), PlotRow("c", 1.0), PlotRow("d", 2.0))
    at = [float(c.get("cx", "")) for c in picture.iter(f"{SVG}circle")]
    assert at[1] - at[0] == pytest.approx(at[2] - at[1], abs=0.2)
    assert at[2] - at[1] == pytest.approx(at[3] - at[2], abs=0.2)


def test_the_narrow_picture_says_the_same_with_names_above_their_marks():
    row = PlotRow("a", 0.8, (0.7, 0.9), note="0.80 (0.70 to 0.90)")
    wide, narrow = draw(row), draw(row, room=NARROW)
    for kind in ("row-label", "row-note", "line-label"):
        assert texts(narrow, kind) == texts(wide, kind)
    assert (wide.get("class"), narrow.get("class")) == ("plot", "plot narrow")
    tops = {t.text: float(t.get("y", "nan")) for t in narrow.iter(f"{SVG}text")}
    mark = next(path for path in narrow.iter(f"{SVG}circle"))
    assert tops["a"] == tops["0.80 (0.70 to 0.90)"] < float(mark.get("cy", "nan")) - 8
    ids = {each.get("id") for picture in (wide, narrow) for each in picture.iter()} - {None}
    assert len(ids) == 4


def test_ticks_never_crowd():
    for reach in (1.1, 2.0, 7.0, 60.0):
        at = where(draw(PlotRow("a", 1.0, (1 / reach, reach))), "tick")
        assert all(second - first >= 30 for first, second in pairwise(at))
        assert len(at) >= 3


def test_marks_differ_by_shape():
    shapes = ("circle", "ring", "diamond", "triangle")
    drawn = [
        re.sub(r"[\d.]+", "0", ET.tostring(mark, encoding="unicode"))
        for row in (PlotRow("a", 1.0, shape=shape) for shape in shapes)
        for mark in draw(row).iter()
        if (mark.get("class") or "").startswith("marker")
    ]
    assert len(set(drawn)) == 4


def test_an_end_off_the_axis_is_an_arrow():
    def whisker(low: float | None, high: float | None) -> str:
        paths = draw(PlotRow("a", 1.0, (low, high))).iter(f"{SVG}path")
        return next(path.get("d", "") for path in paths if path.get("class") == "whisker")

    assert "L" not in whisker(0.5, 2.0)
    assert whisker(0.5, None).count("L") == 2
    assert whisker(None, 1e6).count("L") == 4
    assert f"H{RIGHT}" in whisker(0.5, None).replace(".0", "")


def test_quality_has_its_floor_and_an_axis_in_range():
    picture = ET.fromstring(
        quality_plot(
            [PlotRow("a", 0.99, (0.98, 1.0)), PlotRow("b", None)],
            key="q",
            title="T",
            description="D",
            floor=0.98,
            floor_label="floor",
        )
    )
    ticks = [float(text) for text in texts(picture, "tick")]
    assert ticks == sorted(ticks)
    assert len(set(ticks)) == len(ticks) >= 3
    assert ticks[0] > 0.9
    assert ticks[-1] <= 1.0
    assert texts(picture, "line-label") == ["floor"]
    assert LEFT <= where(picture, "line-label")[0] <= RIGHT


def test_undefined_values_have_a_name_and_no_mark():
    picture = draw(PlotRow("a", None, note="–"))
    assert texts(picture, "row-label") == ["a"]
    assert not [e for e in picture.iter() if (e.get("class") or "").startswith("marker")]
    assert math.isfinite(where(picture, "row-note")[0])
