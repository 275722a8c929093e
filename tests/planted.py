"""Code planted beside folders: it leaves a mark when anything imports it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NAME = "planted_code"
ENGINE = f"{NAME}:rank"
_CODE = """
from pathlib import Path
Path({mark!r}).touch()


class Planted:
    pass


def rank(queries, k, eligible):
    raise SystemExit("it ran")
"""


class Plant:
    """A module that leaves a mark, in the working directory and on the path.

    Args:
        folder: Where it is planted; becomes the working directory.
        monkeypatch: Puts things back.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.mark = folder / "it ran"
        self.code = _CODE.format(mark=str(self.mark))
        self.into(folder)
        monkeypatch.chdir(folder)
        monkeypatch.syspath_prepend(folder)
        sys.modules.pop(NAME, None)

    def into(self, folder: Path) -> None:
        """Plant it in one more folder."""
        (folder / f"{NAME}.py").write_text(self.code)

    @property
    def ran(self) -> bool:
        return self.mark.exists() or NAME in sys.modules


def leaves(found: Any, put: Callable[[Any], None] | None = None) -> Iterator[Callable[[Any], None]]:
    """For every text in a JSON document, what puts another value in its place."""
    if isinstance(found, str) and put is not None:
        yield put
    elif isinstance(found, dict | list):
        for key, value in list(found.items() if isinstance(found, dict) else enumerate(found)):
            yield from leaves(value, lambda new, key=key: found.__setitem__(key, new))


def put_everywhere(path: Path, value: str) -> Any:
    """The document with every text replaced."""
    found = json.loads(path.read_text())
    for put in leaves(found):
        put(value)
    return found


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
