"""The table of verbs, and what evenhand says of itself (``--help``, ``--version``, ``doctor``).

All without the parser, which is slow to load; ``command_line`` makes it, of this table.
"""

from __future__ import annotations

import shutil
import sys
import textwrap
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from evenhand import __version__

PROGRAM = "evenhand"
HELP_NAMES = ("-h", "--help")
WIDEST = 80
"""Columns of the screen where the terminal has more."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of the command.

    Attributes:
        says: The first sentence of its help.
        takes: Names of its options, rows of ``options.toml``.
        examples: Command lines.
        users: Who it is for.
        more: What else its help says.
    """

    says: str
    takes: str
    examples: Sequence[str]
    users: str
    more: str = ""

    @property
    def help(self) -> str:
        """All of its help but the options."""
        examples = (f"Example: {line}" for line in self.examples)
        return "\n\n".join(filter(None, (self.says, self.more, *examples)))


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("verbs.toml").read_text(encoding="utf-8"))


@cache
def verbs() -> dict[str, Verb]:
    """Every verb by its name, in the order of the screen."""
    groups = _texts()["verbs"].items()
    return {name: Verb(users=who, **row) for who, rows in groups for name, row in rows.items()}


def at_first(words: Sequence[str]) -> int | None:
    """Answer a command line about evenhand itself and give its exit code; None for all others."""
    if not words:
        sys.stderr.write(screen())
        return 2
    if words[0] in HELP_NAMES:
        sys.stdout.write(screen())
    elif words[0] == "--version":
        sys.stdout.write(said_version())
    elif words[0] == "doctor" and {*words[1:]} <= {"--json"}:
        return say_doctor("--json" in words)
    else:
        return None
    return 0


def say_doctor(as_json: bool) -> int:
    """Print what ``doctor`` found and give the exit code."""
    from evenhand.cli.show import result
    from evenhand.verbs.doctor import doctor, sentences, to_json, works

    findings = doctor()
    result({"as_json": as_json}, to_json(findings), *sentences(findings))
    return 0 if works(findings) else 1


def said_version() -> str:
    """The version, in a line."""
    return f"{PROGRAM} {__version__}\n"


def screen(before: str = "") -> str:
    """The verbs with whole sentences, by who uses them."""
    shown = {name: verb for name, verb in verbs().items() if name.startswith(f"{before} ".lstrip())}
    texts, options = _texts(), _texts()["options"]
    if before:
        options = {name: says for name, says in options.items() if "-h" in name.split(", ")}
    called = " ".join(filter(None, (PROGRAM, before, "VERB")))
    parts = [
        f"Usage: {called} [OPTIONS] ...",
        *_lines({"": texts["about"]}),
        *_lines({"": texts["more"]}),
    ]
    for who in dict.fromkeys(verb.users for verb in shown.values()):
        rows = {name: verb.says for name, verb in shown.items() if verb.users == who}
        parts.append("\n".join([f"{who}:", *_lines(rows, shown)]))
    parts.append("\n".join(["Options:", *_lines(options)]))
    return "\n\n".join(parts) + "\n"


def _lines(rows: Mapping[str, str], names: Iterable[str] = ()) -> Iterator[str]:
    """Sentences beside their names, at an indent that these names and others leave room for."""
    longest = max(map(len, (*rows, *names)))
    indent = longest + 4 if longest else 2
    width = max(min(shutil.get_terminal_size().columns, WIDEST), 2 * indent)
    for name, says in rows.items():
        start = f"  {name}".ljust(indent)
        yield textwrap.fill(says, width, initial_indent=start, subsequent_indent=" " * indent)
