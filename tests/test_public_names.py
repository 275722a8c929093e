"""The public surface is what it says, the guide needs no more, and importing it is cheap."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import evenhand
from evenhand import api
from evenhand.cli.first_screen import verbs

ROOT = Path(__file__).resolve().parent.parent
PUBLIC = {"evenhand": evenhand, "evenhand.api": api, "evenhand.mitigate": evenhand.mitigate}
"""The modules whose names docs/api.md lists."""
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").glob("*.[mi]*"))]


@pytest.mark.parametrize("module", [evenhand, api], ids=lambda one: one.__name__)
def test_every_public_name_can_be_had(module: ModuleType):
    assert [name for name in module.__all__ if getattr(module, name, None) is None] == []


@pytest.mark.parametrize("module", [evenhand, api], ids=lambda one: one.__name__)
def test_the_list_is_sorted_and_complete(module: ModuleType):
    assert module.__all__ == sorted(module.__all__)
    assert set(module.__all__) - {"__version__"} == {*module._HOMES}


def test_a_verb_has_one_name_on_the_command_line_and_in_python():
    spoken = {name.replace(" ", "_").replace("-", "_"): name for name in verbs()}
    assert {*api.__all__} == {*spoken}
    for name in api.__all__:
        # Importing a room or a verb's file of the same name changes nothing.
        import_module(f"evenhand.{api._HOMES[name].partition(':')[0]}")
        assert callable(getattr(api, name)), name
        own = getattr(api, name).__name__
        assert own == name or (own, name) == ("write_market", "market")
    assert not {*api.__all__} & ({*evenhand.__all__} - {"mitigate"})


def python_of(page: Path) -> list[str]:
    """The Python that a page shows: its blocks, or the cells of a notebook."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
        return ["\n".join("".join(cell["source"]) for cell in cells)]
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def names_used(code: str) -> set[tuple[str, str]]:
    """What a piece of code has from evenhand: (module, name), imported or by its dots."""
    used: set[tuple[str, str]] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("evenhand"):
            used |= {(str(node.module), alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            used |= {(n.name, "") for n in node.names if n.name.startswith("evenhand.")}
        elif isinstance(node, ast.Attribute):
            before = ast.unparse(node.value)
            before = "evenhand.api" if before == "api" else before
            used |= {(before, node.attr)} if before.startswith("evenhand") else set()
    return used


def test_the_guide_shows_public_names_alone():
    used = {(page.name, *one) for page in PAGES for code in python_of(page)
            for one in names_used(code)}  # fmt: skip
    assert {page for page, _, _ in used} >= {"README.md", "auditing.md", "first_steps.ipynb"}
    public = {(module, name) for module, names in PUBLIC.items() for name in names.__all__}
    assert [one for one in sorted(used) if one[1:] not in public] == []


def test_every_public_name_is_documented():
    listed = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    told = {*re.findall(r":: (?:evenhand\.)?([\w.]+)$", listed, re.MULTILINE)}
    own = set(evenhand.__all__)
    assert told >= own | {f"api.{name}" for name in api.__all__}


@pytest.mark.parametrize("module", [evenhand, api], ids=lambda one: one.__name__)
def test_unknown_names_are_attribute_errors_of_their_module(module: ModuleType):
    name = module.__name__
    with pytest.raises(AttributeError, match=f"^module '{name}' has no attribute 'adit'$"):
        _ = module.adit
    assert dir(module) == module.__all__


def test_importing_the_package_loads_nothing_heavy():
    program = (
        "import sys; before = set(sys.modules); import evenhand, evenhand.api\n"
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    loaded = done.stdout
    assert "numpy" not in loaded
    assert "pydantic" not in loaded
