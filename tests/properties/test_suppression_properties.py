"""What must hold of published audits whatever the people: hidden ones are in nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from evenhand.audit.suppression import Cells, shown_people
from evenhand.match.protocol import IntArray
from evenhand.verbs.audit import audit
from evenhand.verbs.inputs import AuditInputs

from ..audit.evidence.made_up import FEW, people_of, write_csv

BY = ("sex", "race", "sex*race")
LARGE = {("f", "a"): (21, 9), ("f", "b"): (19, 4), ("m", "a"): (24, 11), ("m", "b"): (18, 9)}
patiently = settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
few = st.integers(1, 4).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
hidden_people = st.fixed_dictionaries({("x", "a"): few}, optional={("x", "b"): few, ("m", ""): few})


def rows_of(few_people: Mapping[tuple[str, str], tuple[int, int]], seed: int) -> list[Any]:
    """The same shown people, and others; ids, scores and places in the file of their own."""
    shown, others = people_of(LARGE, BY[:2]), people_of(few_people, BY[:2])
    rng = np.random.default_rng(seed)
    for number, row in enumerate(shown):
        row |= {"score": 100 + 7 * (number % 13), "period": "ab"[number % 2]}
    for row in others:
        row |= {"id": f"h{row['id']}", "score": float(rng.normal(100, 30)), "period": "a"}
    for row in others:
        shown.insert(int(rng.integers(0, len(shown))), row)
    return shown


def files_of(folder: Path) -> dict[str, bytes]:
    """Everything that was published."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@given(hidden_people, hidden_people, st.integers(0, 99))
@patiently
def test_what_is_published_is_a_function_of_what_is_shown(
    tmp_path: Path, one: dict[Any, Any], other: dict[Any, Any], seed: int
):
    """Byte for byte, digests and all: there is nothing to replay, subtract or try."""
    texts: list[dict[str, bytes]] = []
    for number, few_people in enumerate((one, other)):
        path = write_csv(tmp_path / "o.csv", rows_of(few_people, seed + number))
        found = audit(
            AuditInputs(outcomes=path),
            replace(FEW, by=BY),
            command=["audit"],
            out=tmp_path / "out",
            force=True,
        )
        assert found.hides
        texts.append(files_of(tmp_path / "out"))
    assert texts[0] == texts[1]


tables = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=60)


@given(tables, st.integers(2, 6))
@settings(deadline=None, max_examples=200)
def test_nobody_is_shown_in_a_small_cell_and_nobody_more_could_be(people: Any, least: int):
    first, second = (np.array(column, dtype=np.int64) for column in zip(*people, strict=True))
    both = first * 5 + second
    given_ = {
        name: Cells(codes, codes, int(codes.max()) + 1)
        for name, codes in (("a", first), ("b", second), ("ab", both))
    }
    ones = np.ones(len(first), dtype=np.int64)
    found = shown_people(given_, ones, ones.astype(bool), least)
    kept = found.people
    for name in (name for name in found.tables if name not in found.coarse):
        sizes = np.bincount(given_[name].codes[kept], minlength=26)
        assert set(sizes[sizes > 0] >= least) <= {True}
    if found.coarse or found.withheld:
        return
    # Everybody who is left out has a cell that is small among all who could be shown with them.
    order = np.flatnonzero(~kept)
    survivors = np.ones(len(first), dtype=bool)
    for _ in range(len(first)):
        for table in given_.values():
            sizes = np.bincount(table.codes[survivors], minlength=26)
            survivors &= sizes[table.codes] >= least
    assert not survivors[order].any()
    assert survivors[kept].all()


@st.composite
def crossed_tables(draw: st.DrawFn) -> IntArray:
    """People by two attributes: groups of sizes on both sides of what is shown."""
    sizes = st.sampled_from([0, 0, 1, 2, 3, 4, 6, 9, 14, 22, 31, 90])
    rows, columns = draw(st.integers(2, 4)), draw(st.integers(2, 6))
    found = draw(st.lists(sizes, min_size=rows * columns, max_size=rows * columns))
    return np.array(found, dtype=np.int64).reshape(rows, columns)


@given(crossed_tables())
@settings(deadline=None, max_examples=300)
def test_no_small_group_of_a_coarse_table_can_be_solved_for(sizes: IntArray):
    """By a linear program: what is published allows of a group of 1 to 4 another size too."""
    rows, columns = sizes.shape
    first, second = (each.ravel() for each in np.indices(sizes.shape))
    both = np.arange(sizes.size)
    given_ = {
        "a": Cells(first, first, rows),
        "b": Cells(second, second, columns),
        "a*b": Cells(both, both, sizes.size),
    }
    weight = sizes.ravel()
    found = shown_people(given_, weight, weight > 0, 5)
    kept = np.where(found.people, weight, 0)
    published = [np.ones(sizes.size, dtype=bool)]
    for name in found.tables:
        codes = given_[name].codes
        shown = found.coarse.get(name, np.ones(codes.max() + 1, dtype=bool))
        published += [codes == row for row in np.flatnonzero(shown)]
    matrix = np.array(published, dtype=float)
    for one in np.flatnonzero((kept > 0) & (kept < 5)):
        ends = [
            linprog(sign * (both == one), A_eq=matrix, b_eq=matrix @ kept).fun for sign in (1, -1)
        ]
        assert -ends[1] - ends[0] > 0.5


@pytest.mark.parametrize("least", [1, 2])
def test_nothing_is_left_out_where_nothing_is_small(least: int):
    codes = np.repeat(np.arange(6), 2)
    found = shown_people(
        {"a": Cells(codes, codes, 6)}, np.ones(12, dtype=np.int64), np.ones(12, dtype=bool), least
    )
    assert found.people.all()
