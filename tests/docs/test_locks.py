"""Locked versions: of everything that is asked for, inside its range, with hashes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SETS = {
    "run": (),
    "demo": ("match", "words", "embed", "train"),
    "test": tuple(PROJECT["optional-dependencies"]),
    "oldest": tuple(PROJECT["optional-dependencies"]),
}
UNHASHED = "torch"
"""Its build is the machine's choice, so the Makefile installs it first."""


def asked(extras: tuple[str, ...]) -> list[Requirement]:
    """Requirements of a plain install and of these extras."""
    every = [*PROJECT["dependencies"]]
    for extra in extras:
        every += PROJECT["optional-dependencies"][extra]
    found = [Requirement(one) for one in every]
    return [one for one in found if one.name not in {PROJECT["name"], UNHASHED}]


def pins(name: str) -> dict[str, Version]:
    text = (ROOT / "locks" / f"{name}.txt").read_text()
    found = re.findall(r"^([a-z0-9.-]+)==([^\s;]+)[^\\]*\\\n((?:    --hash=.*\n)+)", text, re.M)
    assert len(found) == len(re.findall(r"^[a-z0-9.-]+==", text, re.M)), "a pin has no hash"
    return {package: Version(version) for package, version, _ in found}


@pytest.mark.parametrize("name", SETS)
def test_everything_asked_for_is_locked_in_its_range(name: str):
    locked = pins(name)
    for one in asked(SETS[name]):
        assert one.specifier.contains(locked[canonicalize_name(one.name)]), one


def test_the_oldest_are_the_lower_ends():
    locked = pins("oldest")
    for one in asked(SETS["oldest"]):
        (lowest,) = (each.version for each in one.specifier if each.operator in {">=", "=="})
        parts = locked[canonicalize_name(one.name)].release
        assert parts[: lowest.count(".") + 1] == Version(lowest).release, one


def test_ranges_have_two_ends():
    for one in asked(SETS["test"]):
        ends = {each.operator for each in one.specifier}
        assert ends in ({">=", "<"}, {"=="}), f"{one}: test both ends, then write them down"


def test_sets_agree():
    everything = pins("test")
    for name in ("run", "demo"):
        locked = pins(name)
        assert {one: everything[one] for one in locked} == locked
