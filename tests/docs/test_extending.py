"""What the guide to extending adds runs: each block put where it says, in a copy of the package.

``<!-- add: FILE, before: LINE -->`` above a block says where it goes: before the first line that
begins so (a bracket and the docstring under it are two lines), or at the end of the file. Blocks
without it show what is there already, and must be there to the letter.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guide" / "extending.md").read_text()
BLOCK = re.compile(
    r"^(?:<!-- add: (?P<file>[^,\s]+)(?:, before: (?P<line>[^\n]+))? -->\n)?```(?P<kind>\w+)\n"
    r"(?P<text>.*?)^```$",
    re.M | re.S,
)
BLOCKS = [each.groupdict() for each in BLOCK.finditer(GUIDE)]
ADDED = [each for each in BLOCKS if each["file"]]
SHOWN = [each["text"] for each in BLOCKS if not each["file"]]
LISTS = """
import numpy as np
from evenhand.audit.audit import all_definitions
from evenhand.match.protocol import Rankings
from evenhand.measure.families.lists import list_figures
from evenhand.measure.resample import draw_weights
from evenhand.measure.study import Case, make_design

groups = ["a", "b"] * 4
order = np.array([np.roll(np.arange(40), ad)[:20] for ad in range(8)])
ids = tuple(str(one) for one in range(40))
rankings = Rankings(ids[:8], ids, order, -order.astype(float))
labels = np.array(["f", "m"] * 20)
design = make_design(labels, np.ones((8, 40), bool), groups, permutations=20)
figures = list_figures(Case(design, rankings, 10, draw_weights(40, groups, 20, 0), "sex"))
found = next(one for one in figures if one.measure == "infeasible_share")
assert 0 <= found.value < found.chance_mean < 1 and 0 < found.p_value < 1, found
assert all_definitions()["infeasible_share"].name == "InfeasibleShare"
"""
RATES = """
import json, tempfile
from pathlib import Path
from evenhand import api
from evenhand.audit.rates import AuditSettings
from evenhand.verbs.audit import AuditInputs

with tempfile.TemporaryDirectory() as folder:
    rows = [f"f,{int(at % 10 < 2)}\\nm,{int(at % 10 < 5)}" for at in range(40)]
    (Path(folder) / "people.csv").write_text("\\n".join(["sex,selected", *rows]))
    given = AuditInputs(outcomes=Path(folder) / "people.csv")
    api.audit(given, AuditSettings(by=("sex",)), out=f"{folder}/audit")
    audit = json.loads((Path(folder) / "audit" / "audit.json").read_text())
    assert abs(audit["selection"]["sex"]["cells"]["f"]["cohens_h"] + 0.6435) < 1e-3
    assert "Cohen" in (Path(folder) / "audit" / "audit.html").read_text()
"""
WORDS = """
from evenhand.language.check import check

found = check("We hire a swashbuckling salesperson.")
assert [one.suggestion for one in found if one.text == "swashbuckling"] == ["curious"], found
"""
TABLES = """
import tempfile
from pathlib import Path
from evenhand.records.rows import Problems
from evenhand.records.tables import read_rows

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "people.jl"
    path.write_text('{"id": "p1", "sex": "f"}\\n{"id": "p2", "sex": "m"}\\n')
    rows = read_rows(Problems(str(path), collect=False))
    assert rows.columns == ("id", "sex") and rows.rows[1].values == {"id": "p2", "sex": "m"}
"""


def place(lines: Sequence[str], wanted: str) -> int:
    """The line that a block goes before, above what decorates it."""
    bracket, rest = wanted[:1], wanted[1:]
    for at, line in enumerate(lines):
        below = lines[at + 1].strip() if at + 1 < len(lines) else ""
        if line.strip().startswith(wanted) or (
            line.strip() == bracket and bracket in ")}" and below.startswith(rest)
        ):
            while lines[at - 1].startswith("@"):
                at -= 1
            return at
    raise AssertionError(f"no line begins with {wanted}")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with everything that the guide adds."""
    source = tmp_path_factory.mktemp("extended")
    shutil.copytree(
        ROOT / "src" / "evenhand",
        source / "evenhand",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for block in ADDED:
        path = source / "evenhand" / block["file"]
        lines = path.read_text().splitlines()
        at = place(lines, block["line"]) if block["line"] else len(lines)
        lines[at:at] = ["", *block["text"].splitlines(), ""]
        path.write_text("\n".join(lines) + "\n")
    return source


@pytest.mark.parametrize(
    "code", [LISTS, RATES, WORDS, TABLES], ids="lists rates words tables".split()
)
def test_what_the_guide_adds_works(package: Path, code: str):
    words = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(package)!r})\n{code}"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert not done.returncode, done.stderr[-2000:]


def test_every_section_is_tried():
    files = {block["file"] for block in ADDED}
    assert {name.partition("/")[0] for name in files} == {"data", "measure", "records", "report"}
    assert len(ADDED) == 9


@pytest.mark.parametrize("text", SHOWN)
def test_what_the_guide_shows_is_there(text: str):
    wanted = [line.strip() for line in text.splitlines()]
    for folder, names in (("src/evenhand", ("*.py", "*.toml")), ("tests/language", ("*.txt",))):
        for path in (each for name in names for each in (ROOT / folder).rglob(name)):
            lines = [line.strip() for line in path.read_text().splitlines()]
            if any(lines[at : at + len(wanted)] == wanted for at in range(len(lines))):
                return
    raise AssertionError(f"not in the code as the guide has it:\n{text}")
