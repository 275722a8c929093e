"""The parser of every verb's options; each verb's face is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from evenhand import __version__

VERBS = {
    "check": "checking",
    "match": "data",
    "measure": "data",
    "rollouts": "tuning",
    "tune": "tuning",
    "rewrite": "tuning",
    "evaluate": "data",
    "engine": "data",
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
        face = getattr(faces, verb.replace("-", "_"))
        if isinstance(face, typer.Typer):
            app.add_typer(face, name=verb)
        else:
            app.command(verb)(face)
    return app


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
