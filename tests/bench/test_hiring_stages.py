"""The rows and stages of the benchmark hang together; nothing is run here."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.errors import BadInput
from evenhand.records.job import Job
from hiring_claims import FOCUS, RIVAL, SECONDARY
from hiring_protocol import SCALES, evenly
from hiring_rows import FULL, OWN_PROGRAMS, PILOT, SAMPLES
from hiring_stages import FEW, SEEDS, forget


def test_every_planned_comparison_has_its_row() -> None:
    rows = {"original", *FULL, *OWN_PROGRAMS}
    assert {FOCUS, RIVAL, *SECONDARY} <= rows
    assert set(FEW) <= rows
    assert set(PILOT) & set(FULL)


def test_seeds_of_a_row_differ_in_nothing_but_seed_and_run() -> None:
    for name in (FOCUS, RIVAL):
        for seed in SEEDS:
            first, other = FULL[name], FULL[f"{name}_seed{seed}"]
            assert (other.system, other.samples, other.free) == (first.system, SAMPLES, False)
            assert other.seed == seed != first.seed
    runs = [FULL[f"{FOCUS}_seed{seed}"].run for seed in SEEDS]
    assert len({FULL[FOCUS].run, *runs}) == len(runs) + 1


def test_the_compared_rows_have_the_same_budget() -> None:
    same = ("best_of_4", "even_of_4", "align_only", "tuned", "ilql_on_base", "rloo")
    assert {FULL[name].samples for name in same} == {SAMPLES}
    assert not any(FULL[name].rules for name in FULL)


def test_one_row_is_forgotten_and_the_others_stay(tmp_path: Path) -> None:
    for name in ("tuned", "best_of_4"):
        (tmp_path / f"{name}.jsonl").write_text("", encoding="utf-8")
    forget(tmp_path, "tuned", "full")
    assert [path.name for path in tmp_path.iterdir()] == ["best_of_4.jsonl"]
    forget(tmp_path, "rloo", "full")
    with pytest.raises(BadInput, match=r"--only turned.*is no row"):
        forget(tmp_path, "turned", "full")
    with pytest.raises(BadInput, match="pilot"):
        forget(tmp_path, "rloo", "pilot")


def test_a_sample_of_ads_goes_evenly_through_them() -> None:
    jobs = [Job(str(at), "text") for at in range(10)]
    assert [job.id for job in evenly(jobs, 4)] == ["0", "3", "6", "9"]
    assert evenly(jobs, None) == evenly(jobs, 11) == jobs
    assert {"full", "pilot", "tiny"} <= set(SCALES)
