"""The quick reader gives what the careful one gives, or leaves the file to it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.records import delimited
from evenhand.records.columns import texts_of
from evenhand.records.delimited import layout_of, records_of
from evenhand.records.rows import Problems

CELLS = st.text(st.sampled_from("abAB09 .%é–\u00a0\u3000'\t"), max_size=20) | st.sampled_from(
    ["", "female", "a" * 64, "a" * 65, "aaaaaaaa", "aaaaaaaab", "é" * 8, "x,y", 'say "no"', "a\nb"]
)


def written(rows: list[list[str]], end: str, every: bool) -> str:
    def cell(text: str) -> str:
        quoted = text.replace('"', '""')
        return f'"{quoted}"' if (every and text) or {*text} & {",", '"', "\n"} else text

    return "".join(",".join(map(cell, row)) + end for row in rows)


@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=40),
    end=st.sampled_from(["\n", "\r\n", "\n\n"]),
    block=st.sampled_from([64, 200, 1 << 22]),
    many=st.booleans(),
    every=st.booleans(),
)
@settings(max_examples=150)
def test_both_readers_give_the_same(
    rows: list[list[str]], end: str, block: int, many: bool, every: bool
) -> None:
    if many:
        rows = [[f"id {number}", row[1], row[2]] for number, row in enumerate(rows)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_bytes(("a,b,c" + end + written(rows, end, every)).encode())
        problems = Problems(str(path), collect=True)
        layout = layout_of(problems, lambda _: 0)
        careful = [cells for _, cells in records_of(problems, layout)]
        before = delimited._AT_ONCE
        delimited._AT_ONCE = block
        try:
            quick = delimited._quick_columns(problems, layout, [0, 2])
        finally:
            delimited._AT_ONCE = before
    assert problems.found == [] or quick is None
    if quick is not None:
        for at, built in quick.items():
            column = built.built()
            expected = texts_of([row[at] for row in careful])
            assert [*column.distinct] == [*expected.distinct]
            np.testing.assert_array_equal(column.codes, expected.codes)
            assert column.any_blank == expected.any_blank


def test_the_quick_reader_takes_a_plain_file(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,g\n" + "".join(f'p{row},"{"ab"[row % 2]}"\n' for row in range(9000)))
    problems = Problems(str(path), collect=True)
    found = delimited._quick_columns(problems, layout_of(problems, lambda _: 0), [0, 1])
    assert found is not None
    ids, groups = (found[at].built() for at in (0, 1))
    assert ids.unique
    assert ids.distinct[8999] == "p8999"
    assert [*groups.distinct] == ["a", "b"]
