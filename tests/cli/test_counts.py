"""Counts beyond what there is: refused or cut in a sentence, and nothing is made by them before."""

from __future__ import annotations

import inspect
import resource
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.models import OptionInfo

from evenhand.cli.command_line import face_of
from evenhand.cli.first_screen import verbs
from evenhand.config.compose import load_config
from evenhand.config.schema import LAST_SEED, MOST_SAMPLES, Config
from evenhand.errors import ConfigError
from evenhand.rewrite.result import Rewrite, write_rewrites

from ..audit.evidence.made_up import ads_of, pool_of, write_jsonl

HUGE = 10**9
ROOM = 3 * 2**30
"""Bytes that a command may take: a list of 10**9 numbers takes 8."""
CUT_BY_DATA = {"matcher.top"}
"""Settings without a bound of their own: there are so many people."""
OPTIONS_CUT_BY_DATA = {"--top", "--least", "--n of probe"}


def whole_numbers(section: type[BaseModel] = Config, before: str = "") -> Iterator[str]:
    for name, field in section.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from whole_numbers(field.annotation, f"{before}{name}.")
        elif field.annotation is int:
            yield f"{before}{name}"


def options_of_verbs() -> Iterator[tuple[str, OptionInfo]]:
    """Every option that takes a whole number, with the verb's name."""
    for verb in verbs():
        given = inspect.signature(face_of(verb)).parameters.values()
        for parameter in given:
            kind, *more = typing.get_args(parameter.annotation) or (None,)
            option = next((one for one in more if isinstance(one, OptionInfo)), None)
            if option is not None and int in {kind, *typing.get_args(kind)}:
                yield verb, option


def test_there_are_whole_numbers_to_try():
    assert {"reward.folds", "mitigate.keep_rows", "seed", "matcher.top"} <= {*whole_numbers()}
    assert {"audit", "probe", "rewrite"} <= {verb for verb, _ in options_of_verbs()}


@pytest.mark.parametrize("name", [*whole_numbers()])
def test_a_setting_beyond_all_bounds_is_refused(name: str):
    beyond = [-1] if name in CUT_BY_DATA else [-1, 2**40]
    for value in beyond if name == "seed" or name in CUT_BY_DATA else [*beyond, HUGE]:
        with pytest.raises(ConfigError, match=rf"{name}: .*\(got {value}\)"):
            load_config([], [f"{name}={value}"])


@pytest.mark.parametrize(("verb", "option"), [*options_of_verbs()])
def test_an_option_has_bounds(verb: str, option: OptionInfo):
    flag = str(option.default)
    assert option.min in (0, 1)
    if not {flag, f"{flag} of {verb}"} & OPTIONS_CUT_BY_DATA:
        assert option.max in (LAST_SEED, MOST_SAMPLES, 65535)  # of a port


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("counts")
    jobs = ads_of({"sales": 3, "care": 2})
    pool = pool_of({(group, sex): 24 for group in ("sales", "care") for sex in "fm"})
    write_rewrites(folder / "r.jsonl", [Rewrite(one.id, one.text, one.text) for one in jobs])
    for name, records in (("ads", jobs), ("people", pool)):
        rows = [{"id": one.id, "text": one.text, **one.fields} for one in records]
        write_jsonl(folder / f"{name}.jsonl", rows)
    return folder


ASKED = ["ads.jsonl", "--pool", "people.jsonl"]
BY_WORDS = [*ASKED, "--matcher", "lexical"]
SETTINGS = ["--set", 'reward.attributes=["sex"]', "--set"]


def run(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """The command in a process that can't take more than ``ROOM``."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))

    command = [sys.executable, "-m", "evenhand", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, preexec_fn=small, timeout=300
    )


@pytest.mark.parametrize(
    "words",
    [
        ["match", *BY_WORDS, "--out", "lists.parquet"],
        ["measure", *BY_WORDS, "--by", "sex", "--out", "measures.json"],
        ["audit", *BY_WORDS, "--by", "sex", "--out", "audit"],
        ["evaluate", *BY_WORDS, "--by", "sex", "--rewrites", "r=r.jsonl", "--out", "e.json"],
    ],
    ids=lambda words: words[0],
)
def test_lists_longer_than_there_are_people_hold_everybody(files: Path, words: list[str]):
    done = run(files, *words, "--top", HUGE)
    assert done.returncode == 0, done.stderr
    assert "lists of 1,000,000,000 were asked for and there are 96 people" in (
        done.stderr + done.stdout
    )


def test_an_engine_is_tried_with_no_longer_lists_than_there_are_people(files: Path):
    done = run(files, "engine", "check", "lexical", *ASKED, *SETTINGS, f"matcher.top={HUGE}")
    assert done.returncode == 4, done.stderr
    assert "FAILS" not in done.stdout


@pytest.mark.parametrize("name", ["reward.folds", "reward.resamples", "spans.per_ad"])
def test_a_setting_is_refused_before_anything_is_read(files: Path, name: str):
    done = run(files, "engine", "check", "lexical", *ASKED, *SETTINGS, f"{name}={HUGE}")
    assert done.returncode == 2
    assert f"{name}: Input should be less than or equal to" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_least_that_hides_everybody_is_refused_before_ads_are_read(files: Path):
    (files / "own").mkdir()
    done = run(files, "audit", *BY_WORDS, "--by", "sex", "--least", HUGE, "--out", "own/audit")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "every group of the people has fewer than" in done.stderr
    assert not [*(files / "own").iterdir()]
