"""The options that verbs share, each declared once; those that nothing reads are refused here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evenhand.config.bounds import LAST_SEED
from evenhand.errors import BadInput
from evenhand.rehearsal import foretell, is_rehearsal, rehearsing

if TYPE_CHECKING:
    from evenhand.config.schema import Config
    from evenhand.records import answers
    from evenhand.verbs.inputs import Inputs

Jobs = Annotated[Path, typer.Argument(metavar="JOBS", help="Ads: a table, .jsonl or a document.")]
People = Annotated[
    Path, typer.Option("--pool", metavar="PEOPLE", help="People: a table or .jsonl.")
]
PeopleOrNone = Annotated[
    Path | None, typer.Option("--pool", metavar="PEOPLE", help="People to measure effects on.")
]
Out = Annotated[Path, typer.Option("--out", help="Where the result is written.")]
MatcherName = Annotated[
    str, typer.Option("--matcher", help="lexical, dense, or module:name of your own.")
]
MatcherNameOrConfig = Annotated[
    str | None,
    typer.Option("--matcher", help="lexical, dense, or module:name; the setting's if not given."),
]
Rankings = Annotated[
    Path | None,
    typer.Option("--rankings", help="Lists of your own engine or of `evenhand match`."),
]
Top = Annotated[int, typer.Option("--top", min=1, help="Length of the lists that count.")]
TopOrConfig = Annotated[
    int | None,
    typer.Option(
        "--top", min=1, help="Length of the lists that count; the setting's if not given."
    ),
]
By = Annotated[
    str,
    typer.Option("--by", help="Attributes to compare, comma-separated; a*b for intersections."),
]
ByOrConfig = Annotated[
    str | None,
    typer.Option(
        "--by",
        help="Attributes to compare, comma-separated; a*b for intersections; the setting's if not "
        "given.",
    ),
]
QualifiedBy = Annotated[
    str, typer.Option("--qualified-by", help="Column whose equality means qualified.")
]
QualifiedByOrConfig = Annotated[
    str | None,
    typer.Option(
        "--qualified-by", help="Column whose equality means qualified; the setting's if not given."
    ),
]
Judgements = Annotated[
    Path | None,
    typer.Option("--judgements", help="File of job, candidate pairs instead of --qualified-by."),
]
Where = Annotated[
    list[str] | None, typer.Option("--where", help="Keep ads with column=value; repeatable.")
]
WherePeople = Annotated[
    list[str] | None,
    typer.Option("--where-people", help="Keep people with column=value; repeatable."),
]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", help="theirs=ours: a column of your files; repeatable."),
]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="Go on after a bad record and list it on stderr.")
]
Unknown = Annotated[
    list[str] | None,
    typer.Option("--unknown", help="A value of a group that is no answer; repeatable."),
]
NoUnknown = Annotated[
    bool,
    typer.Option("--no-unknown", help="Count Unknown, N/A, declined and blanks as groups."),
]
Force = Annotated[
    bool,
    typer.Option("--force", help="Replace what this command wrote into the folder before."),
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, max=LAST_SEED, help="Seed of everything random.")
]
SeedOrConfig = Annotated[
    int | None,
    typer.Option(
        "--seed",
        min=0,
        max=LAST_SEED,
        help="Seed of everything random; the setting's if not given.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Check everything, say what would be done, write nothing."),
]
"""Read by the parser (``rehearse``), not by the verb that has it."""
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout.")]
ConfigFile = Annotated[
    list[Path] | None, typer.Option("--config", help="TOML settings; repeatable, later wins.")
]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="Override one setting: ilql.beta=2; repeatable.")
]


def inputs_of(given: Mapping[str, Any]) -> Inputs:
    """The shared options as one value, from all options of a command by the names they have in it.

    Raises:
        BadInput: A ``key=value`` flag isn't one.
    """
    from evenhand.verbs.inputs import Inputs, pairs

    kept = ("jobs", "pool", "judgements", "qualified_by", "skip_bad", "sheet")
    return Inputs(
        **{name: given[name] for name in kept if name in given},
        where=pairs(given.get("where") or [], "--where"),
        where_people=pairs(given.get("where_people") or [], "--where-people"),
        mapping=pairs(given.get("mapping") or [], "--map"),
        unknown=no_answers(given.get("unknown"), given.get("no_unknown", False)),
    )


def no_answers(unknown: list[str] | None, no_unknown: bool) -> answers.Unknown:
    """``--unknown`` and ``--no-unknown`` as one value."""
    from evenhand.records import answers

    return answers.Unknown(tuple(unknown or ()), listed=not no_unknown)


def refuse_unread(context: typer.Context, *cases: tuple[bool, str, str]) -> None:
    """Refuse options that were given and that what is asked doesn't read.

    Args:
        context: Of the command.
        cases: Whether a case holds; the parameters that it doesn't read, by the names that they
            have in the verb; and the sentence's end, which says why and what to do.

    Raises:
        BadInput: It names every such option.
    """
    unread: dict[str, list[str]] = {}
    for parameter in context.command.params:
        source = context.get_parameter_source(str(parameter.name))
        if source is None or source.name != "COMMANDLINE":
            continue
        for holds, named, why in cases:
            if holds and parameter.name in named.split():
                unread.setdefault(why, []).append(parameter.opts[0])
                break
    if unread:
        said = [f"{', '.join(flags)}: not read, for {why}" for why, flags in unread.items()]
        raise BadInput("; ".join(said))


def refuse_unread_settings(override: list[str] | None, verb: str, *sections: str) -> None:
    """Refuse ``--set`` of a section that a verb doesn't read; files may serve several verbs.

    Raises:
        BadInput: It names the first such setting.
    """
    for text in override or ():
        if text.partition(".")[0].strip() in sections:
            raise BadInput(
                f"--set {text}: not read, for {verb} has no use for settings of "
                f"[{text.partition('.')[0].strip()}]; leave it out"
            )


def names(
    by: str, flag: str = "--by", remedy: str = "name at least one attribute, such as gender"
) -> list[str]:
    """The names of ``--by``, or of another flag that takes several.

    Raises:
        BadInput: There is none.
    """
    found = [name.strip() for name in by.split(",") if name.strip()]
    if not found:
        raise BadInput(f"{flag}: {remedy}")
    return found


def settings(
    config: list[Path] | None,
    override: list[str] | None,
    given: Mapping[str, Any],
    base: Config | None = None,
) -> Config:
    """Files and overrides as settings, flags that stand for one among the overrides.

    Args:
        config: Files.
        override: Of ``--set``.
        given: All options of a command by the names they have in it.
        base: What they are on top of; the defaults if None.

    Raises:
        ConfigError: A file, key or value is wrong.
    """
    from evenhand.config.compose import load_config

    return noted(load_config(config or (), overrides(override, given), base))


_RESULTS = ("out", "html")
"""Parameters of verbs that say where results go."""
_SETTINGS = {
    "qualified_by": "reward.qualified_by",
    "by": "reward.attributes",
    "matcher": "matcher.name",
    "top": "matcher.top",
    "seed": "seed",
}
"""Parameters of verbs that stand for a setting, where the verb takes ``--set``."""


def overrides(override: list[str] | None, given: Mapping[str, Any]) -> list[str]:
    """``--set`` and the flags that stand for a setting, as ``load_config`` takes them."""
    own = {key: given.get(name) for name, key in _SETTINGS.items()}
    if own["reward.attributes"] is not None:
        own["reward.attributes"] = names(own["reward.attributes"])
    said = [f"{key}={json.dumps(value)}" for key, value in own.items() if value is not None]
    return [*(override or ()), *said]


def noted(config: Config) -> Config:
    """The same settings, which a rehearsal shows."""
    from evenhand.config.compose import resolved

    if is_rehearsal():
        foretell(settings=resolved(config))
    return config


def _read(given: Mapping[str, Any]) -> Iterator[Path]:
    """Every path among the options, results apart, where something is, and ``-``."""
    for name, value in given.items():
        for one in value if isinstance(value, list) else (value,):
            path = Path(one.partition("=")[2] or one) if name == "rewrites" and one else one
            given_to_read = name not in _RESULTS and isinstance(path, Path)
            if given_to_read and (path.exists() or str(path) == "-"):
                yield path


def refuse_overwriting(verb: str, given: Mapping[str, Any]) -> None:
    """Refuse a result that would stand where something is read, or where another result does.

    Args:
        verb: As it was called.
        given: All its options by the names they have in it.

    Raises:
        BadInput: It names the path.
    """
    results = {name: Path(given[name]) for name in _RESULTS if given.get(name)}
    read = {path.resolve() for path in _read(given)}
    for name, path in results.items():
        if path.resolve() in read:
            raise BadInput(
                f"{verb}: --{name} {path}: is read too and would be overwritten; name another path"
            )
    if len({path.resolve() for path in results.values()}) < len(results):
        raise BadInput(f"{verb}: --{' and --'.join(results)} name one path; name two")


def rehearse(given: Mapping[str, Any], run: Callable[[], object]) -> None:
    """Run a verb until its work begins, and say what it would do.

    Args:
        given: All its options by the names they have in it.
        run: Calls it.

    Raises:
        EvenhandError: As the verb would.
    """
    from evenhand.cli import show

    with rehearsing() as plan:
        run()
    reads = [*dict.fromkeys((*map(str, _read(given)), *plan.reads))]
    if given.get("as_json"):
        found = {"reads": reads, "writes": plan.writes, "takes": plan.takes}
        show.print_json({**found, "settings": plan.settings} if plan.settings else found)
        return
    show.say("Everything was checked and nothing was done (--dry-run).")
    show.say(f"would read: {', '.join(reads) or 'nothing'}")
    show.say(f"would write: {', '.join(plan.writes) or 'nothing'}")
    show.say(f"takes: {plan.takes}")
    if plan.settings:
        show.say("settings: add --json to see every one")
