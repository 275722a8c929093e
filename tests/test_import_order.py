"""Left never imports right; the rewriter never meets a person; importing stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "evenhand"
ORDER = (
    "lazy errors rehearsal config records language match measure generate reward align mitigate "
    "rewrite audit report verbs web api cli __main__"
).split()
HEAVY = {"torch", "transformers", "sentence_transformers", "trl", "peft", "datasets", "accelerate"}
MAY_USE_TORCH = ("match/dense.py", "generate/", "align/", "mitigate/")
BLIND_ROOMS = ("rewrite", "generate")
FORBIDDEN_TO_BLIND = (
    "evenhand.records.people",
    "evenhand.records.market",
    "evenhand.measure",
    "evenhand.reward",
    "evenhand.align",
    "evenhand.audit",
    "evenhand.report",
)


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def imports_of(path: Path) -> Iterator[tuple[str, bool]]:
    """Every imported dotted name, and whether it is imported when the module is."""
    tree = ast.parse(path.read_text())
    inside = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.FunctionDef | ast.AsyncFunctionDef)
        or (isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING")
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        top = id(node) not in inside
        if isinstance(node, ast.Import):
            yield from ((alias.name, top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from ((f"{node.module}.{alias.name}", top) for alias in node.names)


def room(dotted: str) -> str:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "evenhand" and len(parts) > 1 else ""


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_left_never_imports_right(path: Path):
    here = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    if here == "__init__":
        return
    assert here in ORDER, f"{here} has no place in the import order"
    for name, _ in imports_of(path):
        other = room(name)
        if other in ORDER:
            assert ORDER.index(other) <= ORDER.index(here), f"{path} imports {name}"


def test_no_circle_of_imports():
    """Of those that run when a module is imported."""
    named = {_dotted(path): {name for name, top in imports_of(path) if top} for path in modules()}
    reads = {
        module: {
            other
            for name in names
            for other in (name, name.rpartition(".")[0])
            if other in named and other != module
        }
        for module, names in named.items()
    }
    TopologicalSorter(reads).prepare()


def _dotted(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


@pytest.mark.parametrize("blind", BLIND_ROOMS)
def test_rewriter_and_generator_never_meet_people(blind: str):
    for path in (SOURCE / blind).rglob("*.py"):
        for name, _ in imports_of(path):
            assert not name.startswith(FORBIDDEN_TO_BLIND), f"{path} imports {name}"
            assert name not in {"evenhand.records.Candidate", "evenhand.records.Pool"}, path


def test_torch_stays_in_its_rooms():
    for path in modules():
        inner = str(path.relative_to(SOURCE))
        used = {name.split(".")[0] for name, _ in imports_of(path)} & HEAVY
        assert not used or inner.startswith(MAY_USE_TORCH), f"{inner} imports {used}"


def test_importing_every_room_loads_neither_torch_nor_spacy():
    rooms = [f"evenhand.{name}" for name in ORDER if (SOURCE / name / "__init__.py").exists()]
    program = (
        "import importlib, sys\n"
        f"for room in {['evenhand', *rooms]}: importlib.import_module(room)\n"
        f"print(sorted(set(sys.modules) & {HEAVY | {'spacy', 'bm25s'}}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
