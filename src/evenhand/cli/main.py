"""The ``evenhand`` command: exit codes, errors on standard error, signals.

0 is done, 1 failed, 2 bad input, 3 ``--fail-on`` names what was found, 4 evenhand abstains; 130 and
143 stopped by SIGINT (Ctrl-C) and SIGTERM. Errors that a user can act on are one unwrapped
sentence; anything else is a defect and keeps its traceback.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from evenhand.errors import EvenhandError, Stopped
from evenhand.records.result import visible

COMPLETION = "_EVENHAND_COMPLETE"
"""What shells set, by typer's scripts, to ask how a command line goes on."""
STOPS = (signal.SIGINT, signal.SIGTERM)
FAILED_ON = 3
"""Exit code of a check or an audit that found what it was told to fail on."""
FORMATS = ("text", "json", "sarif", "github")
FAILING = ("discrimination", "coded")
_TAKES = {"--format": FORMATS, "--fail-on": FAILING, "--config": ()}


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        with _stoppable():
            words = sys.argv[1:]
            code = at_once(words)
            # A shell that asks how a command line goes on gives no words either.
            of_itself = not words or words[0].startswith("-") or words[0] == "doctor"
            if of_itself and COMPLETION not in os.environ:
                from evenhand.cli.first_screen import at_first

                code = at_first(words)
            if code is None:
                from evenhand.cli.command_line import run

                code = run(words)
            sys.exit(code)
    except EvenhandError as error:
        sys.stderr.write(f"{visible(str(error), lines=True)}\n")
        sys.exit(error.exit_code)
    except ModuleNotFoundError as missing:
        from evenhand.verbs.doctor import CORE

        library = (missing.name or "").partition(".")[0]
        if library.replace("_", "-") not in CORE:
            raise
        sys.stderr.write(
            f"{library} isn't installed, which evenhand can't do without; `evenhand doctor` says "
            "what to run\n"
        )
        sys.exit(1)
    except Stopped as stop:
        sys.stderr.write(f"interrupted; {stop.kept or 'nothing was written'}\n")
        sys.exit(128 + stop.number)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn the signals that ask to stop into ``Stopped``; a second one ends us as it always did."""

    def stop(number: int, _: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_DFL)
        raise Stopped(number)

    # A signal that was ignored when we were started (nohup, a shell's background) stays ignored.
    before = {each: signal.getsignal(each) for each in STOPS}
    before = {each: found for each, found in before.items() if found is not signal.SIG_IGN}
    for each in before:
        signal.signal(each, stop)
    try:
        yield
    finally:
        for each, found in before.items():
            signal.signal(each, found)


def at_once(words: Sequence[str]) -> int | None:
    """Run a plain ``check`` and give its exit code; None for the full parser to take.

    As hooks and editors call it, without the parser, which is slow to load: only a command line
    that needs no explanation is taken; help and mistakes are the full parser's.
    """
    if not words or words[0] != "check":
        return None
    files: list[str] = []
    given: dict[str, str] = {}
    rest = iter(words[1:])
    for word in rest:
        name, equals, value = word.partition("=")
        if word == "--json":
            if given.setdefault("--format", "json") != "json":
                return None
        elif name in _TAKES and name not in given:
            given[name] = value if equals else next(rest, "")
            if not given[name] or (_TAKES[name] and given[name] not in _TAKES[name]):
                return None
        elif word == "-" or not word.startswith("-"):
            files.append(word)
        else:
            return None
    if not files or ("--json" in words and given["--format"] != "json"):
        return None
    return run_check(
        files, given.get("--format", "text"), given.get("--fail-on"), given.get("--config")
    )


def run_check(
    files: Sequence[str | Path], shown: str, fail_on: str | None, config: str | Path | None
) -> int:
    """Check files, print what was found and give the exit code; None for what the rules say."""
    from evenhand.cli.found import SHOWN
    from evenhand.language.check import read_own_rules
    from evenhand.records.result import visible
    from evenhand.verbs.check import check

    own = read_own_rules(Path(config) if config is not None else None)
    found = check([Path(file) for file in files], own)
    sys.stdout.write(SHOWN[shown](found))
    for error in found.errors:
        sys.stderr.write(f"{visible(error, lines=True)}\n")
    if found.errors:
        return 2
    return FAILED_ON if found.fails([fail_on] if fail_on else own.fail_on) else 0
