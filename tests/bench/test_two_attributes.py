"""Two attributes at once, on a small invented market: rows, both attributes, abstention."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import evenhand
from evenhand.records.files import read_json
from evenhand.records.market import Market

ROWS = {"original", "best_of_4_one", "best_of_4_both", "tuned_one", "tuned_both"}


@pytest.fixture(scope="module")
def program() -> Any:
    return importlib.import_module("two_attributes")


def run(program: Any, small_case: Any, out: Path, *groups: str) -> dict[str, Any]:
    size = program.Size(14, 8, spans=2, samples=3, examples=8, steps=2, resamples=50)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(program, "load_market", lambda: Market(small_case.ads, small_case.people))
        return program.two_attributes(
            out,
            seed=1,
            size=replace(size, occupations=groups),
            base=evenhand.load_config([small_case.config_file]),
        )


@pytest.mark.slow
def test_every_row_is_judged_in_both_attributes(program, small_case, tmp_path):
    out = tmp_path / "two.json"
    report = run(program, small_case, out, "sales")
    assert json.loads(out.read_text()) == json.loads(json.dumps(report))
    assert set(report["systems"]) == ROWS
    for row in report["systems"].values():
        assert set(row["attributes"]) == {"gender", "age_band"}
        for contrasts in row["attributes"].values():
            for one in contrasts:
                assert one["interval"][0] <= one["R"] <= one["interval"][1]
                assert one["chance"][0] < one["chance"][1]
    before, after = (
        report["systems"][name]["attributes"]["gender"][0]["R"]
        for name in ("original", "best_of_4_one")
    )
    assert before < 0.9
    assert before < after
    assert "tuned_both vs tuned_one" in report["paired"]
    changed = {one["attribute"] for one in report["paired"]["tuned_both vs tuned_one"]}
    assert changed == {"gender", "age_band"}
    runs = [tmp_path / "two" / name / "run" for name in ("one", "both")]
    configs = [read_json(run / "config.json") for run in runs]
    assert [config["reward"]["attributes"] for config in configs] == [
        ["gender"],
        ["gender", "age_band"],
    ]
    assert {config["reward"]["combine"] for config in configs} == {"worst"}


def test_nothing_is_tuned_where_there_is_no_gap(program, small_case, tmp_path):
    report = run(program, small_case, tmp_path / "two.json", "archives")
    assert "systems" not in report
    assert all("nothing is tuned" in said["abstained"] for said in report["said"].values())
    assert not any(person in json.dumps(report) for person in small_case.people.ids)
