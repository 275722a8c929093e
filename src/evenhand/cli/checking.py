"""The face of ``check``: its options and their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from evenhand.cli.at_once import run_check


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILES", help="Ads in any format, folders of them, or -."),
    ],
    shown: Annotated[
        Literal["text", "json", "sarif", "github"],
        typer.Option("--format", help="For people, programs, code hosts, GitHub workflows."),
    ] = "text",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    fail_on: Annotated[
        Literal["discrimination", "coded"] | None,
        typer.Option("--fail-on", help="Exit with 3 where this is found, or what is graver."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", help="Allow-list and own words; evenhand.toml where it is."),
    ] = None,
) -> None:
    """Say everything found in ads: discrimination, coded wording, and what only you can decide.

    Example: evenhand check ad.docx

    Example: evenhand check ads/ --format github --fail-on discrimination
    """
    raise typer.Exit(run_check(files, "json" if as_json else shown, fail_on, config))
