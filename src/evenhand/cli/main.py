"""The ``evenhand`` command: exit codes, errors on standard error, and the list of verbs.

0 is done, 1 failed, 2 bad input, 3 a check or an audit found what ``--fail-on`` names; 130 and 143
stopped by SIGINT (Ctrl-C) and SIGTERM. Errors that a user can act on are one unwrapped sentence;
anything else is a defect and keeps its traceback.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import Annotated

import typer

from evenhand import __version__
from evenhand.errors import EvenhandError, Stopped
from evenhand.records.visible import visible

STOPS = (signal.SIGINT, signal.SIGTERM)

VERBS = {
    "check": "checking",
    "match": "data",
    "measure": "data",
    "rollouts": "tuning",
    "tune": "tuning",
    "rewrite": "tuning",
    "evaluate": "data",
    "audit": "auditing",
    "compare": "auditing",
    "probe": "probing",
    "mitigate": "probing",
    "probe-report": "probing",
    "doctor": "data",
    "market": "data",
    "demo": "tuning",
}
"""Every verb and the file that its face is in; only what is asked for is imported."""


def command_line(*asked: str) -> typer.Typer:
    """The command with these verbs; with all of them where one isn't known or none is named."""
    verbs = asked if asked and all(verb in VERBS for verb in asked) else VERBS
    app = typer.Typer(
        name="evenhand",
        help="Reword job ads so that a matching engine ranks qualified people of every group "
        "alike.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(evenhand)
    for verb in verbs:
        faces = import_module(f"evenhand.cli.{VERBS[verb]}")
        app.command(verb)(getattr(faces, verb.replace("-", "_")))
    return app


def __getattr__(name: str) -> typer.Typer:
    """``app``: the command with all of its verbs."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return command_line()


def _version(asked: bool) -> None:
    """Say the version and end."""
    if asked:
        typer.echo(f"evenhand {__version__}")
        raise typer.Exit


def evenhand(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Reword job ads so that a matching engine ranks qualified people of every group alike."""
    del version


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        with _stoppable():
            command_line(*sys.argv[1:2])()
    except EvenhandError as error:
        sys.stderr.write(f"{visible(str(error), lines=True)}\n")
        sys.exit(error.exit_code)
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
