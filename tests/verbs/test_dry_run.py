"""``--dry-run`` of every verb: what is wrong is refused as in earnest, and nothing is written."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
from pathlib import Path

import pytest

from evenhand import AuditInputs, AuditSettings, api
from evenhand.cli.command_line import parser_of
from evenhand.cli.first_screen import verbs
from evenhand.records.integrity import write_sealed

from ..audit.evidence.made_up import people_of, write_csv
from ..cli.conftest import Command, evenhand
from ..made_up_probes import probed, save_probed_llama, scores

__all__ = ["evenhand"]

PEOPLE = "--where split=train --pool people.jsonl --where-people fold=train"
NEITHER = {"check", "doctor", "guard"}
"""Verbs that write nothing and are quick."""
GOOD = {
    "audit": "--outcomes o.csv --by sex --out new",
    "audit of lists": f"ads.jsonl {PEOPLE} --matcher lexical --by gender --out new",
    "compare": "a b --out new",
    "engine check": f"lexical ads.jsonl {PEOPLE} --config config.toml",
    "explain": "ads.jsonl --pool people.jsonl --matcher lexical --out new.json",
    "serve": "--no-open --data new",
    "match": "ads.jsonl --pool people.jsonl --matcher lexical --out new.parquet",
    "measure": "ads.jsonl --pool people.jsonl --matcher lexical --by gender --out new.json",
    "evaluate": "ads.jsonl --pool people.jsonl --rewrites mended=mended.jsonl --matcher lexical "
    "--out new.json --html new.html",
    "rewrite": "ads.jsonl --out new.jsonl",
    "rewrite by lists": f"ads.jsonl {PEOPLE} --config config.toml --out new.jsonl",
    "rewrite by a run": "ads.jsonl --run run --pool people.jsonl --where-people fold=train "
    "--out new.jsonl",
    "rollouts": f"ads.jsonl {PEOPLE} --config config.toml --out new",
    "tune": "--rollouts rollouts --config config.toml --out new",
    "probe": "tiny --kind gender --n 8 --out new.json",
    "mitigate": "tiny --kind gender --set mitigate.examples=8 --out new",
    "probe-report": "before.json after.json --out new.html",
    "demo": "--set model.name=tiny --out new",
    "market": "--out new",
}
"""Of every verb one command line or more that would do something."""
BAD = [
    ("audit", "o.csv", "gone.csv"),
    ("audit", "--by sex", "--by sexx"),
    ("audit", "--out new", "--out a"),
    ("audit", "--outcomes o.csv --by sex ", ""),
    ("audit", "--out new", "--out /proc/new"),
    ("audit of lists", "fold=train", "fold=tain"),
    ("audit of lists", "--matcher lexical", "--matcher nothing:here"),
    ("compare", "a b", "a gone"),
    ("engine check", "lexical", "lexicall"),
    ("engine check", "config.toml", "o.csv"),
    ("match", "--pool people.jsonl", "--pool o.csv"),
    ("match", "--matcher lexical", "--matcher nothing"),
    ("match", "--out new.parquet", "--out a"),
    ("match", "--out new.parquet", "--out new.txt"),
    ("match", "--out new.parquet", "--out /proc/new.parquet"),
    ("measure", "--by gender", "--by gende"),
    ("measure", "--out new.json", "--out o.csv/new.json"),
    ("evaluate", "mended.jsonl", "ads.jsonl"),
    ("evaluate", "mended.jsonl", "fewer.jsonl"),
    ("evaluate", "mended=mended", "original=mended"),
    ("evaluate", "--html new.html", "--html new.txt"),
    ("evaluate", "--out new.json", "--set reward.folds=3 --out new.json"),
    ("rewrite", "ads.jsonl", "gone.jsonl"),
    ("rewrite", "new.jsonl", "new.txt"),
    ("rewrite by lists", "config.toml", "config.toml --set ilql.beta=x"),
    ("rewrite by lists", "config.toml", "config.toml --set model.name=named"),
    ("rewrite by lists", "config.toml", "config.toml --by gende"),
    ("rewrite by a run", "--run run", "--run rollouts"),
    ("rewrite by a run", "--where-people fold=train", "--where-people fold=test"),
    ("rollouts", "--out new", "--out a"),
    ("rollouts", "config.toml", "config.toml --set model.name=named"),
    ("rollouts", "config.toml", "config.toml --by gende"),
    ("tune", "--rollouts rollouts", "--rollouts a"),
    ("tune", "--out new", "--out a"),
    ("tune", "config.toml", "config.toml --set matcher.top=7"),
    ("probe", "--kind gender", "--kind gendr"),
    ("probe", "tiny", "named"),
    ("probe", "tiny", "./gone"),
    ("probe", "--n 8", "--n 8 --mitigation a"),
    ("probe", "--n 8", "--n 8 --form shwn"),
    ("mitigate", "--kind gender", "--kind gendr"),
    ("mitigate", "tiny", "named"),
    ("mitigate", "--set mitigate.examples=8", "--set align.rounds=1"),
    ("probe-report", "after.json", "o.csv"),
    ("demo", "--out new", "--out a"),
    ("demo", "model.name=tiny", "model.name=named"),
    ("market", "--out new", "--out o.csv"),
]
"""Command lines that are refused: what to replace in a good one, and by what."""


@pytest.fixture(scope="module")
def folder(honest_run: Path, small_case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files for every verb."""
    where = tmp_path_factory.mktemp("dry")
    for path in (small_case.jobs_file, small_case.people_file, small_case.config_file):
        shutil.copyfile(path, where / path.name)
    for path in (honest_run, honest_run.parent / "rollouts"):
        shutil.copytree(path, where / path.name)
    write_csv(where / "o.csv", people_of({("f",): (60, 12), ("m",): (64, 40)}))
    for name in "ab":
        settings = AuditSettings(("sex",), resamples=20, permutations=20)
        api.audit(AuditInputs(outcomes=where / "o.csv"), settings, out=where / name)
    api.rewrite(small_case.ads, system="lexicon", out=where / "mended.jsonl")
    lines = (where / "mended.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (where / "fewer.jsonl").write_text("".join(lines[1:]), encoding="utf-8")
    save_probed_llama(where / "tiny")
    (where / "named").mkdir()
    (where / "named" / "config.json").write_text('{"architectures": ["CLIPModel"]}')
    for name, layer in (("before", None), ("after", "l1")):
        write_sealed(where / f"{name}.json", probed(scores(0.2, 0.1, 0.1, 0.5), layer))
    return where


def state(folder: Path) -> dict[str, tuple[int, str]]:
    """Everything in a folder, hidden files too: when it was changed, and what it holds."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in (folder, *sorted(folder.rglob("*")))
    }


def words_of(case: str, line: str) -> list[str]:
    verb = next(name for name in sorted(verbs(), key=len, reverse=True) if case.startswith(name))
    return [*verb.split(), *shlex.split(line)]


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """In the folder, with a cache of its own that nothing may be written into either."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("EVENHAND_CACHE", str(tmp_path))
    return folder


def test_every_verb_that_writes_or_runs_long_can_be_rehearsed():
    having = {v for v in verbs() if any(p.name == "dry_run" for p in parser_of(v).params)}
    assert having == {*verbs()} - NEITHER
    assert {words_of(case, "")[0] for case in GOOD} == {v.split()[0] for v in having}


@pytest.mark.parametrize("case", GOOD)
def test_a_rehearsal_says_what_it_would_do_and_does_nothing(
    evenhand: Command, here: Path, tmp_path: Path, case: str
):
    before = (state(here), state(tmp_path))
    words = words_of(case, GOOD[case])
    told = evenhand(*words, "--dry-run")
    assert told.code == 0, told.err
    lines = told.out.splitlines()
    assert lines[0] == "Everything was checked and nothing was done (--dry-run)."
    assert [line.partition(": ")[0] for line in lines[1:4]] == [
        "would read",
        "would write",
        "takes",
    ]
    plan = json.loads(evenhand(*words, "--dry-run", "--json").out)
    new = {word for word in words if word.startswith("new")}
    assert {each.removesuffix(" (new)") for each in plan["writes"]} >= new
    there = {word for word in words[1:] if (here / word).exists()}
    assert {*plan["reads"]} >= there
    assert ("settings" in plan) == any(p.name == "override" for p in parser_of(_verb(words)).params)
    assert (state(here), state(tmp_path)) == before


def _verb(words: list[str]) -> str:
    return " ".join(words[:2]) if words[0] == "engine" else words[0]


@pytest.mark.parametrize(("case", "part", "wrong"), BAD)
def test_what_is_wrong_fails_as_in_earnest(
    evenhand: Command, here: Path, tmp_path: Path, case: str, part: str, wrong: str
):
    assert part in GOOD[case]
    words = words_of(case, GOOD[case].replace(part, wrong))
    before = (state(here), state(tmp_path))
    dry = evenhand(*words, "--dry-run")
    assert (state(here), state(tmp_path)) == before
    real = evenhand(*words)
    assert (dry.code, dry.err.splitlines()[-1], dry.out) == (
        real.code,
        real.err.splitlines()[-1],
        "",
    )
    assert dry.code in (1, 2)
    assert not [path for path in here.iterdir() if path.name.startswith("new")]


def test_the_seed_is_one_option(evenhand: Command, here: Path):
    """The flag and the setting are the same, wherever a verb has settings."""
    for case in ("engine check", "rollouts", "rewrite by lists", "tune", "mitigate", "demo"):
        words = words_of(case, GOOD[case])
        flag, setting, plain = (
            json.loads(evenhand(*words, *more, "--dry-run", "--json").out)["settings"]
            for more in (("--seed", "5"), ("--set", "seed=5"), ())
        )
        assert flag == setting
        assert (flag["seed"], plain["seed"]) == (5, 0)


def test_top_and_by_are_settings_too(evenhand: Command, here: Path):
    for case in ("engine check", "rollouts", "rewrite by lists"):
        words = words_of(case, GOOD[case])
        told = evenhand(*words, "--top", "7", "--by", "gender,age_band", "--dry-run", "--json")
        settings = json.loads(told.out)["settings"]
        assert settings["matcher"]["top"] == 7
        assert settings["reward"]["attributes"] == ["gender", "age_band"]


def test_the_demo_keeps_its_own_settings_beside_one_that_is_given(evenhand: Command, here: Path):
    words = words_of("demo", GOOD["demo"])
    settings = json.loads(evenhand(*words, "--seed", "1", "--dry-run", "--json").out)["settings"]
    assert (settings["matcher"]["name"], settings["ilql"]["steps"]) == ("lexical", 40)
