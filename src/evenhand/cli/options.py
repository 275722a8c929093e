"""The contract of options: rows of ``options.toml`` as parameters, and what was given as values.

What of it nothing reads is refused here, before anything is read.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from inspect import Parameter, Signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from evenhand.errors import BadInput
from evenhand.rehearsal import foretell, is_rehearsal, rehearsing

if TYPE_CHECKING:
    from evenhand.config.schema import Config
    from evenhand.records.columns import Unknown
    from evenhand.verbs.inputs import Case, Inputs

_KINDS: Mapping[str, Any] = {"path": Path, "whole": int, "flag": bool, "text": str}
_RESULTS = ("out", "html", "choices")
"""Parameters of verbs that say where results go."""
_SETTINGS = {
    "qualified_by": "reward.qualified_by",
    "by": "reward.attributes",
    "matcher": "matcher.name",
    "top": "matcher.top",
    "seed": "seed",
}
"""Parameters of verbs that stand for a setting, where the verb takes ``--set``."""


class Given(dict[str, Any]):
    """All options of a command by the names they have in its verb.

    Args:
        values: Given, or by default.
        said: The flags of those that stand in the command line, by those names.
    """

    def __init__(self, values: Mapping[str, Any], said: Mapping[str, str]) -> None:
        super().__init__(values)
        self.said = said

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


@cache
def _rows() -> dict[str, dict[str, Any]]:
    text = Path(__file__).with_name("options.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["options"]


def row_of(name: str, verb: str) -> Mapping[str, Any]:
    """What the table says of a parameter of a verb, by its name in ``takes``."""
    bare = name.removesuffix("?")
    for key in (f"{bare}.{verb}", name):
        if key in _rows():
            return _rows()[key]
    row = {key: value for key, value in _rows()[bare].items() if key != "default"}
    return {**row, "help": f"{row['help'].rstrip('.')}; the setting's if not given."}


def signature_of(verb: str, takes: str) -> Signature:
    """A verb's parameters as typer reads them, behind the context."""
    import typer

    found = [Parameter("context", Parameter.KEYWORD_ONLY, annotation=typer.Context)]
    for name in takes.split():
        row, bare = row_of(name, verb), name.removesuffix("?")
        kind: Any = _KINDS[row.get("kind", "text")]
        if "choices" in row:  # typer takes no list of literals
            several = StrEnum("Choice", {one: one for one in row["choices"]})
            kind = several if row.get("many") else Literal[tuple(row["choices"])]
        kind = list[kind] if row.get("many") else kind
        flag = kind is bool
        default = Path(row["default"]) if "default" in row and kind is Path else row.get("default")
        if row.get("required"):
            default = Parameter.empty
        elif flag:
            default = False
        elif default is None:
            kind = kind | None
        bounds = {"min": row.get("least"), "max": row.get("most"), "help": row["help"]}
        if "argument" in row:
            told = typer.Argument(metavar=row["argument"], **bounds)
        else:
            named = row.get("flag", f"--{bare.replace('_', '-')}")
            told = typer.Option(named, metavar=row.get("metavar"), **bounds)
        hint: Any = Annotated[kind, told]
        found.append(Parameter(bare, Parameter.KEYWORD_ONLY, default=default, annotation=hint))
    return Signature(found)


def inputs_of(given: Mapping[str, Any]) -> Inputs:
    """The ads and people that the options name."""
    from evenhand.verbs.inputs import Inputs, pairs

    kept = ("jobs", "pool", "judgements", "qualified_by", "skip_bad", "sheet")
    return Inputs(
        **{name: given[name] for name in kept if name in given},
        where=pairs(given.get("where") or [], "--where"),
        where_people=pairs(given.get("where_people") or [], "--where-people"),
        mapping=pairs(given.get("mapping") or [], "--map"),
        unknown=no_answers(given),
    )


def read_case(given: Mapping[str, Any]) -> Case:
    """Ads and people read, grouped by ``--by``; what is to be said of them is said."""
    from evenhand.cli import show

    case = inputs_of(given).read(names(given["by"]))
    show.note(case.notes)
    return case


def no_answers(given: Mapping[str, Any]) -> Unknown:
    """``--unknown`` and ``--no-unknown`` as one value."""
    from evenhand.records.columns import Unknown

    return Unknown(tuple(given.get("unknown") or ()), listed=not given.get("no_unknown", False))


def refuse_unread(given: Given, *cases: tuple[bool, str, str]) -> None:
    """Refuse options that were given and that what is asked doesn't read.

    Args:
        given: All options.
        cases: Whether a case holds; the parameters that it doesn't read, by the names that they
            have in the verb; and the sentence's end, which says why and what to do.
    """
    unread: dict[str, list[str]] = {}
    for name, flag in given.said.items():
        for holds, named, why in cases:
            if holds and name in named.split():
                unread.setdefault(why, []).append(flag)
                break
    if unread:
        said = [f"{', '.join(flags)}: not read, for {why}" for why, flags in unread.items()]
        raise BadInput("; ".join(said))


def refuse_unread_settings(given: Given, verb: str, sections: str) -> None:
    """Refuse ``--set`` of a section that a verb doesn't read; files may serve several verbs."""
    for text in given.override or ():
        section = text.partition(".")[0].strip()
        if section in sections.split():
            raise BadInput(
                f"--set {text}: not read, for {verb} has no use for settings of [{section}]; "
                "leave it out"
            )


def names(
    by: str, flag: str = "--by", remedy: str = "name at least one attribute, such as gender"
) -> list[str]:
    """The names of ``--by``, or of another flag that takes several; one at least."""
    found = [name.strip() for name in by.split(",") if name.strip()]
    if not found:
        raise BadInput(f"{flag}: {remedy}")
    return found


def settings(given: Mapping[str, Any], base: Config | None = None) -> Config:
    """Files and overrides as settings, on top of others or of the defaults."""
    from evenhand.config.compose import load_config

    return noted(load_config(given["config"] or (), overrides(given), base))


def overrides(given: Mapping[str, Any]) -> list[str]:
    """``--set`` and the flags that stand for a setting, as ``load_config`` takes them."""
    own = {key: given.get(name) for name, key in _SETTINGS.items()}
    if own["reward.attributes"] is not None:
        own["reward.attributes"] = names(own["reward.attributes"])
    said = [f"{key}={json.dumps(value)}" for key, value in own.items() if value is not None]
    return [*(given["override"] or ()), *said]


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
    """Refuse a result that would stand where something is read, or where another result does."""
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
    """Run a verb until its work begins, and say what it would do."""
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
