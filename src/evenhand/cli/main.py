"""The ``evenhand`` command: exit codes, errors on standard error, and the list of verbs.

0 is done, 1 failed, 2 bad input, 3 ``--fail-on`` names what was found, 4 evenhand abstains; 130 and
143 stopped by SIGINT (Ctrl-C) and SIGTERM. Errors that a user can act on are one unwrapped
sentence; anything else is a defect and keeps its traceback.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer

from evenhand import __version__
from evenhand.cli import auditing, data, probing, tuning
from evenhand.errors import EvenhandError, Stopped
from evenhand.records.visible import visible

STOPS = (signal.SIGINT, signal.SIGTERM)

app = typer.Typer(
    name="evenhand",
    help="Reword job ads so that a matching engine ranks qualified people of every group alike.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("match")(data.match)
app.command("measure")(data.measure)
app.command("rollouts")(tuning.rollouts)
app.command("tune")(tuning.tune)
app.command("rewrite")(tuning.rewrite)
app.command("evaluate")(data.evaluate)
app.command("audit")(auditing.audit)
app.command("compare")(auditing.compare)
engine = typer.Typer(no_args_is_help=True, help="Try a matching engine before tuning on it.")
engine.command("check")(data.engine_check)
app.add_typer(engine, name="engine")
app.command("probe")(probing.probe)
app.command("mitigate")(probing.mitigate)
app.command("probe-report")(probing.probe_report)
app.command("doctor")(data.doctor)
app.command("market")(data.market)
app.command("demo")(tuning.demo)


def _version(asked: bool) -> None:
    """Say the version and end."""
    if asked:
        typer.echo(f"evenhand {__version__}")
        raise typer.Exit


@app.callback()
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
            app()
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
