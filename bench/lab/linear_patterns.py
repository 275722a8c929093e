"""Which patterns take more than linear time on some text; prints JSON, minutes on one core.

What a pattern does can't be counted, so each is run on texts made from its own parts, and the
processor time of a fourfold text is compared: a quadratic one needs sixteen times as much. Only
those that need a millisecond for the first text are compared at all.
"""

from __future__ import annotations

import ast
import gc
import importlib
import inspect
import json
import pkgutil
import re
import time
from collections.abc import Iterator
from re import _constants as op
from re import _parser as parser
from types import ModuleType
from typing import Any

import evenhand.language
import evenhand.match

BOUNDED = {"posting._AFTER_YES": "gets 90 characters"}
Tree = Any


def modules() -> Iterator[ModuleType]:
    """Every module of the rooms that read texts."""
    for package in (evenhand.language, evenhand.match):
        for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            yield importlib.import_module(found.name)


def held(value: object) -> Iterator[re.Pattern[str]]:
    """Patterns in a value and in what it holds."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from (each for one in value.values() for each in held(one))
    elif isinstance(value, tuple):
        yield from (each for one in value for each in held(one))


def patterns(module: ModuleType) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Patterns of a module by name; those that are only matched at the start say so."""
    tree = ast.parse(inspect.getsource(module))
    used: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
            continue
        used.setdefault(node.value.id, set()).add(node.attr)
    short = module.__name__.removeprefix("evenhand.").partition(".")[2]
    for name, value in vars(module).items():
        for pattern in held(value):
            anchored = used.get(name, set()) == {"match"}
            text = rf"\A(?:{pattern.pattern})" if anchored else pattern.pattern
            yield f"{short}.{name}", re.compile(text, pattern.flags)
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=how),
                args=[ast.Constant(value=str(text)), *_],
            ):
                flags = re.I if "re.I" in ast.unparse(node) else 0
                text = rf"\A(?:{text})" if how in {"match", "fullmatch"} else text
                yield f"{short}:{node.lineno}", re.compile(text, flags)


REPEATS = {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}
LETTERS = "aA1 -.(,'é$|_@/&\n"
PAIRS = [a + b for a in "aA1 -.&" for b in "aA1 -.&" if a != b]


def shown(tree: Tree) -> str:
    """A short text after the shape of a pattern."""
    text = ""
    for what, value in tree:
        if what is op.LITERAL:
            text += chr(value)
        elif what in {op.IN, op.ANY, op.NOT_LITERAL}:
            text += "a"
        elif what in REPEATS:
            text += shown(value[2]) * max(1, value[0])
        elif what is op.SUBPATTERN:
            text += shown(value[3])
        elif what is op.BRANCH:
            text += shown(value[1][0])
    return text


def before_repeats(tree: Tree, before: str = "") -> Iterator[str]:
    """What may stand before each repeat that has no end."""
    for what, value in tree:
        if what in REPEATS:
            if value[1] is op.MAXREPEAT:
                yield before
            yield from before_repeats(value[2], before)
        elif what is op.SUBPATTERN:
            yield from before_repeats(value[3], before)
        elif what is op.BRANCH:
            for branch in value[1]:
                yield from before_repeats(branch, before)
        elif what in {op.ASSERT, op.ASSERT_NOT}:
            yield from before_repeats(value[1], before)
        elif what is op.ATOMIC_GROUP:
            yield from before_repeats(value, before)
        before += shown([(what, value)])


def seconds(pattern: re.Pattern[str], unit: str, size: int) -> float:
    """Processor time that a repeated text takes."""
    text = (unit * size)[:size] + "\0"
    start = time.process_time()
    for _ in pattern.finditer(text):
        pass
    return time.process_time() - start


def is_quadratic(pattern: re.Pattern[str], unit: str) -> bool:
    """Whether a fourfold text takes more than eight times as long, each time that it is tried."""
    few = seconds(pattern, unit, 1500)
    if few < 0.001 or seconds(pattern, unit, 6000) < 8 * few:
        return False
    few, many = (min(seconds(pattern, unit, size) for _ in range(3)) for size in (1500, 6000))
    return many > 8 * few


def slow_units(pattern: re.Pattern[str]) -> list[str]:
    """Texts that, repeated, take the pattern more than linear time."""
    befores = set(before_repeats(parser.parse(pattern.pattern, pattern.flags)))
    units = {before + letter for before in befores for letter in ("", " ", "a", "1", "(", "-")}
    units |= {*LETTERS, *PAIRS} if befores else set()
    return [unit for unit in sorted(units) if unit and is_quadratic(pattern, unit)]


def main() -> None:
    """Every pattern of the rooms that read texts, and the texts that take it more than that."""
    gc.disable()
    slow: dict[str, list[str]] = {}
    tried = 0
    for module in modules():
        distinct = {pattern: name for name, pattern in reversed([*patterns(module)])}
        tried += len(distinct)
        slow |= {
            name: units for pattern, name in distinct.items() if (units := slow_units(pattern))
        }
    unbounded = {name: units[:3] for name, units in slow.items() if name not in BOUNDED}
    told = {"patterns": tried, "bounded_by_their_callers": BOUNDED, "quadratic": unbounded}
    print(json.dumps(told, indent=2, sort_keys=True))


if __name__ == "__main__":
    main()
