"""Names of a package that are loaded when they are first used (PEP 562)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def loader(module: str, homes: Mapping[str, str], package: str = "") -> Callable[[str], Any]:
    """A module's ``__getattr__``.

    Args:
        module: Its ``__name__``.
        homes: From a public name to its module within the package; ``module:name`` where it has
            another name there, ``module:`` for the module itself.
        package: That the homes are in; the module itself if "".
    """

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        home, colon, attribute = homes[name].partition(":")
        found = import_module(f"{package or module}.{home}")
        return found if colon and not attribute else getattr(found, attribute or name)

    return load


def lister(names: Iterable[str]) -> Callable[[], list[str]]:
    """A module's ``__dir__``: its public names, though most aren't loaded yet."""
    return lambda: sorted(names)
