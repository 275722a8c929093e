"""Every verb on small files gives the bytes that are committed: a change of them is a decision."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts" / "same_bytes"
SAID = ROOT / "tests" / "same_bytes.sha256"
SHAPING = ("numpy", "scipy", "pydantic", "typer", "rich", "jinja2", "spacy", "simplemma")
"""Libraries whose versions show in what is written."""


def locked() -> dict[str, str]:
    text = (ROOT / "locks" / "test.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", text, re.M))


def test_small_files_give_the_same_bytes_as_before(tmp_path: Path):
    if any(version(name) != locked()[name] for name in SHAPING):
        pytest.skip("bytes are held for the locked versions alone")
    run = [sys.executable, str(SCRIPT)]
    subprocess.run([*run, "write", str(tmp_path / "now"), "--small"], check=True)
    done = subprocess.run(
        [*run, "digests", str(tmp_path / "now")], check=True, capture_output=True, text=True
    )
    now, then = (set(text.splitlines()) for text in (done.stdout, SAID.read_text()))
    assert now == then, (
        "these cases of scripts/same_bytes.toml changed: compare with the last commit's files, and "
        f"if the change is meant, `scripts/same_bytes digests FOLDER > {SAID.name}`: "
        f"{sorted(line.split()[-1] for line in now ^ then)}"
    )


def test_a_changed_byte_is_found_and_shown(tmp_path: Path):
    for name, price in (("one", "5"), ("two", "6")):
        (tmp_path / name / "case").mkdir(parents=True)
        (tmp_path / name / "case" / "1.out").write_text(f"same\nprice {price}\n")
    compared = [
        sys.executable,
        str(SCRIPT),
        "compare",
        str(tmp_path / "one"),
        str(tmp_path / "two"),
    ]
    done = subprocess.run(compared, capture_output=True, text=True)
    assert done.returncode == 1
    assert "case/1.out\n  price 5\n  price 6\n" in done.stdout
