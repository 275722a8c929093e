"""Least costs are those that scipy finds; nothing is said on the screen."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from evenhand.audit.linear_program import Matrix, Program, least


def some_program(rng: np.random.Generator) -> tuple[Matrix, Program]:
    width, equal, at_most = rng.integers(1, 9), rng.integers(0, 5), rng.integers(0, 5)
    fits = rng.integers(0, 6, width)
    sums = rng.integers(-2, 3, (equal, width)).astype(float)
    limited = rng.integers(-1, 3, (at_most, width)).astype(float)
    program = Program(
        equal=sums,
        equal_to=sums @ fits,
        at_most=limited,
        most=limited @ fits + rng.integers(-1, 3, at_most),
        bounds=[(float(rng.integers(0, 2)), rng.choice([7.0, np.inf])) for _ in range(width)],
    )
    return rng.integers(-1, 4, width).astype(float), program


@pytest.mark.parametrize("whole", [False, True])
def test_the_least_cost_is_the_one_that_scipy_finds(whole: bool):
    linprog = pytest.importorskip("scipy.optimize").linprog
    rng = np.random.default_rng(1)
    found: list[bool] = []
    for _ in range(150):
        cost, program = some_program(rng)
        ours = least(cost, program, whole=whole)
        theirs = linprog(
            cost,
            A_eq=program.equal,
            b_eq=program.equal_to,
            A_ub=program.at_most,
            b_ub=program.most,
            bounds=program.bounds,
            integrality=int(whole),
            options={"mip_rel_gap": 0.0},
        )
        found.append(ours is not None)
        assert found[-1] == theirs.success
        if ours is not None:
            assert cost @ ours == pytest.approx(theirs.fun, abs=1e-6)
            assert not whole or np.abs(ours - np.round(ours)).max() < 1e-6
    assert any(found)
    assert not all(found)


def test_a_value_without_end_has_no_least():
    nothing = np.zeros((0, 1))
    endless = Program(
        equal=nothing,
        equal_to=np.zeros(0),
        at_most=nothing,
        most=np.zeros(0),
        bounds=[(0.0, np.inf)],
    )
    assert least(np.array([-1.0]), endless) is None
    assert least(np.array([1.0]), endless) == pytest.approx([0.0])


# HiGHS keeps one number of threads for the whole process.
OTHERS = """
import highspy, numpy as np
from evenhand.audit.linear_program import Program, least
other = highspy.Highs()
other.silent()
other.setOptionValue("threads", {threads})
other.addVariable(0, 1)
other.run()
sums = np.array([[1.0, 1.0, 1.0]])
program = Program(equal=sums, equal_to=np.array([7.0]), at_most=sums[:0], most=np.zeros(0),
                  bounds=[(1.0, 5.0)] * 3)
answer = least(np.zeros(3), program, whole=True)
assert least(np.zeros(3), program, whole=True).tolist() == answer.tolist()
import sys; sys.stderr.write(repr(answer.tolist()))
"""


def test_the_answer_depends_on_nobody_elses_threads_and_nothing_is_printed():
    answers = set()
    for threads in (1, 2, 7):
        program = [sys.executable, "-W", "error", "-c", OTHERS.format(threads=threads)]
        done = subprocess.run(program, capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        answers.add(done.stderr)
    assert len(answers) == 1
