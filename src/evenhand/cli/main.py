"""The ``evenhand`` command: exit codes, errors on standard error, signals.

0 is done, 1 failed, 2 bad input, 3 ``--fail-on`` names what was found, 4 evenhand abstains; 130 and
143 stopped by SIGINT (Ctrl-C) and SIGTERM. Errors that a user can act on are one unwrapped
sentence; anything else is a defect and keeps its traceback.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from evenhand.cli.at_once import at_once
from evenhand.errors import EvenhandError, Stopped
from evenhand.records.visible import visible

COMPLETION = "_EVENHAND_COMPLETE"
"""What shells set, by typer's scripts, to ask how a command line goes on."""
STOPS = (signal.SIGINT, signal.SIGTERM)


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
