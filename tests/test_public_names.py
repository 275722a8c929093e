"""The public surface is what it says, and importing it is cheap."""

from __future__ import annotations

import subprocess
import sys

import evenhand


def test_every_public_name_can_be_had():
    assert [name for name in evenhand.__all__ if getattr(evenhand, name, None) is None] == []


def test_the_list_is_sorted_and_complete():
    assert evenhand.__all__ == sorted(evenhand.__all__)
    assert set(evenhand.__all__) == {*evenhand._HOMES, "__version__"}


def test_unknown_names_are_attribute_errors():
    assert not hasattr(evenhand, "no_such_name")


def test_importing_the_package_loads_nothing_heavy():
    program = (
        "import sys; before = set(sys.modules); import evenhand\n"
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    loaded = done.stdout
    assert "numpy" not in loaded
    assert "pydantic" not in loaded
