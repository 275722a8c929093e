"""The face of ``check``; it imports next to nothing, to start at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

FAILED_ON = 3
"""Exit code of a check or an audit that found what it was told to fail on."""


def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE|DIR|-...", help="Ads in any format, folders of them, stdin."),
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
    from evenhand.cli.found import SHOWN
    from evenhand.language.check import read_own_rules
    from evenhand.records.visible import visible
    from evenhand.verbs.check import check_files

    # typer before 0.29 keeps paths as they were typed.
    own = read_own_rules(Path(config) if config is not None else None)
    found = check_files([Path(file) for file in files], own)
    sys.stdout.write(SHOWN["json" if as_json else shown](found))
    for error in found.errors:
        sys.stderr.write(f"{visible(error, lines=True)}\n")
    if found.errors:
        raise typer.Exit(2)
    if found.fails([fail_on] if fail_on else own.fail_on):
        raise typer.Exit(FAILED_ON)
