"""Without its extra a verb says so in one sentence before it begins; a spreadsheet needs none."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from evenhand.errors import EXTRAS

VERBS = {
    "audit of outcomes": "audit --outcomes outcomes.csv --by sex --out a --force",
    "audit again": "audit --outcomes outcomes.csv --by sex,race,sex*race --out b --json",
    "audit of JSONL": "audit --outcomes outcomes.jsonl --by sex --out c",
    "compare": "compare a b --out d",
    "doctor": "doctor",
    "market": "market --out market",
    "help": "--help",
    "audit of Parquet": "audit --outcomes outcomes.parquet --by sex --out d",
    "match": "match few/jobs.jsonl --pool few/people.jsonl --matcher lexical --out l.parquet",
    "match densely": "match few/jobs.jsonl --pool few/people.jsonl --out dense.parquet",
    "measure": "measure few/jobs.jsonl --pool few/people.jsonl --matcher lexical --out m.json",
    "audit of ads": "audit few/jobs.jsonl --out e",
    "audit of lists": "audit few/jobs.jsonl --pool few/people.jsonl --matcher lexical --out f",
    "rewrite by rules": "rewrite few/jobs.jsonl --system lexicon --out rules.jsonl",
    "evaluate": "evaluate few/jobs.jsonl --pool few/people.jsonl --matcher lexical"
    " --rewrites rules=rules.jsonl --out g.json",
    "rewrite": "rewrite few/jobs.jsonl --system prompt --out written.jsonl",
    "rollouts": "rollouts few/jobs.jsonl --pool few/people.jsonl --out rollouts",
    "tune": "tune --rollouts rollouts --out run",
    "demo": "demo --out demo",
    "check of a PDF": "check ad.pdf",
    "serve": "serve --no-open --data page",
    "probe": "probe smollm2-135m-instruct --kind gender --out probe.json",
    "mitigate": "mitigate smollm2-135m-instruct --kind gender --out layer",
}
CORE = ("audit of outcomes", "audit again", "audit of JSONL", "compare", "doctor", "market", "help")
LISTS = ("audit of Parquet", "match", "match densely", "measure", "audit of lists", "evaluate")
MODELS = ("rewrite", "rollouts", "tune", "demo")
NEEDED_BY = {
    "match": (*LISTS, *MODELS),
    "words": ("audit of ads", "audit of lists", "rewrite by rules", "evaluate", "serve", *MODELS),
    "documents": ("check of a PDF",),
    "grammar": (),
    "page": ("serve",),
    "embed": ("match densely", "demo"),
    "train": (*MODELS, "probe", "mitigate"),
}

# A process where some libraries can't be found, though they are installed.
WITHOUT = """
import contextlib, io, json, sys
from importlib.machinery import PathFinder
from importlib.metadata import packages_distributions
absent, verbs = json.loads(sys.argv[1]), json.loads(sys.argv[2])
finders, before = sys.meta_path[:], {*sys.modules}
class Without:
    find_distributions = PathFinder.find_distributions
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] not in absent:
            specs = (finder.find_spec(name, path, target) for finder in finders)
            return next(filter(None, specs), None)
sys.meta_path[:] = [Without]
from evenhand.cli.main import main
found = {}
for name, words in verbs.items():
    sys.argv = ["evenhand", *words.split()]
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as stop:
            code = stop.code
    found[name] = (code or 0, out.getvalue(), err.getvalue())
brought, loaded = packages_distributions(), {name.partition(".")[0] for name in sys.modules}
used = {each for name in loaded - before for each in brought.get(name, ())}
print(json.dumps([found, sorted(used)]))
"""
PLAIN = set(
    "evenhand numpy pydantic pydantic-core annotated-types typing-extensions "
    "typing-inspection typer shellingham annotated-doc rich pygments markdown-it-py mdurl "
    "jinja2 markupsafe xlsxwriter".split()
)
"""What a plain install brings, named as indexes do: releases spell their names in several ways."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Outcomes in two formats, and a few ads."""
    from evenhand.records.files import write_parquet
    from evenhand.records.market import write_market

    rows = [
        {"id": f"p{at}", "sex": "fm"[at % 2], "race": "abc"[at % 3], "selected": at % 5 % 2}
        for at in range(180)
    ]
    lines = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    (tmp_path / "outcomes.csv").write_text("\n".join(lines))
    (tmp_path / "outcomes.jsonl").write_text("\n".join(map(json.dumps, rows)))
    write_parquet(tmp_path / "outcomes.parquet", rows)
    for path, few in zip(write_market(tmp_path / "few"), (12, 80), strict=True):
        path.write_text("\n".join(path.read_text().splitlines()[:few]))
    (tmp_path / "rules.jsonl").write_text("")
    (tmp_path / "ad.pdf").write_bytes(b"%PDF-1.4")
    return tmp_path


def without(
    folder: Path, absent: Iterable[str], verbs: Iterable[str]
) -> tuple[dict[str, tuple[int, str, str]], set[str]]:
    """What each verb came to, and the distributions that were loaded."""
    asked = {name: words for name, words in VERBS.items() if name in verbs}
    program = [sys.executable, "-W", "error", "-c", WITHOUT, json.dumps([*absent])]
    done = subprocess.run([*program, json.dumps(asked)], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    found, used = json.loads(done.stdout)
    return found, {re.sub(r"[-_.]+", "-", name).lower() for name in used}


@pytest.mark.parametrize("absent", [*((extra,) for extra in EXTRAS), tuple(EXTRAS)])
def test_a_verb_without_its_extra_is_one_sentence_that_names_it(
    folder: Path, absent: tuple[str, ...]
):
    refused = {verb for extra in absent for verb in NEEDED_BY[extra]}
    libraries = [library for extra in absent for library in EXTRAS[extra]]
    before = {path.name for path in folder.iterdir()}
    found, _ = without(folder, libraries, refused)
    assert found.keys() == refused
    for name, (code, out, err) in found.items():
        lacking = [extra for extra in absent if name in NEEDED_BY[extra]]
        wanted = 2 if name == "check of a PDF" else 1  # where other files may be fine, one is bad
        assert (code, out, err.count("\n")) == (wanted, "", 1), (name, out, err)
        assert "which isn't installed; run: pip install 'evenhand[" in err
        assert set(err.partition("[")[2].partition("]")[0].split(",")) <= {*lacking}, name
    assert {path.name for path in folder.iterdir()} == before


def test_a_spreadsheet_and_what_is_around_it_need_no_extra(folder: Path):
    found, used = without(folder, [each for names in EXTRAS.values() for each in names], CORE)
    assert {name: (code, err) for name, (code, _, err) in found.items()} == dict.fromkeys(
        CORE, (0, "")
    )
    assert used <= PLAIN
