"""Edits drawn for reading: evenly over ads, without repeats; verdicts counted, bad rows named."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binom

from evenhand.errors import BadInput, RecordError
from evenhand.language.span import Edit
from evenhand.rewrite.result import Rewrite, write_rewrites

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def program() -> Any:
    return importlib.import_module("read_edits")


def rewriting(name: str, edits: int) -> Rewrite:
    """An ad of ``edits`` sentences, each with a word changed."""
    lines = [f"Prepare report {at} of {name}.\n" for at in range(edits)]
    width = len(f"Prepare report 0 of {name}.\n")
    made = [
        Edit(at * width, at * width + 7, "Prepare", "Write", {"gain": 0.5}) for at in range(edits)
    ]
    original = "".join(lines)
    return Rewrite(name, original, original.replace("Prepare", "Write"), tuple(made))


REWRITES = [rewriting("many", 9), rewriting("some", 4), rewriting("one", 1), rewriting("no", 0)]


def test_ads_take_turns_and_nothing_is_drawn_twice(program):
    drawn = program.draw(REWRITES, 7, seed=0)
    assert Counter(ad for ad, _ in drawn) == {"many": 3, "some": 3, "one": 1}
    assert len({(ad, edit.start) for ad, edit in drawn}) == 7
    assert drawn == program.draw(REWRITES, 7, seed=0)
    assert drawn != program.draw(REWRITES, 7, seed=1)


def test_an_edit_of_two_systems_counts_once(program):
    assert len(program.draw([*REWRITES, *REWRITES], 100, seed=0)) == 14


def test_what_is_read_is_blind(program, tmp_path):
    program.write_drawn(program.draw(REWRITES, 5, seed=0), tmp_path)
    text = (tmp_path / "edits.tsv").read_text()
    assert text.startswith("id\tbefore\tafter\tverdict\n1\tPrepare\tWrite\t\n")
    assert "many" not in text
    assert "0.5" not in text
    assert "many" in (tmp_path / "key.tsv").read_text()


def test_verdicts_are_never_overwritten_nor_ad_text_tracked(program, tmp_path):
    drawn = program.draw(REWRITES, 5, seed=0)
    program.write_drawn(drawn, tmp_path)
    with pytest.raises(BadInput, match="exists already"):
        program.write_drawn(drawn, tmp_path)
    with pytest.raises(BadInput, match="under runs/"):
        program.write_drawn(drawn, ROOT / "docs" / "reading")
    assert not (ROOT / "docs" / "reading").exists()


@pytest.mark.parametrize(("changed", "read"), [(0, 150), (2, 150), (1, 10), (3, 3)])
def test_the_bound_is_clopper_pearson(program, changed, read):
    """As bisection on the binomial distribution finds it; ``1 - .05 ** (1 / n)`` for none."""
    verdicts = ["changed:tense"] * changed + ["same"] * (read - changed)
    found = program.score(verdicts)
    assert (found["read"], found["changed_meaning"]) == (read, changed)
    if changed < read:  # the share at which so few would be found in one reading of twenty
        assert binom.cdf(changed, read, found["upper_bound"]) == pytest.approx(0.05, abs=1e-4)
    if changed == 0:
        assert found["upper_bound"] == pytest.approx(1 - 0.05 ** (1 / read), abs=1e-6)


def test_kinds_are_counted(program):
    found = program.score(["same", "tone", "changed:who", "changed:who", "changed:tense"])
    assert found["kinds"] == {"tense": 1, "who": 2}
    assert found["unchanged"] == {"same": 1, "tone": 1}


def classified(folder: Path, *verdicts: str) -> Path:
    rows = "".join(f"{at}\tbefore\tafter\t{verdict}\n" for at, verdict in enumerate(verdicts, 1))
    (folder / "edits.tsv").write_text(f"id\tbefore\tafter\tverdict\n{rows}")
    return folder / "edits.tsv"


@pytest.mark.parametrize("verdict", ["", "changed", "changed:", "fine", "Same"])
def test_a_row_without_a_verdict_is_named(program, tmp_path, verdict):
    path = classified(tmp_path, "same", verdict, "tone")
    with pytest.raises(RecordError, match=r"edits\.tsv:3: verdict: .*write same, tone or changed"):
        program.read_verdicts(path)


def test_other_tables_are_refused(program, tmp_path):
    with pytest.raises(RecordError, match="can't be read"):
        program.read_verdicts(tmp_path / "none.tsv")
    (tmp_path / "other.tsv").write_text("a\tb\n1\t2\n")
    with pytest.raises(RecordError, match="must begin with the columns"):
        program.read_verdicts(tmp_path / "other.tsv")
    (tmp_path / "short.tsv").write_text("id\tbefore\tafter\tverdict\n1\tx\tsame\n")
    with pytest.raises(RecordError, match=r"short\.tsv:2: has 3 columns"):
        program.read_verdicts(tmp_path / "short.tsv")
    with pytest.raises(RecordError, match="holds no edits"):
        program.read_verdicts(classified(tmp_path))


def test_from_the_command_line(tmp_path):
    write_rewrites(tmp_path / "r.jsonl", REWRITES)
    program, out = str(ROOT / "bench" / "hiring" / "read_edits.py"), str(tmp_path / "reading")
    draw = ["--rewrites", str(tmp_path / "r.jsonl"), "--n", "3", "--out", out]
    done = subprocess.run([sys.executable, program, *draw], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '"drawn": 3' in done.stdout
    done = subprocess.run([sys.executable, program, "--score", out], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "edits.tsv:2: verdict" in done.stderr
