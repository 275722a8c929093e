"""``evenhand engine check``: what it says of three engines, and its exit codes."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from evenhand.config.schema import Config
from evenhand.records.people import read_jobs, read_people
from evenhand.verbs.engine_check import engine_check

from .conftest import Command, Done

SHOP = """
import itertools, random
again = itertools.count()

def noisy(queries, k, eligible):
    return [_list(f"{query['text']}{next(again)}", k, eligible) for query in queries]

def _list(seed, k, eligible):
    draw = random.Random(seed)
    return sorted(((each, draw.random()) for each in eligible), key=lambda pair: -pair[1])[:k]

def deaf(queries, k, eligible):
    return [[(each, -at) for at, each in enumerate(sorted(eligible)[:k])] for _ in queries]

def broken(queries, k, eligible):
    raise OSError("the index is gone")
"""
SMALL = ("--set", "matcher.top=20", "--set", "reward.min_group=10", "--set", "reward.folds=2",
         "--set", "reward.resamples=60")  # fmt: skip


@pytest.fixture
def ask(evenhand: Command, small_case, tmp_path: Path, monkeypatch):
    (tmp_path / "corner_shop.py").write_text(SHOP)
    monkeypatch.chdir(tmp_path)

    def asked(engine: str, *more: str) -> Done:
        files = (str(small_case.jobs_file), "--pool", str(small_case.people_file))
        return evenhand("engine", "check", engine, *files, *SMALL, *more)

    return asked


def test_an_engine_that_can_be_tuned_on(ask):
    result = ask("lexical", "--json")
    assert result.code == 0, result.err
    found = json.loads(result.out)
    assert found["conforms"]
    assert found["can_tune"]
    assert found["repeats"]["value"] == 0.0
    low, high = found["wording"]["interval"]
    assert 0 < low <= found["wording"]["value"] <= high < 1
    assert [one["group"] for one in found["reliability"] if one["kept"]] == ["sales"]
    assert "no detectable gap" in " ".join(found["gaps"])
    assert found["say"][-1].startswith("Tuning can work here, for: sales.")


def test_an_engine_that_answers_otherwise_each_time(ask):
    result = ask("corner_shop:noisy")
    assert result.code == 4
    assert "FAILS: deterministic: asked twice, the engine gives different lists" in result.out
    assert "Tuning can't work: the engine fails a check above" in result.out
    assert "nan" not in result.out


def test_an_engine_that_does_not_read_the_ad(ask):
    result = ask("corner_shop:deaf")
    assert result.code == 4
    assert "With one sentence reworded by rule, 0.0% of them change" in result.out
    assert result.out.strip().endswith("no more than asking again does.")


def test_an_engine_that_fails(ask):
    result = ask("corner_shop:broken")
    assert result.code == 4
    assert "OSError: the index is gone" in result.out
    assert "an unknown part of the engine's time" in result.out


@pytest.mark.parametrize(
    ("engine", "more", "said"),
    [
        ("dens", (), "there is no matcher 'dens'; use lexical, dense"),
        ("corner_shop:open", (), "the module 'corner_shop' has no 'open'"),
        ("no_shop:rank", (), "there is no module 'no_shop' here"),
        ("lexical", ("--where", "id=sales-00"), "two different ads at least"),
        ("lexical", ("--set", "ilql.beta=2"), "engine check has no use for settings of [ilql]"),
    ],
)
def test_what_cannot_be_asked(ask, engine: str, more: tuple[str, ...], said: str):
    result = ask(engine, *more)
    assert result.code == 2
    assert said in result.err
    assert result.err.count("\n") == 1


def test_from_a_program_with_an_object(small_case):
    jobs, pool = read_jobs(small_case.jobs_file), read_people(small_case.people_file)

    def shortest(queries, k, eligible):
        return [[(each, -float(at)) for at, each in enumerate(sorted(eligible)[:k])]
                for _ in queries]  # fmt: skip

    found = engine_check(jobs, pool, Config(), engine=shortest)
    assert found.engine.endswith("shortest")
    assert not found.can_tune
    assert found.seconds > 0
    assert found.calls == len(jobs) * (1 + Config().spans.per_ad * Config().sampling.samples)
    assert math.isclose(found.repeats.value, 0.0)
