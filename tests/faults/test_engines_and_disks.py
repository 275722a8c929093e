"""Engines that break their contract and disks that are full: one sentence, nothing half-written."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

import evenhand as package
from evenhand.errors import BadInput, MatcherError, StorageError

ENGINE = """
import math

def raises(queries, k, eligible):
    raise RuntimeError("the index is down")

def too_few(queries, k, eligible):
    return [[("p0000", 1.0)] for query in queries]

def too_few_lists(queries, k, eligible):
    return []

def nan(queries, k, eligible):
    return [[(f"p{at:04d}", math.nan) for at in range(k)] for query in queries]

def unknown(queries, k, eligible):
    return [[(f"nobody{at}", -float(at)) for at in range(k)] for query in queries]

def nothing(queries, k, eligible):
    return None

def factory(people):
    raise OSError("no such index")
"""
BROKEN = {
    "raises": "the index is down",
    "too_few": "gave job 'sales-00' 1 candidates; it must give exactly",
    "too_few_lists": "returned 0 lists for 30 queries",
    "nan": "the score nan for candidate",
    "unknown": "who isn't in the pool",
    "nothing": "failed",
    "factory": "no such index",
}


@pytest.fixture
def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module of broken engines in the working directory."""
    name = "broken_engines_of_a_test"
    (tmp_path / f"{name}.py").write_text(ENGINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, name, raising=False)
    return name


@pytest.mark.parametrize("verb", ["match", "measure"])
@pytest.mark.parametrize("engine", BROKEN)
def test_a_broken_engine_is_named_and_nothing_is_written(
    evenhand, small_case, engines, verb, engine
):
    files = (small_case.jobs_file, "--pool", small_case.people_file)
    out = {"match": "out.parquet", "measure": "out.json"}[verb]
    found = evenhand(verb, *files, "--matcher", f"{engines}:{engine}", "--out", out)
    assert found.code == 1
    assert found.out == ""
    assert found.err.count("\n") == 1
    assert f"{engines}:{engine}" in found.err
    assert BROKEN[engine] in found.err
    assert not Path(out).exists()


def test_an_engine_that_fails_while_evaluating_leaves_nothing(small_case, engines, tmp_path):
    ads = small_case.split("test")
    same = [package.Rewrite(ad.id, ad.text, ad.text) for ad in ads]
    other = [
        package.Rewrite(
            ad.id, ad.text, f"{ad.text}!", (package.Edit(len(ad.text), len(ad.text), "", "!"),)
        )
        for ad in ads
    ]
    settings = package.Config().matcher.model_copy(update={"name": f"{engines}:raises", "top": 5})
    outputs = {"out": tmp_path / "e.json", "html": tmp_path / "e.html"}
    with pytest.raises(MatcherError, match="the index is down"):
        package.api.evaluate(
            ads,
            small_case.fold("test"),
            {"same": same, "other": other},
            matcher=settings,
            resamples=20,
            **outputs,
        )
    assert not any(path.exists() for path in outputs.values())


def test_rollouts_go_on_after_the_engine_failed(small_case, tmp_path, monkeypatch):
    """A failure in the second shard keeps the first, and the next run ends as if there was none."""
    from evenhand.match.lexical import LexicalMatcher

    config = package.load_config([small_case.config_file], ["sampling.samples=1"])
    ads, people = small_case.split("train"), small_case.fold("train")
    whole = tmp_path / "whole"
    package.api.rollouts(ads, people, config, out=whole)
    out = tmp_path / "out"
    scores = LexicalMatcher.scores

    def late(self, queries):
        if any(out.glob("shard-*")):
            raise MatcherError("the index went away")
        return scores(self, queries)

    monkeypatch.setattr(LexicalMatcher, "scores", late)
    with pytest.raises(MatcherError, match="went away"):
        package.api.rollouts(ads, people, config, out=out)
    assert not (out / "summary.json").exists()
    assert not list(out.glob(".*"))
    first = (out / "shard-00000.parquet").stat().st_mtime_ns
    monkeypatch.undo()
    package.api.rollouts(ads, people, config, out=out)
    assert (out / "shard-00000.parquet").stat().st_mtime_ns == first
    assert contents(out) == contents(whole)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def full_disk(monkeypatch):
    """Nothing more can be written."""

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)


@pytest.mark.parametrize(
    ("verb", "name", "more"),
    [
        ("match", "old.parquet", ["--matcher", "lexical"]),
        ("measure", "old.json", ["--matcher", "lexical"]),
        ("rewrite", "old.jsonl", ["--system", "lexicon"]),
    ],
)
def test_a_full_disk_is_one_sentence_and_the_old_file_stays(
    evenhand, small_case, tmp_path, full_disk, verb, name, more
):
    out = tmp_path / name
    out.write_text("before")
    pool = [] if verb == "rewrite" else ["--pool", small_case.people_file]
    found = evenhand(verb, small_case.jobs_file, *pool, *more, "--out", out)
    assert found.code == 1
    assert found.err.startswith(f"{out}: cannot be written: the disk is full; free some space")
    assert found.err.count("\n") == 1
    assert out.read_text() == "before"
    assert list(tmp_path.iterdir()) == [out]


def test_a_full_disk_in_the_middle_of_rollouts(small_case, tmp_path, monkeypatch):
    config = package.load_config([small_case.config_file], ["sampling.samples=1"])
    ads, people, out = small_case.split("train"), small_case.fold("train"), tmp_path / "out"
    real = os.fsync

    def full(descriptor: int) -> None:
        if (out / "shard-00000.parquet").exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="the disk is full"):
        package.api.rollouts(ads, people, config, out=out)
    assert not list(out.glob(".*"))
    monkeypatch.undo()
    found = package.api.rollouts(ads, people, config, out=out)
    assert found["ads"] == len(ads)


def test_a_folder_that_cannot_be_written_is_said_before_hours_of_work(small_case, tmp_path):
    config = package.load_config([small_case.config_file])
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(BadInput, match="a part of the path is a file"):
        package.api.rollouts(
            small_case.split("train"), small_case.fold("train"), config, out=blocked / "rollouts"
        )
