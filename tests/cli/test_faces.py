"""What every verb has: help with an example, exit codes, errors in one line, JSON alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

import evenhand as package
import evenhand.verbs.demo  # here, before a test puts something else in what it imports
from evenhand.cli.first_screen import verbs
from evenhand.config import compose

VERBS = [*verbs()]


def test_the_verbs_are_those_of_the_readme():
    assert [
        *("check", "rewrite", "explain", "guard", "serve"),
        *("audit", "compare"),
        *("engine check", "match", "rollouts", "tune", "evaluate"),
        *("measure", "probe", "mitigate", "probe-report"),
        *("demo", "market", "doctor"),
    ] == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_help_shows_an_example_and_json(evenhand, verb):
    found = evenhand(*verb.split(), "--help")
    assert found.code == 0
    assert f"Example: evenhand {verb}" in found.out
    assert "--json" in found.out
    assert found.err == ""


def test_without_a_verb_the_list_of_verbs_is_shown(evenhand):
    found = evenhand()
    assert all(str(verb) in found.out + found.err for verb in VERBS)


@pytest.mark.parametrize(
    "arguments",
    [["nothing"], ["match"], ["match", "a.jsonl", "--pool", "p.jsonl", "--out", "o", "--top", "0"]],
)
def test_wrong_usage_is_bad_input(evenhand, arguments):
    found = evenhand(*arguments)
    assert found.code == 2
    assert found.out == ""
    assert found.err


def as_a_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "evenhand", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_as_a_program_bad_input_is_one_unwrapped_line_on_stderr(tmp_path):
    people = tmp_path / ("a folder with a long name " * 6) / "people.jsonl"
    people.parent.mkdir()
    people.write_text('{"id": "a", "text": "x"}\n{"id": "b", "text": 7}\n')
    jobs = tmp_path / "ads.jsonl"
    jobs.write_text('{"id": "j", "text": "An ad."}\n')
    found = as_a_program("match", str(jobs), "--pool", str(people), "--out", str(tmp_path / "o"))
    assert found.returncode == 2
    assert found.stdout == ""
    assert found.stderr == f"{people}:2: text: is a number; it must be text\n"
    assert not (tmp_path / "o").exists()


def test_as_a_program_a_failure_is_1_and_a_success_0(tmp_path):
    good = as_a_program("market", "--out", str(tmp_path / "market"), "--dry-run", "--json")
    assert (good.returncode, good.stderr) == (0, "")
    assert json.loads(good.stdout)["writes"] == [f"{tmp_path / 'market'} (new)"]
    (tmp_path / "before.json").write_text("{}")
    page, probes = str(tmp_path / "page.html"), [str(tmp_path / "before.json")] * 2
    bad = as_a_program("probe-report", *probes, "--out", page)
    assert bad.returncode == 1
    assert bad.stdout == ""
    assert bad.stderr.count("\n") == 1
    assert "probe again" in bad.stderr


def test_a_folder_of_something_else_is_bad_input(evenhand, tmp_path):
    bad = evenhand("tune", "--rollouts", tmp_path, "--out", tmp_path / "run")
    assert (bad.code, bad.out) == (2, "")
    assert "run `evenhand rollouts`" in bad.err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_says_what_was_kept(evenhand, monkeypatch, tmp_path, number, code):
    monkeypatch.setattr(compose, "load_config", lambda *_: signal.raise_signal(number))
    before = signal.getsignal(number)
    found = evenhand("demo", "--out", tmp_path / "run")
    assert found.code == code
    assert found.err == "interrupted; nothing was written\n"
    assert signal.getsignal(number) is before


def test_a_defect_keeps_its_traceback(evenhand, monkeypatch, tmp_path):
    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(compose, "load_config", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        evenhand("demo", "--out", tmp_path / "run")


def test_a_wrong_setting_is_bad_input(evenhand, tmp_path):
    config = tmp_path / "c.toml"
    config.write_text("[ilql]\nbetta = 2\n")
    common = ("--rollouts", tmp_path, "--out", tmp_path / "run")
    found = evenhand("tune", *common, "--config", config)
    assert found.code == 2
    assert found.err.startswith(f"{config}: ilql.betta: there is no such setting")
    assert evenhand("tune", *common, "--set", "seed").code == 2
    words = ("demo", "--out", tmp_path / "run", "--set", "ilql.beta=2.5", "--dry-run", "--json")
    assert json.loads(evenhand(*words).out)["settings"]["ilql"]["beta"] == 2.5


def test_python_names_the_version_of_the_package():
    from importlib.metadata import version

    assert package.__version__ == version("evenhand")


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (["audit", "--outcomes", "o.csv", "--by", "gender", "--by", "race", "--out", "a"], "--by"),
        (["match", "a.jsonl", "--pool", "p.jsonl", "--pool=q.jsonl", "--out", "o"], "--pool"),
    ],
)
def test_an_option_of_one_value_is_given_once(evenhand, words, flag):
    """The parser would keep the last and lose the rest without a word."""
    done = evenhand(*words)
    assert done.code == 2
    assert f"{flag} is given 2 times; write it once" in done.err
    assert ("with commas" in done.err) == (flag == "--by")
