"""The ``evenhand`` command: exit codes, errors on standard error, and the list of verbs.

0 is done, 1 failed, 2 bad input. Errors that a user can act on are one unwrapped sentence; anything
else is a defect and keeps its traceback.
"""

from __future__ import annotations

import sys

import typer

from evenhand.cli import auditing, data, probing, tuning
from evenhand.errors import EvenhandError

INTERRUPTED = 130
"""What Typer makes of Ctrl-C."""

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
app.command("probe")(probing.probe)
app.command("mitigate")(probing.mitigate)
app.command("probe-report")(probing.probe_report)
app.command("doctor")(data.doctor)
app.command("market")(data.market)
app.command("demo")(tuning.demo)


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        app()
    except EvenhandError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
    except SystemExit as stop:
        if stop.code != INTERRUPTED:
            raise
        sys.stderr.write("interrupted; run the same command again to go on from what was saved\n")
        sys.exit(1)
