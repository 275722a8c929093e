"""``evenhand check`` as hooks and editors call it, without the parser, which is slow to load.

Only a command line that needs no explanation is taken; help, mistakes and every other verb are the
full parser's (``command_line``), whose face of ``check`` (``checking``) runs the same.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

FAILED_ON = 3
"""Exit code of a check or an audit that found what it was told to fail on."""
FORMATS = ("text", "json", "sarif", "github")
FAILING = ("discrimination", "coded")
_TAKES = {"--format": FORMATS, "--fail-on": FAILING, "--config": ()}


def at_once(words: Sequence[str]) -> int | None:
    """Run a plain ``check`` and give its exit code; None for the full parser to take.

    Args:
        words: Of the command line.
    """
    if not words or words[0] != "check":
        return None
    files: list[str] = []
    given: dict[str, str] = {}
    rest = iter(words[1:])
    for word in rest:
        name, equals, value = word.partition("=")
        if word == "--json":
            given["--format"] = "json"
        elif name in _TAKES and name not in given:
            given[name] = value if equals else next(rest, "")
            if not given[name] or (_TAKES[name] and given[name] not in _TAKES[name]):
                return None
        elif word == "-" or not word.startswith("-"):
            files.append(word)
        else:
            return None
    if not files:
        return None
    return run_check(
        files, given.get("--format", "text"), given.get("--fail-on"), given.get("--config")
    )


def run_check(
    files: Sequence[str | Path], shown: str, fail_on: str | None, config: str | Path | None
) -> int:
    """Check files, print what was found and give the exit code.

    Args:
        files: Files, folders and ``-``.
        shown: One of ``FORMATS``.
        fail_on: One of ``FAILING``; None for what the user's rules say.
        config: The user's rules; ``evenhand.toml`` in this folder if None.
    """
    from evenhand.cli.found import SHOWN
    from evenhand.language.check import read_own_rules
    from evenhand.records.visible import visible
    from evenhand.verbs.check import check

    own = read_own_rules(Path(config) if config is not None else None)
    found = check([Path(file) for file in files], own)
    sys.stdout.write(SHOWN[shown](found))
    for error in found.errors:
        sys.stderr.write(f"{visible(error, lines=True)}\n")
    if found.errors:
        return 2
    return FAILED_ON if found.fails([fail_on] if fail_on else own.fail_on) else 0
